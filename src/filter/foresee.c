/* What a tunnel tells of the requests in it, before they come: where they go, and who sends them; the rest is open. */
#include "parser.h"

enum chance { NEVER, PERHAPS, ALWAYS };
/* Whose requests are meant: those in the tunnel that is looked at, or, without one, any at all. */
struct foresight {
  struct look look;
  bool host_known;
};

static bool is_method(const struct node *n) {
  return n->term == subject_term(SUBJECT_METHOD) || n->term == term_find(SLICE("m"));
}

/* The tunnel's own is that of its requests too. */
static bool is_common(const struct node *n, bool host_known) {
  static const char *const fields[] = {"port", "mode", "client", "process", "pid", "command"};
  if (n->term == term_find(SLICE("src")))
    return true;
  if (n->term == term_find(SLICE("d")))
    return host_known;
  if (!n->field || (n->term != subject_term(SUBJECT_TEXT) && n->term != subject_term(SUBJECT_NUMBER)))
    return false;
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
    if (slice_eq(slice_of(n->field->name), slice_of(fields[i])))
      return true;
  return host_known && slice_eq(slice_of(n->field->name), SLICE("host"));
}

/* By the modes where bytes are read; by the other ones nothing but streams comes. */
static enum chance foresee_mode(const struct node *n) {
  static const char *const words[] = {"regular", "auto", "socks5", "reverse", "transparent"};
  size_t hits = 0, all = sizeof words / sizeof *words;
  for (size_t i = 0; i < all; i++) {
    struct flow f = {.mode = words[i]};
    struct look look = {0};
    look_begin(&look, &f, 0);
    hits += n->term->match(n, &look);
    look_clear(&look);
  }
  return hits == 0 ? NEVER : hits < all ? PERHAPS : ALWAYS;
}

static enum chance foresee_term(const struct node *n, struct foresight *s) {
  if (n->term == term_find(SLICE("tcp")) || n->term == state_find(SLICE("tunnel")))
    return NEVER;
  if (is_method(n)) /* CONNECT in a tunnel is refused */
    return slice_eq_ascii(slice_make(n->pattern, n->pattern_n), SLICE("CONNECT")) ? NEVER : PERHAPS;
  bool text = n->term->match && n->field && n->term == subject_term(SUBJECT_TEXT);
  if (!s->look.flow)
    return text && slice_eq(slice_of(n->field->name), SLICE("mode")) ? foresee_mode(n) : PERHAPS;
  if (!n->term->match || !is_common(n, s->host_known))
    return PERHAPS;
  return n->term->match(n, &s->look) ? ALWAYS : NEVER;
}

static enum chance foresee(const struct node *n, struct foresight *s) {
  enum chance all = n->kind == NODE_AND ? ALWAYS : NEVER;
  switch (n->kind) {
  case NODE_TERM:
    return foresee_term(n, s);
  case NODE_NOT:
    return (enum chance)(ALWAYS - foresee(n->child, s));
  case NODE_AND:
  case NODE_OR:
    break;
  }
  for (const struct node *c = n->child; c; c = c->next) {
    enum chance one = foresee(c, s);
    if (n->kind == NODE_AND ? one < all : one > all)
      all = one;
  }
  return all;
}

bool filter_may_match_inside(const struct filter *f, const struct flow *tunnel, bool host_known) {
  const struct node *root = filter_root(f);
  struct foresight s = {.host_known = host_known};
  if (!root)
    return true;
  look_begin(&s.look, tunnel, 0);
  enum chance chance = foresee(root, &s);
  look_clear(&s.look);
  return chance != NEVER;
}

bool filter_means_streams(const struct filter *f) {
  const struct node *root = filter_root(f);
  struct foresight s = {.host_known = false};
  return root && foresee(root, &s) == NEVER;
}
