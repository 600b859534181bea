/*
 * Bodies from any bytes: decoding keeps its caps and does not depend on how the input is cut, encoding comes back,
 * and as lines nothing is lost: without white space, pretty lines are the input, and lie the same however the body is cut.
 * The first byte chooses the coding and the cuts.
 */
#include <stdlib.h>
#include <string.h>

#include "cut_bytes.h"
#include "decode_whole.h"
#include "read_lines.h"
#include "weir/body/decode.h"
#include "weir/body/kind.h"
#include "weir/body/lines.h"

#define CAP (256u * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds) {
  if (!holds)
    abort();
}

struct pieces {
  struct slice rest;
  size_t size;
};

static bool next_piece(void *arg, struct slice *piece) {
  struct pieces *pieces = arg;
  *piece = slice_sub(pieces->rest, 0, pieces->size);
  pieces->rest = slice_from(pieces->rest, piece->n);
  return piece->n > 0;
}

static void check_decode(struct slice coding, struct slice raw, size_t piece_size) {
  struct buf whole = BUF_INIT;
  struct buf parts = BUF_INIT;
  struct err err = ERR_INIT;
  struct pieces pieces = {raw, piece_size};
  enum body_decode_code code = decode_whole(coding, raw, CAP, &whole, &err);
  enum body_decode_code cut = body_decode(coding, next_piece, &pieces, CAP, &parts, NULL);
  must(whole.n <= CAP && parts.n <= CAP);
  must((code == BODY_DECODED) == (err.text[0] == 0));
  must(code != BODY_NOT_DECODED || whole.n == 0);
  if (code == BODY_DECODED && cut == BODY_DECODED)
    must(slice_eq(buf_slice(&whole), buf_slice(&parts)));
  buf_clear(&whole);
  buf_clear(&parts);
}

static void check_encode(struct slice coding, struct slice plain) {
  struct buf raw = BUF_INIT;
  struct buf back = BUF_INIT;
  must(body_encode(coding, plain, &raw, NULL));
  must(decode_whole(coding, buf_slice(&raw), plain.n + 1, &back, NULL) == BODY_DECODED);
  must(slice_eq(buf_slice(&back), plain));
  buf_clear(&raw);
  buf_clear(&back);
}

static void add_visible(struct buf *out, struct slice s) {
  for (size_t i = 0; i < s.n; i++)
    if (!memchr(" \t\r\n", s.p[i], 4))
      buf_add_byte(out, s.p[i]);
}

static void check_line(const struct body_line *line) {
  size_t end = 0;
  for (size_t i = 0; i < line->spans; i++) {
    must(line->span[i].n > 0 && line->span[i].at >= end);
    end = line->span[i].at + line->span[i].n;
  }
  must(end <= line->text.n);
  must(line->text.n < 24 * 1024 + 4);
}

/* The same places and lines, whether the body lies together or in pieces, down and up. */
static void check_cut(struct read_lines *whole, enum body_kind kind, enum body_view view, unsigned seed) {
  struct cut_bytes cut;
  struct body_bytes bytes = cut_bytes(&cut, whole->body, 1 + seed % 97, seed);
  struct body_lines *lines = body_lines_new(bytes, kind, view, 16);
  struct body_line a = {.text = BUF_INIT}, b = {.text = BUF_INIT};
  struct body_place place = {0};
  size_t n = read_lines_count(whole);
  if (seed % 3 == 0) /* it grows: what is seen before the end may be otherwise later, and nothing breaks */
    for (cut.ended = false, cut.there = 0; cut.there < whole->body.n; cut.there += 1 + seed % 31)
      if (body_lines_find(lines, cut.there, &place))
        body_lines_get(lines, &place, &a);
  cut.there = whole->body.n;
  cut.ended = true;
  must(body_lines_first(lines, &place) == (n > 0));
  for (size_t i = 0; i < n; i++) {
    const struct body_place *want = &whole->place.v[i];
    must(place.at == want->at && place.line == want->line && place.part == want->part && !place.about);
    read_lines_get(whole, i, &a);
    body_lines_get(lines, &place, &b);
    must(slice_eq(buf_slice(&a.text), buf_slice(&b.text)) && a.spans == b.spans);
    must(body_lines_next(lines, &place) == (i + 1 < n));
  }
  for (size_t i = n; i-- > 0;) {
    must(place.at == whole->place.v[i].at);
    must(body_lines_previous(lines, &place) == (i > 0));
  }
  body_line_clear(&a);
  body_line_clear(&b);
  body_lines_free(lines);
  cut_bytes_clear(&cut);
}

static void check_lines(struct slice body, enum body_kind kind, enum body_view view, unsigned seed) {
  struct read_lines *lines = read_lines_new(body, kind, view, 16);
  struct body_line line = {.text = BUF_INIT};
  struct buf joined = BUF_INIT;
  struct buf want = BUF_INIT;
  size_t n = 0;
  for (; read_lines_get(lines, n, &line); n++) {
    check_line(&line);
    add_visible(&joined, buf_slice(&line.text));
  }
  add_visible(&want, body);
  if (view == BODY_VIEW_HEX)
    must(n == (body.n + 15) / 16);
  else if (kind == BODY_TEXT || kind == BODY_JSON) /* fuzz_pretty has what holds for those that say more */
    must(slice_eq(buf_slice(&joined), buf_slice(&want)));
  check_cut(lines, kind, view, seed);
  body_line_clear(&line);
  read_lines_free(lines);
  buf_clear(&joined);
  buf_clear(&want);
}

static void check_kind(struct slice body) {
  char letters[8];
  must(body_kind_of(SLICE(""), body) <= BODY_BINARY);
  must(body_kind_of(body, body) <= BODY_BINARY);
  body_type_short(body, letters);
  size_t n = strlen(letters);
  must(n >= 1 && n <= 5);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const codings[] = {"gzip",         "deflate",        "br", "zstd", "gzip, br",
                                        "zstd,deflate", "br, zstd, gzip", ""};
  if (!size)
    return 0;
  struct slice body = slice_make((const char *)data + 1, size - 1);
  struct slice coding = slice_of(codings[data[0] & 7]);
  check_decode(coding, body, 1 + (data[0] >> 3));
  check_encode(coding, body);
  for (enum body_kind kind = BODY_EMPTY; kind <= BODY_BINARY; kind++)
    check_lines(body, kind, BODY_VIEW_PRETTY, data[0]);
  check_lines(body, BODY_TEXT, BODY_VIEW_HEX, data[0]);
  check_kind(body);
  return 0;
}
