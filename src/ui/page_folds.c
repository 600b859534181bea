/* Folded elements of a page: places skip what is hidden, and lines say what can be folded and what is. */
#include "ui/page.h"

bool page_marks(const struct page *p) {
  return p->want.marks && p->lines != NULL && body_lines_nested(p->lines);
}

const struct fold *page_fold(const struct page *p, const struct page_place *place) {
  return place->head == PAGE_BODY && page_marks(p) ? folds_at(&p->folds, place->body.at) : NULL;
}

static bool page_can_fold(const struct page *p, const struct page_place *place) {
  return place->head == PAGE_BODY && page_marks(p) && folds_can_close(p->lines, &place->body);
}

void page_out_of_fold(const struct page *p, struct page_place *place) {
  const struct fold *f = place->head == PAGE_BODY && page_marks(p) ? folds_hiding(&p->folds, place->body.at) : NULL;
  if (f != NULL)
    body_lines_find(p->lines, f->at, &place->body);
}

bool page_past_fold(const struct page *p, struct page_place *place, bool *folded) {
  const struct fold *f = page_fold(p, place);
  struct body_place last;
  *folded = f != NULL;
  if (f == NULL || f->close == UINT64_MAX || !body_lines_find(p->lines, f->close, &last))
    return false;
  place->body = last;
  return body_lines_next(p->lines, &place->body);
}

/* ---- what a line says of it ---- */

static void shift(struct body_line *line, size_t from, size_t n) {
  for (size_t i = 0; i < line->spans; i++)
    if (line->span[i].at >= from)
      line->span[i].at += (uint32_t)n;
}

static void add_span(struct body_line *out, size_t place, struct body_span span) {
  if (out->spans == out->spans_cap) {
    out->spans_cap = out->spans_cap > 0 ? out->spans_cap * 2 : 8;
    out->span = mem_grow(out->span, out->spans_cap * sizeof *out->span);
  }
  memmove(out->span + place + 1, out->span + place, (out->spans - place) * sizeof *out->span);
  out->span[place] = span;
  out->spans++;
}

void page_say_behind(struct body_line *line, const char *words) {
  struct slice said = slice_of(words);
  add_span(line, line->spans, (struct body_span){(uint32_t)line->text.n, (uint32_t)said.n, BODY_STYLE_DIM});
  buf_add_slice(&line->text, said);
}

static size_t blanks(struct slice text) {
  size_t n = 0;
  while (n < text.n && text.p[n] == ' ')
    n++;
  return n;
}

/* What is in it: "3 items", "1 key", "12 lines". */
static void put_count(const struct page *p, const struct fold *f, char opening, struct buf *out) {
  bool json = p->kind == BODY_JSON || p->kind == BODY_NDJSON;
  const char *one = opening == '{' ? "key" : "item";
  unsigned long long n = f->items;
  if (!json || (opening != '{' && opening != '[')) {
    one = "line";
    n = f->lines - f->closed;
  }
  if (n == 0 && !f->closed)
    n = f->lines;
  buf_printf(out, "%llu %s%s", n, one, n == 1 ? "" : "s");
  if (f->close == UINT64_MAX)
    buf_add_text(out, f->whole ? ", not closed" : " so far");
}

static void put_folded(const struct page *p, const struct fold *f, struct body_line *out) {
  struct buf text = BUF_INIT;
  struct body_line last = {.text = BUF_INIT};
  struct body_place place;
  char opening = out->text.n > 0 ? out->text.p[out->text.n - 1] : ' ';
  bool tight = opening == '[' || opening == '{' || opening == '(';
  const char *dots = p->want.ascii ? "..." : "\xe2\x80\xa6";
  if (!tight)
    buf_printf(&text, " %s ", dots);
  put_count(p, f, opening, &text);
  if (!tight && f->closed)
    buf_printf(&text, " %s ", dots);
  add_span(out, out->spans, (struct body_span){(uint32_t)out->text.n, (uint32_t)text.n, BODY_STYLE_DIM});
  buf_add_slice(&out->text, buf_slice(&text));
  if (f->closed && f->close != UINT64_MAX && body_lines_find(p->lines, f->close, &place)) {
    body_lines_get(p->lines, &place, &last);
    size_t skip = blanks(buf_slice(&last.text)), at = out->text.n;
    buf_add_slice(&out->text, slice_from(buf_slice(&last.text), skip));
    for (size_t i = 0; i < last.spans; i++)
      if (last.span[i].at >= skip)
        add_span(out, out->spans,
                 (struct body_span){(uint32_t)(last.span[i].at - skip + at), last.span[i].n, last.span[i].style});
  }
  body_line_clear(&last);
  buf_clear(&text);
}

static const char *page_mark(const struct page *p, bool folded) {
  return p->want.ascii ? (folded ? "+" : "-") : folded ? "\xe2\x96\xb8" : "\xe2\x96\xbe";
}

void page_mark_line(const struct page *p, const struct page_place *place, struct body_line *out) {
  const struct fold *f = page_fold(p, place);
  if (!page_marks(p) || place->body.part)
    return;
  bool opens = f != NULL || page_can_fold(p, place);
  size_t at = blanks(buf_slice(&out->text)), span = 0;
  struct buf sign = BUF_INIT;
  buf_printf(&sign, "%s ", opens ? page_mark(p, f != NULL) : " ");
  shift(out, at, sign.n);
  while (span < out->spans && out->span[span].at < at)
    span++;
  if (opens)
    add_span(out, span, (struct body_span){(uint32_t)at, (uint32_t)sign.n - 1, BODY_STYLE_DIM});
  buf_insert(&out->text, at, sign.p, sign.n);
  buf_clear(&sign);
  if (f != NULL)
    put_folded(p, f, out);
}

ptrdiff_t page_mark_at(const struct page *p, const struct page_place *place) {
  struct body_line line = {.text = BUF_INIT};
  ptrdiff_t at = -1;
  if (page_fold(p, place) != NULL || page_can_fold(p, place)) {
    body_lines_get(p->lines, &place->body, &line);
    at = (ptrdiff_t)blanks(buf_slice(&line.text));
  }
  body_line_clear(&line);
  return at;
}
