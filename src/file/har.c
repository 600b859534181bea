#include "weir/file/har.h"

#include <stdlib.h>
#include <string.h>

#include "har_body.h"
#include "weir/base/clock.h"
#include "weir/base/mem.h"
#include "weir/base/version.h"
#include "weir/http/url.h"

struct har_entry {
  struct emit j;
  enum { HAR_REQUEST, HAR_POST_DATA, HAR_REQUEST_END, HAR_CONTENT, HAR_REST } part; /* what comes next */
  struct har_body *body;                                                            /* being written; NULL: none */
  bool told;                                                                        /* its members are begun */
  bool first, left_out;
  uint64_t done; /* bytes of bodies, read twice each */
};

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

static void put_media(struct emit *j, const struct http_head *head, const char *otherwise) {
  struct slice media;
  emit_bytes(j, "mimeType", http_head_find(head, "content-type", &media) ? media : slice_of(otherwise));
}

static void begin_request(struct har_entry *e, const struct flow *f) {
  const struct http_head *head = flow_sent_head(&f->request);
  struct emit *j = &e->j;
  struct buf url = BUF_INIT;
  flow_url(f, &url);
  emit_open(j, "request", '{');
  emit_bytes(j, "method", http_head_method(head));
  emit_bytes(j, "url", buf_slice(&url));
  put_version(j, head);
  put_request_cookies(j, head);
  put_headers(j, head);
  put_query(j, f);
  buf_clear(&url);
}

static void begin_post_data(struct har_entry *e, const struct flow *f) {
  emit_open(&e->j, "postData", '{');
  put_media(&e->j, flow_sent_head(&f->request), "");
}

static void end_request(struct har_entry *e, const struct flow *f) {
  emit_number(&e->j, "headersSize", flow_sent_head(&f->request)->n);
  emit_number(&e->j, "bodySize", flow_sent_body(&f->request)->seen);
  emit_close(&e->j, '}');
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

static void begin_response(struct har_entry *e, const struct flow *f) {
  const struct http_head *head = flow_sent_head(&f->response);
  struct emit *j = &e->j;
  emit_open(j, "response", '{');
  emit_number(j, "status", head->status);
  emit_bytes(j, "statusText", http_head_reason(head));
  put_version(j, head);
  put_response_cookies(j, head);
  put_headers(j, head);
}

static void begin_content(struct har_entry *e, const struct flow *f) {
  uint64_t size = har_body_size(e->body), seen = flow_sent_body(&f->response)->seen;
  emit_open(&e->j, "content", '{');
  emit_number(&e->j, "size", size);
  if (size > seen)
    emit_number(&e->j, "compression", size - seen);
  put_media(&e->j, flow_sent_head(&f->response), "x-unknown");
}

static void end_response(struct har_entry *e, const struct flow *f) {
  const struct http_head *head = flow_sent_head(&f->response);
  struct slice location;
  emit_bytes(&e->j, "redirectURL", http_head_find(head, "location", &location) ? location : SLICE(""));
  emit_number(&e->j, "headersSize", head->n);
  emit_number(&e->j, "bodySize", flow_sent_body(&f->response)->seen);
  emit_close(&e->j, '}');
}

/* ---- timings ---- */

static uint64_t took(const struct flow *f) {
  return flow_finished(f) ? flow_duration(f, f->times.end) : 0;
}

static uint64_t part_of(uint64_t *rest, uint64_t ns) {
  uint64_t us = ns / 1000 < *rest ? ns / 1000 : *rest;
  *rest -= us;
  return us;
}

static uint64_t between(uint64_t from, uint64_t to) {
  return from && to > from ? to - from : 0;
}

static void put_us(struct emit *j, const char *name, uint64_t us, bool known) {
  if (known)
    emit_ms(j, name, us * 1000);
  else
    put_unknown(j, name);
}

/* Their sum is `time`: so the format wants it, and that "connect" holds the handshake too, which "ssl" tells apart. What is
 * neither of the others is "blocked": a pause, a rule's delay, a wait for other things. */
static void put_timings(struct emit *j, const struct flow *f) {
  const struct flow_times *t = &f->times;
  uint64_t first = t->first_byte ? t->first_byte : t->end, rest = took(f) / 1000;
  uint64_t sent = t->request_end > t->request_sent ? t->request_end : t->request_sent;
  sent = sent < first ? sent : first;
  uint64_t dns = part_of(&rest, t->name_ns), connect = part_of(&rest, t->connect_ns + t->tls_ns);
  uint64_t send = part_of(&rest, between(t->request_sent, sent));
  uint64_t wait = part_of(&rest, t->request_sent ? between(sent, first) : 0);
  uint64_t receive = part_of(&rest, between(t->first_byte, t->end)), held = (t->paused_ns + t->delayed_ns) / 1000;
  if (held > rest) { /* it was the answer that was held */
    uint64_t more = held - rest < receive ? held - rest : receive;
    receive -= more;
    rest += more;
  }
  emit_open(j, "timings", '{');
  put_us(j, "blocked", rest, rest > 0);
  put_us(j, "dns", dns, t->name_ns > 0);
  put_us(j, "connect", connect, t->connect_ns + t->tls_ns > 0);
  put_us(j, "ssl", t->tls_ns / 1000 < connect ? t->tls_ns / 1000 : connect, t->tls_ns > 0);
  put_us(j, "send", send, true);
  put_us(j, "wait", wait, true);
  put_us(j, "receive", receive, true);
  emit_close(j, '}');
}

/* ---- the document ---- */

/* By which way it came and went. */
static void put_weir(struct emit *j, const struct flow *f) {
  if (!f->mode && !f->upstream)
    return;
  emit_open(j, "_weir", '{');
  if (f->mode)
    emit_bytes(j, "mode", slice_of(f->mode));
  if (f->upstream)
    emit_bytes(j, "upstream", slice_of(f->upstream));
  emit_close(j, '}');
}

static void put_extras(struct emit *j, const struct flow *f) {
  char address[ADDRESS_TEXT];
  if (f->server.family && !f->upstream) /* else it is the proxy's */
    emit_bytes(j, "serverIPAddress", slice_of(address_host(&f->server, address, sizeof address)));
  emit_number(j, "_id", f->id);
  if (f->parent)
    emit_number(j, "_parent", f->parent);
  put_weir(j, f);
  if (f->times.paused_ns)
    emit_ms(j, "_paused", f->times.paused_ns);
  if (f->error_text)
    emit_bytes(j, "_error", slice_of(f->error_text));
  if (f->note)
    emit_bytes(j, "comment", slice_of(f->note));
}

static bool has_request(const struct flow *f) {
  return f->kind != FLOW_TUNNEL && flow_sent_head(&f->request)->raw;
}

struct har_entry *har_entry_new(const struct flow *f, bool first) {
  if (!has_request(f))
    return NULL;
  struct har_entry *e = mem_zero(1, sizeof *e);
  e->first = first;
  return e;
}

void har_entry_free(struct har_entry *e) {
  if (!e)
    return;
  har_body_free(e->body);
  free(e);
}

bool har_entry_left_out(const struct har_entry *e) {
  return e->left_out;
}

unsigned har_entry_percent(const struct har_entry *e, const struct flow *f) {
  const struct body *bodies[] = {flow_sent_body(&f->request), flow_sent_body(&f->response)};
  uint64_t all = 2 * (bodies[0]->kept + bodies[1]->kept), done = e->done + (e->body ? har_body_done(e->body) : 0);
  return all > 0 && done < all ? (unsigned)(100 * done / all) : 100;
}

/* The body of one side, of which e->part is the beginning. True: there is more of it. */
static bool step_body(struct har_entry *e, const struct flow *f, const struct flow_message *m) {
  bool request = m == &f->request;
  if (!e->body)
    e->body = har_body_new(m);
  if (!e->told) {
    if (!har_body_measure(e->body, m))
      return true;
    if (request)
      begin_post_data(e, f);
    else
      begin_content(e, f);
    e->told = true;
  }
  if (har_body_put(e->body, m, request ? "_encoding" : "encoding", &e->j))
    return true;
  emit_close(&e->j, '}');
  e->left_out |= har_body_left_out(e->body);
  e->done += 2 * flow_sent_body(m)->kept;
  e->told = false;
  har_body_free(e->body);
  e->body = NULL;
  return false;
}

static void begin(struct har_entry *e, const struct flow *f) {
  char iso[40];
  e->j.comma = !e->first;
  if (!e->first)
    buf_add_byte(e->j.out, '\n');
  emit_open(&e->j, NULL, '{');
  emit_bytes(&e->j, "startedDateTime", slice_of(clock_iso(f->wall_us, iso, sizeof iso)));
  emit_ms(&e->j, "time", took(f));
  begin_request(e, f);
}

static void end(struct har_entry *e, const struct flow *f) {
  struct emit *j = &e->j;
  emit_open(j, "cache", '{'), emit_close(j, '}');
  put_timings(j, f);
  put_extras(j, f);
  emit_close(j, '}');
}

bool har_entry_step(struct har_entry *e, const struct flow *f, struct buf *out) {
  e->j.out = out;
  switch (e->part) {
  case HAR_REQUEST:
    begin(e, f);
    e->part = flow_sent_body(&f->request)->seen ? HAR_POST_DATA : HAR_REQUEST_END;
    return true;
  case HAR_POST_DATA:
    if (!step_body(e, f, &f->request))
      e->part = HAR_REQUEST_END;
    return true;
  case HAR_REQUEST_END:
    end_request(e, f);
    e->part = HAR_CONTENT;
    if (flow_sent_head(&f->response)->raw) {
      begin_response(e, f);
    } else {
      put_no_response(&e->j);
      e->part = HAR_REST;
    }
    return true;
  case HAR_CONTENT:
    if (step_body(e, f, &f->response))
      return true;
    end_response(e, f);
    e->part = HAR_REST;
    return true;
  case HAR_REST:
    break;
  }
  end(e, f);
  return false;
}

void har_begin(struct buf *out) {
  buf_add_text(out, "{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"weir\",\"version\":\"" WEIR_VERSION
                    "\"},\"pages\":[],\"entries\":[\n");
}

void har_end(struct buf *out) {
  buf_add_text(out, "\n]}}\n");
}
