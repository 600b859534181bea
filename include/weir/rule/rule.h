/*
 * Rules: `filter => action`, in one ordered list. As text (the whole of it: doc/weir-rules.5):
 *
 *   [NAME] FILTER LIMIT => ACTION
 *   [foo] GET host:api path:/api/foo next 3 => answer 500 application/json {"error":"boom"}
 *
 * [NAME] and LIMIT may be left out; "off" in front of FILTER switches it off. LIMIT: `next N`, `once`, `every N`,
 * `chance P% [seed N]`. The words count only behind a filter that is whole, as with intercepts, which are the rules
 * whose action is `pause`.
 */
#ifndef WEIR_RULE_RULE_H
#define WEIR_RULE_RULE_H

#include "weir/base/err.h"
#include "weir/rule/hook.h"

#define RULE_LIST_MAX 2000
#define RULE_TEXT_MAX (64 * 1024)

enum rule_kind {
  RULE_PAUSE,    /* pause [once] [responses] [after TIME send|drop|504] */
  RULE_HEADER,   /* set|add|remove [request|response] NAME[: VALUE], replace [request|response] header NAME /RE/ TEXT */
  RULE_BODY,     /* replace [request|response] body "TEXT"|/RE/ "TEXT" */
  RULE_ANSWER,   /* answer STATUS [TYPE] [BODY|@FILE] */
  RULE_FILE,     /* file PATH [below /PREFIX|after /REGEX/] [else server]: a file, or a tree of them */
  RULE_SEND_TO,  /* send-to URL [keep-host] */
  RULE_REDIRECT, /* redirect [STATUS] URL */
  RULE_BLOCK,    /* block [close|reset|STATUS] */
  RULE_DELAY,    /* delay [request|response] TIME [+-TIME] */
  RULE_THROTTLE, /* throttle [up|down] RATE[/s] or a preset */
  RULE_FAULT,    /* fault [request|response] reset|truncate|hang SIZE | drip SIZE TIME | flip OFFSET | length +-N */
  RULE_PIPE,     /* pipe [request|response] COMMAND */
  RULE_PASS,     /* pass: no rule below it is asked */
  RULE_TAG,      /* tag WORD, colour ROLE */
  RULE_STRIP,    /* anticache, anticompression */
  RULE_STICKY,   /* sticky-cookie, sticky-auth */
  RULE_RECORDED, /* recorded [in-order|once] [body] [header NAME]... [else server|else STATUS] */
};

/* A set of pairs of letters: which rules cannot match a URL (src/rule/sieve.h). */
struct sieve {
  uint64_t pairs[4];
};

enum rule_limit { LIMIT_NONE, LIMIT_NEXT /* n times, then off */, LIMIT_EVERY /* the n-th of each n */, LIMIT_CHANCE };

struct rule { /* valid until the list changes */
  /* what is looked at first for each message stands together */
  struct sieve sieve; /* private to src/rule */
  enum rule_kind kind;
  bool response; /* it acts on responses, else on requests */
  bool at_end;   /* ... on neither: when the flow has ended, since its condition is not known before */
  bool on;
  unsigned id;           /* from 1; never used again */
  const char *text;      /* all of it, as it was given */
  const char *name;      /* what a flow that it touched says of it; its action where none was given */
  const char *condition; /* the filter's text */
  const char *action;    /* the action's text; "" for an intercept given as such */
  struct filter *filter;
  bool named;     /* the name was given */
  bool from_file; /* it comes and goes with the rules file */
  enum rule_limit limit;
  uint32_t limit_n; /* next, every: N; chance: of a million */
  uint32_t seed;    /* chance */
  uint32_t used;    /* next: how many of the N; switched on again it has all of them */
  uint64_t seen;    /* matches, taken or not: what `every` counts, and `chance` draws by */
  uint64_t hits;    /* taken */
  uint64_t misses;  /* it looked for what was recorded, and found nothing */
  uint64_t last;    /* wall time of the last one, us since 1970; 0: none */
  /* RULE_PAUSE */
  bool once, responses;
  bool own; /* the person's own (rule/intercept.h) */
  enum flow_pause_end end;
  uint64_t after; /* ns; 0: waits for ever */
  /* all others */
  struct rule_deed *deed; /* private to src/rule */
};

/* ---- the list ---- */
/* Reads one without adding it; *err has the sentence and the place. */
bool rule_check(struct slice text, struct err *err);
/* Behind all others, or at place `at`. 0: not taken, *err says why. */
#define RULE_AT_END SIZE_MAX
unsigned rule_add(struct rules *rules, const char *text, size_t at, struct err *err);
bool rule_change(struct rules *rules, unsigned id, const char *text, struct err *err); /* its counters stay */
void rule_remove(struct rules *rules, unsigned id);
void rule_switch(struct rules *rules, unsigned id, bool on);
bool rule_move(struct rules *rules, unsigned id, int by); /* false: it is at that end already */
size_t rule_count(const struct rules *rules);
const struct rule *rule_nth(const struct rules *rules, size_t i); /* NULL past the end */
const struct rule *rule_find(const struct rules *rules, unsigned id);

/* All that change traffic at once, leaving each its own switch; intercepts have theirs (intercept_enable()). */
void rules_enable(struct rules *rules, bool on);
bool rules_enabled(const struct rules *rules);

/* For the way back: all rules as they are now; put in the place of the present ones, which come out. What has had its one
 * message meanwhile does not come back, and hits stay counted. */
struct rules *rules_copy(const struct rules *rules);
void rules_swap(struct rules *rules, struct rules *other);
/* Would swapping them change nothing but counters? Rules for one message that have had it do not count. */
bool rules_alike(const struct rules *rules, const struct rules *other);

/* Where the parts of a text stand, also of one that is not finished. False: there is no "=>" in it. */
struct rule_parts {
  struct slice name;          /* empty: none is given */
  size_t filter_at, filter_n; /* without a limit; may be empty */
  size_t action_at;           /* behind "=>" and blanks */
  bool off;
};
bool rule_parts(struct slice text, struct rule_parts *out);

#endif
