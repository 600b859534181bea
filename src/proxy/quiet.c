/*
 * TLS is up and nothing was asked in it yet. A client that looks at weir's certificate only when the handshake is over
 * (GnuTLS leaves that to the program) closes now, without a word; one that waits for the server to speak first waits in
 * vain, since weir asks a server only what a client asks. Neither may go without a row: until the first request the
 * CONNECT's own is kept for that.
 */
#include <stdio.h>
#include <stdlib.h>

#include "weir/base/mem.h"
#include "weir/tls/authority.h"
#include "weir/tls/stream.h"

#include "parts.h"

#define SHOWN_NS  (3 * CLOCK_S) /* who has asked nothing by then may be no HTTP client */
#define SUDDEN_NS (2 * CLOCK_S) /* who closes sooner saw something that it did not like */

static void quiet_timer(void *arg) {
  struct conn *c = arg;
  struct flow *f = c->origin->connect;
  /* A client that agreed to HTTP has opened the connection ahead of its need. */
  if (c->secure->alpn[0])
    return;
  unseen_show(c->proxy, f);
  if (!f->unrecorded)
    store_touch(c->proxy->store, f, FLOW_CHANGED_STATE);
}

void quiet_begin(struct conn *c, struct flow *f) {
  struct origin *o = c->origin;
  o->connect = f;
  o->quiet.fn = quiet_timer;
  o->quiet.arg = c;
  o->since = loop_now(c->proxy->loop);
  f->live = c;
  if (!c->secure) { /* a request has begun */
    o->heard = true;
    return;
  }
  f->quiet = true;
  f->client_tls = secure_facts_ref(c->secure);
  f->times.tls_ns = c->secure->handshake_ns;
  loop_timer_arm(c->proxy->loop, &o->quiet, SHOWN_NS);
}

void quiet_heard(struct conn *c) {
  struct origin *o = c->origin;
  if (o->heard)
    return;
  o->heard = true;
  loop_timer_cancel(c->proxy->loop, &o->quiet);
  if (c->secure)
    secure_accepted(c->proxy, &c->peer, c->process);
}

uint64_t quiet_forget(struct conn *c) {
  struct origin *o = c->origin;
  struct flow *f = o->connect;
  if (!f)
    return 0;
  uint64_t number = f->id;
  o->connect = NULL;
  loop_timer_cancel(c->proxy->loop, &o->quiet);
  f->live = NULL;
  f->state = FLOW_DONE;
  if (number)
    store_withdraw(c->proxy->store, f);
  else
    unseen_drop(c->proxy, f);
  return number;
}

/* ---- the end, and nothing was asked ---- */

static void quiet_fail(struct conn *c, struct failure why, const char *text) {
  struct origin *o = c->origin;
  struct flow *f = o->connect;
  o->connect = NULL;
  loop_timer_cancel(c->proxy->loop, &o->quiet);
  f->live = NULL;
  fail_flow(c->proxy, f, why, text);
}

/* The same client with the same host for the second time: the cure that needs nothing of the client is offered too. */
static void quiet_rejected(struct conn *c, const struct tls_result *r) {
  struct buf sentence = BUF_INIT;
  buf_add_text(&sentence, r->text);
  secure_add_rejection(c->proxy, c->origin->connect, &sentence);
  fail_secure(c->origin->connect, r);
  quiet_fail(c, (struct failure){STAGE_TLS, ERROR_TLS, r->alert, 0}, buf_text(&sentence));
  buf_clear(&sentence);
}

/* It may be another protocol than HTTP. */
static void quiet_silent(struct conn *c, enum flow_error error, const char *text) {
  struct flow *f = c->origin->connect;
  struct buf cure = BUF_INIT;
  buf_add_text(&cure, "--passthrough ");
  buf_add_slice(&cure, flow_host(f));
  free(f->error_cure);
  f->error_cure = buf_take(&cure);
  quiet_fail(c, (struct failure){STAGE_TUNNEL, error, 0, 0}, text);
}

/* It has taken the certificate; what it sent then was no TLS, or was changed on its way. */
static void quiet_broken(struct conn *c, const struct tls_result *r) {
  fail_secure(c->origin->connect, r);
  quiet_fail(c, (struct failure){STAGE_TLS, ERROR_TLS, 0, 0}, r->text);
}

/* What a health check does, or openssl s_client without input: it took the certificate, and said close_notify. So does a
 * libcurl with GnuTLS that did not take it (git), but that agrees on HTTP (ALPN) first. */
static bool quiet_checked(const struct conn *c) {
  return tls_stream_closed(c->stream) && !c->secure->alpn[0] && !c->secure->resumed;
}

static void quiet_close(struct conn *c) {
  struct proxy *p = c->proxy;
  struct flow *f = c->origin->connect;
  c->origin->connect = NULL;
  loop_timer_cancel(p->loop, &c->origin->quiet);
  f->live = NULL;
  f->state = FLOW_DONE;
  f->times.end = loop_now(p->loop);
  if (f->unrecorded) {
    flow_free(f);
    return;
  }
  unseen_show(p, f);
  store_touch(p->store, f, FLOW_CHANGED_STATE);
}

static void quiet_left(struct conn *c, bool reset) {
  const struct origin *o = c->origin;
  struct tls_result r = {.problem = TLS_OK};
  bool sudden = loop_now(c->proxy->loop) - o->since < SUDDEN_NS && !c->secure->resumed;
  tls_stream_result(c->stream, &r);
  if (r.alert && r.text) {
    quiet_rejected(c, &r);
  } else if (r.text && (r.problem == TLS_OTHER || r.problem == TLS_NOT_TLS)) {
    quiet_broken(c, &r);
  } else if (sudden && quiet_checked(c)) {
    quiet_close(c);
  } else if (sudden) {
    char install[INVOCATION_TEXT], cure[INVOCATION_TEXT + 24];
    snprintf(cure, sizeof cure, "trust it: F8, or %s",
             authority_command(c->proxy->authority, "ca install", install, sizeof install));
    r = (struct tls_result){.problem = TLS_CLIENT_LEFT, .cure = cure};
    r.text = reset ? "the client reset the connection after the handshake without asking for anything: it may not "
                     "accept weir's certificate"
                   : "the client closed after the handshake without asking for anything: it may not accept weir's "
                     "certificate";
    quiet_rejected(c, &r);
  } else if (c->secure->alpn[0] || c->secure->resumed) {
    quiet_forget(c); /* opened ahead of a need that did not come */
  } else {
    quiet_silent(c, ERROR_CLIENT, "the client closed without asking for anything");
  }
}

void quiet_end(struct conn *c, bool reset) {
  const struct origin *o = c->origin;
  const struct proxy *p = c->proxy;
  if (!o || !o->connect)
    return;
  if (p->closing && !o->connect->id)
    quiet_forget(c);
  else if (p->closing)
    quiet_fail(c, (struct failure){STAGE_TUNNEL, ERROR_DROPPED, 0, 0}, "weir ended");
  else if (o->heard)
    quiet_fail(c, (struct failure){STAGE_REQUEST, ERROR_CLIENT, 0, 0},
               "the client left in the middle of its first request");
  else if (c->gone)
    quiet_left(c, reset);
  else if (c->secure->alpn[0])
    quiet_forget(c);
  else
    quiet_silent(c, ERROR_TIMEOUT, "no request came after the handshake");
}

bool quiet_is(const struct proxy *p, const struct flow *f) {
  for (const struct link *l = p->conns; l; l = l->next)
    if ((const void *)PART_OF(l, struct conn) == f->live)
      return true;
  return false;
}

void quiet_abort(struct flow *f) {
  struct conn *c = f->live;
  quiet_fail(c, (struct failure){STAGE_TUNNEL, ERROR_DROPPED, 0, 0}, "ended by hand");
  conn_close(c, true);
}
