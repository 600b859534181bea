/* What a flow can be copied as: the y keys. Each kind says how its text is made; the clipboard does the rest. */
#include <string.h>

#include "ui/actions.h"
#include "ui/redact.h"
#include "ui/selection.h"
#include "weir/base/text.h"
#include "weir/base/units.h"
#include "weir/base/vec.h"
#include "weir/body/decode.h"
#include "weir/file/curl.h"
#include "weir/file/har.h"
#include "weir/file/raw.h"
#include "weir/file/snippet.h"

/* Appends the text. False with a sentence. */
typedef bool make_fn(const struct flow *f, enum flow_side side, struct buf *out, struct err *err);

struct copy_kind {
  const char *what; /* "curl command": for the message */
  const char *many; /* the same of several flows */
  make_fn *make;
};

#define COPY_MAX ((uint64_t)16 << 20) /* it is made in one turn of the loop, and no clipboard is for more */

/* Nothing is cut without a word: what is too long, or cannot be had whole, is for a file. */
static bool fits(const struct flow_message *m, const char *file, struct err *err) {
  char size[16];
  uint64_t n = flow_sent_body(m)->kept;
  return n <= COPY_MAX || err_set(err, "its body is too long to be copied (%s): %s writes it to a file",
                                  units_size(n, size, sizeof size), file);
}

static bool make_url(const struct flow *f, enum flow_side side, struct buf *out, struct err *err) {
  struct buf url = BUF_INIT;
  (void)side;
  flow_url(f, &url);
  text_safe(out, buf_slice(&url), TEXT_PLAIN);
  buf_clear(&url);
  return out->n > 0 || err_set(err, "it has no URL");
}

static bool make_curl(const struct flow *f, enum flow_side side, struct buf *out, struct err *err) {
  (void)side;
  return fits(&f->request, "wr", err) && curl_command(f, out, err);
}

/* The bytes as they were sent are the truth, but a clipboard carries text. */
static bool only_text(const struct buf *out, const char *file, struct err *err) {
  bool text = text_is_utf8(buf_slice(out)) && slice_find_byte(buf_slice(out), 0) < 0;
  return text || err_set(err, "it is binary: %s writes it to a file", file);
}

static bool make_raw(const struct flow_message *m, struct buf *out, struct err *err) {
  if (!flow_sent_head(m)->raw && !m->body.kept)
    return err_set(err, "there is no such message");
  if (!fits(m, "wr", err))
    return false;
  raw_message(m, true, out);
  return only_text(out, "wr", err);
}

static bool make_raw_request(const struct flow *f, enum flow_side side, struct buf *out, struct err *err) {
  (void)side;
  return make_raw(&f->request, out, err);
}

static bool make_raw_response(const struct flow *f, enum flow_side side, struct buf *out, struct err *err) {
  (void)side;
  return make_raw(&f->response, out, err);
}

static bool make_body(const struct flow_message *m, struct buf *out, struct err *err) {
  if (!flow_sent_body(m)->kept || flow_invalid(m))
    return err_set(err, "it has no body");
  struct err why = ERR_INIT;
  if (!fits(m, "wb", err))
    return false;
  if (flow_body_decoded(m, true, COPY_MAX, out, &why) != BODY_DECODED)
    return err_set(err, "it cannot be copied whole (%s): wb writes it to a file", why.text);
  return only_text(out, "wb", err);
}

static bool make_request_body(const struct flow *f, enum flow_side side, struct buf *out, struct err *err) {
  (void)side;
  return make_body(&f->request, out, err);
}

static bool make_response_body(const struct flow *f, enum flow_side side, struct buf *out, struct err *err) {
  (void)side;
  return make_body(&f->response, out, err);
}

static bool make_headers(const struct flow *f, enum flow_side side, struct buf *out, struct err *err) {
  const struct http_head *head = flow_sent_head(flow_side_const(f, side));
  struct http_field field;
  if (!head->raw)
    return err_set(err, "there are no headers yet");
  for (uint32_t at = 0; http_head_next(head, &at, &field);) {
    buf_add_slice(out, field.name);
    buf_add_text(out, ": ");
    buf_add_slice(out, field.value);
    buf_add_byte(out, '\n');
  }
  return only_text(out, "wr", err);
}

/* Set-Cookie fields of the response as the Cookie field that answers them; else the request's own. */
static bool make_cookies(const struct flow *f, enum flow_side side, struct buf *out, struct err *err) {
  const struct http_head *head = flow_sent_head(&f->response);
  struct http_field field;
  (void)side;
  for (uint32_t at = 0; head->raw && http_head_next_named(head, "set-cookie", &at, &field);) {
    struct slice rest = field.value, pair;
    slice_split(&rest, ';', &pair);
    buf_add_text(out, out->n > 0 ? "; " : "Cookie: ");
    buf_add_slice(out, pair);
  }
  head = flow_sent_head(&f->request);
  for (uint32_t at = 0; out->n == 0 && head->raw && http_head_next_named(head, "cookie", &at, &field);) {
    buf_add_text(out, "Cookie: ");
    buf_add_slice(out, field.value);
  }
  return out->n > 0 ? only_text(out, "wr", err) : err_set(err, "it carries no cookies");
}

static bool make_har(const struct flow *f, enum flow_side side, struct buf *out, struct err *err) {
  (void)side;
  if (!fits(&f->request, "wh", err) || !fits(&f->response, "wh", err))
    return false;
  har_begin(out);
  bool told = har_entry(out, f, true);
  har_end(out);
  return told || err_set(err, "a HAR tells of requests alone, and this is none");
}

static bool make_python(const struct flow *f, enum flow_side side, struct buf *out, struct err *err) {
  (void)side;
  return fits(&f->request, "wr", err) && snippet(SNIPPET_PYTHON, f, out, err);
}

static bool make_fetch(const struct flow *f, enum flow_side side, struct buf *out, struct err *err) {
  (void)side;
  return fits(&f->request, "wr", err) && snippet(SNIPPET_FETCH, f, out, err);
}

static bool make_httpie(const struct flow *f, enum flow_side side, struct buf *out, struct err *err) {
  (void)side;
  return fits(&f->request, "wr", err) && snippet(SNIPPET_HTTPIE, f, out, err);
}

static bool make_markdown(const struct flow *f, enum flow_side side, struct buf *out, struct err *err) {
  (void)side;
  return snippet(SNIPPET_MARKDOWN, f, out, err);
}

enum {
  KIND_URL,
  KIND_CURL,
  KIND_RAW_REQUEST,
  KIND_RAW_RESPONSE,
  KIND_REQUEST_BODY,
  KIND_RESPONSE_BODY,
  KIND_HEADERS,
  KIND_COOKIES,
  KIND_HAR,
  KIND_PYTHON,
  KIND_FETCH,
  KIND_HTTPIE,
  KIND_MARKDOWN
};

static const struct copy_kind kinds[] = {
    [KIND_URL] = {"URL", "URLs", make_url},
    [KIND_CURL] = {"curl command", "curl commands", make_curl},
    [KIND_RAW_REQUEST] = {"raw request", "raw requests", make_raw_request},
    [KIND_RAW_RESPONSE] = {"raw response", "raw responses", make_raw_response},
    [KIND_REQUEST_BODY] = {"request body", "request bodies", make_request_body},
    [KIND_RESPONSE_BODY] = {"response body", "response bodies", make_response_body},
    [KIND_HEADERS] = {"headers", "headers of several", make_headers},
    [KIND_COOKIES] = {"cookies", "cookies of several", make_cookies},
    [KIND_HAR] = {"HAR entry", "HAR entries", make_har},
    [KIND_PYTHON] = {"Python code", "Python code for several", make_python},
    [KIND_FETCH] = {"fetch() call", "fetch() calls", make_fetch},
    [KIND_HTTPIE] = {"HTTPie command", "HTTPie commands", make_httpie},
    [KIND_MARKDOWN] = {"Markdown", "Markdown of several", make_markdown},
};

/* One HAR holds them all; everything else stands one below the other. */
static size_t put_each(struct ui *ui, struct view *v, unsigned kind, const struct id_vec *ids, struct buf *out,
                       struct err *err) {
  size_t n = 0;
  bool har = kind == KIND_HAR;
  if (har)
    har_begin(out);
  for (size_t i = 0; i < ids->n; i++) {
    const struct flow *f = store_get(ui_store(ui), ids->v[i]);
    struct buf one = BUF_INIT;
    if (har) {
      n += har_entry(out, f, n == 0);
    } else if (kinds[kind].make(f, act_side(v, f), &one, err)) {
      if (out->n > 0 && out->p[out->n - 1] != '\n')
        buf_add_byte(out, '\n');
      buf_add_slice(out, buf_slice(&one));
      n++;
    }
    buf_clear(&one);
  }
  if (har)
    har_end(out);
  return n;
}

static bool copy_selected(struct ui *ui, struct view *v, unsigned kind) {
  struct id_vec ids;
  struct buf text = BUF_INIT;
  struct err err = ERR_INIT;
  if (!selection_targets(ui, v, &ids))
    return false;
  if (!redact_may_copy(ui)) {
    VEC_CLEAR(&ids);
    return true;
  }
  if (put_each(ui, v, kind, &ids, &text, &err) > 0)
    clipboard_put(ui, buf_slice(&text), ids.n > 1 ? kinds[kind].many : kinds[kind].what);
  else
    ui_warn(ui, "%s", err.text);
  ui->copied = kind;
  VEC_CLEAR(&ids);
  buf_clear(&text);
  return true;
}

static void copy(struct ui *ui, struct view *v, unsigned kind) {
  if (copy_selected(ui, v, kind))
    return;
  struct flow *f = act_target(ui, v);
  struct buf text = BUF_INIT;
  struct err err = ERR_INIT;
  if (f == NULL || (redact_has_secret(f) && !redact_may_copy(ui)))
    return;
  ui->copied = kind;
  if (kinds[kind].make(f, act_side(v, f), &text, &err))
    clipboard_put(ui, buf_slice(&text), kinds[kind].what);
  else
    ui_warn(ui, "#%llu: %s", (unsigned long long)f->id, err.text);
  buf_clear(&text);
}

#define COPY_ACT(act, kind)                                                                                            \
  void act(struct ui *ui, struct view *v, int count) {                                                                 \
    (void)count;                                                                                                       \
    copy(ui, v, kind);                                                                                                 \
  }

COPY_ACT(act_copy_url, KIND_URL)
COPY_ACT(act_copy_curl, KIND_CURL)
COPY_ACT(act_copy_raw_request, KIND_RAW_REQUEST)
COPY_ACT(act_copy_raw_response, KIND_RAW_RESPONSE)
COPY_ACT(act_copy_request_body, KIND_REQUEST_BODY)
COPY_ACT(act_copy_response_body, KIND_RESPONSE_BODY)
COPY_ACT(act_copy_headers, KIND_HEADERS)
COPY_ACT(act_copy_cookies, KIND_COOKIES)
COPY_ACT(act_copy_har, KIND_HAR)
COPY_ACT(act_copy_python, KIND_PYTHON)
COPY_ACT(act_copy_fetch, KIND_FETCH)
COPY_ACT(act_copy_httpie, KIND_HTTPIE)
COPY_ACT(act_copy_markdown, KIND_MARKDOWN)

/* The kind that was copied last; the first time it is the curl command. */
void act_copy_again(struct ui *ui, struct view *v, int count) {
  (void)count;
  copy(ui, v, ui->copied != 0 ? ui->copied : KIND_CURL);
}
