/*
 * The action of a rule, compiled. Each kind of action is a row of ops in one file (deed_*.c), and a line in the table of
 * deed.c. Private to src/rule.
 */
#ifndef WEIR_SRC_RULE_DEED_H
#define WEIR_SRC_RULE_DEED_H

#include "rule/pattern.h"
#include "weir/rule/rule.h"

/* How far it is with looking. */
struct deed_search {
  uint64_t place;
  bool again; /* the second time through */
  bool cut;   /* it saw one that would do, had its body been kept whole */
};

struct deed_scene;

struct rule_deed {
  const struct deed_ops *ops;
  /* Before it acts: looks for what it needs, and is back soon after `deadline` (clock_mono()). False: it goes on at the
   * next call, with the same *search. NULL: it needs nothing. */
  bool (*look)(const struct rule_deed *d, struct deed_scene *scene, struct deed_search *search, uint64_t deadline);
  bool response;      /* acts on responses */
  bool both;          /* ... and on requests: nobody said which */
  bool needs_body;    /* wants the whole body of its side first */
  bool tunnels;       /* makes sense of a tunnel too */
  bool ends;          /* no rule below it is asked about this side */
  int status;         /* of the answer; 0: none was given */
  int how;            /* the kind's own: which of its variants */
  bool keep_host;     /* send-to: Host stays as it came */
  bool less;          /* fault length: the other way */
  char *name, *value; /* the kind's own words; NULL: none */
  size_t value_n;
  struct pattern *pattern;
  uint64_t time, jitter; /* ns */
  uint64_t up, down;     /* throttle: bytes a second; 0: as fast as it goes */
  uint64_t size;         /* fault: bytes of the body, or the offset of one */
  bool hears;            /* of requests, but wants to look at their responses too: no hit, whatever it does */
  struct jar *jar;       /* what it remembers; a reference. NULL: nothing */
  struct served *served; /* what it has answered with; a reference. NULL: that does not matter */
};

/* What an action is done to. */
struct deed_scene {
  const struct rules *rules;
  struct flow *flow;
  enum flow_side side;
  struct rule *rule;
  struct rule_effects *effects;
  const struct flow *found; /* by look() */
  bool cut;                 /* by look(): what was recorded has not all of its body */
};

struct deed_ops {
  const char *word; /* the first of the action */
  enum rule_kind kind;
  /* `text` is what stands behind the word; d->response, whether the filter speaks of responses. Sets what the action needs
   * in *d; on error err->at is an offset in `text`. */
  bool (*parse)(struct rule_deed *d, struct slice text, struct err *err);
  /* False: it did not act after all (a file that is not there), so that no hit is counted and the next rules are asked. */
  bool (*act)(const struct rule_deed *d, struct deed_scene *scene);
  const char *usage; /* "answer STATUS [TYPE] [BODY|@FILE]" */
  const char *help;  /* a sentence for the manual */
};

/* "request" or "response" at the front of *rest; without either the side that the filter speaks of. */
void deed_take_side(struct rule_deed *d, struct slice *rest);
/* 200 to 999: a 1xx is no answer, others wait behind it. */
bool deed_take_status(struct slice whole, struct slice *rest, int *status, struct err *err);
/* The first word of an action and what stands behind it. */
bool deed_word(struct slice action, enum rule_kind *kind, struct slice *rest, struct err *err);
struct rule_deed *deed_parse(struct slice action, bool filter_of_response, struct err *err);
void deed_free(struct rule_deed *d);
void deed_remember(struct rule_deed *d, const struct rule_deed *like); /* the same as the other one, from now on */
void deed_begin_anew(struct rule_deed *d);                             /* it was switched on */
bool deed_of_response(const struct rule_deed *d);
/* The table, for completion and manual; NULL past its end. */
const struct deed_ops *deed_nth(size_t i);

extern const struct deed_ops deed_set, deed_add, deed_remove, deed_replace, deed_answer, deed_redirect, deed_block,
    deed_send_to, deed_delay, deed_throttle, deed_pass, deed_anticache, deed_anticompression, deed_fault, deed_file,
    deed_tag, deed_colour, deed_sticky_cookie, deed_sticky_auth, deed_pipe, deed_recorded;

#endif
