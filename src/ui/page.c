#include "ui/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/list_row.h"
#include "ui/page_rows.h"
#include "ui/redact.h"
#include "weir/base/clock.h"

static void head_clear(struct page *p) {
  for (size_t i = 0; i < p->head.n; i++) {
    buf_clear(&p->head.v[i].text);
    free(p->head.v[i].span);
    free(p->head.v[i].paint);
  }
  p->head.n = 0;
}

void page_clear(struct page *p) {
  head_clear(p);
  VEC_CLEAR(&p->head);
  page_body_clear(p);
  folds_clear(&p->folds);
  memset(p, 0, sizeof *p);
}

void page_forget(struct page *p) {
  unsigned version = p->version;
  page_clear(p);
  p->version = version + 1;
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

static void put_field(const struct page *p, struct page_line *line, const struct http_field *field, size_t width) {
  bool raw = p->want.view == BODY_VIEW_TEXT;
  buf_add_slice(&line->text, field->name);
  if (raw) {
    buf_add_text(&line->text, ": ");
  } else {
    buf_add_text(&line->text, "  ");
    for (size_t n = field->name.n; n < width; n++)
      buf_add_byte(&line->text, ' ');
  }
  line->name_n = (uint32_t)line->text.n;
  if (p->want.redact && redact_is_secret(field->name))
    redact_put(field->value, p->want.ascii, &line->text);
  else
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
static void make_head(struct page *p, const struct flow *f, const struct http_head *head, const struct http_head *old) {
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
    put_field(p, line, &field, width);
    if (!raw && !p->want.brief)
      page_field_warnings(p, f, head, &field, width + 2 + (old != NULL ? 2 : 0));
  }
  for (uint32_t at = 0; old != NULL && http_head_next(old, &at, &field);)
    if (compare(head, &field) == ADDED) {
      struct page_line *line = add_line(p, ROLE_CHANGED);
      buf_add_text(&line->text, "- ");
      put_field(p, line, &field, width);
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

/* ---- the page ---- */

static struct page_seen look(const struct flow *f, const struct page_want *want) {
  const struct flow_message *m = flow_side_const(f, want->side);
  struct page_seen s = {
      .head_n = m->head.n, .body_seen = m->body.seen, .complete = m->body.complete, .sent = m->sent != NULL};
  if (m->sent != NULL) {
    s.sent_head_n = flow_wire_head(m)->n;
    s.sent_seen = m->sent->body.seen;
  }
  if (want->show != PAGE_MESSAGE) {
    s.facts = want->side == FLOW_REQUEST ? f->client_tls : f->server_tls;
    s.state = f->state;
  }
  return s;
}

static bool same_want(const struct page_want *a, const struct page_want *b) {
  return a->flow == b->flow && a->side == b->side && a->sent == b->sent && a->brief == b->brief && a->view == b->view &&
         a->hex_columns == b->hex_columns && a->max == b->max && a->show == b->show && a->width == b->width &&
         a->ascii == b->ascii && a->redact == b->redact && a->marks == b->marks && slice_eq(a->token, b->token) &&
         a->picture == b->picture && a->picture_made == b->picture_made;
}

static bool same_seen(const struct page_seen *a, const struct page_seen *b) {
  return a->head_n == b->head_n && a->sent_head_n == b->sent_head_n && a->body_seen == b->body_seen &&
         a->sent_seen == b->sent_seen && a->complete == b->complete && a->sent == b->sent && a->facts == b->facts &&
         a->state == b->state;
}

/* Rows that tell of a body, or of time that passes, change with them. */
static bool is_old(const struct page *p, const struct page_seen *seen) {
  if (p->want.show == PAGE_MESSAGE)
    return false;
  bool runs = seen->state != FLOW_DONE && seen->state != FLOW_FAILED;
  return !same_seen(&p->seen, seen) || (runs && p->now - p->rows_made >= CLOCK_S / 4);
}

/* The body apart: that it grows changes no line. */
static bool same_head(const struct page_seen *a, const struct page_seen *b) {
  struct page_seen now = *a;
  now.body_seen = b->body_seen;
  now.sent_seen = b->sent_seen;
  return same_seen(&now, b);
}

/* What is refused before it could be HTTP is no bad HTTP. */
static const char *what_came(const struct flow *f, const struct flow_message *m) {
  if (slice_eq(slice_of(f->mode), SLICE("socks5")))
    return "SOCKS";
  return slice_starts(flow_invalid_line(m), SLICE("\x16\x03")) ? "TLS" : "not valid HTTP";
}

static void make_lines(struct page *p, const struct flow *f, const struct flow_message *m) {
  const struct http_head *head = p->want.sent ? flow_wire_head(m) : &m->head;
  head_clear(p);
  if (p->want.show != PAGE_MESSAGE) {
    page_body_clear(p);
    page_rows(p, f);
    return;
  }
  if (head->raw != NULL)
    make_head(p, f, head, p->want.sent ? &m->head : NULL);
  else if (flow_invalid(m) && p->want.side == FLOW_RESPONSE && f->error_text != NULL)
    buf_printf(&add_line(p, ROLE_ERROR)->text, "%s; as received:", f->error_text);
  else if (flow_invalid(m))
    buf_printf(&add_line(p, ROLE_ERROR)->text, "%s, as received:", what_came(f, m));
  make_trailers(p, m);
  page_image_rows(p, m);
}

bool page_update(struct page *p, const struct page_want *want, const struct flow *f, uint64_t now) {
  const struct flow_message *m = flow_side_const(f, want->side);
  struct page_want now_want = *want;
  now_want.sent = want->sent && m->sent != NULL;
  struct page_seen seen = look(f, want);
  bool anew = !same_want(&p->want, &now_want), head = anew || !same_head(&p->seen, &seen);
  unsigned version = p->version;
  if (p->want.flow != now_want.flow || p->want.side != now_want.side || p->want.sent != now_want.sent)
    folds_clear(&p->folds);
  p->want = now_want;
  p->now = now;
  head |= is_old(p, &seen);
  p->seen = seen;
  if (head) {
    make_lines(p, f, m);
    p->rows_made = now;
    p->version++;
  }
  if (now_want.show == PAGE_MESSAGE)
    page_body_update(p, f, m, anew);
  return p->version != version;
}

static void add_span(struct body_line *out, uint32_t at, uint32_t n, enum body_style style) {
  if (out->spans == out->spans_cap) {
    out->spans_cap = out->spans_cap > 0 ? out->spans_cap * 2 : 4;
    out->span = mem_grow(out->span, out->spans_cap * sizeof *out->span);
  }
  out->span[out->spans++] = (struct body_span){at, n, style};
}

void page_get(const struct page *p, const struct page_place *place, struct body_line *out, enum role *role) {
  *role = ROLE_TEXT;
  buf_reset(&out->text);
  out->spans = 0;
  if (place->head == PAGE_BODY && p->lines != NULL) {
    body_lines_get(p->lines, &place->body, out);
    if (p->want.redact && p->want.view != BODY_VIEW_HEX)
      redact_mask(out->text.p, out->text.n);
    page_mark_line(p, place, out);
    page_token_hint(p, out);
  }
  if (place->head >= p->head.n)
    return;
  const struct page_line *line = &p->head.v[place->head];
  *role = line->role;
  buf_add_slice(&out->text, buf_slice(&line->text));
  if (p->want.redact)
    redact_mask(out->text.p, out->text.n);
  if (line->name_n > 0 && line->role == ROLE_TEXT)
    add_span(out, 0, line->name_n, BODY_STYLE_KEY);
  for (size_t i = 0; i < line->spans; i++)
    add_span(out, line->span[i].at, line->span[i].n, line->span[i].style);
}

/* ---- places ---- */

/* A blank line stands between head and body. */
static size_t head_lines(const struct page *p) {
  return p->head.n + (p->head.n > 0 && p->lines != NULL);
}

static bool body_first(const struct page *p, struct page_place *place) {
  if (p->lines == NULL || !body_lines_first(p->lines, &place->body))
    return false;
  place->head = PAGE_BODY;
  return true;
}

static bool head_last(const struct page *p, struct page_place *place) {
  if (head_lines(p) == 0)
    return false;
  *place = (struct page_place){.head = head_lines(p) - 1};
  return true;
}

bool page_first(const struct page *p, struct page_place *place) {
  *place = (struct page_place){.head = 0};
  return p->head.n > 0 || body_first(p, place);
}

bool page_find(const struct page *p, uint64_t offset, struct page_place *place) {
  *place = (struct page_place){.head = PAGE_BODY};
  if (p->lines == NULL || !body_lines_find(p->lines, offset, &place->body))
    return head_last(p, place);
  page_out_of_fold(p, place);
  return true;
}

bool page_last(const struct page *p, struct page_place *place) {
  return page_find(p, UINT64_MAX, place);
}

bool page_next(const struct page *p, struct page_place *place) {
  bool folded;
  struct page_place behind = *place;
  bool more = page_past_fold(p, &behind, &folded);
  if (!folded)
    return page_next_through(p, place);
  if (more)
    *place = behind;
  return more;
}

bool page_next_through(const struct page *p, struct page_place *place) {
  if (place->head == PAGE_BODY)
    return p->lines != NULL && body_lines_next(p->lines, &place->body);
  if (place->head + 1 >= head_lines(p))
    return body_first(p, place);
  place->head++;
  return true;
}

bool page_previous(const struct page *p, struct page_place *place) {
  if (place->head == PAGE_BODY && p->lines != NULL && body_lines_previous(p->lines, &place->body)) {
    page_out_of_fold(p, place);
    return true;
  }
  if (place->head == PAGE_BODY)
    return head_last(p, place);
  if (place->head == 0)
    return false;
  place->head--;
  return true;
}

enum body_lines_found page_next_line(const struct page *p, struct page_place *place) {
  if (page_fold(p, place) != NULL)
    return page_next(p, place) ? BODY_LINES_FOUND : BODY_LINES_NONE;
  if (place->head == PAGE_BODY && p->lines != NULL)
    return body_lines_next_line(p->lines, &place->body);
  return page_next(p, place) ? BODY_LINES_FOUND : BODY_LINES_NONE;
}

void page_line_start(const struct page *p, struct page_place *place) {
  if (place->head == PAGE_BODY && p->lines != NULL)
    body_lines_line_start(p->lines, &place->body);
}

bool page_same_place(const struct page_place *a, const struct page_place *b) {
  return a->head == b->head && (a->head != PAGE_BODY || a->body.at == b->body.at);
}

#define HEAD_KEYS (UINT64_C(1) << 32) /* a head has fewer lines */

uint64_t page_body_key(uint64_t at) {
  return HEAD_KEYS + at;
}

uint64_t page_key(const struct page_place *place) {
  return place->head == PAGE_BODY ? HEAD_KEYS + place->body.at : place->head;
}

bool page_by_key(const struct page *p, uint64_t key, struct page_place *place) {
  if (key >= HEAD_KEYS)
    return page_find(p, key - HEAD_KEYS, place);
  *place = (struct page_place){.head = (size_t)key};
  return key < head_lines(p);
}
