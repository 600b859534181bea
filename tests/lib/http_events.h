/*
 * What a codec said, as one line of text that does not depend on how the bytes were cut: pieces of a body that follow
 * each other are one. "head(GET /x none) end | head(...) data(abc) end error(400)"
 */
#ifndef WEIR_TESTS_HTTP_EVENTS_H
#define WEIR_TESTS_HTTP_EVENTS_H

#include "weir/http/codec.h"

struct http_events {
  struct buf text;
  struct buf data;      /* body bytes not written to `text` yet */
  struct buf sentences; /* of ERROR events */
  struct http_codec *codec;
  bool detach; /* at the next HEAD */
  bool request_was_head;
  size_t data_events;
};

/* `request_was_head` holds for every message. */
void http_events_begin(struct http_events *e, enum http_role role, bool request_was_head);
/* Feeds a copy of the bytes, message after message ("| " between them); returns how many were consumed. */
size_t http_events_feed(struct http_events *e, struct slice bytes);
/* The peer's end, told to the codec. */
void http_events_finish(struct http_events *e);
/* Without the space at the end. */
const char *http_events_text(struct http_events *e);
void http_events_clear(struct http_events *e);

#endif
