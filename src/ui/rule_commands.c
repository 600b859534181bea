/* Rules by their text, and all of them on or off. */
#include <stdlib.h>

#include "ui/output_file.h"
#include "ui/rule_acts.h"
#include "ui/ui_state.h"
#include "ui/undo_kinds.h"
#include "weir/base/mem.h"
#include "weir/rule/file.h"

size_t rules_in_force(const struct rules *rules, size_t *all) {
  const struct rule *r;
  size_t n = 0;
  *all = 0;
  for (size_t i = 0; (r = rule_nth(rules, i)) != NULL; i++)
    if (r->kind != RULE_PAUSE) {
      ++*all;
      n += r->on;
    }
  return rules_enabled(rules) ? n : 0;
}

void rules_force(struct rules *rules, unsigned id) {
  const struct rule *r;
  if (rules_enabled(rules))
    return;
  for (size_t i = 0; (r = rule_nth(rules, i)) != NULL; i++)
    if (r->kind != RULE_PAUSE && r->id != id)
      rule_switch(rules, r->id, false);
  rules_enable(rules, true);
}

static void tell(struct ui *ui, const struct rule *r, const struct flow *like) {
  const struct rules *rules = ui->w->rules;
  struct rule_test test = {0};
  if (like != NULL && r->on)
    rule_test_make(&test, rules, like);
  size_t ender = rule_test_ender(&test, rules, r->id), n = rule_count(rules);
  rule_test_clear(&test);
  if (!r->on)
    ui_say(ui, "rule %zu is there, and off", n);
  else if (ender > 0)
    ui_warn(ui, "rule %zu is on, but rule %zu above it has the last word here: F5, then K moves it up", n, ender);
  else
    ui_say(ui, "rule %zu is on (F5 lists them, u takes it back)", n);
}

bool rule_take(struct ui *ui, struct slice text, const struct flow *like, struct err *err) {
  struct rules *rules = ui->w->rules;
  char *copy = mem_dup_n(text.p != NULL ? text.p : "", text.n);
  undo_begin(ui->undo, "rule %.50s", copy);
  undo_rules(ui);
  unsigned id = rule_add(rules, copy, RULE_AT_END, err);
  (id != 0 ? undo_end : undo_cancel)(ui->undo);
  free(copy);
  if (id == 0)
    return false;
  const struct rule *r = rule_find(rules, id);
  if (r->on && r->kind != RULE_PAUSE)
    rules_force(rules, id);
  tell(ui, r, like);
  return true;
}

bool command_rule(struct ui *ui, struct view *v, struct slice argument, struct err *err) {
  (void)v;
  return rule_take(ui, argument, NULL, err);
}

static void switch_all(struct ui *ui, bool on) {
  size_t all;
  rules_in_force(ui->w->rules, &all);
  undo_begin(ui->undo, on ? "rules on" : "rules off");
  undo_rules(ui);
  undo_end(ui->undo);
  rules_enable(ui->w->rules, on);
  size_t n = rules_in_force(ui->w->rules, &all);
  if (on)
    ui_say(ui, "rules on: %zu of %zu in force", n, all);
  else
    ui_say(ui, "rules off: traffic passes as it comes; intercepts have their own switch (I)");
}

bool command_rules(struct ui *ui, struct view *v, struct slice argument, struct err *err) {
  if (argument.n == 0)
    screen_rules(ui, v, 0);
  else if (slice_eq(argument, SLICE("on")))
    switch_all(ui, true);
  else if (slice_eq(argument, SLICE("off")))
    switch_all(ui, false);
  else
    return err_set_at(err, 0, argument.n, "rules takes on or off");
  return true;
}

void act_rules_toggle(struct ui *ui, struct view *v, int count) {
  size_t all;
  (void)v;
  (void)count;
  rules_in_force(ui->w->rules, &all);
  if (all == 0)
    ui_say(ui, "there is no rule yet: M on a flow makes one, or :rule");
  else
    switch_all(ui, !rules_enabled(ui->w->rules));
}

/* ---- the rules file, read again ---- */

static void on_rules(void *arg, bool good, const char *said) {
  struct ui *ui = arg;
  if (said == NULL) {
    undo_begin(ui->undo, "rules file read again");
    undo_rules(ui);
    return;
  }
  (good ? undo_end : undo_cancel)(ui->undo);
  if (good)
    ui_say(ui, "%s", said);
  else
    ui_warn(ui, "%s", said);
  ui_dirty(ui);
}

void rules_listen(struct ui *ui, bool on) {
  ui->w->on_rules = on ? on_rules : NULL;
  ui->w->on_rules_arg = ui;
}

/* ---- into a file ---- */

/* All of them as they are now; false: there is nothing to write. */
static bool saved(struct ui *ui, struct output_file *file) {
  struct buf text = BUF_INIT;
  rules_save(ui->w->rules, &text);
  bool any = text.n > 0;
  if (any)
    *file = output_file_bytes(buf_slice(&text));
  buf_clear(&text);
  return any;
}

static const char nothing_to_write[] = "there is no rule to write";

void act_rules_write(struct ui *ui, struct view *v, int count) {
  struct output_file file;
  const char *name = ui->w->options->rules_file;
  (void)v;
  (void)count;
  if (saved(ui, &file))
    output_file_ask(ui, file, "write rules to: ", name != NULL ? name : "weir.rules");
  else
    ui_say(ui, "%s", nothing_to_write);
}

bool command_rules_write(struct ui *ui, struct view *v, struct slice argument, struct err *err) {
  struct output_file file;
  (void)v;
  return saved(ui, &file) ? output_file_take(ui, file, argument, err) : err_set(err, "%s", nothing_to_write);
}

void complete_rule(struct ui *ui, struct slice before, struct completion *out) {
  rule_complete(ui, NULL, before, out);
}

void complete_rules(struct ui *ui, struct slice before, struct completion *out) {
  (void)ui;
  completion_begin(out, before, 0);
  completion_add(out, SLICE("on"), "all that are switched on are in force", false);
  completion_add(out, SLICE("off"), "traffic passes as it comes", false);
}
