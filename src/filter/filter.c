#include "weir/filter/filter.h"

#include <stdlib.h>
#include <string.h>

#include "tree.h"
#include "weir/base/mem.h"

struct filter {
  char *text;
  struct node *root; /* NULL: matches everything */
  unsigned needs;
  bool of_response;
  struct look *look; /* buffers that matching uses over and over */
};

static void gather(struct filter *f, const struct node *node) {
  for (; node; node = node->next) {
    if (node->kind == NODE_TERM) {
      f->needs |= node->term->needs;
      f->of_response |= node->term->of_response;
    }
    gather(f, node->child);
  }
}

struct filter *filter_compile(struct slice text, struct err *err) {
  struct node *root;
  if (!tree_parse(text, &root, err))
    return NULL;
  struct filter *f = mem_zero(1, sizeof *f);
  f->root = root;
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

static bool tree_match(const struct node *node, struct look *look) {
  switch (node->kind) {
  case NODE_TERM:
    return node->term->match(node, look);
  case NODE_NOT:
    return !tree_match(node->child, look);
  case NODE_AND:
    for (const struct node *c = node->child; c; c = c->next) {
      if (!tree_match(c, look))
        return false;
    }
    return true;
  case NODE_OR:
    for (const struct node *c = node->child; c; c = c->next) {
      if (tree_match(c, look))
        return true;
    }
    return false;
  }
  return false;
}

bool filter_match(const struct filter *f, const struct flow *flow, bool *limit_hit) {
  bool matched = true;
  f->look->flow = flow;
  f->look->limit_hit = false;
  if (f->root) {
    matched = tree_match(f->root, f->look);
    look_end(f->look);
  }
  if (limit_hit)
    *limit_hit = f->look->limit_hit;
  return matched;
}

unsigned filter_needs(const struct filter *f) {
  return f->needs;
}

bool filter_speaks_of_response(const struct filter *f) {
  return f->of_response;
}

const char *filter_text(const struct filter *f) {
  return f->text;
}

/* ---- does one filter narrow another? ---- */

#define STEPS_MAX 20000 /* two long filters against each other: give up rather than think for ever */

static bool same(const struct node *a, const struct node *b, unsigned *steps) {
  if (++*steps > STEPS_MAX || a->kind != b->kind)
    return false;
  if (a->kind == NODE_TERM)
    return a->term == b->term && a->low == b->low && a->high == b->high && a->pattern_n == b->pattern_n &&
           (!a->pattern_n || memcmp(a->pattern, b->pattern, a->pattern_n) == 0);
  const struct node *left = a->child, *right = b->child;
  for (; left && right; left = left->next, right = right->next) {
    if (!same(left, right, steps))
      return false;
  }
  return !left && !right;
}

static struct slice pattern_of(const struct node *node) {
  return slice_make(node->pattern, node->pattern_n);
}

static bool term_narrows(const struct node *wide, const struct node *narrow) {
  bool covers = wide->term == narrow->term ||
                (narrow->term->part_of && slice_eq(slice_of(narrow->term->part_of), slice_of(wide->term->name)));
  if (!covers)
    return wide->term == term_find(SLICE("all"));
  switch (wide->term->argument) {
  case TERM_PLAIN:
    return true;
  case TERM_STATUS:
    return wide->low <= narrow->low && narrow->high <= wide->high;
  case TERM_REGEX:
    break;
  }
  struct slice outer = pattern_of(wide), inner = pattern_of(narrow);
  return slice_eq(outer, inner) ||
         (regex_is_literal(outer) && regex_is_literal(inner) && slice_find_ascii(inner, outer) >= 0);
}

/* Whatever matches `narrow` matches `wide`. False when not sure. */
static bool implies(const struct node *narrow, const struct node *wide, unsigned *steps) {
  if (++*steps > STEPS_MAX)
    return false;
  if (same(narrow, wide, steps))
    return true;
  if (narrow->kind == NODE_TERM && wide->kind == NODE_TERM)
    return term_narrows(wide, narrow);
  if (narrow->kind == NODE_NOT && wide->kind == NODE_NOT && implies(wide->child, narrow->child, steps))
    return true;
  const struct node *c;
  if (wide->kind == NODE_AND || narrow->kind == NODE_OR) { /* all of them */
    for (c = wide->kind == NODE_AND ? wide->child : narrow->child; c; c = c->next) {
      if (wide->kind == NODE_AND ? !implies(narrow, c, steps) : !implies(c, wide, steps))
        return false;
    }
    return true;
  }
  for (c = wide->kind == NODE_OR ? wide->child : NULL; c; c = c->next) { /* any of them */
    if (implies(narrow, c, steps))
      return true;
  }
  for (c = narrow->kind == NODE_AND ? narrow->child : NULL; c; c = c->next) {
    if (implies(c, wide, steps))
      return true;
  }
  return false;
}

bool filter_narrows(const struct filter *wide, const struct filter *narrow) {
  unsigned steps = 0;
  if (!wide->root)
    return true;
  return narrow->root && implies(narrow->root, wide->root, &steps) && steps <= STEPS_MAX;
}
