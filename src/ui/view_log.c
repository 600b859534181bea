/* The log on the screen: the last lines, which of them are trouble, and what to do about the one under the cursor. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/error_words.h"
#include "ui/go.h"
#include "ui/pane.h"
#include "ui/secure_words.h"
#include "ui/ui_state.h"
#include "weir/base/log.h"
#include "weir/base/mem.h"
#include "weir/base/vec.h"

#define LOG_LINES 2000
#define NARROW    64 /* columns; below, the message has the room of time and area, and a letter is the level */
#define LOG_CURE  4  /* rows below: what happened, what to do */

struct log_entry {
  uint64_t number; /* from 1; the cursor is a line, not a row */
  uint64_t wall_us;
  enum log_level level;
  const char *area;
  uint64_t flow;
  char *text, *cure;
};

struct log_ring {
  struct ui *ui;
  struct log_entry entry[LOG_LINES];
  uint64_t added;
};

static void sink(void *arg, const struct log_line *line) {
  struct log_ring *ring = arg;
  struct log_entry *e = &ring->entry[ring->added % LOG_LINES];
  free(e->text);
  free(e->cure);
  *e = (struct log_entry){++ring->added, line->wall_us,       line->level,        line->area,
                          line->flow,    mem_dup(line->text), mem_dup(line->cure)};
  if (ring->ui->top != NULL)
    ui_dirty(ring->ui);
}

struct log_ring *log_ring_new(struct ui *ui) {
  struct log_ring *ring = mem_zero(1, sizeof *ring);
  ring->ui = ui;
  log_add_sink(sink, ring, LOG_INFO);
  return ring;
}

void log_ring_free(struct log_ring *ring) {
  if (ring == NULL)
    return;
  log_remove_sink(sink, ring);
  for (size_t i = 0; i < LOG_LINES; i++) {
    free(ring->entry[i].text);
    free(ring->entry[i].cure);
  }
  free(ring);
}

/* The line with that number, while it is kept. */
static const struct log_entry *entry(const struct log_ring *ring, uint64_t number) {
  const struct log_entry *e = number > 0 ? &ring->entry[(number - 1) % LOG_LINES] : NULL;
  return e != NULL && e->number == number ? e : NULL;
}

static uint64_t oldest(const struct log_ring *ring) {
  return ring->added > LOG_LINES ? ring->added - LOG_LINES + 1 : 1;
}

/* ---- the view ---- */

struct log_view {
  struct view view;
  VEC(uint64_t) shown; /* numbers of the lines that are listed */
  uint64_t made_at;    /* ring->added when that was made */
  size_t trouble;      /* warnings and errors among all lines */
  uint64_t cursor;
  size_t place, top;
  int rows;
  bool problems, follow;
  struct rect list;
};

static struct log_view *self(struct view *v) {
  return (struct log_view *)v;
}

static bool listed(const struct log_view *l, const struct log_entry *e) {
  return e != NULL && (!l->problems || e->level >= LOG_WARN);
}

static void gather(const struct ui *ui, struct log_view *l) {
  const struct log_ring *ring = ui->log;
  if (l->made_at == ring->added)
    return;
  l->shown.n = l->trouble = 0;
  for (uint64_t n = oldest(ring); n <= ring->added; n++) {
    const struct log_entry *e = entry(ring, n);
    if (listed(l, e))
      VEC_PUSH(&l->shown, n);
    l->trouble += e != NULL && e->level >= LOG_WARN;
  }
  l->made_at = ring->added;
}

static void settle(struct log_view *l) {
  size_t n = l->shown.n, place = 0;
  if (l->follow && n > 0)
    l->cursor = l->shown.v[n - 1];
  while (place + 1 < n && l->shown.v[place] < l->cursor)
    place++;
  l->place = place;
  l->cursor = n > 0 ? l->shown.v[place] : 0;
}

static void walk(struct ui *ui, struct log_view *l, long steps) {
  gather(ui, l);
  if (l->shown.n == 0)
    return;
  long place = (long)l->place + steps;
  place = place < 0 ? 0 : place >= (long)l->shown.n ? (long)l->shown.n - 1 : place;
  l->place = (size_t)place;
  l->cursor = l->shown.v[place];
  l->follow = false;
}

static long page(struct view *v) {
  return self(v)->rows > 2 ? self(v)->rows - 1 : 1;
}

static void go(struct ui *ui, struct view *v, enum stride stride, long times) {
  if (stride == STRIDE_ALL && times > 0)
    self(v)->follow = true;
  else
    walk(ui, self(v), go_rows(stride, times, page(v)));
}

static void problems(struct ui *ui, struct view *v, int count) {
  struct log_view *l = self(v);
  (void)count;
  l->problems = !l->problems;
  l->made_at = UINT64_MAX;
  ui_say(ui, l->problems ? "problems only" : "all lines");
}

static void go_to_flow(struct ui *ui, struct view *v, int count) {
  const struct log_entry *e = entry(ui->log, self(v)->cursor);
  (void)count;
  if (e == NULL || e->flow == 0)
    ui_say(ui, "this line is not about a flow");
  else if (store_get(ui_store(ui), e->flow) == NULL)
    ui_say(ui, "#%llu is no longer here", (unsigned long long)e->flow);
  else
    ui_push(ui, detail_view_new(ui, e->flow));
}

static const struct binding log_bindings[] = {
    {"flow-open", "Enter l Right", "go to the flow", "open the flow that the line is about", "MOVE", go_to_flow, NULL},
    {"log-problems", "!", "problems only", "only problems, or all lines", "FIND", problems, NULL},
    {"back", "q Esc h Left", "back", "back to the list", "MOVE", go_back, NULL},
    GO_ROWS("next line", "line before"),
    GO_HALVES(""),
    GO_PAGES(""),
    GO_ENDS("first line", "last line, and follow what comes"),
    {.keys = NULL},
};

static void log_layout(struct ui *ui, struct view *v, struct rect r) {
  struct log_view *l = self(v);
  gather(ui, l);
  settle(l);
  int cure = r.h > 14 ? LOG_CURE : 0;
  l->list = (struct rect){r.x, r.y + 1, r.w, r.h - 1 - cure};
  l->rows = l->list.h;
  l->top = scroll_to(l->top, l->place, l->shown.n, l->rows);
}

static enum role level_role(enum log_level level) {
  return level == LOG_ERROR ? ROLE_ERROR : level == LOG_WARN ? ROLE_CLIENT_ERROR : ROLE_DIM;
}

static void draw_entry(struct canvas *c, struct rect r, int y, const struct log_entry *e, bool selected) {
  char clock[32], area[24];
  struct rect row = {r.x, y, r.w, 1};
  if (e->flow != 0)
    snprintf(area, sizeof area, "#%llu", (unsigned long long)e->flow);
  else
    snprintf(area, sizeof area, "%s", e->area);
  int x = canvas_print(c, row, r.x, y, ROLE_TEXT, "%s ", selected ? ">" : " ");
  if (r.w < NARROW) {
    x = canvas_print(c, row, x, y, level_role(e->level), "%c ", log_level_name(e->level)[0]);
  } else {
    x = canvas_print(c, row, x, y, ROLE_DIM, "%s  ", clock_time_of_day(e->wall_us, clock, sizeof clock));
    x = canvas_print(c, row, x, y, level_role(e->level), "%-6s ", log_level_name(e->level));
    x = canvas_print(c, row, x, y, ROLE_DIM, "%-7s ", area);
  }
  canvas_text_cut(c, row, x, y, ROLE_TEXT, slice_of(e->text));
  if (selected) {
    canvas_role(c, row, ROLE_SELECTED);
    canvas_cursor(c, r.x, y);
  }
}

/* What the line itself says, else what is known of its flow. */
static void put_cure(const struct ui *ui, const struct log_entry *e, struct buf *out) {
  const struct flow *f = e->flow != 0 ? store_get(ui_store(ui), e->flow) : NULL;
  if (e->cure != NULL)
    buf_add_text(out, e->cure);
  else if (f != NULL && e->level >= LOG_WARN)
    secure_cure(f, out);
  if (out->n == 0 && f != NULL && e->level >= LOG_WARN && error_advice(f) != NULL)
    buf_add_text(out, error_advice(f));
}

static void draw_cure(const struct ui *ui, const struct log_view *l, const struct log_entry *e, struct canvas *c,
                      struct rect r) {
  int y = l->list.y + l->list.h;
  struct rect below = {r.x, y, r.w, r.y + r.h - y};
  if (below.h < 3)
    return;
  canvas_hline(c, below, r.x, y, r.w, ROLE_TITLE, false);
  canvas_print(c, below, r.x + 2, y, ROLE_TITLE, " %s ", e->area);
  canvas_print(c, below, r.x + 1, y + 1, ROLE_TEXT, "What happened  %s", e->text);
  const struct flow *f = e->flow != 0 ? store_get(ui_store(ui), e->flow) : NULL;
  const char *cause = f != NULL && e->level >= LOG_WARN ? error_cause(f) : NULL;
  struct buf cure = BUF_INIT;
  y++;
  if (cause != NULL && below.h >= 4)
    canvas_print(c, below, r.x + 1, ++y, ROLE_TEXT, "Likely cause   %s", cause);
  put_cure(ui, e, &cure);
  if (cure.n > 0)
    canvas_print(c, below, r.x + 1, y + 1, ROLE_TEXT, "What to do     %s", buf_text(&cure));
  buf_clear(&cure);
}

static void log_draw(const struct view *v, const struct ui *ui, struct canvas *c, struct rect r) {
  const struct log_view *l = (const struct log_view *)v;
  canvas_print(c, r, r.x + 1, r.y, ROLE_TITLE, l->problems ? " All  [Problems %zu]" : "[All]  Problems %zu",
               l->trouble);
  for (int i = 0; i < l->rows && l->top + (size_t)i < l->shown.n; i++) {
    uint64_t n = l->shown.v[l->top + (size_t)i];
    const struct log_entry *e = entry(ui->log, n);
    if (e != NULL)
      draw_entry(c, l->list, l->list.y + i, e, n == l->cursor);
  }
  if (l->shown.n == 0)
    canvas_text(c, l->list, l->list.x + 2, l->list.y, ROLE_DIM,
                l->problems ? SLICE("no problems") : SLICE("nothing was said yet"));
  const struct log_entry *e = entry(ui->log, l->cursor);
  if (e != NULL)
    draw_cure(ui, l, e, c, r);
}

static void log_message(const struct view *v, const struct ui *ui, struct buf *out) {
  const struct log_view *l = (const struct log_view *)v;
  (void)ui;
  buf_printf(out, "%zu line%s%s%s", l->shown.n, l->shown.n == 1 ? "" : "s", l->problems ? " (problems)" : "",
             l->follow ? ", following" : "");
}

static bool log_key(struct ui *ui, struct view *v, const struct key *key) {
  struct log_view *l = self(v);
  if (key->code != KEY_MOUSE_)
    return false;
  long rows = key_wheel(key);
  if (rows != 0)
    walk(ui, l, rows);
  else if (key->button == 1 && key->y >= l->list.y && key->y < l->list.y + l->rows)
    walk(ui, l, (long)l->top + key->y - l->list.y - (long)l->place);
  return true;
}

static void log_free(struct ui *ui, struct view *v) {
  (void)ui;
  VEC_CLEAR(&self(v)->shown);
  free(v);
}

/* The flow that the line under the cursor is about. */
static uint64_t log_flow(const struct view *v, const struct ui *ui) {
  const struct log_entry *e = entry(ui->log, ((const struct log_view *)v)->cursor);
  return e != NULL && store_get(ui_store(ui), e->flow) != NULL ? e->flow : 0;
}

const struct view_ops log_view_ops = {
    .name = "log",
    .bindings = log_bindings,
    .shared = flow_bindings,
    .flow = log_flow,
    .draw = log_draw,
    .go = go,
    .key = log_key,
    .layout = log_layout,
    .message = log_message,
    .free = log_free,
};

struct view *log_view_new(struct ui *ui) {
  struct log_view *l = mem_zero(1, sizeof *l);
  (void)ui;
  view_init(&l->view, &log_view_ops);
  l->follow = true;
  l->made_at = UINT64_MAX;
  return &l->view;
}
