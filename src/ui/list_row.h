/*
 * One flow on one line, and the words for what became of it. Column widths depend on the terminal only, never on
 * content, so that nothing jumps.
 */
#ifndef WEIR_UI_LIST_ROW_H
#define WEIR_UI_LIST_ROW_H

#include "weir/flow/flow.h"
#include "weir/ui/canvas.h"

#define ROW_WIDEST 140 /* with the program that sent it */
#define ROW_WIDE   100 /* host and path apart, with the time of day */
#define ROW_MEDIUM 60  /* host and path joined; below: the host's first label with the path */

enum column {
  COLUMN_MARK,
  COLUMN_NUMBER,
  COLUMN_CLOCK,
  COLUMN_METHOD,
  COLUMN_STATUS,
  COLUMN_PROCESS,
  COLUMN_HOST,
  COLUMN_PATH,
  COLUMN_TYPE,
  COLUMN_SIZE,
  COLUMN_TOOK,
  COLUMN_BAR,
  COLUMN_WATERFALL,
  COLUMNS
};

#define EXTRA_MAX 16

struct datum;
struct flow_changes;
struct store;

struct columns {
  struct {
    int x, w;
  } at[COLUMNS]; /* w 0: not there */
  struct {
    int x, w;
    const struct datum *datum;
  } extra[EXTRA_MAX]; /* those that a person named; drawn by columns.c */
  size_t extras;
  unsigned left_out;   /* of those that a person named, for want of room */
  struct slice suffix; /* left out of hosts that share their column with the path (host_suffix.h) */
  /* What a replay got, against its origin, in words (flow_change.h); NULL: not told. */
  struct flow_changes *changes;
  const struct store *store;
};

/* How a row is drawn: a person's colour and what a canvas without colours says of it. */
struct row_look {
  bool selected;  /* the cursor is there */
  bool chosen;    /* it is one of those that acts are done to */
  enum role role; /* of what has no colour of its own */
  char letter;    /* in the margin; '\0': none */
};

void columns_for(struct columns *cols, int width, bool clock); /* clock: the time of day where it has a column */
void row_draw(const struct columns *cols, struct canvas *c, struct rect r, int y, const struct flow *f, uint64_t now,
              struct row_look look);
/* The heads; the one by which the list is sorted (NULL: by number as ever) has a sign. */
void row_titles(const struct columns *cols, struct canvas *c, struct rect r, int y, const char *sorted, bool reverse);
/* The field that stands in the column at x, as `:sort` names it; NULL: none. */
const char *column_field_at(const struct columns *cols, struct rect r, int x);

void row_host(const struct flow *f, struct buf *out);
enum role status_role(const struct flow *f);
const char *status_mark(const struct canvas *c, const struct flow *f); /* "✗", "!", "→", ... or "" */

/* ---- row_words.c ---- */
/* Beside the path of a row that names the host: of "nosuch.test: name not known" only what went wrong. Wire text is not in
 * it but through f->error_text. */
void row_words_beside_host(const struct flow *f, uint64_t now, struct buf *out);
/* CONNECT that has got through: it never has a status, so dots would say that something is to come. */
bool row_is_tunnel(const struct flow *f);
/* The flow in one sentence: "#6 401 Unauthorized", "#17 name not known", and what to do about it: behind it where both
 * fit in so many columns, else in front, since the row says what happened. Unsafe text: for the canvas only. */
void flow_sentence(const struct flow *f, uint64_t now, int columns, struct buf *out);
/* "200 OK", "paused", "waiting", the error's word: as a title names an outcome. */
void flow_outcome(const struct flow *f, struct buf *out);

/* "27 B", "7.1 kB", "3.2 MB". */
char *words_bytes(uint64_t bytes, char *out, size_t size);
/* "41s", "2m05s": whole seconds, for waiting. */
char *words_wait(uint64_t ns, char *out, size_t size);
/* Of what is paused and will not wait for ever: "send in 18s", "drop in 18s", "504 in 18s". False: it waits. */
bool row_deadline(const struct flow *f, uint64_t now, struct buf *out);
uint64_t flow_paused_for(const struct flow *f, uint64_t now); /* ns of the present pause */

#endif
