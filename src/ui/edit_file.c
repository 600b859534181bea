#include "ui/edit_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ui/edit_acts.h"
#include "ui/edit_work.h"
#include "ui/editor_private.h"
#include "ui/prompt.h"
#include "weir/base/path.h"
#include "weir/base/units.h"

#define PIECE ((size_t)65536)

/* The file is read as work in slices; the text changes at its end, in one step. */
struct reading {
  int fd;
  char *name;
  size_t size, at, removed;
  struct chunks put;
  char *piece;
  int error;
};

static void reading_free(void *arg) {
  struct reading *r = arg;
  close(r->fd);
  chunks_clear(&r->put);
  free(r->piece);
  free(r->name);
  free(r);
}

/* No more than what the file had when it was opened: one that grows all the time would never end. */
static bool step(void *arg, uint64_t deadline) {
  struct reading *r = arg;
  do {
    size_t rest = r->size - r->put.size;
    ssize_t n = rest ? read(r->fd, r->piece, rest < PIECE ? rest : PIECE) : 0;
    if (n <= 0) {
      r->error = n < 0 ? errno : 0;
      return n < 0 && errno == EINTR;
    }
    chunks_splice(&r->put, r->put.size, 0, slice_make(r->piece, (size_t)n));
  } while (clock_mono() < deadline);
  return true;
}

static unsigned percent(const void *arg) {
  const struct reading *r = arg;
  return r->size ? (unsigned)(r->put.size * 100 / r->size) : 100;
}

static void end(struct draft *d, void *arg) {
  struct reading *r = arg;
  struct ui *ui = d->drafts->ui;
  size_t n = r->put.size;
  if (r->error)
    ui_warn(ui, "nothing was changed: %s: %s", r->name, strerror(r->error));
  else if (!editor_exchange(d->editor, r->at, r->removed, &r->put, NULL))
    ui_warn(ui, "nothing was changed: %s", editor_refusal(d->editor));
  else if (r->removed)
    ui_say(ui, "%zu bytes have become the %zu of %s; Alt-U takes it back", r->removed, n, r->name);
  else
    ui_say(ui, "%zu bytes of %s are in; Alt-U takes them out", n, r->name);
}

static const struct edit_work_ops reading_ops = {"reading the file", step, percent, end, reading_free};

/* A regular file that fits: nothing else can be read without waiting, or to an end. */
static bool may_read(int fd, size_t most, size_t *size, struct err *err) {
  struct stat st;
  char words[24];
  if (fd < 0 || fstat(fd, &st) < 0)
    return err_set(err, "%s", strerror(errno));
  if (!S_ISREG(st.st_mode))
    return err_set(err, "that is no regular file");
  if ((uint64_t)st.st_size > most) {
    return err_set(err, "it is larger than %s, which is what a text may have here",
                   units_size(most, words, sizeof words));
  }
  *size = (size_t)st.st_size;
  return true;
}

static bool start(struct draft *d, struct slice text, size_t at, size_t removed, struct err *err) {
  struct slice trimmed = slice_trim(text);
  size_t size = 0;
  if (trimmed.n == 0)
    return err_set(err, "a file's name is wanted: Tab completes it");
  char *name = mem_dup_n(trimmed.p, trimmed.n), *path = path_expand(name);
  int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  free(path);
  if (!may_read(fd, d->editor->limit - (d->editor->text.size - removed), &size, err)) {
    if (fd >= 0)
      close(fd);
    free(name);
    return false;
  }
  struct reading *r = mem_zero(1, sizeof *r);
  *r = (struct reading){.fd = fd, .name = name, .size = size, .at = at, .removed = removed, .piece = mem_alloc(PIECE)};
  edit_work_start(d, &reading_ops, r);
  return true;
}

static bool insert_taken(struct ui *ui, void *arg, struct slice text, struct err *err) {
  struct draft *d = arg;
  size_t at = editor_cursor(d->editor), n = 0;
  (void)ui;
  editor_selection(d->editor, &at, &n);
  return start(d, text, at, n, err);
}

static bool body_taken(struct ui *ui, void *arg, struct slice text, struct err *err) {
  struct draft *d = arg;
  struct edit_check check;
  struct edit_check_options o = {.side = d->side, .keep_length = d->keep_length, .decoded = d->decoded};
  (void)ui;
  edit_check(&check, d->editor, &o);
  if (!check.ended)
    return err_set(err, "there is no place for a body: an empty line ends the head");
  return start(d, text, check.body_at, editor_size(d->editor) - check.body_at, err);
}

void act_edit_insert_file(struct ui *ui, struct view *v, int count) {
  struct draft *d = ((struct edit_view *)v)->draft;
  size_t at, n;
  (void)count;
  if (!edit_is_out(ui, d)) {
    bool marked = editor_selection(d->editor, &at, &n);
    prompt_open(ui, &(struct prompt_options){.label = marked ? "marked part from file: " : "insert file: ",
                                             .accept = "read it",
                                             .cancel = "leave",
                                             .taken = insert_taken,
                                             .complete = completion_file_name,
                                             .arg = d});
  }
}

void act_edit_body_file(struct ui *ui, struct view *v, int count) {
  struct draft *d = ((struct edit_view *)v)->draft;
  (void)count;
  if (edit_is_out(ui, d))
    return;
  if (d->head_only) {
    ui_warn(ui, "only the head is here: %s", d->why);
    return;
  }
  prompt_open(ui, &(struct prompt_options){.label = "body from file: ",
                                           .accept = "read it",
                                           .cancel = "leave",
                                           .taken = body_taken,
                                           .complete = completion_file_name,
                                           .arg = d});
}
