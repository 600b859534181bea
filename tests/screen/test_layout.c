/* The layouts of the screen, the lines between its panes, and that both are kept for the next start. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "screen.h"
#include "ui/screen_state.h"
#include "ui/ui_state.h"
#include "weir/base/mem.h"
#include "weir/base/path.h"

static void open_shop(struct screen *s, int width, int height) {
  screen_open(s, width, height);
  screen_shop(s);
  screen_keys(s, "g g");
}

static void three_layouts(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s, 120, 36);
  assert_true(screen_has(&s, "─ Request ─"));
  screen_keys(&s, "\\");
  assert_ptr_equal(s.ui->top->ops, &list_view_ops);
  assert_false(screen_has(&s, "─ Request ─"));
  screen_keys(&s, "\\");
  assert_ptr_equal(s.ui->top->ops, &detail_view_ops);
  screen_keys(&s, "\\");
  assert_ptr_equal(s.ui->top->ops, &list_view_ops);
  assert_true(screen_has(&s, "─ Request ─"));
  screen_close(&s);
}

static void two_where_there_is_no_room(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s, 80, 24);
  screen_keys(&s, "\\");
  assert_ptr_equal(s.ui->top->ops, &detail_view_ops);
  screen_keys(&s, "<");
  assert_true(screen_has(&s, "side by side from 100 columns on; Tab goes to the other side"));
  screen_keys(&s, "\\");
  assert_ptr_equal(s.ui->top->ops, &list_view_ops);
  screen_close(&s);
}

/* The column of the line between request and response, in the row below their titles. */
static int line_x(struct screen *s, int y) {
  const struct canvas *c = terminal_fake_screen(s->t);
  for (int x = 0; x < c->width; x++)
    if (strcmp(c->cell[y * c->width + x].bytes, "│") == 0)
      return x;
  return -1;
}

static void sides_moved(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s, 120, 36);
  screen_keys(&s, "Enter");
  assert_int_equal(line_x(&s, 7), 59);
  screen_keys(&s, "<");
  assert_int_equal(line_x(&s, 7), 53);
  screen_keys(&s, "2 >");
  assert_int_equal(line_x(&s, 7), 65);
  screen_keys(&s, "mouse:1,65,9 drag:1,40,9");
  assert_int_equal(line_x(&s, 7), 40);
  screen_keys(&s, "mouse:1,39,9"); /* the nearest column left of it is the request's */
  assert_int_equal(s.ui->top->ops->side(s.ui->top), FLOW_REQUEST);
  screen_keys(&s, "mouse:1,41,9");
  assert_int_equal(s.ui->top->ops->side(s.ui->top), FLOW_RESPONSE);
  screen_keys(&s, "mouse:1,70,9 drag:1,90,9"); /* not pressed on the line: it stays */
  assert_int_equal(line_x(&s, 7), 40);
  screen_keys(&s, "q");
  assert_int_equal(line_x(&s, 26), 40); /* the preview has it there too */
  screen_close(&s);
}

static char *state_file(char *folder) {
  struct buf path = BUF_INIT;
  buf_printf(&path, "%s/deeper/screen", folder);
  return buf_take(&path);
}

static void kept(void **state) {
  char folder[] = "build/tmp/weir-layout.XXXXXX";
  struct screen s;
  (void)state;
  mkdir("build/tmp", 0700);
  assert_non_null(mkdtemp(folder));
  char *path = state_file(folder), *bytes;
  size_t n;
  open_shop(&s, 120, 36);
  screen_state_open(s.ui, mem_dup(path));
  screen_keys(&s, "j j k");
  screen_wait(&s, 10 * CLOCK_S);
  assert_int_equal(access(path, F_OK), -1); /* nothing was changed */
  screen_keys(&s, "< \\");
  screen_wait(&s, CLOCK_S);
  assert_true(path_read(path, 1000, &bytes, &n, NULL));
  assert_string_equal(bytes, "layout list\nsplit 40\nsides 50\n");
  free(bytes);
  struct stat st;
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_mode & 0777, 0600);
  screen_keys(&s, "Enter 2 > q");
  screen_close(&s); /* what changed a moment ago is written at the end */
  open_shop(&s, 120, 36);
  screen_state_open(s.ui, mem_dup(path));
  screen_turn(&s);
  assert_int_equal(s.ui->layout, LAYOUT_LIST);
  assert_int_equal(s.ui->split, 40);
  assert_int_equal(s.ui->sides, 60);
  assert_false(screen_has(&s, "─ Request ─"));
  screen_close(&s);
  assert_int_equal(unlink(path), 0);
  free(path);
}

/* Whatever stands in the file, weir starts, and takes what it understands. */
static void odd_files(void **state) {
  static const char odd[] = "split 4000000000\nsides -3\n\nlayout\nwhat is this\nsplit 2\n\001\002 3\n";
  char path[] = "build/tmp/weir-layout-odd.XXXXXX";
  struct screen s;
  (void)state;
  mkdir("build/tmp", 0700);
  int fd = mkstemp(path);
  assert_int_equal(write(fd, odd, sizeof odd - 1), (ssize_t)sizeof odd - 1);
  close(fd);
  open_shop(&s, 120, 36);
  screen_state_open(s.ui, mem_dup(path));
  screen_turn(&s);
  assert_int_equal(s.ui->layout, LAYOUT_PREVIEW);
  assert_int_equal(s.ui->split, 15); /* as small as a split can be */
  assert_int_equal(s.ui->sides, 50);
  screen_close(&s);
  unlink(path);
  open_shop(&s, 120, 36);
  screen_state_open(s.ui, mem_dup("/proc/nowhere/screen"));
  screen_keys(&s, "\\");
  screen_wait(&s, CLOCK_S);
  screen_keys(&s, "F7");
  assert_true(screen_has(&s, "layout and splits are not kept for the next start"));
  screen_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(three_layouts), cmocka_unit_test(two_where_there_is_no_room),
      cmocka_unit_test(sides_moved),   cmocka_unit_test(kept),
      cmocka_unit_test(odd_files),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
