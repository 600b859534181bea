/*
 * Content codings (gzip, x-gzip, deflate in zlib or raw form, br, zstd, identity), for view, filter and edit,
 * and for a body that rules change as it flows; nothing else on the data path knows them. Bombs stop at a cap on output and on ratio (CWE-409), in total over chained codings.
 */
#ifndef WEIR_BODY_DECODE_H
#define WEIR_BODY_DECODE_H

#include "weir/base/buf.h"
#include "weir/base/err.h"
#include "weir/base/slice.h"

#define BODY_DECODE_MAX   (64u * 1024 * 1024) /* default cap on output */
#define BODY_DECODE_RATIO 1100                /* most output bytes for each input byte (deflate's own limit is 1032) */
#define BODY_DECODE_FREE                                                                                               \
  (1024u * 1024) /* output that no ratio forbids: br and zstd make 1 MB of blanks from 20 bytes */

enum body_decode_code {
  BODY_DECODED,      /* all of it; an empty input is complete in any coding (HEAD, 304) */
  BODY_DECODED_PART, /* the input was cut or damaged, or a cap was hit: what came out so far; *err says which */
  BODY_NOT_DECODED,  /* an unknown coding or damaged from the start: nothing was added to out; *err says why */
};

/* A pull source of raw bytes in order: sets *piece (it may be empty), false at the end. */
typedef bool body_source_fn(void *arg, struct slice *piece);

/* `coding` is a Content-Encoding value, possibly a list ("gzip, br": applied left to right, undone right to left),
 * empty for identity. max: cap on output bytes (0: BODY_DECODE_MAX). */
enum body_decode_code body_decode(struct slice coding, body_source_fn *source, void *arg, size_t max, struct buf *out,
                                  struct err *err);

/* The same a piece at a time, for work that is cut into slices: each feeding appends what it brings to light. NULL: an
 * unknown coding. False: nothing more will come of it (complete, damaged, or a cap). One raw byte may become
 * BODY_DECODE_RATIO and more. */
struct body_decoder;
struct body_decoder *body_decoder_new(struct slice coding, size_t max, struct err *err);
/* With the characters converted to UTF-8 in the end. charset: as body_charset_find() names it; NULL: as they come. */
struct body_decoder *body_decoder_new_text(struct slice coding, const char *charset, size_t max, struct err *err);
void body_decoder_free(struct body_decoder *d);
bool body_decoder_feed(struct body_decoder *d, struct slice raw, struct buf *out);
/* The same for who is in a hurry: comes back soon after `most` bytes came out (some ten kilobytes more), having taken what
 * it could from the front of *raw. As long as it waits, more comes without more input. */
bool body_decoder_feed_some(struct body_decoder *d, struct slice *raw, size_t most, struct buf *out);
bool body_decoder_waits(const struct body_decoder *d);
void body_decoder_flush(struct body_decoder *d,
                        struct buf *out); /* no more is fed: the piece of a character, as it is */
enum body_decode_code body_decoder_end(struct body_decoder *d, struct err *err); /* as body_decode() says it */

bool body_coding_known(struct slice coding);

/* The other way, for an edited body that goes out with its Content-Encoding: appends to out. False: unknown coding,
 * and out is as before. */
bool body_encode(struct slice coding, struct slice plain, struct buf *out, struct err *err);

/* The same a piece at a time, for work that is cut into slices: what a feeding costs depends on the piece, and on no
 * more than a coding's block (128 KiB) beside it. NULL with a sentence: an unknown coding. */
struct body_encoder;
struct body_encoder *body_encoder_new(struct slice coding, struct err *err);
void body_encoder_free(struct body_encoder *e);
/* Appends what came out, be it nothing. last: no more is fed. False: it failed, and nothing more will come of it. */
bool body_encoder_feed(struct body_encoder *e, struct slice plain, bool last, struct buf *out);
/* All that was fed comes out, so that a receiver can read it before the end; that costs a few bytes. */
bool body_encoder_flush(struct body_encoder *e, struct buf *out);

#endif
