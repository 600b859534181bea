/* What the heads say about the connection they came on: keep-alive, Expect, Upgrade. */
#include <string.h>

#include "weir/http/forward.h"

bool http_keeps_alive(const struct http_head *head) {
  bool close = http_head_has_token(head, "Connection", "close");
  if (head->minor > 0)
    return !close;
  /* A proxy keeps no connection with an HTTP/1.0 client, even if that asks (RFC 9112-9.3); a server may offer it. */
  return head->status != 0 && !close && http_head_has_token(head, "Connection", "keep-alive");
}

bool http_is_idempotent(struct slice method) {
  static const char *const methods[] = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"};
  for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
    if (slice_eq(method, slice_of(methods[i])))
      return true;
  return false;
}

bool http_expects_continue(const struct http_head *head) {
  return head->minor > 0 && http_head_has_token(head, "Expect", "100-continue");
}

static bool is_http2(struct slice protocol) {
  return slice_eq_ascii(protocol, SLICE("h2c")) || slice_eq_ascii(protocol, SLICE("h2")) ||
         slice_starts_ascii(protocol, SLICE("HTTP/"));
}

bool http_wants_upgrade(const struct http_head *head) {
  struct http_field field;
  struct slice member;
  bool offered = false;
  if (head->minor == 0 || !http_head_has_token(head, "Connection", "upgrade"))
    return false;
  for (uint32_t at = 0; http_head_next_named(head, "Upgrade", &at, &field);) {
    for (struct slice rest = field.value; http_list_next(&rest, &member);) {
      if (is_http2(member))
        return false; /* weir would have to speak it */
      offered = true;
    }
  }
  return offered;
}

static bool offers(const struct http_head *request, struct slice protocol) {
  struct http_field field;
  struct slice member;
  for (uint32_t at = 0; http_head_next_named(request, "Upgrade", &at, &field);) {
    for (struct slice rest = field.value; http_list_next(&rest, &member);)
      if (slice_eq_ascii(member, protocol))
        return true;
  }
  return false;
}

/* A server names one protocol, or a few layers of them: more than that is not looked through. */
#define UPGRADE_LAYERS_MAX 8

bool http_upgrade_matches(const struct http_head *request, const struct http_head *response) {
  struct http_field field;
  struct slice member;
  size_t accepted = 0;
  if (!http_wants_upgrade(request))
    return false;
  for (uint32_t at = 0; http_head_next_named(response, "Upgrade", &at, &field);) {
    for (struct slice rest = field.value; http_list_next(&rest, &member);)
      if (++accepted > UPGRADE_LAYERS_MAX || !offers(request, member))
        return false;
  }
  return accepted > 0;
}
