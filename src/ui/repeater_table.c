#include "ui/repeater_table.h"

#include <stdio.h>

#include "ui/list_row.h"
#include "weir/base/units.h"

#define HISTOGRAM 6 /* rows of it, where there is much room */

/* The last series stands at the end of the tries, unbroken. */
size_t repeater_run_begin(const struct replay_tab *t) {
  size_t i = t->try.n;
  while (i > 0 && t->try.v[i - 1].run != t->runs)
    i--;
  while (i > 0 && t->try.v[i - 1].run == t->runs)
    i--;
  return i;
}

size_t repeater_run_size(const struct replay_tab *t) {
  size_t n = 0;
  for (size_t i = repeater_run_begin(t); i < t->try.n && t->runs > 0; i++)
    n += t->try.v[i].run == t->runs;
  return n;
}

/* ---- which rows ---- */

/* What is still on its way stands last in any order. */
static int compare(const struct replay_tab *t, const struct try *a, const struct try *b) {
  uint64_t x = a->n, y = b->n;
  if (t->order != TRY_BY_NUMBER && a->finished != b->finished)
    return a->finished ? -1 : 1;
  if (t->order == TRY_BY_DURATION)
    x = a->took, y = b->took;
  else if (t->order == TRY_BY_SIZE)
    x = a->size, y = b->size;
  else if (t->order == TRY_BY_STATUS)
    x = a->error != ERROR_NONE ? 1000u + a->error : (unsigned)a->status,
    y = b->error != ERROR_NONE ? 1000u + b->error : (unsigned)b->status;
  else if (t->order == TRY_BY_BODY)
    x = a->hash & 0xffffff, y = b->hash & 0xffffff;
  if (x == y)
    return a->n < b->n ? -1 : a->n > b->n;
  return (x < y) != t->reverse ? -1 : 1;
}

/* Shell's sort: at most some thousand tries, in nearly the order of the frame before. */
static void sort_rows(struct replay_tab *t) {
  for (size_t gap = 1; gap < t->rows.n || gap > 1;) {
    if (gap == 1)
      while (gap < t->rows.n / 3)
        gap = gap * 3 + 1;
    for (size_t i = gap; i < t->rows.n; i++)
      for (size_t j = i; j >= gap; j -= gap) {
        size_t a = t->rows.v[j - gap], b = t->rows.v[j];
        if (compare(t, &t->try.v[a], &t->try.v[b]) <= 0)
          break;
        t->rows.v[j - gap] = b;
        t->rows.v[j] = a;
      }
    if (gap == 1)
      break;
    gap /= 3;
  }
}

void repeater_rows(struct replay_tab *t) {
  t->rows.n = 0;
  for (size_t i = t->table ? repeater_run_begin(t) : 0; i < t->try.n; i++)
    if (!t->table || (t->try.v[i].run == t->runs && (!t->only_failed || t->try.v[i].failed)))
      VEC_PUSH(&t->rows, i);
  if (t->table && (t->order != TRY_BY_NUMBER || t->reverse))
    sort_rows(t);
}

size_t repeater_row_of(const struct replay_tab *t) {
  size_t i = 0;
  while (i < t->rows.n && t->rows.v[i] != t->at)
    i++;
  return i;
}

static int titles(struct rect area) {
  return area.h > 3 ? 2 : 1;
}
/* Below the table of a series: title, figures, and how long they took. */
static int bars(struct rect area) {
  return area.h > 24 ? HISTOGRAM : 2;
}
static int summary(const struct replay_tab *t, struct rect area) {
  return t->table && area.h > 12 ? 2 + bars(area) : 0;
}
static int room(const struct replay_tab *t, struct rect area) {
  int h = area.h - titles(area) - summary(t, area);
  return h > 0 ? h : 0;
}

/* Made when it is looked at, and kept: flows go, words stay. */
static void make_against_first(const struct repeater *r, const struct replay_tab *t, struct try *one) {
  const struct try *first = &t->try.v[repeater_run_begin(t)];
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

const char *repeater_against_first(const struct repeater *r, const struct replay_tab *t, size_t place) {
  make_against_first(r, t, &t->try.v[place]);
  return t->try.v[place].against_first != NULL ? t->try.v[place].against_first : "";
}

void repeater_table_layout(struct repeater *r, struct replay_tab *t, size_t *top, struct rect area) {
  repeater_rows(t);
  size_t row = repeater_row_of(t);
  *top = scroll_to(*top, row < t->rows.n ? row : *top, t->rows.n, room(t, area));
  for (int i = 0; i < room(t, area) && *top + (size_t)i < t->rows.n; i++) {
    size_t at = t->rows.v[*top + (size_t)i];
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
  if (row < 0 || row >= room(t, area) || top + (size_t)row >= t->rows.n)
    return false;
  *place = t->rows.v[top + (size_t)row];
  return true;
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
  struct rect number, time, status, size, took, a, b, n, hash, notes;
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
    if (area.w >= 110) {
      p->notes = (struct rect){right - 24, y, 24, 1};
      right -= 25;
    }
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

static void draw_row(const struct replay_tab *t, const struct series_sum *sum, size_t at, struct canvas *c,
                     struct rect area, int y) {
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
    struct buf notes = BUF_INIT;
    try_notes(t, sum, one, &notes);
    put_cut(c, p.notes, ROLE_DIM, buf_slice(&notes));
    buf_clear(&notes);
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

/* The one that the rows are sorted by has a sign. */
static void put_head(const struct replay_tab *t, struct canvas *c, struct rect cell, enum try_order order,
                     const char *word) {
  char text[40];
  const char *sign = "";
  if (t->table && t->order == order && (order != TRY_BY_NUMBER || t->reverse))
    sign = canvas_glyph(c, t->reverse ? GLYPH_LARGE_FIRST : GLYPH_SMALL_FIRST);
  snprintf(text, sizeof text, "%s%s", word, sign);
  if (cell.w > 0)
    put_right(c, cell, *sign != '\0' ? ROLE_TEXT : ROLE_DIM, text);
}

static void draw_heads(const struct replay_tab *t, struct canvas *c, struct rect area, int y) {
  struct places p;
  place(&p, t, area, y);
  put_head(t, c, p.number, TRY_BY_NUMBER, "TRY");
  if (p.time.w > 0)
    canvas_text(c, p.time, p.time.x, y, ROLE_DIM, SLICE("TIME"));
  p.status.w = t->table && t->order == TRY_BY_STATUS ? 7 : 6;
  put_head(t, c, p.status, TRY_BY_STATUS, "  STAT");
  put_head(t, c, p.size, TRY_BY_SIZE, "SIZE");
  put_head(t, c, p.took, TRY_BY_DURATION, "TOOK");
  if (t->table) {
    put_cut(c, p.a, ROLE_DIM, SLICE("AGAINST THE FIRST"));
    if (p.n.w > 0)
      put_right(c, p.n, ROLE_DIM, "{{n}}");
    put_head(t, c, p.hash, TRY_BY_BODY, "BODY");
    put_cut(c, p.notes, ROLE_DIM, SLICE("NOTES"));
  } else {
    bool both = p.a.w > 0;
    if (both)
      put_cut(c, p.a, ROLE_DIM, SLICE("REQUEST, AGAINST THE TRY BEFORE"));
    put_cut(c, p.b, ROLE_DIM, both ? SLICE("RESPONSE") : SLICE("RESPONSE CHANGE"));
  }
}

/* ---- the figures ---- */

/* Steps of 1, 2, 5, 10, ...: the largest that is not above ns. */
static uint64_t step_of(uint64_t ns) {
  static const unsigned factor[] = {1, 2, 5};
  uint64_t step = 1000, power = 1000;
  for (unsigned i = 0; power * factor[i % 3] <= ns; i++) {
    step = power * factor[i % 3];
    if (i % 3 == 2)
      power *= 10;
  }
  return step;
}

static uint64_t next_step(uint64_t step) {
  uint64_t power = 1;
  while (step / power >= 10)
    power *= 10;
  return step / power == 2 ? power * 5 : step * 2;
}

/* The first of the steps that anything took, and how many took at least that and less than the next one. */
static uint64_t fill_step(const struct replay_tab *t, uint64_t from, uint64_t *to, unsigned *n) {
  uint64_t low = UINT64_MAX;
  *n = 0;
  for (size_t i = repeater_run_begin(t); i < t->try.n; i++)
    if (t->try.v[i].finished && t->try.v[i].took >= from && t->try.v[i].took < low)
      low = t->try.v[i].took;
  if (low == UINT64_MAX)
    return 0;
  low = step_of(low);
  *to = next_step(low);
  for (size_t i = repeater_run_begin(t); i < t->try.n; i++)
    *n += t->try.v[i].finished && t->try.v[i].took >= from && t->try.v[i].took < *to;
  return low;
}

/* A row for each step in which anything ended; what is beyond the room stands in the last. */
static void draw_bars(const struct replay_tab *t, const struct series_sum *sum, struct canvas *c, struct rect area,
                      int y) {
  uint64_t from = 0, to = 0;
  unsigned n = 0, left = sum->done;
  int most = bars(area), w = area.w > 60 ? area.w - 40 : 12;
  for (int i = 0; i < most && left > 0; i++, y++) {
    char low[16], high[16], range[40];
    uint64_t step = fill_step(t, from, &to, &n);
    bool last = i + 1 == most && n < left;
    if (last)
      n = left;
    snprintf(range, sizeof range, "%s-%s", units_duration(step, low, sizeof low),
             last ? "" : units_duration(to, high, sizeof high));
    int x = canvas_print(c, area, area.x + 1, y, ROLE_TEXT, "%15s ", range), cells = (int)(n * (unsigned)w / sum->done);
    for (int k = 0; k < (cells > 0 ? cells : 1); k++)
      x = canvas_text(c, area, x, y, ROLE_OK, c->ascii ? SLICE("#") : SLICE("\xe2\x96\x88"));
    canvas_print(c, area, x + 1, y, ROLE_DIM, "%u", n);
    left -= n;
    from = to;
  }
}

static void draw_summary(const struct repeater *r, const struct replay_tab *t, const struct series_sum *sum,
                         struct canvas *c, struct rect area) {
  int y = area.y + area.h - summary(t, area);
  char fast[16], median[16], p95[16];
  unsigned go = r->series.tab == t && !r->series.stopping ? r->series.options.count - r->series.ended : 0;
  canvas_hline(c, area, area.x, y, area.w, ROLE_TITLE, false);
  canvas_text(c, area, area.x + 2, y, ROLE_TITLE, SLICE(" Summary "));
  int x = canvas_print(c, area, area.x + 1, y + 1, ROLE_TEXT, "%u done, %u to go   ok %u  ", sum->done, go,
                       sum->done - sum->failed);
  x = canvas_print(c, area, x, y + 1, sum->failed > 0 ? ROLE_ERROR : ROLE_TEXT, "fail %u", sum->failed);
  if (sum->done == 0)
    return;
  canvas_print(c, area, x, y + 1, ROLE_TEXT, "   min %s  median %s  p95 %s   %u distinct bod%s",
               units_duration(sum->fastest, fast, sizeof fast), units_duration(sum->median, median, sizeof median),
               units_duration(sum->p95, p95, sizeof p95), sum->bodies, sum->bodies == 1 ? "y" : "ies");
  draw_bars(t, sum, c, area, y + 2);
}

void repeater_table_draw(const struct repeater *r, const struct replay_tab *t, size_t top, struct canvas *c,
                         struct rect area) {
  int y = area.y;
  struct series_sum sum = {0};
  if (t->table)
    series_sum(t, &sum);
  if (titles(area) > 1) {
    canvas_hline(c, area, area.x, y, area.w, ROLE_TITLE, false);
    if (t->table && t->only_failed)
      canvas_print(c, area, area.x + 2, y, ROLE_TITLE, " %zu of %zu sends in a row: those that failed (! all) ",
                   t->rows.n, repeater_run_size(t));
    else if (t->table)
      canvas_print(c, area, area.x + 2, y, ROLE_TITLE, " %zu sends in a row (\\ all tries) ", t->rows.n);
    else
      canvas_print(c, area, area.x + 2, y, ROLE_TITLE, " History of this tab%s ",
                   t->runs > 0 ? " (\\ the last series as a table)" : "");
    y++;
  }
  draw_heads(t, c, area, y++);
  for (int i = 0; i < room(t, area) && top + (size_t)i < t->rows.n; i++)
    draw_row(t, &sum, t->rows.v[top + (size_t)i], c, area, y + i);
  if (t->table && t->rows.n == 0)
    canvas_text(c, area, area.x + 2, y, ROLE_DIM, SLICE("none of them failed; ! shows all"));
  if (summary(t, area) > 0)
    draw_summary(r, t, &sum, c, area);
}
