#include "ui/stats_pages.h"

#include <stdio.h>

#include "ui/list_row.h"
#include "weir/base/units.h"

/* A bar of `w` columns that stands for part of `most`, in eighths of a column; in whole ones with ASCII. */
static void stats_bar(struct canvas *c, struct rect r, int x, int y, int w, uint64_t part, uint64_t most,
                      enum role role) {
  static const char *const eighth[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  if (most == 0 || w <= 0 || part == 0)
    return;
  uint64_t eighths = (uint64_t)((double)part / (double)most * w * 8);
  if (eighths == 0)
    eighths = 1;
  if (c->ascii)
    eighths = (eighths + 7) / 8 * 8;
  for (; eighths >= 8; eighths -= 8)
    x = canvas_text(c, r, x, y, role, c->ascii ? SLICE("#") : SLICE("█"));
  canvas_text(c, r, x, y, role, slice_of(eighth[eighths]));
}

static const enum role class_role[TALLY_CLASSES] = {
    [TALLY_2XX] = ROLE_OK,    [TALLY_3XX] = ROLE_REDIRECT, [TALLY_4XX] = ROLE_CLIENT_ERROR,
    [TALLY_5XX] = ROLE_ERROR, [TALLY_FAILED] = ROLE_ERROR, [TALLY_OPEN] = ROLE_DIM,
};
static const char *const class_word[TALLY_CLASSES] = {"2xx", "3xx", "4xx", "5xx", "failed", "open"};

/* ---- hosts ---- */

static char *duration(uint64_t ns, uint64_t n, char *out, size_t size) {
  if (n == 0)
    snprintf(out, size, "-");
  else
    units_duration(ns, out, size);
  return out;
}

static void put_count(struct canvas *c, struct rect r, int *x, size_t n, enum role role) {
  canvas_print(c, r, *x, r.y, n > 0 ? role : ROLE_DIM, "%6zu", n);
  *x += 6;
}

#define HOST_COLUMNS 24
#define SHORT_H      10 /* below it two lists have no room */

static void host_row(const struct tally_host *h, uint64_t most, struct canvas *c, struct rect r) {
  char text[24];
  int x = r.x + 2, wide = r.w >= 110;
  canvas_text(c, (struct rect){x, r.y, HOST_COLUMNS, 1}, x, r.y, ROLE_TEXT, slice_of(h->name));
  x += HOST_COLUMNS;
  put_count(c, r, &x, h->flows, ROLE_TEXT);
  for (int i = TALLY_2XX; i <= TALLY_FAILED; i++)
    if (wide || i != TALLY_3XX)
      put_count(c, r, &x, h->by_class[i], class_role[i]);
  if (wide) {
    canvas_print(c, r, x, r.y, ROLE_TEXT, "%7s", units_size(h->in, text, sizeof text));
    canvas_print(c, r, x + 7, r.y, ROLE_TEXT, "%7s", units_size(h->out, text, sizeof text));
    x += 14;
  }
  canvas_print(c, r, x, r.y, ROLE_TEXT, "%8s", duration(tally_percentile(&h->took, 50), h->took.n, text, sizeof text));
  canvas_print(c, r, x + 8, r.y, ROLE_TEXT, "%8s",
               duration(tally_percentile(&h->took, 95), h->took.n, text, sizeof text));
  if (wide)
    canvas_print(c, r, x + 16, r.y, ROLE_TEXT, "%8s", duration(h->took.most, h->took.n, text, sizeof text));
  x += wide ? 26 : 18;
  stats_bar(c, r, x, r.y, r.x + r.w - x - 1, h->took.sum, most, ROLE_TITLE_FOCUS);
}

static void host_head(struct canvas *c, struct rect r) {
  bool wide = r.w >= 110;
  int x = r.x + 2;
  canvas_text(c, r, x, r.y, ROLE_TITLE, SLICE("HOST"));
  canvas_text(c, r, x + HOST_COLUMNS, r.y, ROLE_TITLE,
              wide ? SLICE(" FLOWS   2xx   3xx   4xx   5xx  FAIL     IN    OUT  MEDIAN     P95     MAX  SHARE OF TIME")
                   : SLICE(" FLOWS   2xx   4xx   5xx  FAIL  MEDIAN     P95"));
}

void stats_hosts(const struct tally *t, const size_t *order, size_t top, size_t selected, struct canvas *c,
                 struct rect r) {
  uint64_t most = 0;
  host_head(c, (struct rect){r.x, r.y, r.w, 1});
  for (size_t i = 0; i < t->host.n; i++)
    most = t->host.v[i]->took.sum > most ? t->host.v[i]->took.sum : most;
  for (int y = 1; y < r.h && top + (size_t)y - 1 < t->host.n; y++) {
    size_t place = top + (size_t)y - 1;
    struct rect row = {r.x, r.y + y, r.w, 1};
    host_row(t->host.v[order[place]], most, c, row);
    if (place == selected) {
      canvas_text(c, row, r.x, row.y, ROLE_TEXT, SLICE(">"));
      canvas_role(c, row, ROLE_SELECTED);
      canvas_cursor(c, r.x, row.y);
    }
  }
}

/* ---- answers ---- */

static void answers(const struct tally *t, struct canvas *c, struct rect r) {
  size_t most = 0;
  canvas_text(c, r, r.x + 1, r.y, ROLE_TITLE_FOCUS, SLICE("ANSWERS"));
  for (int i = 0; i < TALLY_CLASSES; i++)
    most = t->all.by_class[i] > most ? t->all.by_class[i] : most;
  for (int i = 0; i < TALLY_CLASSES && i + 1 < r.h; i++) {
    int y = r.y + 1 + i;
    canvas_print(c, r, r.x + 2, y, class_role[i], "%-7s%8zu", class_word[i], t->all.by_class[i]);
    stats_bar(c, r, r.x + 18, y, r.w - 20, t->all.by_class[i], most, class_role[i]);
  }
}

static void first_byte(const struct tally *t, struct canvas *c, struct rect r) {
  static const struct {
    const char *word;
    uint64_t from, to;
  } step[] = {
      {"<1 ms", 0, CLOCK_MS},
      {"1-3 ms", CLOCK_MS, 3 * CLOCK_MS},
      {"3-10 ms", 3 * CLOCK_MS, 10 * CLOCK_MS},
      {"10-30 ms", 10 * CLOCK_MS, 30 * CLOCK_MS},
      {"30-100 ms", 30 * CLOCK_MS, 100 * CLOCK_MS},
      {"100-300 ms", 100 * CLOCK_MS, 300 * CLOCK_MS},
      {"0.3-1 s", 300 * CLOCK_MS, CLOCK_S},
      {"1-3 s", CLOCK_S, 3 * CLOCK_S},
      {">3 s", 3 * CLOCK_S, UINT64_MAX},
  };
  enum { STEPS = sizeof step / sizeof *step };
  uint64_t n[STEPS], most = 0;
  canvas_text(c, r, r.x + 1, r.y, ROLE_TITLE_FOCUS, SLICE("TIME TO THE FIRST BYTE"));
  for (int i = 0; i < STEPS; i++) {
    n[i] = tally_between(&t->first_byte, step[i].from, step[i].to);
    most = n[i] > most ? n[i] : most;
  }
  for (int i = 0; i < STEPS && i + 1 < r.h; i++) {
    canvas_print(c, r, r.x + 2, r.y + 1 + i, ROLE_TEXT, "%-11s%7llu", step[i].word, (unsigned long long)n[i]);
    stats_bar(c, r, r.x + 22, r.y + 1 + i, r.w - 24, n[i], most, ROLE_TITLE_FOCUS);
  }
}

void stats_answers(const struct tally *t, struct canvas *c, struct rect r) {
  char a[16], b[16], d[16], e[16];
  int half = r.w / 2;
  if (r.w >= 80) {
    answers(t, c, (struct rect){r.x, r.y, half, r.h - 2});
    first_byte(t, c, (struct rect){r.x + half, r.y, r.w - half, r.h - 2});
  } else {
    int h = r.h - 1 < 8 ? r.h - 1 : 8;
    answers(t, c, (struct rect){r.x, r.y, r.w, h});
    first_byte(t, c, (struct rect){r.x, r.y + h, r.w, r.h - 1 - h});
  }
  const struct tally_times *took = &t->all.took;
  canvas_print(c, r, r.x + 1, r.y + r.h - 1, ROLE_DIM,
               r.w < 70 ? "p50 %s  p95 %s  p99 %s" : "whole answer: median %s   p95 %s   p99 %s   max %s",
               duration(tally_percentile(took, 50), took->n, a, sizeof a),
               duration(tally_percentile(took, 95), took->n, b, sizeof b),
               duration(tally_percentile(took, 99), took->n, d, sizeof d), duration(took->most, took->n, e, sizeof e));
}

/* ---- slowest and largest ---- */

uint64_t stats_top_flow(const struct tally *t, size_t row) {
  if (row < t->slowest.n)
    return t->slowest.flow[row].id;
  row -= t->slowest.n;
  return row < t->largest.n ? t->largest.flow[row].id : 0;
}

static void put_flow(const struct ui *ui, const struct tally_flow *top, bool size, struct canvas *c, struct rect row) {
  const struct flow *f = store_get(ui_store(ui), top->id);
  struct buf url = BUF_INIT;
  char text[24];
  canvas_print(c, row, row.x + 2, row.y, ROLE_TEXT, "%7s",
               size ? units_size(top->value, text, sizeof text) : units_duration(top->value, text, sizeof text));
  canvas_print(c, row, row.x + 11, row.y, ROLE_DIM, "#%llu", (unsigned long long)top->id);
  if (f != NULL) {
    buf_add_slice(&url, flow_method(f));
    buf_add_byte(&url, ' ');
    flow_url(f, &url);
  } else {
    buf_add_text(&url, "has left the ring");
  }
  canvas_text_cut(c, row, row.x + 19, row.y, f != NULL ? status_role(f) : ROLE_DIM, buf_slice(&url));
  buf_clear(&url);
}

/* first: what the selection counts its first row as. Where there is no room for all, the selected row is among them. */
static void top_list(const struct ui *ui, const struct tally_top *top, bool size, size_t first, size_t selected,
                     struct canvas *c, struct rect r) {
  size_t rows = r.h > 1 ? (size_t)r.h - 1 : 0, at = selected >= first ? selected - first : 0;
  size_t from = at < top->n && at >= rows && rows > 0 ? at - rows + 1 : 0;
  canvas_text(c, r, r.x + 1, r.y, ROLE_TITLE_FOCUS, size ? SLICE("LARGEST") : SLICE("SLOWEST"));
  for (size_t i = from; i < top->n && i - from < rows; i++) {
    struct rect row = {r.x, r.y + 1 + (int)(i - from), r.w, 1};
    put_flow(ui, &top->flow[i], size, c, row);
    if (first + i != selected)
      continue;
    canvas_text(c, row, r.x, row.y, ROLE_TEXT, SLICE(">"));
    canvas_role(c, row, ROLE_SELECTED);
    canvas_cursor(c, r.x, row.y);
  }
}

void stats_top(const struct ui *ui, const struct tally *t, size_t selected, struct canvas *c, struct rect r) {
  if (r.h < SHORT_H) { /* the one list that one is in */
    if (selected < t->slowest.n)
      top_list(ui, &t->slowest, false, 0, selected, c, r);
    else
      top_list(ui, &t->largest, true, t->slowest.n, selected, c, r);
    return;
  }
  int h = (r.h - 1) / 2;
  int first = h < (int)t->slowest.n + 1 ? h : (int)t->slowest.n + 1;
  top_list(ui, &t->slowest, false, 0, selected, c, (struct rect){r.x, r.y, r.w, first});
  top_list(ui, &t->largest, true, t->slowest.n, selected, c, (struct rect){r.x, r.y + first + 1, r.w, r.h - first - 1});
}
