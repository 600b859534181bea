/* TLS as a stream: the handshake in steps, then bytes both ways; at the end close_notify, also when it has to wait. */
#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>

#include "facts.h"
#include "parts.h"
#include "weir/base/clock.h"
#include "weir/base/mem.h"

#define SEND_MOST ((size_t)256 << 10) /* encrypted in one call at most */
#define LINGER_NS (10 * CLOCK_S)      /* without progress, for what the peer has not taken when the user has left */

static const struct stream_ops tls_ops;

static struct tls_stream *tls_of(struct stream *s) {
  return (struct tls_stream *)(void *)s;
}

struct tls_stream *tls_stream_of(SSL *ssl) {
  return SSL_get_app_data(ssl);
}

/* ---- the ready list: what select() cannot see ---- */

static bool has_news(const struct tls_stream *t) {
  return t->more || t->ended || t->cut || t->state == TLS_FAILED || t->wire.out_error;
}

static void wake(struct tls_stream *t) {
  if (t->freed)
    return;
  if (has_news(t))
    loop_defer(t->tls->loop, &t->task);
  else if (t->state == TLS_OPEN)
    loop_task_cancel(t->tls->loop, &t->task);
}

/* While something waits inside, nothing is asked of the stream below; what waits to go out has to be asked for. Nobody
 * else would do it: this may be outside of any callback of ours. */
static void touch_below(struct tls_stream *t, bool changed) {
  if (changed || queue_size(&t->wire.out) > 0)
    stream_touch(t->below);
}

static void set_more(struct tls_stream *t, bool more) {
  bool drained = t->more && !more;
  t->more = more;
  wake(t);
  touch_below(t, drained);
}

static unsigned user_wants(const struct tls_stream *t) {
  return t->base.user.want ? t->base.user.want(t->base.user.arg) : 0;
}

static void tell(struct tls_stream *t, unsigned events) {
  if (events && t->base.user.ready)
    t->base.user.ready(t->base.user.arg, events); /* may free the stream */
}

static unsigned news_events(const struct tls_stream *t) {
  unsigned wants = user_wants(t), events = 0;
  bool failed = t->state == TLS_FAILED;
  if ((wants & STREAM_READ) && (t->more || t->ended || t->cut || failed))
    events |= STREAM_READ;
  if ((wants & STREAM_WRITE) && (t->wire.out_error || failed))
    events |= STREAM_WRITE;
  return events;
}

/* ---- the handshake ---- */

static void report(struct tls_stream *t) {
  tls_done_fn *done = t->done;
  t->done = NULL;
  loop_timer_cancel(t->tls->loop, &t->timer);
  if (done)
    done(t->done_arg, &t->result); /* may free the stream */
}

static void fail(struct tls_stream *t, int error) {
  bool in_handshake = t->state == TLS_HANDSHAKE;
  t->state = TLS_FAILED;
  t->base.error = error;
  if (in_handshake)
    t->facts->handshake_ns = loop_clock(t->tls->loop) - t->started;
  stream_touch(t->below);
  wake(t);
  if (in_handshake)
    report(t);
}

static void fail_by(struct tls_stream *t, int ssl_error) {
  verdict_failure(t, ssl_error);
  ERR_clear_error();
  fail(t, t->wire.in_error ? t->wire.in_error : EPROTO);
}

static void take_facts(struct tls_stream *t) {
  struct secure_facts *f = t->facts;
  f->handshake_ns = loop_clock(t->tls->loop) - t->started;
  facts_set_agreed(f, t->ssl);
  if (t->server)
    return; /* what was presented is there since the hello */
  if (f->certificates == 0)
    facts_set_chain(f, SSL_get_peer_cert_chain(t->ssl));
  f->verified = !f->problem && SSL_get_verify_result(t->ssl) == X509_V_OK;
}

static void opened(struct tls_stream *t) {
  take_facts(t);
  t->state = TLS_OPEN;
  set_more(t, SSL_has_pending(t->ssl) || queue_size(&t->wire.first) > 0);
  stream_touch(t->below);
  report(t);
}

static void step(struct tls_stream *t) {
  t->wire.budget = WIRE_READ_BUDGET;
  ERR_clear_error();
  int code = SSL_do_handshake(t->ssl);
  int why = code == 1 ? SSL_ERROR_NONE : SSL_get_error(t->ssl, code);
  if (why == SSL_ERROR_NONE) {
    opened(t);
    return;
  }
  if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) {
    fail_by(t, why);
    return;
  }
  t->step_wants = why == SSL_ERROR_WANT_READ ? STREAM_READ : STREAM_WRITE;
  if (t->wire.budget == 0)
    loop_defer(t->tls->loop, &t->task);
  stream_touch(t->below);
}

static void timed_out(void *arg) {
  struct tls_stream *t = arg;
  verdict_timeout(t);
  fail(t, ETIMEDOUT);
}

/* ---- what the loop and the stream below say ---- */

static void run(void *arg) {
  struct tls_stream *t = arg;
  if (t->state == TLS_HANDSHAKE) {
    step(t);
    return;
  }
  unsigned events = news_events(t);
  if (!events)
    return;
  tell(t, events);
  /* Level-triggered like select(): told again as long as it is wanted and there. */
  wake(t);
}

static unsigned below_want(void *arg) {
  const struct tls_stream *t = arg;
  unsigned wants = queue_size(&t->wire.out) > 0 ? STREAM_WRITE : 0;
  if (t->freed || t->state == TLS_FAILED)
    return wants;
  if (t->state == TLS_HANDSHAKE)
    return wants | t->step_wants;
  unsigned user = user_wants(t);
  if ((user & STREAM_READ) && !t->ended && !t->cut && !t->more)
    wants |= t->read_wants_write ? STREAM_WRITE : STREAM_READ;
  if ((user & STREAM_WRITE) && !t->wire.out_error)
    wants |= t->write_wants_read ? STREAM_READ : STREAM_WRITE;
  return wants ? wants : user & STREAM_HUP;
}

/* Our direction ends below when close_notify has gone. */
static void shut_below(struct tls_stream *t) {
  if (!t->sent_close || t->below_shut || queue_size(&t->wire.out) > 0)
    return;
  t->below_shut = true;
  if (!t->wire.out_error)
    stream_shutdown(t->below);
}

static void linger_ready(struct tls_stream *t) {
  size_t before = queue_size(&t->wire.out);
  if (wire_flush(t))
    tls_stream_linger_end(t, t->wire.out_error != 0);
  else if (queue_size(&t->wire.out) < before)
    loop_timer_arm(t->tls->loop, &t->timer, LINGER_NS);
}

static void below_ready(void *arg, unsigned events) {
  struct tls_stream *t = arg;
  if (t->freed) {
    linger_ready(t);
    return;
  }
  if (queue_size(&t->wire.out) > 0 && wire_flush(t)) {
    shut_below(t);
    wake(t);
  }
  if (t->state == TLS_HANDSHAKE) {
    step(t);
    return;
  }
  unsigned wants = user_wants(t), up = news_events(t);
  /* Either may be what the other waited for: whoever is told in vain finds IO_AGAIN. */
  if (events & (STREAM_READ | STREAM_WRITE)) {
    up |= (events & STREAM_READ) || t->read_wants_write ? wants & STREAM_READ : 0;
    if (queue_size(&t->wire.out) == 0 && ((events & STREAM_WRITE) || t->write_wants_read))
      up |= wants & STREAM_WRITE;
  }
  if (wants == STREAM_HUP)
    up |= events & STREAM_HUP;
  tell(t, up);
  wake(t);
}

/* ---- bytes ---- */

static void cut(struct tls_stream *t) {
  t->cut = t->facts->cut = true;
  t->more = false;
  t->base.error = EPROTO;
  verdict_cut(t);
  wake(t);
  touch_below(t, true);
}

/* True when there is something to read on with after this code. */
static bool read_stopped(struct tls_stream *t, int why) {
  t->read_wants_write = why == SSL_ERROR_WANT_WRITE;
  if (t->wire.ended && why == SSL_ERROR_WANT_READ) {
    cut(t);
    return false;
  }
  if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
    set_more(t, why == SSL_ERROR_WANT_READ && t->wire.budget == 0);
    return true;
  }
  t->more = false;
  if (why == SSL_ERROR_ZERO_RETURN) {
    t->ended = true;
    wake(t);
    touch_below(t, true);
  } else {
    fail_by(t, why);
  }
  return false;
}

static enum io_code end_code(const struct tls_stream *t) {
  return t->state == TLS_FAILED || t->cut ? IO_ERROR : t->ended ? IO_EOF : IO_AGAIN;
}

static enum io_code tls_recv(struct stream *s, void *to, size_t room, size_t *done) {
  struct tls_stream *t = tls_of(s);
  *done = 0;
  if (t->state != TLS_OPEN || t->ended || t->cut || room == 0)
    return end_code(t);
  shut_below(t); /* in case that an answer of OpenSSL's stood behind close_notify */
  t->wire.budget = WIRE_READ_BUDGET;
  do {
    size_t n = 0;
    ERR_clear_error();
    int code = SSL_read_ex(t->ssl, (char *)to + *done, room - *done, &n);
    *done += n;
    if (code != 1 && !read_stopped(t, SSL_get_error(t->ssl, code)) && *done == 0)
      return end_code(t);
    if (code != 1)
      return *done > 0 ? IO_OK : IO_AGAIN;
  } while (*done < room && SSL_has_pending(t->ssl));
  t->read_wants_write = false;
  set_more(t, SSL_has_pending(t->ssl) || queue_size(&t->wire.first) > 0);
  return IO_OK;
}

static enum io_code send_failed(struct tls_stream *t) {
  if (t->state != TLS_FAILED)
    t->base.error = t->wire.out_error ? t->wire.out_error : EPIPE;
  return IO_ERROR;
}

static enum io_code tls_send(struct stream *s, const void *from, size_t n, size_t *done) {
  struct tls_stream *t = tls_of(s);
  *done = 0;
  if (t->state == TLS_HANDSHAKE)
    return IO_AGAIN;
  if (t->state == TLS_FAILED || t->wire.out_error || t->sent_close)
    return send_failed(t);
  n = n < SEND_MOST ? n : SEND_MOST;
  t->write_wants_read = false;
  t->wire.budget = WIRE_READ_BUDGET;
  while (*done < n && wire_flush(t) && !t->wire.out_error) {
    size_t part = 0;
    ERR_clear_error();
    int code = SSL_write_ex(t->ssl, (const char *)from + *done, n - *done, &part);
    *done += part;
    if (code == 1)
      continue;
    int why = SSL_get_error(t->ssl, code);
    t->write_wants_read = why == SSL_ERROR_WANT_READ;
    if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
      fail_by(t, why);
    break;
  }
  touch_below(t, t->write_wants_read);
  wake(t);
  if (*done > 0)
    return IO_OK; /* what broke behind it is told next time */
  return t->state == TLS_FAILED || t->wire.out_error ? send_failed(t) : IO_AGAIN;
}

static void say_close(struct tls_stream *t) {
  if (t->state != TLS_OPEN || t->sent_close)
    return;
  t->sent_close = true;
  ERR_clear_error();
  SSL_shutdown(t->ssl);
  ERR_clear_error();
}

static enum io_code tls_shutdown(struct stream *s) {
  struct tls_stream *t = tls_of(s);
  if (t->state == TLS_HANDSHAKE)
    return IO_AGAIN;
  if (t->state == TLS_FAILED || t->wire.out_error)
    return send_failed(t);
  say_close(t);
  shut_below(t);
  stream_touch(t->below);
  return IO_OK;
}

static void tls_touch(struct stream *s) {
  struct tls_stream *t = tls_of(s);
  stream_touch(t->below);
  if (t->state != TLS_HANDSHAKE)
    wake(t);
}

static void tls_info(struct stream *s, struct stream_info *out) {
  struct tls_stream *t = tls_of(s);
  stream_info(t->below, out);
  out->kind = "tls";
  out->secure = t->facts;
}

/* ---- the end ---- */

static void destroy(void *what) {
  struct tls_stream *t = what;
  queue_clear(&t->wire.first);
  queue_clear(&t->wire.out);
  secure_facts_unref(t->facts);
  leaf_unref(t->leaf);
  free(t->host);
  free(t->protocols);
  free(t->text);
  free(t->cure);
  free(t);
}

static void free_ssl(struct tls_stream *t) {
  /* Else OpenSSL forbids to resume what ended without both close_notify; RFC 5246 has given that up. */
  if (t->state == TLS_OPEN)
    SSL_set_shutdown(t->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  SSL_free(t->ssl);
  t->ssl = NULL;
  ERR_clear_error();
}

static void lingered_too_long(void *arg) {
  tls_stream_linger_end(arg, true);
}

static void linger(struct tls_stream *t) {
  t->next = t->tls->lingering;
  t->prev = &t->tls->lingering;
  if (t->next)
    t->next->prev = &t->next;
  t->tls->lingering = t;
  t->timer.fn = lingered_too_long;
  loop_timer_arm(t->tls->loop, &t->timer, LINGER_NS);
  stream_touch(t->below);
}

void tls_stream_linger_end(struct tls_stream *t, bool reset) {
  if (t->prev) {
    *t->prev = t->next;
    if (t->next)
      t->next->prev = t->prev;
  }
  loop_timer_cancel(t->tls->loop, &t->timer);
  if (reset)
    stream_abort(t->below);
  else
    stream_free(t->below);
  t->below = NULL;
  loop_bury(t->tls->loop, destroy, t);
}

static void tls_free_stream(struct stream *s, bool reset) {
  struct tls_stream *t = tls_of(s);
  if (t->freed)
    abort();
  if (!reset)
    say_close(t);
  t->freed = true;
  t->done = NULL;
  t->base.user = (struct stream_user){NULL, NULL, NULL};
  loop_task_cancel(t->tls->loop, &t->task);
  loop_timer_cancel(t->tls->loop, &t->timer);
  free_ssl(t);
  /* A reset after a failed handshake: the alert is all that there is to lose. */
  if (reset || wire_flush(t))
    tls_stream_linger_end(t, reset);
  else
    linger(t);
}

static const struct stream_ops tls_ops = {.recv = tls_recv,
                                          .send = tls_send,
                                          .shutdown = tls_shutdown,
                                          .touch = tls_touch,
                                          .info = tls_info,
                                          .free = tls_free_stream};

struct tls_stream *tls_stream_new(struct tls *tls, SSL_CTX *ctx, struct stream *below, const char *host,
                                  uint64_t timeout_ns, tls_done_fn *done, void *arg) {
  struct tls_stream *t = mem_zero(1, sizeof *t);
  t->base.ops = &tls_ops;
  t->tls = tls;
  t->below = below;
  t->host = mem_dup(host);
  t->done = done;
  t->done_arg = arg;
  t->facts = secure_facts_new();
  t->started = loop_clock(tls->loop);
  t->task.fn = run;
  t->task.arg = t;
  t->timer.fn = timed_out;
  t->timer.arg = t;
  t->ssl = SSL_new(ctx);
  BIO *bio = t->ssl ? wire_bio_new(t) : NULL;
  if (!bio)
    abort(); /* no memory */
  SSL_set_bio(t->ssl, bio, bio);
  SSL_set_app_data(t->ssl, t);
  stream_set_user(below, (struct stream_user){below_want, below_ready, t});
  loop_defer(tls->loop, &t->task);
  if (timeout_ns)
    loop_timer_arm(tls->loop, &t->timer, timeout_ns);
  return t;
}

bool tls_stream_cut(const struct stream *s) {
  return s && s->ops == &tls_ops && ((const struct tls_stream *)(const void *)s)->cut;
}

bool tls_stream_closed(const struct stream *s) {
  return s && s->ops == &tls_ops && ((const struct tls_stream *)(const void *)s)->ended;
}

bool tls_stream_result(const struct stream *s, struct tls_result *out) {
  if (!s || s->ops != &tls_ops)
    return false;
  *out = ((const struct tls_stream *)(const void *)s)->result;
  return true;
}
