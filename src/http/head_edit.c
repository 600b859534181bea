#include "weir/http/head_edit.h"

#include <stdlib.h>

#include "http/grammar.h"
#include "weir/base/mem.h"

/* A value from within weir, but never let it break the line. */
static void put_value(struct buf *out, const char *value) {
  for (; *value != '\0'; value++)
    buf_add_byte(out, *value == '\r' || *value == '\n' ? ' ' : *value);
}

static void put_field(struct buf *out, struct slice name, const char *value) {
  buf_add_slice(out, name);
  buf_add_text(out, ": ");
  put_value(out, value);
  buf_add_text(out, "\r\n");
}

/* The lines in `out` become the head's. */
static void take_lines(struct http_head *head, struct buf *out, struct slice name) {
  buf_add_text(out, "\r\n");
  free(head->raw);
  if (name.n > 0)
    head->names |= grammar_name_bit(name);
  head->n = (uint32_t)out->n;
  head->raw = mem_grow(buf_take(out), head->n); /* without the room that growing left */
}

void http_head_set(struct http_head *head, const char *name, const char *value) {
  struct buf out = BUF_INIT;
  struct http_field field;
  struct slice wanted = slice_of(name);
  bool done = value == NULL;
  if (head->raw == NULL)
    return;
  buf_add(&out, head->raw, head->fields);
  for (uint32_t at = 0; http_head_next(head, &at, &field);) {
    if (!slice_eq_ascii(field.name, wanted)) {
      buf_add_slice(&out, field.line);
    } else if (!done) {
      put_field(&out, field.name, value);
      done = true;
    }
  }
  if (!done)
    put_field(&out, wanted, value);
  take_lines(head, &out, wanted);
}

void http_head_add(struct http_head *head, const char *name, const char *value) {
  struct buf out = BUF_INIT;
  if (head->raw == NULL)
    return;
  buf_add(&out, head->raw, head->n - 2u);
  put_field(&out, slice_of(name), value);
  take_lines(head, &out, slice_of(name));
}

void http_head_set_nth(struct http_head *head, const char *name, size_t nth, const char *value) {
  struct buf out = BUF_INIT;
  struct http_field field;
  if (head->raw == NULL)
    return;
  buf_add(&out, head->raw, head->fields);
  for (uint32_t at = 0; http_head_next(head, &at, &field);)
    if (slice_eq_ascii(field.name, slice_of(name)) && nth-- == 0)
      put_field(&out, field.name, value);
    else
      buf_add_slice(&out, field.line);
  take_lines(head, &out, slice_of(name));
}

void http_head_set_target(struct http_head *head, struct slice target) {
  struct buf out = BUF_INIT;
  if (head->raw == NULL || head->status != 0)
    return;
  buf_add(&out, head->raw, head->target);
  buf_add_slice(&out, target);
  buf_add_slice(&out, slice_from(http_head_raw(head), (size_t)head->target + head->target_n));
  head->fields = (uint32_t)(head->fields - head->target_n + target.n);
  head->target_n = (uint32_t)target.n;
  head->n = (uint32_t)out.n;
  free(head->raw);
  head->raw = mem_grow(buf_take(&out), head->n);
}
