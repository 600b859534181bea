#include "ui/screen_state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ui/layout.h"
#include "ui/ui_state.h"
#include "weir/base/log.h"
#include "weir/base/path.h"

#define FILE_MAX 4096
#define MOMENT   (CLOCK_S / 2) /* a line that is dragged moves often */

static void take_line(struct ui *ui, struct slice line) {
  ptrdiff_t blank = slice_find_byte(line, ' ');
  struct slice name = blank < 0 ? line : slice_sub(line, 0, (size_t)blank);
  struct slice value = blank < 0 ? (struct slice){NULL, 0} : slice_trim(slice_from(line, (size_t)blank));
  uint64_t n = 0;
  bool number = slice_to_u64(value, &n) && n <= 100;
  if (slice_eq(name, SLICE("layout")))
    ui->layout = slice_eq(value, SLICE("list")) ? LAYOUT_LIST : LAYOUT_PREVIEW;
  else if (slice_eq(name, SLICE("split")) && number)
    layout_set_split(ui, (int)n);
  else if (slice_eq(name, SLICE("sides")) && number)
    layout_set_sides(ui, (int)n);
}

/* Whatever is wrong with it, weir starts: it is no more than a habit. */
static void read_file(struct ui *ui, const char *path) {
  char *bytes = NULL;
  size_t n = 0;
  if (access(path, F_OK) < 0 || !path_read(path, FILE_MAX, &bytes, &n, NULL))
    return;
  struct slice rest = slice_make(bytes, n), line;
  while (slice_split(&rest, '\n', &line))
    take_line(ui, line);
  free(bytes);
}

static bool write_beside(const char *beside, struct slice bytes, struct err *err) {
  int fd = path_open_private(beside, O_WRONLY | O_EXCL | O_NOFOLLOW, err);
  if (fd < 0)
    return false;
  bool good = path_write_all(fd, bytes);
  if (!good)
    err_set(err, "cannot write %s: %s", beside, strerror(errno));
  close(fd);
  return good;
}

static void write_file(struct ui *ui) {
  struct buf text = BUF_INIT, beside = BUF_INIT;
  struct err err = ERR_INIT;
  const char *path = ui->state_path;
  buf_printf(&text, "layout %s\nsplit %d\nsides %d\n", ui->layout == LAYOUT_LIST ? "list" : "preview", ui->split,
             ui->sides);
  buf_printf(&beside, "%s.%ld", path, (long)getpid()); /* another weir may write its own at this moment */
  unlink(buf_text(&beside));
  bool good = path_make_parents(path, &err) && write_beside(buf_text(&beside), buf_slice(&text), &err);
  if (good && rename(buf_text(&beside), path) < 0)
    good = err_set(&err, "cannot write %s: %s", path, strerror(errno));
  if (!good) {
    unlink(buf_text(&beside));
    log_write(LOG_WARN, "ui", 0, NULL, "layout and splits are not kept for the next start: %s", err.text);
  }
  buf_clear(&text);
  buf_clear(&beside);
}

static void on_moment(void *arg) {
  write_file(arg);
}

void screen_state_open(struct ui *ui, char *path) {
  read_file(ui, path);
  ui->state_path = path;
  ui->state_timer = (struct loop_timer){.fn = on_moment, .arg = ui};
  ui_dirty(ui);
}

void screen_state_changed(struct ui *ui) {
  if (ui->state_path != NULL && ui->state_timer.place == 0)
    loop_timer_arm(ui->w->loop, &ui->state_timer, MOMENT);
}

void screen_state_close(struct ui *ui) {
  if (ui->state_path == NULL)
    return;
  if (ui->state_timer.place != 0) {
    loop_timer_cancel(ui->w->loop, &ui->state_timer);
    write_file(ui);
  }
  free(ui->state_path);
  ui->state_path = NULL;
}
