/* What a request carries as names and values: its query, the fields of its form. */
#include <stdio.h>
#include <string.h>

#include "ui/list_row.h"
#include "ui/redact.h"
#include "ui/rows.h"
#include "weir/base/text.h"
#include "weir/body/image.h"
#include "weir/body/kind.h"
#include "weir/http/form.h"

#define VALUE_SHOWN 512 /* bytes of a part's value; all of it is in the body */

static struct slice query_of(const struct flow *f) {
  struct slice path = flow_path(f);
  ptrdiff_t mark = slice_find_byte(path, '?');
  struct slice query = mark < 0 ? slice_make(NULL, 0) : slice_from(path, (size_t)mark + 1);
  ptrdiff_t hash = slice_find_byte(query, '#');
  return hash < 0 ? query : slice_sub(query, 0, (size_t)hash);
}

static enum body_kind form_kind(const struct flow *f, bool sent) {
  struct slice type;
  const struct http_head *head = sent ? flow_sent_head(&f->request) : &f->request.head;
  const struct body *body = sent ? flow_sent_body(&f->request) : &f->request.body;
  if (head->raw == NULL || body->kept == 0 || !http_head_find(head, "Content-Type", &type))
    return BODY_EMPTY;
  enum body_kind kind = body_kind_of(type, body_at(body, 0));
  return kind == BODY_FORM || kind == BODY_MULTIPART ? kind : BODY_EMPTY;
}

const char *query_name(const struct flow *f, bool sent) {
  switch (form_kind(f, sent)) {
  case BODY_FORM:
    return "Form";
  case BODY_MULTIPART:
    return "Multipart";
  default:
    return f->request.head.raw != NULL && query_of(f).n > 0 ? "Query" : NULL;
  }
}

static void put_pairs(const struct rows *rows, struct slice rest) {
  struct slice name, value;
  struct buf plain_name = BUF_INIT, plain_value = BUF_INIT;
  size_t n = 0;
  for (; http_form_next(&rest, &name, &value); n++) {
    buf_reset(&plain_name);
    buf_reset(&plain_value);
    http_form_decode(name, &plain_name);
    http_form_decode(value, &plain_value);
    (redact_is_secret(buf_slice(&plain_name)) ? rows_secret : rows_put)(
        rows, name.n > 0 ? buf_slice(&plain_name) : SLICE("(no name)"), buf_slice(&plain_value));
    if (value.p == NULL)
      rows_say(rows, "sent without \"=\"");
  }
  if (n == 0)
    rows_say(rows, "none");
  buf_clear(&plain_name);
  buf_clear(&plain_value);
}

/* ---- parts ---- */

static bool is_text(struct slice body, struct slice type) {
  enum body_kind kind = body_kind_of(type, body);
  return kind != BODY_BINARY && kind != BODY_IMAGE;
}

static void put_file(const struct rows *rows, const struct http_part *part) {
  struct image_facts image;
  char size[24];
  rows_put(rows, SLICE("  file"), part->filename);
  words_bytes(part->body.n, size, sizeof size);
  if (image_look(part->body, &image) && image.width > 0)
    rows_say(rows, "%s, %ux%u, %s", size, image.width, image.height, image.name);
  else
    rows_say(rows, "%s", size);
}

static void put_part(const struct rows *rows, const struct http_part *part) {
  bool file = part->filename.p != NULL, text = is_text(part->body, part->type);
  struct slice shown = slice_sub(part->body, 0, VALUE_SHOWN);
  struct slice name = part->name.n > 0 ? part->name : SLICE("(no name)");
  char size[24];
  (redact_is_secret(name) && text && !file ? rows_secret : rows_put)(rows, name, file || !text ? SLICE("") : shown);
  if (file)
    put_file(rows, part);
  if (part->type.p != NULL)
    rows_put(rows, SLICE("  type"), part->type);
  if (!file && text && shown.n < part->body.n)
    rows_say(rows, "and %s more", words_bytes(part->body.n - shown.n, size, sizeof size));
  if (!file && !text)
    rows_say(rows, "%s that are no text", words_bytes(part->body.n, size, sizeof size));
}

static void put_parts(const struct rows *rows, struct slice rest) {
  struct slice boundary = {NULL, 0};
  struct http_part part;
  size_t n = 0;
  for (; http_part_next(&rest, &boundary, &part); n++)
    put_part(rows, &part);
  if (n == 0)
    rows_warn(rows, "no parts: no line begins with --");
}

void query_rows(const struct rows *rows, const struct flow *f, bool sent, struct slice plain) {
  enum body_kind kind = form_kind(f, sent);
  struct slice query = query_of(f);
  if (query.n > 0 || kind == BODY_EMPTY) {
    rows_title(rows, "Query");
    put_pairs(rows, query);
  }
  if (kind == BODY_EMPTY)
    return;
  if (query.n > 0)
    rows_gap(rows);
  rows_title(rows, kind == BODY_FORM ? "Form" : "Parts of the form");
  if (kind == BODY_FORM)
    put_pairs(rows, plain);
  else
    put_parts(rows, plain);
}
