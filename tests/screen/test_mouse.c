/* The mouse: what is clicked acts, what is under the pointer scrolls, and dragging is left to the terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "screen.h"
#include "ui/ui_state.h"

static void open_shop(struct screen *s) {
  struct buf text = BUF_INIT;
  screen_open(s, 120, 36);
  screen_shop(s);
  for (int i = 0; i < 100; i++)
    buf_printf(&text, "line %d\n", i);
  for (int i = 0; i < 40; i++)
    screen_flow(s, &(struct script){.method = "PUT",
                                    .host = "shop.test",
                                    .path = "/cart",
                                    .body = buf_text(&text),
                                    .status = 200,
                                    .reason = "OK",
                                    .response_body = buf_text(&text),
                                    .ms = 3});
  buf_clear(&text);
  screen_turn(s);
}

static void click(struct screen *s, const char *text, int button) {
  char key[32], *all = screen_text(s), *at = strstr(all, text);
  int x = 0, y = 0;
  assert_non_null(at);
  for (const char *p = all; p < at; p++)
    if (*p == '\n')
      y++, x = 0;
    else if (((unsigned char)*p & 0xc0) != 0x80)
      x++;
  free(all);
  snprintf(key, sizeof key, "mouse:%d,%d,%d", button, x, y);
  screen_keys(s, key);
}

static void tabs_and_hints(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s);
  click(&s, "F7 Log", 1);
  assert_ptr_equal(s.ui->top->ops, &log_view_ops);
  click(&s, "F2 Flows", 1);
  assert_ptr_equal(s.ui->top->ops, &list_view_ops);
  click(&s, "F1 help", 1);
  assert_ptr_equal(s.ui->top->ops, &help_view_ops);
  click(&s, "close", 1); /* a hint */
  assert_ptr_equal(s.ui->top->ops, &list_view_ops);
  click(&s, "all keys", 1);
  assert_ptr_equal(s.ui->top->ops, &help_view_ops);
  screen_keys(&s, "Esc 5 G");
  click(&s, "m mark", 1);
  assert_true(store_get(s.w.store, 5)->marked);
  screen_close(&s);
}

static void next_screens(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s);
  screen_keys(&s, "g t");
  assert_ptr_equal(s.ui->top->ops, &paused_view_ops);
  screen_keys(&s, "2 g T");
  assert_ptr_equal(s.ui->top->ops, &setup_view_ops);
  screen_keys(&s, "g t");
  assert_ptr_equal(s.ui->top->ops, &list_view_ops);
  screen_close(&s);
}

static void rows(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s);
  screen_keys(&s, "1 G");
  click(&s, "/static/app.css", 1);
  assert_int_equal(s.ui->cursor, 2);
  click(&s, "/static/app.css", 1); /* again: opened */
  assert_ptr_equal(s.ui->top->ops, &detail_view_ops);
  screen_close(&s);
}

/* The wheel scrolls what it is over: the list, or a side of the preview. */
static void wheel(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s);
  screen_keys(&s, "2 0 G");
  assert_int_equal(s.ui->cursor, 20);
  screen_keys(&s, "mouse:5,20,5");
  assert_int_equal(s.ui->cursor, 23);
  char *none = screen_text(&s);
  screen_keys(&s, "mouse:5,10,30");
  assert_int_equal(s.ui->cursor, 23);
  char *one = screen_text(&s);
  screen_keys(&s, "mouse:5,100,30 mouse:5,100,30");
  char *two = screen_text(&s);
  assert_string_not_equal(none, one);
  assert_string_not_equal(one, two);
  free(none);
  free(one);
  free(two);
  assert_int_equal(s.ui->cursor, 23);
  screen_close(&s);
}

static int head_x, head_y, drag_x;

static bool on_head(struct ui *ui, struct view *v, int x, int y) {
  (void)ui;
  (void)v;
  head_x = x;
  head_y = y;
  return y == 2;
}

static bool on_drag(struct ui *ui, struct view *v, const struct key *key) {
  (void)ui;
  (void)v;
  drag_x = key->x;
  return true;
}

/* A view that has column heads, or something to drag, is asked first. */
static void heads_and_drags(void **state) {
  struct screen s;
  struct view_ops ops = list_view_ops;
  (void)state;
  open_shop(&s);
  screen_keys(&s, "1 G");
  ops.head = on_head;
  ops.drag = on_drag;
  s.ui->top->ops = &ops;
  screen_keys(&s, "mouse:1,30,2");
  assert_int_equal(head_x, 30);
  assert_int_equal(s.ui->cursor, 1);
  screen_keys(&s, "mouse:1,31,6"); /* no head: a row */
  assert_int_equal(head_y, 6);
  assert_int_not_equal(s.ui->cursor, 1);
  screen_keys(&s, "drag:1,44,9");
  assert_int_equal(drag_x, 44);
  assert_false(screen_has(&s, "Shift and drag"));
  s.ui->top->ops = &list_view_ops;
  screen_close(&s);
}

/* Where dragging does nothing it is said once who can select text. */
static void dragging(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s);
  screen_keys(&s, "3 G drag:1,10,9");
  assert_true(screen_has(&s, "Shift and drag is the terminal's own selection; :set mouse off gives it the mouse"));
  assert_int_equal(s.ui->cursor, 3); /* it is no click */
  screen_keys(&s, "j drag:1,10,9");
  assert_false(screen_has(&s, "Shift and drag"));
  screen_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tabs_and_hints), cmocka_unit_test(next_screens),    cmocka_unit_test(rows),
      cmocka_unit_test(wheel),          cmocka_unit_test(heads_and_drags), cmocka_unit_test(dragging),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
