/* Which depth is chosen, and that every role can be told apart without colour where it must be. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ui/theme.h"

static struct theme pick(int colors, const char *term) {
  return theme_pick(colors, false, NULL, term, NULL);
}

static void depth_follows_the_terminal(void **state) {
  (void)state;
  assert_int_equal(pick(256, "xterm-256color").depth, THEME_256);
  assert_int_equal(pick(32768, "xterm-direct").depth, THEME_256);
  assert_int_equal(pick(16, "xterm-16color").depth, THEME_16);
  assert_int_equal(pick(8, "linux").depth, THEME_8);
  assert_int_equal(pick(-1, "xterm").depth, THEME_MONO);
  assert_int_equal(pick(8, "vt100").depth, THEME_MONO);
  assert_int_equal(pick(8, "vt220").depth, THEME_MONO);
  assert_int_equal(pick(8, "dumb").depth, THEME_MONO);
  assert_int_equal(pick(8, NULL).depth, THEME_MONO);
}

static void colour_can_be_refused(void **state) {
  (void)state;
  assert_int_equal(theme_pick(256, false, "1", "xterm", NULL).depth, THEME_MONO);
  assert_int_equal(theme_pick(256, false, "", "xterm", NULL).depth, THEME_256); /* set but empty does not count */
  assert_int_equal(theme_pick(256, true, NULL, "xterm", NULL).depth, THEME_MONO);
}

static void ground_comes_from_colorfgbg(void **state) {
  (void)state;
  assert_false(theme_pick(256, false, NULL, "rxvt", NULL).light);
  assert_false(theme_pick(256, false, NULL, "rxvt", "15;0").light);
  assert_false(theme_pick(256, false, NULL, "rxvt", "0;8").light);
  assert_true(theme_pick(256, false, NULL, "rxvt", "0;15").light);
  assert_true(theme_pick(256, false, NULL, "rxvt", "0;default;7").light);
  assert_false(theme_pick(256, false, NULL, "rxvt", "0;default").light);
}

static void ground_comes_from_the_terminal(void **state) {
  static const struct {
    const char *answer;
    int want; /* 1 light, 0 dark, -1: it says nothing */
  } cases[] = {{"11;rgb:ffff/ffff/ffff", 1},
               {"11;rgb:0000/0000/0000", 0},
               {"11;rgb:fd/f6/e3", 1},
               {"11;rgb:1d1d/1f1f/2121", 0},
               {"11;rgb:0/0/f", 0},
               {"11;rgb:0/f/0", 1},
               {"11;#fdf6e3", 1},
               {"11;#002b36", 0},
               {"11;rgb:ffff/ffff", -1},
               {"11;rgb:ffff//ffff", -1},
               {"11;rgb:fffff/0/0", -1},
               {"11;rgb:xx/yy/zz", -1},
               {"10;rgb:ffff/ffff/ffff", -1},
               {"11;?", -1},
               {"11;#12", -1},
               {"11;", -1},
               {"", -1},
               {"11;rgb:1/2/3/4", -1}};
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    bool light = false, known = theme_ground(slice_of(cases[i].answer), &light);
    if ((known ? (int)light : -1) != cases[i].want)
      fail_msg("%s", cases[i].answer);
  }
}

static void chosen_by_name(void **state) {
  struct theme theme = theme_pick(256, false, NULL, "xterm", "15;0");
  (void)state;
  theme_choose(&theme, "auto");
  assert_false(theme.light);
  theme_choose(&theme, "light");
  assert_true(theme.light);
  theme_choose(&theme, "dark");
  assert_false(theme.light);
  theme_choose(&theme, "mono");
  assert_int_equal(theme.depth, THEME_MONO);
  theme = theme_pick(8, false, NULL, "vt100", NULL);
  theme_choose(&theme, "high"); /* no more colours than there are */
  assert_int_equal(theme.depth, THEME_MONO);
}

/* WCAG relative luminance of an xterm colour from the cube or the grey ramp. */
static double luminance(int index) {
  static const int steps[6] = {0, 95, 135, 175, 215, 255};
  int rgb[3];
  if (index >= 232)
    rgb[0] = rgb[1] = rgb[2] = 8 + (index - 232) * 10;
  else
    for (int i = 0, n = index - 16; i < 3; i++, n /= 6)
      rgb[2 - i] = steps[n % 6];
  double sum = 0;
  static const double weight[3] = {0.2126, 0.7152, 0.0722};
  for (int i = 0; i < 3; i++) {
    double v = rgb[i] / 255.0;
    sum += weight[i] * (v <= 0.03928 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4));
  }
  return sum;
}

static void every_colour_can_be_read(void **state) {
  (void)state;
  for (int light = 0; light < 2; light++)
    for (int role = 0; role < ROLE_COUNT; role++) {
      struct theme_attr a = theme_role((struct theme){.depth = THEME_256, .light = light}, (enum role)role);
      assert_true(a.fg == -1 || (a.fg >= 16 && a.fg <= 255));
      assert_true(a.bg == -1 || (a.bg >= 16 && a.bg <= 255));
      if (a.fg == -1)
        continue;
      /* on its own ground, else on #1d1f21 (its grey is 234) or white */
      double ground = luminance(a.bg != -1 ? a.bg : light ? 231 : 234), ink = luminance(a.fg);
      double ratio = ink > ground ? (ink + 0.05) / (ground + 0.05) : (ground + 0.05) / (ink + 0.05);
      assert_true(ratio >= 4.5);
    }
}

static bool same(struct theme_attr a, struct theme_attr b) {
  return a.fg == b.fg && a.bg == b.bg && a.bold == b.bold && a.dim == b.dim && a.reverse == b.reverse &&
         a.underline == b.underline;
}

static void what_must_stand_out_does_in_every_depth(void **state) {
  (void)state;
  static const enum role loud[] = {ROLE_BAR, ROLE_TITLE_FOCUS, ROLE_SELECTED, ROLE_ERROR,   ROLE_PAUSED,
                                   ROLE_HIT, ROLE_ESCAPED,     ROLE_CHANGED,  ROLE_BAR_WARN};
  for (enum theme_depth depth = THEME_MONO; depth <= THEME_256; depth++)
    for (size_t i = 0; i < sizeof loud / sizeof loud[0]; i++)
      assert_false(same(theme_role((struct theme){.depth = depth}, loud[i]),
                        theme_role((struct theme){.depth = depth}, ROLE_TEXT)));
  assert_false(same(theme_role((struct theme){.depth = THEME_MONO, .light = false}, ROLE_HIT),
                    theme_role((struct theme){.depth = THEME_MONO, .light = false}, ROLE_HIT_CURRENT)));
}

static void mono_has_no_colour(void **state) {
  (void)state;
  for (int role = 0; role < ROLE_COUNT; role++) {
    struct theme_attr a = theme_role((struct theme){.depth = THEME_MONO, .light = true}, (enum role)role);
    assert_int_equal(a.fg, -1);
    assert_int_equal(a.bg, -1);
    struct theme_attr few = theme_role((struct theme){.depth = THEME_8, .light = false}, (enum role)role);
    assert_true(few.fg < 8 && few.bg < 8);
  }
}

static void status_classes_have_the_measured_palette(void **state) {
  (void)state;
  static const struct {
    enum role role;
    int dark, light;
  } want[] = {{ROLE_OK, 80, 23}, {ROLE_REDIRECT, 105, 20}, {ROLE_CLIENT_ERROR, 220, 94}, {ROLE_ERROR, 203, 52}};
  for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
    assert_int_equal(theme_role((struct theme){.depth = THEME_256, .light = false}, want[i].role).fg, want[i].dark);
    assert_int_equal(theme_role((struct theme){.depth = THEME_256, .light = true}, want[i].role).fg, want[i].light);
  }
}

/* Seven to one and more on black or white, for every role that has a colour of its own (WCAG 1.4.6). */
static void high_contrast_is_high(void **state) {
  (void)state;
  for (int light = 0; light < 2; light++) {
    struct theme theme = {.depth = THEME_256, .light = light, .high = true};
    for (int role = 0; role < ROLE_COUNT; role++) {
      struct theme_attr a = theme_role(theme, (enum role)role);
      assert_false(a.dim);
      if (a.fg < 0)
        continue;
      double text = luminance(a.fg), ground = light ? 1 : 0;
      double contrast = text > ground ? (text + 0.05) / (ground + 0.05) : (ground + 0.05) / (text + 0.05);
      /* pure red is what red has to give: 5.3 on black, and always bold */
      if (contrast < (role == ROLE_ERROR || role == ROLE_RED ? 5 : 7))
        fail_msg("role %d on %s: %.1f", role, light ? "white" : "black", contrast);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(depth_follows_the_terminal),
      cmocka_unit_test(colour_can_be_refused),
      cmocka_unit_test(ground_comes_from_the_terminal),
      cmocka_unit_test(chosen_by_name),
      cmocka_unit_test(high_contrast_is_high),
      cmocka_unit_test(ground_comes_from_colorfgbg),
      cmocka_unit_test(every_colour_can_be_read),
      cmocka_unit_test(what_must_stand_out_does_in_every_depth),
      cmocka_unit_test(mono_has_no_colour),
      cmocka_unit_test(status_classes_have_the_measured_palette),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
