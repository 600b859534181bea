/* The title of a pane, and the ways that a message can be looked at: their names, which is on, and going from one to another. */
#include <string.h>

#include "ui/list_row.h"
#include "ui/pane.h"
#include "ui/receiving.h"
#include "ui/rows.h"
#include "weir/base/units.h"
#include "weir/body/kind.h"

static const struct way {
  const char *name; /* NULL: query_name() says */
  enum page_show show;
  enum body_view view; /* of the message */
} ways[] = {
    {"Pretty", PAGE_MESSAGE, BODY_VIEW_PRETTY},  {"Raw", PAGE_MESSAGE, BODY_VIEW_TEXT},
    {"Hex", PAGE_MESSAGE, BODY_VIEW_HEX},        {"Headers", PAGE_HEADERS, BODY_VIEW_PRETTY},
    {"Cookies", PAGE_COOKIES, BODY_VIEW_PRETTY}, {NULL, PAGE_QUERY, BODY_VIEW_PRETTY},
    {"Timing", PAGE_TIMING, BODY_VIEW_PRETTY},   {"Connection", PAGE_CONNECTION, BODY_VIEW_PRETTY},
    {"Token", PAGE_TOKEN, BODY_VIEW_PRETTY},
};

#define WAYS (sizeof ways / sizeof *ways)

static bool is_on(const struct pane *p, const struct way *w) {
  return p->show == w->show && (p->show != PAGE_MESSAGE || p->view == w->view);
}

static const char *name_of(const struct pane *p, const struct flow *f, const struct way *w) {
  const char *query = w->name == NULL ? query_name(f, !p->received) : NULL;
  return w->name != NULL ? w->name : query != NULL ? query : "Query";
}

/* Those that have something to show, and the one that is on. */
static bool is_there(const struct pane *p, const struct flow *f, const struct way *w) {
  if (is_on(p, w))
    return true;
  if (w->show == PAGE_TOKEN)
    return false;
  if (w->show == PAGE_COOKIES)
    return has_cookies(f);
  if (w->show == PAGE_QUERY)
    return p->side == FLOW_REQUEST && query_name(f, !p->received) != NULL;
  return w->show != PAGE_HEADERS || flow_side_const(f, p->side)->head.raw != NULL;
}

struct tabs { /* those that are there, in order */
  const struct way *way[WAYS];
  size_t n, on;
};

static void list(const struct pane *p, const struct flow *f, struct tabs *tabs) {
  tabs->n = tabs->on = 0;
  for (size_t i = 0; i < WAYS; i++) {
    if (!is_there(p, f, &ways[i]))
      continue;
    if (is_on(p, &ways[i]))
      tabs->on = tabs->n;
    tabs->way[tabs->n++] = &ways[i];
  }
}

static int width_of(const struct pane *p, const struct flow *f, const struct way *w) {
  return (int)strlen(name_of(p, f, w)) + (is_on(p, w) ? 2 : 0);
}

/* Those that fit beside each other: from the first on, or up to the one that is on. */
static void fit(const struct pane *p, const struct flow *f, int columns, const struct tabs *tabs, size_t *from,
                size_t *to) {
  int width = 0;
  *from = 0;
  for (size_t i = 0; i <= tabs->on; i++)
    width += width_of(p, f, tabs->way[i]) + (i > 0);
  for (; width > columns && *from < tabs->on; ++*from)
    width -= width_of(p, f, tabs->way[*from]) + 1;
  for (*to = tabs->on + 1; *to < tabs->n; ++*to) {
    width += width_of(p, f, tabs->way[*to]) + 1;
    if (width > columns)
      return;
  }
}

void pane_views(const struct pane *p, const struct flow *f, int columns, struct buf *out) {
  struct tabs tabs;
  size_t from, to;
  list(p, f, &tabs);
  fit(p, f, columns, &tabs, &from, &to);
  for (size_t i = from; i < to; i++)
    buf_printf(out, i == tabs.on ? "%s[%s]" : "%s%s", i > from ? " " : "", name_of(p, f, tabs.way[i]));
}

static void turn_to(struct pane *p, const struct way *w) {
  if (p->show != w->show)
    pager_home(&p->pager);
  p->show = w->show;
  if (w->show == PAGE_MESSAGE)
    p->view = w->view;
}

void pane_view_click(struct pane *p, const struct flow *f, int columns, int x) {
  struct tabs tabs;
  size_t from, to;
  list(p, f, &tabs);
  fit(p, f, columns, &tabs, &from, &to);
  for (size_t i = from; i < to && x >= 0; i++) {
    int width = width_of(p, f, tabs.way[i]);
    if (x < width) {
      turn_to(p, tabs.way[i]);
      return;
    }
    x -= width + 1;
  }
}

void pane_view_step(struct pane *p, const struct flow *f, int steps) {
  struct tabs tabs;
  list(p, f, &tabs);
  long n = (long)tabs.n, to = ((long)tabs.on + steps) % n;
  turn_to(p, tabs.way[to < 0 ? to + n : to]);
}

void pane_view_toggle(struct pane *p, enum page_show show) {
  p->show = p->show == show ? PAGE_MESSAGE : show;
  pager_home(&p->pager);
}

void pane_toggle_view(struct pane *p, enum body_view view) {
  p->view = p->view == view && p->show == PAGE_MESSAGE ? BODY_VIEW_PRETTY : view;
  p->show = PAGE_MESSAGE;
}

/* ---- the title ---- */

/* "POST /login", or "401 Unauthorized - json - 27 B - 3ms". */
static void put_subject(const struct pane *p, const struct flow *f, const struct canvas *c, struct buf *out) {
  char size[24], took[16], type[8];
  struct slice media = {NULL, 0};
  if (p->side == FLOW_REQUEST) {
    struct slice path = flow_path(f);
    if (f->request.head.raw == NULL)
      return;
    buf_add_slice(out, flow_method(f));
    buf_add_byte(out, ' ');
    if (path.n == 0) /* of a tunnel its target */
      flow_url(f, out);
    buf_add_slice(out, path);
    return;
  }
  const char *mark = status_mark(c, f), *dot = canvas_glyph(c, GLYPH_DOT);
  buf_printf(out, "%s%s", mark, mark[0] != '\0' ? " " : "");
  flow_outcome(f, out);
  if (f->response.head.raw == NULL)
    return;
  http_head_find(&f->response.head, "Content-Type", &media);
  body_type_short(media, type);
  uint64_t bytes = f->kind == FLOW_TUNNEL ? f->up + f->down : f->response.body.seen;
  buf_printf(out, " %s %s %s %s", dot, type, dot, words_bytes(bytes, size, sizeof size));
  if (f->times.end > f->times.start)
    buf_printf(out, " %s %s", dot, units_duration(f->times.end - f->times.start, took, sizeof took));
}

static const char *versions(const struct pane *p, const struct flow *f) {
  return !pane_edited(p, f) ? "" : p->received ? "[Original] Sent  " : "Original [Sent]  ";
}

#define GAUGE_ROOM 34 /* what still arrives is worth more than the names of all views */

/* Where the names of the views begin, and how many columns they have. */
static int views_at(const struct pane *p, const struct flow *f, struct rect r, int *columns) {
  struct buf views = BUF_INIT;
  int x = r.x + 2 + (p->side == FLOW_REQUEST ? 9 : 10) + 1, other = (int)strlen(versions(p, f));
  uint64_t seen, total;
  *columns = r.x + r.w - 1 - x - other;
  if (receiving(f, p->side, &seen, &total) && *columns > 40)
    *columns -= *columns > 60 ? GAUGE_ROOM : GAUGE_ROOM / 2;
  pane_views(p, f, *columns, &views);
  int at = r.x + r.w - 1 - (int)views.n;
  buf_clear(&views);
  return at > x + other ? at : x + other;
}

static void draw_choices(const struct pane *p, const struct flow *f, struct canvas *c, struct rect r, int left,
                         enum role role) {
  struct buf text = BUF_INIT;
  int columns, x = views_at(p, f, r, &columns);
  buf_add_text(&text, versions(p, f));
  x -= (int)text.n;
  struct buf gauge = BUF_INIT;
  receiving_gauge(f, p->side, c, x - left - 1, &gauge);
  canvas_text(c, r, left, r.y, role, buf_slice(&gauge));
  buf_clear(&gauge);
  pane_views(p, f, columns, &text);
  buf_add_byte(&text, ' ');
  canvas_text(c, r, x, r.y, role, buf_slice(&text));
  buf_clear(&text);
}

static void draw_subject(const struct pane *p, const struct flow *f, struct canvas *c, struct rect r, int x,
                         enum role role) {
  struct buf subject = BUF_INIT;
  put_subject(p, f, c, &subject);
  if (subject.n > 0) {
    buf_insert(&subject, 0, " ", 1);
    buf_add_byte(&subject, ' ');
    canvas_text(c, (struct rect){r.x, r.y, r.w - 1, 1}, x, r.y, role, buf_slice(&subject));
  }
  buf_clear(&subject);
}

void pane_title(const struct pane *p, const struct flow *f, struct canvas *c, struct rect r, bool focus, bool choices) {
  enum role role = focus ? ROLE_TITLE_FOCUS : ROLE_TITLE;
  canvas_hline(c, r, r.x, r.y, r.w, role, focus);
  if (f == NULL)
    return;
  int x = canvas_print(c, r, r.x + 2, r.y, role, " %s ", p->side == FLOW_REQUEST ? "Request" : "Response") + 1;
  if (choices)
    draw_choices(p, f, c, r, x, role);
  else
    draw_subject(p, f, c, r, x, role);
}

void pane_title_click(struct pane *p, const struct flow *f, struct rect r, int x) {
  int columns, from = views_at(p, f, r, &columns);
  pane_view_click(p, f, columns, x - from);
}
