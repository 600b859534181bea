/*
 * The form of a rule on the screen: where the focus can be, what can be chosen there, and the places of all of it in a box of so
 * many columns. Private to src/ui.
 */
#ifndef WEIR_SRC_UI_RULE_FORM_PLACE_H
#define WEIR_SRC_UI_RULE_FORM_PLACE_H

#include "ui/rule_form.h"
#include "weir/base/vec.h"

/* Where the focus can be: a line of text, or a row of choices. */
enum stop {
  STOP_NAME,
  STOP_METHOD,
  STOP_HOST,
  STOP_PATH,
  STOP_WAY,
  STOP_HEADER,
  STOP_BODY,
  STOP_ALSO,
  STOP_LIMIT,
  STOP_NUMBER,
  STOP_ACTION,
  STOP_SIDE,
  STOP_STATUS,
  STOP_TYPE,
  STOP_FIELDS,
  STOP_ANSWER,
  STOP_HOW,
  STOPS
};

bool stop_is_there(const struct rule_form *f, enum stop s);
bool stop_has_tick(enum stop s);
enum form_text stop_text(enum stop s);                     /* FORM_TEXTS: it has choices */
struct input *stop_line(struct rule_form *f, enum stop s); /* NULL: it has choices */
int stop_choice(const struct rule_form *f, enum stop s);   /* the one that is chosen, from 0 */
const char *stop_choice_word(enum stop s, int i);          /* NULL past the last */
void stop_choose(struct rule_form *f, enum stop s, int i);

/* Something that can be clicked, and where: the line of a stop, its tick, or one of its choices. */
enum { SPOT_LINE = -1, SPOT_TICK = -2 };
struct spot {
  enum stop stop;
  int choice; /* or SPOT_LINE, SPOT_TICK */
  const char *word;
  struct rect r;
};
/* A word that stands beside them. */
struct label {
  const char *word;
  int x, y;
};

#define FORM_LABEL_W 9 /* columns of the labels at the left */

struct form_place {
  VEC(struct spot) spot;
  VEC(struct label) label;
  int rows;
};
void form_place(struct form_place *to, const struct rule_form *f, int width); /* anew */
void form_place_clear(struct form_place *p);                                  /* frees */
const struct spot *form_place_of(const struct form_place *p,
                                 enum stop s); /* its line, or its first choice; NULL: none */

#endif
