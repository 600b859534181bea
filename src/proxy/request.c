/* The request side of an exchange: from its head to where it goes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"

#include "parts.h"

/* A CONNECT that is looked into has no number yet: its requests will have rows of their own. */
static struct flow *new_flow(struct conn *c, const struct http_head *head) {
  struct proxy *p = c->proxy;
  bool inside = c->origin, connect = slice_eq(http_head_method(head), SLICE("CONNECT"));
  uint64_t number = inside ? quiet_forget(c) : 0;
  if (!p->recording || (connect && !inside && secure_on(p)))
    return flow_new();
  return store_add_as(p->store, number);
}

static struct flow *exchange_flow(struct conn *c, struct http_head *head) {
  struct proxy *p = c->proxy;
  struct flow *f = new_flow(c, head);
  f->unrecorded = !p->recording;
  f->client = c->peer;
  f->mode = c->word;
  f->listener = c->listener;
  f->wall_us = clock_wall();
  f->times.start = c->first_byte;
  f->state = FLOW_REQUEST_ARRIVING;
  f->request.head = *head;
  memset(head, 0, sizeof *head);
  client_of_flow(c, f);
  return f;
}

/* A number in any spelling becomes the address that it is: for the list, the pool, names in certificates, and not to
 * connect to weir itself. False: it is none. */
static bool plain_host(const struct url *url, char text[ADDRESS_TEXT], struct slice *host, struct err *err) {
  struct address a;
  *host = url->host;
  if (slice_find_byte(url->host, ':') >= 0 || !address_is_number(url->host))
    return true;
  if (!address_parse_number(url->host, 0, &a))
    return err_set(err, "\"%.*s\" ends in a number, as no name does, and is no IPv4 address", (int)url->host.n,
                   url->host.p);
  *host = slice_of(address_host(&a, text, ADDRESS_TEXT));
  return true;
}

static bool exchange_aim(struct exchange *x, const char *scheme, const struct url *url, struct err *err) {
  char text[ADDRESS_TEXT];
  struct slice host;
  if (!plain_host(url, text, &host, err))
    return false;
  flow_set_target(x->flow, scheme, host, url->port);
  exchange_set_host(x, host);
  x->port = url->port;
  return true;
}

void exchange_aim_at_address(struct exchange *x, const struct address *a) {
  char text[ADDRESS_TEXT];
  x->flow->aimed = *a;
  x->port = a->port;
  exchange_set_host(x, slice_of(address_host(a, text, sizeof text)));
}

static bool exchange_aim_at(struct exchange *x, const struct url *url, struct err *err) {
  x->secure = url_scheme_is(url, "https") && secure_on(x->proxy);
  if (!url_scheme_is(url, "http") && !x->secure)
    return err_set(err, "%.*s:// cannot be asked for here: only http://", (int)url->scheme.n, url->scheme.p);
  if (url->has_userinfo)
    return err_set(err, "a user name in the address is not allowed (RFC 9110-4.2.4): use an Authorization field");
  if (x->sni &&
      (!x->host || !slice_eq_ascii(x->flow->aimed.family ? flow_host(x->flow) : slice_of(x->host), url->host))) {
    free(x->sni); /* it was another host's */
    x->sni = NULL;
  }
  struct address aimed = x->flow->aimed;
  bool same = aimed.family && aimed.port == url->port && slice_eq_ascii(flow_host(x->flow), url->host);
  if (!exchange_aim(x, x->secure ? "https" : "http", url, err))
    return false;
  if (same)
    exchange_aim_at_address(x, &aimed);
  else
    x->flow->aimed.family = 0;
  return true;
}

bool exchange_retarget(struct exchange *x, const struct http_head *head, struct err *err) {
  struct url url;
  struct slice target = http_head_target(head);
  if (x->host && target.n && (target.p[0] == '/' || target.p[0] == '*'))
    return true; /* inside a tunnel: where that leads stays */
  flow_keep_target(x->flow);
  return url_parse(http_head_target(head), &url, err) && exchange_aim_at(x, &url, err);
}

static void refuse(struct exchange *x, int status, const char *text) {
  exchange_fail(x, (struct failure){STAGE_REQUEST, ERROR_PROTOCOL, 0, status}, "%s", text);
}

void exchange_took_request(struct exchange *x) {
  if (x->request.in.kind != HTTP_BODY_NONE || x->request.complete)
    return;
  x->request.complete = true;
  x->flow->request.body.complete = true;
  x->flow->times.request_end = loop_now(x->proxy->loop);
}

/* Not from within the codec: what stands behind the CONNECT has to reach the queue first. */
static void open_own_tunnel(void *arg) {
  struct exchange *x = arg;
  struct buf answer = BUF_INIT;
  front_accept(x->conn, NULL, &answer);
  exchange_open_tunnel(x, NULL, buf_slice(&answer), (struct slice){NULL, 0});
  buf_clear(&answer);
}

static void begin_tunnel(struct exchange *x) {
  struct flow *f = x->flow;
  f->kind = FLOW_TUNNEL;
  x->tunnel = true;
  unseen_watch(x->proxy);
  x->keep_alive = false; /* nothing behind a CONNECT is read as HTTP, accepted or not */
  x->request.complete = true;
  x->request.state = LANE_DONE;
  f->request.body.complete = true;
  f->times.request_end = loop_now(x->proxy->loop);
  f->state = FLOW_WAITING;
}

/* A tunnel whose way goes by the process waits until that is known. */
void exchange_open_way(struct exchange *x) {
  const struct proxy *p = x->proxy;
  bool wanted = ways_want_process(p->ways) || rules_want_process(p->rules);
  bool waits = wanted && !x->flow->process && client_waits(x->conn);
  x->request.state = waits ? LANE_ASKED : LANE_DONE;
  if (waits || !tunnel_asks(x))
    return;
  exchange_choose_way(x);
  exchange_connect(x);
}

static void aim_tunnel(struct exchange *x, const struct url *url) {
  struct err err;
  if (!exchange_aim(x, "https", url, &err)) {
    refuse(x, 400, err.text);
    return;
  }
  if (secure_on(x->proxy) && slice_eq_ascii(url->host, SLICE("weir.internal"))) {
    x->dial_task.fn = open_own_tunnel;
    x->dial_task.arg = x;
    loop_defer(x->proxy->loop, &x->dial_task);
    return;
  }
  if (page_is_own_target(x->proxy, url)) {
    exchange_fail(x, (struct failure){STAGE_CONNECT, ERROR_LOOP, ELOOP, 508},
                  "%s:%u is weir itself: a tunnel to it would loop", x->host, x->port);
    return;
  }
  exchange_touch(x, FLOW_CHANGED_HEAD);
  exchange_open_way(x);
}

static void fail_round(struct exchange *x) {
  exchange_fail(x, (struct failure){STAGE_REQUEST, ERROR_LOOP, ELOOP, 508},
                "this request has been here before: two proxies send it to each other");
}

static void exchange_start_tunnel(struct exchange *x, struct http_framing framing) {
  struct flow *f = x->flow;
  struct url url;
  struct err err;
  begin_tunnel(x);
  if (!url_parse_authority(http_head_target(&f->request.head), &url, &err)) {
    refuse(x, 400, err.text);
    return;
  }
  if (http_via_has(&f->request.head, x->proxy->loop_token)) {
    flow_set_target(f, "https", url.host, url.port);
    fail_round(x);
    return;
  }
  if (framing.kind == HTTP_BODY_CHUNKED || (framing.kind == HTTP_BODY_LENGTH && framing.length)) {
    refuse(x, 400, "CONNECT with a body is ambiguous (RFC 9110-9.3.6)");
    return;
  }
  aim_tunnel(x, &url);
}

void exchange_start_front(struct conn *c, struct slice host, uint16_t port) {
  struct proxy *p = c->proxy;
  bool stream = c->mode && (c->mode->kind == MODE_TCP || c->mode->kind == MODE_TLS);
  struct flow *f = p->recording && (stream || !secure_on(p)) ? store_add_as(p->store, 0) : flow_new();
  f->unrecorded = !p->recording;
  f->client = c->peer;
  f->mode = c->word;
  f->listener = c->listener;
  f->request.stream = f->response.stream = stream;
  f->wall_us = clock_wall();
  f->times.start = c->first_byte ? c->first_byte : loop_now(p->loop);
  client_of_flow(c, f);
  struct exchange *x = exchange_new(p, f);
  struct buf text = BUF_INIT;
  struct url url;
  struct err err;
  struct address a;
  x->conn = c;
  c->exchange = x;
  if (c->eof)
    x->gone_at = x->since;
  begin_tunnel(x);
  bool six = address_parse(host, port, &a) && a.family == 6;
  buf_printf(&text, "%s%.*s%s:%u", six ? "[" : "", (int)host.n, host.p, six ? "]" : "", port);
  if (url_parse_authority(buf_slice(&text), &url, &err)) {
    aim_tunnel(x, &url);
  } else {
    flow_set_target(f, "https", host, port);
    refuse(x, 400, err.text);
  }
  buf_clear(&text);
}

/* A via option names loops that come back through other proxies: our own token in a request is one. */
static bool came_round(const struct exchange *x) {
  const struct proxy *p = x->proxy;
  return p->config.via && http_via_has(&x->flow->request.head, p->loop_token);
}

/* It goes to the address, and is told by the name that the client has for that. */
static bool exchange_name(struct exchange *x, struct err *err) {
  const struct origin *o = x->conn->origin;
  struct slice value;
  struct url said = {.host = slice_of(o->sni)};
  if (!o->sni && http_head_find(&x->flow->request.head, "Host", &value) && !url_parse_host(value, true, &said, err))
    return false;
  if (said.host.n) {
    address_parse(slice_of(x->host), o->port, &x->flow->aimed);
    flow_set_target(x->flow, o->scheme, said.host, o->port);
  }
  return true;
}

/* A request inside a tunnel goes where the CONNECT went, whatever it says itself (CWE-918). */
static bool exchange_aim_inside(struct exchange *x, struct err *err) {
  const struct origin *o = x->conn->origin;
  struct slice target = http_head_target(&x->flow->request.head);
  struct url url = {.scheme = slice_of(o->scheme), .host = slice_of(o->host), .port = o->port};
  if (reverse_is(x->conn->mode)) {
    if (!reverse_aim(x, &url, err))
      return false;
    x->url = url;
    return exchange_aim(x, x->secure ? "https" : "http", &url, err);
  }
  bool origin_form = target.n && (target.p[0] == '/' || target.p[0] == '*');
  if (!origin_form) {
    struct url said;
    if (!url_parse(target, &said, err))
      return false;
    if (!slice_eq_ascii(said.host, url.host) || said.port != url.port || !url_scheme_is(&said, o->scheme))
      return err_set(err, "a request inside a tunnel to %s cannot be for another server", o->host);
    x->url = said;
  } else {
    url.target = slice_eq(target, SLICE("*")) ? (struct slice){NULL, 0} : target;
    x->url = url;
  }
  x->secure = !strcmp(o->scheme, "https");
  x->sni = mem_dup(o->sni);
  return exchange_aim(x, o->scheme, &url, err) && (!o->by_address || exchange_name(x, err));
}

static void exchange_start_inside(struct exchange *x) {
  const struct http_head *h = &x->flow->request.head;
  struct err err;
  x->flow->client_tls = secure_facts_ref(x->conn->secure);
  if (slice_eq(http_head_method(h), SLICE("CONNECT"))) {
    refuse(x, 400,
           reverse_is(x->conn->mode) ? "this listener stands in a server's place: it is no proxy"
                                     : "CONNECT inside a tunnel");
  } else if (!exchange_aim_inside(x, &err)) {
    refuse(x, 421, err.text);
  } else if (x->server && page_is_own_target(x->proxy, &x->url)) {
    exchange_fail(x, (struct failure){STAGE_CONNECT, ERROR_LOOP, ELOOP, 508},
                  "%s:%u is weir itself: asking it would loop", x->host, x->port);
  } else if (page_is_own_target(x->proxy, &x->url)) {
    page_answer(x, &x->url);
  } else if (x->secure && !secure_on(x->proxy)) {
    exchange_fail(x, (struct failure){STAGE_TLS, ERROR_OTHER, 0, 502},
                  "TLS is not spoken in this run (--no-tls), and the server wants it");
  } else if (http_max_forwards(h) == 0) {
    page_trace(x);
  } else {
    if (x->server)
      reverse_name(x, NULL);
    exchange_touch(x, FLOW_CHANGED_HEAD);
    lane_start(x, FLOW_REQUEST);
  }
}

/* To a proxy: the request itself says where it goes. */
static void exchange_start_plain(struct exchange *x) {
  const struct http_head *h = &x->flow->request.head;
  struct slice target = http_head_target(h);
  struct url url = {.host = SLICE("weir")};
  struct err err;
  if (target.n && (target.p[0] == '/' || target.p[0] == '*')) {
    page_answer(x, NULL);
    return;
  }
  if (!url_parse(target, &url, &err)) {
    refuse(x, 400, err.text);
    return;
  }
  if (url_scheme_is(&url, "https") && !secure_on(x->proxy)) {
    refuse(x, 501,
           "https:// has to be asked for with CONNECT, not in the clear: this client's proxy setting for https is off");
    return;
  }
  if (!exchange_aim_at(x, &url, &err)) {
    refuse(x, url_scheme_is(&url, "http") ? 400 : 501, err.text);
    return;
  }
  if (came_round(x)) {
    fail_round(x);
    return;
  }
  if (page_is_own_target(x->proxy, &url)) {
    const char *mode = page_stands_for(x->proxy, &url);
    if (mode)
      exchange_fail(x, (struct failure){STAGE_REQUEST, ERROR_LOOP, ELOOP, 508},
                    "%.*s:%u is weir's own listener (%s): ask that without a proxy, or the server behind it by way of "
                    "this one",
                    (int)url.host.n, url.host.p, url.port, mode);
    else
      page_answer(x, &url);
    return;
  }
  if (http_max_forwards(h) == 0) {
    page_trace(x);
    return;
  }
  x->url = url;
  exchange_touch(x, FLOW_CHANGED_HEAD);
  lane_start(x, FLOW_REQUEST);
}

void exchange_start(struct conn *c, struct http_head *head, struct http_framing framing) {
  struct proxy *p = c->proxy;
  if (!gate_lets(c, head))
    return;
  struct exchange *x = exchange_new(p, exchange_flow(c, head));
  struct flow *f = x->flow;
  const struct http_head *h = &f->request.head;
  x->conn = c;
  c->exchange = x;
  x->client_minor = h->minor;
  x->keep_alive = h->minor >= 1 && http_keeps_alive(h);
  x->head_only = slice_eq(http_head_method(h), SLICE("HEAD"));
  x->request.in = framing;
  if (c->eof)
    x->gone_at = x->since;

  if (c->origin) {
    exchange_start_inside(x);
    return;
  }
  if (slice_eq(http_head_method(h), SLICE("CONNECT"))) {
    http_codec_detach(c->codec);
    exchange_start_tunnel(x, framing);
    return;
  }
  exchange_start_plain(x);
}

void exchange_request_event(struct exchange *x, struct http_event *e) {
  struct flow *f = x->flow;
  switch (e->type) {
  case HTTP_EVENT_DATA:
    lane_data(x, FLOW_REQUEST, e->data);
    break;
  case HTTP_EVENT_TRAILERS:
    free(f->request.trailers);
    f->request.trailers = mem_dup_n(e->data.p, e->data.n);
    f->request.trailers_n = (uint32_t)e->data.n;
    break;
  case HTTP_EVENT_END:
    f->times.request_end = loop_now(x->proxy->loop);
    if (f->state == FLOW_REQUEST_ARRIVING)
      f->state = FLOW_WAITING;
    lane_end(x, FLOW_REQUEST);
    if (!x->done)
      exchange_touch(x, FLOW_CHANGED_STATE);
    break;
  case HTTP_EVENT_ERROR:
    exchange_fail(x, (struct failure){STAGE_REQUEST, ERROR_PROTOCOL, 0, e->fault->status}, "%s", e->fault->err.text);
    break;
  case HTTP_EVENT_HEAD:
  case HTTP_EVENT_INFO:
    break;
  }
}
