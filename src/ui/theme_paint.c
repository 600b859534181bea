/* Colours by number: those of the 256 that are nearest to any colour, and what is left of them where there are fewer. */
#include <stdlib.h>

#include "theme.h"

#define GREY_FIRST 232 /* 24 greys, from 8 in steps of 10 */
#define CUBE_FIRST 16  /* 6 x 6 x 6 */

static const uint8_t steps[6] = {0, 95, 135, 175, 215, 255};

struct rgb {
  int red, green, blue;
};

/* The sixteen as xterm has them: who has others still sees which hue was meant. */
static const struct rgb sixteen[16] = {{0, 0, 0},       {205, 0, 0},   {0, 205, 0},   {205, 205, 0},
                                       {0, 0, 238},     {205, 0, 205}, {0, 205, 205}, {229, 229, 229},
                                       {127, 127, 127}, {255, 0, 0},   {0, 255, 0},   {255, 255, 0},
                                       {92, 92, 255},   {255, 0, 255}, {0, 255, 255}, {255, 255, 255}};

static int apart(struct rgb a, struct rgb b) {
  int red = a.red - b.red, green = a.green - b.green, blue = a.blue - b.blue;
  return 2 * red * red + 4 * green * green + 3 * blue * blue; /* the eye tells greens best */
}

static struct rgb rgb_of(uint8_t index) {
  if (index < CUBE_FIRST)
    return sixteen[index];
  if (index >= GREY_FIRST)
    return (struct rgb){8 + 10 * (index - GREY_FIRST), 8 + 10 * (index - GREY_FIRST), 8 + 10 * (index - GREY_FIRST)};
  int n = index - CUBE_FIRST;
  return (struct rgb){steps[n / 36], steps[n / 6 % 6], steps[n % 6]};
}

static int nearest_step(int value) {
  int best = 0;
  for (int i = 1; i < 6; i++)
    if (abs(steps[i] - value) < abs(steps[best] - value))
      best = i;
  return best;
}

uint8_t theme_nearest(uint8_t red, uint8_t green, uint8_t blue) {
  struct rgb wanted = {red, green, blue};
  int grey = ((red + green + blue) / 3 - 3) / 10;
  grey = grey < 0 ? 0 : grey > 23 ? 23 : grey;
  uint8_t in_cube = (uint8_t)(CUBE_FIRST + 36 * nearest_step(red) + 6 * nearest_step(green) + nearest_step(blue));
  uint8_t in_greys = (uint8_t)(GREY_FIRST + grey);
  return apart(rgb_of(in_greys), wanted) < apart(rgb_of(in_cube), wanted) ? in_greys : in_cube;
}

static short few(uint8_t index, int colours) {
  if (index < colours)
    return index;
  if (index < 16)
    return (short)(index - 8);
  int best = 0;
  for (int i = 1; i < colours; i++)
    if (apart(sixteen[i], rgb_of(index)) < apart(sixteen[best], rgb_of(index)))
      best = i;
  return (short)best;
}

int theme_colours(struct theme theme) {
  static const int count[] = {[THEME_MONO] = 0, [THEME_8] = 8, [THEME_16] = 16, [THEME_256] = 256};
  return count[theme.depth];
}

struct theme_attr theme_paint(struct theme theme, const struct paint *paint) {
  struct theme_attr a = {.fg = -1, .bg = -1};
  int colours = theme_colours(theme);
  bool fg = (paint->flags & PAINT_FG) != 0, bg = (paint->flags & PAINT_BG) != 0;
  a.bold = (paint->flags & PAINT_BOLD) != 0;
  a.underline = (paint->flags & PAINT_UNDERLINE) != 0;
  a.reverse = (paint->flags & PAINT_REVERSE) != 0;
  if (colours == 0) {
    a.reverse = a.reverse || bg;
    return a;
  }
  if (fg)
    a.fg = few(paint->fg, colours);
  if (bg)
    a.bg = few(paint->bg, colours);
  if (fg && bg && a.fg == a.bg && paint->fg != paint->bg) /* two that became one could not be read */
    a.fg = -1;
  a.bold = a.bold || (fg && colours == 8 && paint->fg >= 8 && paint->fg < 16);
  return a;
}
