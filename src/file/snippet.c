#include "snippet.h"

#include "weir/base/emit.h"
#include "weir/base/text.h"
#include "weir/base/units.h"

#define BODY_MAX (1024 * 1024) /* nobody pastes more than that */

bool snippet_possible(const struct flow *f, struct err *err) {
  const struct http_head *head = flow_sent_head(&f->request);
  const struct body *body = flow_sent_body(&f->request);
  char size[16];
  if (f->request.stream)
    return err_set(err, "a raw stream has no request: yB copies the bytes of the client, yb those of the server");
  if (!head->raw || !f->scheme_host)
    return err_set(err, "there is no whole request yet");
  if (f->kind == FLOW_TUNNEL || slice_eq(http_head_method(head), SLICE("CONNECT")))
    return err_set(err, "a tunnel is no request that a program could send again");
  if (body_cut(body))
    return err_set(err, "the request's body was not kept whole");
  if (f->state == FLOW_REQUEST_ARRIVING && !body->complete)
    return err_set(err, "the request is still arriving");
  if (body->kept > BODY_MAX)
    return err_set(err, "a body of %s is too long for a command: write it to a file (wb)",
                   units_size(body->kept, size, sizeof size));
  return true;
}

bool snippet_hop_by_hop(const struct http_head *head, struct slice name) {
  static const char *const hop[] = {"proxy-connection", "keep-alive", "te", "proxy-authorization"};
  for (size_t i = 0; i < sizeof hop / sizeof *hop; i++)
    if (slice_eq_ascii(name, slice_of(hop[i])))
      return true;
  bool switches = http_head_has_token(head, "connection", "upgrade");
  return !switches && (slice_eq_ascii(name, SLICE("connection")) || slice_eq_ascii(name, SLICE("upgrade")));
}

/* A field of one connection, or one that every program adds by itself from URL and body. */
static bool snippet_leaves_out(const struct flow *f, const struct http_field *field) {
  const struct http_head *head = flow_sent_head(&f->request);
  if (snippet_hop_by_hop(head, field->name) || slice_eq_ascii(field->name, SLICE("content-length")) ||
      slice_eq_ascii(field->name, SLICE("transfer-encoding")))
    return true;
  return slice_eq_ascii(field->name, SLICE("host")) &&
         slice_eq(field->value, slice_from(slice_of(f->scheme_host), flow_scheme(f).n + 3));
}

/* ---- Python ---- */

/* A bytes or str literal: printable ASCII, escapes for the rest. str: \u escapes for what is UTF-8, so that the reader
 * of the snippet sees no odd characters either. */
static void put_python(struct buf *out, struct slice s, bool bytes) {
  buf_add_text(out, bytes ? "b'" : "'");
  while (s.n) {
    unsigned char c = (unsigned char)*s.p;
    uint32_t point = c;
    size_t n = bytes || c < 0x80 ? 1 : text_decode(s, &point);
    if (c == '\'' || c == '\\')
      buf_printf(out, "\\%c", c);
    else if (c == '\n')
      buf_add_text(out, "\\n");
    else if (c == '\r')
      buf_add_text(out, "\\r");
    else if (c >= 0x20 && c < 0x7f)
      buf_add_byte(out, (char)c);
    else if (n <= 1)
      buf_printf(out, "\\x%02x", c);
    else
      buf_printf(out, point < 0x10000 ? "\\u%04x" : "\\U%08x", point);
    s = slice_from(s, n ? n : 1);
  }
  buf_add_byte(out, '\'');
}

/* What would go out beside the fields of the request. */
static void put_added(const struct http_head *head, struct buf *out) {
  static const char *const own[] = {"User-Agent", "Accept", "Accept-Encoding"};
  struct buf names = BUF_INIT;
  struct slice value;
  for (size_t i = 0; i < sizeof own / sizeof *own; i++)
    if (!http_head_find(head, own[i], &value))
      buf_printf(&names, "%s%s", names.n > 0 ? ", " : "", own[i]);
  if (names.n > 0)
    buf_printf(out, "# The request had no %s; requests adds its own.\n", buf_text(&names));
  buf_clear(&names);
}

static void python(const struct flow *f, struct slice url, struct slice data, struct buf *out) {
  const struct http_head *head = flow_sent_head(&f->request);
  struct http_field field;
  bool twice = false;
  buf_add_text(out, "import requests\n\nresponse = requests.request(\n    ");
  put_python(out, http_head_method(head), false);
  buf_add_text(out, ",\n    ");
  put_python(out, url, false);
  buf_add_text(out, ",\n    headers={\n");
  for (uint32_t at = 0; http_head_next(head, &at, &field);) {
    if (snippet_leaves_out(f, &field))
      continue;
    twice |= http_head_next_of(head, field.name, &(uint32_t){at}, &(struct http_field){.name = field.name});
    buf_add_text(out, "        ");
    put_python(out, field.name, false);
    buf_add_text(out, ": ");
    put_python(out, field.value, true);
    buf_add_text(out, ",\n");
  }
  buf_add_text(out, "    },\n");
  if (data.n) {
    buf_add_text(out, "    data=");
    put_python(out, data, true);
    buf_add_text(out, ",\n");
  }
  buf_add_text(out, "    allow_redirects=False,\n)\nprint(response.status_code)\nprint(response.text)\n");
  put_added(head, out);
  if (twice)
    buf_add_text(out, "# A field stands twice in the request; requests sends the last one only.\n");
}

/* ---- fetch ---- */

static void put_javascript(struct buf *out, struct slice s) {
  struct emit j = {out, false};
  if (text_is_utf8(s)) {
    emit_string(&j, NULL, s);
    return;
  }
  buf_add_text(out, "Uint8Array.from(atob(\"");
  buf_add_base64(out, s);
  buf_add_text(out, "\"), c => c.charCodeAt(0))");
}

static void fetch(const struct flow *f, struct slice url, struct slice data, struct buf *out) {
  const struct http_head *head = flow_sent_head(&f->request);
  struct http_field field;
  buf_add_text(out, "const response = await fetch(");
  put_javascript(out, url);
  buf_add_text(out, ", {\n  method: ");
  put_javascript(out, http_head_method(head));
  buf_add_text(out, ",\n  headers: [\n");
  for (uint32_t at = 0; http_head_next(head, &at, &field);) {
    if (snippet_leaves_out(f, &field))
      continue;
    buf_add_text(out, "    [");
    put_javascript(out, field.name);
    buf_add_text(out, ", ");
    put_javascript(out, field.value);
    buf_add_text(out, "],\n");
  }
  buf_add_text(out, "  ],\n");
  if (data.n) {
    buf_add_text(out, "  body: ");
    put_javascript(out, data);
    buf_add_text(out, ",\n");
  }
  buf_add_text(out, "  redirect: \"manual\",\n});\nconsole.log(response.status, await response.text());\n");
}

/* ---- HTTPie ---- */

static void put_item(struct buf *out, struct slice name, struct slice value) {
  struct buf item = BUF_INIT;
  buf_add_slice(&item, name);
  buf_add_byte(&item, value.n ? ':' : ';'); /* an empty value, in HTTPie's words */
  buf_add_slice(&item, value);
  buf_add_byte(out, ' ');
  text_shell_quote(out, buf_slice(&item), NULL);
  buf_clear(&item);
}

static void httpie(const struct flow *f, struct slice url, struct slice data, struct buf *out) {
  const struct http_head *head = flow_sent_head(&f->request);
  struct http_field field;
  if (data.n) {
    buf_add_text(out, "printf %s ");
    buf_add_base64(out, data);
    buf_add_text(out, " | base64 -d | ");
  }
  buf_add_text(out, data.n ? "http " : "http --ignore-stdin ");
  text_shell_quote(out, http_head_method(head), NULL);
  buf_add_byte(out, ' ');
  text_shell_quote(out, url, NULL);
  for (uint32_t at = 0; http_head_next(head, &at, &field);)
    if (!snippet_leaves_out(f, &field))
      put_item(out, field.name, field.value);
}

bool snippet(enum snippet_kind kind, const struct flow *f, struct buf *out, struct err *err) {
  struct buf url = BUF_INIT, data = BUF_INIT;
  if (kind == SNIPPET_MARKDOWN) {
    if (!flow_sent_head(&f->request)->raw)
      return err_set(err, "there is no request to tell of");
    snippet_markdown(f, out);
    return true;
  }
  if (!snippet_possible(f, err))
    return false;
  flow_url(f, &url);
  body_copy(flow_sent_body(&f->request), &data);
  if (kind == SNIPPET_PYTHON)
    python(f, buf_slice(&url), buf_slice(&data), out);
  else if (kind == SNIPPET_FETCH)
    fetch(f, buf_slice(&url), buf_slice(&data), out);
  else
    httpie(f, buf_slice(&url), buf_slice(&data), out);
  buf_clear(&url);
  buf_clear(&data);
  return true;
}
