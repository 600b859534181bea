/* Whether a body that is shown as JSON is: else its lines are indented as far as it is one, and nothing would say why they
 * end there. */
#include <stdio.h>

#include "ui/page.h"
#include "weir/body/format.h"

#define CHECK_BYTES (256u * 1024) /* read in one go, which takes a few milliseconds; a longer body is not checked */

static void say_fault(struct page *p, struct slice text, const struct err *err) {
  size_t line = 1, column = 1;
  for (size_t i = 0; i < err->at && i < text.n; i++) {
    if (text.p[i] == '\n') {
      line++;
      column = 1;
    } else {
      column += ((unsigned char)text.p[i] & 0xc0) != 0x80;
    }
  }
  snprintf(p->not_json, sizeof p->not_json, "not valid JSON: line %zu, column %zu: %s", line, column, err->text);
}

static bool is_whole(const struct page *p) {
  struct err err;
  return page_ended(p) && !body_cut(p->record) &&
         (p->unpacked == NULL || body_unpacked_result(p->unpacked, &err) == BODY_DECODED);
}

void page_json_check(struct page *p) {
  uint64_t size = page_body_size(p);
  if (p->json_checked || p->kind != BODY_JSON || p->hex || p->lines == NULL || size > CHECK_BYTES || !is_whole(p))
    return;
  struct body_bytes bytes = page_bytes(p);
  struct buf side = BUF_INIT;
  struct slice text = slice_sub(body_bytes_window(&bytes, 0, (size_t)size, &side), 0, (size_t)size);
  struct json_reader r;
  struct json_token token;
  struct err err = ERR_INIT;
  enum json_read got;
  p->json_checked = true;
  json_reader_init(&r, slice_starts(text, SLICE("\xef\xbb\xbf")) ? slice_from(text, 3) : text);
  while ((got = json_read(&r, &token, &err)) == JSON_TOKEN)
    ;
  if (got == JSON_FAULT)
    say_fault(p, r.text, &err);
  json_reader_clear(&r);
  buf_clear(&side);
}
