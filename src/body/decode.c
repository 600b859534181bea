/* Undoing a list of content codings: a stack of stages, each feeding the next, with limits on every level. */
#include "weir/body/decode.h"

#include <stdlib.h>

#include "stage.h"
#include "weir/base/mem.h"
#include "weir/base/units.h"

#define CODINGS_MAX 4 /* more is nobody's content, only a way to make a receiver work */
#define PIECE_MAX   (1u << 20)

struct link {
  struct body_decoder *chain;
  const struct stage_ops *ops;
  void *state;
  enum stage_code code;
  uint64_t made;      /* bytes that this stage passed on */
  bool paused;        /* it has more to give without more input */
  struct buf waiting; /* input that it did not take when it was paused */
};

struct body_decoder {
  struct link link[CODINGS_MAX + 1]; /* as listed: the last one is undone first */
  size_t n;
  struct buf *out; /* of this feeding */
  size_t room;     /* so much may still come out in this feeding */
  uint64_t taken;  /* raw bytes fed */
  uint64_t made;   /* bytes in *out that are ours */
  uint64_t max;
  bool over_max;
  bool over_ratio;
  bool damaged;
  bool stopped; /* no more raw bytes are taken */
};

/* How many of `n` more bytes may come out of a level that has made `made`, `max` being the most in all. */
static size_t allowed(struct body_decoder *chain, uint64_t max, uint64_t made, size_t n) {
  uint64_t ratio = chain->taken * BODY_DECODE_RATIO + BODY_DECODE_FREE;
  uint64_t most = max < ratio ? max : ratio;
  if (made + n <= most)
    return n;
  if (max <= ratio)
    chain->over_max = true;
  else
    chain->over_ratio = true;
  return made < most ? (size_t)(most - made) : 0;
}

static enum stage_sink finish(struct body_decoder *chain, struct slice bytes) {
  size_t n = allowed(chain, chain->max, chain->made, bytes.n);
  buf_add(chain->out, bytes.p, n);
  chain->made += n;
  chain->room -= n < chain->room ? n : chain->room;
  return n < bytes.n ? SINK_STOP : chain->room ? SINK_ON : SINK_PAUSE;
}

static enum stage_sink feed(struct body_decoder *chain, size_t level, struct slice *in);

/* What came out of one stage goes into the one listed before it, which may not want all of it now. The depth is that of
 * the list, not of the input. What lies between two codings may be a little larger than the plain body, so it has a
 * little more room. */
static enum stage_sink pass(void *arg, struct slice bytes) {
  struct link *link = arg;
  struct body_decoder *chain = link->chain;
  size_t level = (size_t)(link - chain->link);
  size_t n = level ? allowed(chain, chain->max + BODY_DECODE_FREE, link->made, bytes.n) : bytes.n;
  struct slice in = slice_sub(bytes, 0, n);
  link->made += n;
  enum stage_sink wants = feed(chain, level, &in);
  if (wants == SINK_PAUSE && level)
    buf_add_slice(&chain->link[level - 1].waiting, in);
  return n < bytes.n ? SINK_STOP : wants;
}

/* Bytes for the stage below `level`; level 0 is the plain body. */
static enum stage_sink feed(struct body_decoder *chain, size_t level, struct slice *in) {
  if (level == 0)
    return finish(chain, *in);
  struct link *link = &chain->link[level - 1];
  link->code = link->ops->feed(link->state, in, pass, link);
  link->paused = link->code == STAGE_PAUSED;
  if (link->code == STAGE_DAMAGED)
    chain->damaged = true;
  if (link->code == STAGE_DAMAGED || link->code == STAGE_STOPPED)
    return SINK_STOP;
  bool wait = !chain->room;
  for (size_t i = 0; i < level; i++)
    wait |= chain->link[i].paused;
  return wait ? SINK_PAUSE : SINK_ON;
}

/* Those that were paused, beginning with the one that is nearest to the plain body. */
static enum stage_sink resume(struct body_decoder *chain) {
  enum stage_sink wants = SINK_ON;
  for (size_t i = 0; i < chain->n && wants == SINK_ON; i++) {
    struct link *link = &chain->link[i];
    if (!link->paused)
      continue;
    struct buf waiting = link->waiting;
    link->waiting = (struct buf)BUF_INIT;
    struct slice in = buf_slice(&waiting);
    wants = feed(chain, i + 1, &in);
    buf_add_slice(&link->waiting, in);
    buf_clear(&waiting);
    for (size_t above = i + 1; wants == SINK_STOP && above < chain->n; above++)
      chain->link[above].paused = false; /* what they have left goes nowhere */
  }
  return wants;
}

static void close_chain(struct body_decoder *chain) {
  for (size_t i = 0; i < chain->n; i++) {
    chain->link[i].ops->free(chain->link[i].state);
    buf_clear(&chain->link[i].waiting);
  }
}

static bool unknown(struct slice coding, struct err *err) {
  return err_set(err, "the content coding '%.*s' is not one that weir can decode", coding.n > 40 ? 40 : (int)coding.n,
                 coding.p);
}

/* Next name in a Content-Encoding list; empty elements and "identity" count for nothing (RFC 9110 section 5.6.1). */
static bool next_coding(struct slice *list, struct slice *coding) {
  while (slice_split(list, ',', coding)) {
    *coding = slice_trim(*coding);
    if (coding->n && !slice_eq_ascii(*coding, SLICE("identity")))
      return true;
  }
  return false;
}

static void add_link(struct body_decoder *chain, const struct stage_ops *ops, void *state) {
  chain->link[chain->n++] = (struct link){.chain = chain, .ops = ops, .state = state, .code = STAGE_MORE};
}

static bool open_charset(struct body_decoder *chain, const char *charset, struct err *err) {
  void *state = charset_open(charset);
  if (!state)
    return err_set(err, "the character set '%s' is not one that weir can convert", charset);
  add_link(chain, &charset_stage, state);
  return true;
}

static bool open_chain(struct body_decoder *chain, struct slice list, struct err *err) {
  struct slice coding;
  size_t most = chain->n + CODINGS_MAX;
  while (next_coding(&list, &coding)) {
    const struct stage_ops *ops = stage_find(coding);
    if (!ops)
      return unknown(coding, err);
    if (chain->n == most)
      return err_set(err, "more than %d content codings are not decoded", CODINGS_MAX);
    void *state = ops->open();
    if (!state)
      return err_set(err, "not enough memory to decode %s", ops->name);
    add_link(chain, ops, state);
  }
  return true;
}

static const char *name_of(const struct body_decoder *chain, enum stage_code code) {
  for (size_t i = chain->n; i > 0; i--)
    if (chain->link[i - 1].code == code)
      return chain->link[i - 1].ops->name;
  return "content";
}

static enum body_decode_code verdict(struct body_decoder *chain, struct err *err) {
  char size[16];
  units_size(chain->made, size, sizeof size);
  if (chain->damaged) {
    err_set(err, "the %s data is damaged after %s decoded bytes", name_of(chain, STAGE_DAMAGED), size);
    return chain->made ? BODY_DECODED_PART : BODY_NOT_DECODED;
  }
  if (chain->over_max) {
    err_set(err, "only the first %s bytes are decoded", size);
    return BODY_DECODED_PART;
  }
  if (chain->over_ratio) {
    err_set(err, "decoding stopped after %s bytes: it grows more than %d times", size, BODY_DECODE_RATIO);
    return BODY_DECODED_PART;
  }
  for (size_t i = 0; i < chain->n && chain->taken; i++)
    if (chain->link[i].code != STAGE_END) {
      err_set(err, "the %s data is cut off after %s decoded bytes", chain->link[i].ops->name, size);
      return BODY_DECODED_PART;
    }
  return BODY_DECODED;
}

struct body_decoder *body_decoder_new_text(struct slice coding, const char *charset, size_t max, struct err *err) {
  struct body_decoder *d = mem_zero(1, sizeof *d);
  d->max = max ? max : BODY_DECODE_MAX;
  if ((!charset || open_charset(d, charset, err)) && open_chain(d, coding, err))
    return d;
  body_decoder_free(d);
  return NULL;
}

struct body_decoder *body_decoder_new(struct slice coding, size_t max, struct err *err) {
  return body_decoder_new_text(coding, NULL, max, err);
}

void body_decoder_free(struct body_decoder *d) {
  if (!d)
    return;
  close_chain(d);
  free(d);
}

bool body_decoder_feed_some(struct body_decoder *d, struct slice *raw, size_t most, struct buf *out) {
  size_t given = raw->n;
  d->out = out;
  d->room = most;
  d->taken += given;
  enum stage_sink wants = resume(d);
  if (wants == SINK_ON && raw->n && !d->stopped) {
    struct slice plain = slice_sub(*raw, 0, most);
    wants = feed(d, d->n, d->n ? raw : &plain);
    if (!d->n)
      *raw = slice_from(*raw, plain.n);
  }
  d->taken -= raw->n;
  d->stopped |= wants == SINK_STOP;
  /* a stage that gives up leaves those before it with what they still have */
  return !d->stopped || (body_decoder_waits(d) && !d->over_max && !d->over_ratio);
}

bool body_decoder_waits(const struct body_decoder *d) {
  bool waits = false;
  for (size_t i = 0; i < d->n; i++)
    waits |= d->link[i].paused;
  return waits;
}

bool body_decoder_feed(struct body_decoder *d, struct slice raw, struct buf *out) {
  return body_decoder_feed_some(d, &raw, SIZE_MAX, out);
}

void body_decoder_flush(struct body_decoder *d, struct buf *out) {
  if (d->n && d->link[0].ops == &charset_stage)
    charset_flush(d->link[0].state, out);
}

enum body_decode_code body_decoder_end(struct body_decoder *d, struct err *err) {
  return verdict(d, err);
}

enum body_decode_code body_decode(struct slice coding, body_source_fn *source, void *arg, size_t max, struct buf *out,
                                  struct err *err) {
  struct body_decoder *d = body_decoder_new(coding, max, err);
  struct slice piece;
  bool more = d != NULL;
  if (!d)
    return BODY_NOT_DECODED;
  while (more && source(arg, &piece))
    while (more && piece.n) {
      struct slice part = slice_sub(piece, 0, PIECE_MAX);
      piece = slice_from(piece, part.n);
      more = body_decoder_feed(d, part, out);
    }
  enum body_decode_code code = body_decoder_end(d, err);
  body_decoder_free(d);
  return code;
}

bool body_coding_known(struct slice list) {
  struct slice coding;
  size_t n = 0;
  while (next_coding(&list, &coding))
    if (!stage_find(coding) || ++n > CODINGS_MAX)
      return false;
  return true;
}
