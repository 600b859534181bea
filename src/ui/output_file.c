#include "ui/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ui/prompt.h"
#include "weir/base/mem.h"
#include "weir/base/path.h"

struct asked {
  struct output_file file; /* what NULL: another question has it now */
  char *path;              /* being asked about */
};

static void drop(void *arg) {
  struct asked *a = arg;
  if (a->file.what != NULL)
    a->file.drop(a->file.what);
  free(a->path);
  free(a);
}

static struct asked *asked_new(struct output_file file, char *path) {
  struct asked *a = mem_alloc(sizeof *a);
  *a = (struct asked){file, path};
  return a;
}

static void write_over(struct ui *ui, void *arg) {
  const struct asked *a = arg;
  struct err err = ERR_INIT;
  if (!a->file.write(ui, a->file.what, a->path, true, &err))
    ui_warn(ui, "%s", err.text);
}

static bool taken(struct ui *ui, void *arg, struct slice text, struct err *err) {
  struct asked *a = arg;
  if (text.n == 0)
    return err_set(err, "type a file name");
  char *typed = mem_dup_n(text.p, text.n), *path = path_expand(typed);
  free(typed);
  if (access(path, F_OK) == 0) {
    prompt_ask(ui, 0, write_over, drop, asked_new(a->file, path), "%s exists: overwrite it?", path);
    a->file.what = NULL;
    return true;
  }
  bool good = a->file.write(ui, a->file.what, path, false, err);
  free(path);
  return good;
}

void output_file_ask(struct ui *ui, struct output_file file, const char *label, const char *name) {
  prompt_open(ui, &(struct prompt_options){.label = label,
                                           .text = name,
                                           .accept = "write",
                                           .cancel = "leave it",
                                           .taken = taken,
                                           .complete = completion_file_name,
                                           .drop = drop,
                                           .arg = asked_new(file, NULL)});
}

bool output_file_take(struct ui *ui, struct output_file file, struct slice name, struct err *err) {
  struct asked *a = asked_new(file, NULL);
  bool good = taken(ui, a, name, err);
  drop(a);
  return good;
}

/* ---- bytes ---- */

static bool write_bytes(struct ui *ui, const void *what, const char *path, bool overwrite, struct err *err) {
  const struct buf *bytes = what;
  int fd = path_open_private(path, O_WRONLY | (overwrite ? O_TRUNC : O_EXCL), err);
  if (fd < 0)
    return false;
  bool good = path_write_all(fd, buf_slice(bytes));
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

static void drop_bytes(void *what) {
  buf_clear(what);
  free(what);
}

struct output_file output_file_bytes(struct slice bytes) {
  struct buf *copy = mem_zero(1, sizeof *copy);
  buf_add_slice(copy, bytes);
  return (struct output_file){write_bytes, drop_bytes, copy};
}
