#include "ui/view_diff.h"
#include "ui/repeater.h"

#include <stdlib.h>

#include "ui/actions.h"
#include "ui/diff_page.h"
#include "ui/go.h"
#include "ui/list_row.h"
#include "weir/base/mem.h"

#define SIDE_BY_SIDE 80 /* columns; narrower windows get one column */

struct diff_view {
  struct view view;
  uint64_t id[2]; /* the same twice: one flow, as it came and as it was sent */
  int original;   /* then: the side that is as it came; -1: two flows */
  struct diff_page page;
  struct diff_noise noise;
  VEC(size_t) shown;   /* entries of the page, as the person wants to see them */
  size_t top, current; /* places in shown[]; current: the change that n and N walk over, SIZE_MAX: none yet */
  size_t left;         /* columns scrolled to the right */
  int only;            /* a part alone; -1: both */
  bool unified;
  enum diff_unit unit;
  struct rect body;
  unsigned made_for; /* sum of what both flows held when the page was made: they may still grow */
};

static struct diff_view *self(struct view *v) {
  return (struct diff_view *)v;
}

static const struct flow *flow_at(const struct ui *ui, const struct diff_view *d, int which) {
  return store_get(ui_store(ui), d->id[which]);
}

/* ---- what is shown ---- */

static bool wanted(const struct diff_view *d, const struct diff_entry *e) {
  if (d->only >= 0 && e->part != (enum flow_side)d->only)
    return false;
  return e->what != DIFF_ENTRY_NOISE || d->noise.shown;
}

static bool is_change(const struct diff_entry *e) {
  return e->what == DIFF_ENTRY_LINE && e->row.kind != DIFF_SAME;
}

static void choose(struct diff_view *d) {
  d->shown.n = 0;
  for (size_t i = 0; i < d->page.entry.n; i++)
    if (wanted(d, &d->page.entry.v[i]))
      VEC_PUSH(&d->shown, i);
  d->current = SIZE_MAX;
}

static const struct diff_entry *entry_at(const struct diff_view *d, size_t place) {
  return &d->page.entry.v[d->shown.v[place]];
}

static unsigned held(const struct flow *f) {
  return (unsigned)(f->request.body.seen + f->response.body.seen + f->response.head.n + f->request.head.n +
                    (f->response.sent != NULL) + (f->request.sent != NULL));
}

static void make(struct ui *ui, struct diff_view *d) {
  const struct flow *a = flow_at(ui, d, 0), *b = flow_at(ui, d, 1);
  if (a == NULL || b == NULL)
    return;
  d->noise.redact = d->noise.redact_all = ui->w->options->redact;
  diff_page_make(&d->page, a, b, &d->noise, d->original);
  d->made_for = held(a) + held(b);
  choose(d);
}

/* ---- keys ---- */

static void move(struct diff_view *d, long rows) {
  size_t last = d->shown.n > (size_t)d->body.h ? d->shown.n - (size_t)d->body.h : 0;
  long top = (long)d->top + rows;
  d->top = top < 0 ? 0 : (size_t)top > last ? last : (size_t)top;
}

static long page_rows(const struct diff_view *d) {
  return d->body.h > 2 ? d->body.h - 1 : 1;
}

static void go(struct ui *ui, struct view *v, enum stride stride, long times) {
  (void)ui, move(self(v), go_rows(stride, times, page_rows(self(v))));
}

static void right(struct ui *ui, struct view *v, int count) {
  (void)ui, self(v)->left += (size_t)(8 * view_times(count));
}
static void left(struct ui *ui, struct view *v, int count) {
  size_t columns = (size_t)(8 * view_times(count));
  (void)ui, self(v)->left -= columns < self(v)->left ? columns : self(v)->left;
}

static void reveal(struct diff_view *d, size_t place) {
  d->current = place;
  if (place < d->top || place >= d->top + (size_t)d->body.h) {
    d->top = place > (size_t)d->body.h / 3 ? place - (size_t)d->body.h / 3 : 0;
    move(d, 0);
  }
}

/* Neighbouring rows that differ are one change. */
static bool begins_change(const struct diff_view *d, size_t place) {
  return is_change(entry_at(d, place)) && (place == 0 || !is_change(entry_at(d, place - 1)));
}

static void next_change(struct ui *ui, struct view *v, int count) {
  struct diff_view *d = self(v);
  size_t place = d->current == SIZE_MAX ? 0 : d->current + 1;
  for (long times = view_times(count); place < d->shown.n; place++)
    if (begins_change(d, place) && --times == 0) {
      reveal(d, place);
      return;
    }
  ui_say(ui, d->current == SIZE_MAX ? "there is no change" : "no change further down");
}

static void previous_change(struct ui *ui, struct view *v, int count) {
  struct diff_view *d = self(v);
  size_t place = d->current == SIZE_MAX ? d->shown.n : d->current;
  for (long times = view_times(count); place-- > 0;)
    if (begins_change(d, place) && --times == 0) {
      reveal(d, place);
      return;
    }
  ui_say(ui, "no change further up");
}

static void cycle_part(struct ui *ui, struct view *v, int count) {
  static const char *const words[] = {"both messages", "the requests alone", "the responses alone"};
  struct diff_view *d = self(v);
  (void)count;
  d->only = d->only == FLOW_RESPONSE ? -1 : d->only + 1;
  d->top = 0;
  choose(d);
  ui_say(ui, "%s", words[d->only + 1]);
}

static void toggle_unified(struct ui *ui, struct view *v, int count) {
  struct diff_view *d = self(v);
  (void)count;
  d->unified = !d->unified;
  if (ui->canvas.width < SIDE_BY_SIDE)
    ui_say(ui, "side by side needs %d columns", SIDE_BY_SIDE);
}

static void toggle_unit(struct ui *ui, struct view *v, int count) {
  struct diff_view *d = self(v);
  (void)count;
  d->unit = d->unit == DIFF_WORDS ? DIFF_BYTES : DIFF_WORDS;
  ui_say(ui, d->unit == DIFF_WORDS ? "whole words are marked" : "single characters are marked");
}

static void toggle_noise(struct ui *ui, struct view *v, int count) {
  struct diff_view *d = self(v);
  (void)count;
  d->noise.shown = !d->noise.shown;
  choose(d);
  move(d, 0);
  ui_say(ui, d->noise.shown ? "noise is shown too" : "noise is left out: Date, ETag and the like, and what , ignores");
}

/* What has a name can be ignored by it: a field, a JSON value. Again: no longer. */
static void ignore(struct ui *ui, struct view *v, int count) {
  struct diff_view *d = self(v);
  (void)count;
  if (d->current == SIZE_MAX || d->current >= d->shown.n) {
    ui_say(ui, "n goes to a change; , then ignores it by its name");
    return;
  }
  const struct diff_row *row = &entry_at(d, d->current)->row;
  const struct diff_line *line = row->a != SIZE_MAX ? &d->page.line[0].v[row->a] : &d->page.line[1].v[row->b];
  if (line->name.n == 0) {
    ui_say(ui, "this line has no name to ignore it by");
    return;
  }
  char *name = mem_dup_n(line->name.p, line->name.n);
  VEC_PUSH(&d->noise.name, name);
  make(ui, d);
  move(d, 0);
  struct buf safe = BUF_INIT;
  text_safe(&safe, slice_sub(slice_of(name), 0, 60), TEXT_PLAIN);
  ui_say(ui, "%s is noise from now on; . shows it", buf_text(&safe));
  buf_clear(&safe);
}

static void swap(struct ui *ui, struct view *v, int count) {
  struct diff_view *d = self(v);
  uint64_t a = d->id[0];
  (void)count;
  d->id[0] = d->id[1];
  d->id[1] = a;
  d->original = d->original >= 0 ? 1 - d->original : -1;
  make(ui, d);
}

static const struct binding diff_bindings[] = {
    {"diff-next", "n", "next change", "next change", "FIND", next_change, NULL},
    {"diff-previous", "N", "previous", "previous change", "FIND", previous_change, NULL},
    {"diff-part", "Tab", "request/response", "requests alone, responses alone, both", "SCREEN", cycle_part, NULL},
    {"diff-unified", "\\", "unified", "one column or side by side", "SCREEN", toggle_unified, NULL},
    {"diff-unit", "W", "words", "mark words or single characters", "SCREEN", toggle_unit, NULL},
    {"diff-noise", ".", "noise", "show what is left out as noise, or not", "SCREEN", toggle_noise, NULL},
    {"diff-ignore", ",", "ignore", "this field or JSON value is noise", "FIND", ignore, NULL},
    {"diff-swap", "~", NULL, "swap the two", "SCREEN", swap, NULL},
    {"back", "q Esc", "back", "back", "MOVE", go_back, NULL},
    GO_ROWS("a row down", "a row up"),
    GO_PAGES_ALL,
    GO_ENDS("to the top", "to the end"),
    {"go-right", "l Right", NULL, "scroll to the right", "MOVE", right, NULL},
    {"go-left", "h Left", NULL, "scroll to the left", "MOVE", left, NULL},
    {.keys = NULL},
};

static bool diff_key(struct ui *ui, struct view *v, const struct key *key) {
  (void)ui;
  long rows = key_wheel(key);
  if (rows == 0)
    return false;
  move(self(v), rows);
  return true;
}

/* ---- drawing ---- */

static bool columns(const struct diff_view *d, int width) {
  return !d->unified && width >= SIDE_BY_SIDE;
}

/* Text with what the other side lacks between brackets, so that it can be seen without colour too. */
static void put_line(const struct diff_view *d, const struct diff_row *row, int which, struct buf *out,
                     struct diff_spans *marked) {
  const struct buf *text = &d->page.line[which].v[which == 0 ? row->a : row->b].text;
  struct diff_spans spans[2] = {{{NULL, 0, 0}}, {{NULL, 0, 0}}};
  size_t at = 0;
  if (row->kind == DIFF_CHANGED)
    diff_within(diff_line_value(&d->page.line[0].v[row->a]), diff_line_value(&d->page.line[1].v[row->b]), d->unit,
                &spans[0], &spans[1]);
  for (size_t i = 0; i < spans[which].span.n; i++) {
    const struct diff_span *s = &spans[which].span.v[i];
    buf_add(out, text->p + at, s->at - at);
    struct diff_span mark = {out->n, s->n + 2};
    buf_add_byte(out, '[');
    buf_add(out, text->p + s->at, s->n);
    buf_add_byte(out, ']');
    VEC_PUSH(&marked->span, mark);
    at = s->at + s->n;
  }
  buf_add(out, text->p + at, text->n - at);
  VEC_CLEAR(&spans[0].span);
  VEC_CLEAR(&spans[1].span);
}

static enum role role_of(enum diff_kind kind) {
  return kind == DIFF_ADDED ? ROLE_OK : kind == DIFF_REMOVED ? ROLE_ERROR : ROLE_TEXT;
}

static void draw_side(const struct diff_view *d, const struct diff_entry *e, int which, struct canvas *c, struct rect r,
                      char sign) {
  struct buf text = BUF_INIT;
  struct diff_spans marked = {{NULL, 0, 0}};
  struct rect room = {r.x + 2, r.y, r.w - 2, 1};
  char gutter[2] = {sign, '\0'};
  canvas_text(c, r, r.x, r.y, sign == ' ' ? ROLE_DIM : ROLE_CHANGED, slice_of(gutter));
  if ((which == 0 ? e->row.a : e->row.b) != SIZE_MAX) {
    put_line(d, &e->row, which, &text, &marked);
    enum role role = e->what == DIFF_ENTRY_NOISE ? ROLE_DIM : role_of(e->row.kind);
    canvas_text_from(c, room, room.x, r.y, role, buf_slice(&text), d->left);
    for (size_t i = 0; i < marked.span.n; i++) {
      const struct diff_span *s = &marked.span.v[i];
      size_t before = text_width(slice_sub(buf_slice(&text), 0, s->at), TEXT_PLAIN);
      size_t wide = text_width(slice_sub(buf_slice(&text), s->at, s->n), TEXT_PLAIN);
      int from = room.x + (int)before - (int)d->left, to = from + (int)wide;
      from = from < room.x ? room.x : from;
      to = to > room.x + room.w ? room.x + room.w : to;
      if (to > from)
        canvas_role(c, (struct rect){from, r.y, to - from, 1}, ROLE_CHANGED);
    }
  }
  buf_clear(&text);
  VEC_CLEAR(&marked.span);
}

static void draw_title(const struct diff_view *d, const struct diff_entry *e, struct canvas *c, struct rect r) {
  size_t n = d->page.changes[e->part];
  canvas_hline(c, r, r.x, r.y, r.w, ROLE_TITLE, false);
  if (n == 0)
    canvas_print(c, r, r.x + 2, r.y, ROLE_TITLE, " %s: no difference ",
                 e->part == FLOW_REQUEST ? "request" : "response");
  else
    canvas_print(c, r, r.x + 2, r.y, ROLE_TITLE, " %s: %zu line%s ", e->part == FLOW_REQUEST ? "request" : "response",
                 n, n == 1 ? " differs" : "s differ");
}

static void draw_head(const struct ui *ui, const struct diff_view *d, int which, struct canvas *c, struct rect r) {
  const struct flow *f = flow_at(ui, d, which);
  struct buf text = BUF_INIT;
  canvas_hline(c, r, r.x, r.y, r.w, ROLE_TITLE_FOCUS, true);
  buf_printf(&text, " %c  #%llu ", "AB"[which], (unsigned long long)d -> id[which]);
  if (d->original >= 0)
    buf_add_text(&text, which == d->original ? "as it came  " : "as it was sent  ");
  if (f != NULL) {
    buf_add_slice(&text, flow_method(f));
    buf_add_byte(&text, ' ');
    buf_add_slice(&text, flow_path(f));
    buf_printf(&text, "  %s ", status_mark(c, f));
    flow_outcome(f, &text);
    buf_add_byte(&text, ' ');
  }
  canvas_text(c, (struct rect){r.x, r.y, r.w - 2, 1}, r.x + 2, r.y, ROLE_TITLE_FOCUS, buf_slice(&text));
  buf_clear(&text);
}

static void draw_row(const struct diff_view *d, const struct diff_entry *e, struct canvas *c, struct rect r) {
  static const char sign[] = {[DIFF_SAME] = ' ', [DIFF_CHANGED] = '~', [DIFF_REMOVED] = '-', [DIFF_ADDED] = '+'};
  if (e->what == DIFF_ENTRY_TITLE) {
    draw_title(d, e, c, r);
    return;
  }
  if (columns(d, r.w)) {
    int half = (r.w - 1) / 2;
    draw_side(d, e, 0, c, (struct rect){r.x, r.y, half, 1}, e->row.a != SIZE_MAX ? sign[e->row.kind] : ' ');
    draw_side(d, e, 1, c, (struct rect){r.x + half + 1, r.y, r.w - half - 1, 1},
              e->row.b != SIZE_MAX ? sign[e->row.kind] : ' ');
    return;
  }
  int which = e->row.a == SIZE_MAX;
  draw_side(d, e, which, c, r, sign[e->row.kind]);
}

/* One column: a changed line is two rows. `second` tells the second one. */
static void draw_unified(const struct diff_view *d, struct canvas *c, struct rect r) {
  int y = r.y;
  for (size_t i = d->top; i < d->shown.n && y < r.y + r.h; i++) {
    const struct diff_entry *e = entry_at(d, i);
    struct rect row = {r.x, y, r.w, 1};
    if (e->what == DIFF_ENTRY_TITLE || e->row.kind != DIFF_CHANGED) {
      draw_row(d, e, c, row);
    } else {
      draw_side(d, e, 0, c, row, '-');
      row.y = ++y;
      if (y < r.y + r.h)
        draw_side(d, e, 1, c, row, '+');
    }
    if (i == d->current)
      canvas_cursor(c, r.x, y);
    y++;
  }
}

static void diff_draw(const struct view *v, const struct ui *ui, struct canvas *c, struct rect r) {
  const struct diff_view *d = (const struct diff_view *)v;
  int half = (r.w - 1) / 2;
  if (!columns(d, r.w)) {
    draw_head(ui, d, 0, c, (struct rect){r.x, r.y, r.w, 1});
    draw_head(ui, d, 1, c, (struct rect){r.x, r.y + 1, r.w, 1});
    draw_unified(d, c, d->body);
    return;
  }
  draw_head(ui, d, 0, c, (struct rect){r.x, r.y, half, 1});
  draw_head(ui, d, 1, c, (struct rect){r.x + half + 1, r.y, r.w - half - 1, 1});
  canvas_vline(c, r, r.x + half, r.y, r.h, ROLE_BOX);
  for (int i = 0; i < d->body.h && d->top + (size_t)i < d->shown.n; i++) {
    struct rect row = {r.x, d->body.y + i, r.w, 1};
    draw_row(d, entry_at(d, d->top + (size_t)i), c, row);
    if (d->top + (size_t)i == d->current)
      canvas_cursor(c, r.x, row.y);
  }
}

static void diff_layout(struct ui *ui, struct view *v, struct rect r) {
  struct diff_view *d = self(v);
  const struct flow *a = flow_at(ui, d, 0), *b = flow_at(ui, d, 1);
  int head = columns(d, r.w) ? 1 : 2;
  d->body = (struct rect){r.x, r.y + head, r.w, r.h > head ? r.h - head : 0};
  if (a != NULL && b != NULL && (held(a) + held(b) != d->made_for || d->noise.redact != ui->w->options->redact))
    make(ui, d);
  move(d, 0);
}

/* "change 2 of 5: .user.name", then how many lines differ: those of one change stand together. */
static void diff_message(const struct view *v, const struct ui *ui, struct buf *out) {
  const struct diff_view *d = (const struct diff_view *)v;
  size_t all = 0, before = 0;
  (void)ui;
  for (size_t i = 0; i < d->shown.n; i++) {
    if (!begins_change(d, i))
      continue;
    all++;
    before += d->current != SIZE_MAX && i <= d->current;
  }
  if (before > 0) {
    const struct diff_row *row = &entry_at(d, d->current)->row;
    const struct diff_line *line = row->a != SIZE_MAX ? &d->page.line[0].v[row->a] : &d->page.line[1].v[row->b];
    buf_printf(out, "change %zu of %zu", before, all);
    if (line->name.n > 0)
      buf_printf(out, ": %.*s", (int)line->name.n, line->name.p);
    buf_add_text(out, "   ");
  }
  diff_page_words(&d->page, out);
}

static void diff_free(struct ui *ui, struct view *v) {
  struct diff_view *d = self(v);
  for (int which = 0; which < 2; which++) {
    struct flow *f = store_get(ui_store(ui), d->id[which]);
    if (f != NULL)
      store_unpin(ui_store(ui), f);
  }
  diff_page_clear(&d->page);
  diff_noise_clear(&d->noise);
  VEC_CLEAR(&d->shown);
  free(d);
}

const struct view_ops diff_view_ops = {
    .name = "diff",
    .bindings = diff_bindings,
    .draw = diff_draw,
    .go = go,
    .key = diff_key,
    .layout = diff_layout,
    .message = diff_message,
    .free = diff_free,
};

struct view *diff_view_new(struct ui *ui, uint64_t a, uint64_t b) {
  struct diff_view *d = mem_zero(1, sizeof *d);
  view_init(&d->view, &diff_view_ops);
  d->id[0] = a;
  d->id[1] = b;
  d->original = a == b ? 0 : -1;
  d->only = -1;
  for (int which = 0; which < 2; which++)
    store_pin(ui_store(ui), store_get(ui_store(ui), d->id[which]));
  make(ui, d);
  return &d->view;
}

/* Two that are selected are compared with each other. */
static bool diff_selected(struct ui *ui, struct view *v) {
  struct id_vec ids;
  if (!selection_targets(ui, v, &ids))
    return false;
  size_t n = ids.n;
  uint64_t a = ids.v[0], b = ids.v[n - 1];
  VEC_CLEAR(&ids);
  if (n == 1)
    return false;
  if (n == 2)
    ui_push(ui, diff_view_new(ui, a, b));
  else
    ui_say(ui, "two flows are compared, and %zu are selected", n);
  return true;
}

void act_diff(struct ui *ui, struct view *v, int count) {
  if (repeater_act_diff(ui, v) || diff_selected(ui, v))
    return;
  struct flow *f = act_target(ui, v);
  uint64_t other = ui->diff_with;
  (void)count;
  if (f == NULL)
    return;
  if (other == 0 || store_get(ui_store(ui), other) == NULL)
    other = f->parent;
  ui->diff_with = 0;
  if (other == f->id) {
    ui_say(ui, "#%llu is not compared any more", (unsigned long long)f->id);
  } else if (other != 0 && store_get(ui_store(ui), other) != NULL) {
    ui_push(ui, diff_view_new(ui, other, f->id));
  } else if (f->request.sent != NULL || f->response.sent != NULL) {
    ui_push(ui, diff_view_new(ui, f->id, f->id)); /* a person or a rule changed it: what, is the question */
  } else {
    ui->diff_with = f->id;
    ui_say(ui, "D on another flow compares it with #%llu", (unsigned long long)f->id);
  }
}
