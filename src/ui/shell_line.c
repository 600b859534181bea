#include "ui/shell_line.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "weir/base/mem.h"

#define FOLDERS_MAX 64

static bool ends_word(char c) {
  return c != '\0' && strchr(" \t|;&()<>`'\"=", c) != NULL;
}

/* Does a command begin at `at`: nothing but blanks since the line's start or what joins commands? */
static bool begins_command(struct slice line, size_t at) {
  while (at > 0 && (line.p[at - 1] == ' ' || line.p[at - 1] == '\t'))
    at--;
  return at == 0 || strchr("|;&(`", line.p[at - 1]) != NULL;
}

static void add_commands(struct completion *out, const char *folder) {
  DIR *dir = opendir(folder);
  struct buf path = BUF_INIT;
  for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
    struct slice name = slice_of(e->d_name);
    if (name.p[0] == '.' || !slice_starts(name, out->word) || completion_has(out, name))
      continue;
    buf_reset(&path);
    buf_printf(&path, "%s/%s", folder, e->d_name);
    if (access(buf_text(&path), X_OK) == 0)
      completion_add(out, name, NULL, false);
  }
  if (dir != NULL)
    closedir(dir);
  buf_clear(&path);
}

void complete_shell_line(struct ui *ui, void *arg, struct slice before, struct completion *out) {
  size_t from = before.n;
  (void)ui;
  (void)arg;
  while (from > 0 && !ends_word(before.p[from - 1]))
    from--;
  completion_begin(out, before, from);
  bool command = begins_command(before, from) && memchr(out->word.p, '/', out->word.n) == NULL;
  if (!command) {
    completion_add_files(out);
    return;
  }
  const char *path = getenv("PATH");
  if (out->word.n == 0 || path == NULL)
    return; /* thousands, and none of them meant */
  struct slice rest = slice_of(path), folder;
  for (int i = 0; i < FOLDERS_MAX && slice_split(&rest, ':', &folder); i++) {
    char *name = mem_dup_n(folder.p, folder.n);
    add_commands(out, name);
    free(name);
  }
  completion_sort(out);
}

struct slice shell_complaint(struct slice errors) {
  struct slice line;
  while (slice_split(&errors, '\n', &line)) {
    line = slice_trim(line);
    if (line.n > 0)
      return slice_sub(line, 0, line.n < 200 ? line.n : 200);
  }
  return (struct slice){NULL, 0};
}
