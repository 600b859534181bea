/*
 * TCP: sockets, listening, connecting, and a stream over a connected socket. Every descriptor is non-blocking
 * and close-on-exec; TCP_NODELAY is set. Connecting to a name races IPv6 and IPv4 (RFC 8305): the first
 * address of the preferred family at once, the next one 250 ms later or when one fails, the first that answers wins.
 */
#ifndef WEIR_IO_TCP_H
#define WEIR_IO_TCP_H

#include "weir/base/err.h"
#include "weir/io/loop.h"
#include "weir/io/resolve.h"
#include "weir/io/stream.h"

/* A listening socket on `a` (port 0: a free one; *a then holds what it is). -1 with *err on failure, and errno kept. */
int tcp_listen(struct address *a, int backlog, struct err *err);

enum tcp_accept_code { TCP_ACCEPTED, TCP_NONE, TCP_FULL /* EMFILE, ENFILE, ENOMEM */, TCP_RETRY };
enum tcp_accept_code tcp_accept(int listener, int *fd, struct address *peer);

/* Of a connection that the kernel redirected (netfilter's REDIRECT, TPROXY): where it was going. One that came straight
 * gives its own local end. */
bool tcp_original(int fd, struct address *out);
/* Connections to any address may be given to it (TPROXY). False: weir lacks CAP_NET_ADMIN, only REDIRECT works. */
bool tcp_take_any(int listener, int family);
/* Is that the local end of a socket of this process? Asks the kernel about each: not for every day. */
bool tcp_is_ours(const struct address *local);

/* Takes the descriptor over. NULL when the loop cannot take it (the descriptor is then closed). */
struct stream *tcp_stream_new(struct loop *loop, int fd);
int tcp_stream_fd(const struct stream *s); /* -1 for other kinds */

enum tcp_stage { TCP_STAGE_NAME, TCP_STAGE_CONNECT };

struct tcp_dial_result {
  struct stream *stream; /* the caller's from now on; NULL on failure */
  enum tcp_stage stage;  /* where it failed */
  int code;              /* errno, or an enum resolve_code for TCP_STAGE_NAME */
  bool timed_out;
  char text[200];         /* a sentence: "nosuch.invalid: name not known" */
  struct address address; /* the one that answered, or the last tried */
  uint64_t name_ns;       /* spent on the name; 0 for a literal */
  uint64_t connect_ns;    /* spent on connecting */
};

struct tcp_dial_options {
  uint64_t name_timeout_ns, connect_timeout_ns; /* 0: no limit of ours */
  /* Asked for each resolved address before connecting; false refuses it (a loop to our own listener). */
  bool (*allow)(void *arg, const struct address *a);
  void *allow_arg;
};

struct tcp_dial;
typedef void tcp_dial_fn(void *arg, const struct tcp_dial_result *result);

/* The callback comes exactly once, never from inside this call, and not after tcp_dial_cancel(). A refused
 * address (allow) fails with code ELOOP. The dial is gone after the callback; cancelling it inside is harmless. */
struct tcp_dial *tcp_dial(struct loop *loop, struct resolver *resolver, const char *host, uint16_t port,
                          const struct tcp_dial_options *options, tcp_dial_fn *fn, void *arg);
void tcp_dial_cancel(struct tcp_dial *dial); /* NULL is fine */

#endif
