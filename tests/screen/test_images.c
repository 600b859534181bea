/* Images in the detail: their facts at once, their picture when a process of its own has made it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "screen.h"
#include "ui/ui_state.h"

/* 8 x 6 pixels: red grows less to the right, green less below, blue more to the right. */
static const char png[] =
    "\211\120\116\107\015\012\032\012\000\000\000\015\111\110\104\122\000\000\000\010\000\000\000\006\010\002"
    "\000\000\000\161\147\110\254\000\000\000\063\111\104\101\124\170\332\235\311\101\015\300\040\000\000\261"
    "\052\101\311\224\240\004\045\050\101\311\014\335\246\201\244\277\052\065\352\251\251\245\255\243\327\105"
    "\370\215\074\231\054\066\207\213\370\000\203\373\103\201\017\204\240\375\000\000\000\000\111\105\116\104"
    "\256\102\140\202";

static void open_image(struct screen *s, const char *bytes, size_t n) {
  const char *weir = getenv("WEIR");
  screen_open(s, 120, 36);
  s->ui->program = weir != NULL ? weir : "build/weir";
  screen_flow(s, &(struct script){.method = "GET",
                                  .host = "shop.test",
                                  .path = "/a.png",
                                  .fields = "",
                                  .status = 200,
                                  .reason = "OK",
                                  .response_fields = "Content-Type: image/png\r\n",
                                  .response_body = bytes,
                                  .response_body_n = n,
                                  .ms = 3});
}

#define HALF "\xe2\x96\x80"

static const struct cell *cell_of(const struct canvas *c, const char *bytes) {
  for (int i = 0; i < c->width * c->height; i++)
    if (strcmp(c->cell[i].bytes, bytes) == 0)
      return &c->cell[i];
  return NULL;
}

static void in_colours(void **state) {
  struct screen s;
  (void)state;
  open_image(&s, png, sizeof png - 1);
  s.ui->t->colours = 256;
  screen_keys(&s, "g g Enter");
  assert_true(screen_has(&s, "PNG image, 8 x 6, 8 bits, colour"));
  screen_until(&s, HALF HALF HALF HALF HALF HALF HALF HALF);
  screen_golden(&s, "image_120x36");
  const struct cell *first = cell_of(terminal_fake_screen(s.t), HALF);
  assert_true(first->paint.flags & PAINT_FG);
  assert_int_equal(first->paint.fg, 226); /* yellow above yellow */
  assert_int_equal(first->paint.bg, 226);
  screen_keys(&s, "x");
  assert_false(screen_has(&s, HALF HALF));
  screen_close(&s);
}

static void in_characters(void **state) {
  struct screen s;
  (void)state;
  open_image(&s, png, sizeof png - 1);
  s.ui->t->colours = 16;
  screen_keys(&s, "g g Enter");
  screen_until(&s, "*###");
  screen_golden(&s, "image_mono_120x36");
  screen_close(&s);
}

/* A damaged one says why; closing while one is being made ends that. */
static void without(void **state) {
  char bad[sizeof png];
  struct screen s;
  (void)state;
  memcpy(bad, png, sizeof png);
  bad[25] = 9; /* no such colour type */
  open_image(&s, bad, sizeof bad - 1);
  screen_keys(&s, "g g Enter");
  screen_until(&s, "no picture: ");
  assert_true(screen_has(&s, "PNG image"));
  screen_close(&s);
  open_image(&s, png, sizeof png - 1);
  screen_keys(&s, "g g Enter");
  screen_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(in_colours),
      cmocka_unit_test(in_characters),
      cmocka_unit_test(without),
  };
  return cmocka_run_group_tests_name("images", tests, NULL, NULL);
}
