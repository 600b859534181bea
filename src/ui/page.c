#include "ui/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/connection.h"
#include "ui/list_row.h"
#include "weir/base/clock.h"
#include "weir/body/decode.h"
#include "weir/body/kind.h"

static void head_clear(struct page *p) {
  for (size_t i = 0; i < p->head.n; i++)
    buf_clear(&p->head.v[i].text);
  p->head.n = 0;
}

void page_clear(struct page *p) {
  head_clear(p);
  VEC_CLEAR(&p->head);
  body_lines_free(p->lines);
  buf_clear(&p->body);
  memset(p, 0, sizeof *p);
}

static struct page_line *add_line(struct page *p, enum role role) {
  struct page_line line = {.text = BUF_INIT, .role = role};
  VEC_PUSH(&p->head, line);
  return &p->head.v[p->head.n - 1];
}

/* ---- the head ---- */

static size_t name_width(const struct http_head *head) {
  struct http_field field;
  size_t widest = 8;
  for (uint32_t at = 0; http_head_next(head, &at, &field);)
    if (field.name.n > widest)
      widest = field.name.n;
  return widest < 24 ? widest : 24;
}

static void put_field(struct page_line *line, const struct http_field *field, bool raw, size_t width) {
  buf_add_slice(&line->text, field->name);
  if (raw) {
    buf_add_text(&line->text, ": ");
  } else {
    buf_add_text(&line->text, "  ");
    for (size_t n = field->name.n; n < width; n++)
      buf_add_byte(&line->text, ' ');
  }
  line->name_n = (uint32_t)line->text.n;
  buf_add_slice(&line->text, field->value);
}

enum difference { SAME, CHANGED, ADDED };

static enum difference compare(const struct http_head *old, const struct http_field *field) {
  struct http_field other;
  enum difference d = ADDED;
  for (uint32_t at = 0; http_head_next(old, &at, &other);) {
    if (!slice_eq_ascii(other.name, field->name))
      continue;
    if (slice_eq(other.value, field->value) && slice_eq(other.name, field->name))
      return SAME;
    d = CHANGED;
  }
  return d;
}

static void put_sign(struct page_line *line, enum difference d) {
  buf_add_text(&line->text, d == ADDED ? "+ " : d == CHANGED ? "~ " : "  ");
  if (d != SAME)
    line->role = ROLE_CHANGED;
}

/* old: what was received, where the page shows an edited head; NULL otherwise. */
static void make_head(struct page *p, const struct http_head *head, const struct http_head *old) {
  struct http_field field;
  bool raw = p->want.view == BODY_VIEW_TEXT;
  size_t width = name_width(head);
  if (!p->want.brief) {
    struct page_line *line = add_line(p, ROLE_TITLE_FOCUS);
    if (old != NULL)
      put_sign(line, slice_eq(http_head_start(head), http_head_start(old)) ? SAME : CHANGED);
    buf_add_slice(&line->text, http_head_start(head));
  }
  for (uint32_t at = 0; http_head_next(head, &at, &field);) {
    struct page_line *line = add_line(p, ROLE_TEXT);
    if (old != NULL)
      put_sign(line, compare(old, &field));
    put_field(line, &field, raw, width);
  }
  for (uint32_t at = 0; old != NULL && http_head_next(old, &at, &field);)
    if (compare(head, &field) == ADDED) {
      struct page_line *line = add_line(p, ROLE_CHANGED);
      buf_add_text(&line->text, "- ");
      put_field(line, &field, raw, width);
    }
}

static void make_trailers(struct page *p, const struct flow_message *m) {
  struct slice rest = {m->trailers, m->trailers_n}, line;
  while (m->trailers != NULL && slice_split(&rest, '\n', &line)) {
    if (line.n > 0 && line.p[line.n - 1] == '\r')
      line.n--;
    if (line.n > 0)
      buf_printf(&add_line(p, ROLE_DIM)->text, "trailer %.*s", (int)line.n, line.p);
  }
}

/* ---- the body ---- */

static void say_about(struct page *p, const struct flow *f, const struct flow_message *m, const struct body *body,
                      int code, const struct err *err) {
  struct buf about = BUF_INIT;
  char a[24], b[24];
  struct slice coding;
  const struct http_head *head = p->want.sent ? flow_sent_head(m) : &m->head;
  if (body_cut(body))
    buf_printf(&about, "kept %s of %s", words_bytes(body->kept, a, sizeof a), words_bytes(body->seen, b, sizeof b));
  if (f->body_missed)
    buf_printf(&about, "%snot recorded whole for want of memory", about.n > 0 ? ", " : "");
  if (body->kept > 0 && http_head_find(head, "Content-Encoding", &coding)) {
    struct buf safe = BUF_INIT;
    text_safe(&safe, coding, TEXT_PLAIN);
    if (about.n > 0)
      buf_add_text(&about, ", ");
    if (code == BODY_NOT_DECODED)
      buf_printf(&about, "as it came, not decoded: %s", err->text);
    else
      buf_printf(&about, "decoded %.40s %s -> %s%s", buf_text(&safe), words_bytes(body->kept, a, sizeof a),
                 words_bytes(p->body.n, b, sizeof b), p->more ? " so far" : "");
    buf_clear(&safe);
  }
  if (p->want.sent && m->sent != NULL)
    buf_printf(&about, "%s%s", about.n > 0 ? ", " : "", m->sent->body_changed ? "body edited" : "body as received");
  snprintf(p->about, sizeof p->about, "%s", buf_text(&about));
  buf_clear(&about);
}

/* What cannot be decoded is shown as it came. */
static void copy_raw(const struct body *body, size_t max, struct buf *out) {
  struct body_reader reader = {.body = body};
  struct slice piece;
  while (out->n < max && body_read(&reader, &piece))
    buf_add_slice(out, slice_sub(piece, 0, max - out->n));
}

static void make_body(struct page *p, const struct flow *f, const struct flow_message *m) {
  const struct body *body = p->want.sent ? flow_sent_body(m) : &m->body;
  const struct http_head *head = p->want.sent ? flow_sent_head(m) : &m->head;
  struct err err = ERR_INIT;
  struct slice media = {NULL, 0};
  body_lines_free(p->lines);
  p->lines = NULL;
  buf_reset(&p->body);
  int code = flow_body_decoded(m, p->want.sent, p->want.max, &p->body, &err);
  if (code == BODY_NOT_DECODED)
    copy_raw(body, p->want.max, &p->body);
  p->more = p->body.n >= p->want.max && p->want.max < PAGE_ALL;
  say_about(p, f, m, body, code, &err);
  if (p->body.n == 0)
    return;
  http_head_find(head, "Content-Type", &media);
  enum body_kind kind = body_kind_of(media, slice_sub(buf_slice(&p->body), 0, 64));
  /* What calls itself text is text, in whatever character set. */
  bool bytes = p->want.view == BODY_VIEW_PRETTY && (kind == BODY_BINARY || kind == BODY_IMAGE) &&
               !slice_eq_ascii(slice_sub(media, 0, 5), SLICE("text/"));
  p->lines = body_lines_new(buf_slice(&p->body), kind, bytes ? BODY_VIEW_HEX : p->want.view, p->want.hex_columns);
}

/* ---- the connection ---- */

static void put_connection(void *arg, const char *name, struct slice value, enum connection_tone tone) {
  struct page_line *line = add_line(arg, tone == CONNECTION_BAD ? ROLE_ERROR : ROLE_TEXT);
  if (value.n == 0 && name[0] == '\0')
    return;
  buf_printf(&line->text, "%-14s  ", name);
  line->name_n = (uint32_t)line->text.n;
  buf_add_slice(&line->text, value);
}

static void make_connection(struct page *p, const struct flow *f) {
  body_lines_free(p->lines);
  p->lines = NULL;
  buf_reset(&p->body);
  p->more = false;
  p->about[0] = '\0';
  connection_lines(f, p->want.side, put_connection, p);
}

/* ---- the page ---- */

static struct page_seen look(const struct flow *f, const struct page_want *want) {
  const struct flow_message *m = flow_side_const(f, want->side);
  struct page_seen s = {
      .head_n = m->head.n, .body_seen = m->body.seen, .complete = m->body.complete, .sent = m->sent != NULL};
  if (m->sent != NULL) {
    s.sent_head_n = m->sent->head.n;
    s.sent_seen = m->sent->body.seen;
  }
  if (want->connection) {
    s.facts = want->side == FLOW_REQUEST ? f->client_tls : f->server_tls;
    s.state = f->state;
  }
  return s;
}

static bool same_want(const struct page_want *a, const struct page_want *b) {
  return a->flow == b->flow && a->side == b->side && a->sent == b->sent && a->brief == b->brief && a->view == b->view &&
         a->hex_columns == b->hex_columns && a->max == b->max && a->connection == b->connection;
}

static bool same_seen(const struct page_seen *a, const struct page_seen *b) {
  return a->head_n == b->head_n && a->sent_head_n == b->sent_head_n && a->body_seen == b->body_seen &&
         a->sent_seen == b->sent_seen && a->complete == b->complete && a->sent == b->sent && a->facts == b->facts &&
         a->state == b->state;
}

/* 10 ms for each 64 kB decoded: at most some per cent of the time goes into a body that grows. */
static bool due(const struct page *p, const struct page_seen *seen, uint64_t now) {
  if (seen->complete != p->seen.complete || seen->head_n != p->seen.head_n || p->lines == NULL || p->made > now)
    return true;
  if (p->more && p->seen.sent == seen->sent && p->seen.sent_seen == seen->sent_seen)
    return false; /* what arrived is beyond what is shown */
  return now - p->made >= p->body.n / (64 * 1024) * 10 * CLOCK_MS;
}

bool page_update(struct page *p, const struct page_want *want, const struct flow *f, uint64_t now) {
  const struct flow_message *m = flow_side_const(f, want->side);
  struct page_want now_want = *want;
  now_want.sent = want->sent && m->sent != NULL;
  struct page_seen seen = look(f, want);
  if (same_want(&p->want, &now_want) && (same_seen(&p->seen, &seen) || !due(p, &seen, now)))
    return false;
  p->want = now_want;
  p->seen = seen;
  p->made = now;
  p->version++;
  head_clear(p);
  if (now_want.connection) {
    make_connection(p, f);
    return true;
  }
  const struct http_head *head = now_want.sent ? flow_sent_head(m) : &m->head;
  if (head->raw != NULL)
    make_head(p, head, now_want.sent ? &m->head : NULL);
  else if (flow_invalid(m) && want->side == FLOW_RESPONSE && f->error_text != NULL)
    buf_printf(&add_line(p, ROLE_ERROR)->text, "%s; as received:", f->error_text);
  else if (flow_invalid(m))
    buf_add_text(&add_line(p, ROLE_ERROR)->text, "not valid HTTP, as received:");
  make_trailers(p, m);
  make_body(p, f, m);
  if (p->lines != NULL && p->head.n > 0)
    add_line(p, ROLE_TEXT);
  return true;
}

static void add_span(struct body_line *out, uint32_t n, enum body_style style) {
  if (out->spans == out->spans_cap) {
    out->spans_cap = out->spans_cap > 0 ? out->spans_cap * 2 : 4;
    out->span = mem_grow(out->span, out->spans_cap * sizeof *out->span);
  }
  out->span[out->spans++] = (struct body_span){0, n, style};
}

bool page_get(const struct page *p, size_t index, struct body_line *out, enum role *role) {
  *role = ROLE_TEXT;
  buf_reset(&out->text);
  out->spans = 0;
  if (index >= p->head.n)
    return p->lines != NULL && body_lines_get(p->lines, index - p->head.n, out);
  const struct page_line *line = &p->head.v[index];
  *role = line->role;
  buf_add_slice(&out->text, buf_slice(&line->text));
  if (line->name_n > 0 && line->role == ROLE_TEXT)
    add_span(out, line->name_n, BODY_STYLE_KEY);
  return true;
}

size_t page_count(const struct page *p) {
  return p->head.n + (p->lines != NULL ? body_lines_count(p->lines) : 0);
}
