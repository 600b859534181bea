/*
 * What a codec said, as one line of text that does not depend on how the bytes were cut: pieces of a body that follow
 * each other are one. "head(GET /x none) end | head(...) data(abc) end error(400)"
 * All in a header, since a unit test links nothing but the core.
 */
#ifndef WEIR_TESTS_HTTP_EVENTS_H
#define WEIR_TESTS_HTTP_EVENTS_H

#include <stdlib.h>
#include <string.h>

#include "weir/http/codec.h"

struct http_events {
  struct buf text;
  struct buf data;      /* body bytes not written to `text` yet */
  struct buf sentences; /* of ERROR events */
  struct buf faulty;    /* the bytes of heads at fault */
  struct http_codec *codec;
  bool detach; /* at the next HEAD */
  bool request_was_head;
  size_t data_events;
};

static inline void http_events_put_data(struct http_events *e) {
  if (e->data.n > 0) {
    buf_add_text(&e->text, "data(");
    buf_add_slice(&e->text, buf_slice(&e->data));
    buf_add_text(&e->text, ") ");
    buf_reset(&e->data);
  }
}

static inline void http_events_put_head(struct http_events *e, const char *name, const struct http_event *event) {
  static const char *const kinds[] = {"none", "length", "chunked", "close"};
  const struct http_head *head = event->head;
  buf_printf(&e->text, "%s(", name);
  if (head->status != 0) {
    buf_printf(&e->text, "%u ", (unsigned)head->status);
    buf_add_slice(&e->text, http_head_reason(head));
  } else {
    buf_add_slice(&e->text, http_head_method(head));
    buf_add_byte(&e->text, ' ');
    buf_add_slice(&e->text, http_head_target(head));
  }
  if (event->type == HTTP_EVENT_HEAD) {
    buf_printf(&e->text, " %s", kinds[event->framing.kind]);
    if (event->framing.kind == HTTP_BODY_LENGTH)
      buf_printf(&e->text, " %llu", (unsigned long long)event->framing.length);
  }
  buf_add_text(&e->text, ") ");
}

static inline void http_events_take(void *arg, struct http_event *event) {
  struct http_events *e = arg;
  if (event->type == HTTP_EVENT_DATA) {
    e->data_events++;
    buf_add_slice(&e->data, event->data);
    return;
  }
  http_events_put_data(e);
  switch (event->type) {
  case HTTP_EVENT_HEAD:
    http_events_put_head(e, "head", event);
    if (e->detach)
      http_codec_detach(e->codec);
    break;
  case HTTP_EVENT_INFO:
    http_events_put_head(e, "info", event);
    break;
  case HTTP_EVENT_TRAILERS:
    buf_add_text(&e->text, "trailers(");
    buf_add_slice(&e->text, event->data);
    buf_add_text(&e->text, ") ");
    break;
  case HTTP_EVENT_END:
    buf_add_text(&e->text, "end ");
    break;
  default:
    buf_printf(&e->text, "error(%d) ", event->fault->status);
    buf_add_text(&e->sentences, event->fault->err.text);
    buf_add_slice(&e->faulty, event->data);
    break;
  }
}

/* `request_was_head` holds for every message. */
static inline void http_events_begin(struct http_events *e, enum http_role role, bool request_was_head) {
  *e = (struct http_events){.request_was_head = request_was_head};
  e->codec = http_codec_new(role, http_events_take, e);
  http_codec_expect(e->codec, request_was_head);
}

static inline bool http_events_at_end(const struct http_events *e) {
  return e->text.n >= 4 && memcmp(e->text.p + e->text.n - 4, "end ", 4) == 0;
}

/* Feeds a copy of the bytes, message after message ("| " between them); returns how many were consumed. */
static inline size_t http_events_feed(struct http_events *e, struct slice bytes) {
  size_t used = 0;
  while (used < bytes.n) {
    size_t n = bytes.n - used;
    char *copy = malloc(n); /* chunk data is moved, and an exact block lets ASan see a step too far */
    memcpy(copy, bytes.p + used, n);
    n = http_codec_feed(e->codec, copy, n);
    free(copy);
    used += n;
    if (n == 0 && !http_events_at_end(e))
      break; /* failed or detached */
    if (n == 0) {
      buf_add_text(&e->text, "| ");
      http_codec_next(e->codec);
      http_codec_expect(e->codec, e->request_was_head);
    }
  }
  return used;
}

/* The peer's end, told to the codec. */
static inline void http_events_finish(struct http_events *e) {
  http_codec_finish(e->codec);
  http_events_put_data(e);
}

/* Without the space at the end. */
static inline const char *http_events_text(struct http_events *e) {
  http_events_put_data(e);
  if (e->text.n > 0 && e->text.p[e->text.n - 1] == ' ')
    e->text.p[--e->text.n] = '\0';
  return buf_text(&e->text);
}

static inline void http_events_clear(struct http_events *e) {
  http_codec_free(e->codec);
  buf_clear(&e->text);
  buf_clear(&e->data);
  buf_clear(&e->sentences);
  buf_clear(&e->faulty);
}

#endif
