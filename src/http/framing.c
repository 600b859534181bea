#include "weir/http/framing.h"

#include "http/transfer_coding.h"

static struct http_framing declared(const struct http_head *head, enum http_role role, struct http_framing otherwise) {
  struct http_framing framing = otherwise;
  struct slice value;
  struct transfer_coding coding;
  if (http_head_find(head, "Transfer-Encoding", &value)) {
    if (transfer_coding_read(role, value, 0, &coding, NULL) && coding.chunked)
      framing = (struct http_framing){HTTP_BODY_CHUNKED, 0};
  } else if (http_head_find(head, "Content-Length", &value) && slice_to_u64(value, &framing.length)) {
    framing.kind = HTTP_BODY_LENGTH;
  }
  return framing;
}

static const struct http_framing nothing = {HTTP_BODY_NONE, 0};

struct http_framing http_request_framing(const struct http_head *head) {
  struct http_framing framing = declared(head, HTTP_REQUEST, nothing);
  return framing.kind == HTTP_BODY_LENGTH && framing.length == 0 ? nothing : framing;
}

bool http_response_has_body(const struct http_head *head, bool request_was_head) {
  return !request_was_head && head->status >= 200 && head->status != 204 && head->status != 304;
}

struct http_framing http_response_framing(const struct http_head *head, bool request_was_head) {
  if (!http_response_has_body(head, request_was_head))
    return nothing;
  return declared(head, HTTP_RESPONSE, (struct http_framing){HTTP_BODY_CLOSE, 0});
}

bool http_transfer_coded(const struct http_head *head) {
  struct slice value;
  struct transfer_coding coding;
  return http_head_find(head, "Transfer-Encoding", &value) &&
         transfer_coding_read(HTTP_RESPONSE, value, 0, &coding, NULL) && coding.others;
}
