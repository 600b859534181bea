/*
 * A rule as a form: what can be ticked, chosen and filled in, made of a rule's text and made into it again. The text is the
 * truth: what the form has no field for stands as it is in `also`, and in `how` of the action. Private to src/ui.
 */
#ifndef WEIR_SRC_UI_RULE_FORM_H
#define WEIR_SRC_UI_RULE_FORM_H

#include "weir/rule/page.h"
#include "weir/rule/rule.h"
#include "weir/ui/input.h"

/* The lines of text in it. Those from FORM_METHOD to FORM_BODY are parts of the filter, which count where they are ticked. */
enum form_text {
  FORM_NAME,
  FORM_METHOD,
  FORM_HOST,
  FORM_PATH,
  FORM_HEADER,
  FORM_BODY,
  FORM_ALSO,   /* whatever else a filter may say */
  FORM_LIMIT,  /* the number of next, every and chance, and what stands behind it */
  FORM_STATUS, /* these four are the parts of `answer` */
  FORM_TYPE,
  FORM_FIELDS, /* NAME: VALUE, or several of them in quotes */
  FORM_ANSWER,
  FORM_HOW, /* of any other action: all that stands behind its word and side */
  FORM_TEXTS
};

enum form_path { PATH_IS, PATH_BEGINS, PATH_HAS, PATH_REGEX, PATH_WAYS };
enum form_side { SIDE_OF_FILTER, SIDE_REQUEST, SIDE_RESPONSE, SIDES };

#define FORM_ACTIONS 40 /* at least as many as there are */

struct rule_form {
  struct input text[FORM_TEXTS];
  bool ticked[FORM_TEXTS];
  enum form_path path;
  enum rule_limit limit;
  enum form_side side;
  size_t action;                 /* rule_action() of that number */
  bool off;                      /* it is switched off */
  struct buf kept[FORM_ACTIONS]; /* what `how` said of each action, while another one is chosen */
};

void rule_form_init(struct rule_form *f);
void rule_form_clear(struct rule_form *f); /* frees */
/* Text without "=>" is a filter. Where the action is none, the first is chosen. */
void rule_form_read(struct rule_form *f, struct slice rule);
void rule_form_write(const struct rule_form *f, struct buf *rule);
void rule_form_choose(struct rule_form *f, size_t action);
bool rule_form_is_answer(const struct rule_form *f);
bool rule_form_has_side(const struct rule_form *f); /* does the action say which of both messages it is for? */
bool rule_form_has_how(const struct rule_form *f);  /* ... and anything behind its word at all? */
/* "[request|response] NAME: VALUE" without what the form has a place for of its own: "NAME: VALUE". */
struct slice rule_form_usage(const struct rule_form *f);

#endif
