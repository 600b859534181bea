/* How things go wrong: every failure is data on the flow, a sentence for the person and a clear answer for the client.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/log.h"
#include "weir/base/mem.h"
#include "weir/base/text.h"
#include "weir/http/encode.h"
#include "weir/tls/stream.h"

#include "parts.h"

enum flow_error fail_error_of(int os_error) {
  switch (os_error) {
  case ECONNRESET:
  case EPIPE:
    return ERROR_RESET;
  case ECONNREFUSED:
    return ERROR_REFUSED;
  case EPROTO: /* TLS that ended without saying so */
    return ERROR_CLOSED;
  case ETIMEDOUT:
    return ERROR_TIMEOUT;
  case EHOSTUNREACH:
  case ENETUNREACH:
    return ERROR_UNREACHABLE;
  default:
    return ERROR_OTHER;
  }
}

static void error_response(struct conn *c, int status, const char *text, const char *cure, bool head_only, bool close) {
  struct buf body = BUF_INIT, out = BUF_INIT;
  buf_add_text(&body, "weir: ");
  text_safe(&body, slice_of(text), TEXT_PLAIN);
  if (cure) {
    buf_add_text(&body, "\nWhat to do: ");
    text_safe(&body, slice_of(cure), TEXT_PLAIN);
  }
  buf_add_byte(&body, '\n');
  http_simple_response(&out, status, "text/plain; charset=utf-8", SLICE("X-Content-Type-Options: nosniff\r\n"),
                       buf_slice(&body), head_only, close);
  queue_add(&c->out, out.p, out.n);
  buf_clear(&body);
  buf_clear(&out);
}

static void flow_fail(struct flow *f, struct failure why, const char *text, uint64_t now) {
  f->state = FLOW_FAILED;
  f->stage = why.stage;
  f->error = why.error;
  f->os_error = why.os_error;
  free(f->error_text);
  f->error_text = mem_dup(text);
  if (f->paused != FLOW_RUNNING) {
    f->paused = FLOW_RUNNING;
    f->times.paused_ns += now - f->times.paused_since;
    f->times.paused_since = 0;
  }
}

void fail_secure(struct flow *f, const struct tls_result *r) {
  f->error_kind = tls_problem_word(r->problem);
  free(f->error_cure);
  f->error_cure = mem_dup(r->cure);
}

void fail_flow(struct proxy *p, struct flow *f, struct failure why, const char *text) {
  uint64_t now = loop_clock(p->loop); /* a failed handshake took its time within this turn */
  flow_fail(f, why, text, now);
  f->times.end = now;
  if (f->unrecorded) {
    flow_free(f);
    return;
  }
  unseen_show(p, f);
  log_write(LOG_WARN, why.error == ERROR_TLS ? "tls" : "proxy", f->id, f->error_cure, "%s", text);
  store_touch(p->store, f, FLOW_CHANGED_STATE);
}

#define INVALID_MAX (64 * 1024)

/* What is no HTTP stands as a body without a head: flow_invalid(). */
static void keep_invalid(struct flow_message *m, struct slice raw) {
  if (raw.n)
    body_add(&m->body, raw.p, raw.n, INVALID_MAX, raw.n < INVALID_MAX ? raw.n : INVALID_MAX);
}

void exchange_keep_invalid(struct exchange *x, struct slice raw) {
  struct flow_message *m = &x->flow->response;
  if (m->head.raw || m->body.seen || x->flow->unrecorded)
    return;
  keep_invalid(m, raw);
  if (raw.n)
    x->flow->times.first_byte = loop_now(x->proxy->loop);
}

static void fail_now(struct exchange *x, struct failure why, const char *text) {
  if (x->answered && x->conn && why.status > 0)
    reshape_cut(x, FLOW_RESPONSE);
  exchange_took_request(x);
  flow_fail(x->flow, why, text, loop_now(x->proxy->loop));
  unseen_show(x->proxy, x->flow);
  if (!x->flow->unrecorded && why.error != ERROR_CLIENT)
    log_write(LOG_WARN, why.error == ERROR_TLS ? "tls" : "proxy", x->flow->id, x->flow->error_cure, "%s", text);
  struct conn *c = x->conn;
  if (!c) {
    exchange_end(x);
    return;
  }
  if (x->answered || why.status <= 0) {
    /* The client must see that something is missing: an answer that lasts until the connection closes would
     * look complete after an orderly close. */
    x->keep_alive = false;
    bool lasts = x->answered && x->response.out.kind == HTTP_BODY_CLOSE && why.status != FAIL_IN_ORDER;
    c->cut = c->cut || lasts || !why.status;
  } else if (c->front) {
    x->keep_alive = false;
    front_refuse(c, why);
  } else {
    bool close = !(x->keep_alive && x->request.complete && !x->proxy->closing);
    x->keep_alive = !close;
    error_response(c, why.status, text, x->flow->error_cure, x->head_only, close);
  }
  exchange_end(x);
}

void exchange_fail(struct exchange *x, struct failure why, const char *format, ...) {
  if (x->done || exchange_rest_over(x))
    return;
  if (x->up && http_codec_in_head(x->up->codec))
    exchange_keep_invalid(x, http_codec_head_part(x->up->codec));
  char text[400];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  if (absent_open(x, why, text))
    return;
  struct buf all = BUF_INIT;
  static const char server[] = "the server ";
  if (x->to_proxy && x->up && x->way && strncmp(text, server, sizeof server - 1) == 0) {
    buf_printf(&all, "the upstream proxy %s %s", x->way->text, text + sizeof server - 1);
  } else if (x->gave_up.n && why.status >= 502 && !x->answered) {
    buf_printf(&all, "none of the servers answered: %s; ", buf_text(&x->gave_up));
    reverse_put_failure(x->host, x->port, text, &all);
  } else {
    buf_add_text(&all, text);
  }
  fail_now(x, why, buf_text(&all));
  buf_clear(&all);
}

/* Who came to the wrong port is told which one is right, instead of what a request would look like. */
static void name_wrong_port(const struct conn *c, struct slice raw, struct http_fault *fault) {
  bool reverse = reverse_is(c->mode);
  if (fault->status != 400 || c->front || c->secure || (c->origin && !reverse) || !raw.n ||
      (raw.p[0] != 4 && raw.p[0] != 5))
    return;
  err_set(&fault->err, "the client speaks SOCKS%c to a port for HTTP; %s", '0' + raw.p[0],
          reverse ? "SOCKS has a port of its own: --mode socks5@PORT" : "a listener of --mode auto takes both");
}

/* No request came of it, but the person should see what was refused and why. */
void conn_refuse(struct conn *c, const struct http_fault *given, struct slice raw) {
  struct http_fault named = *given;
  const struct http_fault *fault = &named;
  name_wrong_port(c, raw, &named);
  struct proxy *p = c->proxy;
  const struct origin *o = c->origin;
  uint64_t now = loop_now(p->loop), number = o ? quiet_forget(c) : 0;
  bool denied = fault->status == 407;
  if (p->recording && !(denied && gate_counts(p, &c->peer, fault->err.text, (struct slice){NULL, 0}))) {
    struct flow *f = store_add_as(p->store, number);
    if (o)
      flow_set_target(f, o->scheme, slice_of(o->by_address && o->sni ? o->sni : o->host), o->port);
    f->client_tls = secure_facts_ref(c->secure);
    f->client = c->peer;
    f->mode = c->word;
    f->listener = c->listener;
    client_of_flow(c, f);
    f->wall_us = clock_wall();
    f->times.start = c->first_byte ? c->first_byte : now;
    f->times.end = now;
    f->request.wire = c->wire > raw.n ? c->wire : raw.n;
    keep_invalid(&f->request, raw);
    body_seal(&f->request.body);
    enum flow_error error = fault->status == 408   ? ERROR_TIMEOUT
                            : fault->status == 508 ? ERROR_LOOP
                            : denied               ? ERROR_DENIED
                                                   : ERROR_PROTOCOL;
    if (denied)
      gate_remember(p, f, fault->err.text);
    flow_fail(f, (struct failure){STAGE_REQUEST, error, 0, fault->status}, fault->err.text, now);
    store_touch(p->store, f, FLOW_CHANGED_STATE | FLOW_CHANGED_BODY);
    log_write(LOG_WARN, "proxy", f->id, NULL, "refused a request: %s", fault->err.text);
  }
  if (!c->front)
    error_response(c, fault->status, fault->err.text, NULL, false, true);
  conn_finish(c, false);
}
