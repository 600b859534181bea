/* Applying content codings to an edited body, in the order that Content-Encoding lists them. */
#include "weir/body/decode.h"

#include <brotli/encode.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "stage.h"

#define BROTLI_LEVEL 5 /* an edit is sent at once: speed before the last per cent */
#define ZSTD_LEVEL   3

typedef bool encode_fn(struct slice plain, struct buf *out);

static bool zlib_encode(struct slice plain, struct buf *out, int window_bits) {
  z_stream z = {0};
  if (plain.n > UINT32_MAX ||
      deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    return false;
  size_t room = deflateBound(&z, plain.n);
  z.next_in = (unsigned char *)(uintptr_t)plain.p; /* zlib's own type; it only reads */
  z.avail_in = (unsigned)plain.n;
  z.next_out = (unsigned char *)buf_reserve(out, room);
  z.avail_out = (unsigned)room;
  bool ok = room <= UINT32_MAX && deflate(&z, Z_FINISH) == Z_STREAM_END;
  if (ok)
    out->n += z.total_out;
  deflateEnd(&z);
  return ok;
}

static bool gzip_encode(struct slice plain, struct buf *out) {
  return zlib_encode(plain, out, 15 + 16);
}

/* The form that the registered name means. */
static bool deflate_encode(struct slice plain, struct buf *out) {
  return zlib_encode(plain, out, 15);
}

static bool brotli_encode(struct slice plain, struct buf *out) {
  size_t n = BrotliEncoderMaxCompressedSize(plain.n);
  uint8_t *room = (uint8_t *)buf_reserve(out, n);
  if (!n || !BrotliEncoderCompress(BROTLI_LEVEL, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_GENERIC, plain.n,
                                   (const uint8_t *)plain.p, &n, room))
    return false;
  out->n += n;
  return true;
}

static bool zstd_encode(struct slice plain, struct buf *out) {
  size_t room = ZSTD_compressBound(plain.n);
  size_t n = ZSTD_compress(buf_reserve(out, room), room, plain.p, plain.n, ZSTD_LEVEL);
  if (ZSTD_isError(n))
    return false;
  out->n += n;
  return true;
}

static const struct {
  struct slice name;
  encode_fn *encode;
} codings[] = {
    {{"gzip", 4}, gzip_encode}, {{"x-gzip", 6}, gzip_encode}, {{"deflate", 7}, deflate_encode},
    {{"br", 2}, brotli_encode}, {{"zstd", 4}, zstd_encode},
};

static encode_fn *find(struct slice name) {
  for (size_t i = 0; i < sizeof codings / sizeof *codings; i++)
    if (slice_eq_ascii(codings[i].name, name))
      return codings[i].encode;
  return NULL;
}

/* One coding over what the ones before it made. */
static bool apply(struct slice name, struct buf *body, struct err *err) {
  encode_fn *encode = find(name);
  struct buf next = BUF_INIT;
  bool ok = encode && encode(buf_slice(body), &next);
  if (ok) {
    buf_clear(body);
    *body = next;
  } else {
    buf_clear(&next);
    err_set(err, "the body could not be encoded as %.*s", (int)name.n, name.p);
  }
  return ok;
}

bool body_encode(struct slice coding, struct slice plain, struct buf *out, struct err *err) {
  struct buf body = BUF_INIT;
  struct slice name;
  bool ok = true;
  if (!body_coding_known(coding))
    return err_set(err, "the content coding '%.*s' is not one that weir can encode", coding.n > 40 ? 40 : (int)coding.n,
                   coding.p);
  buf_add_slice(&body, plain);
  while (ok && slice_split(&coding, ',', &name)) {
    name = slice_trim(name);
    if (name.n && !slice_eq_ascii(name, SLICE("identity")))
      ok = apply(name, &body, err);
  }
  if (ok)
    buf_add_slice(out, buf_slice(&body));
  buf_clear(&body);
  return ok;
}
