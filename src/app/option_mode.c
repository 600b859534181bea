#include "option_mode.h"

#include <stdlib.h>
#include <string.h>

#include "weir/app/option.h"
#include "weir/base/mem.h"

#include "option_tls.h"

#define MODES_MAX 100

/* The sentence of --listen speaks of that option. */
static bool check_listen(const char *listen, struct err *err) {
  struct address a[2];
  struct err why = ERR_INIT;
  size_t n;
  bool optional;
  if (options_listen(listen, a, &n, &optional, &why))
    return true;
  const char *sentence = strncmp(why.text, "listen: ", 8) == 0 ? why.text + 8 : why.text;
  if (strncmp(sentence, "listen wants ", 13) == 0)
    return err_set(err, "behind the last @ stands [HOST:]PORT with a port from 0 to 65535, such as @1080");
  return err_set(err, "behind the last @: %s", sentence);
}

struct mode *option_mode_read(const char *text, const char **listen, struct err *err) {
  const char *at = strrchr(text, '@');
  *listen = at ? at + 1 : NULL;
  if (at && !check_listen(at + 1, err))
    return NULL;
  return mode_parse(slice_make(text, at ? (size_t)(at - text) : strlen(text)), err);
}

bool option_mode_add(char ***list, const char *name, const char *value, struct err *err) {
  struct err why = ERR_INIT;
  const char *listen;
  size_t n = 0;
  if (!*value) {
    option_tls_clear(list);
    return true;
  }
  struct mode *m = option_mode_read(value, &listen, &why);
  if (!m)
    return err_set(err, "%s: %s", name, why.text);
  mode_unref(m);
  for (; *list && (*list)[n]; n++) {
    bool same = strcmp((*list)[n], value) == 0;
    if (same)
      return true;
    if (!listen && !strchr((*list)[n], '@'))
      return err_set(err, "%s: %s and %s cannot both be served where --listen says: put @PORT behind one", name,
                     (*list)[n], value);
  }
  if (n == MODES_MAX)
    return err_set(err, "%s: more than %d of them", name, MODES_MAX);
  *list = mem_grow(*list, (n + 2) * sizeof **list);
  (*list)[n] = mem_dup(value);
  (*list)[n + 1] = NULL;
  return true;
}
