/* What a flow's URL must hold for a filter to match: for who has many filters and one URL. */
#include "tree.h"
#include "weir/filter/regex.h"

/* The longest piece without a dot, which in a regular expression is any byte. */
static struct slice longest_piece(struct slice pattern) {
  struct slice best = {NULL, 0}, piece;
  while (slice_split(&pattern, '.', &piece)) {
    if (!regex_is_literal(piece))
      return (struct slice){NULL, 0};
    if (piece.n > best.n)
      best = piece;
  }
  return best;
}

/* Text that stands in whatever matches. A ':' may be that of a port, which a URL leaves out where it is the scheme's. */
static struct slice plain_text(const struct node *n) {
  struct slice pattern = slice_make(n->pattern, n->pattern_n), none = {NULL, 0};
  if (!n->regex || slice_find_byte(pattern, ':') >= 0)
    return none;
  switch (n->shape) {
  case SHAPE_LITERAL:
    return pattern;
  case SHAPE_SMART:
  case SHAPE_REGEX:
    return longest_piece(pattern);
  case SHAPE_EXACT:
    return slice_find_byte(pattern, '*') < 0 ? pattern : none;
  case SHAPE_NONE:
    break;
  }
  return none;
}

static bool looks_at_url(const struct node *n) {
  static const enum subject subjects[] = {SUBJECT_WORD, SUBJECT_AUTHORITY, SUBJECT_ADDRESS, SUBJECT_PATH, SUBJECT_URL};
  for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++)
    if (n->term == subject_term(subjects[i]))
      return true;
  bool host = n->term == subject_term(SUBJECT_TEXT) && n->field && slice_eq(slice_of(n->field->name), SLICE("host"));
  return host || n->term == term_find(SLICE("u"));
}

static void find(const struct node *n, struct slice *best) {
  if (n->kind == NODE_AND) {
    for (const struct node *c = n->child; c; c = c->next)
      find(c, best);
  } else if (n->kind == NODE_TERM && n->pattern && looks_at_url(n)) {
    struct slice text = plain_text(n);
    if (text.n > best->n)
      *best = text;
  }
}

bool filter_url_needle(const struct filter *f, struct slice *needle) {
  *needle = (struct slice){NULL, 0};
  if (filter_root(f))
    find(filter_root(f), needle);
  return needle->n > 1;
}
