/* What helps while a rule is typed: completion on both sides of "=>", and how it is read. */
#include <stdio.h>

#include "ui/edit_complete.h"
#include "ui/filter_acts.h"
#include "ui/rule_acts.h"
#include "ui/ui_state.h"

static bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

static struct slice word_at(struct slice text, size_t at) {
  size_t end = at;
  while (end < text.n && !is_blank(text.p[end]))
    end++;
  return slice_sub(text, at, end - at);
}

bool rule_action_at(struct slice text, size_t at, struct rule_action *out) {
  struct slice word = word_at(text, at);
  for (size_t i = 0; rule_action(i, out); i++)
    if (slice_eq(slice_of(out->word), word))
      return true;
  return false;
}

/* ---- completion ---- */

static void offer_actions(struct slice before, size_t from, struct completion *out) {
  struct rule_action action;
  completion_begin(out, before, from);
  for (size_t i = 0; rule_action(i, &action); i++)
    completion_add(out, slice_of(action.word), action.help, false);
}

static bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

/* The words that stand in the usage as they are typed: small letters, as in "[request|response] NAME". */
static void offer_usage(const struct rule_action *action, struct completion *out) {
  struct slice usage = slice_of(action->usage);
  for (size_t i = 0, end; i < usage.n; i = end + 1) {
    for (end = i; end < usage.n && is_word(usage.p[end]); end++)
      continue;
    struct slice word = slice_sub(usage, i, end - i);
    bool apart = end == usage.n || usage.p[end] == ' ' || usage.p[end] == '|' || usage.p[end] == ']';
    bool whole = i == 0 || usage.p[i - 1] == ' ' || usage.p[i - 1] == '|' || usage.p[i - 1] == '[';
    if (word.n > 1 && apart && whole && !slice_eq(word, slice_of(action->word)) && !completion_has(out, word))
      completion_add(out, word, action->usage, false);
  }
}

static bool wants_file(const struct rule_action *action, struct slice word) {
  return (word.n > 0 && word.p[0] == '@') || slice_eq(slice_of(action->word), SLICE("file"));
}

/* set, add, remove: names of fields, of the side that was named. */
static void offer_names(struct ui *ui, const struct rule_action *action, struct slice typed, struct completion *out) {
  static const char *const about_fields[] = {"set", "add", "remove"};
  bool response = slice_find(typed, SLICE(" response ")) >= 0;
  for (size_t i = 0; i < sizeof about_fields / sizeof *about_fields; i++)
    if (slice_eq(slice_of(about_fields[i]), slice_of(action->word)) && slice_find_byte(typed, ':') < 0)
      edit_complete_names(ui, response ? FLOW_RESPONSE : FLOW_REQUEST, i < 2 ? ":" : "", out);
}

static void complete_action(struct ui *ui, struct slice before, size_t at, struct completion *out) {
  struct rule_action action;
  size_t from = before.n;
  while (from > at && !is_blank(before.p[from - 1]))
    from--;
  if (from <= at || !rule_action_at(before, at, &action)) {
    offer_actions(before, at, out);
    return;
  }
  struct slice word = slice_from(before, from);
  completion_begin(out, before, word.n > 0 && word.p[0] == '@' ? from + 1 : from);
  if (wants_file(&action, word))
    completion_add_files(out);
  else
    offer_usage(&action, out);
  offer_names(ui, &action, slice_from(before, at), out);
}

/* Behind "[NAME] off ". */
static size_t filter_begins(struct slice text) {
  size_t at = 0;
  ptrdiff_t end = text.n > 0 && text.p[0] == '[' ? slice_find_byte(text, ']') : -1;
  at = end > 0 ? (size_t)end + 1 : 0;
  while (at < text.n && is_blank(text.p[at]))
    at++;
  return slice_starts(slice_from(text, at), SLICE("off ")) ? at + 4 : at;
}

void rule_complete(struct ui *ui, void *arg, struct slice before, struct completion *out) {
  struct rule_parts parts;
  if (rule_parts(before, &parts)) {
    complete_action(ui, before, parts.action_at, out);
    return;
  }
  size_t from = filter_begins(before);
  filter_complete_prompt(ui, arg, slice_from(before, from), out);
  out->from += from;
  if (from < before.n && is_blank(before.p[before.n - 1]))
    completion_add(out, SLICE("=>"), "what is to be done stands behind it", false);
}

/* ---- the box below ---- */

static void put_actions(struct prompt_aside *aside) {
  struct rule_action action;
  snprintf(aside->title, sizeof aside->title, "FILTER => ACTION: the actions (Tab completes)");
  aside->colon = false;
  for (size_t i = 0; rule_action(i, &action); i++)
    prompt_aside_add(aside, slice_of(action.usage), "");
}

void rule_aside(struct ui *ui, void *arg, struct slice text, struct prompt_aside *aside) {
  struct rule_parts parts;
  struct rule_action action;
  if (!rule_parts(text, &parts)) {
    filter_aside(ui, arg, slice_from(text, filter_begins(text)), aside);
    return;
  }
  if (!rule_action_at(text, parts.action_at, &action)) {
    put_actions(aside);
    return;
  }
  struct slice filter = slice_sub(text, parts.filter_at, parts.filter_n);
  if (filter.n > 0 && !slice_eq(filter, SLICE("*")))
    filter_aside(ui, arg, filter, aside);
  if (!aside->colon) /* nothing to be read */
    prompt_aside_add(aside, SLICE("*"), "all messages");
  aside->colon = true;
  snprintf(aside->title, sizeof aside->title, "%s", action.usage);
  prompt_aside_add(aside, slice_of(action.word), action.help);
}
