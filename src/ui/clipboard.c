/* The clipboard: tmux keeps it where there is a tmux (its default ignores OSC 52 from inside), else the terminal takes
 * it by OSC 52, and what is too long for that goes to a file. The message names the way taken. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ui/actions.h"
#include "weir/base/mem.h"
#include "weir/base/path.h"
#include "weir/io/child.h"

#define OSC52_MAX (74u * 1024) /* 100 kB as base64, a common limit of terminals */

static void put_base64(struct buf *out, struct slice s) {
  static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < s.n; i += 3) {
    uint32_t v = 0;
    for (size_t k = 0; k < 3; k++)
      v = v << 8 | (i + k < s.n ? (unsigned char)s.p[i + k] : 0);
    for (size_t k = 0; k < 4; k++)
      buf_add_byte(out, i + k > s.n ? '=' : digit[v >> (18 - 6 * k) & 63]);
  }
}

static void by_terminal(struct ui *ui, struct slice text, const char *what) {
  struct buf out = BUF_INIT;
  buf_add_text(&out, "\033]52;c;");
  put_base64(&out, text);
  buf_add_byte(&out, '\a');
  ui->t->ops->send(ui->t, out.p, out.n);
  buf_clear(&out);
  ui_say(ui, "%s copied (%zu bytes, by OSC 52)", what, text.n);
}

static bool write_all(int fd, struct slice text) {
  while (text.n > 0) {
    ssize_t n = write(fd, text.p, text.n);
    if (n <= 0)
      return false;
    text = slice_from(text, (size_t)n);
  }
  return true;
}

static void by_file(struct ui *ui, struct slice text, const char *what) {
  struct err err = ERR_INIT;
  char *path = path_for(PATH_CACHE, ui->w->options != NULL ? ui->w->options->confdir : NULL, "clip");
  int fd = path_make_parents(path, &err) ? path_open_private(path, O_WRONLY | O_TRUNC, &err) : -1;
  if (fd >= 0 && write_all(fd, text))
    ui_say(ui, "%s is too long for the terminal's clipboard (%zu bytes): it is in %s", what, text.n, path);
  else
    ui_warn(ui, "%s not copied: %s", what, err.text[0] != '\0' ? err.text : "the file could not be written");
  if (fd >= 0)
    close(fd);
  free(path);
}

static void without_tmux(struct ui *ui, struct slice text, const char *what) {
  if (text.n <= OSC52_MAX)
    by_terminal(ui, text, what);
  else
    by_file(ui, text, what);
}

struct copy { /* the one copy that is on its way through tmux */
  struct ui *ui;
  struct child *child;
  char *text;
  size_t n;
  const char *what;
};

static void copy_free(struct copy *copy) {
  if (copy->ui->copy == copy)
    copy->ui->copy = NULL;
  free(copy->text);
  free(copy);
}

static void tmux_ended(void *arg, struct child *child, int status) {
  struct copy *copy = arg;
  (void)child;
  if (WIFSTOPPED(status))
    return;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
    ui_say(copy->ui, "%s copied (%zu bytes, by tmux)", copy->what, copy->n);
  else
    without_tmux(copy->ui, slice_make(copy->text, copy->n), copy->what);
  copy_free(copy);
}

void clipboard_forget(struct ui *ui) {
  if (ui->copy == NULL)
    return;
  child_forget(ui->copy->child);
  copy_free(ui->copy);
}

static bool by_tmux(struct ui *ui, struct slice text, const char *what) {
  static const char *const argv[] = {"tmux", "load-buffer", "-w", "-", NULL};
  int fd = memfd_create("weir-clip", MFD_CLOEXEC);
  if (fd < 0)
    return false;
  clipboard_forget(ui);
  struct copy *copy = mem_zero(1, sizeof *copy);
  *copy = (struct copy){ui, NULL, mem_dup_n(text.p, text.n), text.n, what};
  ui->copy = copy;
  if (write_all(fd, text) && lseek(fd, 0, SEEK_SET) == 0)
    copy->child =
        child_start(ui->w->loop, &(struct child_options){.argv = argv, .fd = {fd, -1, -1}}, tmux_ended, copy, NULL);
  close(fd);
  if (copy->child == NULL)
    copy_free(copy);
  return ui->copy != NULL;
}

void clipboard_put(struct ui *ui, struct slice text, const char *what) {
  const char *tmux = getenv("TMUX");
  if (text.n == 0)
    ui_say(ui, "nothing to copy");
  else if (tmux == NULL || tmux[0] == '\0' || !by_tmux(ui, text, what))
    without_tmux(ui, text, what);
}
