/*
 * Through another proxy to a server: what is said to it on a connection that is up, until the connection is as good as one
 * to the server itself (HTTP CONNECT, RFC 9110-9.3.6; SOCKS5, RFC 1928 and 1929). The first byte behind the proxy's last
 * word may be the server's: nothing is read beyond what the proxy has to say.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"
#include "weir/base/text.h"
#include "weir/tls/stream.h"

#include "parts.h"

#define ANSWER_MAX (32 * 1024) /* the head of an answer to CONNECT */

enum step { STEP_NAME, STEP_CONNECT, STEP_METHOD, STEP_PASSWORD, STEP_REPLY };

struct through {
  struct exchange *exchange;
  struct stream *stream;
  struct loop_timer timer;
  struct resolve_query *query; /* STEP_NAME */
  unsigned parts;              /* families heard of */
  enum resolve_code code;
  enum step step;
  struct address target; /* SOCKS: family 0: the name goes */
  struct buf out, in;
  size_t sent, want; /* want: bytes of `in` that this step needs, as far as is known; SOCKS */
  uint64_t since;
};

static void through_free(void *what) {
  struct through *t = what;
  buf_clear(&t->in);
  buf_clear(&t->out);
  free(t);
}

struct stream *through_stream(const struct through *t) {
  return t->stream;
}

/* The stream is the caller's. */
static struct stream *through_leave(struct through *t) {
  struct proxy *p = t->exchange->proxy;
  struct stream *s = t->stream;
  t->stream = NULL;
  t->exchange->through = NULL;
  loop_timer_cancel(p->loop, &t->timer);
  resolver_cancel(t->query);
  t->query = NULL;
  if (t->out.p)
    explicit_bzero(t->out.p, t->out.n); /* a password may stand in it */
  loop_bury(p->loop, through_free, t);
  return s;
}

void through_stop(struct exchange *x) {
  if (x->through)
    stream_free(through_leave(x->through));
}

/* ---- how it fails ---- */

void through_cure(struct exchange *x, const char *format, ...) {
  struct buf cure = BUF_INIT;
  char text[300];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  buf_add_text(&cure, text);
  free(x->flow->error_cure);
  x->flow->error_cure = buf_take(&cure);
}

static struct failure failure(enum flow_error error, int os_error) {
  return (struct failure){STAGE_CONNECT, error, os_error, error == ERROR_TIMEOUT ? 504 : 502};
}

void through_wants_password(struct exchange *x) {
  const struct way *w = x->way;
  int scheme = (int)(strstr(w->text, "://") - w->text);
  through_cure(x, "--upstream %.*s://USER:PASSWORD@%s", scheme, w->text, w->text + scheme + 3);
  exchange_fail(x, failure(ERROR_PROXY, 0),
                w->user ? "the upstream proxy %s does not take the user name and password that it was given (407)"
                        : "the upstream proxy %s wants a user name and a password (407)",
                w->text);
}

static void refused_by_http(struct through *t, const struct http_head *head) {
  struct exchange *x = t->exchange;
  struct slice reason = http_head_reason(head);
  struct buf safe = BUF_INIT;
  if (head->status == 407) {
    through_wants_password(x);
    return;
  }
  text_safe(&safe, slice_sub(reason, 0, 80), TEXT_PLAIN);
  const char *more = head->status == 403 || head->status == 405 ? ": it does not allow a tunnel to that host and port"
                     : head->status == 508                      ? ": it says that this request goes in circles"
                     : head->status >= 500                      ? ": it does not reach the server"
                                                                : "";
  if (head->status == 403 || head->status == 405)
    through_cure(x, "--no-upstream %s asks this host without the proxy", x->host);
  exchange_fail(x, failure(head->status == 504 ? ERROR_TIMEOUT : ERROR_PROXY, 0),
                "the upstream proxy %s answered %d %s to CONNECT %s:%u%s", x->way->text, head->status, buf_text(&safe),
                x->host, x->port, more);
  buf_clear(&safe);
}

static void refused_by_socks(struct through *t, unsigned char code) {
  static const struct {
    const char *text;
    enum flow_error error;
    int os_error;
  } replies[] = {
      {"a general failure", ERROR_PROXY, 0},
      {"not allowed by its rules", ERROR_PROXY, 0},
      {"network unreachable", ERROR_UNREACHABLE, ENETUNREACH},
      {"host unreachable", ERROR_UNREACHABLE, EHOSTUNREACH},
      {"connection refused", ERROR_REFUSED, ECONNREFUSED},
      {"it took too long", ERROR_TIMEOUT, 0},
      {"it does not know CONNECT", ERROR_PROXY, 0},
      {"it does not know this kind of address", ERROR_PROXY, 0},
  };
  struct exchange *x = t->exchange;
  size_t n = sizeof replies / sizeof *replies, i = code - 1u < n ? code - 1u : 0;
  if (code == 8 && !t->target.family)
    through_cure(x, "socks5:// in the place of socks5h:// looks names up here");
  exchange_fail(x, failure(replies[i].error, replies[i].os_error), "%s:%u: the upstream proxy %s says: %s (%u)",
                x->host, x->port, x->way->text, replies[i].text, code);
}

static void no_socks(struct through *t) {
  struct exchange *x = t->exchange;
  bool http = t->in.n && *t->in.p == 'H';
  if (http)
    through_cure(x, "--upstream http://%s:%u", x->way->host, x->way->port);
  exchange_fail(x, failure(ERROR_PROTOCOL, 0), "the upstream proxy %s does not speak SOCKS5%s", x->way->text,
                http ? ", but HTTP" : "");
}

static const char *waited_for(const struct through *t) {
  return t->step == STEP_CONNECT ? "to CONNECT"
         : t->step == STEP_REPLY ? "whether it reaches the server"
                                 : "the greeting";
}

static void through_late(void *arg) {
  struct through *t = arg;
  struct exchange *x = t->exchange;
  double s = (double)x->proxy->config.connect_timeout / CLOCK_S;
  if (t->step == STEP_NAME)
    exchange_fail(x, (struct failure){STAGE_NAME, ERROR_TIMEOUT, 0, 504}, "%s: no name server answered within %g s",
                  x->host, s);
  else
    exchange_fail(x, failure(ERROR_TIMEOUT, 0), "the upstream proxy %s did not answer %s within %g s", x->way->text,
                  waited_for(t), s);
}

static void through_ended(struct through *t, enum io_code code) {
  struct exchange *x = t->exchange;
  int error = stream_error(t->stream);
  bool whole = code == IO_EOF;
  if (t->step == STEP_CONNECT && x->way->kind == WAY_HTTP && t->in.n && (*t->in.p == 0x15 || *t->in.p == 0x16))
    through_cure(x, "--upstream https://%s:%u", x->way->host, x->way->port);
  exchange_fail(x, failure(whole ? ERROR_CLOSED : fail_error_of(error), whole ? 0 : error),
                "the upstream proxy %s %s before it had answered %s", x->way->text,
                whole ? "closed the connection" : "broke the connection", waited_for(t));
}

/* ---- what is said ---- */

static void say_connect(struct through *t) {
  struct exchange *x = t->exchange;
  const struct proxy *p = x->proxy;
  struct buf to = BUF_INIT;
  url_put_authority(&to, slice_of(x->host), x->port, "");
  buf_printf(&t->out, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n", buf_text(&to), buf_text(&to));
  if (x->way->basic)
    buf_printf(&t->out, "Proxy-Authorization: %s\r\n", x->way->basic);
  /* Nobody but proxies reads this: a loop over several of them is seen whether --via was asked for or not. */
  const struct http_head *asked = &x->flow->request.head;
  struct http_field field;
  for (uint32_t at = 0; x->tunnel && asked->raw && http_head_next_named(asked, "Via", &at, &field);)
    buf_add_slice(&t->out, field.line);
  buf_printf(&t->out, "Via: 1.1 %s (%s)\r\n\r\n", p->config.via ? p->config.via : "weir", p->loop_token);
  buf_clear(&to);
  t->step = STEP_CONNECT;
}

static void say_greeting(struct through *t) {
  bool secret = t->exchange->way->user;
  buf_add(&t->out, secret ? "\5\2\0\2" : "\5\1\0", secret ? 4 : 3);
  t->step = STEP_METHOD;
  t->want = 2;
}

static void say_password(struct through *t) {
  const struct way *w = t->exchange->way;
  buf_add_byte(&t->out, 1);
  buf_add_byte(&t->out, (char)strlen(w->user));
  buf_add_text(&t->out, w->user);
  buf_add_byte(&t->out, (char)strlen(w->password));
  buf_add_text(&t->out, w->password);
  t->step = STEP_PASSWORD;
  t->want = 2;
}

static void say_target(struct through *t) {
  const struct exchange *x = t->exchange;
  size_t n = strlen(x->host);
  buf_add(&t->out, "\5\1\0", 3);
  if (t->target.family == 4) {
    buf_add_byte(&t->out, 1);
    buf_add(&t->out, t->target.ip, 4);
  } else if (t->target.family == 6) {
    buf_add_byte(&t->out, 4);
    buf_add(&t->out, t->target.ip, 16);
  } else {
    buf_add_byte(&t->out, 3);
    buf_add_byte(&t->out, (char)n);
    buf_add(&t->out, x->host, n);
  }
  buf_add_byte(&t->out, (char)(x->port >> 8));
  buf_add_byte(&t->out, (char)(x->port & 255));
  t->step = STEP_REPLY;
  t->want = 5; /* so much tells how long the rest is */
}

/* ---- what is heard ---- */

static void through_done(struct through *t) {
  struct exchange *x = t->exchange;
  x->flow->times.connect_ns += loop_now(x->proxy->loop) - t->since;
  struct address server = x->flow->server;
  exchange_reached(x, through_leave(t), &server);
}

/* How many bytes may be read without reading beyond the end of the head: what is missing for the shortest end there is. */
static size_t head_lacks(const struct buf *in) {
  if (in->n && in->p[in->n - 1] == '\n')
    return 1;
  return in->n >= 2 && !memcmp(in->p + in->n - 2, "\n\r", 2) ? 1 : 2;
}

static bool head_ends(const struct buf *in) {
  return (in->n >= 2 && !memcmp(in->p + in->n - 2, "\n\n", 2)) ||
         (in->n >= 3 && !memcmp(in->p + in->n - 3, "\n\r\n", 3));
}

static void hear_head(struct through *t) {
  struct exchange *x = t->exchange;
  struct http_head head;
  struct http_fault fault;
  bool ends = head_ends(&t->in);
  if (!ends && t->in.n < ANSWER_MAX)
    return;
  if (!ends || !http_head_parse(HTTP_RESPONSE, buf_slice(&t->in), &head, &fault)) {
    exchange_fail(x, failure(ERROR_PROTOCOL, 0), "the upstream proxy %s answered CONNECT with what is not HTTP: %s",
                  x->way->text, ends ? fault.err.text : "its head is too long");
    return;
  }
  if (head.status < 200)
    buf_reset(&t->in);
  else if (head.status < 300)
    through_done(t);
  else
    refused_by_http(t, &head);
  http_head_clear(&head);
}

static void hear_method(struct through *t) {
  struct exchange *x = t->exchange;
  const unsigned char *in = (const unsigned char *)t->in.p;
  if (in[0] != 5) {
    no_socks(t);
  } else if (in[1] == 0) {
    say_target(t);
  } else if (in[1] == 2 && x->way->user) {
    say_password(t);
  } else if (in[1] == 0xff && !x->way->user) {
    through_cure(x, "--upstream %s://USER:PASSWORD@%s:%u", x->way->kind == WAY_SOCKS5 ? "socks5" : "socks5h",
                 x->way->host, x->way->port);
    exchange_fail(x, failure(ERROR_PROXY, 0), "the upstream proxy %s wants a user name and a password", x->way->text);
  } else {
    exchange_fail(x, failure(ERROR_PROXY, 0), "the upstream proxy %s takes none of the ways to log in that weir has",
                  x->way->text);
  }
  buf_reset(&t->in);
}

static void hear_password(struct through *t) {
  struct exchange *x = t->exchange;
  if (t->in.p[1]) {
    exchange_fail(x, failure(ERROR_PROXY, 0), "the upstream proxy %s does not take the user name and password",
                  x->way->text);
    return;
  }
  buf_reset(&t->in);
  say_target(t);
}

static void hear_reply(struct through *t) {
  const unsigned char *in = (const unsigned char *)t->in.p;
  if (in[0] != 5)
    no_socks(t);
  else if (in[1])
    refused_by_socks(t, in[1]);
  else if (t->want == 5 && (in[3] == 1 || in[3] == 3 || in[3] == 4))
    t->want = in[3] == 1 ? 4 + 4 + 2 : in[3] == 4 ? 4 + 16 + 2 : 5u + in[4] + 2;
  else if (t->want == 5)
    no_socks(t);
  else
    through_done(t);
}

static void through_hear(struct through *t) {
  if (t->step == STEP_CONNECT)
    hear_head(t);
  else if (t->in.n < t->want)
    return;
  else if (t->step == STEP_METHOD)
    hear_method(t);
  else if (t->step == STEP_PASSWORD)
    hear_password(t);
  else if (t->step == STEP_REPLY)
    hear_reply(t);
}

/* ---- the stream ---- */

static unsigned through_want(void *arg) {
  const struct through *t = arg;
  if (t->step == STEP_NAME)
    return STREAM_HUP;
  return STREAM_READ | (t->sent < t->out.n ? STREAM_WRITE : 0);
}

static bool through_flush(struct through *t) {
  while (t->sent < t->out.n) {
    size_t done = 0;
    enum io_code code = stream_send(t->stream, t->out.p + t->sent, t->out.n - t->sent, &done);
    if (code == IO_AGAIN)
      break;
    if (code != IO_OK) {
      through_ended(t, code);
      return false;
    }
    t->sent += done;
  }
  stream_touch(t->stream);
  return true;
}

static void through_ready(void *arg, unsigned events) {
  struct through *t = arg;
  struct exchange *x = t->exchange;
  if (events & STREAM_HUP)
    through_ended(t, IO_EOF);
  if (x->through != t || ((events & STREAM_WRITE) && !through_flush(t)))
    return;
  while (x->through == t && t->step != STEP_NAME) {
    size_t n = 0, room = t->step == STEP_CONNECT ? head_lacks(&t->in) : t->want - t->in.n;
    char *to = buf_reserve(&t->in, room);
    enum io_code code = stream_recv(t->stream, to, room, &n);
    if (code == IO_AGAIN)
      break;
    if (code != IO_OK) {
      through_ended(t, code);
      return;
    }
    t->in.n += n;
    through_hear(t);
    if (x->through == t && !through_flush(t))
      return;
  }
  if (x->through == t)
    stream_touch(t->stream);
}

/* ---- beginning ---- */

static void through_found(struct through *t) {
  struct exchange *x = t->exchange;
  if (page_is_own_address(x->proxy, &t->target)) {
    exchange_fail(x, (struct failure){STAGE_CONNECT, ERROR_LOOP, ELOOP, 508},
                  "%s:%u is weir itself: a request to it would loop", x->host, x->port);
    return;
  }
  x->flow->times.name_ns += loop_now(x->proxy->loop) - t->since;
  t->since = loop_now(x->proxy->loop);
  say_greeting(t);
  through_flush(t);
}

/* An IPv4 address where there is one: many a proxy has no IPv6, and nothing can be raced through it. */
static void through_named(void *arg, const struct resolve_part *part) {
  struct through *t = arg;
  struct exchange *x = t->exchange;
  if (++t->parts == 2)
    t->query = NULL;
  if (part->n && (part->family == 4 || !t->target.family))
    t->target = part->address[0];
  if (t->target.family && (t->parts == 2 || part->family == 4)) {
    resolver_cancel(t->query);
    t->query = NULL;
    through_found(t);
    return;
  }
  if (part->code != RESOLVE_NO_ADDRESS || t->parts == 1)
    t->code = part->code;
  if (t->parts == 2) {
    bool late = t->code == RESOLVE_TIMEOUT;
    through_cure(x, "socks5h:// in the place of socks5:// has the proxy look names up");
    exchange_fail(x, (struct failure){STAGE_NAME, late ? ERROR_TIMEOUT : ERROR_NAME, (int)t->code, late ? 504 : 502},
                  "%s: %s", x->host, resolve_text(t->code));
  }
}

void through_begin(struct exchange *x, struct stream *stream) {
  struct proxy *p = x->proxy;
  struct through *t = mem_zero(1, sizeof *t);
  struct address a;
  t->exchange = x;
  t->stream = stream;
  t->since = loop_now(p->loop);
  t->timer = (struct loop_timer){.fn = through_late, .arg = t};
  x->through = t;
  stream_set_user(stream, (struct stream_user){through_want, through_ready, t});
  if (p->config.connect_timeout)
    loop_timer_arm(p->loop, &t->timer, p->config.connect_timeout);
  bool http = x->way->kind == WAY_HTTP || x->way->kind == WAY_HTTPS;
  bool number = address_parse(slice_of(x->host), x->port, &a);
  if (!http && !number && x->way->kind == WAY_SOCKS5) {
    t->query = resolver_ask(p->resolver, x->host, x->port, through_named, t);
    stream_touch(stream);
    return;
  }
  if (!http && number)
    t->target = a;
  if (!http && !number && strlen(x->host) > 255) {
    exchange_fail(x, failure(ERROR_PROTOCOL, 0), "the name %.40s... is too long for SOCKS", x->host);
    return;
  }
  if (http)
    say_connect(t);
  else
    say_greeting(t);
  through_flush(t);
}
