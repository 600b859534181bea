/* The language about itself: its words in tables, and how each word of a text is read. */
#include <stdio.h>
#include <string.h>

#include "parser.h"
#include "weir/base/units.h"

/* ---- words ---- */

static const char *argument_of(const struct field *field) {
  static const char *const words[] = {
      [FIELD_TEXT] = "text",         [FIELD_NUMBER] = "number", [FIELD_SIZE] = "size",
      [FIELD_DURATION] = "duration", [FIELD_TIME] = "time",     [FIELD_FLAG] = "yes or no",
  };
  return strcmp(field->name, "status") == 0 ? "status" : words[field->type];
}

static bool field_word(size_t i, struct filter_word *word) {
  static const struct filter_word more[] = {
      {FILTER_FIELD, "json", "path", "a value in a JSON body: json:.user.name=ann", NULL},
      {FILTER_FIELD, "req.json", "path", "the same in the request alone", NULL},
      {FILTER_FIELD, "resp.json", "path", "the same in the response alone", NULL},
      {FILTER_FIELD, "is", "state", "a word of state, whatever stands beside it: is:paused", NULL},
  };
  if (i >= field_table_n + sizeof more / sizeof *more)
    return false;
  if (i >= field_table_n) {
    *word = more[i - field_table_n];
    return true;
  }
  const struct field *field = &field_table[i];
  *word = (struct filter_word){FILTER_FIELD, field->name, argument_of(field), field->help, NULL};
  return true;
}

static bool operator_word(size_t i, struct filter_word *word) {
  static const char *const arguments[] = {[TERM_PLAIN] = NULL, [TERM_REGEX] = "regex", [TERM_STATUS] = "code"};
  const struct term *term = term_nth(i);
  if (term)
    *word = (struct filter_word){FILTER_OPERATOR, term->name, arguments[term->argument], term->help, NULL};
  return term != NULL;
}

bool filter_word(enum filter_kind kind, size_t i, struct filter_word *word) {
  const struct term *state;
  const char *other;
  switch (kind) {
  case FILTER_OPERATOR:
    return operator_word(i, word);
  case FILTER_FIELD:
    return field_word(i, word);
  case FILTER_METHOD:
    *word = (struct filter_word){FILTER_METHOD, word_method_nth(i), NULL, "method", NULL};
    return word->name != NULL;
  case FILTER_STATE:
    break;
  }
  state = state_nth(i, &other);
  if (state)
    *word = (struct filter_word){FILTER_STATE, state->name, NULL, state->help, other};
  return state != NULL;
}

/* ---- readings ---- */

struct writer {
  struct filter_reading *out;
  size_t n, max;
};

static void put_value(const struct field *field, int64_t value, char *out, size_t size) {
  switch (field->type) {
  case FIELD_SIZE:
    units_size((uint64_t)value, out, size);
    break;
  case FIELD_DURATION:
    units_duration((uint64_t)value, out, size);
    break;
  default:
    snprintf(out, size, "%lld", (long long)value);
    break;
  }
}

static void say_number(const struct node *node, char *says, size_t size) {
  const char *name = node->field->name;
  char low[24], high[24];
  if (node->field->type == FIELD_FLAG) {
    snprintf(says, size, "%s%s", node->low == 0 ? "not " : "", name);
    return;
  }
  if (node->field->type == FIELD_TIME) {
    snprintf(says, size, "%s", name);
    return;
  }
  put_value(node->field, node->low == INT64_MIN ? 0 : node->low, low, sizeof low);
  bool whole = node->field->type == FIELD_NUMBER;                                 /* counts compare by what they are, */
  int64_t under = !whole && node->low == INT64_MIN ? node->high + 1 : node->high; /* measures by what is shown */
  put_value(node->field, node->high == INT64_MAX ? 0 : under, high, sizeof high);
  if (node->low == node->high)
    snprintf(says, size, "%s %s", name, low);
  else if (node->high == INT64_MAX)
    snprintf(says, size, whole ? "%s from %s" : "%s over %s", name, low);
  else if (node->low == INT64_MIN)
    snprintf(says, size, whole ? "%s up to %s" : "%s under %s", name, high);
  else
    snprintf(says, size, "%s %s to %s", name, low, high);
}

static const char *way(const struct node *node) {
  switch (node->shape) {
  case SHAPE_EXACT:
    return " exactly";
  case SHAPE_REGEX:
    return ", a regular expression";
  default:
    return "";
  }
}

static void say_json(const struct node *node, char *says, size_t size) {
  snprintf(says, size, "%s: the value at %.40s", node->term->name, node->name);
}

static void say_term(const struct node *node, char *says, size_t size) {
  const struct term *term = node->term;
  if (term == subject_term(SUBJECT_NUMBER))
    say_number(node, says, size);
  else if (node->json)
    say_json(node, says, size);
  else if (node->naked)
    snprintf(says, size, "URL, as beside every ~");
  else if (term == subject_term(SUBJECT_METHOD) && node->shape == SHAPE_EXACT)
    snprintf(says, size, "method");
  else if (term == subject_term(SUBJECT_TEXT))
    snprintf(says, size, "%s%s", node->field->name, way(node));
  else if (node->name)
    snprintf(says, size, "%s named %.30s", term->name, node->name);
  else
    snprintf(says, size, "%s%s", term->help ? term->help : term->name, term->argument == TERM_REGEX ? way(node) : "");
}

static void put(struct writer *w, const struct node *node, bool negated) {
  if (w->n == w->max)
    return;
  size_t at = w->n++;
  for (; at && w->out[at - 1].at > node->at; at--) /* children stand by cost, readings by place */
    w->out[at] = w->out[at - 1];
  struct filter_reading *r = &w->out[at];
  char says[72];
  *r = (struct filter_reading){.at = node->at, .n = node->end - node->at};
  say_term(node, says, sizeof says);
  bool part = node->regex && node->shape != SHAPE_EXACT;
  snprintf(r->says, sizeof r->says, "%s%s", !negated ? "" : part ? "not in " : "not ", says);
}

static void walk(struct writer *w, const struct node *node, bool negated) {
  for (; node; node = node->next)
    if (node->kind == NODE_TERM)
      put(w, node, negated);
    else
      walk(w, node->child, node->kind == NODE_NOT ? !negated : negated);
}

size_t filter_explain(struct slice text, struct filter_reading *out, size_t max) {
  struct writer w = {out, 0, max};
  struct node *root;
  unsigned slots;
  if (!tree_parse(text, &root, &slots, NULL))
    return 0;
  walk(&w, root, false);
  tree_free(root);
  return w.n;
}
