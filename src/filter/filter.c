#include "weir/filter/filter.h"

#include <stdlib.h>
#include <string.h>

#include "parser.h"
#include "weir/base/mem.h"

struct filter {
  char *text;
  struct node *root; /* NULL: matches everything */
  unsigned slots;
  unsigned needs;
  bool of_response;
  const char *naked_method;
  uint64_t now;
  struct look *look; /* what matching looked up; its buffers are used over and over */
};

static const char *method_of(const struct node *node) {
  struct filter_word word;
  struct slice typed = slice_make(node->pattern, node->pattern_n);
  for (size_t i = 0; node->naked && filter_word(FILTER_METHOD, i, &word); i++)
    if (slice_eq(typed, slice_of(word.name)))
      return word.name;
  return NULL;
}

static void gather(struct filter *f, const struct node *node) {
  for (; node; node = node->next) {
    if (node->kind == NODE_TERM) {
      f->needs |= subject_needs(node);
      f->of_response |= subject_of_response(node);
      if (!f->naked_method)
        f->naked_method = method_of(node);
    }
    gather(f, node->child);
  }
}

struct filter *filter_compile(struct slice text, struct err *err) {
  struct node *root;
  unsigned slots;
  if (!tree_parse(text, &root, &slots, err))
    return NULL;
  struct filter *f = mem_zero(1, sizeof *f);
  f->root = root;
  f->slots = slots;
  f->text = mem_dup_n(text.n ? text.p : "", text.n);
  f->look = mem_zero(1, sizeof *f->look);
  gather(f, root);
  return f;
}

void filter_free(struct filter *f) {
  if (!f)
    return;
  tree_free(f->root);
  look_clear(f->look);
  free(f->look);
  free(f->text);
  free(f);
}

/* ---- matching ---- */

static bool as_it_came(const struct node *node, struct look *look) {
  const struct flow *now = look->flow;
  struct flow before;
  if (!look->both || !flow_as_it_came(now, &before))
    return false;
  look->flow = &before;
  bool matches = node->term->match(node, look);
  look->flow = now;
  return matches;
}

static enum answer ask_term(const struct node *node, struct look *look) {
  if (node->term->match && (node->term->match(node, look) || as_it_came(node, look)))
    return ANSWER_YES;
  return node->term->bodies ? look_bodies(node, look) : ANSWER_NO;
}

static enum answer ask(const struct node *node, struct look *look) {
  enum answer answer, over = node->kind == NODE_AND ? ANSWER_NO : ANSWER_YES;
  switch (node->kind) {
  case NODE_TERM:
    return ask_term(node, look);
  case NODE_NOT:
    answer = ask(node->child, look);
    return answer == ANSWER_MORE ? answer : answer == ANSWER_NO ? ANSWER_YES : ANSWER_NO;
  case NODE_AND:
  case NODE_OR:
    break;
  }
  for (const struct node *c = node->child; c; c = c->next) {
    answer = ask(c, look);
    if (answer == over || answer == ANSWER_MORE)
      return answer;
  }
  return over == ANSWER_NO ? ANSWER_YES : ANSWER_NO;
}

static enum answer step(const struct filter *f, const struct flow *flow, uint64_t deadline, bool *limit_hit) {
  struct look *look = f->look;
  if (look->flow != flow)
    look_begin(look, flow, f->slots);
  look->deadline = deadline;
  look->now = f->now;
  enum answer answer = f->root ? ask(f->root, look) : ANSWER_YES;
  if (limit_hit)
    *limit_hit = look->limit_hit;
  if (answer != ANSWER_MORE)
    look_end(look);
  return answer;
}

enum filter_answer filter_step(struct filter *f, const struct flow *flow, uint64_t deadline, bool *limit_hit) {
  switch (step(f, flow, deadline, limit_hit)) {
  case ANSWER_NO:
    return FILTER_NO;
  case ANSWER_YES:
    return FILTER_YES;
  case ANSWER_MORE:
    break;
  }
  return FILTER_MORE;
}

bool filter_match(const struct filter *f, const struct flow *flow, bool *limit_hit) {
  look_end(f->look);
  return step(f, flow, UINT64_MAX, limit_hit) == ANSWER_YES;
}

void filter_forget(struct filter *f) {
  look_end(f->look);
}

void filter_look_at_both(struct filter *f) {
  f->look->both = true;
}

void filter_set_now(struct filter *f, uint64_t now) {
  f->now = now;
}

unsigned filter_needs(const struct filter *f) {
  return f->needs;
}

bool filter_reads_bodies(const struct filter *f) {
  return f->slots > 0;
}

bool filter_speaks_of_response(const struct filter *f) {
  return f->of_response;
}

const char *filter_naked_method(const struct filter *f) {
  return f->naked_method;
}

const char *filter_text(const struct filter *f) {
  return f->text;
}

/* ---- does one filter narrow another? ---- */

#define STEPS_MAX 20000 /* two long filters against each other: give up rather than think for ever */

static struct slice pattern_of(const struct node *node) {
  return slice_make(node->pattern, node->pattern_n);
}

static bool same_name(const struct node *a, const struct node *b) {
  return (!a->name && !b->name) || (a->name && b->name && strcmp(a->name, b->name) == 0);
}

static bool same_subject(const struct node *a, const struct node *b) {
  return a->term == b->term && a->field == b->field && a->trim == b->trim && a->port == b->port && same_name(a, b);
}

bool node_same(const struct node *a, const struct node *b, unsigned *steps) {
  if (++*steps > STEPS_MAX || a->kind != b->kind)
    return false;
  if (a->kind == NODE_TERM)
    return same_subject(a, b) && a->shape == b->shape && a->low == b->low && a->high == b->high &&
           !a->regex == !b->regex && slice_eq(pattern_of(a), pattern_of(b));
  const struct node *left = a->child, *right = b->child;
  for (; left && right; left = left->next, right = right->next)
    if (!node_same(left, right, steps))
      return false;
  return !left && !right;
}

static bool is_literal(const struct node *node) {
  return node->regex &&
         (node->shape == SHAPE_LITERAL || (node->shape != SHAPE_EXACT && regex_is_literal(pattern_of(node))));
}

static bool term_narrows(const struct node *wide, const struct node *narrow) {
  const struct term *outer = wide->term, *inner = narrow->term;
  bool covers =
      same_subject(wide, narrow) ||
      (inner->part_of && slice_eq(slice_of(inner->part_of), slice_of(outer->name)) && same_name(wide, narrow));
  if (!covers)
    return outer == term_find(SLICE("all"));
  if (wide->json || narrow->json)
    return false;
  if (wide->low != wide->high || wide->low != narrow->low || wide->high != narrow->high)
    return wide->low <= narrow->low && narrow->high <= wide->high && !wide->regex;
  if (!wide->regex)
    return true;
  if (wide->shape == narrow->shape && slice_eq(pattern_of(wide), pattern_of(narrow)))
    return true;
  return is_literal(wide) && is_literal(narrow) && slice_find_ascii(pattern_of(narrow), pattern_of(wide)) >= 0;
}

/* Whatever matches `narrow` matches `wide`. False when not sure. */
static bool implies(const struct node *narrow, const struct node *wide, unsigned *steps) {
  if (++*steps > STEPS_MAX)
    return false;
  if (node_same(narrow, wide, steps))
    return true;
  if (narrow->kind == NODE_TERM && wide->kind == NODE_TERM)
    return term_narrows(wide, narrow);
  if (narrow->kind == NODE_NOT && wide->kind == NODE_NOT && implies(wide->child, narrow->child, steps))
    return true;
  const struct node *c;
  if (wide->kind == NODE_AND || narrow->kind == NODE_OR) { /* all of them */
    for (c = wide->kind == NODE_AND ? wide->child : narrow->child; c; c = c->next)
      if (wide->kind == NODE_AND ? !implies(narrow, c, steps) : !implies(c, wide, steps))
        return false;
    return true;
  }
  for (c = wide->kind == NODE_OR ? wide->child : NULL; c; c = c->next) /* any of them */
    if (implies(narrow, c, steps))
      return true;
  for (c = narrow->kind == NODE_AND ? narrow->child : NULL; c; c = c->next)
    if (implies(c, wide, steps))
      return true;
  return false;
}

const struct node *filter_root(const struct filter *f) {
  return f->root;
}

bool filter_narrows(const struct filter *wide, const struct filter *narrow) {
  unsigned steps = 0;
  if ((wide->needs | narrow->needs) & (FILTER_NEEDS_CLOCK | FILTER_NEEDS_AGE))
    return false; /* what the wide one let go may be back */
  if (!wide->root)
    return true;
  return narrow->root && implies(narrow->root, wide->root, &steps) && steps <= STEPS_MAX;
}
