#include "option_tls.h"

#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"
#include "weir/base/text.h"
#include "weir/tls/authority.h"

#define LIST_MAX 1000

static size_t list_count(char *const *list) {
  size_t n = 0;
  while (list && list[n])
    n++;
  return n;
}

static void list_add(char ***list, char *item) {
  size_t n = list_count(*list);
  *list = mem_grow(*list, (n + 2) * sizeof **list);
  (*list)[n] = item;
  (*list)[n + 1] = NULL;
}

void option_tls_clear(char ***list) {
  for (size_t i = 0; *list && (*list)[i]; i++)
    free((*list)[i]);
  free(*list);
  *list = NULL;
}

static struct slice without_brackets(struct slice host) {
  bool both = host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']';
  return both ? slice_sub(host, 1, host.n - 2) : host;
}

/* "*", "*.shop.test", a name, an address. */
static bool check_host(struct slice host, const char *name, struct err *err) {
  struct slice plain = slice_starts(host, SLICE("*.")) ? slice_from(host, 2) : host;
  if (slice_eq(host, SLICE("*")) || authority_name_valid(plain))
    return true;
  struct buf safe = BUF_INIT;
  text_safe(&safe, slice_sub(host, 0, 80), TEXT_PLAIN);
  err_set(err,
          "%s: \"%s\" is no host: a name such as api.shop.test, *.shop.test, an address, or * for all, without "
          "scheme and port",
          name, buf_text(&safe));
  buf_clear(&safe);
  return false;
}

static char *lower(struct slice s) {
  char *text = mem_dup_n(s.p, s.n);
  for (char *c = text; *c; c++)
    if (*c >= 'A' && *c <= 'Z')
      *c = (char)(*c - 'A' + 'a');
  return text;
}

bool option_tls_hosts(char ***list, const char *name, const char *value, struct err *err) {
  struct slice rest = slice_of(value), part;
  if (!slice_trim(rest).n) {
    option_tls_clear(list);
    return true;
  }
  while (slice_split(&rest, ',', &part))
    if (!check_host(without_brackets(slice_trim(part)), name, err))
      return false;
  rest = slice_of(value);
  while (slice_split(&rest, ',', &part) && list_count(*list) < LIST_MAX) {
    char *host = lower(without_brackets(slice_trim(part)));
    bool known = false;
    for (size_t i = 0; *list && (*list)[i] && !known; i++)
      known = strcmp((*list)[i], host) == 0;
    if (known)
      free(host);
    else
      list_add(list, host);
  }
  return true;
}

bool option_tls_certificate(char ***list, const char *name, const char *value, struct err *err) {
  const char *equals = strchr(value, '=');
  if (!*value) {
    option_tls_clear(list);
    return true;
  }
  if (!equals || equals == value || !equals[1])
    return err_set(err, "%s needs a host and a file: HOST=FILE", name);
  struct slice host = without_brackets(slice_make(value, (size_t)(equals - value)));
  if (!check_host(host, name, err))
    return false;
  struct buf entry = BUF_INIT;
  char *small = lower(host);
  size_t n = strlen(small) + 1;
  buf_printf(&entry, "%s%s", small, equals);
  free(small);
  for (size_t i = 0; *list && (*list)[i]; i++)
    if (strncmp((*list)[i], entry.p, n) == 0) {
      free((*list)[i]);
      (*list)[i] = buf_take(&entry);
      return true;
    }
  list_add(list, buf_take(&entry));
  return true;
}

bool option_tls_version(int *version, const char *name, const char *value, struct err *err) {
  static const char *const known[] = {"1.0", "1.1", "1.2", "1.3"};
  for (int i = 0; i < 4; i++)
    if (strcmp(value, known[i]) == 0) {
      *version = 0x0301 + i;
      return true;
    }
  return err_set(err, "%s is a TLS version: 1.2 or 1.3, or 1.0 and 1.1 for what is old", name);
}
