/*
 * The benchmark: a load generator, an origin and a plain relay of its own, weir and nginx as programs beside.
 * Everything is on loopback. One process drives; the origin and the relay are forked from it.
 */
#ifndef WEIR_TESTS_BENCH_BENCH_H
#define WEIR_TESTS_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* ---- load.c: a closed loop of requests; each connection has one on the way ---- */

struct load {
  uint16_t port;        /* of whom is asked, 127.0.0.1 */
  uint16_t origin_port; /* absolute-form requests name it */
  unsigned connections;
  unsigned requests; /* in all */
  unsigned size;     /* of each response's body */
  bool reconnect;    /* a connection for each request */
  uint8_t source;    /* the client's address is 127.0.0.source, so that closed ports do not run out */
};

struct load_result {
  bool ok;
  char why[120];
  double seconds;
  double median_us; /* latency of one request */
  uint64_t requests, body_bytes;
  uint64_t sent_bytes, received_bytes; /* heads and bodies */
};
void load_run(const struct load *load, struct load_result *result);
int load_connect(uint16_t port, uint8_t source); /* blocking; -1 on failure */

/* ---- origin.c, relay.c: never return ---- */

int listen_anywhere(uint16_t *port); /* on 127.0.0.1 */
_Noreturn void origin_run(int listener);
_Noreturn void relay_run(int listener, uint16_t to);

/* ---- peer.c: programs ---- */

struct peer {
  const char *name;
  pid_t pid; /* 0: none */
  uint16_t port;
  int err;         /* weir's stderr; -1: none */
  pid_t drain;     /* reads the terminal of a weir with a screen; 0: none */
  double accept_s; /* from exec to the first accepted connection */
};
bool peer_origin(struct peer *p);
bool peer_relay(struct peer *p, uint16_t origin);
bool peer_nginx(struct peer *p, uint16_t origin);
bool peer_weir(struct peer *p, const char *const *extra); /* --headless; extra ends with NULL, may be NULL */
bool peer_weir_screen(struct peer *p);
/* Ends weir and reads what it recorded. */
struct recorded {
  bool told;
  uint64_t flows, body_bytes;
};
struct recorded peer_stop(struct peer *p);
double peer_cpu(const struct peer *p);   /* seconds of processor time so far */
uint64_t peer_rss(const struct peer *p); /* bytes */
bool peer_answers(const struct peer *p); /* asks for what weir does not have: no page, no certificate */
/* Asks weir's own page how many flows it has recorded; false: no answer. */
bool peer_ask_flows(const struct peer *p, uint64_t *flows);
double seconds_now(void);

/* ---- stats.c ---- */

#define ROUNDS     7
#define SPREAD_MAX 0.15

struct series {
  double v[64];
  unsigned n;
};
struct summary {
  double median, min, max;
  bool steady;
};
void series_add(struct series *s, double v);
struct summary series_summary(const struct series *s);
void print_title(const char *text);
void print_series(const char *name, const struct series *s, const char *unit);
/* value against target, "holds" or "does not hold"; without a verdict when something was unsteady. */
void print_verdict(const char *what, double value, bool at_least, double target, const char *unit, bool steady);
void print_verdict_all(const char *what, const struct series *s, double most, const char *unit);
void print_no_figure(const char *what, const char *why);
void print_total(void);

#endif
