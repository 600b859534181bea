#include "ui/rule_form.h"

#include <string.h>

#include "weir/base/mem.h"

#define SIDE_USAGE "[request|response]"

void rule_form_init(struct rule_form *f) {
  *f = (struct rule_form){.path = PATH_IS};
  for (size_t i = 0; i < FORM_TEXTS; i++)
    input_init(&f->text[i], SLICE(""), NULL);
}

void rule_form_clear(struct rule_form *f) {
  for (size_t i = 0; i < FORM_TEXTS; i++)
    input_clear(&f->text[i]);
  for (size_t i = 0; i < FORM_ACTIONS; i++)
    buf_clear(&f->kept[i]);
}

static void put(struct rule_form *f, enum form_text t, struct slice text) {
  input_set(&f->text[t], text.n > 0 ? text : SLICE(""));
}

static struct slice got(const struct rule_form *f, enum form_text t) {
  return slice_trim(input_text(&f->text[t]));
}

/* ---- words ---- */

static bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

/* Behind what is in quotes, or between the slashes of re:/.../, from at on; at where neither begins there. */
static size_t skip_quoted(struct slice s, size_t at) {
  char end = s.p[at] == '"' || s.p[at] == '\'' ? s.p[at] : '\0';
  size_t i = at + 1;
  if (end == '\0' && slice_starts(slice_from(s, at), SLICE("re:/"))) {
    end = '/';
    i = at + 4;
  }
  if (end == '\0')
    return at;
  while (i < s.n && s.p[i] != end)
    i += s.p[i] == '\\' ? 2 : 1;
  return i < s.n ? i + 1 : s.n;
}

/* Takes the next word off, with the blanks that stand in its quotes. */
static struct slice next_word(struct slice *rest) {
  struct slice s = slice_trim(*rest);
  size_t i = 0;
  while (i < s.n && !is_blank(s.p[i])) {
    size_t behind = skip_quoted(s, i);
    i = behind > i ? behind : i + 1;
  }
  *rest = slice_trim(slice_from(s, i));
  return slice_sub(s, 0, i);
}

static bool take_word(struct slice *rest, const char *word) {
  struct slice after = *rest;
  if (!slice_eq(next_word(&after), slice_of(word)))
    return false;
  *rest = after;
  return true;
}

/* ---- the filter ---- */

/* Is it a row of words that all have to hold? Brackets, "or" and mitmproxy's operators, whose value is a word of its own, are
 * not for a form. */
static bool is_row(struct slice filter) {
  while (filter.n > 0) {
    struct slice word = next_word(&filter);
    bool other = word.p[0] == '~' || word.p[0] == '(' || word.p[word.n - 1] == ')' || slice_eq(word, SLICE("|")) ||
                 slice_eq(word, SLICE("||")) || slice_eq(word, SLICE("or")) || slice_eq(word, SLICE("not"));
    if (other)
      return false;
  }
  return true;
}

static bool is_method(struct slice word) {
  static const char *const known[] = {"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "CONNECT", "TRACE"};
  struct slice one;
  bool all = word.n > 0;
  while (all && slice_split(&word, '|', &one)) {
    all = false;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
      all = all || slice_eq(one, slice_of(known[i]));
  }
  return all;
}

/* The value behind "path=" or "path:", where the word begins so. */
static bool value_of(struct slice word, const char *field, char *how, struct slice *value) {
  size_t n = strlen(field);
  if (!slice_starts(word, slice_of(field)) || word.n < n + 2 || (word.p[n] != ':' && word.p[n] != '='))
    return false;
  *how = word.p[n];
  *value = slice_from(word, n + 1);
  return true;
}

static enum form_path path_way(char how, struct slice *value) {
  if (how == ':' && slice_starts(*value, SLICE("re:/")) && value->n > 5 && value->p[value->n - 1] == '/') {
    *value = slice_sub(*value, 4, value->n - 5);
    return PATH_REGEX;
  }
  bool begins = how == '=' && value->p[0] != '"' && slice_find_byte(*value, '*') == (ptrdiff_t)value->n - 1;
  if (begins && value->n > 1) {
    *value = slice_sub(*value, 0, value->n - 1);
    return PATH_BEGINS;
  }
  return how == '=' ? PATH_IS : PATH_HAS;
}

/* Into its field, if it has one and that is free. */
static bool read_word(struct rule_form *f, struct slice word) {
  struct slice value = word;
  enum form_text t;
  char how;
  if (is_method(word))
    t = FORM_METHOD;
  else if (value_of(word, "method", &how, &value) && is_method(value))
    t = FORM_METHOD;
  else if (value_of(word, "host", &how, &value) && how == '=')
    t = FORM_HOST;
  else if (value_of(word, "path", &how, &value))
    t = FORM_PATH;
  else if (value_of(word, "header", &how, &value) && how == ':')
    t = FORM_HEADER;
  else if (value_of(word, "body", &how, &value) && how == ':')
    t = FORM_BODY;
  else
    return false;
  if (f->ticked[t])
    return false;
  if (t == FORM_PATH)
    f->path = path_way(how, &value);
  f->ticked[t] = true;
  put(f, t, value);
  return true;
}

static void read_filter(struct rule_form *f, struct slice filter) {
  struct buf also = BUF_INIT;
  bool row = is_row(filter);
  if (slice_eq(filter, SLICE("*")))
    return;
  while (row && filter.n > 0) {
    struct slice word = next_word(&filter);
    if (read_word(f, word) || slice_eq(word, SLICE("&")) || slice_eq(word, SLICE("and")))
      continue;
    buf_printf(&also, "%s%.*s", also.n > 0 ? " " : "", (int)word.n, word.p);
  }
  put(f, FORM_ALSO, row ? buf_slice(&also) : filter);
  buf_clear(&also);
}

static void write_word(const struct rule_form *f, enum form_text t, const char *before, const char *behind,
                       struct buf *out) {
  struct slice value = got(f, t);
  if (f->ticked[t] && value.n > 0)
    buf_printf(out, "%s%s%.*s%s", out->n > 0 ? " " : "", before, (int)value.n, value.p, behind);
}

/* A slash would end it, so it gets its backslash where it has none. */
static void write_regex(const struct rule_form *f, struct buf *out) {
  struct slice value = got(f, FORM_PATH);
  if (!f->ticked[FORM_PATH] || value.n == 0)
    return;
  buf_printf(out, "%spath:re:/", out->n > 0 ? " " : "");
  for (size_t i = 0; i < value.n; i++) {
    if (value.p[i] == '/')
      buf_add_byte(out, '\\');
    else if (value.p[i] == '\\' && i + 1 < value.n)
      buf_add_byte(out, value.p[i++]);
    buf_add_byte(out, value.p[i]);
  }
  buf_add_byte(out, '/');
}

static void write_filter(const struct rule_form *f, struct buf *out) {
  static const char *const before[] = {"path=", "path=", "path:"}, *const behind[] = {"", "*", ""};
  struct buf filter = BUF_INIT;
  struct slice also = got(f, FORM_ALSO);
  write_word(f, FORM_METHOD, is_method(got(f, FORM_METHOD)) ? "" : "method:", "", &filter);
  write_word(f, FORM_HOST, "host=", "", &filter);
  if (f->path == PATH_REGEX)
    write_regex(f, &filter);
  else
    write_word(f, FORM_PATH, before[f->path], behind[f->path], &filter);
  write_word(f, FORM_HEADER, "header:", "", &filter);
  write_word(f, FORM_BODY, "body:", "", &filter);
  bool brackets = filter.n > 0 && !is_row(also);
  if (also.n > 0)
    buf_printf(&filter, brackets ? "%s(%.*s)" : "%s%.*s", filter.n > 0 ? " " : "", (int)also.n, also.p);
  buf_add_slice(out, filter.n > 0 ? buf_slice(&filter) : SLICE("*"));
  buf_clear(&filter);
}

/* ---- the limit ---- */

static const char *const limits[] = {[LIMIT_NEXT] = "next", [LIMIT_EVERY] = "every", [LIMIT_CHANCE] = "chance"};

/* What stands between the filter and "=>". */
static void read_limit(struct rule_form *f, struct slice text) {
  put(f, FORM_LIMIT, SLICE(""));
  if (slice_eq(text, SLICE("once"))) {
    f->limit = LIMIT_NEXT;
    put(f, FORM_LIMIT, SLICE("1"));
  }
  for (enum rule_limit i = LIMIT_NEXT; i <= LIMIT_CHANCE; i++)
    if (take_word(&text, limits[i])) {
      f->limit = i;
      put(f, FORM_LIMIT, text);
    }
}

static void write_limit(const struct rule_form *f, struct buf *out) {
  struct slice number = got(f, FORM_LIMIT);
  if (f->limit == LIMIT_NONE)
    return;
  buf_printf(out, " %s %.*s", limits[f->limit], (int)number.n, number.p);
  bool percent = f->limit == LIMIT_CHANCE && slice_find_byte(number, '%') < 0;
  buf_add_text(out, percent ? "%" : "");
}

/* ---- the action ---- */

static struct rule_action chosen(const struct rule_form *f) {
  struct rule_action action = {"", "", ""};
  rule_action(f->action, &action);
  return action;
}

bool rule_form_is_answer(const struct rule_form *f) {
  return strcmp(chosen(f).word, "answer") == 0;
}

bool rule_form_has_side(const struct rule_form *f) {
  return strstr(chosen(f).usage, SIDE_USAGE) != NULL;
}

struct slice rule_form_usage(const struct rule_form *f) {
  struct rule_action action = chosen(f);
  struct slice rest = slice_from(slice_of(action.usage), strlen(action.word));
  rest = slice_trim(rest);
  return slice_starts(rest, SLICE(SIDE_USAGE)) ? slice_trim(slice_from(rest, sizeof SIDE_USAGE - 1)) : rest;
}

bool rule_form_has_how(const struct rule_form *f) {
  return !rule_form_is_answer(f) && rule_form_usage(f).n > 0;
}

/* "text/html;charset=utf-8": what the grammar takes for a type. */
static bool is_type(struct slice word) {
  ptrdiff_t slash = slice_find_byte(word, '/');
  bool good = slash > 0 && (size_t)slash + 1 < word.n && word.p[0] != '@';
  for (size_t i = 0; good && i < word.n; i++)
    good = (word.p[i] >= 'a' && word.p[i] <= 'z') || (word.p[i] >= 'A' && word.p[i] <= 'Z') ||
           (word.p[i] >= '0' && word.p[i] <= '9') || strchr("/+-.;=_", word.p[i]) != NULL;
  return good;
}

/* One without anything that would need its quotes stands without them. */
static void read_fields(struct rule_form *f, struct slice *rest) {
  struct buf all = BUF_INIT;
  struct slice one = {NULL, 0};
  size_t n = 0;
  while (take_word(rest, "with")) {
    one = next_word(rest);
    buf_printf(&all, "%s%.*s", n++ > 0 ? " " : "", (int)one.n, one.p);
  }
  bool plain = n == 1 && one.n > 2 && one.p[0] == '"' && one.p[one.n - 1] == '"' && slice_find_byte(one, '\\') < 0;
  put(f, FORM_FIELDS, plain ? slice_sub(one, 1, one.n - 2) : buf_slice(&all));
  buf_clear(&all);
}

static void write_fields(struct slice fields, struct buf *out) {
  if (fields.n > 0 && fields.p[0] != '"') {
    buf_add_text(out, " with \"");
    for (size_t i = 0; i < fields.n; i++)
      buf_printf(out, "%s%c", fields.p[i] == '"' || fields.p[i] == '\\' ? "\\" : "", fields.p[i]);
    buf_add_byte(out, '"');
    return;
  }
  while (fields.n > 0) {
    struct slice one = next_word(&fields);
    buf_printf(out, " with %.*s", (int)one.n, one.p);
  }
}

static void read_answer(struct rule_form *f, struct slice rest) {
  put(f, FORM_STATUS, next_word(&rest));
  struct slice after = rest, type = next_word(&after);
  bool typed = is_type(type);
  put(f, FORM_TYPE, typed ? type : SLICE(""));
  rest = typed ? after : rest;
  read_fields(f, &rest);
  put(f, FORM_ANSWER, rest);
}

static void add_word(struct buf *out, struct slice word) {
  if (word.n > 0)
    buf_printf(out, " %.*s", (int)word.n, word.p);
}

static void write_answer(const struct rule_form *f, struct buf *out) {
  add_word(out, got(f, FORM_STATUS));
  add_word(out, got(f, FORM_TYPE));
  write_fields(got(f, FORM_FIELDS), out);
  add_word(out, got(f, FORM_ANSWER));
}

static void read_action(struct rule_form *f, struct slice text) {
  struct rule_action action;
  struct slice word = next_word(&text);
  for (size_t i = 0; rule_action(i, &action); i++)
    if (slice_eq(word, slice_of(action.word)))
      f->action = i;
  if (rule_form_is_answer(f)) {
    read_answer(f, text);
    return;
  }
  if (rule_form_has_side(f) && take_word(&text, "request"))
    f->side = SIDE_REQUEST;
  else if (rule_form_has_side(f) && take_word(&text, "response"))
    f->side = SIDE_RESPONSE;
  put(f, FORM_HOW, text);
}

static void write_action(const struct rule_form *f, struct buf *out) {
  static const char *const sides[] = {[SIDE_REQUEST] = " request", [SIDE_RESPONSE] = " response"};
  buf_add_text(out, chosen(f).word);
  if (rule_form_is_answer(f)) {
    write_answer(f, out);
    return;
  }
  if (rule_form_has_side(f) && f->side != SIDE_OF_FILTER)
    buf_add_text(out, sides[f->side]);
  if (rule_form_has_how(f))
    add_word(out, got(f, FORM_HOW));
}

/* What usually stands there, for one that was not chosen before. */
static const char *sample(const char *word) {
  static const struct {
    const char *word, *how;
  } samples[] = {
      {"delay", "1s"},
      {"throttle", "3g"},
      {"send-to", "http://127.0.0.1:3000"},
      {"replace", "body \"old\" \"new\""},
      {"block", "close"},
      {"file", "./"},
      {"redirect", "https://"},
      {"fault", "reset 0"},
      {"colour", "green"},
  };
  for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
    if (strcmp(samples[i].word, word) == 0)
      return samples[i].how;
  return "";
}

void rule_form_choose(struct rule_form *f, size_t action) {
  struct rule_action next;
  if (action == f->action || action >= FORM_ACTIONS || !rule_action(action, &next))
    return;
  buf_reset(&f->kept[f->action]);
  buf_add_slice(&f->kept[f->action], input_text(&f->text[FORM_HOW]));
  f->action = action;
  put(f, FORM_HOW, f->kept[action].n > 0 ? buf_slice(&f->kept[action]) : slice_of(sample(next.word)));
  if (rule_form_is_answer(f) && got(f, FORM_STATUS).n == 0)
    put(f, FORM_STATUS, SLICE("200"));
}

/* ---- the whole ---- */

void rule_form_read(struct rule_form *f, struct slice rule) {
  struct rule_parts parts;
  rule_form_clear(f);
  rule_form_init(f);
  if (!rule_parts(rule, &parts)) {
    read_filter(f, slice_trim(rule));
    return;
  }
  f->off = parts.off;
  put(f, FORM_NAME, parts.name);
  read_filter(f, slice_sub(rule, parts.filter_at, parts.filter_n));
  size_t end = parts.filter_at + parts.filter_n;
  struct slice limit = slice_sub(rule, end, parts.action_at - end);
  ptrdiff_t arrow = slice_find(limit, SLICE("=>"));
  read_limit(f, slice_trim(slice_sub(limit, 0, arrow > 0 ? (size_t)arrow : 0)));
  read_action(f, slice_from(rule, parts.action_at));
}

void rule_form_write(const struct rule_form *f, struct buf *rule) {
  struct slice name = got(f, FORM_NAME);
  if (name.n > 0)
    buf_printf(rule, "[%.*s] ", (int)name.n, name.p);
  buf_add_text(rule, f->off ? "off " : "");
  write_filter(f, rule);
  write_limit(f, rule);
  buf_add_text(rule, " => ");
  write_action(f, rule);
}
