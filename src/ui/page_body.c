/* The body of a page: the record itself, or what is decoded of it. */
#include <stdio.h>

#include "ui/list_row.h"
#include "ui/page.h"
#include "weir/base/clock.h"
#include "weir/body/decode.h"

#define SAMPLE 4096 /* bytes that tell what a body is */

static void say_about(struct page *p, const struct flow *f, const struct flow_message *m, const struct body *body,
                      int code, const struct err *err) {
  struct buf about = BUF_INIT;
  char a[24], b[24];
  struct slice coding;
  const struct http_head *head = p->want.sent ? flow_sent_head(m) : &m->head;
  if (body_cut(body))
    buf_printf(&about, "kept %s of %s", words_bytes(body->kept, a, sizeof a), words_bytes(body->seen, b, sizeof b));
  if (f->body_missed)
    buf_printf(&about, "%snot recorded whole for want of memory", about.n > 0 ? ", " : "");
  if (body->kept > 0 && http_head_find(head, "Content-Encoding", &coding)) {
    struct buf safe = BUF_INIT;
    text_safe(&safe, coding, TEXT_PLAIN);
    if (about.n > 0)
      buf_add_text(&about, ", ");
    if (code == BODY_NOT_DECODED)
      buf_printf(&about, "as it came, not decoded: %s", err->text);
    else
      buf_printf(&about, "decoded %.40s %s -> %s%s", buf_text(&safe), words_bytes(body->kept, a, sizeof a),
                 words_bytes(p->body.n, b, sizeof b), p->more ? " so far" : "");
    buf_clear(&safe);
  }
  if (p->want.sent && m->sent != NULL)
    buf_printf(&about, "%s%s", about.n > 0 ? ", " : "", m->sent->body_changed ? "body edited" : "body as received");
  snprintf(p->about, sizeof p->about, "%s", buf_text(&about));
  buf_clear(&about);
}

/* ---- bytes ---- */

static struct slice record_at(void *arg, uint64_t offset) {
  const struct page *p = arg;
  return body_at(p->record, offset);
}

static uint64_t record_size(void *arg, bool *ended) {
  const struct page *p = arg;
  *ended = p->ended;
  return p->record->kept;
}

static struct slice decoded_at(void *arg, uint64_t offset) {
  const struct page *p = arg;
  return offset < p->body.n ? slice_from(buf_slice(&p->body), (size_t)offset) : (struct slice){NULL, 0};
}

static uint64_t decoded_size(void *arg, bool *ended) {
  const struct page *p = arg;
  *ended = p->ended;
  return p->body.n;
}

static struct body_bytes bytes_of(struct page *p) {
  return p->coded ? (struct body_bytes){p, decoded_at, decoded_size} : (struct body_bytes){p, record_at, record_size};
}

uint64_t page_body_size(const struct page *p) {
  return p->lines == NULL ? 0 : p->coded ? p->body.n : p->record->kept;
}

/* ---- decoding ---- */

static bool has_coding(const struct http_head *head) {
  struct slice coding;
  return head->raw != NULL && http_head_find(head, "Content-Encoding", &coding);
}

/* 10 ms for each 64 kB decoded: at most some per cent of the time goes into a body that grows. */
static bool due(const struct page *p) {
  return p->made > p->now || p->ended || p->now - p->made >= p->body.n / (64 * 1024) * 10 * CLOCK_MS;
}

static void decode(struct page *p, const struct flow *f, const struct flow_message *m) {
  struct err err = ERR_INIT;
  buf_reset(&p->body);
  int code = flow_body_decoded(m, p->want.sent, p->want.max, &p->body, &err);
  p->coded = code != BODY_NOT_DECODED;
  p->more = p->coded && p->body.n >= p->want.max && p->want.max < PAGE_ALL;
  p->made = p->now;
  say_about(p, f, m, p->record, code, &err);
}

/* ---- lines ---- */

static enum body_kind find_kind(const struct page *p, const struct http_head *head, const struct body_bytes *bytes,
                                bool *hex) {
  struct buf side = BUF_INIT;
  struct slice media = {NULL, 0};
  if (head->raw != NULL)
    http_head_find(head, "Content-Type", &media);
  enum body_kind kind = body_kind_of(media, slice_sub(body_bytes_window(bytes, 0, SAMPLE, &side), 0, SAMPLE));
  buf_clear(&side);
  /* What calls itself text is text, in whatever character set. */
  bool binary = (kind == BODY_BINARY || kind == BODY_IMAGE) && !slice_eq_ascii(slice_sub(media, 0, 5), SLICE("text/"));
  *hex = p->want.view == BODY_VIEW_HEX || (p->want.view == BODY_VIEW_PRETTY && binary);
  return kind;
}

/* What it is may turn out otherwise as long as few bytes are there. */
static void make_body_lines(struct page *p, const struct http_head *head) {
  struct body_bytes bytes = bytes_of(p);
  bool ended, hex;
  uint64_t size = bytes.size(bytes.arg, &ended);
  if (size == 0 || (p->lines != NULL && (p->lines_made >= SAMPLE || p->lines_made == size)))
    return;
  enum body_kind kind = find_kind(p, head, &bytes, &hex);
  p->lines_made = size;
  if (p->lines != NULL && kind == p->kind && hex == p->hex)
    return;
  body_lines_free(p->lines);
  p->lines = body_lines_new(bytes, kind, hex ? BODY_VIEW_HEX : p->want.view, p->want.hex_columns);
  p->kind = kind;
  p->hex = hex;
  p->version++;
}

static void drop_lines(struct page *p) {
  body_lines_free(p->lines);
  p->lines = NULL;
  p->lines_made = 0;
  p->version++;
}

void page_body_clear(struct page *p) {
  drop_lines(p);
  buf_clear(&p->body);
  p->record = NULL;
  p->coded = p->more = p->hex = false;
  p->about[0] = '\0';
}

void page_show(struct page *p, struct buf *bytes, enum body_kind kind, enum body_view view) {
  page_body_clear(p);
  p->body = *bytes;
  *bytes = (struct buf)BUF_INIT;
  p->coded = p->ended = true;
  p->kind = kind;
  p->hex = view == BODY_VIEW_HEX;
  if (p->body.n > 0)
    p->lines = body_lines_new(bytes_of(p), kind, view, 16);
  p->version++;
}

void page_body_update(struct page *p, const struct flow *f, const struct flow_message *m, bool anew) {
  const struct body *record = p->want.sent ? flow_sent_body(m) : &m->body;
  const struct http_head *head = p->want.sent ? flow_sent_head(m) : &m->head;
  bool ended = record->complete || flow_finished(f), grown = record->kept != p->kept || ended != p->ended;
  anew |= record != p->record || record->kept < p->kept;
  p->record = record;
  p->kept = record->kept;
  p->ended = ended;
  if (anew) {
    drop_lines(p);
    p->coded = p->more = false;
  }
  if (!anew && !grown)
    return;
  if (!has_coding(head)) {
    struct err err = ERR_INIT;
    say_about(p, f, m, record, BODY_DECODED, &err);
  } else if (anew || (due(p) && !p->more)) {
    drop_lines(p);
    decode(p, f, m);
  }
  make_body_lines(p, head);
}
