/*
 * A chain: the decoder, the replacements in the rules' order, the encoder. Bytes go down it as far as they can; a link
 * that has more to give without input (busy) is asked first, the last one before those above it, so that nothing piles up
 * between two links but what one step of the upper one made.
 */
#include <stdlib.h>

#include "rule/flowing.h"
#include "rule/message.h"
#include "weir/base/clock.h"
#include "weir/base/mem.h"
#include "weir/base/vec.h"
#include "weir/body/decode.h"

#define PIECE           (64 * 1024)
#define SLICE_TIME      (3 * CLOCK_MS)
#define PIECES_AT_LEAST 8 /* of work, whatever the time: a short body goes on as one piece on a busy machine too */
#define FIRST_MOST      (64 * 1024) /* raw bytes of which nothing has come yet */

struct link {
  struct pattern_stream *stream;
  unsigned rule;
  char *name;
  bool busy, hit;
};

struct rule_transform {
  VEC(struct link) links;
  struct body_decoder *decoder; /* NULL: the body is not coded */
  struct body_encoder *encoder;
  struct buf first; /* what came while nothing was decoded: if it never is, the body passes as it came */
  struct buf a, b;  /* between two links */
  bool coded;
  bool decoded;  /* something was, or so much came that it cannot pass as it came any more */
  bool as_came;  /* the coding is not what it says */
  bool pending;  /* something is in the encoder that has not been flushed */
  bool closing;  /* nothing follows */
  size_t closed; /* ... these links know that and are empty */
  bool done, failed;
  struct err why;
};

void rule_transform_free(struct rule_transform *t) {
  if (!t)
    return;
  for (size_t i = 0; i < t->links.n; i++) {
    pattern_stream_free(t->links.v[i].stream);
    free(t->links.v[i].name);
  }
  VEC_CLEAR(&t->links);
  body_decoder_free(t->decoder);
  body_encoder_free(t->encoder);
  buf_clear(&t->first);
  buf_clear(&t->a);
  buf_clear(&t->b);
  free(t);
}

bool rule_transform_plain(const struct rule_transform *t) {
  return !t->coded;
}

const char *rule_transform_why(const struct rule_transform *t) {
  return t->why.text;
}

static bool names_coding(struct slice coding) {
  struct slice one;
  while (slice_split(&coding, ',', &one)) {
    one = slice_trim(one);
    if (one.n && !slice_eq_ascii(one, SLICE("identity")))
      return true;
  }
  return false;
}

static struct rule_transform *transform_new(struct slice coding) {
  struct rule_transform *t = mem_zero(1, sizeof *t);
  t->coded = names_coding(coding);
  if (!t->coded)
    return t;
  t->decoder = body_decoder_new(coding, SIZE_MAX / 2, NULL);
  t->encoder = t->decoder ? body_encoder_new(coding, NULL) : NULL;
  if (t->encoder)
    return t;
  rule_transform_free(t);
  return NULL;
}

bool transform_add(struct deed_scene *s) {
  struct rule_transform **t = &s->effects->transform;
  struct slice coding = {NULL, 0};
  if (message_is_part(s))
    return false;
  http_head_find(flow_sent_head(flow_side(s->flow, s->side)), "Content-Encoding", &coding);
  if (!*t)
    *t = transform_new(coding);
  if (!*t) {
    message_say(s, "the body is in an unknown coding: passed as it came");
    return false;
  }
  struct link link = {pattern_stream_new(s->rule->deed->pattern), s->rule->id, mem_dup(s->rule->name), false, false};
  VEC_PUSH(&(*t)->links, link);
  message_drop_digests(s); /* the head goes before it is known whether anything matches */
  return true;
}

/* ---- down the chain ---- */

static const char no_memory[] = "there is no memory to put its content coding on again";

static bool give_out(struct rule_transform *t, struct slice bytes, struct buf *out) {
  if (!t->encoder) {
    buf_add_slice(out, bytes);
    return true;
  }
  t->pending |= bytes.n > 0;
  if (!bytes.n || body_encoder_feed(t->encoder, bytes, false, out))
    return true;
  return err_set(&t->why, "%s", no_memory);
}

/* What came out of the link before the i-th goes on from there. */
static bool pass_down(struct rule_transform *t, size_t i, struct slice bytes, struct buf *out) {
  for (; i < t->links.n && bytes.n; i++) {
    struct link *l = &t->links.v[i];
    pattern_stream_put(l->stream, bytes);
    buf_reset(&t->b);
    l->busy = pattern_stream_take(l->stream, false, PIECE, &t->b);
    struct buf swap = t->a;
    t->a = t->b;
    t->b = swap;
    bytes = buf_slice(&t->a);
  }
  return give_out(t, bytes, out);
}

/* A link goes on with what it has; `last`: nothing follows. */
static bool ask(struct rule_transform *t, size_t i, bool last, struct buf *out) {
  struct link *l = &t->links.v[i];
  buf_reset(&t->a);
  l->busy = pattern_stream_take(l->stream, last, PIECE, &t->a);
  return pass_down(t, i + 1, buf_slice(&t->a), out);
}

static bool pass_as_came(struct rule_transform *t, struct slice *raw, struct buf *out) {
  buf_add_slice(out, buf_slice(&t->first));
  buf_clear(&t->first);
  buf_add_slice(out, *raw);
  *raw = (struct slice){raw->p, 0};
  return true;
}

static bool is_undecodable(struct rule_transform *t, struct transform_step *step) {
  t->as_came = true;
  buf_printf(step->says, "%sthe body is not coded as it says (%s): passed as it came", step->says->n ? "; " : "",
             t->why.text);
  return pass_as_came(t, step->raw, step->out);
}

static bool decode(struct rule_transform *t, struct transform_step *step) {
  struct slice raw = *step->raw;
  buf_reset(&t->a);
  bool more = body_decoder_feed_some(t->decoder, step->raw, PIECE, &t->a);
  bool waits = body_decoder_waits(t->decoder);
  t->decoded |= t->a.n > 0;
  size_t took = raw.n - step->raw->n;
  t->decoded |= t->first.n + took > FIRST_MOST;
  if (t->decoded)
    buf_clear(&t->first);
  else
    buf_add(&t->first, raw.p, took);
  if (!more && body_decoder_end(t->decoder, &t->why) != BODY_DECODED) {
    if (!t->decoded)
      return is_undecodable(t, step);
    if (t->a.n)
      pass_down(t, 0, buf_slice(&t->a), step->out);
    return false;
  }
  if (!waits) /* what stands behind the end of a coding is nothing */
    *step->raw = slice_from(*step->raw, step->raw->n);
  t->why = (struct err)ERR_INIT;
  return pass_down(t, 0, buf_slice(&t->a), step->out);
}

static bool take_some(struct rule_transform *t, struct transform_step *step) {
  if (t->decoder)
    return decode(t, step);
  struct slice piece = slice_sub(*step->raw, 0, PIECE);
  *step->raw = slice_from(*step->raw, piece.n);
  return pass_down(t, 0, piece, step->out);
}

static bool flush(struct rule_transform *t, struct buf *out) {
  bool pending = t->pending;
  t->pending = false;
  return !pending || body_encoder_flush(t->encoder, out) || err_set(&t->why, "%s", no_memory);
}

/* Nothing follows: what was decoded has to be whole. */
static bool begin_closing(struct rule_transform *t, struct transform_step *step) {
  t->closing = true;
  if (!t->decoder || step->cut || body_decoder_end(t->decoder, &t->why) == BODY_DECODED)
    return true;
  return !t->decoded ? is_undecodable(t, step) : false;
}

/* The links come first, one after the other, then the coding. */
static bool go_on_closing(struct rule_transform *t, struct transform_step *step) {
  if (t->closed < t->links.n) {
    if (!ask(t, t->closed, true, step->out))
      return false;
    t->closed += !t->links.v[t->closed].busy;
    return true;
  }
  t->done = true;
  if (!t->encoder || step->cut)
    return flush(t, step->out);
  return body_encoder_feed(t->encoder, (struct slice){NULL, 0}, true, step->out) || err_set(&t->why, "%s", no_memory);
}

/* One piece of work; false: it failed. *dry: there is none. */
static bool work(struct rule_transform *t, struct transform_step *step, bool *dry) {
  if (t->as_came) {
    *dry = !step->raw->n;
    t->done = *dry && step->end;
    return pass_as_came(t, step->raw, step->out);
  }
  for (size_t i = t->links.n; i > (t->closing ? t->closed + 1 : 0); i--)
    if (t->links.v[i - 1].busy)
      return ask(t, i - 1, false, step->out);
  if (t->closing)
    return go_on_closing(t, step);
  if (step->raw->n || (t->decoder && body_decoder_waits(t->decoder)))
    return take_some(t, step);
  if (step->end)
    return begin_closing(t, step);
  *dry = true;
  return flush(t, step->out);
}

static enum transform_code run(struct rule_transform *t, struct transform_step *step) {
  size_t before = step->out->n;
  uint64_t deadline = clock_mono() + SLICE_TIME;
  bool dry = false;
  for (unsigned pieces = 0; !t->done && !t->failed && !dry; pieces++) {
    bool late = pieces >= PIECES_AT_LEAST && clock_mono() > deadline;
    if (step->out->n - before >= step->most || late)
      return TRANSFORM_MORE;
    t->failed = !work(t, step, &dry);
  }
  return t->failed ? TRANSFORM_FAILED : t->done ? TRANSFORM_DONE : TRANSFORM_DRY;
}

/* ---- the rules ---- */

/* Used up where it acts, it goes on there. */
static bool is_over(const struct rules *rules, const struct link *l) {
  const struct rule *r = rule_at_id(rules, l->rule);
  if (!r || rules->off)
    return true;
  bool used_up = r->limit == LIMIT_NEXT && r->used >= r->limit_n;
  return !r->on && !(used_up && l->hit);
}

static void stop_those_off(const struct rules *rules, const struct rule_transform *t) {
  for (size_t i = 0; i < t->links.n; i++)
    if (is_over(rules, &t->links.v[i]))
      pattern_stream_stop(t->links.v[i].stream);
}

static void note(const struct rules *rules, struct flow *f, struct rule_transform *t, struct transform_step *step) {
  for (size_t i = 0; i < t->links.n; i++) {
    struct link *l = &t->links.v[i];
    const char *trouble;
    if (!l->hit && pattern_stream_acted(l->stream)) {
      struct rule *r = rule_at_id(rules, l->rule);
      l->hit = true;
      if (r)
        rule_hit(r);
      flow_add_rule(f, l->name);
    }
    step->acted |= l->hit;
    while ((trouble = pattern_stream_trouble(l->stream)))
      buf_printf(step->says, "%s%s: %s", step->says->n ? "; " : "", l->name, trouble);
  }
}

enum transform_code rules_transform(struct rules *rules, struct flow *f, struct rule_transform *t,
                                    struct transform_step *step) {
  stop_those_off(rules, t);
  enum transform_code code = run(t, step);
  note(rules, f, t, step);
  return code;
}
