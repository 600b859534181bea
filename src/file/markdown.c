/* Both messages of a flow as Markdown: heads and decoded bodies in fences that no text inside can close. */
#include "snippet.h"

#include "weir/base/text.h"
#include "weir/base/units.h"
#include "weir/body/decode.h"
#include "weir/body/kind.h"

#define BODY_SHOWN (16 * 1024) /* an issue is for reading */

/* Longer than any run of ` in the text (CommonMark 4.5). */
static size_t fence_for(struct slice text) {
  size_t longest = 2, run = 0;
  for (size_t i = 0; i < text.n; i++) {
    run = text.p[i] == '`' ? run + 1 : 0;
    if (run > longest)
      longest = run;
  }
  return longest + 1;
}

static void put_fence(struct buf *out, size_t n, const char *language) {
  for (size_t i = 0; i < n; i++)
    buf_add_byte(out, '`');
  buf_printf(out, "%s\n", language);
}

/* Lines stay lines; what could change a terminal becomes a visible mark. */
static void put_lines(struct buf *out, struct slice text) {
  struct slice line;
  if (text.n && text.p[text.n - 1] == '\n')
    text.n--;
  while (slice_split(&text, '\n', &line)) {
    if (line.n && line.p[line.n - 1] == '\r')
      line.n--;
    text_safe(out, line, TEXT_PLAIN);
    buf_add_byte(out, '\n');
  }
}

static void put_block(struct buf *out, struct slice text, const char *language) {
  size_t fence = fence_for(text);
  put_fence(out, fence, language);
  put_lines(out, text);
  put_fence(out, fence, "");
}

static void put_body(struct buf *out, const struct flow_message *m) {
  struct buf plain = BUF_INIT;
  struct err err;
  struct slice media = {NULL, 0};
  char size[16];
  if (flow_body_decoded(m, true, BODY_SHOWN + 1, &plain, &err) == BODY_NOT_DECODED)
    body_copy(flow_sent_body(m), &plain);
  http_head_find(flow_sent_head(m), "content-type", &media);
  enum body_kind kind = body_kind_of(media, slice_sub(buf_slice(&plain), 0, 64));
  if (plain.n && (kind == BODY_BINARY || kind == BODY_IMAGE || !text_is_utf8(slice_sub(buf_slice(&plain), 0, 512))))
    buf_printf(out, "\n%s of binary data\n", units_size(flow_sent_body(m)->seen, size, sizeof size));
  else if (plain.n) {
    buf_add_byte(out, '\n');
    put_block(out, slice_sub(buf_slice(&plain), 0, BODY_SHOWN), kind == BODY_JSON || kind == BODY_NDJSON ? "json" : "");
    if (plain.n > BODY_SHOWN)
      buf_printf(out, "\nthe first %s\n", units_size(BODY_SHOWN, size, sizeof size));
  }
  buf_clear(&plain);
}

static void put_message(struct buf *out, const char *title, const struct flow_message *m) {
  const struct http_head *head = flow_sent_head(m);
  if (!head->raw)
    return;
  struct slice raw = http_head_raw(head);
  buf_printf(out, "\n%s\n\n", title);
  put_block(out, slice_sub(raw, 0, raw.n > 4 ? raw.n - 4 : raw.n), "http");
  put_body(out, m);
}

void snippet_markdown(const struct flow *f, struct buf *out) {
  struct buf url = BUF_INIT;
  char took[16];
  flow_url(f, &url);
  buf_add_text(out, "### ");
  text_safe(out, flow_method(f), TEXT_PLAIN);
  buf_add_text(out, " ");
  text_safe(out, buf_slice(&url), TEXT_PLAIN);
  if (flow_status(f))
    buf_printf(out, ": %d", flow_status(f));
  if (f->times.end)
    buf_printf(out, " in %s", units_duration(flow_duration(f, f->times.end), took, sizeof took));
  buf_add_byte(out, '\n');
  put_message(out, "Request", &f->request);
  put_message(out, "Response", &f->response);
  if (f->error_text) {
    buf_add_text(out, "\nFailed: ");
    text_safe(out, slice_of(f->error_text), TEXT_PLAIN);
    buf_add_byte(out, '\n');
  }
  buf_clear(&url);
}
