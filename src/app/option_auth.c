#include "option_auth.h"

#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"

#include "option_upstream.h"

bool option_auth_set(char **auth, const char *name, const char *value, struct err *err) {
  struct err why = ERR_INIT;
  char *text = option_secret_read(name, value, err);
  if (!text)
    return false;
  struct gate *g = gate_new();
  bool ok = gate_set_auth(g, slice_of(text), &why);
  gate_free(g);
  char *old = ok ? *auth : text;
  if (ok)
    *auth = text;
  if (old)
    explicit_bzero(old, strlen(old));
  free(old);
  return ok || err_set(err, "%s: %s", name, why.text);
}

bool option_auth_allow(char ***list, const char *name, const char *value, struct err *err) {
  struct err why = ERR_INIT;
  struct gate *g = gate_new();
  bool ok = gate_allow(g, slice_of(value), &why);
  size_t n = 0;
  gate_free(g);
  if (!ok)
    return err_set(err, "%s: %s", name, why.text);
  for (; *list && (*list)[n]; n++)
    if (strcmp((*list)[n], value) == 0)
      return true;
  *list = mem_grow(*list, (n + 2) * sizeof **list);
  (*list)[n] = mem_dup(value);
  (*list)[n + 1] = NULL;
  return true;
}

struct gate *option_auth_gate(const struct options *o) {
  if (!o->auth && !o->allow)
    return NULL;
  struct gate *g = gate_new();
  if (o->auth)
    gate_set_auth(g, slice_of(o->auth), NULL);
  for (size_t i = 0; o->allow && o->allow[i]; i++)
    gate_allow(g, slice_of(o->allow[i]), NULL);
  return g;
}

void option_auth_url(const struct options *o, struct buf *out) {
  static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  bool user = true;
  if (!o->auth)
    return;
  for (const char *c = o->auth; *c; c++) {
    bool parts = user && *c == ':';
    user = user && !parts;
    if (parts || strchr(plain, *c))
      buf_add_byte(out, *c);
    else
      buf_printf(out, "%%%02X", (unsigned)(unsigned char)*c);
  }
  buf_add_byte(out, '@');
}
