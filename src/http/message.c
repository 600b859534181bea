#include "weir/http/message.h"

#include "http/head_read.h"

/* The head of the text in wire form: every line with CRLF, and an empty line at the end. Returns where the body begins.
 */
static size_t put_wire_head(struct buf *wire, struct slice text) {
  size_t at = 0;
  while (at < text.n && wire->n <= HTTP_HEAD_MAX) {
    struct slice rest = slice_from(text, at);
    ptrdiff_t lf = slice_find_byte(rest, '\n');
    size_t n = lf < 0 ? rest.n : (size_t)lf;
    at += lf < 0 ? n : n + 1;
    if (n > 0 && rest.p[n - 1] == '\r')
      n--;
    buf_add(wire, rest.p, n < HTTP_HEAD_MAX ? n : HTTP_HEAD_MAX);
    buf_add(wire, "\r\n", 2);
    if (n == 0)
      return at;
  }
  buf_add(wire, "\r\n", 2);
  return at;
}

/* Where an offset of the wire form lies in the text: lines correspond, and within a line so do the bytes. */
static size_t place_in_text(struct slice wire, size_t wire_at, struct slice text) {
  size_t from = 0, at = 0;
  for (;;) {
    struct slice rest = slice_from(wire, from);
    ptrdiff_t lf = slice_find_byte(rest, '\n');
    if (lf < 0 || from + (size_t)lf >= wire_at)
      break;
    ptrdiff_t text_lf = slice_find_byte(slice_from(text, at), '\n');
    if (text_lf < 0)
      return text.n;
    from += (size_t)lf + 1;
    at += (size_t)text_lf + 1;
  }
  size_t place = at + (wire_at - from);
  return place < text.n ? place : text.n;
}

bool http_message_parse(enum http_role role, struct slice text, bool keep_length, struct http_head *head,
                        size_t *body_at, struct err *err) {
  struct buf wire = BUF_INIT;
  struct http_fault fault = {0};
  *body_at = put_wire_head(&wire, text);
  bool good = http_head_read(role, buf_slice(&wire), !keep_length, head, &fault);
  if (!good)
    err_set_at(err, place_in_text(buf_slice(&wire), fault.err.at, text), fault.err.span, "%s", fault.err.text);
  buf_clear(&wire);
  return good;
}

void http_message_text(struct buf *out, const struct http_head *head) {
  struct slice rest = http_head_raw(head), line;
  while (rest.n > 0 && slice_split(&rest, '\n', &line)) {
    buf_add(out, line.p, line.n > 0 ? line.n - 1 : 0); /* a head was validated: CR stands before every LF */
    buf_add_byte(out, '\n');
  }
}
