#include "ui/edit_complete.h"

#include "ui/completion.h"
#include "weir/base/text.h"

#define FLOWS_SEEN 300   /* the newest of them */
#define LINE_MAX_  8192u /* a longer line is not completed */
#define VALUES_MAX 50u

static const char *const request_names[] = {
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "Authorization",
    "Cache-Control",
    "Connection",
    "Content-Type",
    "Content-Encoding",
    "Cookie",
    "Expect",
    "Forwarded",
    "If-Match",
    "If-None-Match",
    "If-Modified-Since",
    "Origin",
    "Pragma",
    "Range",
    "Referer",
    "User-Agent",
    "X-Api-Key",
    "X-Forwarded-For",
    "X-Forwarded-Proto",
    "X-Http-Method-Override",
    "X-Request-Id",
    "X-Requested-With",
    NULL,
};
static const char *const response_names[] = {
    "Access-Control-Allow-Credentials",
    "Access-Control-Allow-Headers",
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Origin",
    "Age",
    "Allow",
    "Cache-Control",
    "Content-Disposition",
    "Content-Encoding",
    "Content-Language",
    "Content-Range",
    "Content-Security-Policy",
    "Content-Type",
    "Date",
    "ETag",
    "Expires",
    "Last-Modified",
    "Location",
    "Retry-After",
    "Server",
    "Set-Cookie",
    "Strict-Transport-Security",
    "Vary",
    "WWW-Authenticate",
    "X-Content-Type-Options",
    "X-Frame-Options",
    NULL,
};

static bool has(const struct completion *c, struct slice text) {
  for (size_t i = 0; i < c->candidate.n; i++)
    if (slice_eq_ascii(slice_of(c->candidate.v[i].text), text))
      return true;
  return false;
}

/* name.n == 0: names; else the values of that field. */
static void add_seen(struct ui *ui, enum flow_side side, struct slice name, struct completion *out) {
  struct store *store = ui_store(ui);
  size_t count = store_count(store), from = count > FLOWS_SEEN ? count - FLOWS_SEEN : 0;
  for (size_t i = count; i-- > from;) {
    const struct flow *f = store_nth(store, i);
    const struct http_head *head = f ? flow_sent_head(flow_side_const(f, side)) : NULL;
    struct http_field field;
    for (uint32_t at = 0; head && head->raw && http_head_next(head, &at, &field);) {
      struct slice text = name.n == 0 ? field.name : slice_eq_ascii(field.name, name) ? field.value : SLICE("");
      if (text.n && out->candidate.n < VALUES_MAX && !has(out, text))
        completion_add(out, text, NULL, false);
    }
  }
}

static void add_names(struct ui *ui, enum flow_side side, struct completion *out) {
  const char *const *names = side == FLOW_REQUEST ? request_names : response_names;
  for (; *names; names++)
    completion_add(out, slice_of(*names), NULL, false);
  add_seen(ui, side, SLICE(""), out);
  completion_sort(out);
}

void edit_complete_names(struct ui *ui, enum flow_side side, const char *behind, struct completion *out) {
  struct completion names = {.from = 0};
  struct buf text = BUF_INIT;
  completion_begin(&names, out->word, 0);
  add_names(ui, side, &names);
  for (size_t i = 0; i < names.candidate.n; i++) {
    buf_reset(&text);
    buf_printf(&text, "%s%s", names.candidate.v[i].text, behind);
    if (text_is_safe(buf_slice(&text)))
      completion_add(out, buf_slice(&text), NULL, false);
  }
  buf_clear(&text);
  completion_clear(&names);
}

static void tell(struct ui *ui, const struct completion *c) {
  struct buf all = BUF_INIT, safe = BUF_INIT;
  for (size_t i = 0; i < c->candidate.n && all.n < 300; i++)
    buf_printf(&all, "%s%s", i ? "   " : "", c->candidate.v[i].text);
  text_safe(&safe, buf_slice(&all), TEXT_PLAIN);
  ui_say(ui, "%s", buf_text(&safe));
  buf_clear(&all);
  buf_clear(&safe);
}

static void put(struct draft *d, size_t from, size_t n, struct slice text) {
  editor_set_part(d->editor, from, n, text);
  editor_goto(d->editor, from + text.n);
}

/* As far as it is clear; what is not clear is told. */
static bool take(struct ui *ui, struct draft *d, const struct completion *c, size_t from, bool name) {
  size_t n = completion_common(c);
  struct buf text = BUF_INIT;
  if (c->candidate.n == 0)
    return false;
  buf_add(&text, c->candidate.v[0].text, n);
  if (c->candidate.n == 1 && name)
    buf_add_text(&text, ": ");
  if (c->candidate.n > 1)
    tell(ui, c);
  if (text.n > c->word.n)
    put(d, from, c->word.n, buf_slice(&text));
  buf_clear(&text);
  return true;
}

bool edit_complete(struct ui *ui, struct draft *d, size_t body_at) {
  struct buf head = BUF_INIT;
  struct completion c = {.from = 0};
  size_t cursor = editor_cursor(d->editor), begin = cursor;
  bool done = false;
  editor_copy(d->editor, 0, body_at, &head);
  while (begin > 0 && begin <= head.n && head.p[begin - 1] != '\n')
    begin--;
  bool at_end = cursor == head.n || (cursor < head.n && (head.p[cursor] == '\n' || head.p[cursor] == '\r'));
  if (begin > 0 && begin < cursor && at_end && cursor - begin < LINE_MAX_) {
    struct slice line = slice_sub(buf_slice(&head), begin, cursor - begin);
    ptrdiff_t colon = slice_find_byte(line, ':');
    if (colon < 0) {
      completion_begin(&c, line, 0);
      add_names(ui, d->side, &c);
      done = take(ui, d, &c, begin, true);
    } else if (slice_trim(slice_from(line, (size_t)colon + 1)).n == 0) {
      completion_begin(&c, line, line.n);
      add_seen(ui, d->side, slice_trim(slice_sub(line, 0, (size_t)colon)), &c);
      done = take(ui, d, &c, cursor, false);
    }
  }
  completion_clear(&c);
  buf_clear(&head);
  return done;
}
