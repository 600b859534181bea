/*
 *   or    = and { ( " | " | "||" | "or" ) and }
 *   and   = not { [ "&" | "&&" | "and" ] not }
 *   not   = { "!" | "-" | "not" } tight
 *   tight = term { "|" [ "!" | "-" ] term }                  with nothing before and behind the |
 *   term  = "(" or ")" | "~"name [ argument ] | word | quoted
 *   word  = a run of bytes other than white space ( ) ' " |  and other than an operator's ~name
 *   quoted: \ takes the next byte as it is
 *
 * What a word means: word.c. In a text with an operator of mitmproxy's a word that is no form of weir's own is its
 * naked regular expression, | & ! and - in it are the pattern's, and so is quoted text.
 */
#include <stdlib.h>
#include <string.h>

#include "parser.h"
#include "weir/base/mem.h"
#include "weir/base/nearest.h"

#define TEXT_MAX  4096
#define DEPTH_MAX 64

static struct node *parse_or(struct parser *p);

/* ---- letters ---- */

bool parser_is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
bool parser_at_end(const struct parser *p) {
  return p->at >= p->text.n;
}
char parser_peek(const struct parser *p) {
  return parser_at_end(p) ? 0 : p->text.p[p->at];
}
struct slice parser_rest(const struct parser *p) {
  return slice_from(p->text, p->at);
}

static void skip_space(struct parser *p) {
  while (!parser_at_end(p) && parser_is_space(parser_peek(p)))
    p->at++;
}

static bool is_quote(char c) {
  return c == '"' || c == '\'';
}

static struct slice operator_name(struct slice text, size_t at) {
  size_t n = at + 1;
  while (n < text.n && !parser_is_space(text.p[n]) && !strchr("()~'\"", text.p[n]))
    n++;
  return slice_sub(text, at + 1, n - at - 1);
}

/* A ~ within a word is a letter ("/~ann") unless an operator begins there. */
bool parser_ends_word(const struct parser *p, size_t at) {
  char c = p->text.p[at];
  return parser_is_space(c) || strchr("()'\"", c) || (c == '~' && term_find(operator_name(p->text, at)));
}

/* A whole word as mitmproxy takes it. */
static struct slice take_word(struct parser *p) {
  size_t from = p->at;
  while (!parser_at_end(p) && !parser_ends_word(p, p->at))
    p->at++;
  return slice_sub(p->text, from, p->at - from);
}

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

bool parser_take_quoted(struct parser *p, struct buf *out) {
  size_t from = p->at;
  char quote = p->text.p[p->at++];
  while (!parser_at_end(p) && parser_peek(p) != quote) {
    char c = p->text.p[p->at++];
    if (c == '\\' && !parser_at_end(p))
      c = unescaped(p->text.p[p->at++]);
    buf_add_byte(out, c);
  }
  if (parser_at_end(p))
    return err_set_at(p->err, from, p->text.n - from, "the closing %c is missing", quote);
  p->at++;
  return true;
}

bool tree_speaks_mitmproxy(struct slice text) {
  struct parser p = {.text = text};
  bool fresh = true;
  struct buf ignored = BUF_INIT;
  while (!parser_at_end(&p)) {
    char c = parser_peek(&p);
    if (c == '~' && term_find(operator_name(text, p.at)))
      break;
    if (is_quote(c))
      parser_take_quoted(&p, &ignored);
    else if (fresh && slice_starts(parser_rest(&p), SLICE("re:/")))
      for (p.at += 4; !parser_at_end(&p) && parser_peek(&p) != '/'; p.at++)
        p.at += parser_peek(&p) == '\\';
    else
      p.at++;
    fresh = parser_is_space(c) || strchr("(|!-:", c);
  }
  buf_clear(&ignored);
  return p.at < text.n;
}

/* ---- nodes ---- */

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

static struct node *make(enum node_kind kind, size_t at) {
  struct node *node = mem_zero(1, sizeof *node);
  node->kind = kind;
  node->at = node->from = at;
  return node;
}

static struct node *join(struct node *left, struct node *right, enum node_kind kind, bool fresh) {
  struct node *parent = left;
  size_t end = right->to;
  if (fresh) {
    parent = make(kind, left->from);
    adopt(parent, left);
  }
  adopt(parent, right);
  parent->end = parent->to = end;
  return parent;
}

static struct node *negate(struct node *inside, size_t at) {
  struct node *node = make(NODE_NOT, at);
  node->end = node->to = inside->to;
  adopt(node, inside);
  return node;
}

struct node *parser_term(struct parser *p, const struct term *term, size_t from) {
  struct node *node = make(NODE_TERM, from);
  node->term = term;
  node->rank = term->rank;
  node->end = p->at;
  if (term->bodies)
    node->slot = p->slots++;
  return node;
}

/* ---- mitmproxy's operators and naked words ---- */

static struct node *take_pattern(struct parser *p, const struct term *term, size_t begin) {
  struct buf pattern = BUF_INIT;
  struct err fault = ERR_INIT;
  size_t from = p->at;
  bool quoted = is_quote(parser_peek(p));
  struct node *node = NULL;
  if (quoted) {
    if (!parser_take_quoted(p, &pattern))
      goto out;
  } else {
    buf_add_slice(&pattern, take_word(p));
  }
  node = parser_term(p, term, begin);
  if (!node_set_pattern(node, SHAPE_REGEX, buf_slice(&pattern), 0, &fault)) {
    /* Escapes move the bytes of quoted text, so there the whole of it is pointed at. */
    size_t at = quoted || fault.at >= p->at - from ? from : from + fault.at;
    err_set_at(p->err, at, quoted || at == from ? p->at - from : 1, "%s", fault.text);
    tree_free(node);
    node = NULL;
  }
out:
  buf_clear(&pattern);
  return node;
}

static struct node *take_status(struct parser *p, const struct term *term, size_t begin) {
  size_t from = p->at;
  struct slice word = take_word(p);
  struct node *node = parser_term(p, term, begin);
  if (number_range(field_find(SLICE("status")), COMPARE_HAS, word, &node->low, &node->high, NULL))
    return node;
  tree_free(node);
  err_set_at(p->err, from, word.n, "~c wants a status after it: ~c 404, ~c 4xx or ~c 500-503");
  return NULL;
}

static struct node *fail_argument(struct parser *p, struct slice name, size_t from) {
  if (parser_peek(p) == '(')
    err_set_at(p->err, p->at, 1, "~%.*s wants a pattern after it: put one with brackets in quotes, ~%.*s \"(a|b)\"",
               (int)name.n, name.p, (int)name.n, name.p);
  else
    err_set_at(p->err, from, p->at - from, "~%.*s wants a pattern after it: ~%.*s text", (int)name.n, name.p,
               (int)name.n, name.p);
  return NULL;
}

static struct node *fail_operator(struct parser *p, struct slice name, size_t from) {
  struct slice shown = slice_sub(name, 0, 20);
  const struct term *term;
  struct nearest nearest;
  nearest_init(&nearest, name);
  for (size_t i = 0; name.n && (term = term_nth(i)) != NULL; i++)
    nearest_offer(&nearest, term->name);
  if (nearest.name)
    err_set_at(p->err, from, name.n + 1, "~%.*s is no operator; did you mean ~%s?", (int)shown.n, shown.p,
               nearest.name);
  else
    err_set_at(p->err, from, name.n + 1,
               "~%.*s is no operator: there are ~u ~d ~m ~c ~h ~b ~t ~s ~q ~e and more (help)", (int)shown.n,
               shown.n ? shown.p : "");
  return NULL;
}

static struct node *parse_operator(struct parser *p) {
  size_t from = p->at;
  struct slice name = operator_name(p->text, from);
  const struct term *term = term_find(name);
  p->at += name.n + 1;
  if (!term)
    return fail_operator(p, name, from);
  if (term->argument == TERM_PLAIN)
    return parser_term(p, term, from);
  size_t end = p->at;
  skip_space(p);
  if (term->argument == TERM_STATUS)
    return take_status(p, term, from);
  if (parser_at_end(p) || (parser_ends_word(p, p->at) && !is_quote(parser_peek(p)))) {
    if (parser_at_end(p))
      p->at = end;
    return fail_argument(p, name, from);
  }
  return take_pattern(p, term, from);
}

static struct node *parse_naked(struct parser *p) {
  bool naked = !is_quote(parser_peek(p));
  struct node *node = take_pattern(p, term_of_words(), p->at);
  if (node)
    node->naked = naked;
  return node;
}

/* ---- grammar ---- */

static struct node *parse_group(struct parser *p) {
  size_t from = p->at++;
  if (++p->depth > DEPTH_MAX) {
    err_set_at(p->err, from, 1, "brackets go deeper than %d", DEPTH_MAX);
    return NULL;
  }
  struct node *inside = parse_or(p);
  if (!inside)
    return NULL;
  if (parser_peek(p) != ')') {
    err_set_at(p->err, from, 1, "this ( is never closed");
    tree_free(inside);
    return NULL;
  }
  p->at++;
  p->depth--;
  inside->from = from;
  inside->to = p->at;
  return inside;
}

static bool naked_here(const struct parser *p) {
  struct parser ahead = *p;
  return p->mitmproxy && !word_is_own_form(take_word(&ahead));
}

static struct node *fail_end(struct parser *p, size_t last) {
  while (last && parser_is_space(p->text.p[last]))
    last--;
  err_set_at(p->err, last, 1, "a term is missing at the end");
  return NULL;
}

static struct node *parse_any_term(struct parser *p, struct asked *asked) {
  char c = parser_peek(p);
  if (parser_at_end(p) || parser_is_space(c))
    return fail_end(p, p->at ? p->at - 1 : 0);
  switch (c) {
  case '(':
    return parse_group(p);
  case ')':
    err_set_at(p->err, p->at, 1, p->depth ? "a term is missing before this )" : "nothing opened this )");
    return NULL;
  case '&':
  case '|':
    err_set_at(p->err, p->at, 1, "a term is missing before this %c", c);
    return NULL;
  case '~':
    return parse_operator(p);
  case '"':
  case '\'':
    return p->mitmproxy && !asked->set ? parse_naked(p) : word_quoted(p, asked);
  default:
    return !asked->set && naked_here(p) ? parse_naked(p) : word_parse(p, asked);
  }
}

static struct node *parse_term(struct parser *p, struct asked *asked) {
  size_t from = p->at;
  bool group = parser_peek(p) == '(';
  struct node *node = parse_any_term(p, asked);
  if (!node || group)
    return node;
  node->at = node->from = from;
  node->end = node->to = p->at;
  return node;
}

/* ! or - in front of a term. */
static bool is_not(const struct parser *p) {
  struct parser ahead = *p;
  char c = parser_peek(p);
  if (c != '-')
    return c == '!';
  ahead.at++;
  return !parser_at_end(&ahead) && !parser_is_space(parser_peek(&ahead)) && !naked_here(&ahead);
}

static bool is_tight(const struct parser *p) {
  struct slice rest = parser_rest(p);
  return rest.n > 1 && *rest.p == '|' && rest.p[1] != '|' && !parser_is_space(rest.p[1]) && p->at &&
         !parser_is_space(p->text.p[p->at - 1]);
}

static struct node *parse_tight(struct parser *p) {
  struct asked asked = {0};
  char first = parser_peek(p);
  struct node *left = parse_term(p, &asked);
  bool fresh = true, own = !p->mitmproxy || !(strchr("(~'\"", first) || (left && left->naked));
  while (left && own && is_tight(p)) {
    size_t from = ++p->at;
    bool negated = is_not(p);
    p->at += negated;
    struct node *right = parse_term(p, &asked);
    if (!right) {
      tree_free(left);
      return NULL;
    }
    left = join(left, negated ? negate(right, from) : right, NODE_OR, fresh);
    fresh = false;
  }
  return left;
}

/* The word stands here by itself. */
static size_t take_if(const struct parser *p, const char *word) {
  struct slice rest = parser_rest(p);
  size_t n = strlen(word);
  bool same = rest.n >= n && slice_eq_ascii(slice_sub(rest, 0, n), slice_of(word));
  return same && (rest.n == n || parser_is_space(rest.p[n]) || rest.p[n] == '(') ? n : 0;
}

static struct node *parse_not(struct parser *p) {
  bool negated = false;
  skip_space(p);
  size_t from = p->at, last = p->at ? p->at - 1 : 0, n;
  while ((n = is_not(p) ? 1 : take_if(p, "not")) != 0) {
    if (n > 1 && n == p->text.n) /* the word alone is a word */
      break;
    negated = !negated;
    last = p->at + n - 1;
    p->at += n;
    skip_space(p);
  }
  if (parser_at_end(p))
    return fail_end(p, last);
  struct node *node = parse_tight(p);
  return node && negated ? negate(node, from) : node;
}

static bool at_or(const struct parser *p) {
  return parser_peek(p) == '|' || take_if(p, "or");
}

static void take_and(struct parser *p) {
  size_t n = parser_peek(p) == '&' ? 1 : take_if(p, "and");
  p->at += n;
  p->at += n == 1 && parser_peek(p) == '&';
}

static struct node *parse_and(struct parser *p) {
  struct node *left = parse_not(p);
  bool fresh = true;
  while (left) {
    skip_space(p);
    if (parser_at_end(p) || at_or(p) || parser_peek(p) == ')')
      return left;
    take_and(p);
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
  while (left && at_or(p)) {
    size_t n = parser_peek(p) == '|' ? 1 : 2;
    p->at += n;
    p->at += n == 1 && parser_peek(p) == '|';
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

bool tree_parse(struct slice text, struct node **root, unsigned *slots, struct err *err) {
  struct parser p = {.text = text, .err = err};
  *root = NULL;
  *slots = 0;
  if (text.n > TEXT_MAX)
    return err_set_at(err, TEXT_MAX, 0, "a filter of more than %d bytes is too long", TEXT_MAX);
  ptrdiff_t nul = slice_find_byte(text, 0);
  if (nul >= 0)
    return err_set_at(err, (size_t)nul, 1, "a filter cannot hold a NUL byte");
  p.mitmproxy = tree_speaks_mitmproxy(text);
  skip_space(&p);
  if (parser_at_end(&p))
    return true;
  struct node *made = parse_or(&p);
  if (!made)
    return false;
  if (!parser_at_end(&p)) { /* only a ) stops parse_or() early */
    tree_free(made);
    return err_set_at(err, p.at, 1, "nothing opened this )");
  }
  *root = made;
  *slots = p.slots;
  return true;
}
