/* Characters to UTF-8, on the C library's iconv. */
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "stage.h"
#include "weir/base/mem.h"

#define CHUNK   32768
#define LONGEST 32 /* bytes of one character with its shifts, and more */

struct charset {
  iconv_t cd;
  size_t unit; /* bytes that stay together when they cannot be converted */
  bool begun;
  bool raw_lead;       /* the last byte that came out was such a one, and begins a sequence of UTF-8 */
  char piece[LONGEST]; /* of a character whose rest has not come */
  size_t piece_n;
};

void *charset_open(const char *name) {
  iconv_t cd = iconv_open("UTF-8", name);
  if (cd == (iconv_t)-1)
    return NULL;
  struct charset *s = mem_zero(1, sizeof *s);
  s->cd = cd;
  s->unit = strncasecmp(name, "utf-16", 6) == 0 ? 2 : strncasecmp(name, "utf-32", 6) == 0 ? 4 : 1;
  return s;
}

static void charset_free(void *state) {
  struct charset *s = state;
  iconv_close(s->cd);
  free(s);
}

/* As it is, unless it would join the one before to something that is valid. */
static void put_raw(struct charset *s, struct buf *out, struct slice bytes) {
  for (size_t i = 0; i < bytes.n; i++) {
    unsigned char c = (unsigned char)bytes.p[i];
    if (s->raw_lead && (c & 0xc0) == 0x80)
      buf_printf(out, "\\x%02x", c);
    else
      buf_add_byte(out, (char)c);
    s->raw_lead = c >= 0xc2 && c <= 0xf4;
  }
}

/* A mark at the very beginning says the order of bytes and is no text. */
static struct slice without_mark(struct charset *s, struct slice made) {
  bool first = !s->begun && made.n > 0;
  s->begun |= made.n > 0;
  return first && slice_starts(made, SLICE("\xef\xbb\xbf")) ? slice_from(made, 3) : made;
}

enum convert { CONVERTED, CONVERT_FULL, CONVERT_PIECE, CONVERT_INVALID };

static enum convert convert(struct charset *s, struct slice *in, char *chunk, size_t *made) {
  char *from = (char *)(uintptr_t)in->p, *to = chunk; /* iconv's own type; it only reads */
  size_t left = in->n, room = CHUNK;
  size_t rc = iconv(s->cd, &from, &left, &to, &room);
  int error = errno;
  *in = slice_from(*in, in->n - left);
  *made = CHUNK - room;
  if (rc != (size_t)-1)
    return CONVERTED;
  return error == E2BIG ? CONVERT_FULL : error == EINVAL ? CONVERT_PIECE : CONVERT_INVALID;
}

/* One turn of it: what comes out goes to the sink. *stuck: the bytes left are a piece of a character. */
static enum stage_sink turn(struct charset *s, struct slice *in, stage_sink_fn *sink, void *arg, bool *stuck) {
  char chunk[CHUNK];
  size_t made;
  enum convert how = convert(s, in, chunk, &made);
  enum stage_sink wants = SINK_ON;
  struct slice text = without_mark(s, slice_make(chunk, made));
  s->raw_lead &= !text.n;
  if (text.n)
    wants = sink(arg, text);
  *stuck = how == CONVERT_PIECE || (how == CONVERT_INVALID && in->n < s->unit);
  if (how != CONVERT_INVALID || *stuck || wants == SINK_STOP)
    return wants;
  struct buf raw = BUF_INIT;
  put_raw(s, &raw, slice_sub(*in, 0, s->unit));
  *in = slice_from(*in, s->unit);
  s->begun = true;
  enum stage_sink then = sink(arg, buf_slice(&raw));
  buf_clear(&raw);
  return then > wants ? then : wants;
}

static enum stage_code run(struct charset *s, struct slice *in, stage_sink_fn *sink, void *arg) {
  bool stuck = false;
  while (in->n && !stuck) {
    enum stage_sink wants = turn(s, in, sink, arg, &stuck);
    if (wants == SINK_STOP)
      return STAGE_STOPPED;
    if (wants == SINK_PAUSE && in->n)
      return STAGE_PAUSED;
  }
  return STAGE_END;
}

/* The piece from before, with so much of *in that the character is whole. */
static enum stage_code run_piece(struct charset *s, struct slice *in, stage_sink_fn *sink, void *arg) {
  char joined[LONGEST];
  size_t old = s->piece_n, more = sizeof joined - old < in->n ? sizeof joined - old : in->n;
  memcpy(joined, s->piece, old);
  memcpy(joined + old, in->p, more);
  struct slice all = {joined, old + more};
  bool stuck = false;
  enum stage_sink wants = SINK_ON;
  while (wants != SINK_STOP && all.n > more && !stuck)
    wants = turn(s, &all, sink, arg, &stuck);
  if (wants == SINK_STOP)
    return STAGE_STOPPED;
  if (all.n <= more) { /* all that is left is of this input */
    *in = slice_from(*in, more - all.n);
    s->piece_n = 0;
    return wants == SINK_PAUSE && in->n ? STAGE_PAUSED : STAGE_END;
  }
  memmove(s->piece, all.p, all.n);
  s->piece_n = all.n;
  *in = slice_from(*in, more);
  return STAGE_END;
}

/* Nothing that is so long is a character. */
static enum stage_sink give_up_piece(struct charset *s, stage_sink_fn *sink, void *arg) {
  struct buf raw = BUF_INIT;
  charset_flush(s, &raw);
  enum stage_sink wants = sink(arg, buf_slice(&raw));
  buf_clear(&raw);
  return wants;
}

static enum stage_code charset_feed(void *state, struct slice *in, stage_sink_fn *sink, void *arg) {
  struct charset *s = state;
  enum stage_code code = STAGE_END;
  if (s->piece_n == LONGEST && give_up_piece(s, sink, arg) == SINK_STOP)
    return STAGE_STOPPED;
  while (s->piece_n && s->piece_n < LONGEST && in->n && code == STAGE_END)
    code = run_piece(s, in, sink, arg);
  if (code != STAGE_END || s->piece_n == LONGEST)
    return code;
  code = run(s, in, sink, arg);
  if (code == STAGE_END && in->n) { /* fewer than LONGEST: iconv says so of no more than a character */
    size_t n = in->n < LONGEST - 8 ? in->n : LONGEST - 8;
    memcpy(s->piece, in->p, n);
    s->piece_n = n;
    *in = slice_from(*in, n);
  }
  return code;
}

void charset_flush(void *state, struct buf *out) {
  struct charset *s = state;
  put_raw(s, out, slice_make(s->piece, s->piece_n));
  s->piece_n = 0;
}

const struct stage_ops charset_stage = {"character", NULL, charset_feed, charset_free};
