#include "http/start_line.h"

#include <string.h>

#include "http/fault.h"
#include "http/grammar.h"
#include "weir/http/url.h"

#define VERSION_N 8 /* HTTP/1.1 */

static bool read_version(enum http_role role, struct slice line, size_t at, struct http_head *head,
                         struct http_fault *fault) {
  struct slice version = slice_from(line, at);
  if (version.n != VERSION_N || !slice_starts(version, SLICE("HTTP/")) || !grammar_is(version.p[5], GRAMMAR_DIGIT) ||
      version.p[6] != '.' || !grammar_is(version.p[7], GRAMMAR_DIGIT))
    return fault_set(fault, role, 400, at, version.n, "the first line does not end with an HTTP version");
  if (version.p[5] == '0')
    return fault_set(fault, role, 400, at, version.n, "HTTP/0.9 is not spoken here");
  if (version.p[5] != '1') {
    return fault_set(fault, role, 505, at, version.n, "HTTP/%c is not spoken here, only HTTP/1.1 and 1.0",
                     version.p[5]);
  }
  head->minor = (uint8_t)(version.p[7] - '0');
  return true;
}

static bool check_target(struct slice line, const struct http_head *head, struct http_fault *fault) {
  struct slice method = slice_sub(line, 0, head->method_n);
  struct slice target = slice_sub(line, head->target, head->target_n);
  struct url url;
  struct err err = ERR_INIT;
  for (size_t i = 0; i < target.n; i++) {
    if (!grammar_is(target.p[i], GRAMMAR_TARGET)) {
      return fault_set(fault, HTTP_REQUEST, 400, head->target + i, 1,
                       target.p[i] == '#' ? "a fragment (#) in the request target"
                                          : "a control byte in the request target");
    }
  }
  if (slice_eq(method, SLICE("CONNECT"))) {
    return url_parse_authority(target, &url, &err) ||
           fault_set(fault, HTTP_REQUEST, 400, head->target + err.at, err.span, "CONNECT target: %s", err.text);
  }
  if (target.p[0] == '/')
    return true;
  if (target.n == 1 && target.p[0] == '*') {
    return slice_eq(method, SLICE("OPTIONS")) ||
           fault_set(fault, HTTP_REQUEST, 400, head->target, 1, "the target * belongs to OPTIONS only");
  }
  return url_parse(target, &url, &err) ||
         fault_set(fault, HTTP_REQUEST, 400, head->target + err.at, err.span, "request target: %s", err.text);
}

static bool read_request_line(struct slice line, struct http_head *head, struct http_fault *fault) {
  size_t n = 0;
  while (n < line.n && grammar_is(line.p[n], GRAMMAR_TOKEN))
    n++;
  if (n == 0)
    return fault_set(fault, HTTP_REQUEST, 400, 0, 1, "the request does not begin with a method");
  if (n > METHOD_MAX)
    return fault_set(fault, HTTP_REQUEST, 501, 0, n, "the method is longer than %d bytes", METHOD_MAX);
  if (n == line.n || line.p[n] != ' ')
    return fault_set(fault, HTTP_REQUEST, 400, n, 1, "no single space behind the method");
  head->method_n = (uint16_t)n;
  struct slice rest = slice_from(line, n + 1);
  ptrdiff_t space = slice_find_byte(rest, ' ');
  if (space == 0)
    return fault_set(fault, HTTP_REQUEST, 400, n + 1, 1, "more than one space behind the method");
  if (space < 0) {
    return fault_set(fault, HTTP_REQUEST, 400, line.n, 0,
                     "no HTTP version in the request line (HTTP/0.9 is not spoken here)");
  }
  head->target = (uint32_t)(n + 1);
  head->target_n = (uint32_t)space;
  if (slice_eq(line, SLICE("PRI * HTTP/2.0"))) {
    return fault_set(fault, HTTP_REQUEST, 505, 0, line.n,
                     "HTTP/2 without TLS is not spoken here, only HTTP/1.1 and 1.0");
  }
  size_t version = n + 1 + (size_t)space + 1;
  ptrdiff_t more = slice_find_byte(slice_from(line, version), ' ');
  if (more >= 0)
    return fault_set(fault, HTTP_REQUEST, 400, version + (size_t)more, 1, "a space too many in the request line");
  return read_version(HTTP_REQUEST, line, version, head, fault) && check_target(line, head, fault);
}

static bool read_status_line(struct slice line, struct http_head *head, struct http_fault *fault) {
  if (!slice_starts(line, SLICE("HTTP/")))
    return fault_set(fault, HTTP_RESPONSE, 502, 0, line.n, "the answer is not HTTP");
  ptrdiff_t space = slice_find_byte(line, ' ');
  struct slice version = slice_sub(line, 0, space < 0 ? line.n : (size_t)space);
  if (!read_version(HTTP_RESPONSE, version, 0, head, fault))
    return false;
  struct slice code = slice_from(line, version.n + 1);
  size_t at = version.n + 1;
  uint64_t status = 0;
  if (code.n < 3 || !slice_to_u64(slice_sub(code, 0, 3), &status) || status < 100 || (code.n > 3 && code.p[3] != ' '))
    return fault_set(fault, HTTP_RESPONSE, 502, at, code.n, "the status is not a number of three digits");
  head->status = (uint16_t)status;
  struct slice reason = slice_from(code, 4); /* a missing space before an empty reason is common and harmless */
  for (size_t i = 0; i < reason.n; i++)
    if (!grammar_is(reason.p[i], GRAMMAR_VALUE))
      return fault_set(fault, HTTP_RESPONSE, 502, at + 4 + i, 1, "a control byte in the reason phrase");
  head->target = (uint32_t)(line.n - reason.n);
  head->target_n = (uint32_t)reason.n;
  return true;
}

bool start_line_read(enum http_role role, struct slice line, struct http_head *head, struct http_fault *fault) {
  if (line.n > START_LINE_MAX)
    return fault_set(fault, role, 414, 0, line.n, "the first line is longer than %d bytes", START_LINE_MAX);
  return role == HTTP_REQUEST ? read_request_line(line, head, fault) : read_status_line(line, head, fault);
}

bool start_line_begins(enum http_role role, struct slice bytes, struct http_fault *fault) {
  if (role == HTTP_RESPONSE) {
    struct slice sign = SLICE("HTTP/");
    size_t n = bytes.n < sign.n ? bytes.n : sign.n;
    return memcmp(bytes.p, sign.p, n) == 0 || fault_set(fault, role, 502, 0, n, "the answer is not HTTP");
  }
  if (grammar_is(bytes.p[0], GRAMMAR_TOKEN))
    return true;
  return fault_set(fault, role, 400, 0, 1,
                   bytes.p[0] == 0x16 ? "TLS where a plain HTTP request should begin"
                                      : "the request does not begin with a method");
}
