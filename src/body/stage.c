/* Undoing gzip and deflate (RFC 1950-1952), brotli (RFC 7932) and zstd (RFC 8878), on their libraries. */
#include "stage.h"

#include <brotli/decode.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "weir/base/mem.h"

#define CHUNK           32768
#define ZSTD_WINDOW_LOG 23 /* 8 MB, the most that RFC 9659 lets a sender ask of a receiver */

/* ---- gzip and deflate ---- */

struct zlib_stage {
  z_stream z;
  bool gzip;
  bool open;              /* inflateInit2 was done */
  bool ended;             /* the last stream or member is complete */
  bool complete;          /* at least one gzip member was */
  bool fresh;             /* nothing has come out of the present member */
  bool padding;           /* something else follows the last member */
  unsigned char first[2]; /* of a deflate body, until its form is known */
  size_t firsts;
};

static void *zlib_open(bool gzip) {
  struct zlib_stage *s = mem_zero(1, sizeof *s);
  s->gzip = gzip;
  s->fresh = true;
  if (gzip) {
    s->open = inflateInit2(&s->z, 15 + 16) == Z_OK;
    if (!s->open) {
      free(s);
      return NULL;
    }
  }
  return s;
}

static void *gzip_open(void) {
  return zlib_open(true);
}
static void *deflate_open(void) {
  return zlib_open(false);
}

static void zlib_free(void *state) {
  struct zlib_stage *s = state;
  if (s->open)
    inflateEnd(&s->z);
  free(s);
}

/* A next member starts with the magic number's first byte; anything else behind the end is padding. */
static bool next_member(struct zlib_stage *s) {
  if (s->z.avail_in > 0 && *s->z.next_in != 0x1f)
    s->padding = true;
  if (!s->gzip || s->padding || s->z.avail_in == 0 || inflateReset(&s->z) != Z_OK)
    return false;
  s->ended = false;
  s->fresh = true;
  return true;
}

/* What inflate() said last: it needs more input to go on. */
static bool is_dry(const struct zlib_stage *s, int rc) {
  return rc == Z_BUF_ERROR || (rc == Z_OK && s->z.avail_in == 0 && s->z.avail_out != 0);
}

static enum stage_code zlib_loop(struct zlib_stage *s, stage_sink_fn *sink, void *arg) {
  unsigned char chunk[CHUNK];
  for (;;) {
    if (s->ended && !next_member(s))
      return s->gzip ? STAGE_MORE : STAGE_END;
    s->z.next_out = chunk;
    s->z.avail_out = sizeof chunk;
    int rc = inflate(&s->z, Z_NO_FLUSH);
    size_t made = sizeof chunk - s->z.avail_out;
    enum stage_sink wants = SINK_ON;
    if (rc == Z_STREAM_END)
      s->ended = s->complete = true;
    if (made) {
      s->fresh = false;
      wants = sink(arg, slice_make((const char *)chunk, made));
    }
    if (wants == SINK_STOP)
      return STAGE_STOPPED;
    if (is_dry(s, rc))
      return STAGE_MORE;
    if (rc != Z_OK && rc != Z_STREAM_END)
      /* a whole member and then something that only begins like one: padding too */
      return s->complete && s->fresh ? STAGE_END : STAGE_DAMAGED;
    if (wants == SINK_PAUSE && !(s->ended && s->z.avail_in == 0))
      return STAGE_PAUSED;
  }
}

static enum stage_code zlib_run(struct zlib_stage *s, struct slice *in, stage_sink_fn *sink, void *arg) {
  s->z.next_in = (unsigned char *)(uintptr_t)in->p; /* zlib's own type; it only reads */
  s->z.avail_in = (unsigned)in->n;
  enum stage_code code = zlib_loop(s, sink, arg);
  *in = slice_from(*in, in->n - s->z.avail_in);
  return code;
}

static enum stage_code gzip_feed(void *state, struct slice *in, stage_sink_fn *sink, void *arg) {
  struct zlib_stage *s = state;
  enum stage_code code = zlib_run(s, in, sink, arg);
  /* complete for now; a next member may still come with the next piece */
  return code == STAGE_MORE && s->ended ? STAGE_END : code;
}

/* "deflate" means zlib's form (RFC 9110 section 8.4.1.2), but bare deflate is sent too. No compressor starts bare
 * deflate with bytes that are a zlib header: it would be a stored block with padding bits set. */
static enum stage_code deflate_feed(void *state, struct slice *in, stage_sink_fn *sink, void *arg) {
  struct zlib_stage *s = state;
  if (s->open)
    return zlib_run(s, in, sink, arg);
  while (s->firsts < 2 && in->n) {
    s->first[s->firsts++] = (unsigned char)*in->p;
    *in = slice_from(*in, 1);
  }
  if (s->firsts < 2)
    return STAGE_MORE;
  bool zlib = (s->first[0] & 0x0f) == 8 && s->first[0] >> 4 <= 7 && (s->first[0] * 256 + s->first[1]) % 31 == 0;
  s->open = inflateInit2(&s->z, zlib ? 15 : -15) == Z_OK;
  if (!s->open)
    return STAGE_DAMAGED;
  struct slice first = slice_make((const char *)s->first, 2); /* too little for a pause to leave any of it */
  enum stage_code code = zlib_run(s, &first, sink, arg);
  return code == STAGE_MORE && in->n ? zlib_run(s, in, sink, arg) : code;
}

/* ---- brotli ---- */

static void *brotli_open(void) {
  return BrotliDecoderCreateInstance(NULL, NULL, NULL);
}

static void brotli_free(void *state) {
  BrotliDecoderDestroyInstance(state);
}

static enum stage_code brotli_feed(void *state, struct slice *in, stage_sink_fn *sink, void *arg) {
  uint8_t chunk[CHUNK];
  while (!BrotliDecoderIsFinished(state)) {
    const uint8_t *next = (const uint8_t *)in->p;
    size_t left = in->n, room = sizeof chunk;
    uint8_t *out = chunk;
    BrotliDecoderResult rc = BrotliDecoderDecompressStream(state, &left, &next, &room, &out, NULL);
    *in = slice_from(*in, in->n - left);
    enum stage_sink wants = SINK_ON;
    if (room < sizeof chunk)
      wants = sink(arg, slice_make((const char *)chunk, sizeof chunk - room));
    if (wants == SINK_STOP)
      return STAGE_STOPPED;
    /* a cut input leaves more in the window than one chunk holds */
    if (rc == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT && !BrotliDecoderHasMoreOutput(state))
      return STAGE_MORE;
    if (rc == BROTLI_DECODER_RESULT_ERROR)
      return STAGE_DAMAGED;
    if (wants == SINK_PAUSE && !BrotliDecoderIsFinished(state))
      return STAGE_PAUSED;
  }
  return STAGE_END;
}

/* ---- zstd ---- */

struct zstd_stage {
  ZSTD_DStream *z;
  bool complete; /* at least one frame was */
  bool fresh;    /* nothing has come out of the present frame */
};

static void *zstd_open(void) {
  struct zstd_stage *s = mem_zero(1, sizeof *s);
  s->z = ZSTD_createDStream();
  if (!s->z) {
    free(s);
    return NULL;
  }
  ZSTD_DCtx_setParameter(s->z, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG);
  s->fresh = true;
  return s;
}

static void zstd_free(void *state) {
  struct zstd_stage *s = state;
  ZSTD_freeDStream(s->z);
  free(s);
}

static enum stage_code zstd_feed(void *state, struct slice *in, stage_sink_fn *sink, void *arg) {
  struct zstd_stage *s = state;
  char chunk[CHUNK];
  for (;;) {
    ZSTD_inBuffer from = {in->p, in->n, 0};
    ZSTD_outBuffer to = {chunk, sizeof chunk, 0};
    size_t rc = ZSTD_decompressStream(s->z, &to, &from);
    enum stage_sink wants = SINK_ON;
    *in = slice_from(*in, from.pos);
    if (to.pos) {
      s->fresh = false;
      wants = sink(arg, slice_make(chunk, to.pos));
    }
    if (wants == SINK_STOP)
      return STAGE_STOPPED;
    if (ZSTD_isError(rc))
      return s->complete && s->fresh ? STAGE_END : STAGE_DAMAGED;
    if (rc == 0)
      s->complete = s->fresh = true;
    if (in->n == 0 && (rc == 0 || to.pos < to.size))
      return rc == 0 ? STAGE_END : STAGE_MORE;
    if (wants == SINK_PAUSE)
      return STAGE_PAUSED;
  }
}

static const struct stage_ops stages[] = {
    {"gzip", gzip_open, gzip_feed, zlib_free},          {"x-gzip", gzip_open, gzip_feed, zlib_free},
    {"deflate", deflate_open, deflate_feed, zlib_free}, {"br", brotli_open, brotli_feed, brotli_free},
    {"zstd", zstd_open, zstd_feed, zstd_free},
};

const struct stage_ops *stage_find(struct slice coding) {
  for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
    if (slice_eq_ascii(slice_of(stages[i].name), coding))
      return &stages[i];
  return NULL;
}
