/*
 * What stands before HTTP on a client connection: a SOCKS greeting, or TLS that was not asked for by CONNECT. A front reads
 * as far as it has to, says what it must, and makes a tunnel of the connection as CONNECT does; then the first bytes in it
 * are looked at (sniff.c).
 */
#include <errno.h>
#include <stdlib.h>

#include "weir/base/mem.h"
#include "weir/io/proxy_header.h"
#include "weir/io/socks_server.h"
#include "weir/tls/hello.h"
#include "weir/tls/stream.h"

#include "parts.h"

enum { ALERT_ACCESS_DENIED = 49, ALERT_INTERNAL_ERROR = 80, ALERT_UNRECOGNIZED_NAME = 112 };
enum front_kind {
  FRONT_SOCKS,
  FRONT_TLS,
  FRONT_HEADER, /* PROXY; then what the mode begins with */
  FRONT_SILENT, /* where it goes is known, and the client is told nothing */
};

struct front {
  enum front_kind kind;
  struct socks_server socks;
  struct buf seen; /* so far, without the password: for the row of what is refused */
};

void front_free(struct front *f) {
  if (!f)
    return;
  buf_clear(&f->seen);
  free(f);
}

/* A password of the listener's own wins over that for all. */
static struct front *front_new(const struct proxy *p, const struct mode *m) {
  struct front *f = mem_zero(1, sizeof *f);
  bool own = m && m->user;
  f->socks.user = own ? m->user : gate_user(p->gate);
  f->socks.password = own ? m->password : gate_password(p->gate);
  return f;
}

void front_begin(struct conn *c, unsigned char first) {
  c->look = false;
  bool tls = first == 0x16 && secure_on(c->proxy), reverse = reverse_is(c->mode);
  if (!tls && (reverse || (first != 4 && first != 5)))
    return;
  c->front = front_new(c->proxy, c->mode);
  c->front->kind = tls ? FRONT_TLS : FRONT_SOCKS;
  if (!reverse)
    c->word = tls ? mode_word(MODE_AUTO) : mode_word(MODE_SOCKS5);
}

/* A rule for what this machine sends may catch what weir sends itself. Then the client is one of weir's own sockets, and
 * each connection would make the next. */
static bool came_round(const struct address *peer) {
  return page_is_this_machine(peer) && tcp_is_ours(peer);
}

static void open_transparent(struct conn *c) {
  struct stream_info info;
  struct address to;
  char text[ADDRESS_TEXT];
  int fd = tcp_stream_fd(c->stream);
  stream_info(c->stream, &info);
  to = info.local;
  if (fd >= 0)
    tcp_original(fd, &to);
  if (fd >= 0 && came_round(&c->peer)) {
    struct http_fault fault = {508, ERR_INIT};
    err_set(&fault.err, "weir's own connection to %s was redirected to weir: the rule has to leave out what weir sends",
            address_text(&to, text, sizeof text));
    c->cut = true;
    conn_refuse(c, &fault, (struct slice){NULL, 0});
    return;
  }
  exchange_start_front(c, slice_of(address_host(&to, text, sizeof text)), to.port);
}

static void open_mode(struct conn *c) {
  const struct mode *m = c->mode;
  enum mode_kind kind = m ? m->kind : MODE_REGULAR;
  c->look = kind == MODE_AUTO;
  if (kind == MODE_AUTO || kind == MODE_REGULAR)
    return;
  if (kind == MODE_REVERSE) {
    c->look = true;
    c->origin = reverse_origin(m);
    return;
  }
  c->front = front_new(c->proxy, m);
  if (kind == MODE_SOCKS5)
    return;
  c->front->kind = FRONT_SILENT;
  if (kind == MODE_TRANSPARENT)
    open_transparent(c);
  else
    exchange_start_front(c, slice_of(m->host), m->port);
}

void front_open(struct conn *c) {
  if (!c->proxy->config.proxy_header && !(c->mode && c->mode->proxy_header)) {
    open_mode(c);
    return;
  }
  c->front = front_new(c->proxy, c->mode);
  c->front->kind = FRONT_HEADER;
}

/* The relay's word on whose connection it is is for the person: who may connect was decided by the real one's address. */
static size_t feed_header(struct conn *c, struct slice bytes) {
  struct front *f = c->front;
  struct http_fault fault = {400, ERR_INIT};
  struct address client;
  size_t before = f->seen.n, used;
  size_t room = PROXY_HEADER_MOST - before, n = bytes.n < room ? bytes.n : room;
  buf_add(&f->seen, bytes.p, n);
  switch (proxy_header_read(buf_slice(&f->seen), &used, &client, &fault.err)) {
  case PROXY_HEADER_MORE:
    return n;
  case PROXY_HEADER_BAD:
    c->cut = true;
    conn_refuse(c, &fault, buf_slice(&f->seen));
    return n;
  case PROXY_HEADER_READ:
    break;
  }
  if (client.family) {
    c->peer = client;
    c->asked = true; /* no program of this machine has it, or not as it seems */
  }
  n = used - before;
  c->wire -= c->wire + n; /* none of it belongs to the first request */
  front_free(f);
  c->front = NULL;
  open_mode(c);
  return n;
}

const char *front_name(const struct front *f) {
  if (f->kind == FRONT_HEADER)
    return "PROXY header";
  if (f->kind == FRONT_TLS)
    return "ClientHello";
  return f->socks.part == SOCKS_REQUEST ? "SOCKS request" : "SOCKS greeting";
}

struct slice front_seen(const struct front *f) {
  return buf_slice(&f->seen);
}

struct slice front_rest(const struct front *f) {
  return f && f->kind == FRONT_TLS ? buf_slice(&f->seen) : (struct slice){NULL, 0};
}

/* Nobody can be spoken to in TLS yet, but an alert can be read by anybody (RFC 8446-6). */
static void alert(struct conn *c, unsigned char description) {
  char bytes[] = {0x15, 3, 3, 0, 2, 2, (char)description};
  queue_add(&c->out, bytes, sizeof bytes);
}

static void reply(struct conn *c, enum socks_reply code, const struct address *bound) {
  unsigned char bytes[SOCKS_REPLY_MAX];
  queue_add(&c->out, bytes, socks_reply_put(bytes, code, bound));
}

static enum socks_reply reply_of(struct failure why) {
  switch (why.error) {
  case ERROR_REFUSED:
    return SOCKS_REFUSED;
  case ERROR_UNREACHABLE:
    return why.os_error == ENETUNREACH ? SOCKS_NET_UNREACHABLE : SOCKS_HOST_UNREACHABLE;
  case ERROR_NAME:
  case ERROR_TIMEOUT:
    return SOCKS_HOST_UNREACHABLE;
  case ERROR_LOOP:
  case ERROR_DROPPED:
    return SOCKS_NOT_ALLOWED;
  default:
    return SOCKS_FAILED;
  }
}

bool front_by_address(const struct mode *m, const struct flow *f) {
  struct address a;
  return (m && m->kind == MODE_TRANSPARENT) ||
         (f->mode == mode_word(MODE_SOCKS5) && address_parse(flow_host(f), 0, &a));
}

bool front_replies(const struct front *f) {
  return f->kind != FRONT_SILENT;
}

void front_refuse(struct conn *c, struct failure why) {
  if (c->front->kind == FRONT_SILENT)
    c->cut = true; /* an orderly end would say that the server had ended so */
  if (c->front->kind == FRONT_TLS)
    alert(c, ALERT_INTERNAL_ERROR);
  else if (c->front->kind == FRONT_SOCKS && c->front->socks.part == SOCKS_OVER)
    reply(c, reply_of(why), NULL);
}

void front_accept(struct conn *c, struct stream *server, struct buf *out) {
  struct stream_info info = {0};
  unsigned char bytes[SOCKS_REPLY_MAX];
  if (!c->front) {
    buf_add_text(out, "HTTP/1.1 200 Connection established\r\n\r\n");
    return;
  }
  if (c->front->kind != FRONT_SOCKS)
    return;
  if (server)
    stream_info(server, &info);
  buf_add(out, bytes, socks_reply_put(bytes, SOCKS_SUCCEEDED, &info.local));
}

/* ---- TLS to weir itself: the name in its ClientHello says where it wants to go ---- */

static void refuse_tls(struct conn *c, unsigned char description, const char *text) {
  struct http_fault fault = {description == ALERT_ACCESS_DENIED ? 407 : 400, ERR_INIT};
  err_set(&fault.err, "%s", text);
  alert(c, description);
  conn_refuse(c, &fault, buf_slice(&c->front->seen));
}

static size_t feed_tls(struct conn *c, struct slice bytes) {
  struct front *f = c->front;
  struct proxy *p = c->proxy;
  struct hello hello;
  struct err err;
  size_t room = HELLO_MOST - f->seen.n, n = bytes.n < room ? bytes.n : room;
  buf_add(&f->seen, bytes.p, n);
  if (!secure_open(p, &err)) {
    refuse_tls(c, ALERT_INTERNAL_ERROR, err.text);
    return n;
  }
  enum hello_code code = hello_read(tls_hello_reader(p->tls), buf_slice(&f->seen), &hello);
  if (code == HELLO_INCOMPLETE && f->seen.n < HELLO_MOST)
    return n;
  if (code != HELLO_PARSED)
    refuse_tls(c, ALERT_INTERNAL_ERROR, "what began as TLS is no ClientHello");
  else if (reverse_is(c->mode))
    sniff_serve(c, buf_slice(&f->seen), hello.sni);
  else if (gate_user(p->gate)) /* nobody can be asked in there before it is known where to */
    refuse_tls(c, ALERT_ACCESS_DENIED,
               "the client began TLS with weir itself, which asks for a user name and a password (--auth): as a proxy "
               "weir is spoken to in the clear, also for https");
  else if (!hello.sni[0])
    refuse_tls(
        c, ALERT_UNRECOGNIZED_NAME,
        "the client began TLS with weir itself and names no host (SNI), so weir cannot know where it wants to go; "
        "as a proxy weir is spoken to in the clear, also for https");
  else
    exchange_start_front(c, slice_of(hello.sni), 443);
  return n;
}

/* ---- SOCKS ---- */

static void refuse(struct conn *c) {
  struct front *f = c->front;
  struct http_fault fault = {f->socks.denied ? 407 : 400, f->socks.err};
  queue_add(&c->out, f->socks.answer, f->socks.answer_n);
  conn_refuse(c, &fault, buf_slice(&f->seen));
}

static size_t feed_socks(struct conn *c, struct slice bytes) {
  struct front *f = c->front;
  size_t used = 0;
  while (used < bytes.n) {
    size_t n;
    bool secret = f->socks.part == SOCKS_PASSWORD;
    enum socks_step step = socks_feed(&f->socks, slice_from(bytes, used), &n);
    if (!secret)
      buf_add(&f->seen, bytes.p + used, n);
    used += n;
    if (step == SOCKS_BAD) {
      refuse(c);
      break;
    }
    if (step == SOCKS_CONNECT) {
      exchange_start_front(c, slice_of(f->socks.host), f->socks.port);
      break;
    }
    queue_add(&c->out, f->socks.answer, f->socks.answer_n);
  }
  return used;
}

size_t front_feed(struct conn *c, struct slice bytes) {
  enum front_kind kind = c->front->kind;
  size_t used = kind == FRONT_HEADER ? feed_header(c, bytes)
                : kind == FRONT_TLS  ? feed_tls(c, bytes)
                                     : feed_socks(c, bytes);
  if (!c->dead && !c->closing)
    conn_flush(c);
  return used;
}
