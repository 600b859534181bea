/*
 * The benchmark: a load generator, an origin and a plain relay of its own, weir and nginx as programs beside.
 * Everything is on loopback. One process drives; the origin and the relay are forked from it.
 */
#ifndef WEIR_TESTS_BENCH_BENCH_H
#define WEIR_TESTS_BENCH_BENCH_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* ---- load.c: a closed loop of requests; each connection has one on the way ---- */

#define BENCH_DOMAIN "bench.test" /* the names that TLS asks for end so */
#define WARM_NAME    "warm." BENCH_DOMAIN

struct load {
  uint16_t port;        /* of whom is asked, 127.0.0.1 */
  uint16_t origin_port; /* absolute-form requests name it */
  unsigned connections;
  unsigned requests; /* in all */
  double seconds;    /* none is begun after so long; 0: all of them are */
  unsigned size;     /* of each response's body */
  bool reconnect;    /* a connection for each request */
  bool tunnel;       /* a CONNECT to the origin opens each connection */
  SSL_CTX *tls;      /* NULL: in clear */
  bool new_names;    /* each handshake asks for a name that was never asked for before */
  bool handshakes;   /* with reconnect: no request, the connection ends in order after its handshake */
  uint8_t source;    /* the client's address is 127.0.0.source, so that closed ports do not run out */
};

struct load_result {
  bool ok;
  char why[120];
  double seconds;
  double median_us, p99_us; /* latency of one request */
  uint64_t requests, body_bytes;
  uint64_t sent_bytes, received_bytes; /* heads and bodies */
};
void load_run(const struct load *load, struct load_result *result);

/* ---- hand.c: keys in a terminal ---- */

void hand(uint16_t origin);

/* ---- rules.c ---- */

void rules_cost(uint16_t origin);
void rules_time(uint16_t origin);

/* ---- wire.c: one of its connections ---- */

enum wire_stage { WIRE_DIALING, WIRE_TUNNELING, WIRE_CONNECTED, WIRE_SHAKING, WIRE_READY, WIRE_ENDING };
enum wire_code { WIRE_OPEN, WIRE_WAIT, WIRE_BROKEN };

struct wire {
  int fd; /* -1: none */
  SSL *ssl;
  char name[64]; /* that TLS asked for */
  enum wire_stage stage;
  char answer[512]; /* to CONNECT */
  unsigned answer_n;
};
int load_connect(uint16_t port, uint8_t source);         /* blocking, reads for ten seconds at most; -1 on failure */
bool wire_open(struct wire *w, const struct load *load); /* waits until it is open */
bool wire_dial(struct wire *w, const struct load *load); /* does not wait: then step by step until it is open */
enum wire_code wire_step(struct wire *w, const struct load *load);
bool wire_named_right(const struct wire *w);              /* the certificate is for the name that was asked for */
ssize_t wire_recv(struct wire *w, void *to, size_t room); /* as recv() and send() */
ssize_t wire_send(struct wire *w, const void *from, size_t n);
void wire_finish(struct wire *w);   /* close_notify and the end of our direction; now wire_drain() until 0 */
ssize_t wire_drain(struct wire *w); /* as recv() */
void wire_close(struct wire *w);

/* ---- origin.c, relay.c: never return ---- */

int listen_anywhere(uint16_t *port);                   /* on 127.0.0.1 */
_Noreturn void origin_run(int listener, SSL_CTX *tls); /* NULL: in clear */
_Noreturn void relay_run(int listener, uint16_t to);

/* ---- peer.c: programs ---- */

#define PEER_FOLDER 400

struct peer {
  const char *name;
  pid_t pid; /* 0: none */
  uint16_t port;
  int err;         /* weir's stderr; -1: none */
  pid_t drain;     /* reads the terminal of a weir with a screen; 0: none */
  double accept_s; /* from exec to the first accepted connection */
  bool session;    /* leads a session of its own: ended as a whole */
  bool family;     /* several processes or threads: their processor time is summed, in ticks */
  char folder[PEER_FOLDER];
};
uint16_t free_port(void);
bool folder_new(char *path, size_t size); /* below build/tmp, absolute */
void folder_remove(const char *path);     /* with all that is in it */
void peer_silence(void);                  /* the process says and hears nothing from here on */
bool peer_exec(struct peer *p, const char *const *argv);
bool peer_origin(struct peer *p, SSL_CTX *tls); /* NULL: in clear */
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

/* ---- rivals.c: others that speak TLS on both sides ---- */

struct tls_lab {             /* tls.c */
  char folder[PEER_FOLDER];  /* with all of these: PEM */
  char ca[PEER_FOLDER + 16]; /* the authority: of the origin, and of those who sign what they show to clients */
  char ca_key[PEER_FOLDER + 16];
  char leaf[PEER_FOLDER + 16]; /* *.bench.test and its key */
  uint16_t origin;             /* over TLS */
};
enum peer_start { PEER_RUNS, PEER_ABSENT, PEER_FAILED };
enum peer_start peer_nginx_tls(struct peer *p, const struct tls_lab *lab, bool keep);
enum peer_start peer_mitmdump(struct peer *p, const struct tls_lab *lab);
enum peer_start peer_squid(struct peer *p, const struct tls_lab *lab);
enum peer_start peer_sslsplit(struct peer *p, const struct tls_lab *lab);

/* ---- tls.c: scenarios ---- */

void tls_keep_alive(void);
void tls_warm(void);
void tls_new_host(void);
void tls_first_request(void);
void tls_lab_close(void);

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
