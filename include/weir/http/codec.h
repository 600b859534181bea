/*
 * A codec turns bytes into events and events into bytes: no socket, no clock, no flow. Every event carries a
 * stream id, so that a protocol with several streams (HTTP/2) needs no change above. HTTP/1 here, with llhttp as
 * a second reader of fields; its stream id counts the messages of the connection from 1.
 *
 * Life of one message: HEAD, DATA*, [TRAILERS], END. A response may be preceded by INFO (1xx heads but 101). After
 * END the codec stops: what follows in the buffer stays unconsumed until http_codec_next().
 * ERROR ends the codec.
 */
#ifndef WEIR_HTTP_CODEC_H
#define WEIR_HTTP_CODEC_H

#include "weir/http/framing.h"
#include "weir/http/head.h"

enum http_event_type {
  HTTP_EVENT_HEAD,     /* head, framing */
  HTTP_EVENT_INFO,     /* head: an interim response (RFC 9110-15.2) */
  HTTP_EVENT_DATA,     /* data: body bytes, framing removed; points into the bytes fed */
  HTTP_EVENT_TRAILERS, /* data: raw trailer field lines, each with CRLF, framing fields refused */
  HTTP_EVENT_END,      /* the message is complete */
  HTTP_EVENT_ERROR,    /* fault; data: where a head is at fault, its bytes as received, as far as they were read */
};

struct http_event {
  enum http_event_type type;
  uint32_t stream;
  struct http_head *head; /* HEAD, INFO: the receiver may take it (http_head move: copy the struct, then zero it) */
  struct http_framing framing;
  struct slice data;
  const struct http_fault *fault;
};

struct http_codec;
typedef void http_event_fn(void *arg, struct http_event *event);

struct http_codec *http_codec_new(enum http_role role, http_event_fn *fn, void *arg);
void http_codec_free(struct http_codec *codec);

/*
 * Feeds bytes; returns how many were consumed. All are, except after END, ERROR or an upgrade. The bytes are
 * writable because chunk data is moved together: one feed gives at most one DATA event between two others.
 * A head that is not complete is kept inside. The callback must not free the codec.
 */
size_t http_codec_feed(struct http_codec *codec, char *bytes, size_t n);

/* The peer ended its direction: END for a body delimited by close, ERROR inside a message, nothing between two.
 * Returns false when it came inside a message. */
bool http_codec_finish(struct http_codec *codec);

/* Ready for the next message on this connection. Response side: tells what the request was, since HEAD has no
 * body, and before feeding the first byte of every response. */
void http_codec_next(struct http_codec *codec);
void http_codec_expect(struct http_codec *codec, bool request_was_head);

/* Called from within HEAD: what follows is not HTTP (2xx to CONNECT, 101); the codec stops consuming. */
void http_codec_detach(struct http_codec *codec);

bool http_codec_started(const struct http_codec *codec);           /* bytes of a message were seen, END not yet */
bool http_codec_in_head(const struct http_codec *codec);           /* a head has begun and is not complete */
struct slice http_codec_head_part(const struct http_codec *codec); /* what has come of that head, as received */
uint64_t http_codec_remaining(const struct http_codec *codec);     /* Content-Length bytes still to come; 0 otherwise */
size_t http_codec_cost(const struct http_codec *codec);            /* bytes kept inside */

#endif
