#include "ui/diff_page.h"
#include "ui/redact.h"

#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"
#include "weir/body/decode.h"
#include "weir/body/lines.h"

#define HEX_COLUMNS 8 /* so that whole rows of both sides stand beside each other */

/* ---- lines ---- */

static struct diff_line *add_line(struct diff_page *p, int which, struct slice text) {
  struct diff_line line = {.text = BUF_INIT, .name = BUF_INIT, .json = false};
  buf_add_slice(&line.text, text);
  VEC_PUSH(&p->line[which], line);
  return &p->line[which].v[p->line[which].n - 1];
}

static void put_lower(struct buf *out, struct slice s) {
  for (size_t i = 0; i < s.n; i++)
    buf_add_byte(out, s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] | 0x20) : s.p[i]);
}

/* So that two of the same length are not taken for the same one. */
static void put_hash(struct buf *out, struct slice value) {
  uint32_t hash = 2166136261u;
  for (size_t i = 0; i < value.n; i++)
    hash = (hash ^ (unsigned char)value.p[i]) * 16777619u;
  buf_printf(out, " #%04x", (hash ^ hash >> 16) & 0xffffu);
}

static void put_hidden(struct buf *out, struct slice value) {
  redact_put(value, false, out);
  put_hash(out, value);
}

static void add_fields(struct diff_page *p, int which, const struct http_head *head, bool redact) {
  struct http_field field;
  struct buf text = BUF_INIT;
  for (uint32_t at = 0; head->raw != NULL && http_head_next(head, &at, &field);) {
    buf_reset(&text);
    buf_add_slice(&text, field.name);
    buf_add_text(&text, ": ");
    if (redact && redact_is_secret(field.name))
      put_hidden(&text, field.value);
    else
      buf_add_slice(&text, field.value);
    put_lower(&add_line(p, which, buf_slice(&text))->name, field.name);
  }
  buf_clear(&text);
}

/* Those that are hidden, and still two different ones are not the same. */
static void hide_values(struct buf *text) {
  struct buf was = BUF_INIT;
  buf_add_slice(&was, buf_slice(text));
  if (redact_mask(text->p, text->n))
    put_hash(text, buf_slice(&was));
  buf_clear(&was);
}

static void add_start(struct diff_page *p, int which, const struct http_head *head, bool hide) {
  struct diff_line *line = add_line(p, which, http_head_start(head));
  buf_add_text(&line->name, ""); /* both start lines have one name */
  if (hide)
    hide_values(&line->text);
}

/* ---- JSON: a line is named by its path ---- */

#define DEEPEST 64

struct json_path {
  struct buf path;
  size_t ends[DEEPEST];    /* length of the path of each open container */
  size_t members[DEEPEST]; /* of an array: members so far */
  unsigned depth;
};

static struct slice without_comma(struct slice s) {
  s = slice_trim(s);
  if (s.n > 0 && s.p[s.n - 1] == ',')
    s.n--;
  return s;
}

/* The key at the front of a line, quotes in; empty: there is none. */
static struct slice key_of(const struct body_line *line) {
  if (line->spans > 0 && line->span[0].style == BODY_STYLE_KEY)
    return slice_sub(buf_slice(&line->text), line->span[0].at, line->span[0].n);
  return (struct slice){NULL, 0};
}

/* A closing bracket has the name of its container and the bracket. */
static void name_line(struct json_path *j, const struct body_line *line, struct buf *out) {
  struct slice text = without_comma(buf_slice(&line->text)), key = key_of(line);
  if (text.n == 0)
    return;
  char first = text.p[0], last = text.p[text.n - 1];
  if ((first == '}' || first == ']') && j->depth > 0) {
    j->depth--;
    j->path.n = j->ends[j->depth < DEEPEST ? j->depth : DEEPEST - 1];
    buf_add_slice(out, buf_slice(&j->path));
    buf_add_byte(out, first);
    return; /* the container's own path; leave() goes on to its parent's */
  }
  size_t before = j->path.n;
  unsigned level = j->depth < DEEPEST ? j->depth : DEEPEST - 1;
  if (key.n > 2) {
    buf_add_byte(&j->path, '.');
    buf_add_slice(&j->path, slice_sub(key, 1, key.n - 2)); /* without its quotes */
  } else if (key.n > 0 || j->depth > 0) {
    buf_printf(&j->path, "[%zu]", j->members[level]++);
  }
  buf_add_slice(out, buf_slice(&j->path));
  if (last == '{' || last == '[') {
    j->ends[level] = j->path.n;
    j->depth++;
    j->members[j->depth < DEEPEST ? j->depth : DEEPEST - 1] = 0;
  } else {
    j->path.n = before;
  }
}

/* The path that a container opened at is what its closing line returns to; its parent's is one step shorter. */
static void leave(struct json_path *j, const struct body_line *line) {
  struct slice text = without_comma(buf_slice(&line->text));
  if (text.n > 0 && (text.p[0] == '}' || text.p[0] == ']')) {
    unsigned up = j->depth > 0 ? j->depth - 1 : 0;
    j->path.n = j->depth > 0 ? j->ends[up < DEEPEST ? up : DEEPEST - 1] : 0;
  }
}

/* ---- bodies ---- */

struct body_text {
  struct buf plain;
  enum body_kind kind;
};

static void read_body(struct diff_page *p, const struct flow_message *m, bool sent, struct body_text *out) {
  struct err err;
  struct slice media = {NULL, 0};
  const struct http_head *head = sent ? flow_sent_head(m) : &m->head;
  out->plain = (struct buf)BUF_INIT;
  if (flow_body_decoded(m, sent, DIFF_BYTES, &out->plain, &err) == BODY_NOT_DECODED) {
    const struct body *body = sent ? flow_sent_body(m) : &m->body;
    struct body_reader reader = {.body = body};
    struct slice piece;
    while (out->plain.n < DIFF_BYTES && body_read(&reader, &piece))
      buf_add_slice(&out->plain, slice_sub(piece, 0, DIFF_BYTES - out->plain.n));
  }
  p->cut |= out->plain.n >= DIFF_BYTES;
  if (head->raw != NULL)
    http_head_find(head, "Content-Type", &media);
  out->kind = body_kind_of(media, slice_sub(buf_slice(&out->plain), 0, 64));
}

static void add_body(struct diff_page *p, int which, const struct body_text *body, bool json, bool bytes, bool hide) {
  enum body_view view = bytes ? BODY_VIEW_HEX : json ? BODY_VIEW_PRETTY : BODY_VIEW_TEXT;
  struct body_line line = {.text = BUF_INIT};
  struct json_path path = {.path = BUF_INIT};
  if (body->plain.n == 0)
    return;
  struct slice plain = buf_slice(&body->plain);
  struct body_lines *lines = body_lines_new(body_bytes_of(&plain), body->kind, view, HEX_COLUMNS);
  struct body_place place;
  bool more = body_lines_first(lines, &place);
  size_t i = 0;
  for (; i < DIFF_LINES && more; i++, more = body_lines_next(lines, &place)) {
    body_lines_get(lines, &place, &line);
    struct diff_line *to = add_line(p, which, buf_slice(&line.text));
    to->json = json;
    if (json) {
      name_line(&path, &line, &to->name);
      leave(&path, &line);
    }
    if (hide && !bytes)
      hide_values(&to->text);
  }
  p->cut |= i == DIFF_LINES;
  body_lines_free(lines);
  body_line_clear(&line);
  buf_clear(&path.path);
}

/* ---- rows ---- */

struct making {
  struct diff_page *page;
  const struct diff_noise *noise;
  enum flow_side part;
  size_t from[2]; /* first line of what is compared */
  int original;   /* this side as it came, not as it was sent; -1: neither */
};

static struct slice text_at(const struct making *m, int which, size_t line) {
  return buf_slice(&m->page->line[which].v[m->from[which] + line].text);
}

static bool same_text(void *arg, size_t a, size_t b) {
  const struct making *m = arg;
  return slice_eq(text_at(m, 0, a), text_at(m, 1, b));
}

static bool same_value(void *arg, size_t a, size_t b) {
  const struct making *m = arg;
  return slice_eq(slice_trim(diff_line_value(&m->page->line[0].v[m->from[0] + a])),
                  slice_trim(diff_line_value(&m->page->line[1].v[m->from[1] + b])));
}

static bool alike(void *arg, size_t a, size_t b) {
  const struct making *m = arg;
  return diff_alike(text_at(m, 0, a), text_at(m, 1, b));
}

static bool says_nothing(const struct diff_noise *noise, struct slice name) {
  static const char *const always[] = {"date",         "age",           "etag",          "expires",
                                       "x-request-id", "x-runtime",     "server-timing", "x-response-time",
                                       "x-trace-id",   "traceparent",   "cf-ray",        "x-amz-request-id",
                                       "x-amz-cf-id",  "last-modified", "report-to",     "nel"};
  for (size_t i = 0; i < sizeof always / sizeof *always; i++)
    if (slice_eq(name, slice_of(always[i])))
      return true;
  for (size_t i = 0; i < noise->name.n; i++)
    if (slice_eq(name, slice_of(noise->name.v[i])))
      return true;
  return false;
}

static struct slice name_of(const struct diff_page *p, const struct diff_row *row) {
  return buf_slice(row->a != SIZE_MAX ? &p->line[0].v[row->a].name : &p->line[1].v[row->b].name);
}

static void put_rows(struct making *m, const struct diff_rows *rows) {
  struct diff_page *p = m->page;
  for (size_t i = 0; i < rows->row.n; i++) {
    struct diff_entry e = {DIFF_ENTRY_LINE, m->part, rows->row.v[i]};
    if (e.row.a != SIZE_MAX)
      e.row.a += m->from[0];
    if (e.row.b != SIZE_MAX)
      e.row.b += m->from[1];
    if (e.row.kind != DIFF_SAME && says_nothing(m->noise, name_of(p, &e.row))) {
      p->noise[m->part]++;
      e.what = DIFF_ENTRY_NOISE;
    } else if (e.row.kind != DIFF_SAME) {
      p->changes[m->part]++;
    }
    VEC_PUSH(&p->entry, e);
  }
}

static void number_lines(const struct making *m, int which, bool named, struct diff_names *names, uint32_t *out) {
  const struct diff_page *p = m->page;
  for (size_t i = m->from[which]; i < p->line[which].n; i++) {
    const struct diff_line *line = &p->line[which].v[i];
    out[i - m->from[which]] = diff_number(names, buf_slice(named ? &line->name : &line->text));
  }
}

/* What was added to both sides since `from` becomes rows. */
static void compare(struct making *m, bool named, diff_same_fn *same) {
  struct diff_page *p = m->page;
  size_t n[2] = {p->line[0].n - m->from[0], p->line[1].n - m->from[1]};
  uint32_t *number[2];
  struct diff_names names = {.bucket = NULL};
  struct diff_rows rows = {{NULL, 0, 0}};
  for (int which = 0; which < 2; which++) {
    number[which] = mem_alloc((n[which] + 1) * sizeof *number[which]);
    number_lines(m, which, named, &names, number[which]);
  }
  if (named)
    diff_named(number[0], n[0], number[1], n[1], same, m, &rows);
  else
    diff_lines(number[0], n[0], number[1], n[1], alike, m, &rows);
  put_rows(m, &rows);
  diff_names_clear(&names);
  VEC_CLEAR(&rows.row);
  free(number[0]);
  free(number[1]);
  m->from[0] = p->line[0].n;
  m->from[1] = p->line[1].n;
}

static void blank_between(struct making *m) {
  add_line(m->page, 0, SLICE(""));
  add_line(m->page, 1, SLICE(""));
  compare(m, false, NULL);
}

static bool plain_bytes(enum body_kind kind) {
  return kind == BODY_BINARY || kind == BODY_IMAGE;
}

static void compare_bodies(struct making *m, const struct flow_message *a, const struct flow_message *b) {
  struct body_text body[2];
  read_body(m->page, a, m->original != 0, &body[0]);
  read_body(m->page, b, m->original != 1, &body[1]);
  bool json = body[0].kind == BODY_JSON && body[1].kind == BODY_JSON;
  bool bytes = plain_bytes(body[0].kind) || plain_bytes(body[1].kind);
  if (body[0].plain.n > 0 || body[1].plain.n > 0) {
    blank_between(m);
    add_body(m->page, 0, &body[0], json, bytes, m->noise->redact_all);
    add_body(m->page, 1, &body[1], json, bytes, m->noise->redact_all);
    compare(m, json, same_value);
  }
  buf_clear(&body[0].plain);
  buf_clear(&body[1].plain);
}

static void compare_part(struct diff_page *p, const struct flow *a, const struct flow *b, enum flow_side part,
                         const struct diff_noise *noise, int original) {
  const struct flow_message *m[2] = {flow_side_const(a, part), flow_side_const(b, part)};
  struct making making = {p, noise, part, {p->line[0].n, p->line[1].n}, original};
  const struct http_head *heads[2];
  struct diff_entry title = {DIFF_ENTRY_TITLE, part, {SIZE_MAX, SIZE_MAX, DIFF_SAME}};
  VEC_PUSH(&p->entry, title);
  for (int which = 0; which < 2; which++) {
    heads[which] = which == original ? &m[which]->head : flow_sent_head(m[which]);
    if (original >= 0 && which != original)
      heads[which] = flow_wire_head(m[which]);
    if (heads[which]->raw != NULL)
      add_start(p, which, heads[which], noise->redact_all);
  }
  compare(&making, true, same_text);
  for (int which = 0; which < 2; which++)
    add_fields(p, which, heads[which], noise->redact);
  compare(&making, true, same_text);
  compare_bodies(&making, m[0], m[1]);
}

void diff_page_make(struct diff_page *p, const struct flow *a, const struct flow *b, const struct diff_noise *noise,
                    int original) {
  diff_page_clear(p);
  compare_part(p, a, b, FLOW_REQUEST, noise, original);
  compare_part(p, a, b, FLOW_RESPONSE, noise, original);
}

void diff_page_clear(struct diff_page *p) {
  for (int which = 0; which < 2; which++) {
    for (size_t i = 0; i < p->line[which].n; i++) {
      buf_clear(&p->line[which].v[i].text);
      buf_clear(&p->line[which].v[i].name);
    }
    VEC_CLEAR(&p->line[which]);
  }
  VEC_CLEAR(&p->entry);
  memset(p, 0, sizeof *p);
}

void diff_page_words(const struct diff_page *p, struct buf *out) {
  size_t all = p->changes[0] + p->changes[1], noise = p->noise[0] + p->noise[1];
  if (all == 0)
    buf_add_text(out, "no difference");
  else
    buf_printf(out, "%zu line%s: %zu request, %zu response", all, all == 1 ? " differs" : "s differ", p->changes[0],
               p->changes[1]);
  if (noise > 0)
    buf_printf(out, "; %zu left out as noise", noise);
  if (p->cut)
    buf_add_text(out, "; only the first part of the bodies was compared");
}

struct slice diff_line_value(const struct diff_line *line) {
  struct slice s = buf_slice(&line->text);
  if (line->json && s.n > 0 && s.p[s.n - 1] == ',')
    s.n--;
  return s;
}

void diff_noise_clear(struct diff_noise *n) {
  for (size_t i = 0; i < n->name.n; i++)
    free(n->name.v[i]);
  VEC_CLEAR(&n->name);
}
