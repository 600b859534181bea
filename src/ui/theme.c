/* Three tables of looks, one row a role. */
#include "theme.h"

#include <stdlib.h>
#include <string.h>

#include "weir/base/slice.h"

struct look {
  struct theme_attr dark, light; /* 256 colours */
  struct theme_attr few;         /* 8 or 16 colours */
  struct theme_attr mono;
};

#define FG(n)                                                                                                          \
  { (n), -1, false, false, false, false }
#define ON(n, ground)                                                                                                  \
  { (n), (ground), false, false, false, false }
#define BOLD(n)                                                                                                        \
  { (n), -1, true, false, false, false }
#define BOLD_ON(n, ground)                                                                                             \
  { (n), (ground), true, false, false, false }
#define PLAIN                                                                                                          \
  { -1, -1, false, false, false, false }
#define STRONG                                                                                                         \
  { -1, -1, true, false, false, false }
#define FAINT                                                                                                          \
  { -1, -1, false, true, false, false }
#define REVERSE                                                                                                        \
  { -1, -1, false, false, true, false }
#define REVERSE_BOLD                                                                                                   \
  { -1, -1, true, false, true, false }
#define UNDERLINE                                                                                                      \
  { -1, -1, false, false, false, true }

enum { RED = 1, GREEN, YELLOW, BLUE, MAGENTA, CYAN };

static const struct look looks[ROLE_COUNT] = {
    [ROLE_TEXT] = {PLAIN, PLAIN, PLAIN, PLAIN},
    [ROLE_DIM] = {FG(246), FG(241), FAINT, FAINT},
    [ROLE_BAR] = {ON(252, 236), ON(236, 254), REVERSE, REVERSE},
    [ROLE_BAR_KEY] = {BOLD_ON(231, 236), BOLD_ON(16, 254), REVERSE_BOLD, REVERSE_BOLD},
    [ROLE_BAR_WARN] = {BOLD_ON(220, 236), BOLD_ON(52, 254), REVERSE_BOLD, REVERSE_BOLD},
    [ROLE_TITLE] = {FG(246), FG(241), PLAIN, PLAIN},
    [ROLE_TITLE_FOCUS] = {BOLD(231), BOLD(16), STRONG, STRONG},
    [ROLE_SELECTED] = {ON(231, 24), ON(16, 153), REVERSE, REVERSE},
    [ROLE_OK] = {FG(80), FG(23), FG(CYAN), PLAIN},
    [ROLE_REDIRECT] = {FG(105), FG(20), FG(BLUE), PLAIN},
    [ROLE_CLIENT_ERROR] = {FG(220), FG(94), FG(YELLOW), PLAIN},
    [ROLE_ERROR] = {BOLD(203), BOLD(52), BOLD(RED), STRONG},
    [ROLE_PAUSED] = {BOLD_ON(16, 214), BOLD_ON(231, 130), REVERSE_BOLD, REVERSE_BOLD},
    [ROLE_MARK] = {FG(220), FG(94), FG(YELLOW), STRONG},
    [ROLE_HIT] = {{16, 221, false, false, false, true},
                  {16, 221, false, false, false, true},
                  {-1, -1, false, false, true, true},
                  {-1, -1, false, false, true, true}},
    [ROLE_HIT_CURRENT] = {{16, 214, true, false, false, true},
                          {231, 130, true, false, false, true},
                          {-1, -1, true, false, true, true},
                          {-1, -1, true, false, true, true}},
    [ROLE_KEY] = {FG(110), FG(25), FG(CYAN), PLAIN},
    [ROLE_STRING] = {FG(150), FG(22), FG(GREEN), PLAIN},
    [ROLE_NUMBER] = {FG(215), FG(94), FG(YELLOW), PLAIN},
    [ROLE_WORD] = {FG(215), FG(94), FG(MAGENTA), PLAIN},
    [ROLE_PUNCT] = {FG(246), FG(241), PLAIN, PLAIN},
    [ROLE_ESCAPED] = {REVERSE, REVERSE, REVERSE, REVERSE},
    [ROLE_CHANGED] = {FG(220), FG(94), FG(YELLOW), UNDERLINE},
    [ROLE_BOX] = {PLAIN, PLAIN, PLAIN, PLAIN},
    [ROLE_INPUT] = {ON(231, 238), ON(16, 254), UNDERLINE, UNDERLINE},
    [ROLE_RED] = {FG(210), FG(124), FG(RED), STRONG},
    [ROLE_GREEN] = {FG(114), FG(22), FG(GREEN), STRONG},
    [ROLE_YELLOW] = {FG(222), FG(94), FG(YELLOW), STRONG},
    [ROLE_BLUE] = {FG(111), FG(19), FG(BLUE), STRONG},
    [ROLE_MAGENTA] = {FG(213), FG(90), FG(MAGENTA), STRONG},
    [ROLE_CYAN] = {FG(80), FG(23), FG(CYAN), STRONG},
};

static bool wants_mono(const char *no_color, const char *term) {
  if (no_color && *no_color)
    return true;
  struct slice t = slice_of(term);
  return t.n == 0 || slice_eq(t, SLICE("dumb")) || slice_starts(t, SLICE("vt1")) || slice_starts(t, SLICE("vt2"));
}

/* "15;0" and "0;default;15": the last number is the ground; 7 and 9 to 15 are light ones. */
static bool light_ground(const char *colorfgbg) {
  const char *last = colorfgbg ? strrchr(colorfgbg, ';') : NULL;
  uint64_t n;
  return last && slice_to_u64(slice_of(last + 1), &n) && (n == 7 || (n >= 9 && n <= 15));
}

struct theme theme_pick(int colors, bool mono, const char *no_color, const char *term, const char *colorfgbg) {
  struct theme theme = {.depth = THEME_MONO, .light = light_ground(colorfgbg)};
  if (mono || colors < 8 || wants_mono(no_color, term))
    return theme;
  theme.depth = colors >= 256 ? THEME_256 : colors >= 16 ? THEME_16 : THEME_8;
  return theme;
}

static bool hex_digits(struct slice s, double *part) {
  unsigned value = 0;
  for (size_t i = 0; i < s.n; i++) {
    const char *digits = "0123456789abcdef", *at = strchr(digits, s.p[i] | 0x20);
    if (s.p[i] == '\0' || at == NULL)
      return false;
    value = value * 16 + (unsigned)(at - digits);
  }
  *part = s.n > 0 ? (double)value / (double)((1u << (4 * s.n)) - 1) : 0;
  return s.n > 0 && s.n <= 4;
}

bool theme_ground(struct slice answer, bool *light) {
  double part[3];
  struct slice rest = slice_from(answer, 3), one;
  if (!slice_starts(answer, SLICE("11;")))
    return false;
  bool sharp = slice_starts(rest, SLICE("#")) && rest.n % 3 == 1;
  size_t width = (rest.n - 1) / 3;
  if (!sharp && !slice_starts(rest, SLICE("rgb:")))
    return false;
  rest = slice_from(rest, sharp ? 1 : 4);
  for (size_t i = 0; i < 3; i++) {
    if (sharp)
      one = slice_sub(rest, i * width, width);
    else if (!slice_split(&rest, '/', &one))
      return false;
    if (one.n > 4 || !hex_digits(one, &part[i]))
      return false;
  }
  *light = 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2] > 0.5;
  return sharp || rest.n == 0;
}

void theme_choose(struct theme *theme, const char *name) {
  struct slice wanted = slice_of(name);
  if (slice_eq(wanted, SLICE("mono")))
    theme->depth = THEME_MONO;
  theme->high = slice_eq(wanted, SLICE("high"));
  if (slice_eq(wanted, SLICE("dark")) || slice_eq(wanted, SLICE("light")))
    theme->light = wanted.n == 5;
}

/* The attributes of a terminal without colours, nothing faint, and black, white or the brightest of each hue. */
static struct theme_attr high_contrast(const struct look *look, bool light) {
  static const short bright[] = {[RED] = 196, [GREEN] = 46, [YELLOW] = 226, [BLUE] = 81, [MAGENTA] = 213, [CYAN] = 51};
  /* no yellow is dark enough on white: bold black, and the mark beside it */
  static const short deep[] = {[RED] = 52, [GREEN] = 22, [YELLOW] = 16, [BLUE] = 17, [MAGENTA] = 53, [CYAN] = 17};
  struct theme_attr attr = look->mono;
  short hue = look->few.fg;
  attr.dim = false;
  if (hue >= RED && hue <= CYAN) {
    attr.fg = light ? deep[hue] : bright[hue];
    attr.bold = true;
  } else if (!attr.reverse) {
    attr.fg = light ? 16 : 231;
  }
  return attr;
}

struct theme_attr theme_role(struct theme theme, enum role role) {
  const struct look *look = &looks[role < ROLE_COUNT ? role : ROLE_TEXT];
  struct theme_attr attr;
  switch (theme.depth) {
  case THEME_256:
    if (theme.high)
      return high_contrast(look, theme.light);
    return theme.light ? look->light : look->dark;
  case THEME_16:
  case THEME_8:
    attr = look->few;
    /* the dark blue and red of the first eight cannot be read on black: take the bright half where there is one */
    if (theme.depth == THEME_16 && !theme.light && attr.fg >= 0)
      attr.fg = (short)(attr.fg + 8);
    else if (theme.depth == THEME_8 && !theme.light && attr.fg >= 0)
      attr.bold = true;
    return attr;
  default:
    return look->mono;
  }
}
