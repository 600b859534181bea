#include "rules_file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "weir/base/log.h"
#include "weir/base/mem.h"
#include "weir/base/path.h"
#include "weir/rule/file.h"
#include "weir/rule/import.h"

#define FILE_MAX (4u << 20)

struct rules_file {
  struct weir *weir;
  char *path;
  const char *name; /* its last part */
  int fd;           /* inotify's, on the folder: editors put a new file in the old one's place; -1: none */
};

static bool load(struct rules_file *f, struct err *err) {
  char *bytes;
  size_t n;
  struct err why = ERR_INIT;
  if (!path_read(f->path, FILE_MAX, &bytes, &n, err))
    return false;
  bool good = rules_load(f->weir->rules, slice_make(bytes, n), &why);
  free(bytes);
  return good || err_set(err, "%s:%s", f->path, why.text);
}

static void reload(struct rules_file *f) {
  struct err err = ERR_INIT;
  if (load(f, &err))
    log_write(LOG_INFO, "rules", 0, NULL, "read %s again: %zu rules", f->path, rule_count(f->weir->rules));
  else
    log_write(LOG_ERROR, "rules", 0, "mend the line and save it: it is read again then",
              "%s; what was read before stays in force", err.text);
}

static unsigned want(void *arg) {
  (void)arg;
  return LOOP_READ;
}

static void ready(void *arg, unsigned events) {
  struct rules_file *f = arg;
  char room[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
  bool meant = false;
  ssize_t n;
  (void)events;
  while ((n = read(f->fd, room, sizeof room)) > 0)
    for (const char *p = room; p < room + n;) {
      const struct inotify_event *e = (const struct inotify_event *)(const void *)p;
      meant = meant || (e->len > 0 && strcmp(e->name, f->name) == 0);
      p += sizeof *e + e->len;
    }
  if (meant)
    reload(f);
}

/* Where the file cannot be watched it still was read. */
static void watch(struct rules_file *f) {
  char *folder = mem_dup_n(f->path, (size_t)(f->name - f->path));
  f->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (f->fd >= 0 && (inotify_add_watch(f->fd, folder, IN_CLOSE_WRITE | IN_MOVED_TO) < 0 ||
                     !loop_add(f->weir->loop, f->fd, want, ready, f))) {
    close(f->fd);
    f->fd = -1;
  }
  if (f->fd < 0)
    log_write(LOG_WARN, "rules", 0, NULL, "%s cannot be watched: saving it changes nothing in this run", f->path);
  free(folder);
}

bool rules_file_open(struct weir *w, const char *path, struct rules_file **out, struct err *err) {
  struct rules_file *f = mem_zero(1, sizeof *f);
  f->weir = w;
  f->fd = -1;
  f->path = path_absolute(path);
  f->name = strrchr(f->path, '/') + 1;
  if (!load(f, err)) {
    rules_file_free(f);
    return false;
  }
  watch(f);
  *out = f;
  return true;
}

static bool import_one(const char *import, struct buf *lines, struct err *err) {
  const char *equals = strchr(import, '='), *slash = strchr(import, '/');
  char *bytes;
  size_t n;
  struct err why = ERR_INIT;
  if (equals && !(slash && slash < equals))
    return rule_import(slice_of(import), lines, err);
  if (!path_read(import, FILE_MAX, &bytes, &n, err))
    return false;
  bool good = rule_import_file(slice_make(bytes, n), lines, &why);
  free(bytes);
  return good || err_set(err, "%s: %s", import, why.text);
}

bool rules_import(struct weir *w, char *const *imports, struct err *err) {
  struct buf lines = BUF_INIT;
  bool good = true;
  for (; good && imports && *imports; imports++)
    good = import_one(*imports, &lines, err);
  struct slice rest = buf_slice(&lines), line;
  while (good && rest.n && slice_split(&rest, '\n', &line)) {
    char *text = mem_dup_n(line.p, line.n);
    good = line.n == 0 || rule_add(w->rules, text, RULE_AT_END, err) != 0;
    free(text);
  }
  buf_clear(&lines);
  return good;
}

void rules_file_free(struct rules_file *f) {
  if (!f)
    return;
  if (f->fd >= 0) {
    loop_remove(f->weir->loop, f->fd);
    close(f->fd);
  }
  free(f->path);
  free(f);
}
