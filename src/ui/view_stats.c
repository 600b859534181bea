/* Statistics of the flows that the list shows: hosts, answers, the slowest and largest, the waterfall. */
#include <stdlib.h>

#include "ui/filter_acts.h"
#include "ui/go.h"
#include "ui/stats_pages.h"
#include "ui/table_text.h"
#include "ui/ui_state.h"
#include "ui/write_list.h"
#include "weir/base/mem.h"

enum page { PAGE_HOSTS, PAGE_ANSWERS, PAGE_TOP, PAGE_WATERFALL, PAGES };
static const char *const page_word[] = {"Hosts", "Answers", "Slowest", "Waterfall"};

enum order { BY_FLOWS, BY_TIME, BY_FAILURES, BY_BYTES, BY_NAME, ORDERS };
static const char *const order_word[] = {"flows", "time", "failures", "bytes", "name"};

#define AGAIN CLOCK_S /* the sums are made anew when flows came or changed, at most so often */

struct stats_view {
  struct view view;
  struct ui *ui;
  enum page page;
  enum order order;
  struct tally shown, making;
  VEC(size_t) host;   /* places of shown.host in order */
  VEC(uint64_t) flow; /* still to be added to `making`, from next on */
  size_t next;
  struct loop_job job;
  bool running;
  uint64_t made, seen; /* when; how many flows there had been then */
  size_t cursor, top;
  struct rect body;
  struct stats_window window;
};

static struct stats_view *self(struct view *v) {
  return (struct stats_view *)v;
}

/* ---- the sums ---- */

static int compare(const struct stats_view *s, const struct tally_host *a, const struct tally_host *b) {
  uint64_t x = a->flows, y = b->flows;
  switch (s->order) {
  case BY_TIME:
    x = a->took.sum, y = b->took.sum;
    break;
  case BY_FAILURES:
    x = a->by_class[TALLY_4XX] + a->by_class[TALLY_5XX] + a->by_class[TALLY_FAILED];
    y = b->by_class[TALLY_4XX] + b->by_class[TALLY_5XX] + b->by_class[TALLY_FAILED];
    break;
  case BY_BYTES:
    x = a->in + a->out, y = b->in + b->out;
    break;
  case BY_NAME:
    return strcmp(a->name, b->name);
  default:
    break;
  }
  return x != y ? (x < y ? 1 : -1) : strcmp(a->name, b->name);
}

/* Shell's sort: at most a thousand hosts. */
static void sort_hosts(struct stats_view *s) {
  s->host.n = 0;
  for (size_t i = 0; i < s->shown.host.n; i++)
    VEC_PUSH(&s->host, i);
  for (size_t gap = 701; gap > 0; gap = gap > 1 ? gap * 10 / 23 : 0)
    for (size_t i = gap; i < s->host.n; i++)
      for (size_t j = i; j >= gap; j -= gap) {
        size_t a = s->host.v[j - gap], b = s->host.v[j];
        if (compare(s, s->shown.host.v[a], s->shown.host.v[b]) <= 0)
          break;
        s->host.v[j - gap] = b;
        s->host.v[j] = a;
      }
}

static bool step(void *arg, uint64_t deadline) {
  struct stats_view *s = arg;
  for (size_t n = 0; s->next < s->flow.n; n++) {
    if (n % 64 == 63 && clock_mono() >= deadline)
      return true;
    const struct flow *f = store_get(ui_store(s->ui), s->flow.v[s->next++]);
    if (f != NULL)
      tally_add(&s->making, f, ui_now(s->ui));
  }
  tally_clear(&s->shown);
  s->shown = s->making;
  tally_init(&s->making);
  sort_hosts(s);
  s->running = false;
  ui_dirty(s->ui);
  return false;
}

static void make(struct stats_view *s) {
  const struct ui *ui = s->ui;
  s->flow.n = 0;
  for (size_t i = 0, n = filter_index_count(ui->index); i < n; i++)
    VEC_PUSH(&s->flow, filter_index_nth(ui->index, i));
  s->next = 0;
  s->made = ui_now(ui);
  s->seen = store_stats(ui_store(ui)).added;
  s->job = (struct loop_job){.step = step, .arg = s};
  s->running = step(s, clock_mono() + 2 * CLOCK_MS);
  if (s->running)
    loop_job_start(ui->w->loop, &s->job);
}

/* ---- keys ---- */

static size_t rows_of(const struct stats_view *s) {
  switch (s->page) {
  case PAGE_HOSTS:
    return s->host.n;
  case PAGE_TOP:
    return s->shown.slowest.n + s->shown.largest.n;
  case PAGE_WATERFALL:
    return filter_index_count(s->ui->index);
  default:
    return 0;
  }
}

static void move(struct stats_view *s, long rows) {
  size_t n = rows_of(s);
  long to = (long)s->cursor + rows;
  s->cursor = n == 0 || to < 0 ? 0 : (size_t)to < n ? (size_t)to : n - 1;
}

static long page_rows(const struct stats_view *s) {
  return s->body.h > 4 ? s->body.h - 3 : 1;
}

static void go(struct ui *ui, struct view *v, enum stride stride, long times) {
  (void)ui, move(self(v), go_rows(stride, times, page_rows(self(v))));
}

static void turn_page(struct stats_view *s, int by) {
  s->page = (enum page)(((int)s->page + by + PAGES) % PAGES);
  s->cursor = s->top = 0;
  bool exact;
  if (s->page == PAGE_WATERFALL && s->ui->cursor != 0)
    s->cursor = filter_index_place(s->ui->index, s->ui->cursor, &exact);
}

static void next_page(struct ui *ui, struct view *v, int count) {
  (void)ui, (void)count, turn_page(self(v), 1);
}
static void previous_page(struct ui *ui, struct view *v, int count) {
  (void)ui, (void)count, turn_page(self(v), -1);
}

static void next_order(struct ui *ui, struct view *v, int count) {
  struct stats_view *s = self(v);
  (void)count;
  s->order = (enum order)((s->order + 1) % ORDERS);
  sort_hosts(s);
  ui_say(ui, "hosts by %s", order_word[s->order]);
}

static void open_row(struct ui *ui, struct view *v, int count) {
  struct stats_view *s = self(v);
  uint64_t id = 0;
  (void)count;
  if (s->page == PAGE_HOSTS && s->cursor < s->host.n) {
    struct buf term = BUF_INIT;
    buf_printf(&term, "host=%s", s->shown.host.v[s->host.v[s->cursor]]->name);
    filter_narrow(ui, buf_slice(&term));
    buf_clear(&term);
    screen_flows(ui, v, 0);
    return;
  }
  if (s->page == PAGE_TOP)
    id = stats_top_flow(&s->shown, s->cursor);
  else if (s->page == PAGE_WATERFALL)
    id = filter_index_nth(ui->index, s->cursor);
  if (id == 0 || store_get(ui_store(ui), id) == NULL) {
    ui_say(ui, id == 0 ? "nothing to open in this line" : "#%llu has left the ring", (unsigned long long)id);
    return;
  }
  list_select(ui, id);
  ui_push(ui, detail_view_new(ui, id));
}

static bool on_waterfall(const struct ui *ui, const struct view *v) {
  (void)ui;
  return ((const struct stats_view *)v)->page == PAGE_WATERFALL;
}

#define ZOOM_MOST 4096

/* Around the middle of what is shown. */
static void zoom(struct ui *ui, struct view *v, double by) {
  struct stats_window *w = &self(v)->window;
  if (!on_waterfall(ui, v)) {
    ui_say(ui, "that is for the waterfall");
    return;
  }
  double middle = (1 - 1 / w->zoom) * w->pan + 0.5 / w->zoom;
  w->zoom = w->zoom * by < 1 ? 1 : w->zoom * by > ZOOM_MOST ? ZOOM_MOST : w->zoom * by;
  double rest = 1 - 1 / w->zoom, pan = rest > 0 ? (middle - 0.5 / w->zoom) / rest : 0;
  w->pan = pan < 0 ? 0 : pan > 1 ? 1 : pan;
  if (w->zoom > 1)
    ui_say(ui, "1/%.0f of the time", w->zoom);
  else
    ui_say(ui, "all of the time");
}

static void zoom_in(struct ui *ui, struct view *v, int count) {
  (void)count, zoom(ui, v, 2);
}
static void zoom_out(struct ui *ui, struct view *v, int count) {
  (void)count, zoom(ui, v, 0.5);
}

/* By a quarter of what is shown. */
static void pan(struct ui *ui, struct view *v, double by) {
  struct stats_window *w = &self(v)->window;
  double rest = 1 - 1 / w->zoom, to = rest > 0 ? w->pan + by / (4 * w->zoom * rest) : 0;
  (void)ui;
  w->pan = to < 0 ? 0 : to > 1 ? 1 : to;
}

/* What is whole has no sides: then h leads back and l opens, as on the other pages. */
static void right(struct ui *ui, struct view *v, int count) {
  if (on_waterfall(ui, v) && self(v)->window.zoom > 1)
    pan(ui, v, (double)view_times(count));
  else
    open_row(ui, v, count);
}

static void left(struct ui *ui, struct view *v, int count) {
  if (on_waterfall(ui, v) && self(v)->window.zoom > 1)
    pan(ui, v, -(double)view_times(count));
  else
    go_back(ui, v, count);
}

static bool has_table(const struct ui *ui, const struct view *v) {
  const struct stats_view *s = (const struct stats_view *)v;
  (void)ui;
  return s->page == PAGE_HOSTS || s->page == PAGE_TOP;
}

static const struct binding stats_bindings[] = {
    {"stats-open", "Enter", "open", "a host: filter the list to it; a flow: open it", "MOVE", open_row, NULL},
    {"stats-next", "Tab ]", "next page", "hosts, answers, slowest, waterfall", "SCREEN", next_page, NULL},
    {"stats-previous", "Shift-Tab [", NULL, "the page before", "SCREEN", previous_page, NULL},
    {"stats-order", "s", "sort", "hosts by flows, time, failures, bytes, name", "SCREEN", next_order, NULL},
    {"copy-table", "y", "copy table", "copy the table of hosts, or of the slowest and largest", "SCREEN",
     act_copy_table, has_table},
    {"write-csv", "wc", "csv", "write it as CSV", "SCREEN", act_write_csv, has_table},
    {"back", "q Esc", "back", "back to the list", "MOVE", go_back, NULL},
    {"zoom-in", "z", "zoom", "the waterfall: half the time, twice as wide", "SCREEN", zoom_in, on_waterfall},
    {"zoom-out", "Z", NULL, "the waterfall: twice the time", "SCREEN", zoom_out, NULL},
    {"go-right", "l Right", NULL, "the waterfall zoomed: later; else open", "MOVE", right, NULL},
    {"go-left", "h Left", NULL, "the waterfall zoomed: earlier; else back to the list", "MOVE", left, NULL},
    GO_ROWS("next line", "line before"),
    GO_PAGES_SPACE,
    GO_ENDS("first line", "last line"),
    {.keys = NULL},
};

static bool stats_key(struct ui *ui, struct view *v, const struct key *key) {
  struct stats_view *s = self(v);
  (void)ui;
  if (key->code != KEY_MOUSE_)
    return false;
  long rows = key_wheel(key);
  if (rows != 0)
    move(s, rows);
  else if (key->button == 1 && key->action == KEY_PRESS && s->page != PAGE_TOP && key->y > s->body.y) {
    size_t row = s->top + (size_t)(key->y - s->body.y - 1);
    if (row < rows_of(s))
      s->cursor = row;
  }
  return true;
}

/* ---- layout and drawing ---- */

static void stats_layout(struct ui *ui, struct view *v, struct rect r) {
  struct stats_view *s = self(v);
  bool newer = store_stats(ui_store(ui)).added != s->seen;
  if (!s->running && (s->made == 0 || (ui_now(ui) >= s->made + AGAIN && newer)))
    make(s);
  s->body = (struct rect){r.x, r.y + 2, r.w, r.h > 2 ? r.h - 2 : 0};
  move(s, 0);
  int rows = s->page == PAGE_WATERFALL ? s->body.h - 2 : s->body.h - 1;
  s->top = scroll_to(s->top, s->cursor, rows_of(s), rows);
}

static void stats_draw(const struct view *v, const struct ui *ui, struct canvas *c, struct rect r) {
  const struct stats_view *s = (const struct stats_view *)v;
  int x = r.x + 1;
  for (int i = 0; i < PAGES; i++) {
    bool now = (int)s->page == i;
    x = canvas_print(c, r, x, r.y, now ? ROLE_TITLE_FOCUS : ROLE_TITLE, now ? "[%s]" : " %s ", page_word[i]) + 1;
  }
  if (r.w >= 100)
    canvas_text(c, r, r.x + r.w - 37, r.y, ROLE_DIM, SLICE("of the flows that pass the filter"));
  switch (s->page) {
  case PAGE_HOSTS:
    stats_hosts(&s->shown, s->host.v, s->top, s->cursor, c, s->body);
    break;
  case PAGE_ANSWERS:
    stats_answers(&s->shown, c, s->body);
    break;
  case PAGE_TOP:
    stats_top(ui, &s->shown, s->cursor, c, s->body);
    break;
  default:
    stats_waterfall(ui, &s->window, s->top, filter_index_nth(ui->index, s->cursor), c, s->body);
  }
}

static void stats_message(const struct view *v, const struct ui *ui, struct buf *out) {
  const struct stats_view *s = (const struct stats_view *)v;
  (void)ui;
  if (s->running)
    buf_printf(out, "adding up %zu of %zu", s->next, s->flow.n);
  else
    buf_printf(out, "%zu flow%s, %zu host%s; time that a person paused is left out", s->shown.all.flows,
               s->shown.all.flows == 1 ? "" : "s", s->shown.host.n, s->shown.host.n == 1 ? "" : "s");
}

static void stats_free(struct ui *ui, struct view *v) {
  struct stats_view *s = self(v);
  if (s->running)
    loop_job_stop(ui->w->loop, &s->job);
  tally_clear(&s->shown);
  tally_clear(&s->making);
  VEC_CLEAR(&s->host);
  VEC_CLEAR(&s->flow);
  free(s);
}

static uint64_t stats_flow(const struct view *v, const struct ui *ui) {
  const struct stats_view *s = (const struct stats_view *)v;
  return s->page == PAGE_WATERFALL ? filter_index_nth(ui->index, s->cursor)
         : s->page == PAGE_TOP     ? stats_top_flow(&s->shown, s->cursor)
                                   : 0;
}

static const char *stats_table(const struct view *v, const struct ui *ui, struct table_text *out) {
  const struct stats_view *s = (const struct stats_view *)v;
  (void)ui;
  if (s->page == PAGE_HOSTS)
    stats_hosts_text(&s->shown, s->host.v, out);
  else if (s->page == PAGE_TOP)
    stats_top_text(ui, &s->shown, out);
  else
    return "the tables are on the pages Hosts and Slowest";
  return NULL;
}

const struct view_ops stats_view_ops = {
    .name = "statistics",
    .bindings = stats_bindings,
    .draw = stats_draw,
    .go = go,
    .key = stats_key,
    .layout = stats_layout,
    .message = stats_message,
    .free = stats_free,
    .flow = stats_flow,
    .table = stats_table,
};

struct view *stats_view_new(struct ui *ui) {
  struct stats_view *s = mem_zero(1, sizeof *s);
  view_init(&s->view, &stats_view_ops);
  s->ui = ui;
  s->window.zoom = 1;
  tally_init(&s->shown);
  tally_init(&s->making);
  return &s->view;
}
