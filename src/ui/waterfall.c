/* Flows beside each other in time: when each began, what it waited for, when its body came. */
#include <stdio.h>

#include "ui/list_row.h"
#include "ui/stats_pages.h"
#include "weir/base/units.h"

#define TICK_W 8 /* columns that a time on the axis needs */

struct axis {
  uint64_t from, to; /* monotonic ns */
  uint64_t zero;     /* what the times on it are counted from */
  int x, w;
};

static uint64_t end_of(const struct ui *ui, const struct flow *f) {
  return f->times.end != 0 ? f->times.end : ui_now(ui);
}

static const struct flow *flow_in_row(const struct ui *ui, size_t place) {
  return place < filter_index_count(ui->index) ? store_get(ui_store(ui), filter_index_nth(ui->index, place)) : NULL;
}

/* A window of the time that the rows in sight take: 1/zoom of it, `pan` of the rest before it. */
static void narrow(struct axis *a, const struct stats_window *window) {
  double whole = (double)(a->to - a->from), part = whole / window->zoom;
  uint64_t from = a->from + (uint64_t)((whole - part) * window->pan);
  a->to = from + (part >= 1 ? (uint64_t)part : 1);
  a->zero = a->from;
  a->from = from;
}

static struct axis axis_of(const struct ui *ui, size_t top, int rows, int x, int w) {
  struct axis a = {UINT64_MAX, 0, 0, x, w};
  for (int i = 0; i < rows; i++) {
    const struct flow *f = flow_in_row(ui, top + (size_t)i);
    if (f == NULL || f->times.start == 0)
      continue;
    a.from = f->times.start < a.from ? f->times.start : a.from;
    a.to = end_of(ui, f) > a.to ? end_of(ui, f) : a.to;
  }
  if (a.from == UINT64_MAX)
    a.from = 0;
  if (a.to <= a.from)
    a.to = a.from + 1;
  return a;
}

static int column(const struct axis *a, uint64_t at) {
  if (at <= a->from)
    return a->x;
  double part = (double)(at - a->from) / (double)(a->to - a->from);
  int x = a->x + (int)(part * a->w);
  return x < a->x + a->w ? x : a->x + a->w - 1;
}

static void stretch(const struct axis *a, struct canvas *c, struct rect row, uint64_t from, uint64_t to,
                    const char *glyph, const char *ascii, enum role role) {
  if (to <= from || to < a->from || from > a->to)
    return;
  for (int x = column(a, from), last = column(a, to); x <= last; x++)
    canvas_text(c, row, x, row.y, role, slice_of(c->ascii ? ascii : glyph));
}

/* Later parts are drawn over earlier ones, so that each that took time has a column at least. */
static void bar(const struct ui *ui, const struct axis *a, const struct flow *f, struct canvas *c, struct rect row) {
  const struct flow_times *t = &f->times;
  uint64_t ready = t->start + t->name_ns + t->connect_ns + t->tls_ns, end = end_of(ui, f);
  uint64_t first = t->first_byte != 0 ? t->first_byte : end;
  stretch(a, c, row, t->start, ready, "▒", ":", ROLE_NUMBER);
  stretch(a, c, row, ready > t->start ? ready : t->start, first, "░", ".", ROLE_DIM);
  if (t->first_byte != 0)
    stretch(a, c, row, first, end > first ? end : first + 1, "█", "#", status_role(f));
}

static void head(const struct axis *a, struct canvas *c, struct rect row) {
  char text[24];
  struct rect left = {row.x, row.y, a->x - row.x - 1, 1};
  int ticks = a->w / TICK_W < 1 ? 1 : a->w / TICK_W > 4 ? 4 : a->w / TICK_W;
  canvas_text(c, left, row.x + 2, row.y, ROLE_TITLE, SLICE("    #  METHOD   STAT PATH"));
  for (int i = 0; i < ticks; i++) {
    int x = a->x + a->w * i / ticks;
    uint64_t at = a->from - a->zero + (a->to - a->from) * (uint64_t)i / (uint64_t)ticks;
    canvas_print(c, row, x, row.y, ROLE_TITLE, "%s", at == 0 ? "0" : units_duration(at, text, sizeof text));
  }
  canvas_text(c, row, row.x + row.w - 7, row.y, ROLE_TITLE, SLICE("  TIME"));
}

static void label(const struct flow *f, int until, struct canvas *c, struct rect row) {
  char code[16];
  struct slice method = flow_method(f);
  snprintf(code, sizeof code, "%d", flow_status(f));
  canvas_print(c, row, row.x + 1, row.y, ROLE_DIM, "%6llu", (unsigned long long)f->id);
  canvas_text(c, (struct rect){row.x + 9, row.y, 8, 1}, row.x + 9, row.y, ROLE_TEXT, method);
  canvas_print(c, row, row.x + 17, row.y, status_role(f), "%1s%4.4s", status_mark(c, f),
               flow_status(f) != 0      ? code
               : f->error != ERROR_NONE ? flow_error_word(f->error)
                                        : "...");
  struct buf url = BUF_INIT;
  struct slice path = flow_path(f);
  if (path.n == 0)
    flow_url(f, &url);
  canvas_text_cut(c, (struct rect){row.x + 23, row.y, until - row.x - 24, 1}, row.x + 23, row.y, ROLE_TEXT,
                  path.n > 0 ? path : buf_slice(&url));
  buf_clear(&url);
}

void stats_waterfall(const struct ui *ui, const struct stats_window *window, size_t top, uint64_t selected,
                     struct canvas *c, struct rect r) {
  int x = r.x + (r.w >= 100 ? 50 : r.w >= 60 ? 34 : 23);
  int rows = r.h - 2;
  struct axis a = axis_of(ui, top, rows, x, r.x + r.w - 8 - x);
  if (a.w < 4)
    return;
  narrow(&a, window);
  head(&a, c, (struct rect){r.x, r.y, r.w, 1});
  for (int i = 0; i < rows; i++) {
    const struct flow *f = flow_in_row(ui, top + (size_t)i);
    struct rect row = {r.x, r.y + 1 + i, r.w, 1};
    char took[16];
    if (f == NULL)
      break;
    label(f, x, c, row);
    bar(ui, &a, f, c, row);
    canvas_print(c, row, r.x + r.w - 7, row.y, ROLE_TEXT, "%6s",
                 units_duration(flow_duration(f, ui_now(ui)), took, sizeof took));
    if (f->id != selected)
      continue;
    canvas_text(c, row, r.x, row.y, ROLE_TEXT, SLICE(">"));
    canvas_role(c, (struct rect){r.x, row.y, x - r.x, 1}, ROLE_SELECTED);
    canvas_cursor(c, r.x, row.y);
  }
  if (r.w < 64)
    canvas_text(c, r, r.x + 2, r.y + r.h - 1, ROLE_DIM,
                c->ascii ? SLICE(": connect  . waiting  # body") : SLICE("▒ connect  ░ waiting  █ body"));
  else
    canvas_text(c, r, r.x + 2, r.y + r.h - 1, ROLE_DIM,
                c->ascii ? SLICE(": name, connect, TLS   . waiting for the first byte   # body")
                         : SLICE("▒ name, connect, TLS   ░ waiting for the first byte   █ body"));
}
