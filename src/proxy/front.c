/*
 * What stands before HTTP on a client connection: today a SOCKS greeting. A front reads as far as it has to, says what it
 * must, and makes a tunnel of the connection as CONNECT does; then the first bytes in it are looked at (sniff.c).
 */
#include <errno.h>
#include <stdlib.h>

#include "weir/base/mem.h"
#include "weir/io/socks_server.h"

#include "parts.h"

struct front {
  struct socks_server socks;
  struct buf seen; /* so far, without the password: for the row of what is refused */
};

void front_free(struct front *f) {
  if (!f)
    return;
  buf_clear(&f->seen);
  free(f);
}

struct front *front_new(const struct mode *m) {
  struct front *f = mem_zero(1, sizeof *f);
  if (m) {
    f->socks.user = m->user;
    f->socks.password = m->password;
  }
  return f;
}

const char *front_name(const struct front *f) {
  return f->socks.part == SOCKS_REQUEST ? "SOCKS request" : "SOCKS greeting";
}

struct slice front_seen(const struct front *f) {
  return buf_slice(&f->seen);
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
    return SOCKS_NOT_ALLOWED;
  default:
    return SOCKS_FAILED;
  }
}

void front_refuse(struct conn *c, struct failure why) {
  if (c->front->socks.part == SOCKS_OVER)
    reply(c, reply_of(why), NULL);
}

void front_accept(struct conn *c, struct stream *server, struct buf *out) {
  struct stream_info info = {0};
  unsigned char bytes[SOCKS_REPLY_MAX];
  if (!c->front) {
    buf_add_text(out, "HTTP/1.1 200 Connection established\r\n\r\n");
    return;
  }
  if (server)
    stream_info(server, &info);
  buf_add(out, bytes, socks_reply_put(bytes, SOCKS_SUCCEEDED, &info.local));
}

static void refuse(struct conn *c) {
  struct front *f = c->front;
  struct http_fault fault = {400, f->socks.err};
  queue_add(&c->out, f->socks.answer, f->socks.answer_n);
  conn_refuse(c, &fault, buf_slice(&f->seen));
}

size_t front_feed(struct conn *c, struct slice bytes) {
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
  if (!c->dead && !c->closing)
    conn_flush(c);
  return used;
}
