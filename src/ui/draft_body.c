/* A long body of a draft made ready to be sent: out of the text, with its content coding on again, a slice at a time. */
#include <stdlib.h>

#include "ui/draft.h"
#include "ui/edit_check.h"
#include "ui/edit_work.h"
#include "ui/send_vars.h"
#include "weir/base/mem.h"
#include "weir/body/decode.h"
#include "weir/http/message.h"

#define LONG_BODY  ((size_t)1 << 20)
#define LONG_CODED ((size_t)64 * 1024) /* coding takes so much longer than copying */
#define PIECE      ((size_t)32 * 1024)

struct preparing {
  struct draft *draft;
  struct body body;
  struct buf piece, coded;
  size_t at, size, done; /* of the body in the text */
  char *coding;          /* to be put on; NULL: none */
  struct body_encoder *encoder;
  struct body_reader sent; /* the bytes that were there before, while they are taken as they are; body NULL: not */
  uint64_t kept;           /* by those */
  struct err err;
  void (*then)(struct draft *d);
  bool braces; /* names in braces are put in where a copy is sent: that looks at the text as a whole */
};

static const struct flow_message *message_of(const struct draft *d) {
  const struct flow *f = store_get(ui_store(d->drafts->ui), d->id);
  return f ? flow_side_const(f, d->side) : NULL;
}

/* The head as typed: the place of its body, and its content coding. False: it is no valid head. */
static bool read_head(const struct draft *d, size_t *body_at, struct buf *coding) {
  struct buf text = BUF_INIT;
  struct http_head head = {0};
  struct slice value = {NULL, 0};
  struct edit_check check;
  struct edit_check_options o = {.side = d->side, .keep_length = d->keep_length, .decoded = d->decoded};
  edit_check(&check, d->editor, &o);
  editor_copy(d->editor, 0, check.body_at, &text);
  bool good = http_message_parse(d->side == FLOW_REQUEST ? HTTP_REQUEST : HTTP_RESPONSE, buf_slice(&text),
                                 d->keep_length, &head, body_at, NULL);
  if (good && http_head_find(&head, "Content-Encoding", &value))
    buf_add_slice(coding, value);
  *body_at = check.body_at;
  http_head_clear(&head);
  buf_clear(&text);
  return good;
}

/* The text of the body is as it was opened, and is to have the coding that it had. */
static bool same_body(const struct draft *d, size_t at, struct slice coding) {
  const struct flow_message *m = message_of(d);
  struct slice before = {NULL, 0};
  if (!m || !editor_same_body(d->editor, at))
    return false;
  http_head_find(flow_sent_head(m), "Content-Encoding", &before);
  return !d->decoded || slice_eq(coding, before);
}

static bool is_long(const struct draft *d, size_t at) {
  return editor_size(d->editor) - at > (d->decoded ? LONG_CODED : LONG_BODY);
}

bool draft_body_same(const struct draft *d, size_t at) {
  struct buf coding = BUF_INIT;
  bool same = is_long(d, at) && read_head(d, &at, &coding) && same_body(d, at, buf_slice(&coding));
  buf_clear(&coding);
  return same;
}

bool draft_is_long(const struct draft *d) {
  struct buf coding = BUF_INIT;
  size_t at;
  bool needed = !d->head_only && read_head(d, &at, &coding) && is_long(d, at) &&
                (!draft_waits(d) || (draft_changed(d) && !same_body(d, at, buf_slice(&coding))));
  buf_clear(&coding);
  return needed;
}

/* ---- the work ---- */

static void preparing_free(void *arg) {
  struct preparing *s = arg;
  body_clear(&s->body);
  body_encoder_free(s->encoder);
  free(s->coding);
  buf_clear(&s->piece);
  buf_clear(&s->coded);
  free(s);
}

static unsigned preparing_percent(const void *arg) {
  const struct preparing *s = arg;
  return (unsigned)((uint64_t)s->done * 100 / s->size);
}

/* From the text, from its beginning on. */
static void begin_text(struct preparing *s) {
  s->done = 0;
  s->sent.body = NULL;
  body_clear(&s->body);
  body_encoder_free(s->encoder);
  s->encoder = s->coding ? body_encoder_new(slice_of(s->coding), &s->err) : NULL;
}

/* Is what was sent before still what is there? An undo may have taken it away meanwhile. */
static bool still_there(const struct preparing *s) {
  const struct flow_message *m = message_of(s->draft);
  return m && flow_sent_body(m) == s->sent.body && s->sent.body->kept == s->kept;
}

static bool take_sent(struct preparing *s) {
  struct slice bytes;
  if (!still_there(s)) {
    begin_text(s);
    return true;
  }
  bool more = body_read(&s->sent, &bytes);
  if (more)
    body_add(&s->body, bytes.p, bytes.n, UINT64_MAX, s->kept);
  return more;
}

static bool take_text(struct preparing *s, struct slice plain) {
  bool last = s->done + plain.n == s->size;
  if (!s->encoder) {
    body_add(&s->body, plain.p, plain.n, UINT64_MAX, s->size);
    return true;
  }
  buf_reset(&s->coded);
  if (!body_encoder_feed(s->encoder, plain, last, &s->coded))
    return err_set(&s->err, "the body could not be encoded as %.40s", s->coding);
  body_add(&s->body, s->coded.p, s->coded.n, UINT64_MAX, 0);
  return true;
}

/* One piece of the text, which is looked at for braces in any case; false: all of it is done. */
static bool piece(struct preparing *s) {
  if (s->done == s->size)
    return s->sent.body && take_sent(s);
  buf_reset(&s->piece);
  editor_copy(s->draft->editor, s->at + s->done, PIECE + SEND_VARS_REACH, &s->piece);
  s->braces = s->braces || send_vars_begin(buf_slice(&s->piece));
  struct slice plain = slice_sub(buf_slice(&s->piece), 0, PIECE);
  if (s->sent.body) {
    take_sent(s);
    if (!s->sent.body)
      return true; /* begun anew */
  } else if (!take_text(s, plain)) {
    return false;
  }
  s->done += plain.n;
  return true;
}

static bool preparing_step(void *arg, uint64_t deadline) {
  struct preparing *s = arg;
  while (s->err.text[0] == '\0' && piece(s))
    if (clock_mono() >= deadline)
      return true;
  return false;
}

static void preparing_end(struct draft *d, void *arg) {
  struct preparing *s = arg;
  if (s->err.text[0] != '\0') {
    ui_warn(d->drafts->ui, "%s", s->err.text);
    return;
  }
  s->body.complete = true;
  body_seal(&s->body);
  d->ready = s->braces && !draft_waits(d) ? NULL : &s->body;
  s->then(d); /* and d may be gone */
}

static const struct edit_work_ops preparing = {"making it ready", preparing_step, preparing_percent, preparing_end,
                                               preparing_free};

void draft_prepare(struct draft *d, void (*then)(struct draft *d)) {
  struct preparing *s = mem_zero(1, sizeof *s);
  struct buf coding = BUF_INIT;
  size_t at;
  read_head(d, &at, &coding);
  *s = (struct preparing){.draft = d, .at = at, .size = editor_size(d->editor) - at, .then = then};
  if (d->decoded && coding.n > 0 && body_coding_known(buf_slice(&coding)))
    s->coding = mem_dup(buf_text(&coding));
  begin_text(s);
  if (d->decoded && same_body(d, at, buf_slice(&coding))) { /* the very bytes, which no encoder would make again */
    s->sent.body = flow_sent_body(message_of(d));
    s->kept = s->sent.body->kept;
  }
  buf_clear(&coding);
  edit_work_start(d, &preparing, s);
}
