/* What a word means: a method, a status, a comparison, a state, a field with its value, a part of the URL. */
#include <string.h>

#include "parser.h"
#include "weir/base/mem.h"
#include "weir/base/nearest.h"

/* ---- methods ---- */

static const char *const methods[] = {
    "GET",  "POST", "PUT",    "DELETE", "PATCH",     "HEAD",   "OPTIONS", "CONNECT", "TRACE", "PROPFIND", "COPY",
    "MOVE", "LOCK", "UNLOCK", "MKCOL",  "PROPPATCH", "REPORT", "SEARCH",  "PURGE",   "QUERY", "LINK",     "UNLINK"};

const char *word_method_nth(size_t i) {
  return i < sizeof methods / sizeof *methods ? methods[i] : NULL;
}

const struct term *word_method(struct slice word) {
  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
    if (slice_eq(word, slice_of(methods[i])))
      return subject_term(SUBJECT_METHOD);
  return NULL;
}

/* ---- fields ---- */

static const struct {
  const char *name;
  enum subject subject;
} subjects[] = {
    {"path", SUBJECT_PATH},           {"url", SUBJECT_URL},
    {"method", SUBJECT_METHOD},       {"header", SUBJECT_HEADER},
    {"req.header", SUBJECT_HEADER_Q}, {"resp.header", SUBJECT_HEADER_S},
    {"cookie", SUBJECT_COOKIE},       {"body", SUBJECT_BODY},
    {"req.body", SUBJECT_BODY_Q},     {"resp.body", SUBJECT_BODY_S},
    {"json", SUBJECT_JSON},           {"req.json", SUBJECT_JSON_Q},
    {"resp.json", SUBJECT_JSON_S},    {"is", SUBJECT_STATE},
};

static bool find_subject(struct slice name, struct asked *asked) {
  asked->field = field_find(name);
  for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++)
    if (slice_eq(name, slice_of(subjects[i].name))) {
      asked->subject = subjects[i].subject;
      return true;
    }
  if (!asked->field)
    return false;
  asked->subject = asked->field->type == FIELD_TEXT ? SUBJECT_TEXT : SUBJECT_NUMBER;
  return true;
}

static size_t name_length(struct slice text) {
  size_t n = 0;
  while (n < text.n && ((text.p[n] >= 'a' && text.p[n] <= 'z') || (n && (text.p[n] == '.' || text.p[n] == '_'))))
    n++;
  return n;
}

size_t word_label(struct slice text, struct asked *asked) {
  size_t n = name_length(text);
  struct asked found = {.set = true, .label = slice_sub(text, 0, n)};
  struct slice rest = slice_from(text, n);
  if (!n || !rest.n || !find_subject(found.label, &found))
    return 0;
  size_t sign = value_compare(rest, &found.compare);
  if (*rest.p == ':') {
    struct slice behind = slice_from(rest, 1);
    found.compare = COMPARE_HAS;
    sign = 1;
    if (found.subject != SUBJECT_JSON && found.subject != SUBJECT_JSON_Q && found.subject != SUBJECT_JSON_S)
      sign += value_compare(behind, &found.compare); /* "size:>1M" */
  }
  if (sign)
    *asked = found;
  return sign ? n + sign : 0;
}

/* What fields are called elsewhere. */
static const char *other_name(struct slice name) {
  static const char *const names[][2] = {{"query", "path"},
                                         {"contenttype", "type"},
                                         {"content-type", "type"},
                                         {"mime", "type"},
                                         {"ip", "client"},
                                         {"response.header", "resp.header"},
                                         {"request.body", "req.body"},
                                         {"request.header", "req.header"},
                                         {"response.body", "resp.body"},
                                         {"domain", "host"},
                                         {"code", "status"},
                                         {"verb", "method"}};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (slice_eq_ascii(name, slice_of(names[i][0])))
      return names[i][1];
  return NULL;
}

static size_t word_length(struct slice text) {
  size_t n = 0;
  while (n < text.n && ((text.p[n] | 0x20) >= 'a' && (text.p[n] | 0x20) <= 'z' ? true : n && strchr("._-", text.p[n])))
    n++;
  return n;
}

/* "stauts:404", "query:x": neither a host with its port nor a scheme looks so. */
static bool fail_unknown_field(struct parser *p, struct slice word) {
  size_t n = word_length(word);
  struct slice rest = slice_from(word, n);
  if (!n || rest.n < 2 || *rest.p != ':' || (rest.p[1] >= '0' && rest.p[1] <= '9') || rest.p[1] == '/')
    return false;
  struct slice name = slice_sub(word, 0, n);
  const char *meant = other_name(name);
  struct filter_word known;
  struct nearest nearest;
  nearest_init(&nearest, name);
  for (size_t i = 0; n >= 3 && !meant && filter_word(FILTER_FIELD, i, &known); i++)
    nearest_offer(&nearest, known.name);
  meant = meant ? meant : nearest.name;
  err_set_at(p->err, p->at, n, "there is no field %.*s%s%s%s  \"%.*s\" in quotes is text", (int)n, word.p,
             meant ? "; did you mean " : "", meant ? meant : "", meant ? ":?" : ".", (int)(word.n < 20 ? word.n : 20),
             word.p);
  return true;
}

/* ---- the forms ---- */

static bool is_status(struct slice word) {
  const char *field = number_measures(word);
  return field && strcmp(field, "status") == 0;
}

/* "500-503" */
static bool is_status_range(struct slice word) {
  return word.n == 7 && word.p[3] == '-' && is_status(slice_sub(word, 0, 3)) && is_status(slice_from(word, 4));
}

/* "200,404": a list as other languages have it. */
static bool fail_list(struct parser *p, struct slice word) {
  struct slice rest = word, one;
  struct buf list = BUF_INIT;
  bool all = slice_find_byte(word, ',') > 0;
  while (all && slice_split(&rest, ',', &one)) {
    all = is_status(one) || is_status_range(one);
    if (list.n)
      buf_add_byte(&list, '|');
    buf_add_slice(&list, one);
  }
  if (all)
    err_set_at(p->err, p->at, word.n, "one of several is written %.60s; \"%.*s\" in quotes is text", buf_text(&list),
               (int)(word.n < 60 ? word.n : 60), word.p);
  buf_clear(&list);
  return all;
}

static bool is_class(struct slice word) {
  return is_status(word) && (word.p[1] | 0x20) == 'x';
}

/* The first of its alternatives tells. */
bool word_is_own_form(struct slice word) {
  struct asked ignored;
  if (word.n && (*word.p == '-' || *word.p == '!'))
    word = slice_from(word, 1);
  ptrdiff_t bar = slice_find_byte(word, '|');
  struct slice first = bar < 0 ? word : slice_sub(word, 0, (size_t)bar);
  return first.n && (is_class(first) || *first.p == '<' || *first.p == '>' || slice_starts(first, SLICE("re:/")) ||
                     word_label(first, &ignored));
}

static struct node *number_word(struct parser *p, const char *field, enum compare compare, size_t from,
                                struct slice text) {
  struct node *node = parser_term(p, subject_term(SUBJECT_NUMBER), from);
  node->field = field_find(slice_of(field));
  if (number_range(node->field, compare, text, &node->low, &node->high, NULL))
    return node;
  struct err fault = ERR_INIT;
  if (number_reversed(node->field, text, &fault))
    err_set_at(p->err, from, p->at - from, "%s", fault.text);
  else
    err_set_at(p->err, from, p->at - from, "%.*s is too large a number", (int)(text.n < 30 ? text.n : 30), text.p);
  tree_free(node);
  return NULL;
}

/* ">1s" */
static struct node *parse_comparison(struct parser *p) {
  size_t from = p->at;
  enum compare compare;
  p->at += value_compare(parser_rest(p), &compare);
  struct slice word = value_word(p);
  p->at += word.n;
  const char *field = number_measures(word);
  if (field)
    return number_word(p, field, compare, from, word);
  char sign = p->text.p[from];
  err_set_at(p->err, from, p->at - from, "behind %c stands a duration, a size or a status: %c1s, %c100k, %c=400", sign,
             sign, sign, sign);
  return NULL;
}

static bool all_digits(struct slice word) {
  uint64_t n;
  return slice_to_u64(word, &n);
}

/* Which part of the URL a word is looked for in. */
static enum subject part_of_url(struct slice word) {
  size_t anchor = word.n && *word.p == '^';
  struct slice bare = slice_from(word, anchor);
  if (slice_find(word, SLICE("://")) >= 0)
    return SUBJECT_URL;
  if (bare.n && (*bare.p == '/' || *bare.p == '?' || (*bare.p == '.' && !anchor && bare.n > 1 && bare.p[1] != '*')))
    return SUBJECT_PATH;
  if (slice_find_byte(word, '/') >= 0)
    return SUBJECT_ADDRESS;
  return slice_find_byte(word, ':') >= 0 || all_digits(word) ? SUBJECT_AUTHORITY : SUBJECT_WORD;
}

static struct node *pattern_word(struct parser *p, enum subject subject, enum node_shape shape, size_t from,
                                 struct slice text) {
  struct node *node = parser_term(p, subject_term(subject), from);
  struct err fault = ERR_INIT;
  if (node_set_pattern(node, shape, text, 0, &fault))
    return node;
  err_set_at(p->err, from, p->at - from, "%s", fault.text);
  tree_free(node);
  return NULL;
}

static struct node *plain_word(struct parser *p) {
  size_t from = p->at;
  struct slice word = value_word(p);
  const struct term *state = state_find(word);
  if (fail_unknown_field(p, word) || fail_list(p, word))
    return NULL;
  p->at += word.n;
  if (is_status(word) || is_status_range(word))
    return number_word(p, "status", COMPARE_HAS, from, word);
  if (word.n > 1 && *word.p == '#' && all_digits(slice_from(word, 1)))
    return number_word(p, "id", COMPARE_HAS, from, slice_from(word, 1));
  if (word_method(word))
    return pattern_word(p, SUBJECT_METHOD, SHAPE_EXACT, from, word);
  if (state)
    return parser_term(p, state, from);
  if (slice_eq(word, SLICE("*")))
    return parser_term(p, term_find(SLICE("all")), from);
  return pattern_word(p, part_of_url(word), SHAPE_SMART, from, word);
}

/* "is:paused" */
static struct node *state_word(struct parser *p, size_t from) {
  struct slice word = value_word(p);
  const struct term *state = state_find(word);
  size_t at = p->at;
  p->at += word.n;
  if (state)
    return parser_term(p, state, from);
  err_set_at(p->err, word.n ? at : from, p->at - (word.n ? at : from),
             "is: wants a word of state: is:paused, is:failed, is:replay (Tab lists them)");
  return NULL;
}

static struct node *anywhere_regex(struct parser *p) {
  struct asked asked = {.set = true, .subject = SUBJECT_ANYWHERE, .label = SLICE("re")};
  size_t from = p->at;
  if (parser_rest(p).n == 3) {
    err_set_at(p->err, from, 3, "a regular expression is missing: re:/^\\/api/");
    return NULL;
  }
  return value_parse(p, &asked, from);
}

struct node *word_parse(struct parser *p, struct asked *asked) {
  size_t from = p->at, label = word_label(parser_rest(p), asked);
  p->at += label;
  if (label || asked->set) {
    struct asked again = *asked;
    struct node *node = asked->subject == SUBJECT_STATE ? state_word(p, from) : value_parse(p, &again, from);
    *asked = again;
    return node;
  }
  if (slice_starts(parser_rest(p), SLICE("re:")))
    return anywhere_regex(p);
  char c = parser_peek(p);
  return c == '<' || c == '>' ? parse_comparison(p) : plain_word(p);
}

struct node *word_quoted(struct parser *p, const struct asked *asked) {
  struct asked anywhere = {.set = true, .subject = SUBJECT_ANYWHERE};
  struct buf text = BUF_INIT;
  size_t from = p->at;
  struct node *node = NULL;
  if (parser_take_quoted(p, &text))
    node = value_quoted(p, asked->set ? asked : &anywhere, from, buf_slice(&text));
  buf_clear(&text);
  return node;
}
