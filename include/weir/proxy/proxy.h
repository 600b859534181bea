/*
 * The proxy: listeners, client connections, exchanges, upstream connections, tunnels and replays, on one loop.
 * It records into a store and asks rules. The functions below are what a person can do to a flow; each
 * returns false with a sentence when it cannot.
 *
 * Life of a request: listener -> conn (client codec) -> exchange (hooks, tee) -> upstream (pool, dial, server codec)
 * -> exchange -> conn. See doc/architecture.md.
 */
#ifndef WEIR_PROXY_PROXY_H
#define WEIR_PROXY_PROXY_H

#include "weir/flow/store.h"
#include "weir/io/loop.h"
#include "weir/io/resolve.h"
#include "weir/io/stream.h"
#include "weir/proxy/mode.h"
#include "weir/rule/hook.h"

struct proxy_config {
  uint64_t body_limit;         /* recorded bytes of one body */
  const char *via;             /* NULL: add nothing */
  bool proxy_header;           /* each client begins with a PROXY header, as with a mode that says so */
  unsigned pool_idle_per_host; /* idle upstream connections kept for longer than a moment */
  /* ns; 0: none */
  uint64_t head_timeout; /* a request head must be whole by then */
  uint64_t idle_timeout; /* keep-alive connections, both sides */
  uint64_t name_timeout, connect_timeout;
  uint64_t tls_timeout;      /* a TLS handshake, either side */
  uint64_t send_timeout;     /* no progress while sending to a server or a client */
  uint64_t body_timeout;     /* no progress in a body that is arriving */
  uint64_t response_timeout; /* for the response head; default none */
  uint64_t tunnel_timeout;   /* idle tunnel; default none */
  uint64_t command_timeout;  /* a program of a rule */
  uint64_t client_grace;     /* how long the answer may still take after the client's FIN */
};
extern const struct proxy_config proxy_config_default;

struct mode;
struct proxy;

struct proxy *proxy_new(struct loop *loop, struct resolver *resolver, struct store *store, struct rules *rules,
                        const struct proxy_config *config);
/* Limits and times from now on; a wait that has begun keeps the end it was given. via is not copied. */
void proxy_set_config(struct proxy *p, const struct proxy_config *config);
/* Drops what is paused, aborts what runs, closes everything. */
void proxy_free(struct proxy *p);

/* `a`: port 0 takes a free one and writes it back. */
bool proxy_listen(struct proxy *p, struct address *a, struct err *err);
/* The same in a mode; NULL: the usual one. Takes a reference of its own. */
bool proxy_listen_as(struct proxy *p, struct address *a, struct mode *mode, struct err *err);
/* Tests: a client connection over any stream; the proxy owns it from now on. */
void proxy_accept(struct proxy *p, struct stream *client);
void proxy_accept_as(struct proxy *p, struct stream *client, struct mode *mode); /* its listener has that mode */
/* Tests: server connections come from here instead of the network; NULL: refused. */
typedef struct stream *proxy_dial_fn(void *arg, const char *host, uint16_t port);
void proxy_set_dial(struct proxy *p, proxy_dial_fn *dial, void *arg);

/* HTTPS: with these, tunnels that carry TLS are intercepted. Neither is owned; both outlive the proxy. */
struct tls;
struct authority;
void proxy_set_tls(struct proxy *p, struct tls *tls, const struct authority *authority);
/* The same, opened at the first need: `open` calls proxy_set_tls() and returns true, or false with a sentence that fails
 * the flow; it is asked again for the next one. */
typedef bool proxy_open_tls_fn(void *arg, struct err *err);
void proxy_set_tls_opener(struct proxy *p, proxy_open_tls_fn *open, void *arg);
/* Hosts whose TLS passes untouched, and servers whose certificate need not be good: "*", "*.shop.test",
 * "api.shop.test". */
void proxy_set_passthrough(struct proxy *p, const char *host, bool on);
bool proxy_passthrough(const struct proxy *p, const char *host);
/* TLS in tunnels whose CONNECT matches passes untouched too; NULL or "": none. On error nothing changes: a filter may
 * only ask for what is known when a tunnel begins. */
bool proxy_set_passthrough_filter(struct proxy *p, const char *text, struct err *err);
bool proxy_check_passthrough_filter(const char *text, struct err *err); /* would it be taken? */
void proxy_set_insecure(struct proxy *p, const char *host, bool on);
bool proxy_insecure(const struct proxy *p, const char *host);
/* Whose the connections of this machine's clients are is looked for, and told to their flows. Not owned; outlives the
 * proxy. */
struct process_finder;
void proxy_set_processes(struct proxy *p, struct process_finder *processes);
/* Who may use it (proxy/gate.h); taken over. NULL: whoever reaches it. Before the first listener. */
struct gate;
void proxy_set_gate(struct proxy *p, struct gate *gate);
/* How servers are asked (proxy/way.h); taken over. Before the first request. */
struct ways;
void proxy_set_ways(struct proxy *p, struct ways *ways);
/* Clients that have tried TLS, and whether they trusted weir. Valid until the next turn. */
struct proxy_client {
  struct address address; /* its port is that of the first connection */
  char *program;          /* of this machine, where that was found: each is a client of its own; NULL none */
  unsigned accepted, rejected;
  char *rejected_host; /* the last one; NULL none */
  unsigned rejected_in_a_row;
};
size_t proxy_clients(const struct proxy *p, const struct proxy_client **list);

void proxy_set_recording(struct proxy *p, bool on); /* off: traffic passes, nothing is shown */
bool proxy_recording(const struct proxy *p);

/* ---- what a person does ---- */
bool proxy_resume(struct proxy *p, uint64_t id, struct err *err); /* sends the paused message, edited or not */
size_t proxy_resume_all(struct proxy *p);
bool proxy_drop(struct proxy *p, uint64_t id, struct err *err); /* paused: the client is answered or closed at once */
/* The answer to a request that is paused is to be paused too, whatever the intercepts say, or not. */
bool proxy_pause_response(struct proxy *p, uint64_t id, bool on, struct err *err);
/* Puts `text` (http/message.h) in the place of the paused message; it stays paused. head_only: what
 * proxy_edit_open() said when the text was made. Its body may have arrived since, and is not what this text lacks. */
bool proxy_edit(struct proxy *p, uint64_t id, enum flow_side side, struct slice text, bool keep_length, bool head_only,
                struct err *err);
/* The same for a long body that was made piece by piece, as it goes on the wire: complete and sealed. Taken over, unless
 * it is false; `head` ends with its empty line. */
bool proxy_edit_body(struct proxy *p, uint64_t id, enum flow_side side, struct slice head, struct body *body,
                     bool keep_length, struct err *err);
/* Puts *edit (NULL: the message as it came) in the place of the paused message, and into *edit what stood there: the way
 * back from proxy_edit(), whose text flow_edit_copy() keeps beforehand. */
bool proxy_edit_swap(struct proxy *p, uint64_t id, enum flow_side side, struct flow_edit **edit, struct err *err);
/* The text a person edits: what would be sent now, its head in *head, its body, decoded, a piece at a time behind it. NULL:
 * it cannot be edited; *head_only: the head can, the body is above the limit or not there yet, and *err says which. The flow
 * must be pinned, and stays with the proxy as long as the source is used. */
struct edit_source;
enum edit_piece {
  EDIT_PIECE, /* some bytes of the body, or none yet */
  EDIT_END,   /* and no more */
  EDIT_ANEW,  /* what came so far does not count: the body begins again */
};
struct edit_source *proxy_edit_open(struct proxy *p, uint64_t id, enum flow_side side, struct buf *head,
                                    bool *head_only, struct err *err);
enum edit_piece proxy_edit_read(struct edit_source *s, size_t most, struct buf *out); /* appends some `most` bytes */
bool edit_source_decoded(const struct edit_source *s); /* at its end: an edited body will be coded again */
unsigned edit_source_percent(const struct edit_source *s);
void edit_source_free(struct edit_source *s);
/* Sends again what was last sent, as a new flow on a new connection; its id, or 0 with *err. */
uint64_t proxy_replay(struct proxy *p, uint64_t id, struct err *err);
/* The same for a request that the store may not have any more (flow_keep_request()). */
uint64_t proxy_replay_of(struct proxy *p, const struct flow *old, struct err *err);
uint64_t proxy_send_of(struct proxy *p, const struct flow *old, struct slice text, bool keep_length, struct err *err);
/* Sends an edited text as a child of `parent` (0: none). Same refusals as proxy_edit(). */
uint64_t proxy_send(struct proxy *p, uint64_t parent, struct slice text, bool keep_length, struct err *err);
uint64_t proxy_send_body(struct proxy *p, uint64_t parent, struct slice head, struct body *body, bool keep_length,
                         struct err *err);                       /* with a body as for proxy_edit_body() */
bool proxy_abort(struct proxy *p, uint64_t id, struct err *err); /* a running exchange or tunnel is ended */

/* The worker of a rule with that text (pipe worker). False: there was no message for it yet. */
struct proxy_worker {
  pid_t pid;           /* 0: none runs */
  size_t has, waiting; /* messages */
  uint64_t answered;   /* since its rule is in force */
  const char *failed;  /* how it ended the last time that it should not have; NULL: it never has */
  uint64_t again;      /* ns until it may be started again; 0: at the next message */
};
bool proxy_worker(const struct proxy *p, const char *rule, struct proxy_worker *out);

struct proxy_listening {
  struct address address;
  enum mode_kind kind;
  const char *mode; /* "socks5", "reverse:http://127.0.0.1:3000" */
  bool open_to_all; /* others can reach it, and neither --auth nor --allow keeps them out */
  bool can_ask;     /* its clients can be asked for a password; else --allow alone keeps others out */
  bool header;      /* a PROXY header stands before all of it */
  bool no_tproxy;   /* transparent, and without CAP_NET_ADMIN: what TPROXY rules catch goes past it */
  bool usual;       /* where programs are pointed at as their HTTP proxy */
};
struct proxy_stats {
  const struct proxy_listening *listening; /* in the order they were opened; valid until the next proxy_listen() */
  size_t listeners;
  size_t clients;   /* connections now, without those that are tunnels */
  size_t upstreams; /* in use and idle */
  size_t paused;
  size_t running;                /* exchanges not finished */
  size_t programs;               /* of rules, running now */
  uint64_t requests;             /* ever */
  uint64_t bytes_up, bytes_down; /* ever, on the client side */
  bool tunnels;                  /* some are open, or will be when it is known what is in them */
  bool at_limit;                 /* out of descriptors: new clients wait */
  bool off_loopback;             /* listens on an address that others can reach */
  bool open_to_all;              /* ... and one of those is so */
};
struct proxy_stats proxy_stats(const struct proxy *p);
const struct proxy_listening *proxy_usual(const struct proxy_stats *s); /* the first that is usual; NULL: none */

#endif
