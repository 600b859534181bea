#include "http/head_read.h"

#include <string.h>

#include "http/fault.h"
#include "http/field_line.h"
#include "http/grammar.h"
#include "http/llhttp_check.h"
#include "http/start_line.h"
#include "http/transfer_coding.h"
#include "weir/base/mem.h"
#include "weir/http/url.h"

/* What the fields said that decides about the whole message. Offsets are 0 where there was no such field. */
struct reading {
  enum http_role role;
  struct slice raw;
  struct http_head head;
  struct http_fault *fault;
  bool any_length;
  size_t fields;
  size_t host_at, length_at, coding_at;
  uint64_t length;
  struct transfer_coding coding;
  size_t connection_members;
};

static bool refuse(struct reading *r, int status, struct slice where, const char *sentence) {
  return fault_set(r->fault, r->role, status, (size_t)(where.p - r->raw.p), where.n, "%s", sentence);
}

static size_t place_of(const struct reading *r, const struct http_field *field) {
  return (size_t)(field->line.p - r->raw.p);
}

static bool note_host(struct reading *r, const struct http_field *field) {
  struct url url;
  struct err err = ERR_INIT;
  if (r->role == HTTP_RESPONSE)
    return true;
  if (r->host_at != 0)
    return refuse(r, 400, field->line, "two Host fields");
  r->host_at = place_of(r, field);
  if (url_parse_host(field->value, true, &url, &err))
    return true;
  size_t at = field->value.n > 0 ? (size_t)(field->value.p - r->raw.p) + err.at : r->host_at;
  return fault_set(r->fault, r->role, 400, at, err.span, "invalid Host: %s", err.text);
}

static bool note_length(struct reading *r, const struct http_field *field) {
  if (r->any_length)
    return true;
  if (r->length_at != 0)
    return refuse(r, 400, field->line, "two Content-Length fields");
  r->length_at = place_of(r, field);
  return (slice_to_u64(field->value, &r->length) && r->length <= INT64_MAX) ||
         refuse(r, 400, field->line, "Content-Length is not a plain number");
}

static bool note_coding(struct reading *r, const struct http_field *field) {
  if (r->coding_at != 0)
    return refuse(r, 400, field->line, "two Transfer-Encoding fields");
  r->coding_at = place_of(r, field);
  if (r->head.minor == 0)
    return refuse(r, 400, field->line, "Transfer-Encoding in an HTTP/1.0 message");
  return transfer_coding_read(r->role, field->value, r->coding_at, &r->coding, r->fault);
}

/* Whoever could take the framing fields or Host out of a message by naming them in Connection could change its meaning.
 */
static bool note_connection(struct reading *r, const struct http_field *field) {
  struct slice member;
  for (struct slice rest = field->value; http_list_next(&rest, &member);) {
    if (++r->connection_members > CONNECTION_MEMBERS_MAX)
      return refuse(r, 400, slice_sub(field->line, 0, field->name.n), "Connection names more than 100 fields");
    if (slice_eq_ascii(member, SLICE("Host")) || slice_eq_ascii(member, SLICE("Content-Length")) ||
        slice_eq_ascii(member, SLICE("Transfer-Encoding")))
      return refuse(r, 400, member, "Connection names Host or a framing field");
  }
  return true;
}

static bool note_field(struct reading *r, const struct http_field *field) {
  switch (field->name.n) {
  case 4:
    return !slice_eq_ascii(field->name, SLICE("Host")) || note_host(r, field);
  case 10:
    return !slice_eq_ascii(field->name, SLICE("Connection")) || note_connection(r, field);
  case 14:
    return !slice_eq_ascii(field->name, SLICE("Content-Length")) || note_length(r, field);
  case 17:
    return !slice_eq_ascii(field->name, SLICE("Transfer-Encoding")) || note_coding(r, field);
  default:
    return true;
  }
}

static bool read_fields(struct reading *r) {
  size_t at = r->head.fields;
  struct http_field field;
  while (at + 2 > r->raw.n || r->raw.p[at] != '\r' || r->raw.p[at + 1] != '\n') {
    if (!field_line_read(r->role, r->raw, at, &field, r->fault))
      return false;
    if (++r->fields > HTTP_FIELDS_MAX)
      return fault_set(r->fault, r->role, 431, at, field.line.n, "more than %d fields", HTTP_FIELDS_MAX);
    r->head.names |= grammar_name_bit(field.name);
    if (!note_field(r, &field))
      return false;
    at += field.line.n;
  }
  return at + 2 == r->raw.n || fault_set(r->fault, r->role, 400, at, 2, "an empty line in the middle of the head");
}

/* RFC 9112-3.2 and 6.3, once all fields are known. */
static bool check_request(struct reading *r) {
  struct slice line = {r->raw.p, r->head.fields - 2};
  if (r->host_at == 0 && r->head.minor > 0)
    return refuse(r, 400, line, "an HTTP/1.1 request without Host");
  if (r->coding_at != 0 && !r->coding.chunked) {
    return refuse(r, 501, slice_make(r->raw.p + r->coding_at, 17),
                  "a request whose last transfer coding is not chunked");
  }
  if (r->head.method_n == 7 && memcmp(line.p, "CONNECT", 7) == 0 && (r->coding_at != 0 || r->length > 0))
    return refuse(r, 400, line, "CONNECT with a body");
  return true;
}

static bool check_framing(struct reading *r) {
  if (r->coding_at != 0 && r->length_at != 0)
    return refuse(r, 400, slice_make(r->raw.p + r->length_at, 14), "both Transfer-Encoding and Content-Length");
  return r->role == HTTP_RESPONSE || check_request(r);
}

static bool ask_llhttp(struct reading *r) {
  const char *reason = "";
  struct slice fields = slice_from(r->raw, r->head.fields);
  if (r->any_length || llhttp_accepts_fields(r->role == HTTP_RESPONSE, fields, &reason))
    return true;
  return fault_set(r->fault, r->role, 400, r->head.fields, 0, "the fields are not valid HTTP (%s)", reason);
}

bool http_head_read(enum http_role role, struct slice raw, bool any_length, struct http_head *head,
                    struct http_fault *fault) {
  struct reading r = {.role = role, .raw = raw, .fault = fault, .any_length = any_length};
  if (raw.n > HTTP_HEAD_MAX)
    return fault_set(fault, role, 431, 0, 0, "the head is longer than %d KiB", HTTP_HEAD_MAX / 1024);
  ptrdiff_t end = slice_find_byte(raw, '\n');
  if (end < 0)
    return fault_set(fault, role, 400, raw.n, 0, "the first line does not end");
  if (end == 0 || raw.p[end - 1] != '\r')
    return fault_set(fault, role, 400, (size_t)end, 1, "a bare LF at the end of the first line");
  r.head.fields = (uint32_t)end + 1;
  if (!start_line_read(role, slice_sub(raw, 0, (size_t)end - 1), &r.head, fault) || !read_fields(&r) ||
      !check_framing(&r) || !ask_llhttp(&r))
    return false;
  r.head.raw = mem_try(raw.n);
  if (r.head.raw == NULL)
    return fault_set(fault, role, 503, 0, 0, "no memory for the head");
  memcpy(r.head.raw, raw.p, raw.n);
  r.head.n = (uint32_t)raw.n;
  *head = r.head;
  return true;
}

bool http_head_parse(enum http_role role, struct slice raw, struct http_head *head, struct http_fault *fault) {
  return http_head_read(role, raw, false, head, fault);
}
