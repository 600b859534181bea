#include "weir/flow/plain.h"

#include "weir/body/decode.h"

/* All Content-Encoding lines are one list, in their order. */
static void content_coding(const struct http_head *head, struct buf *out) {
  struct http_field field;
  uint32_t at = 0;
  if (!head->raw)
    return;
  while (http_head_next_named(head, "Content-Encoding", &at, &field)) {
    if (!field.value.n)
      continue;
    if (out->n)
      buf_add_text(out, ", ");
    buf_add_slice(out, field.value);
  }
}

static int lack(int code, const struct body *body, struct err *err) {
  if (code != BODY_DECODED || !body_cut(body))
    return code;
  err_set(err, "kept %llu of %llu bytes", (unsigned long long)body->kept, (unsigned long long)body->seen);
  return BODY_DECODED_PART;
}

int flow_body_decoded(const struct flow_message *m, bool sent, size_t max, struct buf *out, struct err *err) {
  const struct body *body = sent ? flow_sent_body(m) : &m->body;
  struct body_reader reader = {body, 0};
  struct buf coding = BUF_INIT;
  content_coding(sent ? flow_sent_head(m) : &m->head, &coding);
  int code = body_decode(buf_slice(&coding), body_read, &reader, max, out, err);
  buf_clear(&coding);
  return lack(code, body, err);
}

/* ---- a piece at a time ---- */

bool plain_body_open(struct plain_body *p, const struct flow_message *m, bool decode, size_t max, struct err *err) {
  struct buf coding = BUF_INIT;
  *p = (struct plain_body){.decoder = NULL};
  if (decode && !flow_invalid(m))
    content_coding(flow_sent_head(m), &coding);
  bool good = coding.n == 0 || (p->decoder = body_decoder_new(buf_slice(&coding), max, err)) != NULL;
  buf_clear(&coding);
  return good;
}

void plain_body_close(struct plain_body *p) {
  body_decoder_free(p->decoder);
  *p = (struct plain_body){.decoder = NULL};
}

bool plain_body_read(struct plain_body *p, const struct flow_message *m, size_t most, struct buf *out) {
  const struct body *body = flow_sent_body(m);
  struct slice piece = p->ended || p->offset >= body->kept ? SLICE("") : body_at(body, p->offset);
  if (p->decoder == NULL) {
    piece = slice_sub(piece, 0, most);
    buf_add_slice(out, piece);
    p->offset += piece.n;
    p->ended |= p->offset >= body->kept;
  } else if (p->ended || (piece.n == 0 && !body_decoder_waits(p->decoder))) {
    p->ended = true;
  } else {
    struct slice rest = piece;
    p->ended = !body_decoder_feed_some(p->decoder, &rest, most, out);
    p->offset += piece.n - rest.n;
  }
  return !p->ended;
}

int plain_body_result(const struct plain_body *p, const struct flow_message *m, struct err *err) {
  return lack(p->decoder != NULL ? (int)body_decoder_end(p->decoder, err) : BODY_DECODED, flow_sent_body(m), err);
}
