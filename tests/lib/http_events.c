#include "http_events.h"

#include <stdlib.h>
#include <string.h>

static void put_data(struct http_events *e) {
  if (e->data.n > 0) {
    buf_add_text(&e->text, "data(");
    buf_add_slice(&e->text, buf_slice(&e->data));
    buf_add_text(&e->text, ") ");
    buf_reset(&e->data);
  }
}

static void put_head(struct http_events *e, const char *name, const struct http_event *event) {
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
    if (event->framing.kind == HTTP_BODY_LENGTH) {
      buf_printf(&e->text, " %llu", (unsigned long long)event->framing.length);
    }
  }
  buf_add_text(&e->text, ") ");
}

static void take(void *arg, struct http_event *event) {
  struct http_events *e = arg;
  if (event->type == HTTP_EVENT_DATA) {
    e->data_events++;
    buf_add_slice(&e->data, event->data);
    return;
  }
  put_data(e);
  switch (event->type) {
  case HTTP_EVENT_HEAD:
    put_head(e, "head", event);
    if (e->detach) {
      http_codec_detach(e->codec);
    }
    break;
  case HTTP_EVENT_INFO:
    put_head(e, "info", event);
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
    break;
  }
}

void http_events_begin(struct http_events *e, enum http_role role, bool request_was_head) {
  *e = (struct http_events){.request_was_head = request_was_head};
  e->codec = http_codec_new(role, take, e);
  http_codec_expect(e->codec, request_was_head);
}

static bool at_end_of_message(const struct http_events *e) {
  return e->text.n >= 4 && memcmp(e->text.p + e->text.n - 4, "end ", 4) == 0;
}

size_t http_events_feed(struct http_events *e, struct slice bytes) {
  size_t used = 0;
  while (used < bytes.n) {
    size_t n = bytes.n - used;
    char *copy = malloc(n); /* chunk data is moved, and an exact block lets ASan see a step too far */
    memcpy(copy, bytes.p + used, n);
    n = http_codec_feed(e->codec, copy, n);
    free(copy);
    used += n;
    if (n == 0 && !at_end_of_message(e)) {
      break; /* failed or detached */
    }
    if (n == 0) {
      buf_add_text(&e->text, "| ");
      http_codec_next(e->codec);
      http_codec_expect(e->codec, e->request_was_head);
    }
  }
  return used;
}

void http_events_finish(struct http_events *e) {
  http_codec_finish(e->codec);
  put_data(e);
}

const char *http_events_text(struct http_events *e) {
  put_data(e);
  if (e->text.n > 0 && e->text.p[e->text.n - 1] == ' ') {
    e->text.p[--e->text.n] = '\0';
  }
  return buf_text(&e->text);
}

void http_events_clear(struct http_events *e) {
  http_codec_free(e->codec);
  buf_clear(&e->text);
  buf_clear(&e->data);
  buf_clear(&e->sentences);
}
