/*
 * Lines of text, found in the bytes around an offset. A line without an end for 1.5 * TEXT_PIECE bytes is cut, at
 * multiples of TEXT_PIECE counted from the beginning of the body, so that the cuts are the same wherever one comes from.
 */
#include <string.h>

#include "lines_parts.h"

#define CUT_LEAST  (TEXT_PIECE / 2)
#define LINE_MOST  (TEXT_PIECE + CUT_LEAST)
#define CHARACTER  4
#define LOOK_BACK  (3 * TEXT_PIECE) /* without a line's end so far back, the cut before the last one is known */
#define BACK_CHUNK (64u * 1024)

static struct slice window(struct body_lines *lines, uint64_t from, size_t least) {
  return body_bytes_window(&lines->bytes, from, least, &lines->side);
}

static bool inside_character(char c) {
  return ((unsigned char)c & 0xc0) == 0x80;
}

/* A cut at the front of `s` is moved behind the character that it would tear, if these are characters. */
static size_t past_character(struct slice s) {
  size_t n = 0;
  while (n < s.n && n < CHARACTER && inside_character(s.p[n]))
    n++;
  return n < CHARACTER ? n : 0;
}

/* The first cut that leaves a piece from `at` its least size; w: the bytes from `at` on. */
static size_t cut_behind(struct slice w, uint64_t at) {
  uint64_t cut = (at + CUT_LEAST + TEXT_PIECE - 1) / TEXT_PIECE * TEXT_PIECE;
  size_t n = (size_t)(cut - at);
  return n + past_character(slice_from(w, n));
}

struct piece {
  size_t taken, shown;
};

static struct piece piece_of(struct slice w, uint64_t at) {
  ptrdiff_t end = slice_find_byte(slice_sub(w, 0, LINE_MOST), '\n');
  if (end >= 0)
    return (struct piece){(size_t)end + 1, (size_t)end - (end > 0 && w.p[end - 1] == '\r')};
  if (w.n <= LINE_MOST)
    return (struct piece){w.n, w.n};
  size_t n = cut_behind(w, at);
  return (struct piece){n, n};
}

static struct piece piece_at(struct body_lines *lines, uint64_t at, struct slice *w) {
  *w = window(lines, at, LINE_MOST + CHARACTER);
  return piece_of(*w, at);
}

/* Where a piece begins that is not behind `offset`, and not far before. */
static uint64_t start_before(struct body_lines *lines, uint64_t offset) {
  uint64_t from = offset > LOOK_BACK ? offset - LOOK_BACK : 0;
  size_t n = (size_t)(offset - from);
  struct slice w = slice_sub(window(lines, from, n), 0, n);
  const char *end = w.n ? memrchr(w.p, '\n', w.n) : NULL;
  if (end)
    return from + (uint64_t)(end - w.p) + 1;
  if (!from)
    return 0;
  uint64_t cut = (offset / TEXT_PIECE - 1) * TEXT_PIECE;
  return cut + past_character(window(lines, cut, CHARACTER));
}

static bool begins_line(struct body_lines *lines, uint64_t at) {
  if (!at)
    return true;
  struct slice before = lines->bytes.at(lines->bytes.arg, at - 1);
  return before.n && *before.p == '\n';
}

bool plain_find(struct body_lines *lines, uint64_t offset, struct body_place *place) {
  uint64_t size = lines_size(lines);
  struct slice w;
  if (!size)
    return false;
  if (offset >= size)
    offset = size - 1;
  uint64_t at = start_before(lines, offset);
  for (;;) {
    struct piece piece = piece_at(lines, at, &w);
    if (!piece.taken || at + piece.taken > offset)
      break;
    at += piece.taken;
  }
  place->at = at;
  place->part = !begins_line(lines, at);
  return true;
}

bool plain_next(struct body_lines *lines, struct body_place *place) {
  struct slice w;
  struct piece piece = piece_at(lines, place->at, &w);
  uint64_t next = place->at + piece.taken;
  if (!piece.taken || next >= lines_size(lines))
    return false;
  place->part = w.p[piece.taken - 1] != '\n';
  place->line += !place->part;
  place->at = next;
  return true;
}

void plain_get(struct body_lines *lines, const struct body_place *place, struct body_line *out) {
  struct slice w;
  struct piece piece = piece_at(lines, place->at, &w);
  line_add(out, w.p, piece.shown, BODY_STYLE_PLAIN);
}

/* ---- numbers ---- */

/* Line ends, eight bytes at a time: a byte of x that is 0 leaves the top bit of its place clear in t. */
static uint64_t count_ends(struct slice s) {
  const uint64_t ones = UINT64_C(0x0101010101010101), low = ones * 0x7f;
  uint64_t n = 0;
  size_t i = 0;
  while (i + 8 <= s.n) {
    uint64_t sums = 0;
    for (unsigned turn = 0; turn < 255 && i + 8 <= s.n; turn++, i += 8) {
      uint64_t x, t;
      memcpy(&x, s.p + i, 8);
      x ^= ones * '\n';
      t = ((x & low) + low) | x;
      sums += ~t >> 7 & ones;
    }
    for (; sums; sums >>= 8)
      n += sums & 0xff;
  }
  for (; i < s.n; i++)
    n += s.p[i] == '\n';
  return n;
}

static uint64_t count_between(struct body_lines *lines, uint64_t from, uint64_t to) {
  uint64_t n = 0;
  while (from < to) {
    struct slice run = lines->bytes.at(lines->bytes.arg, from);
    run = slice_sub(run, 0, to - from < SIZE_MAX ? (size_t)(to - from) : SIZE_MAX);
    if (!run.n)
      break;
    n += count_ends(run);
    from += run.n;
  }
  return n;
}

static void thin_out(struct body_lines *lines) {
  for (size_t i = 0; 2 * i < lines->ends.n; i++)
    lines->ends.v[i] = lines->ends.v[2 * i];
  lines->ends.n = (lines->ends.n + 1) / 2;
  lines->stride *= 2;
}

bool plain_index(struct body_lines *lines, uint64_t bytes) {
  uint64_t size = lines_size(lines);
  uint64_t goal = bytes < size - lines->counted ? lines->counted + bytes : size;
  while (lines->counted < goal) {
    if (lines->counted == lines->ends.n * lines->stride) {
      VEC_PUSH(&lines->ends, lines->ends_counted);
      if (lines->ends.n == INDEX_MOST)
        thin_out(lines);
    }
    uint64_t next = lines->ends.n * lines->stride;
    if (next > goal)
      next = goal;
    lines->ends_counted += count_between(lines, lines->counted, next);
    lines->counted = next;
  }
  return lines->counted == size;
}

void plain_number(struct body_lines *lines, struct body_place *place) {
  if (place->at > lines->counted && place->at - lines->counted <= INDEX_NEAR)
    plain_index(lines, place->at - lines->counted);
  place->about = place->at > lines->counted;
  if (!place->at) {
    place->line = 0;
  } else if (place->about) {
    double so_far = lines->counted ? (double)lines->ends_counted / (double)lines->counted : 1.0 / 64;
    place->line = (uint64_t)(so_far * (double)place->at);
  } else {
    uint64_t i = place->at / lines->stride;
    if (i >= lines->ends.n)
      i = lines->ends.n - 1;
    place->line = lines->ends.v[i] + count_between(lines, i * lines->stride, place->at);
  }
}

bool plain_at_line(struct body_lines *lines, uint64_t line, struct body_place *place) {
  uint64_t size = lines_size(lines);
  if (line > lines->ends_counted || !size)
    return false;
  size_t low = 0, high = lines->ends.n; /* the last entry before the end of line - 1 */
  while (low + 1 < high) {
    size_t middle = low + (high - low) / 2;
    if (lines->ends.v[middle] < line)
      low = middle;
    else
      high = middle;
  }
  uint64_t at = low * lines->stride, left = line - (line ? lines->ends.v[low] : 0);
  while (left) {
    struct slice run = lines->bytes.at(lines->bytes.arg, at);
    ptrdiff_t end = slice_find_byte(run, '\n');
    if (!run.n)
      return false;
    at += end >= 0 ? (uint64_t)end + 1 : run.n;
    left -= end >= 0;
  }
  if (at >= size)
    return false;
  *place = (struct body_place){.at = at, .line = line};
  return true;
}

/* ---- whole lines ---- */

enum body_lines_found plain_next_line(struct body_lines *lines, struct body_place *place) {
  uint64_t size = lines_size(lines), at = place->at, goal = at + LINE_NEAR;
  while (at < goal && at < size) {
    struct slice run = lines->bytes.at(lines->bytes.arg, at);
    ptrdiff_t end = slice_find_byte(slice_sub(run, 0, LINE_NEAR), '\n');
    if (!run.n)
      break;
    at += end >= 0 ? (uint64_t)end + 1 : run.n < LINE_NEAR ? run.n : LINE_NEAR;
    if (end < 0)
      continue;
    if (at >= size)
      return BODY_LINES_NONE;
    *place = (struct body_place){.at = at, .line = place->line + 1, .about = place->about};
    return BODY_LINES_FOUND;
  }
  if (at >= size)
    return BODY_LINES_NONE;
  if (!place->about && plain_at_line(lines, place->line + 1, place))
    return BODY_LINES_FOUND;
  return lines->counted == size ? BODY_LINES_NONE : BODY_LINES_NOT_YET;
}

void plain_line_start(struct body_lines *lines, struct body_place *place) {
  uint64_t at = place->at;
  if (!place->part)
    return;
  while (at && place->at - at < LINE_NEAR) {
    uint64_t from = at > BACK_CHUNK ? at - BACK_CHUNK : 0;
    struct slice w = slice_sub(window(lines, from, (size_t)(at - from)), 0, (size_t)(at - from));
    const char *end = w.n ? memrchr(w.p, '\n', w.n) : NULL;
    if (end || !from) {
      place->at = end ? from + (uint64_t)(end - w.p) + 1 : 0;
      place->part = false;
      return;
    }
    at = from;
  }
  if (!place->about)
    plain_at_line(lines, place->line, place);
}
