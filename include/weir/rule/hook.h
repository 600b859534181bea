/*
 * Where rules may act on an exchange, and what they want done. Rules stand in one ordered list (rule.h); those that change
 * a message add up, each seeing what those above it made of it; the first that pauses counts, and the first that answers,
 * blocks or passes ends the list. What came of it is data: who asks does it.
 */
#ifndef WEIR_RULE_HOOK_H
#define WEIR_RULE_HOOK_H

#include "weir/base/buf.h"
#include "weir/flow/flow.h"

enum hook_point {
  HOOK_REQUEST_HEAD, /* the request head is there */
  HOOK_REQUEST,      /* the request body too */
  HOOK_RESPONSE_HEAD,
  HOOK_RESPONSE,
  HOOK_DONE,
};

enum hook_verdict {
  HOOK_PASS,
  HOOK_MORE,      /* asking takes long: ask again */
  HOOK_WANT_BODY, /* cannot say before the body is there: buffer it, then ask at HOOK_REQUEST / HOOK_RESPONSE */
  HOOK_RUN,       /* a program is to change the message (effects.command): rules_ran(), then ask again */
  HOOK_PAUSE,     /* stop this side until the person lets it go; the effects come after that */
};

/* A body that a rule reads or changes as a whole is kept back up to this; a longer one passes as it came. */
#define RULE_BODY_MAX (8 * 1024 * 1024)

enum rule_block { BLOCK_NOT, BLOCK_CLOSE, BLOCK_RESET };

/* What goes wrong with a body on its way. Offsets are of the bytes as they go, still coded, without framing. */
enum rule_break { BREAK_NOT, BREAK_RESET, BREAK_TRUNCATE, BREAK_HANG };
struct rule_fault {
  enum rule_break how;
  uint64_t after; /* so many bytes of the body */
  bool flips;
  uint64_t flip_at;         /* this byte is inverted, the first is 0 */
  uint64_t piece, every;    /* so many bytes at a time, and ns between; 0: as they come */
  char *break_by, *flip_by; /* the rules' names */
};

/* A file that is the body of an answer, regular and open. Its bytes are read while they are sent. */
struct rule_source {
  int fd;
  uint64_t size; /* when it was opened: so much is sent */
  char *path;
};
void rule_source_free(struct rule_source *source); /* closes it; NULL is fine */

/* Zero: as it stands. What a rule put in a message's place is already in flow_message.sent. */
struct rule_effects {
  bool edited;              /* the message of this side was changed: `sent` is another one than before */
  bool retargeted;          /* ... and it goes somewhere else */
  struct flow_edit *answer; /* of a request: the response that it gets instead of the server's; owned */
  char *trailers;           /* ... and the fields behind its body; NULL: none */
  uint32_t trailers_n;
  struct rule_source *from; /* ... its body; NULL: it has one itself. Owned */
  enum rule_block block;
  uint64_t delay;    /* ns that this side waits before it goes on */
  uint64_t up, down; /* bytes a second, at most, for bodies; 0: as fast as it goes. Of a request: both directions */
  struct rule_fault fault;
  /* The body is changed as it flows (rule/transform.h); owned. NULL: it goes as it came, or as `sent` has it. */
  struct rule_transform *transform;
  char *command;    /* a line for sh, with `input` on its stdin; NULL: none */
  char *worker;     /* ... that stays and gets a line for each message (worker.h): its rule's text. NULL: it does not */
  struct buf input; /* the message as one text: a head, an empty line, the body without its content coding */
  struct buf says;  /* a sentence for the row: what a rule could not do */
};
void rule_effects_clear(struct rule_effects *e);

struct rules;

struct rules *rules_new(void);
void rules_free(struct rules *rules);
/* What was recorded, for those that answer from it. */
struct rules_recording {
  /* Flows that may have asked for the same as *like, one at each call: the newest first, or the oldest. *place is 0 at
   * the first call, later the id of the one before; *found NULL: there are no more. False: not known yet, ask again. */
  bool (*next)(void *arg, const struct flow *like, bool oldest_first, uint64_t *place, const struct flow **found);
  void (*wanted)(void *arg); /* there is a rule that will ask */
  void *arg;
};
void rules_set_recorded(struct rules *rules, const struct rules_recording *recording); /* before the first rule */
/* Do they have to know whose a request is before they are asked? */
bool rules_want_process(const struct rules *rules);
/* May one that is in force answer a request in this tunnel, or have a say in where it goes? True when not sure; host_known
 * as for filter_may_match_inside(). */
bool rules_may_serve(const struct rules *rules, const struct flow *tunnel, bool host_known);

/* A tunnel has no messages that rules could change, but it can be blocked, delayed, slowed and broken. */
struct rule_tunnel {
  struct rule_effects up; /* block, answer (a status for it), delay, both rates; what breaks the bytes of the client */
  struct rule_effects down; /* what breaks those of the server */
};
enum rule_tunnel_point {
  TUNNEL_BEGINS,        /* it may be looked into: only rules that mean the tunnel itself (CONNECT) are asked */
  TUNNEL_OPAQUE,        /* it begins, and it is known that it will not be */
  TUNNEL_TURNED_OPAQUE, /* it began, and is not: those that were not asked then */
};
void rules_ask_tunnel(struct rules *rules, struct flow *tunnel, enum rule_tunnel_point point,
                      struct rule_tunnel *effects);
void rule_tunnel_free(struct rule_tunnel *t); /* and what it holds; NULL is fine */

/* *f has ended: tags and colours whose condition is known only now (err, dur>1s). True: some acted, *f has changed. */
bool rules_ask_end(struct rules *rules, struct flow *f);

/*
 * Asks them about one side of *f, whose `sent` and `touched` they may change. HOOK_PAUSE: *pause says why and for how long,
 * and is the caller's; a rule that is for one message has had it. HOOK_PAUSE and HOOK_PASS: *effects has the rest (it
 * is zero before the first asking and collects).
 * Comes back soon after `deadline` (clock_mono()). HOOK_MORE: *inquiry, NULL at first, keeps how far it is; who asks no
 * more lets that go. HOOK_WANT_BODY may leave one too: with it the next asking goes on where this one ended.
 */
struct rules_inquiry;
enum hook_verdict rules_ask(struct rules *rules, enum hook_point point, struct flow *f, uint64_t deadline,
                            struct rules_inquiry **inquiry, struct flow_pause **pause, struct rule_effects *effects);
/* After HOOK_RUN: what the program made of the message; `failed` (else NULL): why nothing came of it. Clears command and
 * input; the next asking goes on behind that rule. */
void rules_ran(struct rules_inquiry *inquiry, struct flow *f, enum flow_side side, struct rule_effects *effects,
               struct slice output, const char *failed);
/* The same of one with a worker; `reply` is only looked at where nothing failed. */
struct worker_reply;
void rules_worker_ran(struct rules_inquiry *inquiry, struct flow *f, enum flow_side side, struct rule_effects *effects,
                      const struct worker_reply *reply, const char *failed);
/* Is there a rule with that text and a worker, and is it in force? */
bool rules_want_worker(const struct rules *rules, const char *text);
/* The flow has changed since HOOK_MORE: what was found out about its bodies is forgotten. */
void rules_flow_changed(struct rules_inquiry *inquiry);
void rules_forget(struct rules_inquiry **inquiry);

#endif
