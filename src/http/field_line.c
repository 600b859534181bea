#include "http/field_line.h"

#include "http/fault.h"
#include "http/grammar.h"

#define NO_END "the head does not end with an empty line"

static bool refuse_name(enum http_role role, struct slice raw, size_t at, size_t i, struct http_fault *fault) {
  char c = i < raw.n ? raw.p[i] : '\n';
  if (i == at && (c == ' ' || c == '\t'))
    return fault_set(fault, role, 400, i, 1, "a line that begins with white space (a folded field)");
  if (c == ' ' || c == '\t')
    return fault_set(fault, role, 400, i, 1, "white space in a field name or before its colon");
  if (i == at && c == ':')
    return fault_set(fault, role, 400, i, 1, "a field without a name");
  if (i >= raw.n)
    return fault_set(fault, role, 400, i, 0, NO_END);
  if (c == '\r' || c == '\n') {
    return fault_set(fault, role, 400, at, i - at,
                     i == at ? "a bare CR or LF between the fields" : "a field line without a colon");
  }
  return fault_set(fault, role, 400, i, 1, "a byte that no field name may have");
}

static bool refuse_value(enum http_role role, struct slice raw, size_t i, struct http_fault *fault) {
  if (i == raw.n)
    return fault_set(fault, role, 400, i, 0, NO_END);
  if (raw.p[i] == '\r' || raw.p[i] == '\n')
    return fault_set(fault, role, 400, i, 1, "a bare CR or LF in a field");
  return fault_set(fault, role, 400, i, 1, "a control byte in a field value");
}

bool field_line_read(enum http_role role, struct slice raw, size_t at, struct http_field *field,
                     struct http_fault *fault) {
  const char *p = raw.p, *end = raw.p + raw.n;
  const char *name = p + at, *q = name;
  while (q < end && grammar_is(*q, GRAMMAR_TOKEN))
    q++;
  if (q == end || *q != ':' || q == name)
    return refuse_name(role, raw, at, (size_t)(q - p), fault);
  field->name = (struct slice){name, (size_t)(q - name)};
  const char *value = ++q;
  while (q < end && grammar_is(*q, GRAMMAR_VALUE))
    q++;
  if (end - q < 2 || q[0] != '\r' || q[1] != '\n')
    return refuse_value(role, raw, (size_t)(q - p), fault);
  field->value = slice_trim((struct slice){value, (size_t)(q - value)});
  field->line = (struct slice){name, (size_t)(q + 2 - name)};
  return true;
}

static bool may_trail(struct slice name) {
  static const char *const never[] = {"Host",    "Content-Length",   "Transfer-Encoding", "Connection", "Trailer",
                                      "Upgrade", "Proxy-Connection", "Keep-Alive",        "TE"};
  for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
    if (slice_eq_ascii(name, slice_of(never[i])))
      return false;
  return true;
}

bool field_lines_check_trailers(enum http_role role, struct slice raw, struct http_fault *fault) {
  size_t count = 0;
  for (size_t at = 0; at < raw.n;) {
    struct http_field field;
    if (!field_line_read(role, raw, at, &field, fault))
      return false;
    if (++count > HTTP_FIELDS_MAX)
      return fault_set(fault, role, 431, at, field.line.n, "more than %d trailer fields", HTTP_FIELDS_MAX);
    if (!may_trail(field.name)) {
      return fault_set(fault, role, 400, at, field.line.n, "%.*s may not stand in a trailer", (int)field.name.n,
                       field.name.p);
    }
    at += field.line.n;
  }
  return true;
}
