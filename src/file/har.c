#include "weir/file/har.h"

#include <string.h>

#include "weir/base/clock.h"
#include "weir/base/emit.h"
#include "weir/base/text.h"
#include "weir/base/version.h"
#include "weir/body/decode.h"
#include "weir/http/url.h"

/* ---- small things ---- */

static void put_pair(struct emit *j, struct slice name, struct slice value) {
  emit_open(j, NULL, '{');
  emit_bytes(j, "name", name);
  emit_bytes(j, "value", value);
  emit_close(j, '}');
}

static void put_unknown(struct emit *j, const char *name) {
  emit_raw(j, name, "-1");
}

static void put_version(struct emit *j, const struct http_head *head) {
  char version[] = {'H', 'T', 'T', 'P', '/', '1', '.', (char)('0' + head->minor % 10), 0};
  emit_bytes(j, "httpVersion", slice_of(version));
}

static void put_headers(struct emit *j, const struct http_head *head) {
  struct http_field field;
  emit_open(j, "headers", '[');
  for (uint32_t at = 0; http_head_next(head, &at, &field);)
    put_pair(j, field.name, field.value);
  emit_close(j, ']');
}

static struct slice trim(struct slice s) {
  while (s.n && (*s.p == ' ' || *s.p == '\t'))
    s = slice_from(s, 1);
  while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
    s.n--;
  return s;
}

/* "a=1" into its two halves; without "=" all of it is the name. */
static void halve(struct slice s, struct slice *name, struct slice *value) {
  ptrdiff_t at = slice_find_byte(s, '=');
  *name = trim(at < 0 ? s : slice_sub(s, 0, (size_t)at));
  *value = at < 0 ? slice_of("") : trim(slice_from(s, (size_t)at + 1));
}

/* ---- cookies ---- */

static void put_request_cookies(struct emit *j, const struct http_head *head) {
  struct http_field field;
  struct slice part, name, value;
  emit_open(j, "cookies", '[');
  for (uint32_t at = 0; http_head_next_named(head, "cookie", &at, &field);)
    for (struct slice rest = field.value; slice_split(&rest, ';', &part);) {
      halve(part, &name, &value);
      if (name.n)
        put_pair(j, name, value);
    }
  emit_close(j, ']');
}

static void put_cookie_attribute(struct emit *j, struct slice name, struct slice value) {
  static const struct {
    const char *attribute, *member;
  } texts[] = {{"path", "path"}, {"domain", "domain"}, {"samesite", "sameSite"}};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (slice_eq_ascii(name, slice_of(texts[i].attribute)))
      emit_bytes(j, texts[i].member, value);
  if (slice_eq_ascii(name, SLICE("httponly")))
    emit_flag(j, "httpOnly", true);
  else if (slice_eq_ascii(name, SLICE("secure")))
    emit_flag(j, "secure", true);
}

static void put_response_cookies(struct emit *j, const struct http_head *head) {
  struct http_field field;
  struct slice part, name, value;
  emit_open(j, "cookies", '[');
  for (uint32_t at = 0; http_head_next_named(head, "set-cookie", &at, &field);) {
    struct slice rest = field.value;
    if (!slice_split(&rest, ';', &part))
      continue;
    halve(part, &name, &value);
    emit_open(j, NULL, '{');
    emit_bytes(j, "name", name);
    emit_bytes(j, "value", value);
    while (slice_split(&rest, ';', &part)) {
      halve(part, &name, &value);
      put_cookie_attribute(j, name, value);
    }
    emit_close(j, '}');
  }
  emit_close(j, ']');
}

/* ---- request ---- */

static void put_query(struct emit *j, const struct flow *f) {
  struct slice path = flow_path(f), part, name, value;
  ptrdiff_t at = slice_find_byte(path, '?');
  emit_open(j, "queryString", '[');
  for (struct slice rest = at < 0 ? slice_of("") : slice_from(path, (size_t)at + 1); slice_split(&rest, '&', &part);) {
    if (!part.n)
      continue;
    halve(part, &name, &value);
    struct buf plain_name = BUF_INIT, plain_value = BUF_INIT;
    url_decode(name, true, &plain_name);
    url_decode(value, true, &plain_value);
    put_pair(j, buf_slice(&plain_name), buf_slice(&plain_value));
    buf_clear(&plain_name);
    buf_clear(&plain_value);
  }
  emit_close(j, ']');
}

/* Text as it is, anything else as base64 with `encoding` beside it. */
static void put_text(struct emit *j, struct slice text, const char *encoding) {
  if (text_is_utf8(text)) {
    emit_string(j, "text", text);
    return;
  }
  struct buf letters = BUF_INIT;
  buf_add_base64(&letters, text);
  emit_string(j, "text", buf_slice(&letters));
  emit_bytes(j, encoding, SLICE("base64"));
  buf_clear(&letters);
}

static void put_media(struct emit *j, const struct http_head *head, const char *otherwise) {
  struct slice media;
  emit_bytes(j, "mimeType", http_head_find(head, "content-type", &media) ? media : slice_of(otherwise));
}

static void put_lack(struct emit *j, const struct body *body) {
  struct buf words = BUF_INIT;
  if (!body_cut(body))
    return;
  buf_printf(&words, "kept %llu of %llu bytes", (unsigned long long)body->kept, (unsigned long long)body->seen);
  emit_bytes(j, "comment", buf_slice(&words));
  buf_clear(&words);
}

/* As it is where it cannot be decoded. */
static void decoded(const struct flow_message *m, struct buf *out) {
  struct err err;
  if (flow_body_decoded(m, true, 0, out, &err) == BODY_NOT_DECODED)
    body_copy(flow_sent_body(m), out);
}

static void put_request(struct emit *j, const struct flow *f) {
  const struct http_head *head = flow_sent_head(&f->request);
  const struct body *body = flow_sent_body(&f->request);
  struct buf url = BUF_INIT, plain = BUF_INIT;
  flow_url(f, &url);
  emit_open(j, "request", '{');
  emit_bytes(j, "method", http_head_method(head));
  emit_bytes(j, "url", buf_slice(&url));
  put_version(j, head);
  put_request_cookies(j, head);
  put_headers(j, head);
  put_query(j, f);
  if (body->seen) {
    emit_open(j, "postData", '{');
    put_media(j, head, "");
    decoded(&f->request, &plain);
    put_text(j, buf_slice(&plain), "_encoding");
    put_lack(j, body);
    emit_close(j, '}');
  }
  emit_number(j, "headersSize", head->n);
  emit_number(j, "bodySize", body->seen);
  emit_close(j, '}');
  buf_clear(&url);
  buf_clear(&plain);
}

/* ---- response ---- */

static void put_no_response(struct emit *j) {
  emit_open(j, "response", '{');
  emit_number(j, "status", 0);
  emit_bytes(j, "statusText", SLICE(""));
  emit_bytes(j, "httpVersion", SLICE(""));
  emit_open(j, "cookies", '['), emit_close(j, ']');
  emit_open(j, "headers", '['), emit_close(j, ']');
  emit_open(j, "content", '{');
  emit_number(j, "size", 0);
  emit_bytes(j, "mimeType", SLICE("x-unknown"));
  emit_close(j, '}');
  emit_bytes(j, "redirectURL", SLICE(""));
  put_unknown(j, "headersSize");
  put_unknown(j, "bodySize");
  emit_close(j, '}');
}

static void put_content(struct emit *j, const struct flow_message *m) {
  const struct body *body = flow_sent_body(m);
  struct buf plain = BUF_INIT;
  decoded(m, &plain);
  emit_open(j, "content", '{');
  emit_number(j, "size", plain.n);
  if (plain.n > body->seen)
    emit_number(j, "compression", plain.n - body->seen);
  put_media(j, flow_sent_head(m), "x-unknown");
  if (plain.n)
    put_text(j, buf_slice(&plain), "encoding");
  put_lack(j, body);
  emit_close(j, '}');
  buf_clear(&plain);
}

static void put_response(struct emit *j, const struct flow *f) {
  const struct http_head *head = flow_sent_head(&f->response);
  struct slice location;
  if (!head->raw) {
    put_no_response(j);
    return;
  }
  emit_open(j, "response", '{');
  emit_number(j, "status", head->status);
  emit_bytes(j, "statusText", http_head_reason(head));
  put_version(j, head);
  put_response_cookies(j, head);
  put_headers(j, head);
  put_content(j, &f->response);
  emit_bytes(j, "redirectURL", http_head_find(head, "location", &location) ? location : SLICE(""));
  emit_number(j, "headersSize", head->n);
  emit_number(j, "bodySize", flow_sent_body(&f->response)->seen);
  emit_close(j, '}');
}

/* ---- timings ---- */

static void put_span(struct emit *j, const char *name, uint64_t from, uint64_t to) {
  if (from && to >= from)
    emit_ms(j, name, to - from);
  else
    emit_ms(j, name, 0);
}

static void put_spent(struct emit *j, const char *name, uint64_t ns) {
  if (ns)
    emit_ms(j, name, ns);
  else
    put_unknown(j, name);
}

/* "connect" holds the handshake too, which "ssl" tells apart: so the format wants it. */
static void put_timings(struct emit *j, const struct flow *f) {
  const struct flow_times *t = &f->times;
  emit_open(j, "timings", '{');
  put_spent(j, "blocked", t->paused_ns);
  put_spent(j, "dns", t->name_ns);
  put_spent(j, "connect", t->connect_ns + t->tls_ns);
  put_spent(j, "ssl", t->tls_ns);
  put_span(j, "send", t->request_sent, t->request_end > t->request_sent ? t->request_end : t->request_sent);
  put_span(j, "wait", t->request_sent, t->first_byte);
  put_span(j, "receive", t->first_byte, t->end);
  emit_close(j, '}');
}

/* ---- the document ---- */

static void put_extras(struct emit *j, const struct flow *f) {
  char address[ADDRESS_TEXT];
  if (f->server.family)
    emit_bytes(j, "serverIPAddress", slice_of(address_host(&f->server, address, sizeof address)));
  emit_number(j, "_id", f->id);
  if (f->parent)
    emit_number(j, "_parent", f->parent);
  if (f->times.paused_ns)
    emit_ms(j, "_paused", f->times.paused_ns);
  if (f->error_text)
    emit_bytes(j, "_error", slice_of(f->error_text));
  if (f->note)
    emit_bytes(j, "comment", slice_of(f->note));
}

bool har_entry(struct buf *out, const struct flow *f, bool first) {
  struct emit j = {out, !first};
  char iso[40];
  if (f->kind == FLOW_TUNNEL || !flow_sent_head(&f->request)->raw)
    return false;
  if (!first)
    buf_add_byte(out, '\n');
  emit_open(&j, NULL, '{');
  emit_bytes(&j, "startedDateTime", slice_of(clock_iso(f->wall_us, iso, sizeof iso)));
  emit_ms(&j, "time", flow_finished(f) ? flow_duration(f, f->times.end) : 0);
  put_request(&j, f);
  put_response(&j, f);
  emit_open(&j, "cache", '{'), emit_close(&j, '}');
  put_timings(&j, f);
  put_extras(&j, f);
  emit_close(&j, '}');
  return true;
}

void har_begin(struct buf *out) {
  buf_add_text(out, "{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"weir\",\"version\":\"" WEIR_VERSION
                    "\"},\"pages\":[],\"entries\":[\n");
}

void har_end(struct buf *out) {
  buf_add_text(out, "\n]}}\n");
}
