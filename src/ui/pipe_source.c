#include "ui/pipe_source.h"

#include <stdio.h>
#include <stdlib.h>

#include "weir/base/mem.h"
#include "weir/body/decode.h"

#define PIECE       ((size_t)64 << 10)
#define DECODED_MAX ((size_t)4 << 30)

static bool end(struct pipe_source *s) {
  struct err err = ERR_INIT;
  if (s->decoder != NULL && body_decoder_end(s->decoder, &err) != BODY_DECODED)
    snprintf(s->why, sizeof s->why, "%s", err.text);
  body_decoder_free(s->decoder);
  s->decoder = NULL;
  s->raw = true;
  s->offset = UINT64_MAX; /* for good: what comes later was not asked for */
  return false;
}

static bool more(void *arg, struct buf *piece) {
  struct pipe_source *s = arg;
  const struct flow *f = store_get(s->store, s->id);
  if (f == NULL) {
    snprintf(s->why, sizeof s->why, "the flow left the list before all of its body was read");
    return end(s);
  }
  struct slice raw = body_at(flow_sent_body(flow_side_const(f, s->side)), s->offset);
  if (raw.n == 0 && (s->raw || !body_decoder_waits(s->decoder)))
    return end(s);
  if (s->raw) {
    raw = slice_sub(raw, 0, PIECE);
    s->offset += raw.n;
    buf_add_slice(piece, raw);
    return true;
  }
  struct slice rest = raw;
  bool goes_on = body_decoder_feed_some(s->decoder, &rest, PIECE, piece);
  s->offset += raw.n - rest.n;
  return goes_on || end(s);
}

static void drop(void *arg) {
  struct pipe_source *s = arg;
  body_decoder_free(s->decoder);
  free(s);
}

bool pipe_source_open(struct store *store, const struct flow *f, enum flow_side side, struct shell_input *input,
                      struct pipe_source **source, struct err *err) {
  const struct flow_message *m = flow_side_const(f, side);
  const struct body *body = flow_sent_body(m);
  struct slice coding = SLICE("");
  struct err why = ERR_INIT;
  if (body->kept == 0)
    return err_set(err, "the %s of #%llu has no body", side == FLOW_REQUEST ? "request" : "response",
                   (unsigned long long)f->id);
  struct pipe_source *s = mem_zero(1, sizeof *s);
  *s = (struct pipe_source){.store = store, .id = f->id, .side = side};
  if (!flow_invalid(m) && flow_sent_head(m)->raw != NULL)
    http_head_find(flow_sent_head(m), "Content-Encoding", &coding);
  s->raw = coding.n == 0;
  if (!s->raw && (s->decoder = body_decoder_new(coding, DECODED_MAX, &why)) == NULL) {
    s->raw = true;
    snprintf(s->why, sizeof s->why, "given as it was sent: %s", why.text);
  } else if (body_cut(body)) {
    snprintf(s->why, sizeof s->why, "the body is not whole: %llu of %llu bytes were kept",
             (unsigned long long)body->kept, (unsigned long long)body->seen);
  }
  *input = (struct shell_input){more, drop, s};
  *source = s;
  return true;
}
