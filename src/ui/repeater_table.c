#include "ui/repeater_table.h"

#include <stdio.h>

#include "ui/list_row.h"
#include "weir/base/units.h"

#define SUMMARY 4 /* rows below the table of a series: title, figures, times */

/* The last series stands at the end of the tries, unbroken. */
static size_t run_begin(const struct replay_tab *t) {
  size_t i = t->try.n;
  while (i > 0 && t->try.v[i - 1].run != t->runs)
    i--;
  while (i > 0 && t->try.v[i - 1].run == t->runs)
    i--;
  return i;
}

size_t repeater_run_size(const struct replay_tab *t) {
  size_t n = 0;
  for (size_t i = run_begin(t); i < t->try.n && t->runs > 0; i++)
    n += t->try.v[i].run == t->runs;
  return n;
}

static size_t first_row(const struct replay_tab *t) {
  return t->table ? run_begin(t) : 0;
}
static size_t rows_of(const struct replay_tab *t) {
  return t->table ? repeater_run_size(t) : t->try.n;
}
static int titles(struct rect area) {
  return area.h > 3 ? 2 : 1;
}
static int room(const struct replay_tab *t, struct rect area) {
  int h = area.h - titles(area) - (t->table && area.h > 12 ? SUMMARY : 0);
  return h > 0 ? h : 0;
}

static void make_against_first(struct repeater *r, const struct replay_tab *t, struct try *one) {
  const struct try *first = &t->try.v[run_begin(t)];
  if (one->against_first != NULL || !one->finished || !first->finished)
    return;
  struct buf out = BUF_INIT;
  const struct flow *a = store_get(ui_store(r->ui), first->id), *b = store_get(ui_store(r->ui), one->id);
  if (one == first || a == NULL || b == NULL)
    buf_add_text(&out, "-");
  else
    flow_change_response(a, b, &out);
  one->against_first = buf_take(&out);
}

void repeater_table_layout(struct repeater *r, struct replay_tab *t, size_t *top, struct rect area) {
  size_t from = first_row(t), n = rows_of(t), place = t->at >= from ? t->at - from : 0;
  *top = scroll_to(*top, place, n, room(t, area));
  for (int i = 0; i < room(t, area) && *top + (size_t)i < n; i++) {
    size_t at = from + *top + (size_t)i;
    if (t->table) {
      make_against_first(r, t, &t->try.v[at]);
    } else {
      try_request_words(r, t, at);
      try_response_words(r, t, at);
    }
  }
}

bool repeater_table_at(const struct replay_tab *t, size_t top, struct rect area, int y, size_t *place) {
  int row = y - area.y - titles(area);
  *place = first_row(t) + top + (size_t)(row > 0 ? row : 0);
  return row >= 0 && row < room(t, area) && top + (size_t)row < rows_of(t);
}

/* ---- cells ---- */

static enum role role_of(const struct try *one) {
  if (!one->finished)
    return ROLE_DIM;
  if (one->error != ERROR_NONE || one->status >= 500)
    return ROLE_ERROR;
  return one->status >= 400 ? ROLE_CLIENT_ERROR : one->status >= 300 ? ROLE_REDIRECT : ROLE_OK;
}

static void put_status(struct canvas *c, struct rect cell, const struct try *one) {
  char text[16];
  const char *mark = one->error != ERROR_NONE || one->status >= 500 ? canvas_glyph(c, GLYPH_FAIL)
                     : one->status >= 400                           ? canvas_glyph(c, GLYPH_WARN)
                                                                    : "";
  if (!one->finished)
    snprintf(text, sizeof text, "%s", canvas_glyph(c, GLYPH_DOTS));
  else if (one->error != ERROR_NONE)
    snprintf(text, sizeof text, "%s", flow_error_word(one->error));
  else
    snprintf(text, sizeof text, "%d", one->status);
  canvas_text(c, cell, cell.x, cell.y, role_of(one), slice_of(mark));
  canvas_text(c, cell, cell.x + 2, cell.y, role_of(one), slice_of(text));
}

static void put_right(struct canvas *c, struct rect cell, enum role role, const char *text) {
  int w = (int)text_width(slice_of(text), TEXT_PLAIN);
  canvas_text(c, cell, w < cell.w ? cell.x + cell.w - w : cell.x, cell.y, role, slice_of(text));
}

struct places { /* x and width of each column; w 0: not there */
  struct rect number, time, status, size, took, a, b, n, hash;
};

static void place(struct places *p, const struct replay_tab *t, struct rect area, int y) {
  int x = area.x + 2, right = area.x + area.w;
  bool wide = area.w >= 70;
  *p = (struct places){0};
  p->number = (struct rect){x, y, 5, 1}, x += 6;
  if (wide && !t->table)
    p->time = (struct rect){x, y, 8, 1}, x += 9;
  p->status = (struct rect){x, y, 9, 1}, x += 10;
  if (area.w >= 50)
    p->size = (struct rect){x, y, 5, 1}, x += 6;
  p->took = (struct rect){x, y, 7, 1}, x += 9;
  if (t->table) {
    if (wide) {
      p->hash = (struct rect){right - 8, y, 6, 1};
      p->n = (struct rect){right - 16, y, 6, 1};
      right -= 17;
    }
    p->a = (struct rect){x, y, right > x ? right - x : 0, 1};
  } else if (wide) {
    int half = (right - x) / 2;
    p->a = (struct rect){x, y, half - 1, 1};
    p->b = (struct rect){x + half, y, right - x - half, 1};
  } else {
    p->b = (struct rect){x, y, right > x ? right - x : 0, 1};
  }
}

static void put_cut(struct canvas *c, struct rect cell, enum role role, struct slice text) {
  if (cell.w <= 0)
    return;
  if ((int)text_width(text, TEXT_PLAIN) <= cell.w) {
    canvas_text(c, cell, cell.x, cell.y, role, text);
    return;
  }
  struct rect shorter = {cell.x, cell.y, cell.w - 1, 1};
  int x = canvas_text(c, shorter, cell.x, cell.y, role, text);
  canvas_text(c, cell, x, cell.y, role, slice_of(canvas_glyph(c, GLYPH_ELLIPSIS)));
}

static enum role words_role(const char *words) {
  return words != NULL && words[0] == '~' ? ROLE_TEXT : ROLE_DIM;
}

static void put_words(struct canvas *c, struct rect cell, const char *words) {
  if (words != NULL)
    put_cut(c, cell, words_role(words), slice_of(words));
}

static void draw_row(const struct replay_tab *t, size_t at, struct canvas *c, struct rect area, int y) {
  const struct try *one = &t->try.v[at];
  struct places p;
  char text[32];
  place(&p, t, area, y);
  snprintf(text, sizeof text, "%zu", t->table ? (size_t)one->n : at + 1 + t->forgotten);
  put_right(c, p.number, ROLE_TEXT, text);
  if (p.time.w > 0 && one->finished)
    canvas_text(c, p.time, p.time.x, y, ROLE_DIM, slice_of(clock_time_of_day(one->wall_us, text, sizeof text)));
  put_status(c, p.status, one);
  if (one->finished) {
    if (p.size.w > 0)
      put_right(c, p.size, ROLE_TEXT, units_size(one->size, text, sizeof text));
    put_right(c, p.took, ROLE_TEXT, units_duration(one->took, text, sizeof text));
  }
  if (t->table) {
    put_words(c, p.a, one->against_first);
    snprintf(text, sizeof text, "%u", one->n);
    if (p.n.w > 0)
      put_right(c, p.n, ROLE_DIM, text);
    snprintf(text, sizeof text, "%06llx", (unsigned long long)(one->hash & 0xffffff));
    if (p.hash.w > 0 && one->finished && one->status != 0)
      canvas_text(c, p.hash, p.hash.x, y, ROLE_DIM, slice_of(text));
  } else {
    put_words(c, p.a, one->request);
    put_words(c, p.b, one->response);
  }
  if (at == t->at) {
    canvas_text(c, area, area.x, y, ROLE_TEXT, SLICE(">"));
    canvas_role(c, (struct rect){area.x, y, area.w, 1}, ROLE_SELECTED);
    put_status(c, p.status, one);
    canvas_cursor(c, area.x, y);
  }
}

static void draw_heads(const struct replay_tab *t, struct canvas *c, struct rect area, int y) {
  struct places p;
  place(&p, t, area, y);
  put_right(c, p.number, ROLE_DIM, "TRY");
  if (p.time.w > 0)
    canvas_text(c, p.time, p.time.x, y, ROLE_DIM, SLICE("TIME"));
  canvas_text(c, p.status, p.status.x + 2, y, ROLE_DIM, SLICE("STAT"));
  if (p.size.w > 0)
    put_right(c, p.size, ROLE_DIM, "SIZE");
  put_right(c, p.took, ROLE_DIM, "TOOK");
  if (t->table) {
    put_cut(c, p.a, ROLE_DIM, SLICE("AGAINST THE FIRST"));
    if (p.n.w > 0)
      put_right(c, p.n, ROLE_DIM, "{{n}}");
    if (p.hash.w > 0)
      canvas_text(c, p.hash, p.hash.x, y, ROLE_DIM, SLICE("BODY"));
  } else {
    bool both = p.a.w > 0;
    if (both)
      put_cut(c, p.a, ROLE_DIM, SLICE("REQUEST, AGAINST THE TRY BEFORE"));
    put_cut(c, p.b, ROLE_DIM, both ? SLICE("RESPONSE") : SLICE("RESPONSE CHANGE"));
  }
}

/* ---- the figures ---- */

static void draw_bars(const struct replay_tab *t, const struct series_sum *sum, struct canvas *c, struct rect area,
                      int y) {
  unsigned quick = 0;
  char low[16], high[16];
  uint64_t limit = sum->median * 4 + CLOCK_MS;
  for (size_t i = run_begin(t); i < t->try.n; i++)
    quick += t->try.v[i].finished && t->try.v[i].took <= limit;
  int w = area.w > 50 ? area.w - 40 : 10;
  int a = sum->done > 0 ? (int)(quick * (unsigned)w / sum->done) : 0;
  int x = canvas_print(c, area, area.x + 1, y, ROLE_TEXT, "to %s ", units_duration(limit, low, sizeof low));
  for (int i = 0; i < a; i++)
    x = canvas_text(c, area, x, y, ROLE_OK, c->ascii ? SLICE("#") : SLICE("\xe2\x96\x88"));
  canvas_print(c, area, x + 1, y, ROLE_DIM, "%u of %u, the slowest took %s", quick, sum->done,
               units_duration(sum->slowest, high, sizeof high));
}

static void draw_summary(const struct repeater *r, const struct replay_tab *t, struct canvas *c, struct rect area) {
  int y = area.y + area.h - SUMMARY;
  struct series_sum sum;
  char fast[16], median[16], p95[16];
  unsigned go = r->series.tab == t && !r->series.stopping ? r->series.options.count - r->series.ended : 0;
  series_sum(t, &sum);
  canvas_hline(c, area, area.x, y, area.w, ROLE_TITLE, false);
  canvas_text(c, area, area.x + 2, y, ROLE_TITLE, SLICE(" Summary "));
  int x = canvas_print(c, area, area.x + 1, y + 1, ROLE_TEXT, "%u done, %u to go   ok %u  ", sum.done, go,
                       sum.done - sum.failed);
  x = canvas_print(c, area, x, y + 1, sum.failed > 0 ? ROLE_ERROR : ROLE_TEXT, "fail %u", sum.failed);
  if (sum.done == 0)
    return;
  canvas_print(c, area, x, y + 1, ROLE_TEXT, "   min %s  median %s  p95 %s   %u distinct bod%s",
               units_duration(sum.fastest, fast, sizeof fast), units_duration(sum.median, median, sizeof median),
               units_duration(sum.p95, p95, sizeof p95), sum.bodies, sum.bodies == 1 ? "y" : "ies");
  draw_bars(t, &sum, c, area, y + 2);
}

void repeater_table_draw(const struct repeater *r, const struct replay_tab *t, size_t top, struct canvas *c,
                         struct rect area) {
  size_t from = first_row(t), n = rows_of(t);
  int y = area.y;
  if (titles(area) > 1) {
    canvas_hline(c, area, area.x, y, area.w, ROLE_TITLE, false);
    if (t->table)
      canvas_print(c, area, area.x + 2, y, ROLE_TITLE, " %zu send%s in a row (\\ all tries) ", n, n == 1 ? "" : "s");
    else
      canvas_print(c, area, area.x + 2, y, ROLE_TITLE, " History of this tab%s ",
                   t->runs > 0 ? " (\\ the last series as a table)" : "");
    y++;
  }
  draw_heads(t, c, area, y++);
  for (int i = 0; i < room(t, area) && top + (size_t)i < n; i++)
    draw_row(t, from + top + (size_t)i, c, area, y + i);
  if (t->table && area.h > 12)
    draw_summary(r, t, c, area);
}
