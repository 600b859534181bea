/* The body of a page: the record itself, or what comes out of a decoder as far as somebody looks. */
#include <stdio.h>
#include <string.h>

#include "ui/list_row.h"
#include "ui/page.h"
#include "weir/base/clock.h"

#define SAMPLE      4096           /* bytes that tell what a body is */
#define FIRST_SLICE (8 * CLOCK_MS) /* for what is decoded at once */

static const struct http_head *head_of(const struct page *p, const struct flow_message *m) {
  return p->want.sent ? flow_sent_head(m) : &m->head;
}

static struct slice coding_of(const struct http_head *head) {
  struct slice coding = {NULL, 0};
  if (head->raw != NULL)
    http_head_find(head, "Content-Encoding", &coding);
  return coding;
}

static struct slice media_of(const struct http_head *head) {
  struct slice media = {NULL, 0};
  if (head->raw != NULL)
    http_head_find(head, "Content-Type", &media);
  return media;
}

/* ---- what there is to say ---- */

static void add_coding(const struct page *p, struct slice coding, struct buf *about) {
  struct buf safe = BUF_INIT;
  char a[24], b[24];
  struct err err = ERR_INIT;
  bool ended = true;
  text_safe(&safe, coding, TEXT_PLAIN);
  if (p->refused) {
    buf_printf(about, "as it came, not decoded: %s", p->why.text);
  } else if (p->unpacked != NULL) {
    uint64_t size = body_unpacked_size(p->unpacked, &ended);
    buf_printf(about, "decoded %.40s %s -> %s%s", buf_text(&safe), words_bytes(p->record->kept, a, sizeof a),
               words_bytes(size, b, sizeof b), ended ? "" : " so far");
    if (body_unpacked_result(p->unpacked, &err) != BODY_DECODED)
      buf_printf(about, "; %s", err.text);
  }
  buf_clear(&safe);
}

static void add_charset(const struct page *p, struct buf *about) {
  const char *between = about->n > 0 ? ", " : "";
  if (p->charset.name[0] != '\0')
    buf_printf(about, "%s%s -> utf-8", between, p->charset.label);
  else if (p->charset.label[0] != '\0' && !p->charset.known)
    buf_printf(about, "%sthe character set %s is not known here", between, p->charset.label);
}

static void say_about(struct page *p, const struct flow *f, const struct flow_message *m) {
  struct buf about = BUF_INIT;
  char a[24], b[24];
  const struct body *body = p->record;
  struct slice coding = coding_of(head_of(p, m));
  if (body_cut(body))
    buf_printf(&about, "kept %s of %s", words_bytes(body->kept, a, sizeof a), words_bytes(body->seen, b, sizeof b));
  if (f->body_missed)
    buf_printf(&about, "%snot recorded whole for want of memory", about.n > 0 ? ", " : "");
  if (body->kept > 0 && coding.p != NULL) {
    if (about.n > 0)
      buf_add_text(&about, ", ");
    add_coding(p, coding, &about);
  }
  add_charset(p, &about);
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

static struct slice own_at(void *arg, uint64_t offset) {
  const struct page *p = arg;
  return offset < p->body.n ? slice_from(buf_slice(&p->body), (size_t)offset) : (struct slice){NULL, 0};
}

static uint64_t own_size(void *arg, bool *ended) {
  const struct page *p = arg;
  *ended = p->ended;
  return p->body.n;
}

static struct body_bytes record_bytes(struct page *p) {
  return (struct body_bytes){p, record_at, record_size};
}

struct body_bytes page_bytes(struct page *p) {
  if (p->own)
    return (struct body_bytes){p, own_at, own_size};
  return p->unpacked != NULL ? body_unpacked_bytes(p->unpacked) : record_bytes(p);
}

uint64_t page_body_size(const struct page *p) {
  bool ended;
  if (p->lines == NULL)
    return 0;
  return p->own ? p->body.n : p->unpacked != NULL ? body_unpacked_size(p->unpacked, &ended) : p->record->kept;
}

/* ---- decoding ---- */

bool page_unpack(struct page *p, uint64_t until, uint64_t deadline) {
  p->more = p->unpacked != NULL && body_unpacked_go(p->unpacked, until, deadline);
  return p->more;
}

bool page_ended(const struct page *p) {
  bool ended = p->ended;
  if (p->unpacked != NULL)
    body_unpacked_size(p->unpacked, &ended);
  return ended;
}

unsigned page_unpacked(const struct page *p) {
  if (p->unpacked == NULL || p->record == NULL || p->record->kept == 0)
    return 100;
  return (unsigned)(body_unpacked_taken(p->unpacked) * 100 / p->record->kept);
}

static void drop_lines(struct page *p) {
  body_lines_free(p->lines);
  p->lines = NULL;
  p->lines_made = 0;
  p->json_checked = false;
  p->not_json[0] = '\0';
  p->version++;
}

static void drop_unpacked(struct page *p) {
  if (p->unpacked == NULL)
    return;
  drop_lines(p); /* they look into it */
  body_unpacked_free(p->unpacked);
  p->unpacked = NULL;
  p->more = false;
}

static void sample_of(const struct body_bytes *bytes, struct buf *out) {
  struct buf side = BUF_INIT;
  buf_reset(out);
  buf_add_slice(out, slice_sub(body_bytes_window(bytes, 0, SAMPLE, &side), 0, SAMPLE));
  buf_clear(&side);
}

static struct body_unpacked *open_unpacked(struct page *p, struct slice coding, const char *charset,
                                           struct buf *sample) {
  struct body_unpacked *u = body_unpacked_new(coding, charset, record_bytes(p), &p->why);
  if (u == NULL)
    return NULL;
  body_unpacked_go(u, SAMPLE, clock_mono() + FIRST_SLICE);
  struct body_bytes bytes = body_unpacked_bytes(u);
  sample_of(&bytes, sample);
  return u;
}

static bool is_text(enum body_kind kind) {
  return kind != BODY_BINARY && kind != BODY_IMAGE && kind != BODY_EMPTY && kind != BODY_MULTIPART;
}

/* Whether what its first bytes say of its characters is so: something comes out that is text. */
static struct body_unpacked *try_charset(struct page *p, const struct http_head *head, const struct buf *first) {
  struct buf converted = BUF_INIT;
  struct body_unpacked *u = NULL;
  bool wanted = p->want.view == BODY_VIEW_PRETTY;
  bool found = body_charset_find(media_of(head), buf_slice(first), &p->charset);
  if (wanted && found)
    u = open_unpacked(p, coding_of(head), p->charset.name, &converted);
  if (u != NULL && !is_text(body_kind_of(media_of(head), buf_slice(&converted)))) {
    body_unpacked_free(u);
    u = NULL;
  }
  if (u == NULL && (found || !wanted))
    p->charset = (struct body_charset){.label = ""};
  buf_clear(&converted);
  return u;
}

/* NULL, and it was refused: it cannot be decoded. NULL: there is nothing to decode. */
static struct body_unpacked *try_coding(struct page *p, struct slice coding, struct buf *first) {
  struct body_unpacked *u = coding.p != NULL ? open_unpacked(p, coding, NULL, first) : NULL;
  if (u != NULL && body_unpacked_result(u, &p->why) == BODY_NOT_DECODED) {
    body_unpacked_free(u);
    u = NULL;
  }
  p->refused = coding.p != NULL && u == NULL;
  return u;
}

/* Chooses what the body is shown from. What its first bytes say may change as long as few are there. */
static void choose_bytes(struct page *p, const struct http_head *head) {
  struct buf first = BUF_INIT;
  struct body_charset old = p->charset;
  struct body_unpacked *made = try_coding(p, coding_of(head), &first), *text = NULL;
  if (made == NULL) {
    struct body_bytes record = record_bytes(p);
    sample_of(&record, &first);
  }
  if (!p->refused)
    text = try_charset(p, head, &first);
  if (text != NULL) {
    body_unpacked_free(made);
    made = text;
  }
  bool same = (made != NULL) == (p->unpacked != NULL) && strcmp(old.name, p->charset.name) == 0;
  if (same) {
    body_unpacked_free(made);
  } else {
    drop_unpacked(p);
    drop_lines(p);
    p->unpacked = made;
  }
  buf_clear(&first);
}

/* ---- lines ---- */

static enum body_kind find_kind(const struct page *p, const struct http_head *head, const struct body_bytes *bytes,
                                bool *hex) {
  struct buf first = BUF_INIT;
  struct slice media = media_of(head);
  sample_of(bytes, &first);
  enum body_kind kind = body_kind_of(media, buf_slice(&first));
  buf_clear(&first);
  /* What calls itself text is text, in whatever character set. */
  bool binary = (kind == BODY_BINARY || kind == BODY_IMAGE) && !slice_eq_ascii(slice_sub(media, 0, 5), SLICE("text/"));
  *hex = p->want.view == BODY_VIEW_HEX || (p->want.view == BODY_VIEW_PRETTY && binary);
  return kind;
}

/* What it is may turn out otherwise as long as few bytes are there. */
static void make_body_lines(struct page *p, const struct http_head *head) {
  struct body_bytes bytes = page_bytes(p);
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

void page_body_clear(struct page *p) {
  drop_unpacked(p);
  drop_lines(p);
  buf_clear(&p->body);
  p->record = NULL;
  p->own = p->more = p->hex = p->refused = false;
  p->charset = (struct body_charset){.label = ""};
  p->about[0] = '\0';
}

void page_show(struct page *p, struct buf *bytes, enum body_kind kind, enum body_view view) {
  page_body_clear(p);
  p->body = *bytes;
  *bytes = (struct buf)BUF_INIT;
  p->own = p->ended = true;
  p->kind = kind;
  p->hex = view == BODY_VIEW_HEX;
  if (p->body.n > 0)
    p->lines = body_lines_new(page_bytes(p), kind, view, 16);
  p->version++;
}

void page_show_more(struct page *p, struct slice bytes) {
  buf_add_slice(&p->body, bytes);
}

static void decode_first(struct page *p) {
  bool ended;
  struct err err;
  if (p->unpacked == NULL)
    return;
  uint64_t size = body_unpacked_size(p->unpacked, &ended);
  page_unpack(p, size > p->want.max ? size + 1 : p->want.max, clock_mono() + FIRST_SLICE);
  if (body_unpacked_result(p->unpacked, &err) == BODY_NOT_DECODED) {
    drop_unpacked(p);
    p->refused = true;
    p->why = err;
  }
}

void page_body_update(struct page *p, const struct flow *f, const struct flow_message *m, bool anew) {
  const struct body *record = p->want.sent ? flow_sent_body(m) : &m->body;
  const struct http_head *head = head_of(p, m);
  bool ended = record->complete || flow_finished(f), grown = record->kept != p->kept || ended != p->ended;
  anew |= record != p->record || record->kept < p->kept;
  p->record = record;
  p->kept = record->kept;
  p->ended = ended;
  if (anew) {
    drop_unpacked(p);
    drop_lines(p);
  }
  if ((anew || (grown && p->lines_made < SAMPLE)) && record->kept > 0)
    choose_bytes(p, head);
  if (anew || grown)
    decode_first(p);
  if (anew || grown || p->unpacked != NULL) {
    say_about(p, f, m);
    make_body_lines(p, head);
    page_json_check(p);
  }
}
