/*
 * What the files of proxy/ share. One client connection (conn) carries one exchange at a time; an exchange has
 * two lanes, request and response, that work the same way in opposite directions; an upstream is one server connection.
 *
 *   conn --codec--> exchange.request lane --to_server--> upstream
 *   conn <--out---- exchange.response lane <--codec----- upstream
 *
 * Ownership: the proxy owns conns, exchanges, upstreams and tunnels through lists. A closed part is buried with the
 * loop and freed at the end of the turn, so that a callback further up the stack may still look at its `dead` flag.
 */
#ifndef WEIR_PROXY_PARTS_H
#define WEIR_PROXY_PARTS_H

#include "weir/base/clock.h"
#include "weir/http/codec.h"
#include "weir/http/forward.h"
#include "weir/http/url.h"
#include "weir/io/process.h"
#include "weir/io/queue.h"
#include "weir/io/secure.h"
#include "weir/io/tcp.h"
#include "weir/proxy/gate.h"
#include "weir/proxy/mode.h"
#include "weir/proxy/proxy.h"
#include "weir/proxy/way.h"
#include "weir/rule/hook.h"

#define HIGH_WATER    (256 * 1024) /* a queue above this stops the reading of the other side */
#define PIPELINE_MAX  (16 * 1024)  /* bytes of later requests kept while one is being answered */
#define SCRATCH       (64 * 1024)  /* one read */
#define READ_BUDGET   4            /* reads a descriptor and turn */
#define DIRECT_SEND   (16 * 1024)  /* body pieces from this size skip the queue when it is empty */
#define DIRECT_READ   (16 * 1024)  /* room in the record from this size is read into */
#define CIRCLE_PLACES 256
#define LINGER_NS     (2 * CLOCK_S) /* how long a closing client may still send (RFC 9112-9.6) */

/* Intrusive list: each part is in one list of the proxy. */
struct link {
  struct link *next, **prev;
};
void link_add(struct link **list, struct link *l);
void link_remove(struct link *l); /* fine when not in a list */

/* Where the requests of a connection inside a tunnel go, whatever they say themselves (CWE-918). */
struct origin {
  const char *scheme; /* "http", "https" */
  char *host;         /* the CONNECT's */
  uint16_t port;
  char *sni;            /* the name the client asked TLS for; NULL: none */
  bool by_address;      /* the host is a mere address; the client has a name for it: its SNI, or Host */
  struct flow *connect; /* the CONNECT's, until something is asked: quiet.c */
  struct loop_timer quiet;
  uint64_t since;       /* TLS is up */
  bool heard;           /* bytes have come in it */
  struct stream *spare; /* the server connection that the CONNECT made, until the first request takes it */
  struct address spare_address;
  uint64_t spare_opened;
  const struct way *spare_way;
};

struct conn {
  struct link link;
  struct proxy *proxy;
  struct stream *stream; /* NULL once closed or handed to a tunnel */
  struct mode *mode;     /* of its listener; a reference; NULL: regular */
  struct front *front;   /* what stands before HTTP; NULL: nothing (any more) */
  const char *word;      /* the mode that its rows say */
  uint16_t listener;     /* port of its listener; 0: none */
  struct http_codec *codec;
  struct queue in;  /* received, not yet fed: later requests */
  struct queue out; /* to the client */
  struct exchange *exchange;
  struct origin *origin;       /* inside a tunnel; NULL: a plain proxy connection */
  struct secure_facts *secure; /* TLS towards the client; NULL: in the clear */
  struct loop_timer timer;
  struct loop_task next; /* the next request, which has come already */
  uint64_t since;        /* last progress that a time limit counts from */
  uint64_t first_byte;   /* of the head being read; 0: none */
  uint64_t wire;         /* bytes of the request being read */
  struct address peer;
  struct address own;         /* our end; family 0: the stream knows */
  struct process *process;    /* whose it is; NULL: not known */
  struct client_query *query; /* ... is being asked; NULL: it is not */
  bool asked;
  bool eof;       /* the client ended its direction */
  bool gone;      /* ... or broke the connection */
  bool closing;   /* close when `out` has left */
  bool last;      /* the client said that it sends no more: nothing is there to hear out */
  bool cut;       /* ... with a reset, so that the end does not look orderly */
  bool lingering; /* our direction is shut down; what comes is dropped */
  bool blocked;   /* `out` holds what the client has not taken */
  bool dead;
  bool look;    /* the first byte has yet to say what this is */
  bool feeding; /* inside http_codec_feed() */
  bool advance; /* http_codec_next() is due when the feed returns */
};

enum lane_state {
  LANE_IDLE,    /* no head yet */
  LANE_ASKED,   /* a rule wants to know whose request it is before it decides */
  LANE_BUFFER,  /* a rule wants the body before it decides */
  LANE_JUDGED,  /* a rule is looking through a long body */
  LANE_PAUSED,  /* a person decides */
  LANE_DELAYED, /* a rule lets it wait */
  LANE_FLOW,    /* released: head is out, body follows */
  LANE_DONE,    /* all of it is out */
};

struct lane {
  enum lane_state state;
  bool complete;    /* the source's END was seen */
  bool from_record; /* the body is being sent from the record, live data waits */
  uint64_t sent;    /* bytes of the record's body that went out */
  struct http_framing in, out;
  struct rules_inquiry *inquiry; /* how far the rules are; NULL: not asked, or done */
  enum hook_point inquired;      /* LANE_JUDGED */
  struct loop_job judging;
  struct rule_effects effects; /* what the rules want and is not done yet */
  struct loop_timer delay;
  struct run *run;         /* LANE_JUDGED: a rule's program changes the message; NULL: none does */
  struct pace *pace;       /* NULL: the body goes as fast as it can */
  struct reshape *reshape; /* rules change the body as it flows; NULL: they do not */
  uint64_t passed;         /* bytes of the body that went out */
  bool broken;             /* a rule's fault has come: nothing more goes out */
};

struct exchange {
  struct link link;
  struct proxy *proxy;
  struct conn *conn;          /* NULL: a replay, or the client is gone */
  struct upstream *up;        /* NULL: none yet, or given back */
  struct served *served;      /* a file answers in the server's place; NULL: none does */
  struct mode *mode;          /* a reference, where one of its servers is asked: reverse.c */
  struct mode_server *server; /* ... this one */
  uint64_t tried;             /* ... these were, a bit each */
  struct buf gave_up;         /* ... and what became of those that are not asked any more */
  struct tcp_dial *dial;
  struct loop_task dial_task; /* a connection that is there, or comes from proxy->dial (tests) */
  uint64_t opened;            /* CONNECT: the connection to the server */
  struct flow *flow;
  struct lane request, response;
  struct queue to_server;
  char *host;         /* where it goes; lower case; NULL: not known yet */
  char host_room[64]; /* ... most names are short */
  uint16_t port;
  char *sni;                   /* TLS: the name to ask for, where it is not the host */
  struct stream *handshake;    /* TLS with the server is being set up, or with the proxy before it */
  const struct way *way;       /* NULL: straight */
  struct through *through;     /* the proxy is being asked for the server; NULL: it is not */
  struct rule_tunnel *rules;   /* of a tunnel: what they want, once they were asked */
  bool opaque;                 /* ... all of them, since it is not looked into */
  struct circle *circle;       /* is this a loop? NULL: nobody asks */
  struct unreached *unreached; /* a tunnel is opened without its server: why; NULL: it is not */
  struct url url;              /* the target of the head as received; points into it */
  struct loop_timer timer;
  uint64_t since;   /* last progress */
  uint64_t gone_at; /* the client's FIN, 0: none */
  uint16_t place;   /* circle.c: counted there; 0: not yet */
  uint8_t client_minor;
  bool head_only;  /* the client asked for a head only (HEAD) */
  bool head_sent;  /* so did the request that was sent, which an edit may have changed */
  bool keep_alive; /* the client connection may go on */
  bool fresh;      /* a new server connection is wanted, closed after */
  bool as_typed;   /* the request's Content-Length stands as the person typed it */
  bool upgrade;    /* Upgrade was passed on */
  bool switched;   /* ... and accepted: what follows is not HTTP */
  bool tunnel;     /* CONNECT */
  bool to_proxy;   /* the request itself goes to the proxy, as one that names its server (absolute-form) */
  bool secure;     /* the server is asked over TLS */
  bool continued;  /* weir answered 100 itself */
  bool retried;
  bool answered; /* a final head went to the client */
  bool done;
  uint64_t rest_until; /* the client has had another answer, and the server's is read on for the record; 0: it is not */
};

struct upstream {
  struct link link; /* all of the proxy's */
  struct link idle; /* of its host, while idle */
  struct proxy *proxy;
  struct stream *stream;
  struct http_codec *codec;
  struct exchange *exchange; /* NULL: idle */
  struct pool_host *host;    /* the pool's place for it, while idle */
  char *name;                /* the host asked for */
  uint16_t port;
  char *sni;                   /* TLS: asked for under this name */
  const struct way *way;       /* NULL: straight */
  bool to_proxy;               /* for any server: the proxy is the one that is asked. name is "" then */
  struct secure_facts *secure; /* NULL: in the clear */
  struct loop_timer timer;
  struct address address;
  uint64_t idle_since;
  uint64_t wire; /* bytes of the response being read */
  bool used;     /* has carried a request before */
  bool dead;
  bool feeding;
  bool returning; /* goes back to the pool when the feed returns, unless bytes are left over */
  bool broken;    /* sending failed; an answer may still be there to read */
};

/* Host patterns: "*", "*.shop.test", "api.shop.test". */
struct secure_list {
  char **v;
  size_t n, cap;
};

struct listener {
  struct proxy *proxy;
  int fd;
  struct address address;
  struct mode *mode; /* a reference */
  bool no_tproxy;    /* of a transparent one: weir may not */
};

struct proxy {
  struct loop *loop;
  struct resolver *resolver;
  struct store *store;
  struct rules *rules;
  struct proxy_config config;
  struct {
    struct listener **v;
    size_t n, cap;
  } listeners;
  struct proxy_listening *listening; /* the same, as people are told */
  struct loop_timer accept_timer;
  struct loop_timer unseen_timer;
  struct link *conns, *exchanges, *upstreams, *tunnels, *sniffs, *client_queries, *unused;
  struct process_finder *processes; /* NULL: nobody wants to know whose connections are. Not owned */
  struct tls *tls;                  /* NULL: not open yet, or tunnels stay opaque. Not owned, nor is the authority */
  const struct authority *authority;
  proxy_open_tls_fn *open_tls; /* NULL: it is open from the start, or never */
  void *open_tls_arg;
  struct secure_list passthrough, insecure;
  struct filter *pass; /* NULL: none */
  struct gate *gate;   /* NULL: whoever reaches it may use it */
  struct ways *ways;   /* NULL: all servers are asked straight */
  struct {
    struct proxy_client *v;
    size_t n, cap;
  } clients;
  struct pool_host *hosts;
  size_t conn_count, exchange_count, upstream_count, unused_count;
  struct run *runs;     /* programs of rules that wait for their turn, the first first */
  size_t running;       /* those that have it */
  struct link *workers; /* of rules (pipe worker) */
  size_t errands;       /* messages that wait for them */
  struct {
    uint32_t under_way[CIRCLE_PLACES]; /* towards the servers that fall there */
    uint64_t quiet_until[CIRCLE_PLACES];
  } circles;
  uint64_t requests, bytes_up, bytes_down;
  bool recording, at_limit, closing;
  proxy_dial_fn *dial;
  void *dial_arg;
  char loop_token[24];
  char *scratch; /* SCRATCH bytes, for one read */
  struct queue_spares spares;
  struct buf head; /* a head being made */
};

#define PART_OF(link_ptr, type) ((type *)(void *)((char *)(link_ptr)-offsetof(type, link)))

/* ---- conn.c ---- */
struct conn *conn_new(struct proxy *p, struct stream *stream, const struct address *peer, struct mode *mode);
void conn_watch_spare(struct conn *c); /* lets the spare server connection go when its server ends it */
struct stream *conn_take_spare(const struct exchange *x, struct address *address);
void conn_exchange_done(struct conn *c, bool keep); /* the exchange is over: next request, or close */
void conn_flush(struct conn *c);
void conn_close(struct conn *c, bool reset);              /* at once */
void conn_finish(struct conn *c, bool cut);               /* when `out` has left */
void conn_continue(struct conn *c);                       /* reading may go on: feed what waits */
size_t conn_body_send(struct conn *c, struct slice data); /* appends or sends at once */

/* ---- client.c ---- */
void client_of_flow(struct conn *c, struct flow *f);                 /* says whose it is, now or later */
bool client_waits(const struct conn *c);                             /* a rule has to wait until it is known */
bool client_flow_waits(const struct proxy *p, const struct flow *f); /* somebody wants to know, and soon will */
void client_flow_shown(struct proxy *p, const struct flow *f);       /* it has a number now */
void client_flow_gone(struct proxy *p, const struct flow *f);        /* it never had one, and is freed */
void client_take(struct conn *c, struct process *process);
void client_conn_closed(struct conn *c); /* before its stream is let go; NULL: that lives on as a tunnel */
void client_queries_free(struct proxy *p);

/* ---- request.c ---- */
void exchange_start(struct conn *c, struct http_head *head, struct http_framing framing);
void exchange_start_front(struct conn *c, struct slice host, uint16_t port); /* a tunnel that no CONNECT asked for */
void exchange_request_event(struct exchange *x, struct http_event *e);
void exchange_took_request(struct exchange *x); /* answered at its head: without a body it is complete */
void exchange_open_way(struct exchange *x);     /* of a tunnel */
void exchange_aim_at_address(struct exchange *x, const struct address *a); /* which the flow's host is a name for */
/* Where an edited head goes. */
bool exchange_retarget(struct exchange *x, const struct http_head *head, struct err *err);

/* ---- connect.c ---- */
void exchange_choose_way(struct exchange *x); /* once it is known where it goes; also what form its request has */
void exchange_connect(struct exchange *x);
/* The connection to the proxy has become one to the server. */
void exchange_reached(struct exchange *x, struct stream *stream, const struct address *server);
void exchange_open_tunnel(struct exchange *x, struct stream *server, struct slice to_client, struct slice to_server);

/* ---- response.c ---- */
void exchange_response_event(struct exchange *x, struct http_event *e);
void exchange_switched(struct exchange *x, struct slice rest); /* 101: both streams become a tunnel */
void exchange_upstream_ended(struct exchange *x, enum io_code code, int error);
bool exchange_reads_rest(struct exchange *x); /* another answer has gone to the client: reads on for the record */
bool exchange_may_read_rest(const struct exchange *x); /* the record has room for more */
bool exchange_rest_over(struct exchange *x); /* nothing more will be read of it; false: it is not reading so */
void exchange_stop_upstream(struct exchange *x, bool reset);

/* ---- exchange.c ---- */
struct exchange *exchange_new(struct proxy *p, struct flow *f);
void exchange_set_host(struct exchange *x, struct slice host);
void exchange_client_ended(struct exchange *x); /* FIN */
void exchange_client_broke(struct exchange *x); /* reset, or FIN inside the request */
void exchange_touch(struct exchange *x, unsigned mask);
void exchange_leave(struct exchange *x); /* its flow goes on elsewhere */
void exchange_end(struct exchange *x);   /* finished, well or not; everything is let go */
void exchange_watch(struct exchange *x); /* (re)arms its timer */

/* ---- circle.c ---- */
bool circle_holds(
    struct exchange *x); /* true: it asks first whether x goes in circles, and then connects or fails it */
void circle_forget(struct exchange *x);
uint16_t circle_enter(struct proxy *p, const struct flow *f); /* one more on its way to that server */
void circle_leave(struct proxy *p, uint16_t *place);          /* 0 is fine, and is what it becomes */

/* ---- through.c ---- */
struct stream *through_stream(const struct through *t);
void through_begin(struct exchange *x, struct stream *stream); /* a connection to x->way; taken over */
void through_stop(struct exchange *x);                         /* nobody waits for it any more */
void through_wants_password(struct exchange *x);               /* fails it: the proxy has answered 407 */
void through_cure(struct exchange *x, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- fail.c ---- */
struct failure {
  enum flow_stage stage;
  enum flow_error error;
  int os_error;
#define FAIL_IN_ORDER (-1)
  int status; /* what the client is answered with; 0: nothing, its connection is reset; FAIL_IN_ORDER: closed */
};
void exchange_fail(struct exchange *x, struct failure why, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* An answer that is no valid HTTP, or part of a head: kept for looking at. */
void exchange_keep_invalid(struct exchange *x, struct slice raw);
/* A request that is no valid HTTP; raw: its head as received, as far as it came. */
void conn_refuse(struct conn *c, const struct http_fault *given, struct slice raw);
enum flow_error fail_error_of(int os_error);
struct tls_result;
void fail_secure(struct flow *f, const struct tls_result *r); /* kind and cure; before the failure itself */
void fail_flow(struct proxy *p, struct flow *f, struct failure why, const char *text); /* one that has no exchange */

/* ---- absent.c ---- */
struct unreached {
  struct failure why;
  char *text, *cure; /* cure NULL: none is known */
  const char *kind;  /* flow.error_kind */
};
/* The server of a tunnel failed. True: the tunnel was opened all the same, and the exchange is over. */
bool absent_open(struct exchange *x, struct failure why, const char *text);
void absent_tell(struct flow *f, struct unreached *u); /* the flow is about to fail with it */
void unreached_free(struct unreached *u);

/* ---- front.c ---- */
void front_open(struct conn *c);                       /* accepted just now: what its mode begins with */
void front_begin(struct conn *c, unsigned char first); /* of a connection that may be any of them */
void front_free(struct front *f);
size_t front_feed(struct conn *c, struct slice bytes); /* how many of them it took */
const char *front_name(const struct front *f);         /* what it waits for: "SOCKS greeting" */
struct slice front_seen(const struct front *f);        /* what has come so far */
struct slice front_rest(const struct front *f); /* what it has read that is for those behind it; f NULL: nothing */
void front_refuse(struct conn *c, struct failure why); /* answers that no server was reached */
/* The kernel, or a client that looked the name up itself, says no more of where it goes than an address. */
bool front_by_address(const struct mode *m, const struct flow *f);
bool front_replies(const struct front *f); /* has it an answer of its own for a server that is not reached? */
/* What the client is told when its server is there; `server` NULL: weir's own pages. Also where there is no front. */
void front_accept(struct conn *c, struct stream *server, struct buf *out);

/* ---- reverse.c ---- */
bool reverse_is(const struct mode *m); /* m NULL: no */
struct origin *reverse_origin(const struct mode *m);
bool reverse_aim(struct exchange *x, struct url *url, struct err *err); /* picks a server */
bool reverse_asks(const struct exchange *x); /* one of its servers, not another that a rule or a person said */
/* Its server is to blame for what failed: it is not asked for a while. False: it was not one of the mode's, asked directly. */
bool reverse_leave_out(const struct exchange *x);
/* The server could not be reached, or it had the request (`sent`) and gave no answer, for the reason `why`: asks another one.
 * False: there is none, or none may be asked. */
bool reverse_elsewhere(struct exchange *x, const char *why, bool sent);
void reverse_put_failure(const char *host, uint16_t port, const char *why, struct buf *out); /* "host:port: why" */
void reverse_leave(struct exchange *x);                                                      /* the exchange ends */

/* ---- reverse_names.c ---- */
void reverse_name(struct exchange *x, const struct mode_server *was); /* in the request; was: what it said before */
void reverse_map(struct exchange *x); /* the head of the answer has come: names in it become the client's */

/* ---- gate.c ---- */
bool gate_admits(struct proxy *p, const struct address *peer, const struct mode *mode,
                 uint16_t port); /* at the accept; false: a row */
/* A request by itself, not one inside a tunnel; false: it was answered. The password is taken out of the head. */
bool gate_lets(struct conn *c, struct http_head *head);
/* Where a password is asked for: was this address refused less than a minute ago? Then its row counts one more. */
bool gate_counts(struct proxy *p, const struct address *peer, const char *text, struct slice host);
void gate_remember(struct proxy *p, const struct flow *f, const char *text); /* ... from now on it does */

/* ---- lane.c ---- */
void lane_release_request(struct exchange *x);
void lane_release_response(struct exchange *x);
void lane_data(struct exchange *x, enum flow_side side, struct slice data);
void lane_end(struct exchange *x, enum flow_side side);
void lane_frame_edit(struct exchange *x, enum flow_side side); /* an edit says the framing that it will go out with */
void lane_pump(struct exchange *x, enum flow_side side);       /* sends from the record as far as there is room */
bool lane_pumps(struct exchange *x, enum flow_side side); /* has it more to send from the record, and may it now? */
bool lane_wants_input(const struct exchange *x, enum flow_side side);
char *lane_room(struct exchange *x, enum flow_side side, uint64_t coming, size_t *room);
void lane_unpause(struct exchange *x);
size_t lane_queued(const struct exchange *x, enum flow_side side);         /* bytes on their way to the receiver */
void lane_out(struct exchange *x, enum flow_side side, struct slice data); /* frames it and lets it go */
void lane_finish(struct exchange *x, enum flow_side side);                 /* all of the body is out */

/* ---- judge.c ---- */
void lane_start(struct exchange *x, enum flow_side side); /* its head has come: ask the rules */
void lane_client_known(struct exchange *x);               /* whose request it is, or that nobody can say */
void lane_judge(struct exchange *x,
                enum flow_side side);                   /* the body that a rule waited for is there, or enough of it */
void lane_ran(struct exchange *x, enum flow_side side); /* a rule's program has ended: ask the others */
void lane_go_on(struct exchange *x, enum flow_side side); /* nobody holds it any more: what rules want, then release */
void lane_read_on(struct exchange *x, enum flow_side side); /* who feeds it may have been told to wait */
void lane_invite_body(struct exchange *x);
void lane_forget(struct exchange *x);

/* ---- pace.c ---- */
/* Bytes a second from now on, or piece by piece; neither: as fast as it goes. */
void pace_begin(struct exchange *x, enum flow_side side, uint64_t rate, const struct rule_fault *fault);
size_t pace_allows(struct exchange *x, enum flow_side side); /* bytes now; 0: it comes back when there are some */
void pace_took(struct exchange *x, enum flow_side side, size_t n);
void pace_end(struct exchange *x, struct lane *l);

/* ---- reshape.c ---- */
/* The message is about to be let go: if rules change its body as it flows, l->out becomes chunked. */
void reshape_begin(struct exchange *x, enum flow_side side, bool *reframe);
bool reshape_works(const struct lane *l); /* it has something to do before more is read */
void reshape_pump(struct exchange *x, enum flow_side side);
void reshape_data(struct exchange *x, enum flow_side side, struct slice data); /* recorded already */
void reshape_cut(struct exchange *x, enum flow_side side); /* it breaks off: what was held back goes as it is */
void reshape_end(struct exchange *x, enum flow_side side);

/* ---- fault.c ---- */
/* How much of what is to go out may, and where in it a byte is to be inverted (SIZE_MAX: none is). */
struct slice fault_share(struct exchange *x, enum flow_side side, struct slice data, size_t *flip);
bool fault_due(struct exchange *x, enum flow_side side); /* so much has gone out: breaks it; true: it has */
void fault_end(struct exchange *x, enum flow_side side); /* the body is over */
void fault_sent(struct exchange *x);                     /* all of the request that was to go has left */

/* ---- run.c ---- */
void run_start(struct exchange *x, enum flow_side side); /* what the lane's effects say; lane_ran() comes back */
void run_end(struct run *run);                           /* nobody waits for it any more; NULL is fine */
void run_replied(struct run *run, const struct worker_reply *reply, const char *failed); /* a worker: worker.c */

/* ---- worker.c ---- */
struct errand *errand_start(struct exchange *x, enum flow_side side, struct run *run); /* run_replied() comes later */
void errand_end(struct errand *e); /* nobody waits for it any more; NULL is fine */
void workers_free(struct proxy *p);

/* ---- answer.c ---- */
void answer_by_rule(struct exchange *x); /* with what the request lane's effects say */

/* ---- served.c ---- */
void served_begin(struct exchange *x, struct rule_source *source); /* taken over; served_touch() reads it */
void served_touch(struct exchange *x);                             /* its lane may want more now; fine without a file */
void served_end(struct exchange *x);

/* ---- person.c ---- */
void person_absent(struct exchange *x); /* its pause is over: nobody let it go */

/* ---- upstream.c ---- */
struct upstream *upstream_new(const struct exchange *x, struct stream *stream, const struct address *address);
struct upstream *upstream_take(const struct exchange *x); /* an idle one that would do, or NULL */
void upstream_attach(struct upstream *up, struct exchange *x);
void upstream_give_back(struct upstream *up); /* idle again */
void upstream_close(struct upstream *up, bool reset);
void upstream_flush(struct upstream *up);
bool upstream_body_send(struct upstream *up, struct slice data); /* all or nothing left to queue: false */
void upstream_touch(struct upstream *up);
struct stream *upstream_detach(struct upstream *up); /* the stream is the caller's, the upstream goes */
void pool_free(struct proxy *p);
void pool_shrink(struct proxy *p); /* closes idle ones: descriptors are short */

/* ---- tunnel.c ---- */
struct tunnel_start {
  struct slice to_client;                /* weir's own words before all else */
  struct slice from_server, from_client; /* what they have said already */
  struct rule_tunnel *rules;             /* taken over; NULL: none were asked */
};
void tunnel_new(struct proxy *p, struct flow *f, struct stream *client, struct stream *server,
                const struct tunnel_start *start);
void tunnel_abort(struct flow *f);
struct stream *tunnels_server(const struct proxy *p, uint16_t place); /* of the oldest one counted there, or NULL */
void tunnels_free(struct proxy *p);

/* ---- tunnel_rules.c ---- */
bool tunnel_is_read(const struct exchange *x); /* or is it known already that nobody will look into it? */
/* Before its server is asked. False: a rule blocks it, so the exchange is over, or lets it wait: then it comes back by
 * exchange_open_way(). */
bool tunnel_asks(struct exchange *x);
/* It is not looked into after all. False: a rule blocks it, with a reset or not; `text` says so. */
bool tunnel_turns_opaque(struct proxy *p, struct flow *f, struct rule_tunnel *rules, bool *reset, struct buf *text);
/* So many bytes a second of one direction. */
struct dose {
  uint64_t rate; /* 0: any */
  uint64_t at;
  double credit;
};
void dose_begin(struct dose *d, uint64_t rate, uint64_t now);
size_t dose_allows(struct dose *d, uint64_t now, uint64_t *wait); /* 0: ask again in so many ns */
void dose_took(struct dose *d, size_t n);

/* ---- sniff.c ---- */
void sniff_serve(struct conn *c, struct slice hello, const char *name); /* TLS with weir itself: c is gone after that */
void sniff_new(struct exchange *x, struct stream *client, struct stream *server, struct slice to_client,
               struct slice first);
bool sniff_is(const struct proxy *p, const struct flow *f); /* is its `live` one of these? */
void sniff_abort(struct flow *f);
void sniffs_free(struct proxy *p);

bool sniffs_due(struct proxy *p); /* unseen_due() for each */
void sniff_client_known(struct flow *f);

/* ---- pass.c ---- */
bool pass_wants_process(const struct proxy *p);
bool pass_waits(const struct proxy *p, const struct flow *f); /* it is not known yet whose the tunnel is */
bool pass_early(const struct proxy *p, const struct flow *f); /* before the ClientHello: matches for certain */
bool pass_matches(const struct proxy *p, struct flow *f, const char *sni); /* sni NULL: none */

/* ---- unused.c ---- */
void unused_keep(struct proxy *p, struct origin *o); /* o's spare connection, if it has one */
bool unused_is_there(const struct exchange *x);
struct stream *unused_take(const struct exchange *x, struct address *address,
                           uint64_t *opened); /* NULL: it has gone meanwhile */
void unused_shrink(struct proxy *p);          /* lets all go: descriptors are short, or weir ends */

/* ---- unseen.c ---- */
void unseen_watch(struct proxy *p);                /* a CONNECT without a number begins */
void unseen_show(struct proxy *p, struct flow *f); /* gives it one */
void unseen_drop(struct proxy *p, struct flow *f); /* frees it: nothing was to be seen */
bool unseen_due(struct proxy *p, struct flow *f);  /* shows it when it is old enough; true: not yet */

/* ---- quiet.c ---- */
void quiet_begin(struct conn *c, struct flow *f); /* f: the CONNECT's, the conn's own from now on */
void quiet_heard(struct conn *c);                 /* bytes came */
uint64_t quiet_forget(struct conn *c);            /* a request came: the CONNECT's flow goes. Its number, 0: none */
void quiet_end(struct conn *c, bool reset);       /* the connection ends; before its stream does */
bool quiet_is(const struct proxy *p, const struct flow *f);
void quiet_abort(struct flow *f);

/* ---- secure.c ---- */
bool secure_on(const struct proxy *p); /* is HTTPS read in this run? */
/* Then there are p->tls and p->authority. *err is only set where HTTPS is read. */
bool secure_open(struct proxy *p, struct err *err);
bool secure_passes(const struct proxy *p, struct slice host); /* untouched: not to be intercepted */
bool secure_is_insecure(const struct proxy *p, struct slice host);
/* `process` NULL: not known. */
void secure_accepted(struct proxy *p, const struct address *client, const struct process *process);
/* How often in a row this client has rejected weir's certificate for that host. */
unsigned secure_rejected(struct proxy *p, const struct address *client, const struct process *process,
                         struct slice host);
/* The same for the client of this flow; from the second time on its sentence says what helps then. */
void secure_add_rejection(struct proxy *p, const struct flow *f, struct buf *sentence);
void secure_free(struct proxy *p);

/* ---- page.c ---- */
/* Is this address one of our own listeners? */
bool page_is_own_address(const struct proxy *p, const struct address *a);
bool page_is_this_machine(const struct address *a); /* does one of its interfaces have that address? */
bool page_is_own_target(const struct proxy *p, const struct url *url);
/* Of such a target: the mode of the listener there, where that stands in a server's place and has no page; else NULL. */
const char *page_stands_for(const struct proxy *p, const struct url *url);
void page_answer(struct exchange *x, const struct url *url); /* the page about weir */
void page_trace(struct exchange *x);                         /* TRACE and OPTIONS with Max-Forwards: 0 */

/* ---- listener.c ---- */
void listeners_close(struct proxy *p);

#endif
