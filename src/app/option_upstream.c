#include "option_upstream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"

static void add(char ***list, char *item) {
  size_t n = 0;
  while (*list && (*list)[n])
    n++;
  *list = mem_grow(*list, (n + 2) * sizeof **list);
  (*list)[n] = item;
  (*list)[n + 1] = NULL;
}

#define LINE_MOST 4096

char *option_secret_read(const char *name, const char *value, struct err *err) {
  if (*value != '@')
    return mem_dup(value);
  char line[LINE_MOST];
  FILE *file = fopen(value + 1, "re");
  if (!file) {
    err_set(err, "%s: %s: %s", name, value + 1, strerror(errno));
    return NULL;
  }
  bool some = fgets(line, sizeof line, file);
  fclose(file);
  if (some)
    line[strcspn(line, "\r\n")] = '\0';
  if (!some || !*line) {
    err_set(err, "%s: the first line of %s is empty", name, value + 1);
    return NULL;
  }
  char *secret = mem_dup(line);
  explicit_bzero(line, sizeof line);
  return secret;
}

bool option_upstream_add(char ***list, const char *name, const char *value, struct err *err) {
  struct err why = ERR_INIT;
  char *text = option_secret_read(name, value, err);
  if (!text)
    return false;
  struct ways *w = ways_new();
  bool ok = ways_add(w, slice_of(text), &why);
  ways_free(w);
  bool known = false;
  for (size_t i = 0; ok && *list && (*list)[i]; i++) /* the command line is read twice */
    known = known || strcmp((*list)[i], text) == 0;
  if (ok && !known) {
    add(list, text);
    return true;
  }
  explicit_bzero(text, strlen(text));
  free(text);
  return ok || err_set(err, "%s: %s", name, why.text);
}

bool option_upstream_except(char ***list, const char *name, const char *value, struct err *err) {
  struct err why = ERR_INIT;
  struct ways *w = ways_new();
  bool ok = ways_except(w, slice_of(value), false, &why);
  ways_free(w);
  if (!ok)
    return err_set(err, "%s: %s", name, why.text);
  for (size_t i = 0; *list && (*list)[i]; i++)
    if (strcmp((*list)[i], value) == 0)
      return true;
  add(list, mem_dup(value));
  return true;
}

/* As curl and most others: the lower case one first. */
static const char *of_environment(void) {
  const char *hosts = getenv("no_proxy");
  hosts = hosts ? hosts : getenv("NO_PROXY");
  return hosts ? hosts : "";
}

struct ways *option_upstream_ways(const struct options *o) {
  if (!o->upstream || !o->upstream[0])
    return NULL;
  struct ways *w = ways_new();
  for (size_t i = 0; o->upstream[i]; i++)
    ways_add(w, slice_of(o->upstream[i]), NULL);
  for (size_t i = 0; o->no_upstream && o->no_upstream[i]; i++)
    ways_except(w, slice_of(o->no_upstream[i]), false, NULL);
  ways_except(w, slice_of(of_environment()), true, NULL);
  return w;
}

/* ---- the command line ---- */

static void cover(char *from, const char *to) {
  while (from < to)
    *from++ = 'x';
}

/* What stands between "://" and "@". */
static void cover_user(char *value) {
  char *from = strstr(value, "://"), *to = from ? strrchr(from, '@') : NULL;
  if (to)
    cover(from + 3, to);
}

/* "socks5:USER:PASSWORD@PORT" */
static void cover_mode(char *value) {
  char *at = strrchr(value, '@');
  if (strncmp(value, "socks5:", 7) == 0)
    cover(value + 7, at ? at : value + strlen(value));
}

static void cover_auth(char *value) {
  if (*value != '@')
    cover(value, value + strlen(value));
}

static const struct {
  const char *option;
  void (*cover)(char *value);
} secrets[] = {{"--upstream", cover_user}, {"--mode", cover_mode}, {"--auth", cover_auth}};

void options_cover(char **argv, char *const *end) {
  for (; *argv && argv != end; argv++)
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
      size_t n = strlen(secrets[i].option);
      if (strncmp(*argv, secrets[i].option, n) != 0)
        continue;
      if ((*argv)[n] == '=')
        secrets[i].cover(*argv + n + 1);
      else if (!(*argv)[n] && argv[1] && argv + 1 != end)
        secrets[i].cover(argv[1]);
    }
}
