#include "ui/rule_draft.h"

#include <stdio.h>

#include "weir/base/text.h"
#include "weir/body/decode.h"
#include "weir/body/kind.h"
#include "weir/filter/filter.h"
#include "weir/rule/page.h"

#define BODY_MOST 2000 /* what is longer is no text for one line */

static void put_term(struct buf *out, const struct flow *f, enum filter_aspect aspect) {
  struct buf term = BUF_INIT;
  if (filter_term_of(f, aspect, &term, NULL)) {
    if (out->n > 0)
      buf_add_byte(out, ' ');
    buf_add_slice(out, buf_slice(&term));
  }
  buf_clear(&term);
}

void rule_draft_host(const struct flow *f, struct buf *out) {
  put_term(out, f, FILTER_BY_HOST);
}

/* Its method and path too; the query differs from one request to the next. Of a tunnel what is in it is meant, which is
 * no CONNECT. */
static void put_likeness(const struct flow *f, struct buf *out) {
  bool path = flow_path(f).n > 0 && flow_path(f).p[0] == '/';
  if (!slice_eq(flow_method(f), SLICE("CONNECT")))
    put_term(out, f, FILTER_BY_METHOD);
  put_term(out, f, FILTER_BY_HOST);
  if (path)
    put_term(out, f, FILTER_BY_PATH);
}

/* ---- what the flow itself had ---- */

/* "text/html;charset=utf-8": in one word. */
static void put_type(const struct flow *f, struct buf *out) {
  struct slice type;
  if (f->response.head.raw == NULL || !http_head_find(flow_sent_head(&f->response), "Content-Type", &type) ||
      !text_is_safe(type) || slice_find_byte(type, '"') >= 0)
    return;
  buf_add_byte(out, ' ');
  for (size_t i = 0; i < type.n; i++)
    if (type.p[i] != ' ' && type.p[i] != '\t')
      buf_add_byte(out, type.p[i]);
}

static bool is_json(const struct flow *f) {
  struct slice type;
  char word[8];
  if (!http_head_find(flow_sent_head(&f->response), "Content-Type", &type))
    return false;
  body_type_short(type, word);
  return slice_eq(slice_of(word), SLICE("json"));
}

/* Within JSON a line end stands between tokens only, where it says nothing. */
static void join_lines(struct buf *text) {
  size_t to = 0;
  bool begins = false;
  for (size_t i = 0; i < text->n; i++) {
    char c = text->p[i];
    begins = c == '\n' || c == '\r' || (begins && (c == ' ' || c == '\t'));
    if (!begins)
      text->p[to++] = c;
  }
  text->n = to;
}

static bool is_line(struct slice text) {
  for (size_t i = 0; i < text.n; i++)
    if ((unsigned char)text.p[i] < 0x20 || text.p[i] == 0x7f)
      return false;
  return true;
}

/* The body where it can stand in one line and means itself there. */
static void put_body(const struct flow *f, struct buf *out) {
  struct buf body = BUF_INIT;
  struct err err;
  const struct flow_message *m = &f->response;
  bool whole = m->head.raw != NULL && m->body.complete && m->body.kept > 0 && m->body.kept <= BODY_MOST;
  whole = whole && flow_body_decoded(m, true, BODY_MOST + 1, &body, &err) == BODY_DECODED;
  if (whole && is_json(f))
    join_lines(&body);
  struct slice text = slice_trim(buf_slice(&body));
  bool means_itself = text.n > 0 && text.p[0] != '@' && !slice_starts(text, SLICE("with "));
  if (whole && means_itself && text.n <= BODY_MOST && is_line(text)) {
    buf_add_byte(out, ' ');
    buf_add_slice(out, text);
  }
  buf_clear(&body);
}

/* "./app.js": the last part of the path, where it names a file. */
static void put_file(const struct flow *f, struct buf *out) {
  struct slice path = flow_path(f);
  ptrdiff_t query = slice_find_byte(path, '?');
  path = query >= 0 ? slice_sub(path, 0, (size_t)query) : path;
  size_t from = path.n;
  while (from > 0 && path.p[from - 1] != '/')
    from--;
  struct slice name = slice_from(path, from);
  bool good = name.n > 0 && name.n < 100 && text_is_safe(name) && slice_find_byte(name, ' ') < 0;
  buf_add_text(out, "./");
  if (good)
    buf_add_slice(out, name);
  else
    buf_add_text(out, "body");
}

static bool can(const char *word) {
  struct rule_action action;
  for (size_t i = 0; rule_action(i, &action); i++)
    if (slice_eq(slice_of(action.word), slice_of(word)))
      return true;
  return false;
}

/* ---- the action ---- */

static void mark(struct rule_draft *d, const char *text) {
  d->mark_at = d->text.n;
  buf_add_text(&d->text, text);
  d->mark_n = d->text.n - d->mark_at;
}

static void put_answer(struct rule_draft *d, const struct flow *f) {
  int status = flow_status(f);
  char number[16];
  snprintf(number, sizeof number, "%d", status >= 200 ? status : 200);
  buf_add_text(&d->text, "answer ");
  mark(d, number);
  put_type(f, &d->text);
  put_body(f, &d->text);
}

static void put_from_file(struct rule_draft *d, const struct flow *f) {
  struct buf name = BUF_INIT;
  put_file(f, &name);
  if (can("file")) {
    buf_add_text(&d->text, "file ");
  } else {
    buf_add_text(&d->text, "answer 200");
    put_type(f, &d->text);
    buf_add_text(&d->text, " @");
  }
  mark(d, buf_text(&name));
  buf_clear(&name);
}

static void put_action(struct rule_draft *d, const struct flow *f, enum rule_draft_kind kind) {
  static const struct {
    const char *before, *mark;
  } words[] = {
      [DRAFT_ANSWER] = {"answer ", "200"},
      [DRAFT_FILE] = {"file ", "./"},
      [DRAFT_DELAY] = {"delay ", "1s"},
      [DRAFT_HEADER] = {"set ", ""},
      [DRAFT_REPLACE] = {"replace response body ", "\"old\" \"new\""},
      [DRAFT_BLOCK] = {"block ", "close"},
      [DRAFT_SEND_TO] = {"send-to ", "http://127.0.0.1:3000"},
      [DRAFT_THROTTLE] = {"throttle ", "3g"},
      [DRAFT_PASS] = {"pass", ""},
  };
  if (kind == DRAFT_ANSWER) {
    put_answer(d, f);
  } else if (kind == DRAFT_FILE) {
    put_from_file(d, f);
  } else {
    buf_add_text(&d->text, words[kind].before);
    mark(d, words[kind].mark);
  }
}

void rule_draft_make(struct rule_draft *d, const struct flow *f, enum rule_draft_kind kind) {
  bool host = kind == DRAFT_HEADER || kind == DRAFT_SEND_TO || kind == DRAFT_THROTTLE || kind == DRAFT_PASS;
  *d = (struct rule_draft){.text = BUF_INIT};
  if (host)
    rule_draft_host(f, &d->text);
  else
    put_likeness(f, &d->text);
  buf_add_text(&d->text, d->text.n > 0 ? " => " : "=> ");
  put_action(d, f, kind);
}

void rule_draft_clear(struct rule_draft *d) {
  buf_clear(&d->text);
}
