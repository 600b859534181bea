#include "rules_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
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
  /* Where it is: as it was named, and where the links lead. Folders are watched, since editors put a new file in the old
   * one's place. */
  struct spot {
    int folder; /* inotify's watch; -1: none */
    char *name; /* within it */
  } spot[2];
  int fd; /* inotify's; -1: none */
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

/* When weir starts it may be a pipe, and is waited for; in the loop nothing is. */
static bool is_plain(const struct rules_file *f, struct err *err) {
  struct stat st;
  if (stat(f->path, &st) < 0)
    return err_set(err, "cannot open %s: %s", f->path, strerror(errno));
  return S_ISREG(st.st_mode) || err_set(err, "%s is no plain file", f->path);
}

static void tell(const struct rules_file *f, bool good, const char *said) {
  if (f->weir->on_rules)
    f->weir->on_rules(f->weir->on_rules_arg, good, said);
}

static void reload(struct rules_file *f) {
  struct err err = ERR_INIT;
  struct buf said = BUF_INIT;
  tell(f, true, NULL);
  bool good = is_plain(f, &err) && load(f, &err);
  if (good)
    buf_printf(&said, "read %s again: %zu rules", f->path, rule_count(f->weir->rules));
  else
    buf_printf(&said, "%s; what was read before stays in force", err.text);
  log_write(good ? LOG_INFO : LOG_ERROR, "rules", 0, good ? NULL : "mend the line and save it: it is read again then",
            "%s", buf_text(&said));
  tell(f, good, buf_text(&said));
  buf_clear(&said);
}

static void watch_spot(struct rules_file *f, struct spot *spot, const char *path) {
  const char *slash = path ? strrchr(path, '/') : NULL;
  int before = spot->folder;
  free(spot->name);
  spot->name = mem_dup(slash ? slash + 1 : "");
  char *folder = slash ? mem_dup_n(path, (size_t)(slash + 1 - path)) : NULL;
  spot->folder =
      folder ? inotify_add_watch(f->fd, folder, IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE | IN_MOVED_FROM) : -1;
  free(folder);
  if (before >= 0 && before != f->spot[0].folder && before != f->spot[1].folder)
    inotify_rm_watch(f->fd, before);
}

static bool watch_spots(struct rules_file *f) {
  char *target = realpath(f->path, NULL);
  watch_spot(f, &f->spot[0], f->path);
  watch_spot(f, &f->spot[1], target && strcmp(target, f->path) != 0 ? target : NULL);
  free(target);
  return f->spot[0].folder >= 0;
}

static unsigned want(void *arg) {
  (void)arg;
  return LOOP_READ;
}

/* Editors put another file there right away: then it is not gone. */
static void tell_gone(struct rules_file *f) {
  struct stat st;
  struct buf said = BUF_INIT;
  if (stat(f->path, &st) == 0 || errno != ENOENT)
    return;
  buf_printf(&said, "%s is gone; what was read before stays in force", f->path);
  tell(f, true, NULL); /* the other answer to it ends what that begins */
  log_write(LOG_WARN, "rules", 0, "put the file back: it is read again then", "%s", buf_text(&said));
  tell(f, false, buf_text(&said));
  buf_clear(&said);
}

static void ready(void *arg, unsigned events) {
  struct rules_file *f = arg;
  char room[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
  bool meant = false, gone = false;
  ssize_t n;
  (void)events;
  while ((n = read(f->fd, room, sizeof room)) > 0)
    for (const char *p = room; p < room + n;) {
      const struct inotify_event *e = (const struct inotify_event *)(const void *)p;
      bool ours = false, left = (e->mask & (IN_DELETE | IN_MOVED_FROM)) != 0;
      for (size_t i = 0; i < 2; i++)
        ours = ours || (e->len > 0 && e->wd == f->spot[i].folder && strcmp(e->name, f->spot[i].name) == 0);
      meant = meant || (ours && !left);
      gone = gone || (ours && left);
      p += sizeof *e + e->len;
    }
  if (meant) {
    watch_spots(f); /* a link may lead elsewhere now */
    reload(f);
  } else if (gone) {
    tell_gone(f);
  }
}

/* Where the file cannot be watched it still was read. */
static void watch(struct rules_file *f) {
  f->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (f->fd >= 0 && (!watch_spots(f) || !loop_add(f->weir->loop, f->fd, want, ready, f))) {
    close(f->fd);
    f->fd = -1;
  }
  if (f->fd < 0)
    log_write(LOG_WARN, "rules", 0, NULL, "%s cannot be watched: saving it changes nothing in this run", f->path);
}

bool rules_file_open(struct weir *w, const char *path, struct rules_file **out, struct err *err) {
  struct rules_file *f = mem_zero(1, sizeof *f);
  f->weir = w;
  f->fd = -1;
  f->path = path_absolute(path);
  f->spot[0].folder = f->spot[1].folder = -1;
  if (!load(f, err)) {
    rules_file_free(f);
    return false;
  }
  watch(f);
  *out = f;
  return true;
}

static void tell_notes(void *arg) {
  struct weir *w = arg;
  struct slice rest = buf_slice(&w->import_notes), note;
  while (rest.n && slice_split(&rest, '\n', &note))
    if (note.n)
      log_write(LOG_WARN, "rules", 0, NULL, "%.*s", (int)note.n, note.p);
}

static bool import_one(struct weir *w, struct rule_import *in, const char *import, struct err *err) {
  const char *equals = strchr(import, '='), *slash = strchr(import, '/');
  char *bytes;
  size_t n;
  struct err why = ERR_INIT;
  struct buf notes = BUF_INIT;
  struct slice rest, note;
  if (equals && !(slash && slash < equals))
    return rule_import_option(in, slice_of(import), err);
  if (!path_read(import, FILE_MAX, &bytes, &n, err))
    return false;
  bool good = rule_import_file(in, slice_make(bytes, n), &notes, &why);
  rest = buf_slice(&notes);
  while (rest.n && slice_split(&rest, '\n', &note))
    if (note.n)
      buf_printf(&w->import_notes, "%s: %.*s\n", import, (int)note.n, note.p);
  buf_clear(&notes);
  free(bytes);
  return good || err_set(err, "%s: %s", import, why.text);
}

bool rules_import(struct weir *w, char *const *imports, struct err *err) {
  struct rule_import *in = rule_import_new();
  struct buf lines = BUF_INIT;
  bool good = true;
  for (; good && imports && *imports; imports++)
    good = import_one(w, in, *imports, err);
  rule_import_lines(in, &lines);
  rule_import_free(in);
  w->tell_notes.fn = tell_notes;
  w->tell_notes.arg = w;
  if (w->import_notes.n)
    loop_defer(w->loop, &w->tell_notes);
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
  free(f->spot[0].name);
  free(f->spot[1].name);
  free(f->path);
  free(f);
}
