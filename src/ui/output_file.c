#include "ui/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ui/prompt.h"
#include "weir/base/mem.h"
#include "weir/base/path.h"

struct output {
  char *bytes;
  size_t n;
  char *path;
};

static void drop(void *arg) {
  struct output *o = arg;
  free(o->bytes);
  free(o->path);
  free(o);
}

static bool write_to(struct ui *ui, const struct output *o, const char *path, int how, struct err *err) {
  int fd = path_open_private(path, O_WRONLY | O_CREAT | how, err);
  if (fd < 0)
    return false;
  bool good = path_write_all(fd, slice_make(o->bytes, o->n));
  int reason = errno;
  if (close(fd) != 0 && good) {
    reason = errno;
    good = false;
  }
  if (!good)
    return err_set(err, "writing %s failed: %s", path, strerror(reason));
  ui_say(ui, "written to %s", path);
  return true;
}

static void write_over(struct ui *ui, void *arg) {
  const struct output *o = arg;
  struct err err = ERR_INIT;
  if (!write_to(ui, o, o->path, O_TRUNC, &err))
    ui_warn(ui, "%s", err.text);
}

static bool taken(struct ui *ui, void *arg, struct slice text, struct err *err) {
  struct output *o = arg;
  if (text.n == 0)
    return err_set(err, "type a file name");
  char *typed = mem_dup_n(text.p, text.n), *path = path_expand(typed);
  bool good = true;
  free(typed);
  if (access(path, F_OK) == 0) {
    struct output *again = mem_alloc(sizeof *again);
    *again = (struct output){o->bytes, o->n, path}; /* the bytes move on */
    o->bytes = NULL;
    prompt_ask(ui, 0, write_over, drop, again, "%s exists: overwrite it?", path);
    return true;
  }
  good = write_to(ui, o, path, O_EXCL, err);
  free(path);
  return good;
}

void output_file_ask(struct ui *ui, const char *label, const char *name, struct slice bytes) {
  struct output *o = mem_zero(1, sizeof *o);
  o->bytes = mem_dup_n(bytes.n > 0 ? bytes.p : "", bytes.n);
  o->n = bytes.n;
  prompt_open(ui, &(struct prompt_options){.label = label,
                                           .text = name,
                                           .accept = "write",
                                           .cancel = "leave it",
                                           .taken = taken,
                                           .complete = completion_file_name,
                                           .drop = drop,
                                           .arg = o});
}
