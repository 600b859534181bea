#include "ui/flow_change.h"

#include <stdlib.h>

#include "ui/diff_page.h"
#include "ui/list_row.h"

#define PHRASES 3

struct phrases {
  struct buf text;
  size_t n;    /* in all */
  size_t body; /* of them: of the body */
  bool in_full;
  bool one; /* a single line of the body differs: it is named in any case */
};

/* The value of a field or of a JSON member, cut short. */
static void put_value(struct buf *out, const struct diff_line *line) {
  struct slice s = diff_line_value(line);
  ptrdiff_t colon = slice_find(s, SLICE(": "));
  s = slice_trim(colon >= 0 ? slice_from(s, (size_t)colon + 2) : s);
  buf_add_slice(out, slice_sub(s, 0, 32));
  if (s.n > 32)
    buf_add_text(out, "..");
}

static void put_name(struct buf *out, const struct diff_line *line) {
  struct slice s = buf_slice(&line->text);
  ptrdiff_t colon = slice_find_byte(s, ':');
  buf_add_slice(out, slice_sub(s, 0, colon >= 0 ? (size_t)colon : 40));
}

static void begin(struct phrases *p) {
  if (p->n++ > 0)
    buf_add_text(&p->text, ", ");
}

static void put_field(struct phrases *p, const struct diff_line *a, const struct diff_line *b) {
  begin(p);
  buf_add_text(&p->text, a == NULL ? "+" : b == NULL ? "-" : "");
  put_name(&p->text, b != NULL ? b : a);
  if (!p->in_full || b == NULL)
    return;
  buf_add_text(&p->text, ": ");
  if (a != NULL) {
    put_value(&p->text, a);
    buf_add_text(&p->text, " -> ");
  }
  put_value(&p->text, b);
}

static void put_body(struct phrases *p, const struct diff_line *a, const struct diff_line *b) {
  const struct diff_line *l = b != NULL ? b : a;
  if (p->body++ > 0 && !(p->in_full && l->json))
    return; /* said once */
  begin(p);
  buf_add_text(&p->text, "body");
  if (!(p->in_full || p->one) || !l->json)
    return;
  buf_printf(&p->text, " %s", a == NULL ? "+" : b == NULL ? "-" : "");
  buf_add_slice(&p->text, slice_sub(buf_slice(&l->name), 0, 40));
  if (a == NULL || b == NULL)
    return;
  buf_add_byte(&p->text, ' ');
  put_value(&p->text, a);
  buf_add_text(&p->text, " -> ");
  put_value(&p->text, b);
}

static bool is_length(const struct diff_line *l) {
  return slice_eq(buf_slice(&l->name), SLICE("content-length"));
}

/* Of the body, that differ. */
static size_t json_lines(const struct diff_page *page, enum flow_side part) {
  size_t n = 0;
  for (size_t i = 0; i < page->entry.n; i++) {
    const struct diff_entry *e = &page->entry.v[i];
    if (e->part != part || e->what != DIFF_ENTRY_LINE || e->row.kind == DIFF_SAME)
      continue;
    const struct diff_line *l = e->row.b != SIZE_MAX ? &page->line[1].v[e->row.b] : &page->line[0].v[e->row.a];
    n += l->json && l->name.n > 0;
  }
  return n;
}

/* Fields and body of one part; its start line, the first, is the caller's. */
static void gather(struct phrases *p, const struct diff_page *page, enum flow_side part) {
  bool start = true;
  p->one = json_lines(page, part) == 1;
  for (size_t i = 0; i < page->entry.n; i++) {
    const struct diff_entry *e = &page->entry.v[i];
    if (e->part != part || e->what != DIFF_ENTRY_LINE)
      continue;
    const struct diff_line *a = e->row.a != SIZE_MAX ? &page->line[0].v[e->row.a] : NULL;
    const struct diff_line *b = e->row.b != SIZE_MAX ? &page->line[1].v[e->row.b] : NULL;
    const struct diff_line *l = b != NULL ? b : a;
    bool first = start;
    start = false;
    if (l == NULL || first || e->row.kind == DIFF_SAME || is_length(l))
      continue;
    if (l->name.n > 0 && !l->json)
      put_field(p, a, b);
    else if (l->text.n > 0)
      put_body(p, a, b);
  }
}

static bool same_body(const struct body *a, const struct body *b) {
  if (a->kept != b->kept || a->seen != b->seen)
    return false;
  for (uint64_t at = 0; at < a->kept;) {
    struct slice x = body_at(a, at), y = body_at(b, at);
    size_t n = x.n < y.n ? x.n : y.n;
    if (n == 0 || memcmp(x.p, y.p, n) != 0)
      return n == 0;
    at += n;
  }
  return true;
}

static bool same_head(const struct http_head *a, const struct http_head *b) {
  return slice_eq(slice_make(a->raw, a->n), slice_make(b->raw, b->n));
}

static void compare(struct phrases *p, const struct flow *before, const struct flow *now, enum flow_side part) {
  const struct flow_message *a = flow_side_const(before, part), *b = flow_side_const(now, part);
  const struct body *x = flow_sent_body(a), *y = flow_sent_body(b);
  bool bodies = same_body(x, y);
  if (bodies && same_head(flow_sent_head(a), flow_sent_head(b)))
    return;
  if (x->kept > CHANGE_BODY || y->kept > CHANGE_BODY) {
    if (!bodies)
      begin(p), p->body++, buf_add_text(&p->text, "body");
    return;
  }
  struct diff_page page = {0};
  struct diff_noise noise = {.redact = true}; /* a few words in a row tell no secrets */
  diff_page_make(&page, before, now, &noise, -1);
  gather(p, &page, part);
  diff_page_clear(&page);
}

static void finish(struct phrases *p, struct buf *out) {
  if (p->n == 0) {
    buf_add_text(out, "= same");
  } else {
    bool sign = p->text.p[0] == '+' || p->text.p[0] == '-';
    if (p->in_full && p->n > PHRASES)
      buf_printf(out, "~ %zu fields", p->n);
    else {
      buf_add_text(out, sign && p->n == 1 ? "" : "~ ");
      buf_add_slice(out, buf_slice(&p->text));
    }
  }
  buf_clear(&p->text);
}

void flow_change_request(const struct flow *before, const struct flow *now, struct buf *out) {
  struct phrases p = {.text = BUF_INIT, .in_full = true};
  if (!slice_eq(flow_method(before), flow_method(now))) {
    begin(&p);
    buf_add_slice(&p.text, flow_method(before));
    buf_add_text(&p.text, "->");
    buf_add_slice(&p.text, flow_method(now));
  }
  if (slice_of(before->scheme_host).n > 0 && !slice_eq(slice_of(before->scheme_host), slice_of(now->scheme_host)))
    begin(&p), buf_add_text(&p.text, "host");
  if (!slice_eq(flow_path(before), flow_path(now))) {
    begin(&p);
    buf_add_slice(&p.text, slice_sub(flow_path(now), 0, 48));
  }
  compare(&p, before, now, FLOW_REQUEST);
  finish(&p, out);
}

/* "401", or the word for why there is none. */
static void put_outcome(struct buf *out, const struct flow *f) {
  if (f->state == FLOW_FAILED)
    buf_add_text(out, flow_error_word(f->error));
  else
    buf_printf(out, "%d", flow_status(f));
}

void flow_change_response(const struct flow *before, const struct flow *now, struct buf *out) {
  struct phrases p = {.text = BUF_INIT};
  if (!flow_finished(now))
    return;
  if (flow_status(before) != flow_status(now) || (before->state == FLOW_FAILED) != (now->state == FLOW_FAILED) ||
      before->error != now->error) {
    begin(&p);
    buf_add_text(&p.text, "status ");
    put_outcome(&p.text, before);
    buf_add_text(&p.text, "->");
    put_outcome(&p.text, now);
  }
  if (before->response.head.raw != NULL && now->response.head.raw != NULL)
    compare(&p, before, now, FLOW_RESPONSE);
  finish(&p, out);
}

uint64_t flow_body_hash(const struct flow *f) {
  struct buf body = BUF_INIT;
  struct err err = ERR_INIT;
  uint64_t h = UINT64_C(0xcbf29ce484222325);
  flow_body_decoded(&f->response, false, 1u << 20, &body, &err);
  for (size_t i = 0; i < body.n; i++)
    h = (h ^ (unsigned char)body.p[i]) * UINT64_C(0x100000001b3);
  h = (h ^ f->response.body.seen * (body.n == 0)) * UINT64_C(0x100000001b3);
  buf_clear(&body);
  return h ^ h >> 29;
}

/* ---- kept ---- */

const char *flow_changes_words(struct flow_changes *c, const struct store *store, const struct flow *f) {
  const struct flow *before = f->parent != 0 && flow_finished(f) ? store_get(store, f->parent) : NULL;
  if (before == NULL)
    return NULL;
  size_t at = f->id % CHANGES_KEPT;
  if (c->kept[at].id == f->id)
    return c->kept[at].words;
  struct buf words = BUF_INIT, request = BUF_INIT;
  flow_change_response(before, f, &words);
  flow_change_request(before, f, &request);
  if (!slice_eq(buf_slice(&request), SLICE("= same"))) {
    buf_add_text(&words, "; sent ");
    buf_add_slice(&words, slice_from(buf_slice(&request), slice_starts(buf_slice(&request), SLICE("~ ")) ? 2 : 0));
  }
  buf_clear(&request);
  free(c->kept[at].words);
  c->kept[at].id = f->id;
  c->kept[at].words = buf_take(&words);
  return c->kept[at].words;
}

void flow_changes_clear(struct flow_changes *c) {
  for (size_t i = 0; i < CHANGES_KEPT; i++)
    free(c->kept[i].words);
  memset(c, 0, sizeof *c);
}
