/*
 * Multipart bodies (RFC 2046 section 5.1): boundaries and the heads of parts as sent, the body of each part as its own
 * kind, in hex where it is no text. The first line that begins with "--" tells the boundary, so that a body shows its parts
 * whatever its message says of it.
 *
 * A part is stepped over by the stepper of its kind, which is given bytes of that part only: how far no boundary comes
 * is looked up ahead of it, each byte once.
 */
#include "pen.h"

#define BOUNDARY_MAX 200                       /* RFC 2046: 70 */
#define ENOUGH       (LINE_REACH - 16u * 1024) /* what a step within a part gets, where the part has so many */
#define HEX_COLUMNS  16

enum where { IN_PREAMBLE, IN_HEAD, IN_BODY, IN_EPILOGUE };

static uint32_t hash(struct slice s) {
  uint32_t h = 2166136261u; /* FNV-1a */
  for (size_t i = 0; i < s.n; i++)
    h = (h ^ (unsigned char)s.p[i]) * 16777619u;
  return h;
}

/* Bytes up to the line's end, which must come within a line's length. -1: it does not. */
static ptrdiff_t line_end(struct slice rest) {
  struct slice line = slice_sub(rest, 0, LINE_BYTES);
  ptrdiff_t end = slice_find_byte(line, '\n');
  return end >= 0 ? end : rest.n <= LINE_BYTES ? (ptrdiff_t)rest.n : -1;
}

static bool is_boundary(const struct line_multipart *m, struct slice line) {
  if (!slice_starts(line, SLICE("--")) || line.n < 2u + m->boundary_n)
    return false;
  if (hash(slice_sub(line, 2, m->boundary_n)) != m->boundary_hash)
    return false;
  return line.n == 2u + m->boundary_n || strchr("- \t\r\n", line.p[2 + m->boundary_n]);
}

/* The line at the front, without its end; the end is passed over. */
static void take_line(struct pen *pen, size_t n, enum body_style style) {
  size_t text = n && pen->rest.p[n - 1] == '\r' ? n - 1 : n;
  bool ended = n < pen->rest.n;
  pen_take(pen, text, style);
  pen_pass(pen, n - text + ended);
}

static bool text_line(struct pen *pen) {
  struct line_state *state = pen->state;
  bool more = line_piece(pen->rest, state, pen->out);
  if (pen->out)
    line_dim(pen->out);
  return more;
}

static bool boundary_line(struct pen *pen, size_t n) {
  struct line_state *state = pen->state;
  struct line_multipart *m = &state->multipart;
  bool last = pen_at(pen, 2u + m->boundary_n) == '-' && pen_at(pen, 3u + m->boundary_n) == '-';
  m->where = last ? IN_EPILOGUE : IN_HEAD;
  m->kind = BODY_EMPTY;
  m->ended = false;
  state->level = 0;
  state->depth = !last;
  take_line(pen, n, BODY_STYLE_DIM);
  return true;
}

static bool preamble(struct pen *pen) {
  struct line_multipart *m = &pen->state->multipart;
  ptrdiff_t end = line_end(pen->rest);
  struct slice line = slice_sub(pen->rest, 0, end > 0 ? (size_t)end : 0);
  while (line.n && strchr(" \t\r", line.p[line.n - 1]))
    line.n--;
  if (line.n < 3 || line.n > BOUNDARY_MAX + 2 || !slice_starts(line, SLICE("--")))
    return text_line(pen);
  m->boundary_n = (uint8_t)(line.n - 2);
  m->boundary_hash = hash(slice_from(line, 2));
  return boundary_line(pen, (size_t)end);
}

/* ---- the head of a part ---- */

static void begin_body(struct pen *pen) {
  struct line_state *state = pen->state;
  state->multipart.where = IN_BODY;
  state->multipart.begins = true;
  state->multipart.clear = state->at;
  memset(&state->in, 0, sizeof state->in);
}

static bool head(struct pen *pen) {
  struct line_state *state = pen->state;
  struct line_multipart *m = &state->multipart;
  ptrdiff_t end = line_end(pen->rest);
  state->level = 1;
  if (end < 0)
    return text_line(pen);
  size_t n = (size_t)end;
  struct slice line = slice_sub(pen->rest, 0, n);
  if (is_boundary(m, line))
    return boundary_line(pen, n);
  ptrdiff_t colon = slice_find_byte(line, ':');
  if (!n || (n == 1 && *line.p == '\r')) {
    take_line(pen, n, BODY_STYLE_PLAIN);
    begin_body(pen);
    return true;
  }
  if (colon > 0) {
    struct slice value = slice_from(line, (size_t)colon + 1);
    if (value.n && value.p[value.n - 1] == '\r')
      value.n--;
    if (slice_eq_ascii(slice_sub(line, 0, (size_t)colon), SLICE("Content-Type")))
      m->kind = (uint8_t)kind_said(slice_trim(value));
    pen_take(pen, (size_t)colon, BODY_STYLE_KEY);
    pen_take(pen, 1, BODY_STYLE_PUNCT);
    n -= (size_t)colon + 1;
  }
  take_line(pen, n, colon > 0 ? BODY_STYLE_STRING : BODY_STYLE_PLAIN);
  return true;
}

/* ---- the body of a part ---- */

/* Looks for the boundary in bytes that were not looked at. */
static void look_ahead(const struct pen *pen) {
  struct line_multipart *m = &pen->state->multipart;
  struct slice look = slice_sub(pen->rest, 0, LINE_REACH);
  size_t from = m->clear - pen->state->at;
  if (m->ended || (from >= ENOUGH && look.n == LINE_REACH))
    return;
  for (;;) {
    ptrdiff_t found = slice_find(slice_from(look, from), SLICE("\n--"));
    if (found < 0)
      break;
    from += (size_t)found;
    /* a boundary that is not whole yet is looked at again */
    if (look.n == LINE_REACH && look.n - from < 4u + m->boundary_n)
      break;
    if (is_boundary(m, slice_from(look, from + 1))) {
      m->ended = true;
      m->clear = pen->state->at + from - (from && look.p[from - 1] == '\r');
      return;
    }
    from++;
  }
  size_t tail = look.n == LINE_REACH ? 4u + m->boundary_n : 0;
  if (from < look.n - tail)
    from = look.n - tail;
  m->clear = pen->state->at + from;
}

static bool hex_row(struct slice rest, struct line_state *state, struct body_line *out) {
  if (!rest.n)
    return false;
  struct slice row = slice_sub(rest, 0, HEX_COLUMNS);
  if (out)
    line_hex(row, HEX_COLUMNS, state->at, out);
  state->at += row.n;
  return true;
}

static bool inner_line(struct slice part, struct line_state *state, struct body_line *out) {
  struct line_multipart *m = &state->multipart;
  if (m->kind == BODY_BINARY || m->kind == BODY_IMAGE)
    return hex_row(part, state, out);
  state->kind = m->kind;
  state->depth--;
  bool more = line_next(part, state, out);
  m->kind = state->kind;
  state->kind = BODY_MULTIPART;
  state->level++;
  state->depth++;
  return more;
}

static bool body(struct pen *pen) {
  struct line_state *state = pen->state;
  struct line_multipart *m = &state->multipart;
  ptrdiff_t end = m->begins ? line_end(pen->rest) : -1;
  if (end > 0 && is_boundary(m, slice_sub(pen->rest, 0, (size_t)end)))
    return boundary_line(pen, (size_t)end);
  look_ahead(pen);
  struct slice part = slice_sub(pen->rest, 0, m->clear - state->at);
  if (m->begins) {
    m->kind = (uint8_t)kind_seen((enum body_kind)m->kind, part);
    if (m->kind == BODY_MULTIPART)
      m->kind = BODY_TEXT;
  }
  m->begins = false;
  state->level = 1;
  if (part.n && inner_line(part, state, pen->out))
    return true;
  if (!m->ended)
    return false;
  pen->rest = slice_from(pen->rest, part.n); /* what was left of it was white space */
  pen_pass(pen, pen_at(pen, 0) == '\r' ? 2 : 1);
  end = line_end(pen->rest);
  if (end < 0) { /* what follows the boundary is too long for a line */
    m->where = IN_EPILOGUE;
    state->depth = state->level = 0;
    return text_line(pen);
  }
  return boundary_line(pen, (size_t)end);
}

bool line_multipart_next(struct slice rest, struct line_state *state, struct body_line *out) {
  struct pen pen = {rest, state, out, 0, 0};
  state->closes = state->goes_on = false;
  state->level = 0;
  if (!rest.n)
    return false;
  switch (state->multipart.where) {
  case IN_HEAD:
    return head(&pen);
  case IN_BODY:
    return body(&pen);
  case IN_PREAMBLE:
    return preamble(&pen);
  default:
    return text_line(&pen);
  }
}
