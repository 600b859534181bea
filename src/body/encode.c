/* Applying content codings to an edited body, in the order that Content-Encoding lists them, a piece at a time. */
#include "weir/body/decode.h"

#include <brotli/encode.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "weir/base/mem.h"

#define BROTLI_LEVEL 5                   /* an edit is sent at once: speed before the last per cent */
#define BROTLI_BLOCK ((size_t)32 * 1024) /* its own may be megabytes, which are written in one go */
#define ZSTD_LEVEL   3
#define ROOM         ((size_t)32 * 1024)

/* What becomes of the bytes fed last: they may stay inside, all have to come out, or nothing follows them. */
enum how { HOW_ON, HOW_FLUSH, HOW_LAST };

struct coder_ops {
  const char *name;
  void *(*open)(void); /* NULL: no memory */
  bool (*feed)(void *state, struct slice plain, enum how how, struct buf *out);
  void (*close)(void *state);
};

/* ---- zlib ---- */

static void *zlib_open(int window_bits) {
  z_stream *z = mem_zero(1, sizeof *z);
  if (deflateInit2(z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK)
    return z;
  free(z);
  return NULL;
}

static void *gzip_open(void) {
  return zlib_open(15 + 16);
}

/* The form that the registered name means. */
static void *deflate_open(void) {
  return zlib_open(15);
}

static bool zlib_feed(void *state, struct slice plain, enum how how, struct buf *out) {
  static const int modes[] = {Z_NO_FLUSH, Z_SYNC_FLUSH, Z_FINISH};
  z_stream *z = state;
  int code = Z_OK;
  do {
    size_t n = plain.n < UINT32_MAX ? plain.n : UINT32_MAX;
    z->next_in = (unsigned char *)(uintptr_t)plain.p; /* zlib's own type; it only reads */
    z->avail_in = (unsigned)n;
    z->next_out = (unsigned char *)buf_reserve(out, ROOM);
    z->avail_out = ROOM;
    code = deflate(z, n == plain.n ? modes[how] : Z_NO_FLUSH);
    out->n += ROOM - z->avail_out;
    plain = slice_from(plain, n - z->avail_in);
  } while ((code == Z_OK || code == Z_BUF_ERROR) && (plain.n > 0 || z->avail_out == 0));
  return how == HOW_LAST ? code == Z_STREAM_END : code == Z_OK || code == Z_BUF_ERROR;
}

static void zlib_close(void *state) {
  deflateEnd(state);
  free(state);
}

/* ---- brotli ---- */

struct brotli {
  BrotliEncoderState *state;
  size_t unwritten; /* of the block that it is in */
};

static void *brotli_open(void) {
  struct brotli *b = mem_zero(1, sizeof *b);
  b->state = BrotliEncoderCreateInstance(NULL, NULL, NULL);
  if (b->state && BrotliEncoderSetParameter(b->state, BROTLI_PARAM_QUALITY, BROTLI_LEVEL))
    return b;
  BrotliEncoderDestroyInstance(b->state);
  free(b);
  return NULL;
}

static bool brotli_run(struct brotli *b, BrotliEncoderOperation op, struct slice plain, struct buf *out) {
  const uint8_t *in = (const uint8_t *)plain.p;
  size_t left = plain.n, none = 0;
  do {
    if (!BrotliEncoderCompressStream(b->state, op, &left, &in, &none, NULL, NULL))
      return false;
    for (size_t n = 0; BrotliEncoderHasMoreOutput(b->state); n = 0) {
      const uint8_t *bytes = BrotliEncoderTakeOutput(b->state, &n);
      buf_add(out, bytes, n);
    }
  } while (left > 0);
  return true;
}

static bool brotli_feed(void *state, struct slice plain, enum how how, struct buf *out) {
  struct brotli *b = state;
  bool ok = true;
  while (ok && plain.n > 0) {
    size_t room = BROTLI_BLOCK - b->unwritten, n = plain.n < room ? plain.n : room;
    ok = brotli_run(b, n == room ? BROTLI_OPERATION_FLUSH : BROTLI_OPERATION_PROCESS, slice_sub(plain, 0, n), out);
    b->unwritten = (b->unwritten + n) % BROTLI_BLOCK;
    plain = slice_from(plain, n);
  }
  if (!ok || how == HOW_ON)
    return ok;
  b->unwritten = 0;
  if (how == HOW_FLUSH)
    return brotli_run(b, BROTLI_OPERATION_FLUSH, plain, out);
  return brotli_run(b, BROTLI_OPERATION_FINISH, plain, out) && BrotliEncoderIsFinished(b->state);
}

static void brotli_close(void *state) {
  struct brotli *b = state;
  BrotliEncoderDestroyInstance(b->state);
  free(b);
}

/* ---- zstd ---- */

static void *zstd_open(void) {
  ZSTD_CCtx *z = ZSTD_createCCtx();
  if (z && !ZSTD_isError(ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel, ZSTD_LEVEL)))
    return z;
  ZSTD_freeCCtx(z);
  return NULL;
}

static bool zstd_feed(void *state, struct slice plain, enum how how, struct buf *out) {
  static const ZSTD_EndDirective modes[] = {ZSTD_e_continue, ZSTD_e_flush, ZSTD_e_end};
  ZSTD_inBuffer in = {plain.p, plain.n, 0};
  size_t left;
  bool more;
  do {
    ZSTD_outBuffer room = {buf_reserve(out, ROOM), ROOM, 0};
    left = ZSTD_compressStream2(state, &room, &in, modes[how]);
    out->n += room.pos;
    more = in.pos < in.size || (how != HOW_ON && left > 0);
  } while (!ZSTD_isError(left) && more);
  return !ZSTD_isError(left);
}

static void zstd_close(void *state) {
  ZSTD_freeCCtx(state);
}

static const struct coder_ops codings[] = {
    {"gzip", gzip_open, zlib_feed, zlib_close},       {"x-gzip", gzip_open, zlib_feed, zlib_close},
    {"deflate", deflate_open, zlib_feed, zlib_close}, {"br", brotli_open, brotli_feed, brotli_close},
    {"zstd", zstd_open, zstd_feed, zstd_close},
};

static const struct coder_ops *find(struct slice name) {
  for (size_t i = 0; i < sizeof codings / sizeof *codings; i++)
    if (slice_eq_ascii(slice_of(codings[i].name), name))
      return &codings[i];
  return NULL;
}

/* ---- one over what the ones before it made ---- */

struct body_encoder {
  const struct coder_ops *ops; /* NULL: nothing is applied here */
  void *state;
  struct buf made; /* for the next */
  struct body_encoder *next;
};

void body_encoder_free(struct body_encoder *e) {
  while (e) {
    struct body_encoder *next = e->next;
    if (e->state)
      e->ops->close(e->state);
    buf_clear(&e->made);
    free(e);
    e = next;
  }
}

static bool cannot(struct slice coding, struct err *err) {
  return err_set(err, "the content coding '%.*s' is not one that weir can encode", coding.n > 40 ? 40 : (int)coding.n,
                 coding.p);
}

struct body_encoder *body_encoder_new(struct slice coding, struct err *err) {
  struct slice name, rest = coding;
  struct body_encoder *first = mem_zero(1, sizeof *first), *last = first;
  bool ok = body_coding_known(coding) || cannot(coding, err);
  while (ok && slice_split(&rest, ',', &name)) {
    name = slice_trim(name);
    if (!name.n || slice_eq_ascii(name, SLICE("identity")))
      continue;
    last = last->next = mem_zero(1, sizeof *last);
    last->ops = find(name);
    last->state = last->ops ? last->ops->open() : NULL;
    ok = last->state || cannot(name, err);
  }
  if (ok)
    return first;
  body_encoder_free(first);
  return NULL;
}

static bool run(struct body_encoder *e, struct slice plain, enum how how, struct buf *out) {
  bool ok = true;
  struct slice bytes = plain;
  for (struct body_encoder *c = e->next; c && ok; c = c->next) {
    struct buf *to = c->next ? &c->made : out;
    buf_reset(&c->made);
    ok = c->ops->feed(c->state, bytes, how, to);
    bytes = buf_slice(to);
  }
  if (!e->next)
    buf_add_slice(out, plain);
  return ok;
}

bool body_encoder_feed(struct body_encoder *e, struct slice plain, bool last, struct buf *out) {
  return run(e, plain, last ? HOW_LAST : HOW_ON, out);
}

bool body_encoder_flush(struct body_encoder *e, struct buf *out) {
  return run(e, (struct slice){NULL, 0}, HOW_FLUSH, out);
}

bool body_encode(struct slice coding, struct slice plain, struct buf *out, struct err *err) {
  struct body_encoder *e = body_encoder_new(coding, err);
  size_t before = out->n;
  bool ok = e && body_encoder_feed(e, plain, true, out);
  if (e && !ok) {
    out->n = before;
    err_set(err, "the body could not be encoded as %.*s", coding.n > 40 ? 40 : (int)coding.n, coding.p);
  }
  body_encoder_free(e);
  return ok;
}
