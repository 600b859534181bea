#include "weir/http/forward.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "http/grammar.h"
#include "http/head_read.h"
#include "http/transfer_coding.h"
#include "weir/base/clock.h"
#include "weir/base/mem.h"

/* Everything that must be known before the first line is written, and what has been written. */
struct forwarding {
  struct buf *out;
  const struct http_head *head;
  const struct http_forward *how;
  bool response;
  bool no_framing; /* 1xx and 204 carry neither Content-Length nor Transfer-Encoding (RFC 9110-8.6, 9112-6.1) */
  bool wants_trailers;
  bool trailers_said;
  bool has_host;
  bool has_date;
  bool connection_done;
  bool framing_done;
  size_t nominated_n;
  struct slice *nominated; /* CONNECTION_MEMBERS_MAX of them */
};

static bool is(struct slice name, struct slice wanted) {
  return name.n == wanted.n && slice_eq_ascii(name, wanted);
}

static void note_connection(struct forwarding *f, struct slice value) {
  struct slice member;
  while (f->nominated_n < CONNECTION_MEMBERS_MAX && http_list_next(&value, &member))
    if (!is(member, SLICE("close")) && !is(member, SLICE("keep-alive")) &&
        !(f->how->keep_upgrade && is(member, SLICE("Upgrade"))))
      f->nominated[f->nominated_n++] = member;
}

static void survey_framing(struct forwarding *f) {
  f->no_framing = f->response && (f->head->status < 200 || f->head->status == 204);
}

static void survey(struct forwarding *f) {
  struct http_field field;
  for (uint32_t at = 0; http_head_next_named(f->head, "Connection", &at, &field);)
    note_connection(f, field.value);
  f->has_host = !f->response && http_head_count(f->head, "Host");
  f->has_date = f->how->via && http_head_count(f->head, "Date");
  f->wants_trailers = !f->response && f->head->minor > 0 && http_head_has_token(f->head, "TE", "trailers");
  survey_framing(f);
}

static void put_field(struct buf *out, struct slice name, struct slice value) {
  buf_add_slice(out, name);
  buf_add(out, ": ", 2);
  buf_add_slice(out, value);
  buf_add(out, "\r\n", 2);
}

/* Our own Connection takes the place of the first one received. */
static void put_connection(struct forwarding *f, struct slice name) {
  const char *parts[] = {f->wants_trailers ? "TE" : NULL, f->how->keep_upgrade ? "Upgrade" : NULL,
                         f->how->close ? "close" : NULL};
  bool any = false;
  for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && !f->connection_done; i++) {
    if (parts[i] != NULL) {
      if (!any)
        buf_add_slice(f->out, name);
      buf_add_text(f->out, any ? ", " : ": ");
      buf_add_text(f->out, parts[i]);
      any = true;
    }
  }
  if (any)
    buf_add(f->out, "\r\n", 2);
  f->connection_done = true;
}

/* `name` is that of the line whose place this takes. */
static void put_framing(struct forwarding *f, struct slice name) {
  const struct http_framing *framing = &f->how->framing;
  if (f->framing_done || !f->how->reframe || f->no_framing)
    return;
  f->framing_done = true;
  if (framing->kind == HTTP_BODY_LENGTH) {
    buf_add_slice(f->out, name.n == 14 ? name : SLICE("Content-Length"));
    buf_printf(f->out, ": %llu\r\n", (unsigned long long)framing->length);
  } else if (framing->kind == HTTP_BODY_CHUNKED && !(f->response && f->how->client_minor == 0)) {
    put_field(f->out, name.n == 17 ? name : SLICE("Transfer-Encoding"), SLICE("chunked"));
  }
}

static struct slice authority_of(const struct url *url, struct buf *scratch) {
  if (url->authority.n == 0) {
    uint16_t implied = url->scheme.n > 0 ? url_default_port(url->scheme) : 80;
    url_put_authority(scratch, url->host, url->port == implied ? 0 : url->port, "");
    return buf_slice(scratch);
  }
  return url->authority;
}

static bool host_agrees(struct slice value, const struct url *url) {
  struct url host;
  uint16_t implied = url->scheme.n > 0 ? url_default_port(url->scheme) : 80;
  if (url->authority.n > 0 && slice_eq(value, url->authority))
    return true;
  return url_parse_host(value, false, &host, NULL) && slice_eq_ascii(host.host, url->host) &&
         (host.has_port ? host.port : implied) == url->port;
}

static void put_host(struct forwarding *f, const struct http_field *field) {
  const struct url *url = f->how->url;
  if (field != NULL && (f->how->keep_host || url == NULL || host_agrees(field->value, url))) {
    buf_add_slice(f->out, field->line);
  } else if (!f->how->keep_host && url != NULL) {
    struct buf scratch = BUF_INIT;
    put_field(f->out, field != NULL ? field->name : SLICE("Host"), authority_of(url, &scratch));
    buf_clear(&scratch);
  }
}

static bool is_nominated(const struct forwarding *f, struct slice name) {
  for (size_t i = 0; i < f->nominated_n; i++)
    if (is(name, f->nominated[i]))
      return true;
  return false;
}

static bool is_dropped(const struct forwarding *f, struct slice name) {
  switch (name.n) {
  case 7:
    return is(name, SLICE("Upgrade")) && !f->how->keep_upgrade;
  case 10:
    return is(name, SLICE("Keep-Alive"));
  case 14:
    return is(name, SLICE("HTTP2-Settings"));
  case 16:
    return is(name, SLICE("Proxy-Connection"));
  case 19:
    return is(name, SLICE("Proxy-Authorization"));
  default:
    return false;
  }
}

/* Does the line already say how the body goes out? Then its bytes stay. */
static bool says_framing(const struct forwarding *f, const struct http_field *field, bool coding) {
  struct transfer_coding codings;
  uint64_t length;
  if (coding) {
    return f->how->framing.kind == HTTP_BODY_CHUNKED && f->head->minor > 0 &&
           transfer_coding_read(HTTP_REQUEST, field->value, 0, &codings, NULL) && codings.chunked;
  }
  return f->how->framing.kind == HTTP_BODY_LENGTH && slice_to_u64(field->value, &length) &&
         length == f->how->framing.length;
}

/* A line of the body's framing: true when it does not pass as it stands. */
static bool replace_framing(struct forwarding *f, const struct http_field *field) {
  bool coding = is(field->name, SLICE("Transfer-Encoding"));
  if (!coding && !is(field->name, SLICE("Content-Length")))
    return false;
  if (f->no_framing || (coding && f->response && f->how->client_minor == 0))
    return true;
  if (!f->how->reframe)
    return false;
  if (!f->framing_done && says_framing(f, field, coding)) {
    f->framing_done = true;
    return false;
  }
  put_framing(f, field->name);
  return true;
}

int http_max_forwards(const struct http_head *head) {
  struct slice method = http_head_method(head), value;
  uint64_t left;
  if ((!slice_eq(method, SLICE("OPTIONS")) && !slice_eq(method, SLICE("TRACE"))) ||
      !http_head_find(head, "Max-Forwards", &value) || !slice_to_u64(value, &left))
    return -1;
  return left > 1000 ? 1000 : (int)left;
}

/* Fields of a request that pass in another form. */
static bool replace_request_field(struct forwarding *f, const struct http_field *field) {
  if (is(field->name, SLICE("Host"))) {
    put_host(f, field);
    return true;
  }
  int left = is(field->name, SLICE("Max-Forwards")) ? http_max_forwards(f->head) : -1;
  if (left <= 0)
    return false;
  buf_add_slice(f->out, field->name);
  buf_printf(f->out, ": %d\r\n", left - 1);
  return true;
}

static void put_one(struct forwarding *f, const struct http_field *field) {
  if (is(field->name, SLICE("Connection"))) {
    put_connection(f, field->name);
  } else if (is(field->name, SLICE("TE"))) {
    if (f->wants_trailers && !f->trailers_said) {
      put_field(f->out, field->name, SLICE("trailers"));
      f->trailers_said = true;
    }
  } else if (is_dropped(f, field->name) || replace_framing(f, field) || is_nominated(f, field->name)) {
    return;
  } else if (f->response || !replace_request_field(f, field)) {
    buf_add_slice(f->out, field->line);
  }
}

static void put_via(struct forwarding *f) {
  if (f->how->via == NULL)
    return;
  buf_printf(f->out, "Via: 1.%u %s", (unsigned)f->head->minor, f->how->via);
  if (!f->response && f->how->loop_token != NULL)
    buf_printf(f->out, " (%s)", f->how->loop_token);
  buf_add(f->out, "\r\n", 2);
}

/* RFC 9110-5.6.7, without the locale that strftime() would ask. */
static void put_date(struct buf *out) {
  static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  time_t now = (time_t)(clock_wall() / 1000000);
  struct tm t;
  gmtime_r(&now, &t);
  buf_printf(out, "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d GMT\r\n", days + 3 * t.tm_wday, t.tm_mday,
             months + 3 * t.tm_mon, t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

/* Most lines pass as they stand: no name of these lengths is of interest to put_one(). */
static bool passes(const struct forwarding *f, const struct http_field *field) {
  const uint32_t lengths =
      1u << 2 | 1u << 4 | 1u << 7 | 1u << 10 | 1u << 12 | 1u << 14 | 1u << 16 | 1u << 17 | 1u << 19;
  return f->nominated_n == 0 && (field->name.n > 31 || (lengths >> field->name.n & 1) == 0);
}

static void put_fields(struct forwarding *f) {
  struct http_field field;
  struct slice run = {NULL, 0}; /* neighbours that pass go in one piece */
  for (uint32_t at = 0; http_head_next(f->head, &at, &field);) {
    if (passes(f, &field)) {
      run = slice_make(run.n > 0 ? run.p : field.line.p, run.n + field.line.n);
      continue;
    }
    buf_add_slice(f->out, run);
    run.n = 0;
    put_one(f, &field);
  }
  buf_add_slice(f->out, run);
  put_framing(f, (struct slice){NULL, 0});
  put_connection(f, SLICE("Connection"));
  if (!f->response && f->how->proxy_authorization)
    put_field(f->out, SLICE("Proxy-Authorization"), slice_of(f->how->proxy_authorization));
  put_via(f);
  if (f->response && f->how->via != NULL && !f->has_date && f->head->status >= 200)
    put_date(f->out);
  buf_add(f->out, "\r\n", 2);
}

static void put_target(struct buf *out, const struct http_head *head, const struct http_forward *how) {
  struct slice method = http_head_method(head);
  const struct url *url = how->url;
  if (url == NULL || slice_eq(method, SLICE("CONNECT"))) {
    buf_add_slice(out, http_head_target(head));
    return;
  }
  bool server_wide = slice_eq(method, SLICE("OPTIONS")) && (url->target.n == 0 || slice_eq(url->target, SLICE("*")));
  if (how->to_proxy) {
    struct buf scratch = BUF_INIT;
    buf_add_slice(out, url->scheme);
    buf_add(out, "://", 3);
    buf_add_slice(out, authority_of(url, &scratch));
    buf_clear(&scratch);
  }
  if (server_wide) { /* RFC 9112-3.2.4: the last proxy makes "*" of the empty path */
    buf_add_text(out, how->to_proxy ? "" : "*");
    return;
  }
  if (url->target.n == 0 || url->target.p[0] == '?')
    buf_add_byte(out, '/');
  buf_add_slice(out, url->target);
}

void http_forward_request(struct buf *out, const struct http_head *head, const struct http_forward *how) {
  struct slice nominated[CONNECTION_MEMBERS_MAX];
  struct forwarding f = {.out = out, .head = head, .how = how, .nominated = nominated};
  survey(&f);
  buf_reserve(out, head->n + 128u);
  buf_add_slice(out, http_head_method(head));
  buf_add_byte(out, ' ');
  put_target(out, head, how);
  buf_add_text(out, " HTTP/1.1\r\n");
  if (!f.has_host)
    put_host(&f, NULL);
  put_fields(&f);
}

void http_forward_response(struct buf *out, const struct http_head *head, const struct http_forward *how) {
  struct slice nominated[CONNECTION_MEMBERS_MAX];
  struct forwarding f = {.out = out, .head = head, .how = how, .response = true, .nominated = nominated};
  survey(&f);
  buf_reserve(out, head->n + 128u);
  buf_add_text(out, "HTTP/1.1 ");
  buf_add_number(out, head->status);
  buf_add_byte(out, ' ');
  buf_add_slice(out, http_head_reason(head));
  buf_add(out, "\r\n", 2);
  put_fields(&f);
}

void http_head_frame(struct http_head *head, const struct http_framing *framing) {
  struct http_forward how = {.framing = *framing, .reframe = true, .client_minor = 1};
  struct buf out = BUF_INIT;
  struct forwarding f = {.out = &out, .head = head, .how = &how, .response = head->status != 0};
  struct http_field field;
  survey_framing(&f);
  buf_add(&out, head->raw, head->fields);
  for (uint32_t at = 0; http_head_next(head, &at, &field);)
    if (!replace_framing(&f, &field))
      buf_add_slice(&out, field.line);
  put_framing(&f, (struct slice){NULL, 0});
  buf_add(&out, "\r\n", 2);
  free(head->raw);
  head->names |= grammar_name_bit(SLICE("Content-Length")) | grammar_name_bit(SLICE("Transfer-Encoding"));
  head->n = (uint32_t)out.n;
  head->raw = mem_grow(buf_take(&out), head->n); /* without the room that growing left */
}

bool http_via_has(const struct http_head *head, const char *loop_token) {
  struct slice token = slice_of(loop_token);
  struct http_field field;
  for (uint32_t at = 0; http_head_next_named(head, "Via", &at, &field);)
    if (slice_find(field.value, token) >= 0)
      return true;
  return false;
}
