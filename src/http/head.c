#include "weir/http/head.h"

#include <stdlib.h>
#include <string.h>

#include "http/grammar.h"
#include "weir/base/mem.h"

void http_head_clear(struct http_head *head) {
  free(head->raw);
  *head = (struct http_head){0};
}

void http_head_copy(struct http_head *to, const struct http_head *from) {
  *to = *from;
  if (from->raw != NULL) {
    to->raw = mem_alloc(from->n);
    memcpy(to->raw, from->raw, from->n);
  }
}

size_t http_head_cost(const struct http_head *head) {
  return mem_cost(head->raw);
}

struct slice http_head_raw(const struct http_head *head) {
  return (struct slice){head->raw, head->n};
}

struct slice http_head_start(const struct http_head *head) {
  return (struct slice){head->raw, head->raw != NULL ? head->fields - 2u : 0};
}

struct slice http_head_method(const struct http_head *head) {
  return (struct slice){head->raw, head->method_n};
}

static struct slice start_part(const struct http_head *head) {
  return head->raw != NULL ? (struct slice){head->raw + head->target, head->target_n} : (struct slice){NULL, 0};
}

struct slice http_head_target(const struct http_head *head) {
  return head->status == 0 ? start_part(head) : (struct slice){NULL, 0};
}

struct slice http_head_reason(const struct http_head *head) {
  return head->status != 0 ? start_part(head) : (struct slice){NULL, 0};
}

static void read_value(struct http_field *field, const char *from, const char *to) {
  while (from < to && (*from == ' ' || *from == '\t'))
    from++;
  while (to > from && (to[-1] == ' ' || to[-1] == '\t'))
    to--;
  field->value = (struct slice){from, (size_t)(to - from)};
}

/* The head was validated: every line has its colon and CRLF, and the last one is empty. */
bool http_head_next(const struct http_head *head, uint32_t *at, struct http_field *field) {
  uint32_t i = *at != 0 ? *at : head->fields;
  if (head->raw == NULL || i + 2 >= head->n)
    return false;
  const char *line = head->raw + i, *colon = line;
  const char *end = memchr(line, '\n', head->n - i);
  if (end == NULL)
    return false;
  while (*colon != ':') /* names are short */
    if (++colon == end)
      return false;
  field->name = (struct slice){line, (size_t)(colon - line)};
  read_value(field, colon + 1, end - 1);
  field->line = (struct slice){line, (size_t)(end + 1 - line)};
  *at = i + (uint32_t)field->line.n;
  return true;
}

bool http_head_next_of(const struct http_head *head, struct slice name, uint32_t *at, struct http_field *field) {
  if (head->raw == NULL || name.n == 0 || (head->names & grammar_name_bit(name)) == 0)
    return false;
  for (uint32_t i = *at != 0 ? *at : head->fields; i + name.n + 2 < head->n;) {
    const char *line = head->raw + i;
    const char *end = memchr(line, '\n', head->n - i);
    if (end == NULL)
      return false;
    i += (uint32_t)(end + 1 - line);
    if (line[name.n] == ':' && slice_same_ascii(line, name.p, name.n)) {
      field->name = (struct slice){line, name.n};
      read_value(field, line + name.n + 1, end - 1);
      field->line = (struct slice){line, (size_t)(end + 1 - line)};
      *at = i;
      return true;
    }
  }
  return false;
}

bool http_head_find_of(const struct http_head *head, struct slice name, struct slice *value) {
  struct http_field field;
  uint32_t at = 0;
  if (!http_head_next_of(head, name, &at, &field))
    return false;
  *value = field.value;
  return true;
}

size_t http_head_count(const struct http_head *head, const char *name) {
  struct slice wanted = slice_of(name);
  struct http_field field;
  size_t count = 0;
  for (uint32_t at = 0; http_head_next_of(head, wanted, &at, &field);)
    count++;
  return count;
}

/* Commas inside quoted strings do not divide (RFC 9110-5.6.4). */
static size_t member_end(struct slice s) {
  bool quoted = false;
  for (size_t i = 0; i < s.n; i++)
    if (s.p[i] == '"')
      quoted = !quoted;
    else if (s.p[i] == '\\' && quoted)
      i++;
    else if (s.p[i] == ',' && !quoted)
      return i;
  return s.n;
}

bool http_list_next(struct slice *rest, struct slice *member) {
  while (rest->n > 0) {
    size_t end = member_end(*rest);
    *member = slice_trim(slice_sub(*rest, 0, end));
    *rest = slice_from(*rest, end + 1);
    if (member->n > 0)
      return true;
  }
  return false;
}

bool http_head_has_token(const struct http_head *head, const char *name, const char *token) {
  struct slice wanted = slice_of(name), member;
  struct http_field field;
  for (uint32_t at = 0; http_head_next_of(head, wanted, &at, &field);) {
    for (struct slice rest = field.value; http_list_next(&rest, &member);) {
      ptrdiff_t semicolon = slice_find_byte(member, ';');
      struct slice word = semicolon < 0 ? member : slice_trim(slice_sub(member, 0, (size_t)semicolon));
      if (slice_eq_ascii(word, slice_of(token)))
        return true;
    }
  }
  return false;
}

bool http_is_token(struct slice s) {
  for (size_t i = 0; i < s.n; i++)
    if (!grammar_is(s.p[i], GRAMMAR_TOKEN))
      return false;
  return s.n > 0;
}
