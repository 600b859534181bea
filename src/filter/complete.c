#include "weir/filter/complete.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parser.h"
#include "weir/base/vec.h"

#define FLOWS_MAX  3000 /* the latest ones */
#define VALUES_MAX 200
#define VALUE_N    100 /* longer ones nobody picks from a list */

/* ---- where one is ---- */

/* What is being typed, and what it is a value of. */
struct place {
  size_t from;
  bool operator_name; /* behind a ~ */
  bool quoted;        /* in quotes: nothing is known */
  bool value;         /* of `asked` */
  struct asked asked;
  enum filter_kind kind;
};

static bool is_delimiter(char c) {
  return parser_is_space(c) || c == '(' || c == ')';
}

/* Where the group of alternatives begins in which the end of the text is; false: within quotes. */
static bool find_group(struct slice before, size_t *group) {
  char quote = 0;
  *group = 0;
  for (size_t i = 0; i < before.n; i++) {
    char c = before.p[i];
    if (quote && c == '\\')
      i++;
    else if (quote)
      quote = c == quote ? 0 : quote;
    else if (c == '"' || c == '\'')
      quote = c;
    else if (is_delimiter(c))
      *group = i + 1;
  }
  return !quote;
}

static bool ask_field(struct place *p, const char *name) {
  char label[32];
  snprintf(label, sizeof label, "%s:", name);
  p->value = word_label(slice_of(label), &p->asked) > 0;
  return p->value;
}

/* "~m " in front of the word: its argument. */
static void look_before(struct slice before, size_t group, struct place *p) {
  static const char *const fields[][2] = {
      {"d", "host"}, {"m", "method"}, {"c", "status"}, {"t", "type"}, {"ts", "type"}};
  size_t end = group;
  while (end && parser_is_space(before.p[end - 1]))
    end--;
  size_t at = end;
  while (at && !is_delimiter(before.p[at - 1]) && before.p[at - 1] != '~')
    at--;
  struct slice name = slice_sub(before, at, end - at);
  const struct term *term = at && end < group && before.p[at - 1] == '~' ? term_find(name) : NULL;
  if (!term || term->argument == TERM_PLAIN)
    return;
  p->quoted = true; /* a pattern: nothing is known of it, but for these */
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
    if (slice_eq(name, slice_of(fields[i][0])))
      p->quoted = !ask_field(p, fields[i][1]);
}

static struct place find_place(struct slice before) {
  struct place p = {.from = before.n};
  size_t group;
  if (!find_group(before, &group)) {
    p.quoted = true;
    return p;
  }
  look_before(before, group, &p);
  while (group < before.n && (before.p[group] == '!' || before.p[group] == '-'))
    group++;
  p.from = group;
  for (size_t i = group; i < before.n; i++)
    if (before.p[i] == '|')
      p.from = i + 1 + (i + 1 < before.n && (before.p[i + 1] == '!' || before.p[i + 1] == '-'));
  struct asked own;
  size_t label = word_label(slice_from(before, p.from), &own);
  if (label || (!p.value && word_label(slice_from(before, group), &own))) {
    p.value = true;
    p.asked = own;
    p.from += label;
  }
  p.operator_name = p.from < before.n && before.p[p.from] == '~';
  return p;
}

size_t filter_complete_from(struct slice before) {
  return find_place(before).from;
}

/* ---- what there is in the store ---- */

struct value {
  char *text;
  size_t n, count;
};

struct values {
  VEC(struct value) v;
};

static void count_value(struct values *values, struct slice text) {
  if (!text.n || text.n > VALUE_N)
    return;
  for (size_t i = 0; i < values->v.n; i++)
    if (slice_eq(slice_make(values->v.v[i].text, values->v.v[i].n), text)) {
      values->v.v[i].count++;
      return;
    }
  if (values->v.n == VALUES_MAX)
    return;
  struct value value = {mem_dup_n(text.p, text.n), text.n, 1};
  VEC_PUSH(&values->v, value);
}

static void count_names(struct values *values, const struct http_head *head) {
  struct http_field field;
  uint32_t at = 0;
  while (head->raw && http_head_next(head, &at, &field))
    count_value(values, field.name);
}

static void count_cookies(struct values *values, struct slice lines) {
  struct slice line;
  while (slice_split(&lines, '\n', &line)) {
    ptrdiff_t equals = slice_find_byte(line, '=');
    count_value(values, equals < 0 ? line : slice_sub(line, 0, (size_t)equals));
  }
}

static void count_path(struct values *values, const struct flow *f) {
  struct slice path = flow_path(f);
  ptrdiff_t query = slice_find_byte(path, '?');
  count_value(values, query < 0 ? path : slice_sub(path, 0, (size_t)query));
}

/* An address without its port: a client has a new one each time. */
static struct slice without_port(struct slice address) {
  size_t n = address.n;
  while (n && address.p[n - 1] != ':')
    n--;
  return n ? slice_sub(address, 0, n - 1) : address;
}

static void count_flow(struct values *values, const struct flow *f, const struct asked *asked, struct buf *text) {
  int64_t number;
  buf_reset(text);
  switch (asked->subject) {
  case SUBJECT_HEADER:
  case SUBJECT_HEADER_Q:
  case SUBJECT_HEADER_S:
    if (asked->subject != SUBJECT_HEADER_S)
      count_names(values, flow_sent_head(&f->request));
    if (asked->subject != SUBJECT_HEADER_Q)
      count_names(values, flow_sent_head(&f->response));
    return;
  case SUBJECT_PATH:
    count_path(values, f);
    return;
  case SUBJECT_BODY:
  case SUBJECT_BODY_Q:
  case SUBJECT_BODY_S:
  case SUBJECT_JSON:
  case SUBJECT_JSON_Q:
  case SUBJECT_JSON_S:
    return;
  default:
    break;
  }
  if (!asked->field)
    return;
  if (asked->field->type == FIELD_NUMBER && asked->field->number(f, 0, &number)) {
    buf_printf(text, "%lld", (long long)number);
    count_value(values, buf_slice(text));
  } else if (asked->field->text && asked->field->text(f, text)) {
    bool address = strcmp(asked->field->name, "client") == 0 || strcmp(asked->field->name, "server") == 0;
    if (asked->subject == SUBJECT_COOKIE)
      count_cookies(values, buf_slice(text));
    else
      count_value(values, address ? without_port(buf_slice(text)) : buf_slice(text));
  }
}

static int by_count(const void *a, const void *b) {
  const struct value *x = a, *y = b;
  return x->count != y->count ? (x->count < y->count) - (x->count > y->count) : strcmp(x->text, y->text);
}

struct offering {
  struct slice typed;
  filter_offer_fn *offer;
  void *arg;
};

static void offer_one(const struct offering *o, struct slice text, const char *help, bool open) {
  o->offer(o->arg, text, help, open);
}

/* Such a value needs quotes to stand as it is. */
static bool stands_bare(struct slice value) {
  for (size_t i = 0; i < value.n; i++)
    if (is_delimiter(value.p[i]) || !value.p[i] || strchr("'\"|~", value.p[i]))
      return false;
  return true;
}

static void offer_seen(const struct offering *o, const struct store *store, const struct asked *asked, bool open) {
  struct values values = {{0}};
  struct buf text = BUF_INIT;
  size_t n = store_count(store);
  for (size_t i = n > FLOWS_MAX ? n - FLOWS_MAX : 0; i < n; i++)
    count_flow(&values, store_nth(store, i), asked, &text);
  buf_clear(&text);
  if (values.v.n > 1)
    qsort(values.v.v, values.v.n, sizeof *values.v.v, by_count);
  for (size_t i = 0; i < values.v.n; i++) {
    const struct value *value = &values.v.v[i];
    char help[40];
    struct slice bare = slice_make(value->text, value->n);
    snprintf(help, sizeof help, "%zu flow%s", value->count, value->count == 1 ? "" : "s");
    if (stands_bare(bare))
      offer_one(o, bare, help, open);
    free(value->text);
  }
  VEC_CLEAR(&values.v);
}

/* ---- the language ---- */

static void offer_words(const struct offering *o, enum filter_kind kind) {
  struct filter_word word;
  struct buf text = BUF_INIT;
  for (size_t i = 0; filter_word(kind, i, &word); i++) {
    buf_reset(&text);
    buf_printf(&text, "%s%s%s", kind == FILTER_OPERATOR ? "~" : "", word.name, kind == FILTER_FIELD ? ":" : "");
    offer_one(o, buf_slice(&text), word.help, kind == FILTER_FIELD);
    if (word.other_name && slice_starts_ascii(slice_of(word.other_name), o->typed) && o->typed.n)
      offer_one(o, slice_of(word.other_name), word.help, false);
  }
  buf_clear(&text);
}

/* compared: a sign stands there already. */
static void offer_all(const struct offering *o, const char *const (*list)[2], bool compared) {
  for (size_t i = 0; list[i][0]; i++) {
    bool sign = *list[i][0] == '<' || *list[i][0] == '>';
    offer_one(o, slice_of(list[i][0] + (compared && sign)), compared && sign ? "" : list[i][1], false);
  }
}

static const char *const statuses[][2] = {{"2xx", "status: good"},
                                          {"3xx", "status: go elsewhere, or not modified"},
                                          {"4xx", "status: a mistake of the client's"},
                                          {"5xx", "status: a failure of the server's"},
                                          {NULL, NULL}};
static const char *const sizes[][2] = {
    {">100k", "larger than 100 kB"}, {">1M", "larger than 1 MB"}, {"<1k", "smaller than 1 kB"}, {NULL, NULL}};
static const char *const durations[][2] = {
    {">100ms", "longer than 100 ms"}, {">1s", "longer than a second"}, {"<10ms", "shorter than 10 ms"}, {NULL, NULL}};
static const char *const ages[][2] = {
    {"<1m", "in the last minute"}, {"<5m", "in the last five minutes"}, {"<1h", "in the last hour"}, {NULL, NULL}};
static const char *const flags[][2] = {{"yes", "it is"}, {"no", "it is not"}, {NULL, NULL}};

static void offer_values(const struct offering *o, const struct store *store, const struct asked *asked) {
  const struct field *field = asked->field;
  bool has_names = asked->subject == SUBJECT_HEADER || asked->subject == SUBJECT_HEADER_Q ||
                   asked->subject == SUBJECT_HEADER_S || asked->subject == SUBJECT_COOKIE;
  if (asked->subject == SUBJECT_STATE) {
    offer_words(o, FILTER_STATE);
    return;
  }
  offer_seen(o, store, asked, has_names);
  if (!field)
    return;
  if (strcmp(field->name, "status") == 0)
    offer_all(o, statuses, asked->compare != COMPARE_HAS);
  else if (strcmp(field->name, "age") == 0)
    offer_all(o, ages, asked->compare != COMPARE_HAS);
  else if (strcmp(field->name, "method") == 0)
    offer_words(o, FILTER_METHOD);
  else if (field->type == FIELD_SIZE)
    offer_all(o, sizes, asked->compare != COMPARE_HAS);
  else if (field->type == FIELD_DURATION)
    offer_all(o, durations, asked->compare != COMPARE_HAS);
  else if (field->type == FIELD_FLAG)
    offer_all(o, flags, asked->compare != COMPARE_HAS);
}

static void offer_field_values(const struct offering *o, const struct store *store, const char *name) {
  struct place p = {0};
  if (ask_field(&p, name))
    offer_seen(o, store, &p.asked, false);
}

static bool begins_with(struct slice typed, const char *letters) {
  return typed.n && strchr(letters, *typed.p) && *typed.p;
}

/* A word that may become anything: what is offered depends on how it begins, so that the list stays short. */
static void offer_any(const struct offering *o, const struct store *store) {
  if (begins_with(o->typed, "/")) {
    offer_field_values(o, store, "path");
    return;
  }
  if (begins_with(o->typed, "<>")) {
    offer_all(o, durations, false);
    offer_all(o, sizes, false);
    return;
  }
  if (begins_with(o->typed, "0123456789")) {
    offer_field_values(o, store, "status");
    offer_all(o, statuses, false);
    offer_field_values(o, store, "host");
    return;
  }
  offer_words(o, FILTER_FIELD);
  offer_words(o, FILTER_STATE);
  if (o->typed.n) {
    offer_field_values(o, store, "host");
    offer_words(o, FILTER_METHOD);
  }
}

void filter_complete(struct slice before, const struct store *store, filter_offer_fn *offer, void *arg) {
  struct place p = find_place(before);
  struct offering o = {slice_from(before, p.from), offer, arg};
  if (p.quoted)
    return;
  if (p.operator_name)
    offer_words(&o, FILTER_OPERATOR);
  else if (p.value)
    offer_values(&o, store, &p.asked);
  else
    offer_any(&o, store);
}
