#include "har_body.h"

#include <stdlib.h>

#include "weir/base/mem.h"
#include "weir/base/text.h"
#include "weir/body/decode.h"
#include "weir/file/har.h"
#include "weir/flow/plain.h"

#define PIECE ((size_t)64 << 10)

enum form { FORM_TEXT, FORM_BASE64, FORM_NONE };

struct har_body {
  struct plain_body plain;
  struct buf piece;   /* its front: what the piece before left over */
  uint64_t size, put; /* bytes measured, written */
  uint64_t controls;  /* control characters among them */
  uint64_t before;    /* recorded bytes that the first reading took */
  bool decode, no_utf8;
  bool begun; /* "text" is open */
  enum form form;
  struct err lack;
};

struct har_body *har_body_new(const struct flow_message *m) {
  struct har_body *b = mem_zero(1, sizeof *b);
  b->lack = (struct err)ERR_INIT;
  b->decode = plain_body_open(&b->plain, m, true, HAR_BODY_MAX + 1, &b->lack);
  if (!b->decode)
    plain_body_open(&b->plain, m, false, 0, NULL);
  return b;
}

void har_body_free(struct har_body *b) {
  if (!b)
    return;
  plain_body_close(&b->plain);
  buf_clear(&b->piece);
  free(b);
}

uint64_t har_body_size(const struct har_body *b) {
  return b->size;
}

bool har_body_left_out(const struct har_body *b) {
  return b->form == FORM_NONE;
}

uint64_t har_body_done(const struct har_body *b) {
  return b->before + b->plain.offset;
}

/* ---- the first reading ---- */

static void measure(struct har_body *b, struct slice fresh, bool more) {
  b->size += fresh.n;
  for (size_t i = 0; i < fresh.n; i++) {
    unsigned char c = (unsigned char)fresh.p[i];
    b->controls += (c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7f;
  }
  size_t n = more ? text_whole(buf_slice(&b->piece)) : b->piece.n;
  b->no_utf8 = b->no_utf8 || !text_is_utf8(slice_sub(buf_slice(&b->piece), 0, n));
  buf_remove(&b->piece, 0, n);
}

/* A control character takes six bytes as text, and a body of them is none that a person reads. */
static enum form form_of(const struct har_body *b) {
  bool text = !b->no_utf8 && b->controls <= 64 + b->size / 16;
  return text ? FORM_TEXT : FORM_BASE64;
}

/* From the front again, as the first reading found that it has to be read. */
static void rewind_body(struct har_body *b, const struct flow_message *m) {
  plain_body_close(&b->plain);
  plain_body_open(&b->plain, m, b->decode, HAR_BODY_MAX + 1, NULL);
  buf_reset(&b->piece);
}

bool har_body_measure(struct har_body *b, const struct flow_message *m) {
  size_t kept = b->piece.n;
  bool more = plain_body_read(&b->plain, m, PIECE, &b->piece);
  measure(b, slice_from(buf_slice(&b->piece), kept), more);
  if (b->plain.decoder != NULL && b->size > HAR_BODY_MAX) {
    err_set(&b->lack, "left out: it decodes to more than %zu MB", HAR_BODY_MAX >> 20);
    b->size = 0;
    b->form = FORM_NONE;
    return true;
  }
  if (more)
    return false;
  if (plain_body_result(&b->plain, m, &b->lack) == BODY_NOT_DECODED && b->decode) { /* as it is, then */
    b->decode = false;
    b->size = b->controls = 0;
    rewind_body(b, m);
    return false;
  }
  b->form = form_of(b);
  b->before = b->plain.offset;
  rewind_body(b, m);
  return true;
}

/* ---- the second ---- */

static void put_piece(struct har_body *b, struct emit *j, bool more) {
  struct slice s = buf_slice(&b->piece);
  s.n = !more ? s.n : b->form == FORM_TEXT ? text_whole(s) : s.n - s.n % 3;
  if (b->form == FORM_TEXT)
    emit_string_more(j, s);
  else
    buf_add_base64(j->out, s);
  buf_remove(&b->piece, 0, s.n);
}

static void put_end(const struct har_body *b, const char *encoding, struct emit *j) {
  if (b->begun)
    emit_string_end(j);
  else if (*encoding == '_')
    emit_bytes(j, "text", SLICE("")); /* the format wants one there */
  if (b->begun && b->form == FORM_BASE64)
    emit_bytes(j, encoding, SLICE("base64"));
  if (b->lack.text[0] != '\0')
    emit_bytes(j, "comment", slice_of(b->lack.text));
}

bool har_body_put(struct har_body *b, const struct flow_message *m, const char *encoding, struct emit *j) {
  bool more = false;
  if (b->form != FORM_NONE && b->size > 0) {
    if (!b->begun)
      emit_string_begin(j, "text");
    b->begun = true;
    size_t kept = b->piece.n;
    more = plain_body_read(&b->plain, m, PIECE, &b->piece);
    size_t fresh = b->piece.n - kept;
    if (fresh >= b->size - b->put) { /* a body that has grown meanwhile */
      b->piece.n = kept + (size_t)(b->size - b->put);
      fresh = (size_t)(b->size - b->put);
      more = false;
    }
    b->put += fresh;
    put_piece(b, j, more);
  }
  if (!more)
    put_end(b, encoding, j);
  return more;
}
