/*
 * Bodies from any bytes: decoding keeps its caps and does not depend on how the input is cut, encoding comes back,
 * and as lines nothing is lost: without white space, pretty JSON is the input. The first byte chooses the coding.
 */
#include <stdlib.h>
#include <string.h>

#include "decode_whole.h"
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
  must(line->text.n < 4096 + 256);
}

static void check_lines(struct slice body, enum body_kind kind, enum body_view view) {
  struct body_lines *lines = body_lines_new(body, kind, view, 16);
  struct body_line line = {.text = BUF_INIT};
  struct buf joined = BUF_INIT;
  struct buf want = BUF_INIT;
  size_t n = 0;
  for (; body_lines_get(lines, n, &line); n++) {
    check_line(&line);
    add_visible(&joined, buf_slice(&line.text));
  }
  must(body_lines_count(lines) == n);
  must(n == 0 || body_lines_at(lines, body.n) == n - 1);
  add_visible(&want, body);
  if (view == BODY_VIEW_HEX)
    must(n == (body.n + 15) / 16);
  else
    must(slice_eq(buf_slice(&joined), buf_slice(&want)));
  body_line_clear(&line);
  body_lines_free(lines);
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
  check_lines(body, BODY_JSON, BODY_VIEW_PRETTY);
  check_lines(body, BODY_TEXT, BODY_VIEW_TEXT);
  check_lines(body, BODY_TEXT, BODY_VIEW_HEX);
  check_kind(body);
  return 0;
}
