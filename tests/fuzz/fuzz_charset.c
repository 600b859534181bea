/*
 * Bodies that say in which character set they are: whatever is said, found in the bytes and converted, it does not depend
 * on how the bytes are cut, what can be asked at any offset is what came out, and nothing of a single-byte set is lost.
 * The first byte chooses the cuts and the coding, a line with the content type follows, then the body.
 */
#include <stdlib.h>
#include <string.h>

#include "weir/body/charset.h"
#include "weir/body/unpacked.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds) {
  if (!holds)
    abort();
}

static void convert(const char *name, struct slice body, size_t piece, struct buf *out) {
  struct err err = ERR_INIT;
  struct body_decoder *d = body_decoder_new_text(SLICE(""), name, SIZE_MAX / 4, &err);
  must(d != NULL);
  for (; body.n; body = slice_from(body, piece))
    must(body_decoder_feed(d, slice_sub(body, 0, piece), out));
  body_decoder_flush(d, out);
  body_decoder_free(d);
}

static void check_conversion(const struct body_charset *found, struct slice body, size_t piece) {
  struct buf whole = BUF_INIT, parts = BUF_INIT;
  convert(found->name, body, body.n, &whole);
  convert(found->name, body, piece, &parts);
  must(slice_eq(buf_slice(&whole), buf_slice(&parts)));
  if (strcmp(found->name, "windows-1252") == 0)
    must(whole.n >= body.n);
  buf_clear(&whole);
  buf_clear(&parts);
}

static void check_unpacked(struct slice coding, const char *charset, struct slice body, size_t offset) {
  struct err err = ERR_INIT;
  struct body_unpacked *u = body_unpacked_new(coding, charset, body_bytes_of(&body), &err);
  must(u != NULL);
  body_unpacked_go(u, 1u << 20, 0);
  bool ended;
  uint64_t have = body_unpacked_size(u, &ended);
  struct body_bytes bytes = body_unpacked_bytes(u);
  struct slice run = bytes.at(u, offset);
  must(offset < have ? run.n > 0 && offset + run.n <= have : run.n == 0);
  must(body_unpacked_taken(u) <= body.n);
  body_unpacked_free(u);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const codings[] = {"", "gzip", "deflate", "br", "zstd", "gzip, br", "zstd, gzip"};
  if (size < 2 || size > 65536)
    return 0;
  struct slice rest = {(const char *)data + 1, size - 1}, type;
  struct body_charset found;
  slice_split(&rest, '\n', &type);
  bool converts = body_charset_find(type, rest, &found);
  must(converts == (found.name[0] != 0) && strlen(found.label) < CHARSET_LABEL);
  if (converts && rest.n)
    check_conversion(&found, rest, 1 + data[0] / 16);
  check_unpacked(slice_of(codings[data[0] % 7]), converts ? found.name : NULL, rest, (size_t)data[0] * 31);
  return 0;
}
