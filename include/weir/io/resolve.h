/*
 * Names to addresses without blocking, by c-ares (ARES_OPT_SOCK_STATE_CB, ares_process_fd, ares_timeout; never
 * ares_fds or ares_process, which abort above descriptor 1023). A and AAAA are two queries, so that one silent
 * answer cannot hold the other. "localhost" and "*.localhost" are loopback without asking (RFC 6761-6.3).
 * A changed /etc/resolv.conf makes a new channel. Nothing is cached beyond a query.
 */
#ifndef WEIR_IO_RESOLVE_H
#define WEIR_IO_RESOLVE_H

#include "weir/base/err.h"
#include "weir/io/address.h"
#include "weir/io/loop.h"

enum resolve_code {
  RESOLVE_OK,
  RESOLVE_UNKNOWN,
  RESOLVE_NO_ADDRESS,
  RESOLVE_TIMEOUT,
  RESOLVE_REFUSED,
  RESOLVE_INVALID,
  RESOLVE_FAILED
};

#define RESOLVE_MAX 16

struct resolve_part { /* the answer of one family, as soon as it is there */
  int family;         /* 4 or 6 */
  enum resolve_code code;
  struct address address[RESOLVE_MAX];
  size_t n;
};

struct resolver;
struct resolve_query;
typedef void resolve_fn(void *arg, const struct resolve_part *part); /* called twice, once a family */

struct resolver *resolver_new(struct loop *loop, struct err *err);
void resolver_free(struct resolver *r); /* pending queries end without a callback */
/* Never calls back from inside this call. IP literals work too. */
struct resolve_query *resolver_ask(struct resolver *r, const char *name, uint16_t port, resolve_fn *fn, void *arg);
void resolver_cancel(struct resolve_query *q);    /* NULL is fine; not after both parts were delivered */
const char *resolve_text(enum resolve_code code); /* "name not known" */

#endif
