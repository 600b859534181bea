#include "ui/colours.h"

#include <stdlib.h>
#include <string.h>

#include "ui/commands.h"
#include "ui/filter_acts.h"
#include "ui/ui_state.h"
#include "ui/undo.h"
#include "weir/base/mem.h"
#include "weir/base/nearest.h"
#include "weir/filter/filter.h"

#define RULES_MAX 32

struct colour_rules { /* in the order in which they are asked */
  struct colour_rule {
    struct filter *filter;
    size_t name; /* in names[] */
  } rule[RULES_MAX];
  size_t n;
};

static const struct {
  const char *name;
  enum role role;
  char letter;
  const char *help;
} names[] = {
    {"red", ROLE_RED, 'r', "a colour"},
    {"green", ROLE_GREEN, 'g', "a colour"},
    {"yellow", ROLE_YELLOW, 'y', "a colour"},
    {"blue", ROLE_BLUE, 'b', "a colour"},
    {"magenta", ROLE_MAGENTA, 'm', "a colour"},
    {"cyan", ROLE_CYAN, 'c', "a colour"},
    {"dim", ROLE_DIM, 'd', "hardly to be seen: what is always there"},
    {"bold", ROLE_TITLE_FOCUS, 'B', "as bright as the title of the pane in front"},
    {"ok", ROLE_OK, 'o', "as a status of 2xx"},
    {"redirect", ROLE_REDIRECT, '3', "as a status of 3xx"},
    {"warning", ROLE_CLIENT_ERROR, '4', "as a status of 4xx"},
    {"error", ROLE_ERROR, '5', "as a status of 5xx"},
};

#define NAMES (sizeof names / sizeof *names)

struct row_look colour_look(const struct ui *ui, const struct flow *f, bool selected, bool chosen) {
  const struct colour_rules *rules = ui->colours;
  struct row_look look = {selected, chosen, ROLE_TEXT, '\0'};
  for (size_t i = 0; rules != NULL && i < rules->n; i++) {
    filter_set_now(rules->rule[i].filter, ui_now(ui));
    filter_look_at_both(rules->rule[i].filter);
    if (!filter_match(rules->rule[i].filter, f, NULL))
      continue;
    look.role = names[rules->rule[i].name].role;
    look.letter = ui->t->mono ? names[rules->rule[i].name].letter : '\0';
    break;
  }
  for (size_t i = 0; look.role == ROLE_TEXT && f->colour && i < NAMES; i++)
    if (!strcmp(f->colour, names[i].name)) { /* a rule that changes traffic said so */
      look.role = names[i].role;
      look.letter = ui->t->mono ? names[i].letter : '\0';
    }
  return look;
}

/* ---- the rules ---- */

static void take_out(struct colour_rules *rules, size_t i) {
  filter_free(rules->rule[i].filter);
  rules->n--;
  memmove(rules->rule + i, rules->rule + i + 1, (rules->n - i) * sizeof *rules->rule);
}

void colour_rules_free(struct colour_rules *rules) {
  while (rules != NULL && rules->n > 0)
    take_out(rules, rules->n - 1);
  free(rules);
}

static struct colour_rules *copy_of(const struct colour_rules *rules) {
  struct colour_rules *c = mem_zero(1, sizeof *c);
  for (size_t i = 0; rules != NULL && i < rules->n; i++)
    c->rule[c->n++] =
        (struct colour_rule){filter_compile(slice_of(filter_text(rules->rule[i].filter)), NULL), rules->rule[i].name};
  return c;
}

static size_t find(const struct colour_rules *rules, struct slice text) {
  size_t i = 0;
  while (i < rules->n && !slice_eq(slice_of(filter_text(rules->rule[i].filter)), text))
    i++;
  return i;
}

/* ---- undo ---- */

static bool swap_rules(struct ui *ui, void *data, struct undo_told *told) {
  struct colour_rules **kept = data, *now = ui->colours;
  (void)told;
  ui->colours = *kept;
  *kept = now;
  ui_dirty(ui);
  return true;
}

static void free_rules(void *data) {
  colour_rules_free(*(struct colour_rules **)data);
  free(data);
}

static const struct undo_change_ops rules_ops = {swap_rules, free_rules, NULL, NULL};

static void use(struct ui *ui, struct colour_rules *rules, struct slice argument) {
  struct colour_rules **kept = mem_alloc(sizeof(struct colour_rules *));
  *kept = ui->colours;
  undo_begin(ui->undo, "colour %.*s", (int)(argument.n < 40 ? argument.n : 40), argument.p);
  undo_add(ui->undo, &rules_ops, kept);
  undo_end(ui->undo);
  ui->colours = rules;
  ui_dirty(ui);
}

/* ---- :colour ---- */

static void tell(struct ui *ui) {
  struct buf text = BUF_INIT;
  for (size_t i = 0; ui->colours != NULL && i < ui->colours->n; i++)
    buf_printf(&text, "%s%zu: %s %s", i > 0 ? "  " : "the first that matches wins: ", i + 1,
               filter_text(ui->colours->rule[i].filter), names[ui->colours->rule[i].name].name);
  if (text.n > 0)
    ui_say(ui, "%s", buf_text(&text));
  else
    ui_say(ui, "no row has a colour of yours: colour FILTER COLOUR, here or in the configuration file");
  buf_clear(&text);
}

static bool remove_rule(struct ui *ui, struct slice which, struct err *err) {
  struct colour_rules *rules = copy_of(ui->colours);
  uint64_t number = 0;
  bool numbered = slice_to_u64(which, &number);
  size_t i = find(rules, which);
  if (i == rules->n && numbered && number >= 1 && number <= rules->n)
    i = (size_t)number - 1;
  if (slice_eq(which, SLICE("all"))) {
    while (rules->n > 0)
      take_out(rules, rules->n - 1);
  } else if (i < rules->n) {
    take_out(rules, i);
  } else {
    colour_rules_free(rules);
    return err_set(err, "colour remove wants a number or a filter of those there are (:colour lists them), or all");
  }
  use(ui, rules, SLICE("removed"));
  ui_say(ui, "taken out; u brings it back");
  return true;
}

static bool unknown_colour(struct slice word, size_t at, struct err *err) {
  struct nearest nearest;
  struct buf safe = BUF_INIT;
  nearest_init(&nearest, word);
  for (size_t i = 0; i < NAMES; i++)
    nearest_offer(&nearest, names[i].name);
  text_safe(&safe, slice_sub(word, 0, 40), TEXT_PLAIN);
  if (nearest.name != NULL)
    err_set_at(err, at, word.n, "%s is no colour; did you mean %s?", buf_text(&safe), nearest.name);
  else
    err_set_at(err, at, word.n,
               "%s is no colour: red green yellow blue magenta cyan dim bold ok redirect warning error",
               buf_text(&safe));
  buf_clear(&safe);
  return false;
}

/* Asking about bodies takes as long as it takes, and this is asked while a frame is drawn. */
static struct filter *compile(struct slice text, struct err *err) {
  struct filter *filter = filter_compile(text, err);
  if (filter == NULL || !filter_reads_bodies(filter))
    return filter;
  filter_free(filter);
  err_set_at(err, 0, text.n, "rows are coloured as they are drawn, by heads alone: this filter reads bodies");
  return NULL;
}

static bool add_rule(struct ui *ui, struct slice text, size_t name, struct err *err) {
  struct filter *filter = compile(text, err);
  if (filter == NULL)
    return false;
  struct colour_rules *rules = copy_of(ui->colours);
  size_t i = find(rules, text);
  if (i == RULES_MAX) {
    filter_free(filter);
    colour_rules_free(rules);
    return err_set(err, "there are %d colour rules already; colour remove takes one out", RULES_MAX);
  }
  if (i < rules->n)
    filter_free(rules->rule[i].filter);
  else
    rules->n++;
  rules->rule[i] = (struct colour_rule){filter, name};
  use(ui, rules, text);
  ui_say(ui, "%.*s is %s, as long as weir runs; \"colour %.*s %s\" in the configuration file keeps it", (int)text.n,
         text.p, names[name].name, (int)text.n, text.p, names[name].name);
  return true;
}

bool command_colour(struct ui *ui, struct view *v, struct slice argument, struct err *err) {
  size_t at = argument.n, name = 0;
  (void)v;
  if (argument.n == 0) {
    tell(ui);
    return true;
  }
  if (slice_eq(argument, SLICE("remove")) || slice_starts(argument, SLICE("remove ")))
    return remove_rule(ui, slice_trim(slice_from(argument, 6)), err);
  while (at > 0 && argument.p[at - 1] != ' ')
    at--;
  struct slice word = slice_from(argument, at), text = slice_trim(slice_sub(argument, 0, at));
  if (text.n == 0)
    return err_set_at(err, argument.n, 0, "a filter, then a colour: colour host:api blue");
  while (name < NAMES && !slice_eq(word, slice_of(names[name].name)))
    name++;
  if (name == NAMES)
    return unknown_colour(word, at, err);
  return add_rule(ui, text, name, err);
}

static void offer_rules(const struct ui *ui, struct completion *out) {
  completion_add(out, SLICE("all"), "every one of them", true);
  for (size_t i = 0; ui->colours != NULL && i < ui->colours->n; i++)
    completion_add(out, slice_of(filter_text(ui->colours->rule[i].filter)), names[ui->colours->rule[i].name].name,
                   true);
}

void complete_colour(struct ui *ui, struct slice before, struct completion *out) {
  size_t at = before.n;
  while (at > 0 && before.p[at - 1] != ' ')
    at--;
  if (slice_starts(before, SLICE("remove "))) {
    completion_begin(out, before, 7);
    offer_rules(ui, out);
    return;
  }
  filter_complete_prompt(ui, NULL, before, out);
  if (at == 0) {
    completion_add(out, SLICE("remove"), "take one out: its number, its filter, or all", false);
    return;
  }
  if (out->from != at)
    return;
  for (size_t i = 0; i < NAMES; i++)
    completion_add(out, slice_of(names[i].name), names[i].help, true);
}
