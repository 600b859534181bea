/*
 * Rules on the screen: one made from the flow under the cursor (Mm Md Mh ...), changed, typed (`:rule`), all of them on or off.
 * The list of them is ui/view_rules.c. Private to src/ui.
 */
#ifndef WEIR_SRC_UI_RULE_ACTS_H
#define WEIR_SRC_UI_RULE_ACTS_H

#include "ui/completion.h"
#include "weir/base/err.h"
#include "weir/base/vec.h"
#include "weir/rule/intercept.h"
#include "weir/rule/page.h"
#include "weir/ui/view.h"

/* ---- rule_prompt.c: how a rule is asked for ---- */
void act_rule_answer(struct ui *ui, struct view *v, int count);
void act_rule_delay(struct ui *ui, struct view *v, int count);
void act_rule_header(struct ui *ui, struct view *v, int count);
void act_rule_replace(struct ui *ui, struct view *v, int count);
void act_rule_block(struct ui *ui, struct view *v, int count);
void act_rule_send_to(struct ui *ui, struct view *v, int count);
void act_rule_file(struct ui *ui, struct view *v, int count);
void act_rule_throttle(struct ui *ui, struct view *v, int count);
void act_rule_pass(struct ui *ui, struct view *v, int count);
void rule_prompt(struct ui *ui, const struct rule *r); /* changes it; NULL: makes one more */

struct rule_asked {
  uint64_t flow;          /* it is made from; 0: from none */
  unsigned id;            /* of the one to change; 0: it is new */
  size_t mark_at, mark_n; /* what is to be typed over in the text; n 0: nothing */
  char title[64];
};
/* As a form where there is room, or as the person wanted it last (ui->rules_as_text). */
void rule_ask(struct ui *ui, const struct rule_asked *asked, struct slice text);
bool rule_write_down(struct ui *ui, const struct rule_asked *asked, struct slice text, struct err *err);

/* ---- view_rule_form.c ---- */
bool rule_form_open(struct ui *ui, const struct rule_asked *asked, struct slice text); /* false: there is no room */
extern const struct view_ops rule_form_view_ops;

/* ---- rule_words.c: completion, and what helps beside it ---- */
void rule_complete(struct ui *ui, void *arg, struct slice before, struct completion *out);
struct prompt_aside;
void rule_aside(struct ui *ui, void *arg, struct slice text, struct prompt_aside *aside);
/* The row of the action whose word begins at `at` in the text; false: none has that word. */
bool rule_action_at(struct slice text, size_t at, struct rule_action *out);

/* ---- rule_test.c: which rules would act on a flow ---- */
enum rule_verdict {
  VERDICT_NO,
  VERDICT_ACTS,
  VERDICT_OFF,    /* it matches, and is switched off */
  VERDICT_BEHIND, /* it matches, but one above it ends the list */
  VERDICT_UNKNOWN /* asking took too long */
};
struct rule_result {
  unsigned id;
  enum rule_verdict verdict;
};
struct rule_test {
  uint64_t flow; /* 0: none was made */
  VEC(struct rule_result) result;
};
void rule_test_make(struct rule_test *t, const struct rules *rules, const struct flow *f);
void rule_test_clear(struct rule_test *t);
/* Where the list ended for that flow: a place from 1; 0: nowhere above this one, or it does not match. */
size_t rule_test_ender(const struct rule_test *t, const struct rules *rules, unsigned id);
enum rule_verdict rule_test_of(const struct rule_test *t, unsigned id);
/* "#25: 1, 3 would act; 4 is off; 5 stands behind one that ends the list" */
void rule_test_words(const struct rule_test *t, const struct rules *rules, struct buf *out);

/* ---- rule_commands.c ---- */
/* `:rule TEXT`, `:rules [on|off]`, `:rules-write FILE` */
bool command_rule(struct ui *ui, struct view *v, struct slice argument, struct err *err);
bool command_rules(struct ui *ui, struct view *v, struct slice argument, struct err *err);
void complete_rule(struct ui *ui, struct slice before, struct completion *out);
void complete_rules(struct ui *ui, struct slice before, struct completion *out);
bool command_rules_write(struct ui *ui, struct view *v, struct slice argument, struct err *err);
void act_rules_write(struct ui *ui, struct view *v, int count);
/* What comes of reading the rules file again is said on the screen, and is a step of undo. */
void rules_listen(struct ui *ui, bool on);
void act_rules_toggle(struct ui *ui, struct view *v, int count);

/* Adds it at the end and sees that it is in force: where all rules are off, those that were stay off by themselves. Undoable.
 * Says what it did, and where it was made from a flow (`like`, may be NULL), which rule above it has the last word there. */
bool rule_take(struct ui *ui, struct slice text, const struct flow *like, struct err *err);
/* One is to be in force: where all rules are off they come on, and the others stay off by themselves. */
void rules_force(struct rules *rules, unsigned id);
/* Those that change traffic; in force: switched on, and not all of them off. */
size_t rules_in_force(const struct rules *rules, size_t *all);

#endif
