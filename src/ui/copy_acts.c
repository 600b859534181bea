/* What a flow can be copied as: the y keys. Each kind says how its text is made; the clipboard does the rest. */
#include <string.h>

#include "ui/actions.h"
#include "ui/copy_job.h"
#include "ui/redact.h"
#include "ui/selection.h"
#include "weir/base/text.h"
#include "weir/file/curl.h"
#include "weir/file/snippet.h"

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
  return curl_command(f, out, err);
}

/* A clipboard carries text. */
static bool only_text(const struct buf *out, struct err *err) {
  bool text = text_is_utf8(buf_slice(out)) && slice_find_byte(buf_slice(out), 0) < 0;
  return text || err_set(err, "it is binary: wr writes it to a file");
}

static bool make_headers(const struct flow *f, enum flow_side side, struct buf *out, struct err *err) {
  const struct http_head *head = flow_sent_head(flow_side_const(f, side));
  struct http_field field;
  if (f->request.stream)
    return err_set(err, "a raw stream has no headers");
  if (!head->raw)
    return err_set(err, "there are no headers yet");
  for (uint32_t at = 0; http_head_next(head, &at, &field);) {
    buf_add_slice(out, field.name);
    buf_add_text(out, ": ");
    buf_add_slice(out, field.value);
    buf_add_byte(out, '\n');
  }
  return only_text(out, err);
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
  return out->n > 0 ? only_text(out, err) : err_set(err, "it carries no cookies");
}

static bool make_python(const struct flow *f, enum flow_side side, struct buf *out, struct err *err) {
  (void)side;
  return snippet(SNIPPET_PYTHON, f, out, err);
}

static bool make_fetch(const struct flow *f, enum flow_side side, struct buf *out, struct err *err) {
  (void)side;
  return snippet(SNIPPET_FETCH, f, out, err);
}

static bool make_httpie(const struct flow *f, enum flow_side side, struct buf *out, struct err *err) {
  (void)side;
  return snippet(SNIPPET_HTTPIE, f, out, err);
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
    [KIND_URL] = {"URL", "URLs", .make = make_url},
    [KIND_CURL] = {"curl command", "curl commands", .make = make_curl},
    [KIND_RAW_REQUEST] = {"raw request", "raw requests", .form = COPY_RAW, .side = FLOW_REQUEST},
    [KIND_RAW_RESPONSE] = {"raw response", "raw responses", .form = COPY_RAW, .side = FLOW_RESPONSE},
    [KIND_REQUEST_BODY] = {"request body", "request bodies", .form = COPY_BODY, .side = FLOW_REQUEST},
    [KIND_RESPONSE_BODY] = {"response body", "response bodies", .form = COPY_BODY, .side = FLOW_RESPONSE},
    [KIND_HEADERS] = {"headers", "headers of several", .make = make_headers},
    [KIND_COOKIES] = {"cookies", "cookies of several", .make = make_cookies},
    [KIND_HAR] = {"HAR entry", "HAR entries", .form = COPY_HAR},
    [KIND_PYTHON] = {"Python code", "Python code for several", .make = make_python},
    [KIND_FETCH] = {"fetch() call", "fetch() calls", .make = make_fetch},
    [KIND_HTTPIE] = {"HTTPie command", "HTTPie commands", .make = make_httpie},
    [KIND_MARKDOWN] = {"Markdown", "Markdown of several", .make = make_markdown},
};

static void add_target(struct copy_targets *to, const struct view *v, const struct flow *f) {
  struct copy_target one = {f->id, act_side(v, f)};
  VEC_PUSH(to, one);
}

/* False: nothing is selected. */
static bool add_selected(struct ui *ui, const struct view *v, struct copy_targets *to) {
  struct id_vec ids;
  if (!selection_targets(ui, v, &ids))
    return false;
  for (size_t i = 0; i < ids.n; i++) {
    const struct flow *f = store_get(ui_store(ui), ids.v[i]);
    if (f != NULL)
      add_target(to, v, f);
  }
  VEC_CLEAR(&ids);
  return true;
}

static void copy(struct ui *ui, struct view *v, unsigned kind) {
  struct copy_targets to = {NULL, 0, 0};
  bool hidden = true;
  if (!add_selected(ui, v, &to)) {
    struct flow *f = act_target(ui, v);
    if (f == NULL)
      return;
    add_target(&to, v, f);
    hidden = redact_has_secret(f);
  }
  if (hidden && !redact_may_copy(ui)) {
    VEC_CLEAR(&to);
    return;
  }
  ui->copied = kind;
  copy_job_start(ui, &kinds[kind], to);
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
