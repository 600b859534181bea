/*
 * A stream: bytes both ways over something. Instances stack (TLS over CONNECT over TCP). Nothing blocks.
 * Result code and size are separate; "would block" is an ordinary code. What to wait for is asked of the
 * stream's user (want), never set: after something changed outside of a callback, call stream_touch().
 *
 * The user's ready() is called with STREAM_READ (recv may give something, an end or an error), STREAM_WRITE,
 * or STREAM_HUP (only when nothing but STREAM_HUP was wanted). stream_free() may be called inside ready().
 */
#ifndef WEIR_IO_STREAM_H
#define WEIR_IO_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/io/address.h"

enum io_code {
  IO_OK,    /* *done > 0 bytes moved */
  IO_AGAIN, /* nothing now; ready() will tell */
  IO_EOF,   /* recv only: the peer ended its direction in order */
  IO_ERROR, /* the stream is broken; stream_error() says how */
};

enum stream_events { STREAM_READ = 1, STREAM_WRITE = 2, STREAM_HUP = 4 };

struct secure_facts;
struct stream;

struct stream_user {
  unsigned (*want)(void *arg);
  void (*ready)(void *arg, unsigned events);
  void *arg;
};

struct stream_info {
  struct address local, peer;
  const char *kind;            /* "tcp", "mem", "tls" */
  struct secure_facts *secure; /* TLS: its own; take a reference to keep it. NULL otherwise */
};

struct stream_ops {
  enum io_code (*recv)(struct stream *s, void *to, size_t room, size_t *done);
  enum io_code (*send)(struct stream *s, const void *from, size_t n, size_t *done);
  enum io_code (*shutdown)(struct stream *s); /* end our direction; the other stays open */
  void (*touch)(struct stream *s);
  void (*info)(struct stream *s, struct stream_info *out);
  void (*free)(struct stream *s, bool reset); /* reset: the peer should see an abort (RST), not an orderly end */
};

/* First member of every implementation. */
struct stream {
  const struct stream_ops *ops;
  struct stream_user user;
  int error; /* errno of the last IO_ERROR */
};

void stream_set_user(struct stream *s, struct stream_user user);
enum io_code stream_recv(struct stream *s, void *to, size_t room, size_t *done);
enum io_code stream_send(struct stream *s, const void *from, size_t n, size_t *done);
enum io_code stream_shutdown(struct stream *s);
void stream_touch(struct stream *s);
void stream_info(struct stream *s, struct stream_info *out);
int stream_error(const struct stream *s);
void stream_free(struct stream *s);  /* orderly close; NULL is fine */
void stream_abort(struct stream *s); /* close so that the peer sees a reset; NULL is fine */

#endif
