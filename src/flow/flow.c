#include "weir/flow/flow.h"

#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"
#include "weir/http/url.h"

struct flow *flow_new(void) {
  return mem_zero(1, sizeof(struct flow));
}

struct flow_edit *flow_edit_copy(const struct flow_edit *e) {
  if (!e)
    return NULL;
  struct flow_edit *copy = mem_zero(1, sizeof *copy);
  http_head_copy(&copy->head, &e->head);
  body_duplicate(&copy->body, &e->body);
  copy->body_changed = e->body_changed;
  copy->keep_length = e->keep_length;
  return copy;
}

void flow_edit_free(struct flow_edit *e) {
  if (!e)
    return;
  http_head_clear(&e->head);
  http_head_clear(&e->wire);
  body_clear(&e->body);
  free(e);
}

void flow_pause_free(struct flow_pause *pause) {
  if (pause)
    free(pause->why);
  free(pause);
}

void flow_set_pause(struct flow *f, struct flow_pause *pause) {
  flow_pause_free(f->pause);
  f->pause = pause;
}

static void add_line(char **lines, const char *text) {
  struct slice rest = *lines ? slice_of(*lines) : (struct slice){NULL, 0}, line;
  while (rest.n && slice_split(&rest, '\n', &line))
    if (slice_eq(line, slice_of(text)))
      return;
  struct buf all = BUF_INIT;
  buf_printf(&all, "%s%s%s", *lines ? *lines : "", *lines ? "\n" : "", text);
  free(*lines);
  *lines = buf_take(&all);
}

void flow_add_rule(struct flow *f, const char *name) {
  add_line(&f->touched, name);
}

void flow_add_tag(struct flow *f, const char *word) {
  add_line(&f->tags, word);
}

void flow_add_says(struct flow *f, const char *sentence) {
  struct buf all = BUF_INIT;
  if (f->rule_says && strlen(f->rule_says) + strlen(sentence) > FLOW_SAYS_MAX)
    return;
  buf_printf(&all, "%s%s%s", f->rule_says ? f->rule_says : "", f->rule_says ? "; " : "", sentence);
  free(f->rule_says);
  f->rule_says = buf_take(&all);
}

static void message_clear(struct flow_message *m) {
  http_head_clear(&m->head);
  body_clear(&m->body);
  free(m->trailers);
  flow_edit_free(m->sent);
}

void flow_free(struct flow *f) {
  if (!f)
    return;
  message_clear(&f->request);
  message_clear(&f->response);
  free(f->error_text);
  free(f->error_cure);
  free(f->note);
  free(f->upstream);
  free(f->touched);
  free(f->tags);
  free(f->rule_says);
  flow_set_pause(f, NULL);
  free(f->scheme_host);
  free(f->first_host);
  process_unref(f->process);
  secure_facts_unref(f->client_tls);
  secure_facts_unref(f->server_tls);
  free(f);
}

static size_t message_cost(const struct flow_message *m) {
  size_t cost = http_head_cost(&m->head) + body_cost(&m->body) + mem_cost(m->trailers);
  if (m->sent)
    cost +=
        mem_cost(m->sent) + http_head_cost(&m->sent->head) + http_head_cost(&m->sent->wire) + body_cost(&m->sent->body);
  return cost;
}

/* The flows of one connection share what is known of it. */
static size_t share_of(const struct secure_facts *s) {
  return s ? secure_facts_cost(s) / (s->refs ? s->refs : 1) : 0;
}

static size_t process_share(const struct process *p) {
  return p ? p->cost / p->refs : 0;
}

static size_t pause_cost(const struct flow_pause *p) {
  return p ? mem_cost(p) + mem_cost(p->why) : 0;
}

size_t flow_cost(const struct flow *f) {
  return mem_cost(f) + message_cost(&f->request) + message_cost(&f->response) + mem_cost(f->error_text) +
         mem_cost(f->error_cure) + mem_cost(f->note) + mem_cost(f->upstream) + mem_cost(f->touched) +
         mem_cost(f->rule_says) + mem_cost(f->tags) + pause_cost(f->pause) + mem_cost(f->scheme_host) +
         mem_cost(f->first_host) + share_of(f->client_tls) + share_of(f->server_tls) + process_share(f->process);
}

struct flow_message *flow_side(struct flow *f, enum flow_side side) {
  return side == FLOW_REQUEST ? &f->request : &f->response;
}

const struct flow_message *flow_side_const(const struct flow *f, enum flow_side side) {
  return side == FLOW_REQUEST ? &f->request : &f->response;
}

bool flow_invalid(const struct flow_message *m) {
  return !m->head.raw && m->body.kept && !m->stream;
}

struct slice flow_invalid_line(const struct flow_message *m) {
  struct slice first = flow_invalid(m) ? body_at(&m->body, 0) : (struct slice){NULL, 0};
  ptrdiff_t end = slice_find_byte(first, '\n');
  first = end < 0 ? first : slice_sub(first, 0, (size_t)end);
  return first.n && first.p[first.n - 1] == '\r' ? slice_sub(first, 0, first.n - 1) : first;
}

const struct http_head *flow_sent_head(const struct flow_message *m) {
  return m->sent ? &m->sent->head : &m->head;
}

const struct http_head *flow_wire_head(const struct flow_message *m) {
  return m->sent && m->sent->wire.raw ? &m->sent->wire : flow_sent_head(m);
}

const struct body *flow_sent_body(const struct flow_message *m) {
  return m->sent && m->sent->body_changed ? &m->sent->body : &m->body;
}

struct flow *flow_keep_request(const struct flow *f) {
  struct flow *kept = flow_new();
  kept->id = f->id;
  kept->kind = f->kind;
  kept->scheme_host = f->scheme_host ? mem_dup(f->scheme_host) : NULL;
  kept->host_n = f->host_n;
  kept->port = f->port;
  kept->client_tls = secure_facts_ref(f->client_tls);
  if (f->request.head.raw)
    http_head_copy(&kept->request.head, &f->request.head);
  body_duplicate(&kept->request.body, &f->request.body);
  kept->request.body.seen = f->request.body.seen;
  kept->request.body.complete = f->request.body.complete;
  kept->request.sent = flow_edit_copy(f->request.sent);
  if (f->request.trailers)
    kept->request.trailers = mem_dup_n(f->request.trailers, f->request.trailers_n);
  kept->request.trailers_n = f->request.trailers_n;
  return kept;
}

/* ---- where it goes ---- */

void flow_set_target(struct flow *f, const char *scheme, struct slice host, uint16_t port) {
  char lower[16];
  size_t n = 0;
  for (; scheme[n] && n + 1 < sizeof lower; n++)
    lower[n] = scheme[n] >= 'A' && scheme[n] <= 'Z' ? (char)(scheme[n] | 0x20) : scheme[n];
  lower[n] = '\0';
  struct buf text = BUF_INIT;
  buf_reserve(&text, n + host.n + 11); /* "://", brackets, ":65535": no more, since spare room stays with the flow */
  buf_add(&text, lower, n);
  buf_add_text(&text, "://");
  url_put_authority(&text, host, port, lower);
  free(f->scheme_host);
  f->scheme_host = buf_take(&text);
  f->host_n = (uint16_t)host.n;
  f->port = port;
}

void flow_keep_target(struct flow *f) {
  if (f->first_host || !f->scheme_host)
    return;
  f->first_host = mem_dup(f->scheme_host);
  f->first_host_n = f->host_n;
  f->first_port = f->port;
}

bool flow_as_it_came(const struct flow *f, struct flow *out) {
  if (!f->request.sent && !f->response.sent && !f->first_host)
    return false;
  *out = *f;
  out->request.sent = out->response.sent = NULL;
  if (f->first_host) {
    out->scheme_host = f->first_host;
    out->host_n = f->first_host_n;
    out->port = f->first_port;
  }
  return true;
}

struct slice flow_scheme(const struct flow *f) {
  struct slice all = slice_of(f->scheme_host);
  ptrdiff_t end = slice_find_byte(all, ':');
  return end < 0 ? slice_sub(all, 0, 0) : slice_sub(all, 0, (size_t)end);
}

struct slice flow_host(const struct flow *f) {
  struct slice all = slice_of(f->scheme_host);
  ptrdiff_t scheme = slice_find(all, SLICE("://"));
  if (scheme < 0)
    return slice_sub(all, 0, 0);
  struct slice host = slice_from(all, (size_t)scheme + 3);
  if (host.n && *host.p == '[')
    host = slice_from(host, 1);
  return slice_sub(host, 0, f->host_n);
}

static const struct http_head *request_head(const struct flow *f) {
  return flow_sent_head(&f->request);
}

static bool is_connect(const struct flow *f) {
  const struct http_head *head = request_head(f);
  return head->raw ? slice_eq(http_head_method(head), SLICE("CONNECT")) : f->kind == FLOW_TUNNEL;
}

/* A tunnel that no CONNECT asked for. */
static struct slice tunnel_method(const struct flow *f) {
  if (f->kind != FLOW_TUNNEL || !f->mode)
    return (struct slice){NULL, 0};
  if (slice_eq(slice_of(f->mode), SLICE("socks5")))
    return SLICE("SOCKS5");
  bool tls = slice_eq(slice_of(f->mode), SLICE("tls")) || slice_eq(slice_of(f->mode), SLICE("auto"));
  return tls ? SLICE("TLS") : SLICE("TCP");
}

struct slice flow_method(const struct flow *f) {
  const struct http_head *head = request_head(f);
  return head->raw ? http_head_method(head) : tunnel_method(f);
}

/* Splits an absolute-form target behind its authority, without judging it: the codec has done that. */
static bool split_absolute(struct slice target, struct slice *origin, struct slice *rest) {
  if (!target.n || *target.p == '/')
    return false;
  ptrdiff_t scheme = slice_find(target, SLICE("://"));
  if (scheme < 1)
    return false;
  size_t at = (size_t)scheme + 3;
  while (at < target.n && target.p[at] != '/' && target.p[at] != '?' && target.p[at] != '#')
    at++;
  *origin = slice_sub(target, 0, at);
  *rest = slice_from(target, at);
  return true;
}

struct slice flow_path(const struct flow *f) {
  const struct http_head *head = request_head(f);
  if (is_connect(f) || !head->raw)
    return (struct slice){NULL, 0};
  struct slice target = http_head_target(head), origin, rest;
  if (!split_absolute(target, &origin, &rest))
    return target;
  return rest.n ? rest : SLICE("/");
}

static void put_origin(const struct flow *f, struct slice target, struct buf *out) {
  struct slice origin, rest, host;
  if (f->scheme_host) {
    buf_add_text(out, f->scheme_host);
  } else if (split_absolute(target, &origin, &rest)) {
    buf_add_slice(out, origin);
  } else if (http_head_find(request_head(f), "host", &host) && host.n) {
    buf_add_text(out, "http://");
    buf_add_slice(out, host);
  }
}

static void put_tunnel(const struct flow *f, struct buf *out) {
  const struct http_head *head = request_head(f);
  if (head->raw) {
    buf_add_slice(out, http_head_target(head));
    return;
  }
  struct slice host = flow_host(f);
  bool ipv6 = slice_find_byte(host, ':') >= 0;
  buf_printf(out, "%s%.*s%s:%u", ipv6 ? "[" : "", (int)host.n, host.n ? host.p : "", ipv6 ? "]" : "", f->port);
}

void flow_url(const struct flow *f, struct buf *out) {
  if (is_connect(f)) {
    put_tunnel(f, out);
    return;
  }
  const struct http_head *head = request_head(f);
  put_origin(f, head->raw ? http_head_target(head) : (struct slice){NULL, 0}, out);
  struct slice path = flow_path(f);
  if (path.n && *path.p == '?')
    buf_add_byte(out, '/');
  if (!slice_eq(path, SLICE("*")))
    buf_add_slice(out, path);
}

/* ---- how it went ---- */

int flow_status(const struct flow *f) {
  const struct http_head *head = flow_sent_head(&f->response);
  return head->raw ? head->status : 0;
}

uint64_t flow_duration(const struct flow *f, uint64_t now) {
  uint64_t end = f->times.end ? f->times.end : now;
  return f->times.start && end > f->times.start ? end - f->times.start : 0;
}

bool flow_finished(const struct flow *f) {
  return f->state == FLOW_DONE || f->state == FLOW_FAILED;
}

bool flow_is_failure(const struct flow *f) {
  return f->state == FLOW_FAILED || flow_status(f) >= 400;
}

const char *flow_error_word(enum flow_error e) {
  static const char *const word[] = {
      [ERROR_NONE] = "",           [ERROR_NAME] = "dns",       [ERROR_REFUSED] = "refused",
      [ERROR_RESET] = "reset",     [ERROR_CLOSED] = "closed",  [ERROR_UNREACHABLE] = "unreach",
      [ERROR_TIMEOUT] = "timeout", [ERROR_PROTOCOL] = "proto", [ERROR_CLIENT] = "client",
      [ERROR_DROPPED] = "dropped", [ERROR_LOOP] = "loop",      [ERROR_LIMIT] = "limit",
      [ERROR_DENIED] = "denied",   [ERROR_PROXY] = "proxy",    [ERROR_TLS] = "tls",
      [ERROR_OTHER] = "error",
  };
  return (size_t)e < sizeof word / sizeof *word ? word[e] : "error";
}

const char *flow_stage_word(enum flow_stage s) {
  static const char *const word[] = {
      [STAGE_NONE] = "",         [STAGE_REQUEST] = "request", [STAGE_NAME] = "name",
      [STAGE_SEND] = "send",     [STAGE_CONNECT] = "connect", [STAGE_WAIT] = "wait",
      [STAGE_TLS] = "tls",       [STAGE_TUNNEL] = "tunnel",   [STAGE_RESPONSE] = "response",
      [STAGE_PAUSED] = "paused",
  };
  return (size_t)s < sizeof word / sizeof *word ? word[s] : "";
}

bool flow_edited(const struct flow *f) {
  const struct flow_edit *request = f->request.sent, *response = f->response.sent;
  return (request && !request->by_rule) || (response && !response->by_rule);
}

bool flow_unverified(const struct flow *f) {
  return f->server_tls && f->server_tls->insecure && !f->server_tls->verified;
}

bool flow_wants_h2(const struct flow *f) {
  const struct secure_facts *s = f->client_tls;
  struct slice rest = slice_of(s ? s->alpn_offered : NULL), name;
  if (s && slice_eq(slice_of(s->alpn), SLICE("h2")))
    return false;
  while (slice_split(&rest, ',', &name))
    if (slice_eq(slice_trim(name), SLICE("h2")))
      return true;
  return false;
}
