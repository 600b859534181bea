/* OpenSSL's BIO over a stream: reads with a budget, writes that always succeed up to a bound. */
#include <errno.h>
#include <openssl/bio.h>

#include "parts.h"

static struct tls_stream *stream_of(BIO *bio) {
  return BIO_get_data(bio);
}

/* ---- out ---- */

bool wire_flush(struct tls_stream *t) {
  while (queue_size(&t->wire.out) > 0 && !t->wire.out_error) {
    struct slice s = queue_slice(&t->wire.out);
    size_t n = 0;
    enum io_code code = stream_send(t->below, s.p, s.n, &n);
    if (code == IO_AGAIN)
      return false;
    if (code == IO_OK)
      queue_drop(&t->wire.out, n);
    else
      t->wire.out_error = stream_error(t->below) ? stream_error(t->below) : EPIPE;
  }
  if (t->wire.out_error)
    queue_clear(&t->wire.out);
  return true;
}

/* Past the queue where nothing waits in it: most records go out whole, and need no copy. Returns what was taken. */
static size_t send_now(struct tls_stream *t, const char *bytes, size_t n) {
  size_t done = 0;
  enum io_code code = stream_send(t->below, bytes, n, &done);
  if (code == IO_OK || code == IO_AGAIN)
    return done;
  t->wire.out_error = stream_error(t->below) ? stream_error(t->below) : EPIPE;
  return n;
}

static int wire_write(BIO *bio, const char *bytes, size_t n, size_t *written) {
  struct tls_stream *t = stream_of(bio);
  BIO_clear_retry_flags(bio);
  *written = 0;
  if (!wire_flush(t) && queue_size(&t->wire.out) >= WIRE_OUT_MOST) {
    BIO_set_retry_write(bio);
    return 0;
  }
  *written = n;
  /* Behind our end of direction nothing can be said; OpenSSL may still want to answer a key update. */
  if (t->wire.out_error || t->below_shut)
    return 1;
  size_t sent = queue_size(&t->wire.out) > 0 ? 0 : send_now(t, bytes, n);
  queue_add(&t->wire.out, bytes + sent, n - sent);
  return 1;
}

/* ---- in ---- */

static void note_first(struct tls_stream *t, const char *bytes, size_t n) {
  for (size_t i = 0; i < n && t->wire.seen_n < WIRE_SEEN; i++)
    t->wire.seen[t->wire.seen_n++] = (uint8_t)bytes[i];
}

static size_t take_first(struct tls_stream *t, char *to, size_t room) {
  struct slice s = slice_sub(queue_slice(&t->wire.first), 0, room);
  memcpy(to, s.p, s.n);
  queue_drop(&t->wire.first, s.n);
  return s.n;
}

/* In the handshake that is a failure. Behind it OpenSSL is not told: it would end our direction too, with an alert. */
static void wire_ended(struct tls_stream *t, BIO *bio) {
  t->wire.ended = true;
  if (t->state == TLS_OPEN)
    BIO_set_retry_read(bio);
}

static int wire_read(BIO *bio, char *to, size_t room, size_t *got) {
  struct tls_stream *t = stream_of(bio);
  BIO_clear_retry_flags(bio);
  *got = 0;
  enum io_code code = IO_AGAIN;
  if (queue_size(&t->wire.first) > 0) {
    *got = take_first(t, to, room);
    code = IO_OK;
  } else if (t->wire.budget > 0) {
    code = stream_recv(t->below, to, room, got);
    t->wire.budget -= *got < t->wire.budget ? *got : t->wire.budget;
  }
  if (code == IO_OK) {
    note_first(t, to, *got);
    return 1;
  }
  if (code == IO_AGAIN)
    BIO_set_retry_read(bio);
  else if (code == IO_EOF)
    wire_ended(t, bio);
  else
    t->wire.in_error = stream_error(t->below) ? stream_error(t->below) : ECONNRESET;
  return 0;
}

static long wire_ctrl(BIO *bio, int what, long number, void *pointer) {
  struct tls_stream *t = stream_of(bio);
  (void)number;
  (void)pointer;
  switch (what) {
  case BIO_CTRL_FLUSH:
    return 1; /* what waits goes out by itself */
  case BIO_CTRL_PENDING:
    return (long)queue_size(&t->wire.first);
  case BIO_CTRL_WPENDING:
    return (long)queue_size(&t->wire.out);
  case BIO_CTRL_EOF:
    return t->wire.ended;
  default:
    return 0;
  }
}

static int wire_create(BIO *bio) {
  BIO_set_init(bio, 1);
  return 1;
}

BIO_METHOD *wire_method_new(void) {
  BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "weir stream");
  if (method) {
    BIO_meth_set_create(method, wire_create);
    BIO_meth_set_read_ex(method, wire_read);
    BIO_meth_set_write_ex(method, wire_write);
    BIO_meth_set_ctrl(method, wire_ctrl);
  }
  return method;
}

BIO *wire_bio_new(struct tls_stream *t) {
  BIO *bio = BIO_new(t->tls->wire_method);
  if (bio)
    BIO_set_data(bio, t);
  return bio;
}
