/* What stands behind "host:", "size>", "header:": the value, and the term that it makes. */
#include <string.h>

#include "parser.h"
#include "weir/base/mem.h"

size_t value_compare(struct slice text, enum compare *compare) {
  static const struct {
    const char *sign;
    enum compare compare;
  } signs[] = {{">=", COMPARE_AT_LEAST}, {"<=", COMPARE_AT_MOST}, {"!=", COMPARE_NOT}, {"==", COMPARE_IS},
               {">", COMPARE_MORE},      {"<", COMPARE_LESS},     {"=", COMPARE_IS}};
  for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
    if (slice_starts(text, slice_of(signs[i].sign))) {
      *compare = signs[i].compare;
      return strlen(signs[i].sign);
    }
  return 0;
}

struct slice value_word(const struct parser *p) {
  size_t at = p->at;
  while (at < p->text.n && p->text.p[at] != '|' && !parser_ends_word(p, at))
    at++;
  return slice_sub(p->text, p->at, at - p->at);
}

/* ---- patterns ---- */

static struct node *negated(struct node *inside) {
  struct node *node = mem_zero(1, sizeof *node);
  node->kind = NODE_NOT;
  node->rank = inside->rank;
  node->at = inside->at;
  node->end = inside->end;
  node->child = inside;
  return node;
}

/* An exact path without a query means it whatever the query; an address without a port likewise. */
static char trim_of(const struct asked *asked, enum node_shape shape, struct slice value) {
  if (shape != SHAPE_EXACT)
    return 0;
  if (asked->subject == SUBJECT_PATH)
    return slice_find_byte(value, '?') < 0 ? '?' : 0;
  if (asked->subject != SUBJECT_TEXT ||
      (strcmp(asked->field->name, "client") != 0 && strcmp(asked->field->name, "server") != 0))
    return 0;
  ptrdiff_t colon = slice_find_byte(value, ':');
  bool ipv6 = colon >= 0 && slice_find_byte(slice_from(value, (size_t)colon + 1), ':') >= 0;
  return colon < 0 || (ipv6 && value.p[value.n - 1] == ']') ? ':' : 0;
}

/* "host=127.0.0.1:8080", "host:shop:8080", "host=[::1]:8080": on one machine the port tells services apart. */
static bool has_port(const struct asked *asked, struct slice value) {
  size_t digits = 0;
  while (digits < value.n && value.p[value.n - digits - 1] >= '0' && value.p[value.n - digits - 1] <= '9')
    digits++;
  struct slice host = slice_sub(value, 0, value.n - digits);
  if (asked->subject != SUBJECT_TEXT || strcmp(asked->field->name, "host") != 0 || digits == 0 || digits > 5 ||
      host.n < 2 || host.p[host.n - 1] != ':')
    return false;
  host.n--;
  return slice_find_byte(host, ':') < 0 || host.p[host.n - 1] == ']';
}

/* "re:/.../i" at the front: what stands between the slashes, its flags, how long it all is. */
static size_t read_regex(struct slice text, struct slice *inside, unsigned *flags) {
  size_t at = 4;
  *flags = 0;
  if (!slice_starts(text, SLICE("re:/")))
    return 0;
  while (at < text.n && text.p[at] != '/')
    at += text.p[at] == '\\' ? 2 : 1;
  if (at >= text.n)
    return 0;
  *inside = slice_sub(text, 4, at - 4);
  for (at++; at < text.n && strchr("ims", text.p[at]) && text.p[at]; at++)
    *flags |= text.p[at] == 'm' ? REGEX_LINES : text.p[at] == 's' ? REGEX_DOT_ALL : 0u;
  return at;
}

static struct node *fill_node(struct parser *p, const struct asked *asked, size_t from) {
  struct node *node = parser_term(p, subject_term(asked->subject), from);
  node->field = asked->field;
  if (asked->named)
    node->name = mem_dup_n(asked->name.p, asked->name.n);
  return node;
}

/* `start` is where the value stands in the text, for errors. */
static struct node *pattern_node(struct parser *p, const struct asked *asked, size_t from, enum node_shape shape,
                                 struct slice pattern, unsigned flags, size_t start) {
  struct err fault = ERR_INIT;
  struct node *node = fill_node(p, asked, from);
  if (shape == SHAPE_EXACT || (shape == SHAPE_LITERAL && asked->compare != COMPARE_HAS))
    node->trim = trim_of(asked, SHAPE_EXACT, pattern);
  node->port = shape != SHAPE_REGEX && has_port(asked, pattern);
  if (asked->compare != COMPARE_HAS && shape == SHAPE_LITERAL && !asked->named)
    flags |= REGEX_WHOLE;
  if (!node_set_pattern(node, shape, pattern, flags, &fault)) {
    size_t at = start + fault.at < p->at ? start + fault.at : start;
    err_set_at(p->err, at, 1, "%s", fault.text);
    tree_free(node);
    return NULL;
  }
  return asked->compare == COMPARE_NOT ? negated(node) : node;
}

static struct node *fail_compare(struct parser *p, const struct asked *asked, size_t from) {
  int n = (int)asked->label.n;
  const char *label = asked->label.p;
  err_set_at(p->err, from, p->at - from, "%.*s is text, no number: %.*s:part or %.*s=all", n, label, n, label, n,
             label);
  return NULL;
}

static struct node *fail_empty(struct parser *p, const struct asked *asked, size_t from) {
  int n = (int)asked->label.n;
  const char *label = asked->label.p;
  bool bracket = parser_peek(p) == '(';
  if (bracket)
    err_set_at(p->err, p->at, 1, "a value goes without brackets: %.*s:a|b, or %.*s:\"(a)\"", n, label, n, label);
  else
    err_set_at(p->err, from, p->at - from, "a value is missing: %.*s:text", n, label);
  return NULL;
}

static bool is_ordered(enum compare compare) {
  return compare != COMPARE_HAS && compare != COMPARE_IS && compare != COMPARE_NOT;
}

/* ---- numbers ---- */

static struct node *number_node(struct parser *p, const struct asked *asked, size_t from) {
  size_t start = p->at;
  struct slice word = value_word(p);
  enum compare compare = asked->compare, own;
  struct err fault = ERR_INIT;
  size_t sign = value_compare(word, &own);
  if (sign)
    compare = own;
  p->at += word.n;
  word = slice_from(word, sign);
  if (!word.n)
    return fail_empty(p, asked, from);
  struct node *node = fill_node(p, asked, from);
  if (!number_range(asked->field, compare, word, &node->low, &node->high, &fault)) {
    err_set_at(p->err, start + sign, word.n, "%s", fault.text);
    tree_free(node);
    return NULL;
  }
  return compare == COMPARE_NOT ? negated(node) : node;
}

/* ---- headers, cookies ---- */

static bool takes_name(const struct asked *asked) {
  return asked->subject == SUBJECT_HEADER || asked->subject == SUBJECT_HEADER_Q || asked->subject == SUBJECT_HEADER_S ||
         asked->subject == SUBJECT_COOKIE;
}

/* "x-id=" "x-id:" in front of the value. */
static void take_name(struct parser *p, struct asked *asked) {
  struct slice word = value_word(p), rest;
  size_t n = 0;
  while (n < word.n && word.p[n] != '=' && word.p[n] != ':')
    n++;
  rest = slice_from(word, n);
  if (!rest.n || (asked->subject == SUBJECT_COOKIE && *rest.p == ':') || !http_is_token(slice_sub(word, 0, n)))
    return;
  asked->named = true;
  asked->name = slice_sub(word, 0, n);
  p->at += n + 1;
  if (*rest.p == '=' && parser_peek(p) == '=')
    p->at++;
}

/* "header:x-id=": it is there, whatever its value. */
static struct node *named_node(struct parser *p, const struct asked *asked, size_t from) {
  return fill_node(p, asked, from);
}

/* ---- JSON ---- */

static void take_json_path(struct parser *p, struct asked *asked) {
  size_t from = p->at;
  char quote = 0;
  bool bracket = false;
  for (; !parser_at_end(p); p->at++) {
    char c = parser_peek(p);
    if (quote)
      quote = c == quote ? 0 : quote;
    else if (bracket && (c == '"' || c == '\''))
      quote = c;
    else if (c == '[' || c == ']')
      bracket = c == '[';
    else if (!bracket && (strchr("=<>!|", c) || parser_ends_word(p, p->at)))
      break;
  }
  asked->named = true;
  asked->name = slice_sub(p->text, from, p->at - from);
  asked->compare = COMPARE_HAS;
  p->at += value_compare(parser_rest(p), &asked->compare);
}

static struct node *json_node(struct parser *p, const struct asked *asked, size_t from, struct slice value) {
  static const char signs[] = {
      [COMPARE_HAS] = 0,    [COMPARE_IS] = '=',      [COMPARE_NOT] = '!',     [COMPARE_LESS] = '<',
      [COMPARE_MORE] = '>', [COMPARE_AT_MOST] = 'l', [COMPARE_AT_LEAST] = 'g'};
  struct err fault = ERR_INIT;
  struct node *node = fill_node(p, asked, from);
  node->json = json_path_new(asked->name, signs[asked->compare], value, &fault);
  node->shape = SHAPE_LITERAL;
  node->low = asked->compare;
  node->pattern = mem_dup_n(value.n ? value.p : "", value.n);
  node->pattern_n = value.n;
  if (node->json)
    return node;
  size_t at = (size_t)(asked->name.p - p->text.p) + fault.at;
  err_set_at(p->err, at < p->at ? at : from, at < p->at ? p->at - at : 1, "%s", fault.text);
  tree_free(node);
  return NULL;
}

static bool is_json(const struct asked *asked) {
  return asked->subject == SUBJECT_JSON || asked->subject == SUBJECT_JSON_Q || asked->subject == SUBJECT_JSON_S;
}

/* ---- all of them ---- */

struct node *value_quoted(struct parser *p, const struct asked *asked, size_t from, struct slice text) {
  if (is_json(asked))
    return json_node(p, asked, from, text);
  if (is_ordered(asked->compare))
    return fail_compare(p, asked, from);
  return pattern_node(p, asked, from, SHAPE_LITERAL, text, 0, from);
}

static struct node *take_quoted(struct parser *p, const struct asked *asked, size_t from) {
  struct buf text = BUF_INIT;
  struct node *node = parser_take_quoted(p, &text) ? value_quoted(p, asked, from, buf_slice(&text)) : NULL;
  buf_clear(&text);
  return node;
}

static struct node *plain_value(struct parser *p, const struct asked *asked, size_t from) {
  size_t start = p->at;
  struct slice inside, word = value_word(p);
  unsigned flags;
  size_t n = read_regex(parser_rest(p), &inside, &flags);
  if (n) {
    p->at += n;
    return pattern_node(p, asked, from, SHAPE_REGEX, inside, flags, start + 4);
  }
  p->at += word.n;
  if (is_json(asked))
    return json_node(p, asked, from, word);
  if (!word.n)
    return asked->named ? named_node(p, asked, from) : fail_empty(p, asked, from);
  if (slice_starts(word, SLICE("re:")))
    return pattern_node(p, asked, from, SHAPE_REGEX, slice_from(word, 3), 0, start + 3);
  bool exact = asked->compare != COMPARE_HAS && !takes_name(asked) && asked->subject != SUBJECT_TYPE;
  return pattern_node(p, asked, from, exact ? SHAPE_EXACT : SHAPE_SMART, word, 0, start);
}

struct node *value_parse(struct parser *p, struct asked *asked, size_t from) {
  if (asked->subject == SUBJECT_NUMBER)
    return number_node(p, asked, from);
  if (is_json(asked) && !asked->named)
    take_json_path(p, asked);
  else if (is_ordered(asked->compare) && !is_json(asked))
    return fail_compare(p, asked, from);
  if (takes_name(asked) && !asked->named && !slice_starts(parser_rest(p), SLICE("re:")))
    take_name(p, asked);
  if (asked->subject == SUBJECT_TEXT && strcmp(asked->field->name, "type") == 0 &&
      slice_find_byte(value_word(p), '/') >= 0 && !slice_starts(parser_rest(p), SLICE("re:")))
    asked->subject = SUBJECT_TYPE;
  if (parser_peek(p) == '"' || parser_peek(p) == '\'')
    return take_quoted(p, asked, from);
  return plain_value(p, asked, from);
}
