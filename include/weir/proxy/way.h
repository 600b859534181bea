/*
 * Ways to a server: straight, or through another proxy (--upstream). Ways stand in an ordered list; the first whose filter
 * matches is taken, and where none does, or the host is one of those left out (--no-upstream, no_proxy), the server is
 * asked straight. Ways never change once they are made; connections that were made by different ones never mix.
 *
 * A way knows the password for its proxy; nothing else of weir does: `text` is what may be shown.
 */
#ifndef WEIR_PROXY_WAY_H
#define WEIR_PROXY_WAY_H

#include "weir/base/err.h"
#include "weir/filter/filter.h"
#include "weir/flow/flow.h"

enum way_kind {
  WAY_DIRECT,
  WAY_HTTP,
  WAY_HTTPS,   /* the same, spoken to in TLS */
  WAY_SOCKS5,  /* names are looked up here */
  WAY_SOCKS5H, /* ... there */
};

struct way {
  enum way_kind kind;
  struct filter *filter; /* NULL: for all */
  char *text;            /* "http://proxy.test:3128", never with a password; NULL: direct */
  char *host;
  uint16_t port;
  char *user, *password; /* NULL: none was given */
  char *basic;           /* the same as HTTP says it, "Basic ..."; NULL: none */
};

struct ways;
struct ways *ways_new(void);
void ways_free(struct ways *w);
/* "URL", "FILTER => URL", "FILTER => direct"; URL: http, https, socks5 or socks5h, [USER:PASSWORD@]HOST:PORT, parts of the
 * user percent-encoded where they have to be. No sentence of *err ever holds a password. */
bool ways_add(struct ways *w, struct slice text, struct err *err);
/* Hosts that are asked straight, with commas or blanks between them: "*", "shop.test" (and all below), ".shop.test" and
 * "*.shop.test" (the same), addresses, "10.0.0.0/8"; each may end in ":PORT". lenient: what is none of these is passed over
 * (the environment's no_proxy). */
bool ways_except(struct ways *w, struct slice hosts, bool lenient, struct err *err);
bool ways_want_process(const struct ways *w); /* a filter asks whose the request is */
bool ways_want_tls(const struct ways *w);     /* a proxy is spoken to in TLS */
/* For a flow that goes to host (lower case) and port; NULL: straight. */
const struct way *ways_choose(const struct ways *w, const struct flow *f, const char *host, uint16_t port);

#endif
