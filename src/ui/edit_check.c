#include "ui/edit_check.h"

#include <stdio.h>

#include "weir/http/message.h"

/* Bytes up to and including the empty line; 0: there is none. */
static size_t head_size(struct slice text) {
  struct slice rest = text;
  ptrdiff_t end;
  while ((end = slice_find_byte(rest, '\n')) >= 0) {
    bool empty = end == 0 || (end == 1 && rest.p[0] == '\r');
    rest = slice_from(rest, (size_t)end + 1);
    if (empty) {
      return text.n - rest.n;
    }
  }
  return 0;
}

static void tell_length(struct edit_check *c, const struct http_head *head, size_t body,
                        const struct edit_check_options *o) {
  struct slice value;
  uint64_t typed;
  if (!http_head_find(head, "Content-Length", &value)) {
    snprintf(c->text, sizeof c->text, "ok: the head is valid; body %zu bytes", body);
  } else if (o->keep_length && !o->decoded && slice_to_u64(value, &typed) && typed != body) {
    snprintf(c->text, sizeof c->text,
             "the head is valid; Content-Length %llu stays as typed, the body has %zu (Alt-L: follow it)",
             (unsigned long long)typed, body);
  } else if (o->keep_length) {
    snprintf(c->text, sizeof c->text, "ok: the head is valid; Content-Length stays as typed (Alt-L: follow the body)");
  } else if (o->decoded) {
    snprintf(c->text, sizeof c->text, "ok: the head is valid; the body is coded again, Content-Length follows it");
  } else if (slice_to_u64(value, &typed) && typed == body) {
    snprintf(c->text, sizeof c->text, "ok: the head is valid; Content-Length %zu", body);
  } else {
    snprintf(c->text, sizeof c->text,
             "ok: the head is valid; Content-Length %.*s -> %zu, updated for you (Alt-L: leave mine)",
             value.n < 20 ? (int)value.n : 20, value.p, body);
  }
}

void edit_check(struct edit_check *c, const struct editor *e, const struct edit_check_options *options) {
  struct buf text = BUF_INIT;
  struct http_head head = {0};
  struct err err = ERR_INIT;
  size_t size = editor_size(e), body_at;
  editor_copy(e, 0, HTTP_HEAD_MAX, &text);
  size_t n = head_size(buf_slice(&text));
  if (n == 0) {
    n = text.n;
  }
  *c = (struct edit_check){.body_at = n};
  c->valid = http_message_parse(options->side == FLOW_REQUEST ? HTTP_REQUEST : HTTP_RESPONSE,
                                slice_sub(buf_slice(&text), 0, n), options->keep_length, &head, &body_at, &err);
  if (c->valid) {
    tell_length(c, &head, size - n, options);
  } else {
    snprintf(c->text, sizeof c->text, "%s", err.text);
  }
  http_head_clear(&head);
  buf_clear(&text);
}
