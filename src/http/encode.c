#include "weir/http/encode.h"

#include <string.h>

size_t http_chunk_head(char *out, uint64_t n) {
  char digits[16];
  size_t count = 0, at = 0;
  for (; n > 0 || count == 0; n >>= 4)
    digits[count++] = "0123456789abcdef"[n & 15];
  while (count > 0)
    out[at++] = digits[--count];
  out[at++] = '\r';
  out[at++] = '\n';
  return at;
}

void http_chunk_end(struct buf *out, struct slice trailers) {
  buf_add(out, "0\r\n", 3);
  buf_add_slice(out, trailers);
  buf_add(out, "\r\n", 2);
}

void http_simple_response(struct buf *out, int status, const char *type, struct slice extra_fields, struct slice body,
                          bool head_only, bool close) {
  buf_printf(out, "HTTP/1.1 %d %s\r\n", status, http_reason(status));
  if (type != NULL)
    buf_printf(out, "Content-Type: %s\r\n", type);
  if (status >= 200 && status != 204) /* RFC 9110-8.6: neither 1xx nor 204 may carry it */
    buf_printf(out, "Content-Length: %zu\r\n", body.n);
  buf_add_slice(out, extra_fields);
  if (close)
    buf_add_text(out, "Connection: close\r\n");
  buf_add(out, "\r\n", 2);
  if (!head_only && status >= 200 && status != 204 && status != 304)
    buf_add_slice(out, body);
}

static const struct {
  int status;
  const char *reason;
} reasons[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {102, "Processing"},
    {103, "Early Hints"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {207, "Multi-Status"},
    {208, "Already Reported"},
    {226, "IM Used"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {305, "Use Proxy"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {418, "I'm a teapot"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {424, "Failed Dependency"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {506, "Variant Also Negotiates"},
    {507, "Insufficient Storage"},
    {508, "Loop Detected"},
    {510, "Not Extended"},
    {511, "Network Authentication Required"},
};

const char *http_reason(int status) {
  for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
    if (reasons[i].status == status)
      return reasons[i].reason;
  return "";
}

void http_html_escape(struct buf *out, struct slice s) {
  for (size_t i = 0; i < s.n; i++) {
    unsigned char c = (unsigned char)s.p[i];
    const char *name = c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '"' ? "&quot;" : NULL;
    if (name != NULL)
      buf_add_text(out, name);
    else if (c == '\'')
      buf_add_text(out, "&#39;");
    else if (c < 0x20 || c == 0x7f)
      buf_printf(out, "\\x%02x", c); /* a numeric reference to a control byte is not valid HTML */
    else
      buf_add_byte(out, (char)c);
  }
}
