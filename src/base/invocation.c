#include "weir/base/invocation.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "weir/base/mem.h"
#include "weir/base/path.h"
#include "weir/base/text.h"

#define NAME "weir"
#define SELF "/proc/self/exe"

void invocation_put(struct buf *out, const struct invocation *v, const char *words) {
  const struct {
    const char *name, *value;
  } given[] = {{"--confdir", v->confdir}, {"--ca-cert", v->ca_cert}, {"--ca-key", v->ca_key}};
  buf_add_text(out, v->program ? v->program : NAME);
  if (words)
    buf_printf(out, " %s", words);
  for (size_t i = 0; i < sizeof given / sizeof *given; i++)
    if (given[i].value) {
      char *path = path_absolute(given[i].value);
      buf_printf(out, " %s ", given[i].name);
      text_shell_word(out, slice_of(path));
      free(path);
    }
}

const char *invocation_text(const struct invocation *v, const char *words, char *out, size_t size) {
  struct buf text = BUF_INIT;
  invocation_put(&text, v, words);
  snprintf(out, size, "%s", buf_text(&text));
  buf_clear(&text);
  return out;
}

/* ---- which program this is ---- */

static bool is_self(const char *path) {
  struct stat self, other;
  return stat(SELF, &self) == 0 && stat(path, &other) == 0 && self.st_dev == other.st_dev &&
         self.st_ino == other.st_ino;
}

/* A shell starts the first that it finds, so that alone counts. An empty folder in PATH is the working directory. */
static bool found_by_name(void) {
  struct slice list = slice_of(getenv("PATH")), folder;
  bool found = false, same = false;
  while (!found && slice_split(&list, ':', &folder)) {
    struct buf path = BUF_INIT;
    buf_add_slice(&path, folder.n ? folder : SLICE("."));
    buf_add_text(&path, "/" NAME);
    struct stat st;
    found = stat(path.p, &st) == 0 && S_ISREG(st.st_mode) && access(path.p, X_OK) == 0;
    same = found && is_self(path.p);
    buf_clear(&path);
  }
  return same;
}

static const char *seen_from_here(const char *path, struct buf *out) {
  char here[PATH_MAX];
  size_t n = getcwd(here, sizeof here) ? strlen(here) : 0;
  if (n < 2 || strncmp(path, here, n) != 0 || path[n] != '/')
    return path;
  buf_printf(out, "%s%s", strchr(path + n + 1, '/') ? "" : "./", path + n + 1);
  return buf_text(out);
}

char *invocation_program(bool below) {
  char path[PATH_MAX];
  struct buf word = BUF_INIT, seen = BUF_INIT;
  ssize_t n = found_by_name() ? -1 : readlink(SELF, path, sizeof path - 1);
  if (n <= 0)
    return mem_dup(NAME);
  path[n] = '\0';
  if (!is_self(path)) /* it was removed or replaced since */
    return mem_dup(NAME);
  text_shell_word(&word, slice_of(below ? seen_from_here(path, &seen) : path));
  buf_clear(&seen);
  return buf_take(&word);
}
