/* Ways through the text: clusters, lines, columns. All of it is bounded by a window, whatever the length of a line. */
#include <string.h>

#include "ui/editor_private.h"

#define BACK_BYTES 128u /* how far back a walk begins in order to find the cluster before a place */

void glide_start(struct glide *g, const struct editor *e, size_t at, size_t end, unsigned flags) {
  g->text = &e->text;
  g->at = at;
  g->end = end;
  g->column = 0;
  g->flags = flags | TEXT_KEEP_TAB;
  g->from = at;
  g->n = 0;
}

bool glide_next(struct glide *g) {
  if (g->at >= g->end)
    return false;
  size_t used = g->at - g->from;
  if (g->n - used < 4 * TEXT_CLUSTER_MAX) { /* a cluster must not be cut by the window */
    size_t want = g->end - g->at < sizeof g->bytes ? g->end - g->at : sizeof g->bytes;
    if (g->n - used < want) {
      g->from = g->at;
      g->n = chunks_read(g->text, g->at, g->bytes, want);
      used = 0;
    }
  }
  struct text_cluster t;
  g->at += text_next(slice_make(g->bytes + used, g->n - used), g->flags, &t);
  g->column += t.bytes[0] == '\t' ? EDITOR_TAB - g->column % EDITOR_TAB : t.width;
  return true;
}

/* Length of the line end at `at`: 1, or 2 with its CR, or 0 where there is none. */
static size_t line_end_at(const struct editor *e, size_t at) {
  char two[2];
  size_t n = chunks_read(&e->text, at, two, 2);
  if (n && two[0] == '\n')
    return 1;
  return n == 2 && two[0] == '\r' && two[1] == '\n' ? 2 : 0;
}

size_t editor_next(const struct editor *e, size_t at) {
  size_t skip = line_end_at(e, at);
  if (skip)
    return at + skip;
  struct glide g;
  glide_start(&g, e, at, editor_line_end(e, at), 0);
  glide_next(&g);
  return g.at;
}

size_t editor_previous(const struct editor *e, size_t at) {
  if (at == 0)
    return 0;
  size_t begin = chunks_line_begin(&e->text, at);
  if (begin == at)
    return at >= 2 && chunks_byte(&e->text, at - 2) == '\r' ? at - 2 : at - 1;
  size_t from = begin;
  if (at - begin > BACK_BYTES) {
    from = at - BACK_BYTES;
    while (from < at - BACK_BYTES + 3 && ((unsigned char)chunks_byte(&e->text, from) & 0xc0) == 0x80)
      from++;
  }
  struct glide g;
  size_t last;
  glide_start(&g, e, from, at, 0);
  while (last = g.at, glide_next(&g) && g.at < at) {
  }
  return last;
}

size_t editor_line_end(const struct editor *e, size_t at) {
  size_t end = chunks_line_end(&e->text, at);
  if (end < e->text.size && end > at && chunks_byte(&e->text, end - 1) == '\r')
    end--;
  return end;
}

size_t editor_column(const struct editor *e, size_t at) {
  size_t begin = chunks_line_begin(&e->text, at);
  size_t to = at - begin > EDITOR_COLUMN_BYTES ? begin + EDITOR_COLUMN_BYTES : at;
  struct glide g;
  glide_start(&g, e, begin, to, 0);
  while (glide_next(&g)) {
  }
  return g.column + (at - to);
}

size_t editor_at_column(const struct editor *e, size_t line_begin, size_t column) {
  size_t end = editor_line_end(e, line_begin);
  size_t to = end - line_begin > EDITOR_COLUMN_BYTES ? line_begin + EDITOR_COLUMN_BYTES : end;
  struct glide g;
  size_t last = line_begin;
  glide_start(&g, e, line_begin, to, 0);
  while (g.column < column) {
    last = g.at;
    if (!glide_next(&g)) {
      size_t far = to + (column - g.column);
      return far < end ? far : end;
    }
  }
  return g.column > column ? last : g.at;
}
