/*
 * A flow is the record of one exchange: what was asked, what came back, when, from whom, what was changed. It
 * outlives the exchange and lives in the store. A flow of its own kind records a CONNECT tunnel.
 * Heads and bodies are kept as received; what was sent instead, where a person changed it, is kept beside.
 */
#ifndef WEIR_FLOW_FLOW_H
#define WEIR_FLOW_FLOW_H

#include "weir/flow/body.h"
#include "weir/http/head.h"
#include "weir/io/address.h"
#include "weir/io/process.h"
#include "weir/io/secure.h"

enum flow_side { FLOW_REQUEST, FLOW_RESPONSE };

enum flow_kind {
  FLOW_HTTP,
  FLOW_TUNNEL, /* CONNECT, or what follows a 101: bytes are counted, not kept */
};

enum flow_state {
  FLOW_REQUEST_ARRIVING, /* the head is there, the body comes */
  FLOW_WAITING,          /* for the server: name, connection, or the first byte of its answer */
  FLOW_RESPONSE_ARRIVING,
  FLOW_OPEN, /* a tunnel that is up */
  FLOW_DONE,
  FLOW_FAILED, /* `error` says why; there may be a response, whole or cut */
};

enum flow_paused { FLOW_RUNNING, FLOW_PAUSED_REQUEST, FLOW_PAUSED_RESPONSE };

/* What becomes of a paused message that nobody lets go. */
enum flow_pause_end { PAUSE_WAITS, PAUSE_SENDS, PAUSE_DROPS, PAUSE_ANSWERS /* 504 */ };

/* What is known of the last pause, also when it is over. */
struct flow_pause {
  char *why;               /* the condition of the intercept */
  enum flow_pause_end end; /* ... at `until` */
  uint64_t after, until;   /* ns after the pause began; monotonic. 0: never */
  uint64_t gone;           /* when its client left while it was paused; 0: it has not */
  bool once;               /* the intercept was for this message alone */
  bool ended;              /* nobody let it go: `end` was done */
  bool response_too;       /* it was the request: its response is to be paused too */
};

/* Where it failed. */
enum flow_stage {
  STAGE_NONE,
  STAGE_REQUEST,
  STAGE_NAME,
  STAGE_CONNECT,
  STAGE_TLS,
  STAGE_SEND,
  STAGE_WAIT,
  STAGE_RESPONSE,
  STAGE_TUNNEL,
  STAGE_PAUSED
};
/* What failed. flow_error_word() is what the STAT column shows. */
enum flow_error {
  ERROR_NONE,
  ERROR_NAME,        /* "dns": name not known */
  ERROR_REFUSED,     /* "refused" */
  ERROR_UNREACHABLE, /* "unreach" */
  ERROR_RESET,       /* "reset": by the server */
  ERROR_CLOSED,      /* "closed": the server ended too early */
  ERROR_TIMEOUT,     /* "timeout" */
  ERROR_PROTOCOL,    /* "proto": not valid HTTP */
  ERROR_CLIENT,      /* "client": the client went away */
  ERROR_DROPPED,     /* "dropped": by the person */
  ERROR_LOOP,        /* "loop": to weir itself */
  ERROR_LIMIT,       /* "limit": descriptors, sizes */
  ERROR_DENIED,      /* "denied": the client may not use weir */
  ERROR_PROXY,       /* "proxy": the upstream proxy refused */
  ERROR_TLS,         /* "tls": no trust, no common ground, or no TLS at all */
  ERROR_OTHER,
};

/* Monotonic ns; 0: has not happened. */
struct flow_times {
  uint64_t start;      /* first byte of the request */
  uint64_t name_ns;    /* spent on the name */
  uint64_t connect_ns; /* spent on connecting; 0 on a reused connection */
  uint64_t
      tls_ns; /* spent on the TLS handshake with the server, as far as this request waited for it; of a CONNECT that
                            * carried none: with the client */
  uint64_t request_sent; /* first byte of the request was sent */
  uint64_t request_end;  /* the request was received whole */
  uint64_t first_byte;   /* of the response */
  uint64_t end;
  uint64_t paused_ns;    /* in all, earlier pauses */
  uint64_t paused_since; /* now paused since; 0: not */
  uint64_t delayed_ns;   /* a rule let it wait */
};

/* A message that goes instead of the one received. */
struct flow_edit {
  struct http_head head;
  struct http_head wire; /* ... as it was written: without hop-by-hop fields, the target as its receiver reads it. raw
                          * NULL: not written yet, or as `head` has it */
  struct body body;
  bool body_changed; /* false: the body is the original's */
  bool keep_length;  /* Content-Length stands as typed, right or wrong */
  bool by_rule;      /* no person had a hand in it */
};

struct flow_message {
  struct http_head head; /* as received; head.raw NULL: none yet */
  struct body body;      /* as received, framing removed, still content-coded; without a head: see flow_invalid() */
  char *trailers;        /* raw field lines; NULL: none */
  uint32_t trailers_n;
  uint64_t wire;          /* bytes on the wire: head, framing and body, as received */
  bool stream;            /* a direction of a tunnel that is recorded: the body is its bytes, and there is no head */
  struct flow_edit *sent; /* NULL: what was received was sent (but for hop-by-hop fields) */
};

/* What observers are told; a mask. */
enum flow_change {
  FLOW_CHANGED_STATE = 1,
  FLOW_CHANGED_HEAD = 2,
  FLOW_CHANGED_BODY = 4,
  FLOW_CHANGED_NOTE = 8, /* mark, note, tags */
  FLOW_CHANGED_EDIT = 16,
  FLOW_CHANGED_CLIENT = 32, /* whose it is has become known */
};

struct flow {
  uint64_t id;     /* grows only, from 1; 0: not in the store (yet) */
  uint64_t parent; /* the flow this one re-sends; 0: none */
  enum flow_kind kind : 8;
  enum flow_state state : 8;
  enum flow_paused paused : 8;
  enum flow_stage stage : 8;
  enum flow_error error : 8;
  bool marked : 1;
  bool selected : 1;        /* one of those that the person acts on together; the screen keeps it */
  bool replay : 1;          /* sent by weir itself */
  bool deleted : 1;         /* the person removed it from the list; it goes when its exchange ends */
  bool client_gone : 1;     /* while paused: nobody waits for the answer any more */
  bool reused : 1;          /* the server connection had been used before */
  bool body_missed : 1;     /* recording lost for want of memory */
  bool restored : 1;        /* it was taken out and put back: who writes each flow once has had it */
  bool unrecorded : 1;      /* recording was off: never shown */
  bool untouched : 1;       /* a tunnel that weir was told not to look into */
  bool shaking : 1;         /* while it waits: for the TLS handshake with its server */
  bool by_rule : 1;         /* its answer is a rule's: no server was asked */
  bool missed : 1;          /* a rule looked for its answer among the recorded flows, and found none */
  bool quiet : 1;           /* a tunnel in which TLS is up and nothing was asked yet */
  uint16_t refusals;        /* such requests of its client that it stands for; 0: itself alone */
  uint8_t pins;             /* viewed, edited, replayed: never evicted */
  int os_error;             /* errno, or a library's code, beside `error`; 0: none */
  char *error_text;         /* the sentence; NULL: none */
  char *error_cure;         /* what to do about it, "--insecure api.test"; NULL: nothing is known */
  const char *mode;         /* of its listener, a word that stands for ever, "socks5"; NULL: none */
  uint16_t listener;        /* ... and its port; 0: none */
  const char *error_kind;   /* finer than `error`, a word that stands for ever (tls_problem_word()); NULL: none */
  char *upstream;           /* the proxy that it went by, "http://proxy.test:3128", no password; NULL: straight */
  char *note;               /* the person's; NULL: none */
  struct flow_pause *pause; /* NULL: never paused, or without a reason */
  char *touched;            /* names of the rules that acted on it, a line each, in order; NULL: none did */
  char *tags;               /* words that rules put on it, a line each; NULL: none */
  const char *colour;       /* that a rule gave its row, a word that stands for ever; NULL: none */
  char *rule_says;          /* what a rule broke on purpose, or could not do, or the proxy did beside; NULL: nothing */
  char *scheme_host;        /* where it goes: "http://shop.test:8080", lower case scheme; NULL until known */
  uint16_t host_n;          /* length of the host within it (begins after "://") */
  uint16_t port;
  char *first_host; /* the same as the client wanted it, where a person or a rule sends it elsewhere; NULL: no other */
  uint16_t first_host_n, first_port;
  struct address client, server;
  struct address
      aimed; /* where the client wanted to go, and the host is only its name for that; family 0: to the host */
  struct process *process;                      /* that sent it; a reference. NULL: not of this machine, or not known */
  struct secure_facts *client_tls, *server_tls; /* references; NULL: in the clear, or not known yet */
  uint64_t wall_us;                             /* wall clock at times.start */
  struct flow_times times;
  struct flow_message request, response;
  uint64_t up, down; /* tunnel: bytes client to server, server to client */
  void *live;        /* the exchange while it lives (opaque here), else NULL */
  /* the store's own */
  uint32_t pending;    /* change mask not yet delivered */
  uint32_t pending_at; /* its place in the list of changed flows */
  size_t cost;         /* bytes counted against the budget */
  uint8_t counted;     /* what of it the store's sums hold now (enum in store.c) */
};

struct flow *flow_new(void);
void flow_free(struct flow *f);
size_t flow_cost(const struct flow *f); /* everything it holds, by the allocator's own count */

struct flow_message *flow_side(struct flow *f, enum flow_side side);
const struct flow_message *flow_side_const(const struct flow *f, enum flow_side side);
/* What came is not valid HTTP and was refused, or ended within its head: no head, and as the body the bytes as received,
 * at most 64 KiB. */
bool flow_invalid(const struct flow_message *m);
struct slice flow_invalid_line(const struct flow_message *m); /* its first line, without the line's end */
/* What really went out: the edited head where there is one. */
const struct http_head *flow_sent_head(const struct flow_message *m);
const struct body *flow_sent_body(const struct flow_message *m);
/* The head of what was changed byte for byte as it was written; of all else, and before it is, the same as flow_sent_head(). */
const struct http_head *flow_wire_head(const struct flow_message *m);
struct flow_edit *flow_edit_copy(const struct flow_edit *e); /* NULL gives NULL */
void flow_edit_free(struct flow_edit *e);
/* What is needed of a flow to send its request again, in one that the store does not know; it has the same number. */
struct flow *flow_keep_request(const struct flow *f);
void flow_add_rule(struct flow *f, const char *name); /* it acted on this flow; once for each name */
void flow_add_tag(struct flow *f, const char *word);  /* once for each word */
/* A sentence about what a rule did, behind those that are there; so many letters are enough. */
#define FLOW_SAYS_MAX 1000
void flow_add_says(struct flow *f, const char *sentence);
void flow_pause_free(struct flow_pause *pause);
void flow_set_pause(struct flow *f, struct flow_pause *pause); /* taken over; NULL: none */

/* Method, path and URL are those of the request that was sent: the edited one where there is one. */
void flow_set_target(struct flow *f, const char *scheme, struct slice host, uint16_t port);
void flow_keep_target(struct flow *f); /* another one is going to be set: this is what the client wanted */
/* The flow as it came, before a person or a rule changed it: *out shares all that f has and is not freed. False: nothing was
 * changed. */
bool flow_as_it_came(const struct flow *f, struct flow *out);
struct slice flow_scheme(const struct flow *f);
struct slice flow_host(const struct flow *f); /* without brackets and port */
struct slice flow_method(const struct flow *f);
struct slice flow_path(const struct flow *f); /* path and query, "/" at least; "" for CONNECT; may be "*" */
/* "http://host:port/path", the default port left out; "host:port" for CONNECT. Before the target is known: by the
 * request's own words. */
void flow_url(const struct flow *f, struct buf *out);
int flow_status(const struct flow *f);                      /* of the response as it was sent on; 0: none */
uint64_t flow_duration(const struct flow *f, uint64_t now); /* ns; still running: until now */
bool flow_finished(const struct flow *f);
bool flow_is_failure(const struct flow *f);     /* FLOW_FAILED, or status 400 and up */
const char *flow_error_word(enum flow_error e); /* "dns", "refused", ...; at most 7 letters */
const char *flow_stage_word(enum flow_stage s); /* "name", "connect", "wait", ... */
bool flow_edited(const struct flow *f);         /* either side was changed by a person */
bool flow_unverified(const struct flow *f);     /* the server's certificate was not good and the person said: go on */
bool flow_wants_h2(const struct flow *f);       /* the client offered it and did not get it */

/* Decoded body (content coding removed) appended to out; raw when it has no coding. Returns an enum body_decode_code
 * (body/decode.h); BODY_DECODED_PART also for a cut record. max 0: BODY_DECODE_MAX. sent: of the edited message where
 * there is one. A body that cannot be decoded appends nothing. */
int flow_body_decoded(const struct flow_message *m, bool sent, size_t max, struct buf *out, struct err *err);

#endif
