/*
 * What was sent again: a tab for each flow that was (named from its path), in it every try with what became of it, and
 * the text that its next try sends. Tries outlive their flows: what the table shows is kept, what a flow held goes with
 * it. Bounded: TABS_MAX tabs, the oldest is closed; TRIES_MAX tries a tab, the oldest are forgotten.
 *
 * A series sends the same, or an edited text with what stands for something else in it (ui/send_vars.h), a number of
 * times: the next when the one before has ended, or several at once. One at a time. Private to src/ui.
 */
#ifndef WEIR_SRC_UI_REPEATER_H
#define WEIR_SRC_UI_REPEATER_H

#include "ui/flow_change.h"
#include "ui/send_vars.h"
#include "ui/ui_state.h"

#define TABS_MAX     40
#define TRIES_MAX    10000
#define SERIES_MAX   10000
#define SERIES_ASK   20 /* more than so many that are no GET or HEAD are asked about once */
#define PARALLEL_MAX 20

struct try {
  uint64_t id;
  uint64_t wall_us, size, took, hash; /* since it ended */
  int status;
  enum flow_error error;
  unsigned run, n; /* of a series: which one, and its place in it; run 0: sent alone */
  bool captured;   /* the origin itself */
  bool finished, failed;
  char *request, *response; /* what changed against the try before; NULL: not looked at yet */
  char *against_first;      /* of a series: the response against its first */
};

enum try_order { TRY_BY_NUMBER, TRY_BY_DURATION, TRY_BY_SIZE, TRY_BY_STATUS, TRY_BY_BODY };

struct replay_tab {
  uint64_t origin;
  char name[40];
  VEC(struct try) try;
  size_t at;       /* the selected one */
  bool following;  /* the newest is selected as it comes */
  struct buf text; /* edited: what the next try sends; empty: what the selected one sent */
  bool keep_length;
  uint64_t like; /* the flow that it was made from */
  unsigned runs; /* series so far */
  bool table;    /* the last series as a table: */
  enum try_order order;
  bool reverse, only_failed;
  VEC(size_t) rows; /* what is shown, as places of `try`; made anew by repeater_rows() */
  size_t forgotten;
};

struct send_options {
  unsigned count;
  uint64_t gap; /* ns between the end of one and the next */
  bool parallel, stop_on_5xx;
};

struct series {
  struct replay_tab *tab; /* NULL: none is on its way */
  struct send_options options;
  uint64_t flow;     /* sent again, or what the text was made from */
  struct flow *kept; /* what is needed of it, once it has left the list; NULL: it is there */
  struct buf text;
  bool keep_length, stopping;
  struct send_vars vars;
  unsigned run, sent, running, ended, failed;
  struct loop_timer timer;
};

struct repeater {
  struct ui *ui;
  VEC(struct replay_tab *) tab;
  size_t current;
  struct series series;
  struct send_options options; /* of R, used last */
  uint64_t tell;               /* when this flow has ended, it is said how */
};

struct repeater *repeater_new(struct ui *ui);
void series_keep(struct repeater *r, const struct flow *f); /* it leaves the list */
void repeater_free(struct repeater *r);

/* The tab of what that flow began with: made where there is none. NULL: the flow is gone. */
struct replay_tab *repeater_tab(struct repeater *r, uint64_t id);
void repeater_close(struct repeater *r, size_t place);
struct replay_tab *repeater_current(const struct repeater *r); /* NULL: there is none */
/* A flow was sent by a person's act: a try in its tab, which becomes the current one. */
void repeater_sent(struct repeater *r, uint64_t id, unsigned run, unsigned n);
void repeater_keep_text(struct replay_tab *t, uint64_t like, struct slice text, bool keep_length);

/* Sends: the flow as it is, or the text. Says what it did, or why not; asks where it has to. count 0 and 1: once. */
void repeater_send_flow(struct ui *ui, uint64_t id, const struct send_options *options);
void repeater_send_text(struct ui *ui, struct replay_tab *t, const struct send_options *options);
/* Says as what it went out, and how to get there. */
void repeater_say_sent(struct ui *ui, uint64_t first, uint64_t last);
/* With {{n}} and the like replaced, as its first. Its id; 0 with *err. */
/* With a body that is ready (proxy_send_body()): names in braces are looked for in the head only. */
uint64_t repeater_send_body(struct ui *ui, uint64_t parent, struct slice head, struct body *body, bool keep_length,
                            struct err *err);
uint64_t repeater_send_once(struct ui *ui, uint64_t parent, struct slice text, bool keep_length, struct err *err);

bool series_busy(const struct ui *ui, unsigned *done, unsigned *all);
void series_stop(struct ui *ui);                       /* after what is running now */
void series_ended(struct ui *ui, const struct try *t); /* one of its tries has */

/* The words of the table, made when they are looked at. */
const char *try_request_words(struct repeater *r, struct replay_tab *t, size_t place);
const char *try_response_words(struct repeater *r, struct replay_tab *t, size_t place);

/* Figures over the tries of the last series. */
struct series_sum {
  unsigned done, failed, bodies; /* distinct ones */
  uint64_t fastest, median, p95, slowest;
};
void series_sum(const struct replay_tab *t, struct series_sum *out);

/* view_repeater.c */
struct view *repeater_view_new(struct ui *ui);
extern const struct view_ops repeater_view_ops;
/* What was edited there goes, else the selected try as it is. */
void repeater_send_tab(struct ui *ui, const struct send_options *options);
bool repeater_act_send(struct ui *ui, struct view *v, int count); /* r and R there: true when v is the repeater */
bool repeater_act_close(struct ui *ui, struct view *v);           /* d there */
bool repeater_act_edit(struct ui *ui, const struct view *v);      /* e there: goes on with the edited text */
bool repeater_act_diff(struct ui *ui, const struct view *v);      /* D there: with the try before */

/* replay_options.c */
void act_replay_options(struct ui *ui, struct view *v, int count); /* R */
/* repeater_series.c */
bool repeater_act_failures(struct ui *ui, const struct view *v); /* ! there, in the table of a series */
/* screens.c */
void repeater_show(struct ui *ui, uint64_t id); /* the repeater in front, with that flow's tab */

#endif
