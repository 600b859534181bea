/* What the files of the transcript player share: the peers of a proxy under test, and the steps they take. */
#ifndef WEIR_TESTS_WIRE_PRIVATE_H
#define WEIR_TESTS_WIRE_PRIVATE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "memory_stream.h"
#include "weir/base/clock.h"
#include "weir/base/mem.h"
#include "weir/base/units.h"
#include "weir/proxy/gate.h"
#include "weir/proxy/mode.h"
#include "weir/proxy/proxy.h"
#include "weir/proxy/way.h"
#include "weir/rule/intercept.h"

#define PEERS 80
#define TURNS 4000

struct peer {
  struct stream *stream;
  struct buf got;
  struct buf expect; /* gathered "<" lines, checked together */
  struct buf to_send;
  bool eof, broke, fin;
  bool deaf;   /* reads nothing */
  bool serves; /* answers every request by itself */
};

struct wire {
  struct loop *loop;
  struct store *store;
  struct rules *rules;
  struct recorded *recorded;
  struct proxy *proxy;
  struct proxy_config config;
  struct memory_options memory;
  struct peer client[PEERS], server[PEERS];
  struct peer guest, crowd; /* of the steps in wire_hostile.c: a client, and the server of its traffic */
  struct mode *mode;        /* of the clients that come from now on; NULL: the usual one */
  struct ways *ways;        /* the proxy's; NULL: none */
  int servers;
  int refusals; /* of connections to servers */
  int patience; /* turns where otherwise one is enough */
  bool refuse;
  bool commands; /* signals are open, so that rules may run programs */
  uint64_t now;
  struct buf text;
  uint64_t memory_budget;
  size_t flows;
  const char *file;
  int line;
};

#define CHECK(w, condition, ...)                                                                                       \
  do {                                                                                                                 \
    if (!(condition)) {                                                                                                \
      print_error("%s:%d: ", (w)->file, (w)->line);                                                                    \
      print_error(__VA_ARGS__);                                                                                        \
      print_error("\n");                                                                                               \
      fail();                                                                                                          \
    }                                                                                                                  \
  } while (0)
/* wire_peer.c */
struct stream *wire_dial(void *arg, const char *host, uint16_t port);
typedef bool condition_fn(struct wire *w, struct peer *p, const void *arg);
bool until(struct wire *w, condition_fn *holds, struct peer *p, const void *arg); /* within TURNS turns */
void turns(struct wire *w, int n);
void show(const char *what, struct slice s);
void unescape(struct buf *out, const char *s);
void operand(const char *step, struct buf *out); /* "> x", ">> x", ">*3 x": the bytes meant */
void open_client(struct wire *w, struct peer *p);
void settle_all(struct wire *w); /* what was expected has come, byte for byte */
bool has_ended(struct wire *w, struct peer *p, const void *arg);
bool response_is_there(struct wire *w, struct peer *p, const void *arg);
size_t response_size(struct slice s, int *status); /* 0: not complete */
bool server_is_there(struct wire *w, struct peer *p, const void *arg);
void peer_send(struct peer *p, struct slice bytes);
void peer_forget(struct peer *p); /* its stream and what it held */
void peer_step(struct wire *w, struct peer *p, const char *rest);

/* wire_row.c */
void row_step(struct wire *w, const char *words);
void option_step(struct wire *w, const char *name, const char *value);

/* wire_hostile.c: each with a client of its own */
bool hostile_step(struct wire *w, const char *line); /* false: not one of these */
void traffic_step(struct wire *w, int exchanges);
void repeat_step(struct wire *w, struct peer *client, struct peer *server);

#endif
