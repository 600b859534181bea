/*
 * What the parts of the screen share: the state behind struct ui, the paint and key turns, and the views' makers.
 * Private to src/ui.
 *
 * Time: a key is handled and painted in its own turn; paints that traffic causes keep PAINT_GAP between them. Nothing
 * here scans all flows: lists go through filter/index.h, counts come from store_stats().
 */
#ifndef WEIR_UI_STATE_H
#define WEIR_UI_STATE_H

#include "ui/selection.h"
#include "weir/base/clock.h"
#include "weir/filter/index.h"
#include "weir/filter/preset.h"
#include "weir/ui/input.h"
#include "weir/ui/terminal.h"
#include "weir/ui/view.h"

#define PAINT_GAP  (CLOCK_S / 30)
#define TICK_GAP   (CLOCK_S / 4) /* redraw while something on the screen grows older: waiting, paused */
#define SMALLEST_W 30
#define SMALLEST_H 6
#define ROOMY_W    100
#define ROOMY_H    30

enum ui_layout { LAYOUT_PREVIEW, LAYOUT_LIST };

struct undo;
struct log_ring;
struct list_file;
struct part_file;
struct copy_job;
struct search;
struct copy;
struct draft;
struct drafts;
struct repeater;
struct flow_changes;
struct keymap;
struct column_choice;
struct column_cache;
struct host_suffix;
struct colour_rules;

#define PATIENCES 16
struct patience { /* how long a client waited for a paused message, then left */
  char client[64];
  uint64_t at; /* when it left; 0: nothing is known */
  uint64_t ns;
};

struct rates { /* per second, over the last whole second */
  uint64_t at, requests, bytes;
  double requests_s, bytes_s;
};

#define UI_PROGRAM_SELF "/proc/self/exe"

struct ui {
  struct weir *w;
  struct terminal *t;
  struct canvas canvas;
  struct view *top;
  struct filter_index *index;  /* what the list shows */
  struct filter_index *paused; /* what is paused: the index of a filter that matches nothing else */
  struct undo *undo;
  struct keymap *keys;
  struct log_ring *log;
  char *filter_off;              /* switched off: its text; NULL: none */
  struct filter_presets presets; /* filters by name */
  uint64_t cursor;               /* the selected flow: an id, so that new rows never move it; 0: none yet */
  struct selection selection;
  struct column_choice *columns;     /* of the list; NULL: those that the terminal has room for */
  struct datum *by;                  /* the listener of a flow: a column of its own where there are several */
  int clock;                         /* the time of day has a column: 0: where there is room, 1: yes, -1: no */
  struct host_suffix *hosts;         /* what is left out of them where room is scarce */
  struct column_cache *column_cache; /* NULL: nothing was looked for yet */
  struct colour_rules *colours;      /* of rows; NULL: none */
  bool following;                    /* new flows scroll in */
  bool to_top;                       /* a new order was asked for: the cursor goes to its first flow once it is there */
  enum ui_layout layout;
  int split;        /* percent of the height that the preview has */
  int sides;        /* percent of the width that the request has */
  char *state_path; /* where both are kept; NULL: nowhere */
  struct loop_timer state_timer;
  struct buf message;
  bool warning;
  int count;              /* digits typed before a key */
  struct key prefix;      /* the first key of a chord; code 0: none */
  char armed, armed_next; /* a key that must be pressed twice: by the key before, by this one */
  uint64_t armed_for;     /* for that flow */
  bool dirty, urgent, busy;
  bool in_key;
  bool told_dragging;                                   /* what dragging the mouse is for */
  bool only_ascii;                                      /* the terminal can show no more */
  uint64_t keyed;                                       /* when a key was pressed last */
  bool rung;                                            /* the bell, since then */
  enum { FOCUS_UNKNOWN, FOCUS_HERE, FOCUS_AWAY } focus; /* what the terminal said last */
  bool walked;                                          /* this key moved the cursor by rows: that is no jump */
  struct jumps {                                        /* where the cursor was before it jumped, the last one last */
    uint64_t id[32];
    size_t n;
  } jumps;
  bool quitting;
  uint64_t saved;     /* every flow up to this one is in a HAR file */
  bool removing;      /* the person takes flows out: no word about the ring */
  size_t told_paused; /* what the title said last */
  uint64_t painted;   /* when traffic last caused a paint */
  uint64_t paints;
  struct loop_timer pace, tick;
  struct rates rates;
  struct patience patience[PATIENCES];
  unsigned hex_columns;        /* bytes a row that were asked for; 0: as many as there is room for */
  bool hex_little;             /* the byte inspector's order */
  struct copy *copy;           /* on its way to the clipboard */
  struct list_file *list_file; /* being written; NULL: none */
  struct copy_job *copy_job;   /* the text to be copied is being made; NULL: it is not */
  struct part_file *part_file; /* the same of one message */
  struct search *search;       /* what is looked for in all flows; NULL: nothing */
  uint64_t diff_with;          /* the flow that the next D compares with; 0: none */
  unsigned copied;             /* the kind copied last (copy_acts.c) */
  struct repeater *repeater;
  struct flow_changes *changes; /* of replays against their origins, in words */
  struct drafts *drafts;        /* messages being edited; NULL: none yet */
  const char *program;          /* weir, to be started for pictures: a path, or UI_PROGRAM_SELF; NULL: there are none */
  bool copies_secrets;          /* the person was told that what is hidden is copied */
  bool numbers;                 /* lines of bodies are numbered */
  bool rules_as_text;           /* rules are asked for in a line, not in a form */
  struct pane_past *past;       /* how flows were looked at */
  struct draft *in_pane;        /* of them the one whose editor is in the pane; NULL: none is open */
  struct input_history filters, conditions, finds, commands, shells, rules;
};

/* ui.c */
bool ui_roomy(const struct ui *ui);       /* room for tabs and a preview */
struct rect ui_body(const struct ui *ui); /* what is left to the views */
struct store *ui_store(const struct ui *ui);
struct proxy *ui_proxy(const struct ui *ui);
uint64_t ui_now(const struct ui *ui);
void ui_paint(struct ui *ui);
struct view *ui_find_view(const struct ui *ui, const struct view_ops *ops);

/* dispatch.c */
void dispatch_key(struct ui *ui, const struct key *key);
/* Walks every binding that holds in `v`: its own, its shared ones, the global ones. Start with *at = 0; NULL at the
 * end. */
const struct binding *dispatch_next(const struct view *v, size_t *at);
/* Runs it on the top view, with the count typed before. */
void dispatch_run(struct ui *ui, const struct binding *b);
/* Does this key mean anything in that view, or begin something that does? */
bool dispatch_bound(const struct ui *ui, const struct view *v, const struct key *key);
/* The keys that a binding has there now, blanks between; "": none. */
const char *dispatch_keys(const struct ui *ui, const struct view *v, const struct binding *b);

/* The key of that act here, for sentences: "F4"; where it has none, ":screen-repeater". Returns out. */
const char *dispatch_key_of(const struct ui *ui, const char *name, char *out, size_t size);

/* The keys that hold on every screen, on those where letters are text, and those of the screens that show a flow. */
extern const struct binding global_bindings[];
extern const struct binding typing_bindings[];
extern const struct binding flow_bindings[];

/* settings.c: what the options say of the terminal, at the start */
void settings_apply(struct ui *ui);

/* status.c */
void status_draw(const struct ui *ui, struct canvas *c);
void status_tabs(const struct ui *ui, struct canvas *c, int y);
bool status_tab_click(struct ui *ui, int x);
void status_tab_step(struct ui *ui, int steps); /* to the next tabs, or those before; round and round */
void status_rates(struct ui *ui);               /* once a turn at most; cheap */

/* views */
struct view *list_view_new(struct ui *ui);
struct view *detail_view_new(struct ui *ui, uint64_t id);
struct view *paused_view_new(struct ui *ui);
struct view *help_view_new(struct ui *ui);
struct view *rules_view_new(struct ui *ui);
struct view *log_view_new(struct ui *ui);
struct view *setup_view_new(struct ui *ui);
struct view *stats_view_new(struct ui *ui);
struct view *quit_view_new(struct ui *ui);
bool quit_asks(const struct ui *ui); /* would something be lost? */
extern const struct view_ops stats_view_ops, list_view_ops, detail_view_ops, paused_view_ops, intercepts_view_ops,
    rules_view_ops, help_view_ops, palette_view_ops, log_view_ops, setup_view_ops, quit_view_ops;

void detail_let_go(struct ui *ui, struct view *v, struct flow *f); /* f is being removed */
void list_select(struct ui *ui, uint64_t id);                      /* puts the cursor there, stops following */
void list_walk(struct ui *ui, long steps); /* the cursor goes that many rows on, in the list as it is filtered */
/* On the list: brings the selected flow back into view where rows that came have moved it out, stops following and says
 * so. True: what was to be done with it waits for the key to be pressed again. */
bool list_show_cursor(struct ui *ui, const struct view *v);
void list_next_failure(struct ui *ui, struct view *v, int count);
void list_previous_failure(struct ui *ui, struct view *v, int count);
void first_run_draw(const struct ui *ui, struct canvas *c, struct rect r);
void screen_flows(struct ui *ui, struct view *v, int count);
void screen_paused(struct ui *ui, struct view *v, int count);
void screen_repeater(struct ui *ui, struct view *v, int count);
void screen_rules(struct ui *ui, struct view *v, int count);
void screen_log(struct ui *ui, struct view *v, int count);
void screen_stats(struct ui *ui, struct view *v, int count);
void screen_setup(struct ui *ui, struct view *v, int count);
void screen_help(struct ui *ui, struct view *v, int count);
void act_palette(struct ui *ui, struct view *v, int count);

/* log: the last lines, kept while the screen is up */
struct log_ring *log_ring_new(struct ui *ui);
void log_ring_free(struct log_ring *ring);

/* Views keep their own members behind struct view. */
void view_init(struct view *v, const struct view_ops *ops);
struct flow *view_flow(const struct ui *ui, const struct view *v); /* what acts on a flow act on; NULL: none */
static inline long view_times(int count) {                         /* the number typed in front; once without one */
  return count > 0 ? count : 1;
}

/* The scroll position that shows `place` in `height` rows, moved as little as can be. */
size_t scroll_to(size_t top, size_t place, size_t count, int height);

#endif
