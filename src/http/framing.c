#include "weir/http/framing.h"

#include "http/grammar.h"
#include "http/transfer_coding.h"

/* One walk for both fields: this runs for every message. */
static struct http_framing declared(const struct http_head *head, enum http_role role, struct http_framing otherwise) {
  struct http_framing framing = otherwise;
  struct http_field field;
  struct transfer_coding coding;
  uint32_t either = grammar_name_bit(SLICE("Content-Length")) | grammar_name_bit(SLICE("Transfer-Encoding"));
  for (uint32_t at = 0; (head->names & either) && http_head_next(head, &at, &field);) {
    if (field.name.n == 17 && slice_eq_ascii(field.name, SLICE("Transfer-Encoding"))) {
      if (transfer_coding_read(role, field.value, 0, &coding, NULL) && coding.chunked) {
        return (struct http_framing){HTTP_BODY_CHUNKED, 0};
      }
      return otherwise;
    }
    if (field.name.n == 14 && slice_eq_ascii(field.name, SLICE("Content-Length")) &&
        slice_to_u64(field.value, &framing.length)) {
      framing.kind = HTTP_BODY_LENGTH; /* a message with both was refused */
      return framing;
    }
  }
  return framing;
}

static const struct http_framing nothing = {HTTP_BODY_NONE, 0};

struct http_framing http_request_framing(const struct http_head *head) {
  struct http_framing framing = declared(head, HTTP_REQUEST, nothing);
  return framing.kind == HTTP_BODY_LENGTH && framing.length == 0 ? nothing : framing;
}

struct http_framing http_response_framing(const struct http_head *head, bool request_was_head) {
  if (request_was_head || head->status < 200 || head->status == 204 || head->status == 304) {
    return nothing;
  }
  return declared(head, HTTP_RESPONSE, (struct http_framing){HTTP_BODY_CLOSE, 0});
}

bool http_transfer_coded(const struct http_head *head) {
  struct slice value;
  struct transfer_coding coding;
  return http_head_find(head, "Transfer-Encoding", &value) &&
         transfer_coding_read(HTTP_RESPONSE, value, 0, &coding, NULL) && coding.others;
}
