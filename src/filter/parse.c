/*
 *   or   = and { "|" and }
 *   and  = not { [ "&" ] not }
 *   not  = { "!" } atom
 *   atom = "(" or ")" | "~"name [ argument ] | word
 *   word = a run of bytes other than white space ( ) ~ ' "  |  quoted text, where \ takes the next byte as it is
 *
 * Inside a word | & and ! are the pattern's: "GET|POST" is one word.
 */
#include <stdlib.h>
#include <string.h>

#include "tree.h"
#include "weir/base/mem.h"

#define TEXT_MAX  4096
#define DEPTH_MAX 64

struct parser {
  struct slice text;
  size_t at;
  unsigned depth;
  struct err *err;
};

static struct node *parse_or(struct parser *p);

void tree_free(struct node *node) {
  while (node) {
    struct node *next = node->next;
    tree_free(node->child);
    regex_free(node->regex);
    free(node->pattern);
    free(node);
    node = next;
  }
}

/* ---- letters ---- */

static bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
static bool at_end(const struct parser *p) {
  return p->at >= p->text.n;
}
static char peek(const struct parser *p) {
  return at_end(p) ? 0 : p->text.p[p->at];
}

static void skip_space(struct parser *p) {
  while (!at_end(p) && is_space(peek(p)))
    p->at++;
}

static bool ends_word(char c) {
  return is_space(c) || strchr("()~'\"", c);
}

static struct slice take_word(struct parser *p) {
  size_t from = p->at;
  while (!at_end(p) && !ends_word(peek(p)))
    p->at++;
  return slice_sub(p->text, from, p->at - from);
}

/* ---- nodes ---- */

static struct node *make(enum node_kind kind) {
  struct node *node = mem_zero(1, sizeof *node);
  node->kind = kind;
  return node;
}

/* Children stand in the order of what they cost, so that a body is decoded only when nothing cheaper decides. */
static void adopt(struct node *parent, struct node *child) {
  struct node **place = &parent->child;
  while (*place && (*place)->rank <= child->rank)
    place = &(*place)->next;
  child->next = *place;
  *place = child;
  if (child->rank > parent->rank)
    parent->rank = child->rank;
}

static struct node *join(struct node *left, struct node *right, enum node_kind kind, bool fresh) {
  struct node *parent = left;
  if (fresh) {
    parent = make(kind);
    adopt(parent, left);
  }
  adopt(parent, right);
  return parent;
}

/* ---- patterns ---- */

static char unescaped(char c) {
  switch (c) {
  case 't':
    return '\t';
  case 'n':
    return '\n';
  case 'r':
    return '\r';
  case 'f':
    return '\f';
  default:
    return c;
  }
}

static bool take_quoted(struct parser *p, struct buf *out) {
  size_t from = p->at;
  char quote = p->text.p[p->at++];
  while (!at_end(p) && peek(p) != quote) {
    char c = p->text.p[p->at++];
    if (c == '\\' && !at_end(p))
      c = unescaped(p->text.p[p->at++]);
    buf_add_byte(out, c);
  }
  if (at_end(p))
    return err_set_at(p->err, from, p->text.n - from, "the closing %c is missing", quote);
  p->at++;
  return true;
}

static struct node *take_pattern(struct parser *p, const struct term *term) {
  struct buf pattern = BUF_INIT;
  struct err fault = ERR_INIT;
  size_t from = p->at;
  bool quoted = peek(p) == '"' || peek(p) == '\'';
  if (quoted) {
    if (!take_quoted(p, &pattern)) {
      buf_clear(&pattern);
      return NULL;
    }
  } else {
    buf_add_slice(&pattern, take_word(p));
  }
  struct regex *regex = regex_new(buf_slice(&pattern), term->flags, &fault);
  if (!regex) {
    /* Escapes move the bytes of quoted text, so there the whole of it is pointed at. */
    size_t at = quoted || fault.at >= p->at - from ? from : from + fault.at;
    err_set_at(p->err, at, quoted || at == from ? p->at - from : 1, "%s", fault.text);
    buf_clear(&pattern);
    return NULL;
  }
  struct node *node = make(NODE_TERM);
  node->term = term;
  node->rank = term->rank;
  node->regex = regex;
  node->pattern_n = pattern.n;
  node->pattern = mem_dup_n(buf_text(&pattern), pattern.n);
  buf_clear(&pattern);
  return node;
}

/* "404", "4xx", "500-503" */
static bool read_status(struct slice word, int *low, int *high) {
  uint64_t from, to;
  if (word.n == 3 && word.p[0] >= '1' && word.p[0] <= '9' && slice_eq_ascii(slice_from(word, 1), SLICE("xx"))) {
    *low = (word.p[0] - '0') * 100;
    *high = *low + 99;
    return true;
  }
  ptrdiff_t dash = slice_find_byte(word, '-');
  struct slice left = dash < 0 ? word : slice_sub(word, 0, (size_t)dash);
  struct slice right = dash < 0 ? word : slice_from(word, (size_t)dash + 1);
  if (!slice_to_u64(left, &from) || !slice_to_u64(right, &to) || from > 99999 || to > 99999 || from > to)
    return false;
  *low = (int)from;
  *high = (int)to;
  return true;
}

static struct node *take_status(struct parser *p, const struct term *term) {
  size_t from = p->at;
  struct slice word = take_word(p);
  int low, high;
  if (!read_status(word, &low, &high)) {
    err_set_at(p->err, from, word.n, "~c wants a status after it: ~c 404, ~c 4xx or ~c 500-503");
    return NULL;
  }
  struct node *node = make(NODE_TERM);
  node->term = term;
  node->rank = term->rank;
  node->low = low;
  node->high = high;
  return node;
}

/* ---- grammar ---- */

static struct node *take_plain(const struct term *term) {
  struct node *node = make(NODE_TERM);
  node->term = term;
  node->rank = term->rank;
  return node;
}

static struct node *fail_argument(struct parser *p, struct slice name, size_t from) {
  if (peek(p) == '(')
    err_set_at(p->err, p->at, 1, "~%.*s wants a pattern after it: put one with brackets in quotes, ~%.*s \"(a|b)\"",
               (int)name.n, name.p, (int)name.n, name.p);
  else
    err_set_at(p->err, from, p->at - from, "~%.*s wants a pattern after it: ~%.*s text", (int)name.n, name.p,
               (int)name.n, name.p);
  return NULL;
}

static struct node *parse_operator(struct parser *p) {
  size_t from = p->at++;
  struct slice name = take_word(p);
  const struct term *term = term_find(name);
  if (!term) {
    struct slice shown = slice_sub(name, 0, 20);
    err_set_at(p->err, from, name.n + 1,
               "~%.*s is no operator: there are ~u ~d ~m ~c ~h ~b ~t ~s ~q ~e and more (help)", (int)shown.n,
               shown.n ? shown.p : "");
    return NULL;
  }
  if (term->argument == TERM_PLAIN)
    return take_plain(term);
  size_t end = p->at;
  skip_space(p);
  if (term->argument == TERM_STATUS)
    return take_status(p, term);
  if (at_end(p) || (ends_word(peek(p)) && peek(p) != '"' && peek(p) != '\'')) {
    if (at_end(p))
      p->at = end;
    return fail_argument(p, name, from);
  }
  return take_pattern(p, term);
}

static struct node *parse_group(struct parser *p) {
  size_t from = p->at++;
  if (++p->depth > DEPTH_MAX) {
    err_set_at(p->err, from, 1, "brackets go deeper than %d", DEPTH_MAX);
    return NULL;
  }
  struct node *inside = parse_or(p);
  if (!inside)
    return NULL;
  if (peek(p) != ')') {
    err_set_at(p->err, from, 1, "this ( is never closed");
    tree_free(inside);
    return NULL;
  }
  p->at++;
  p->depth--;
  return inside;
}

static struct node *parse_atom(struct parser *p) {
  switch (peek(p)) {
  case '(':
    return parse_group(p);
  case '~':
    return parse_operator(p);
  case ')':
    err_set_at(p->err, p->at, 1, p->depth ? "a term is missing before this )" : "nothing opened this )");
    return NULL;
  case '&':
  case '|':
    err_set_at(p->err, p->at, 1, "a term is missing before this %c", peek(p));
    return NULL;
  default: {
    bool naked = peek(p) != '"' && peek(p) != '\'';
    struct node *node = take_pattern(p, term_of_words());
    if (node)
      node->naked = naked;
    return node;
  }
  }
}

static struct node *parse_not(struct parser *p) {
  bool negated = false;
  skip_space(p);
  size_t last = p->at ? p->at - 1 : 0;
  while (peek(p) == '!') {
    negated = !negated;
    last = p->at++;
    skip_space(p);
  }
  if (at_end(p)) {
    while (last && is_space(p->text.p[last]))
      last--;
    err_set_at(p->err, last, 1, "a term is missing at the end");
    return NULL;
  }
  struct node *atom = parse_atom(p);
  if (!atom || !negated)
    return atom;
  struct node *node = make(NODE_NOT);
  adopt(node, atom);
  return node;
}

static struct node *parse_and(struct parser *p) {
  struct node *left = parse_not(p);
  bool fresh = true;
  while (left) {
    skip_space(p);
    if (at_end(p) || peek(p) == '|' || peek(p) == ')')
      return left;
    if (peek(p) == '&')
      p->at++;
    struct node *right = parse_not(p);
    if (!right) {
      tree_free(left);
      return NULL;
    }
    left = join(left, right, NODE_AND, fresh);
    fresh = false;
  }
  return left;
}

static struct node *parse_or(struct parser *p) {
  struct node *left = parse_and(p);
  bool fresh = true;
  while (left && peek(p) == '|') {
    p->at++;
    struct node *right = parse_and(p);
    if (!right) {
      tree_free(left);
      return NULL;
    }
    left = join(left, right, NODE_OR, fresh);
    fresh = false;
  }
  return left;
}

bool tree_parse(struct slice text, struct node **root, struct err *err) {
  struct parser p = {.text = text, .err = err};
  *root = NULL;
  if (text.n > TEXT_MAX)
    return err_set_at(err, TEXT_MAX, 0, "a filter of more than %d bytes is too long", TEXT_MAX);
  ptrdiff_t nul = slice_find_byte(text, 0);
  if (nul >= 0)
    return err_set_at(err, (size_t)nul, 1, "a filter cannot hold a NUL byte");
  skip_space(&p);
  if (at_end(&p))
    return true;
  struct node *made = parse_or(&p);
  if (!made)
    return false;
  if (!at_end(&p)) { /* only a ) stops parse_or() early */
    tree_free(made);
    return err_set_at(err, p.at, 1, "nothing opened this )");
  }
  *root = made;
  return true;
}
