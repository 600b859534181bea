/*
 * What a role looks like: in 256 colours (dark or light ground), in 8 or 16, or by attributes alone. Colour is never
 * the only sign; the terminal's own background is never painted over. Black on a bright ground is colour 16, never bold
 * 0, which many draw as grey. Palette: chosen by contrast and by distance under colour blindness.
 */
#ifndef WEIR_SRC_UI_THEME_H
#define WEIR_SRC_UI_THEME_H

#include "weir/ui/canvas.h"

enum theme_depth { THEME_MONO, THEME_8, THEME_16, THEME_256 };

struct theme {
  enum theme_depth depth;
  bool light; /* ground of the terminal */
  bool high;  /* as much contrast as there is */
};

struct theme_attr {
  short fg, bg; /* colour index; -1: the terminal's own */
  bool bold, dim, reverse, underline;
};

/* colors: what terminfo says (tigetnum("colors"), -1: none). no_color: $NO_COLOR; term: $TERM; colorfgbg: $COLORFGBG;
 * each may be NULL. */
struct theme theme_pick(int colors, bool mono, const char *no_color, const char *term, const char *colorfgbg);
/* The person's choice by name; NULL and "auto" change nothing. Never more colours than the terminal has. */
void theme_choose(struct theme *theme, const char *name);
/* Colours that a program in a pane chose, as near as the terminal has them; without colours a ground is reverse. */
struct theme_attr theme_paint(struct theme theme, const struct paint *paint);
int theme_colours(struct theme theme); /* 0, 8, 16, 256 */
/* The nearest of the 256 colours. */
uint8_t theme_nearest(uint8_t red, uint8_t green, uint8_t blue);
/* What a terminal said of its ground: "11;rgb:ffff/ffff/dddd" or "11;#ffffdd". False: it says nothing about it. */
bool theme_ground(struct slice answer, bool *light);
struct theme_attr theme_role(struct theme theme, enum role role);

#endif
