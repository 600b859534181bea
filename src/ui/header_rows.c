/* The fields of a message, each with what it means and what is odd about it. */
#include <stdio.h>
#include <string.h>

#include "ui/http_words.h"
#include "ui/redact.h"
#include "ui/rows.h"
#include "weir/body/jwt.h"
#include "weir/http/date.h"

static bool is(struct slice s, const char *word) {
  return slice_eq_ascii(s, slice_of(word));
}

static bool is_secure(const struct flow *f) {
  return is(flow_scheme(f), "https");
}

/* ---- what is odd ---- */

static void access_warnings(const struct rows *rows, const struct http_head *head, const struct http_field *field) {
  struct slice credentials;
  if (is(field->name, "Access-Control-Allow-Origin") && is(field->value, "*") &&
      http_head_find(head, "Access-Control-Allow-Credentials", &credentials) && is(credentials, "true"))
    rows_warn(rows, "* with credentials: browsers refuse the answer");
}

static void transport_warnings(const struct rows *rows, const struct flow *f, const struct http_field *field) {
  if (is(field->name, "Authorization") && !is_secure(f))
    rows_warn(rows, "credentials in the clear: whoever is on the way can read them");
  if (!is(field->name, "Strict-Transport-Security"))
    return;
  if (!is_secure(f))
    rows_warn(rows, "it came in the clear: browsers ignore it");
  else if (slice_find_ascii(field->value, SLICE("max-age=0")) >= 0)
    rows_warn(rows, "max-age=0 takes it back");
}

/* What a person wrote goes out with the length that is right. */
static void length_warning(const struct rows *rows, const struct flow *f, enum flow_side side,
                           const struct http_field *field) {
  const struct flow_message *m = flow_side_const(f, side);
  bool own = m->sent != NULL || (f->replay && side == FLOW_REQUEST);
  uint64_t said;
  if (!own && is(field->name, "Content-Length") && m->body.complete && m->body.seen > 0 &&
      slice_to_u64(field->value, &said) && said != m->body.seen)
    rows_warn(rows, "the body has %llu bytes", (unsigned long long)m->body.seen);
}

static void token_words(const struct rows *rows, const struct http_field *field) {
  struct slice token;
  if (field->value.n < JWT_MAX && jwt_find(field->value, &token))
    rows_hint(rows, "a JSON Web Token: Enter decodes it");
}

/* Fields that may be there once; of two, programs take one or the other. */
static void twice_warning(const struct rows *rows, const struct http_head *head, const struct http_field *field) {
  static const char *const once[] = {"Content-Type", "Content-Length", "Host",          "Authorization", "Location",
                                     "ETag",         "Date",           "Last-Modified", "User-Agent",    "Referer"};
  struct http_field other;
  size_t n = 0;
  for (size_t i = 0; i < sizeof once / sizeof *once; i++) {
    if (!is(field->name, once[i]))
      continue;
    for (uint32_t at = 0; http_head_next_of(head, field->name, &at, &other);)
      n++;
  }
  if (n > 1)
    rows_warn(rows, "it is there %zu times: programs take one or another", n);
}

void header_warnings(const struct rows *rows, const struct flow *f, enum flow_side side, const struct http_head *head,
                     const struct http_field *field) {
  token_words(rows, field);
  if (side == FLOW_RESPONSE && is(field->name, "Set-Cookie"))
    cookie_warnings(rows, f, field->value);
  access_warnings(rows, head, field);
  transport_warnings(rows, f, field);
  twice_warning(rows, head, field);
  length_warning(rows, f, side, field);
}

/* ---- what a page of this kind should have ---- */

static bool is_html(const struct http_head *head) {
  struct slice type;
  return http_head_find(head, "Content-Type", &type) && slice_starts_ascii(type, SLICE("text/html"));
}

static void missing(const struct rows *rows, const struct flow *f, const struct http_head *head) {
  static const struct {
    const char *name, *without;
    bool secure;
  } wanted[] = {
      {"Strict-Transport-Security", "the next visit may begin in the clear", true},
      {"Content-Security-Policy", "whatever gets into the page runs", false},
      {"X-Content-Type-Options", "browsers may take it for something else", false},
  };
  struct slice value;
  bool any = false;
  if (!is_html(head))
    return;
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
    if ((wanted[i].secure && !is_secure(f)) || http_head_find(head, wanted[i].name, &value))
      continue;
    if (!any) {
      rows_gap(rows);
      rows_title(rows, "Not there");
    }
    any = true;
    rows_put(rows, slice_of(wanted[i].name), slice_of(wanted[i].without));
  }
}

/* ---- the rows ---- */

static void put_date(const struct rows *rows, const struct http_field *field) {
  char text[48];
  int64_t then;
  if (http_date_read(field->value, &then))
    rows_say(rows, "%s", rows_when(then, rows->now_s, text));
}

static bool is_date(struct slice name) {
  return is(name, "Date") || is(name, "Expires") || is(name, "Last-Modified") || is(name, "If-Modified-Since") ||
         is(name, "If-Unmodified-Since");
}

static void put_start(const struct rows *rows, const struct http_head *head, enum flow_side side) {
  const char *words =
      side == FLOW_REQUEST ? http_method_words(http_head_method(head)) : http_status_words(head->status);
  rows->put(rows->arg, http_head_start(head), SLICE(""), ROW_TITLE);
  if (words != NULL)
    rows_say(rows, "%s", words);
}

void header_rows(const struct rows *rows, const struct flow *f, enum flow_side side, bool sent) {
  const struct flow_message *m = flow_side_const(f, side);
  const struct http_head *head = sent ? flow_wire_head(m) : &m->head;
  struct http_field field;
  struct slice before = {NULL, 0};
  if (head->raw == NULL)
    return;
  put_start(rows, head, side);
  for (uint32_t at = 0; http_head_next(head, &at, &field);) {
    const char *words = slice_eq_ascii(before, field.name) ? NULL : http_field_words(field.name);
    before = field.name;
    (redact_is_secret(field.name) ? rows_secret : rows_put)(rows, field.name, field.value);
    if (words != NULL)
      rows_say(rows, "%s", words);
    if (is_date(field.name))
      put_date(rows, &field);
    header_warnings(rows, f, side, head, &field);
  }
  if (side == FLOW_RESPONSE)
    missing(rows, f, head);
}
