#include "ui/edit_check.h"

#include <stdio.h>

#include "weir/base/text.h"
#include "weir/body/format.h"
#include "weir/http/message.h"

/* Bytes up to and including the empty line; 0: there is none. */
static size_t head_size(struct slice text) {
  struct slice rest = text;
  ptrdiff_t end;
  while ((end = slice_find_byte(rest, '\n')) >= 0) {
    bool empty = end == 0 || (end == 1 && rest.p[0] == '\r');
    rest = slice_from(rest, (size_t)end + 1);
    if (empty)
      return text.n - rest.n;
  }
  return 0;
}

static void tell_length(struct edit_check *c, const struct http_head *head, size_t body,
                        const struct edit_check_options *o) {
  struct slice value;
  uint64_t typed;
  if (!http_head_find(head, "Content-Length", &value)) {
    snprintf(c->text, sizeof c->text, "ok: the head is valid; body %zu bytes", body);
  } else if (o->keep_length && !o->decoded && slice_to_u64(value, &typed) && typed != body) {
    snprintf(c->text, sizeof c->text,
             "the head is valid; Content-Length %llu stays as typed, the body has %zu (Alt-L: follow it)",
             (unsigned long long)typed, body);
  } else if (o->keep_length) {
    snprintf(c->text, sizeof c->text, "ok: the head is valid; Content-Length stays as typed (Alt-L: follow the body)");
  } else if (o->decoded) {
    snprintf(c->text, sizeof c->text, "ok: the head is valid; the body is coded again, Content-Length follows it");
  } else if (slice_to_u64(value, &typed) && typed == body) {
    snprintf(c->text, sizeof c->text, "ok: the head is valid; Content-Length %zu", body);
  } else {
    snprintf(c->text, sizeof c->text, "ok: head valid; Content-Length %.*s -> %zu, updated for you (Alt-L: leave mine)",
             value.n < 20 ? (int)value.n : 20, value.p, body);
  }
}

/* ---- the body ---- */

/* Its line and column in the whole text, from 1; columns are characters. */
static void place_of(const struct editor *e, size_t offset, size_t *line, size_t *column) {
  struct buf before = BUF_INIT;
  *line = *column = 1;
  editor_copy(e, 0, offset, &before);
  for (size_t i = 0; i < before.n; i++) {
    if (before.p[i] == '\n') {
      ++*line;
      *column = 1;
    } else {
      *column += ((unsigned char)before.p[i] & 0xc0) != 0x80;
    }
  }
  buf_clear(&before);
}

static bool is_utf8(struct slice s) {
  while (s.n) {
    uint32_t c;
    size_t n = (unsigned char)*s.p < 0x80 ? 1 : text_decode(s, &c);
    if (n == 0)
      return false;
    s = slice_from(s, n);
  }
  return true;
}

/* The rest is said only of text: a picture is not UTF-8, and need not be. */
static void tell_text(struct edit_check *c, struct slice body, const char *first) {
  bool mark = slice_starts(body, SLICE("\xef\xbb\xbf")), utf8 = is_utf8(body);
  snprintf(c->body, sizeof c->body, "%s%s%s", first, utf8 ? "UTF-8, " : "not UTF-8",
           !utf8  ? ""
           : mark ? "with a BOM"
                  : "no BOM");
}

static void tell_json(struct edit_check *c, const struct editor *e, struct slice body) {
  struct json_reader r;
  struct json_token token;
  struct err err = ERR_INIT;
  enum json_read got;
  size_t line, column, skip = slice_starts(body, SLICE("\xef\xbb\xbf")) ? 3 : 0;
  json_reader_init(&r, slice_from(body, skip));
  while ((got = json_read(&r, &token, &err)) == JSON_TOKEN) {
  }
  json_reader_clear(&r);
  c->body_well = got == JSON_END;
  if (c->body_well) {
    tell_text(c, body, "JSON valid; ");
    return;
  }
  place_of(e, c->body_at + skip + err.at, &line, &column);
  snprintf(c->body, sizeof c->body, "not valid JSON: %s (line %zu column %zu)", err.text, line, column);
}

static void check_body(struct edit_check *c, const struct editor *e, const struct http_head *head) {
  size_t n = editor_size(e) - c->body_at;
  struct buf body = BUF_INIT;
  struct slice type = SLICE("");
  c->body_well = true;
  if (n > EDIT_CHECK_BODY) {
    snprintf(c->body, sizeof c->body, "the body is not checked while you type: it has more than %zu kB",
             EDIT_CHECK_BODY >> 10);
    return;
  }
  editor_copy(e, c->body_at, n, &body);
  if (c->valid)
    http_head_find(head, "Content-Type", &type);
  enum body_kind kind = body_kind_of(type, buf_slice(&body));
  if (kind == BODY_JSON)
    tell_json(c, e, buf_slice(&body));
  else if (kind != BODY_EMPTY && kind != BODY_BINARY && kind != BODY_IMAGE)
    tell_text(c, buf_slice(&body), "");
  buf_clear(&body);
}

void edit_check(struct edit_check *c, const struct editor *e, const struct edit_check_options *options) {
  struct buf text = BUF_INIT;
  struct http_head head = {0};
  struct err err = ERR_INIT;
  size_t size = editor_size(e), body_at;
  editor_copy(e, 0, HTTP_HEAD_MAX, &text);
  size_t n = head_size(buf_slice(&text));
  bool ended = n > 0;
  if (!ended)
    n = text.n;
  *c = (struct edit_check){.ended = ended, .body_at = n, .body_well = true};
  c->valid = http_message_parse(options->side == FLOW_REQUEST ? HTTP_REQUEST : HTTP_RESPONSE,
                                slice_sub(buf_slice(&text), 0, n), options->keep_length, &head, &body_at, &err);
  if (c->valid)
    tell_length(c, &head, size - n, options);
  else
    snprintf(c->text, sizeof c->text, "%s", err.text);
  if (n < size)
    check_body(c, e, &head);
  http_head_clear(&head);
  buf_clear(&text);
}
