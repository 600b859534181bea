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
  uint64_t made; /* bytes that this stage passed on */
};

struct body_decoder {
  struct link link[CODINGS_MAX]; /* as listed: the last one is undone first */
  size_t n;
  struct buf *out; /* of this feeding */
  uint64_t taken;  /* raw bytes fed */
  uint64_t made;   /* bytes in *out that are ours */
  uint64_t max;
  bool over_max;
  bool over_ratio;
  bool damaged;
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

static bool finish(struct body_decoder *chain, struct slice bytes) {
  size_t n = allowed(chain, chain->max, chain->made, bytes.n);
  buf_add(chain->out, bytes.p, n);
  chain->made += n;
  return n == bytes.n;
}

static bool feed(struct body_decoder *chain, size_t level, struct slice bytes);

/* What came out of one stage goes into the one listed before it. The depth is that of the list, not of the input.
 * What lies between two codings may be a little larger than the plain body, so it has a little more room. */
static bool pass(void *arg, struct slice bytes) {
  struct link *link = arg;
  struct body_decoder *chain = link->chain;
  size_t level = (size_t)(link - chain->link);
  size_t n = level ? allowed(chain, chain->max + BODY_DECODE_FREE, link->made, bytes.n) : bytes.n;
  link->made += n;
  return feed(chain, level, slice_sub(bytes, 0, n)) && n == bytes.n;
}

/* Bytes for the stage below `level`; level 0 is the plain body. False: no more is wanted. */
static bool feed(struct body_decoder *chain, size_t level, struct slice bytes) {
  if (!bytes.n)
    return true;
  if (level == 0)
    return finish(chain, bytes);
  struct link *link = &chain->link[level - 1];
  link->code = link->ops->feed(link->state, bytes, pass, link);
  if (link->code == STAGE_DAMAGED)
    chain->damaged = true;
  return link->code != STAGE_DAMAGED && link->code != STAGE_STOPPED;
}

static void close_chain(struct body_decoder *chain) {
  for (size_t i = 0; i < chain->n; i++)
    if (chain->link[i].state)
      chain->link[i].ops->free(chain->link[i].state);
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

static bool open_chain(struct body_decoder *chain, struct slice list, struct err *err) {
  struct slice coding;
  while (next_coding(&list, &coding)) {
    const struct stage_ops *ops = stage_find(coding);
    if (!ops)
      return unknown(coding, err);
    if (chain->n == CODINGS_MAX)
      return err_set(err, "more than %d content codings are not decoded", CODINGS_MAX);
    void *state = ops->open();
    if (!state)
      return err_set(err, "not enough memory to decode %s", ops->name);
    chain->link[chain->n++] = (struct link){chain, ops, state, STAGE_MORE, 0};
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

struct body_decoder *body_decoder_new(struct slice coding, size_t max, struct err *err) {
  struct body_decoder *d = mem_zero(1, sizeof *d);
  d->max = max ? max : BODY_DECODE_MAX;
  if (open_chain(d, coding, err))
    return d;
  body_decoder_free(d);
  return NULL;
}

void body_decoder_free(struct body_decoder *d) {
  if (!d)
    return;
  close_chain(d);
  free(d);
}

bool body_decoder_feed(struct body_decoder *d, struct slice raw, struct buf *out) {
  d->out = out;
  d->taken += raw.n;
  return feed(d, d->n, raw);
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
