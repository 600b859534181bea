/* Lines of text and of hex, and what all kinds of lines are made with. */
#include "line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"

static void add_span(struct body_line *out, uint32_t at, size_t n, enum body_style style) {
  if (!out->span || out->spans == out->spans_cap) {
    out->spans_cap = out->spans_cap ? out->spans_cap * 2 : 8;
    out->span = mem_grow(out->span, out->spans_cap * sizeof *out->span);
  }
  out->span[out->spans++] = (struct body_span){at, (uint32_t)n, style};
}

void line_add(struct body_line *out, const char *bytes, size_t n, enum body_style style) {
  if (!n)
    return;
  uint32_t at = (uint32_t)out->text.n; /* a line has a few thousand bytes */
  buf_add(&out->text, bytes, n);
  if (style == BODY_STYLE_PLAIN)
    return;
  struct body_span *last = out->spans ? &out->span[out->spans - 1] : NULL;
  if (last && last->style == style && last->at + last->n == at)
    last->n += (uint32_t)n;
  else
    add_span(out, at, n, style);
}

void line_dim(struct body_line *out) {
  out->spans = 0;
  if (out->text.n)
    add_span(out, 0, out->text.n, BODY_STYLE_DIM);
}

void body_line_clear(struct body_line *line) {
  buf_clear(&line->text);
  free(line->span);
  *line = (struct body_line){.text = BUF_INIT};
}

/* Where to cut a line that is too long: not inside a character, if these are characters. */
static size_t cut(struct slice rest) {
  size_t n = LINE_BYTES;
  while (n > LINE_BYTES - 3 && ((unsigned char)rest.p[n] & 0xc0) == 0x80)
    n--;
  return ((unsigned char)rest.p[n] & 0xc0) == 0x80 ? LINE_BYTES : n;
}

bool line_piece(struct slice rest, struct line_state *state, struct body_line *out) {
  if (!rest.n)
    return false;
  /* room for CR LF behind a line that is exactly full */
  ptrdiff_t end = slice_find_byte(slice_sub(rest, 0, LINE_BYTES + 2), '\n');
  size_t n = end >= 0 ? (size_t)end : rest.n;
  size_t used = end >= 0 ? n + 1 : n;
  if (end > 0 && rest.p[end - 1] == '\r')
    n--;
  if (n > LINE_BYTES) {
    n = used = cut(rest);
    state->part = true;
  }
  if (out)
    line_add(out, rest.p, n, BODY_STYLE_PLAIN);
  state->at += used;
  return true;
}

static line_step_fn *const steps[BODY_BINARY + 1] = {
    [BODY_JSON] = line_json_next,   [BODY_NDJSON] = line_json_next, [BODY_XML] = line_markup_next,
    [BODY_HTML] = line_markup_next, [BODY_FORM] = line_form_next,   [BODY_EVENTS] = line_events_next,
    [BODY_JS] = line_js_next,       [BODY_CSS] = line_css_next,     [BODY_MULTIPART] = line_multipart_next,
};

bool line_has_steps(enum body_kind kind) {
  return steps[kind] != NULL;
}

bool line_next(struct slice rest, struct line_state *state, struct body_line *out) {
  line_step_fn *next = steps[state->kind];
  state->part = false;
  return next ? next(rest, state, out) : line_piece(rest, state, out);
}

void line_hex(struct slice row, unsigned columns, uint64_t at, struct body_line *out) {
  static const char digits[] = "0123456789abcdef";
  char text[32];
  int n = snprintf(text, sizeof text, "%08llx", (unsigned long long)at);
  line_add(out, text, (size_t)n, BODY_STYLE_DIM);
  for (unsigned i = 0; i < columns; i++) {
    unsigned char c = i < row.n ? (unsigned char)row.p[i] : 0;
    char cell[4] = {' ', i < row.n ? digits[c >> 4] : ' ', i < row.n ? digits[c & 15] : ' ', 0};
    if (i % 8 == 0)
      line_add(out, " ", 1, BODY_STYLE_PLAIN);
    line_add(out, cell, 3, BODY_STYLE_PLAIN);
  }
  line_add(out, "  |", 3, BODY_STYLE_PLAIN);
  for (size_t i = 0; i < row.n; i++) {
    bool shown = row.p[i] >= 0x20 && row.p[i] <= 0x7e;
    /* the style tells a dot that was sent from one that stands for something else */
    line_add(out, shown ? &row.p[i] : ".", 1, shown ? BODY_STYLE_PLAIN : BODY_STYLE_DIM);
  }
  line_add(out, "|", 1, BODY_STYLE_PLAIN);
}
