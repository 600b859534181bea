/*
 * The part that fuzz_request and fuzz_response share: the same bytes give the same events whatever the cut, and a head
 * that was taken is taken again after forwarding, with the same framing, and does not change a second time.
 */
#ifndef WEIR_TESTS_FUZZ_HTTP_MESSAGE_H
#define WEIR_TESTS_FUZZ_HTTP_MESSAGE_H

#include <stdio.h>

#include "http_events.h"
#include "weir/http/forward.h"
#include "weir/http/message.h"

static inline void fuzz_demand(bool holds, const char *what, const char *a, const char *b) {
  if (!holds) {
    fprintf(stderr, "%s\n--- first\n%s\n--- second\n%s\n", what, a, b);
    abort();
  }
}

static inline void fuzz_events_in_steps(struct http_events *e, enum http_role role, bool was_head, struct slice bytes,
                                        size_t step) {
  http_events_begin(e, role, was_head);
  for (size_t at = 0; at < bytes.n; at += step)
    http_events_feed(e, slice_sub(bytes, at, step));
  http_events_finish(e);
}

static inline void fuzz_cuts(enum http_role role, bool was_head, struct slice bytes) {
  size_t steps[] = {1, 2 + bytes.n % 5, 7 + bytes.n % 11};
  struct http_events whole;
  fuzz_events_in_steps(&whole, role, was_head, bytes, bytes.n > 0 ? bytes.n : 1);
  for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
    struct http_events cut;
    fuzz_events_in_steps(&cut, role, was_head, bytes, steps[i]);
    fuzz_demand(slice_eq(buf_slice(&whole.text), buf_slice(&cut.text)), "events depend on the cut",
                buf_text(&whole.text), buf_text(&cut.text));
    http_events_clear(&cut);
  }
  http_events_clear(&whole);
}

/* The head as it leaves weir. */
static inline void fuzz_forward(enum http_role role, const struct http_head *head, bool again, struct buf *out) {
  struct url url;
  struct http_forward how = {.client_minor = 1};
  if (role == HTTP_RESPONSE) {
    http_forward_response(out, head, &how);
    return;
  }
  if (!url_parse(http_head_target(head), &url, NULL)) {
    url_parse(SLICE("http://origin.test"), &url, NULL);
    url.target = http_head_target(head);
  }
  how.url = &url;
  how.keep_host = again; /* its target names no host any more */
  how.keep_upgrade = http_wants_upgrade(head);
  http_forward_request(out, head, &how);
}

static inline void fuzz_text_and_back(enum http_role role, const struct http_head *head) {
  struct buf text = BUF_INIT;
  struct http_head again;
  size_t body_at = 0;
  http_message_text(&text, head);
  fuzz_demand(http_message_parse(role, buf_slice(&text), true, &again, &body_at, NULL), "the text of a head is refused",
              buf_text(&text), "");
  fuzz_demand(slice_eq(http_head_raw(head), http_head_raw(&again)) && body_at == text.n,
              "the text of a head is another", buf_text(&text), "");
  http_head_clear(&again);
  buf_clear(&text);
}

static inline void fuzz_head(enum http_role role, struct slice raw) {
  struct http_head head, again;
  struct http_fault fault = {0};
  struct buf out = BUF_INIT, twice = BUF_INIT;
  if (!http_head_parse(role, raw, &head, &fault)) {
    fuzz_demand(fault.status >= 400 && fault.err.text[0] != '\0' && fault.err.at + fault.err.span <= raw.n,
                "a fault without status, sentence or place", fault.err.text, "");
    return;
  }
  fuzz_forward(role, &head, false, &out);
  fuzz_demand(http_head_parse(role, buf_slice(&out), &again, &fault), "what is forwarded is refused", buf_text(&out),
              fault.err.text);
  struct http_framing a = role == HTTP_REQUEST ? http_request_framing(&head) : http_response_framing(&head, false);
  struct http_framing b = role == HTTP_REQUEST ? http_request_framing(&again) : http_response_framing(&again, false);
  fuzz_demand(a.kind == b.kind && a.length == b.length, "forwarding changes the framing", raw.p, buf_text(&out));
  fuzz_forward(role, &again, true, &twice);
  bool counts = role == HTTP_REQUEST && http_max_forwards(&again) >= 0; /* each time one less */
  fuzz_demand(counts || slice_eq(buf_slice(&out), buf_slice(&twice)), "forwarding twice changes more", buf_text(&out),
              buf_text(&twice));
  fuzz_text_and_back(role, &head);
  http_keeps_alive(&head);
  http_expects_continue(&head);
  http_head_clear(&head);
  http_head_clear(&again);
  buf_clear(&out);
  buf_clear(&twice);
}

static inline void fuzz_messages(enum http_role role, bool was_head, struct slice bytes) {
  fuzz_cuts(role, was_head, bytes);
  ptrdiff_t end = slice_find(bytes, SLICE("\r\n\r\n"));
  fuzz_head(role, end < 0 ? bytes : slice_sub(bytes, 0, (size_t)end + 4));
}

#endif
