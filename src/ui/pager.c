#include "ui/pager.h"

#include <stdlib.h>
#include <string.h>

#define TAB 8

void pager_init(struct pager *p, struct loop *loop, struct page *page, void (*changed)(void *arg), void *arg) {
  memset(p, 0, sizeof *p);
  p->loop = loop;
  p->page = page;
  p->changed = changed;
  p->arg = arg;
  p->wrap = true;
}

void pager_clear(struct pager *p) {
  pager_find_stop(p);
}

/* ---- lines as they are drawn ---- */

/* Tabs become blanks, so that a byte of the line stands for the same columns however the line is cut. */
static void expand_tabs(struct body_line *line) {
  ptrdiff_t tab = slice_find_byte(buf_slice(&line->text), '\t');
  size_t from = 0, column = 0;
  while (tab >= 0) {
    size_t at = from + (size_t)tab;
    column += text_width(slice_sub(buf_slice(&line->text), from, (size_t)tab), TEXT_PLAIN);
    size_t blanks = TAB - column % TAB;
    line->text.p[at] = ' ';
    buf_insert(&line->text, at, "       ", blanks - 1);
    for (size_t i = 0; i < line->spans; i++) {
      struct body_span *s = &line->span[i];
      if (s->at > at)
        s->at += (uint32_t)(blanks - 1);
      else if (s->at + s->n > at)
        s->n += (uint32_t)(blanks - 1);
    }
    from = at + blanks;
    column += blanks;
    tab = slice_find_byte(slice_from(buf_slice(&line->text), from), '\t');
  }
}

static bool get(const struct pager *p, size_t index, struct body_line *line, enum role *role) {
  if (p->page == NULL || !page_get(p->page, index, line, role))
    return false;
  expand_tabs(line);
  return true;
}

/* Bytes of one row that begins at `at`; at least one cluster, so that every walk ends. */
static size_t row_bytes(const struct pager *p, struct slice text, size_t at) {
  struct slice rest = slice_from(text, at);
  if (!p->wrap || rest.n == 0)
    return rest.n;
  size_t n = text_cut(rest, p->w > 0 ? (size_t)p->w : 1, TEXT_PLAIN, NULL);
  struct text_cluster first;
  return n > 0 ? n : text_next(rest, TEXT_PLAIN, &first);
}

/* The start of the row before `at`. A very long line is taken up some rows before, not from its beginning. */
static size_t row_before(const struct pager *p, struct slice text, size_t at) {
  size_t from = 0, far = 16 * 1024;
  if (at > far) {
    from = at - far;
    while (from > 0 && ((unsigned char)text.p[from] & 0xc0) == 0x80)
      from--;
  }
  for (size_t next = from; next < at; from = next) {
    next = from + row_bytes(p, text, from);
    if (next >= at)
      break;
  }
  return from;
}

/* ---- moving ---- */

static bool step_down(struct pager *p, struct body_line *line) {
  enum role role;
  if (!get(p, p->line, line, &role))
    return false;
  size_t next = p->at + row_bytes(p, buf_slice(&line->text), p->at);
  if (p->wrap && next < line->text.n) {
    p->at = next;
    return true;
  }
  if (!get(p, p->line + 1, line, &role))
    return false;
  p->line++;
  p->at = 0;
  return true;
}

static bool step_up(struct pager *p, struct body_line *line) {
  enum role role;
  if (p->at > 0 && get(p, p->line, line, &role)) {
    p->at = row_before(p, buf_slice(&line->text), p->at);
    return true;
  }
  if (p->line == 0)
    return false;
  p->line--;
  p->at = 0;
  if (p->wrap && get(p, p->line, line, &role) && line->text.n > 0)
    p->at = row_before(p, buf_slice(&line->text), line->text.n);
  return true;
}

/* Rows from the first shown on, counted up to the window's height. */
static int rows_below(const struct pager *p, struct body_line *line) {
  struct pager walk = *p;
  enum role role;
  int rows = get(p, p->line, line, &role) ? 1 : 0;
  while (rows > 0 && rows < p->h && step_down(&walk, line))
    rows++;
  return rows;
}

/* Never more blank rows below than the content forces. */
static void settle(struct pager *p) {
  struct body_line line = {.text = BUF_INIT};
  enum role role;
  if (p->line > 0 && !get(p, p->line, &line, &role)) {
    size_t count = p->page != NULL ? page_count(p->page) : 0;
    p->line = count > 0 ? count - 1 : 0;
    p->at = 0;
  }
  if (!p->wrap)
    p->at = 0;
  else if (get(p, p->line, &line, &role) && p->at >= line.text.n)
    p->at = 0;
  int missing = p->h - rows_below(p, &line);
  while (missing-- > 0 && step_up(p, &line))
    ;
  body_line_clear(&line);
}

void pager_layout(struct pager *p, int w, int h) {
  p->w = w;
  p->h = h;
  if (p->wrap)
    p->left = 0;
  settle(p);
  if (p->needle.n > 0 && p->page != NULL && p->version != p->page->version) {
    struct buf again = BUF_INIT;
    buf_add_slice(&again, buf_slice(&p->needle));
    struct hit stay = {p->line, p->at};
    pager_find(p, buf_slice(&again));
    p->seek = false;
    p->line = stay.line;
    p->at = stay.at;
    buf_clear(&again);
  }
}

void pager_move(struct pager *p, long rows) {
  struct body_line line = {.text = BUF_INIT};
  for (; rows > 0 && step_down(p, &line); rows--)
    ;
  for (; rows < 0 && step_up(p, &line); rows++)
    ;
  body_line_clear(&line);
  settle(p);
}

void pager_home(struct pager *p) {
  p->line = p->at = 0;
  p->left = 0;
}

void pager_end(struct pager *p) {
  size_t count = p->page != NULL ? page_count(p->page) : 0;
  p->line = count > 0 ? count - 1 : 0;
  p->at = 0;
  struct body_line line = {.text = BUF_INIT};
  while (step_down(p, &line))
    ;
  body_line_clear(&line);
  settle(p);
}

void pager_sideways(struct pager *p, long columns) {
  if (p->wrap)
    return;
  if (columns < 0 && (size_t)-columns > p->left)
    p->left = 0;
  else
    p->left = (size_t)((long)p->left + columns);
}

bool pager_at_end(const struct pager *p) {
  struct body_line line = {.text = BUF_INIT};
  struct pager walk = *p;
  bool more = false;
  for (int i = 0; i < p->h; i++)
    more = step_down(&walk, &line);
  body_line_clear(&line);
  return !more;
}

size_t pager_percent(const struct pager *p) {
  size_t count = p->page != NULL ? page_count(p->page) : 0;
  size_t last = p->line + (size_t)(p->h > 0 ? p->h : 0);
  return count == 0 || last >= count ? 100 : last * 100 / count;
}

void pager_reveal(struct pager *p, size_t line, size_t at) {
  struct pager walk = *p;
  struct body_line text = {.text = BUF_INIT};
  enum role role;
  for (int i = 0; i < p->h; i++) {
    size_t row_line = walk.line, row_at = walk.at;
    if (!get(&walk, row_line, &text, &role))
      break;
    size_t end = row_at + row_bytes(p, buf_slice(&text.text), row_at);
    if (row_line == line && at >= row_at && at < end + (end == row_at))
      goto out; /* it is on the screen */
    if (!step_down(&walk, &text))
      break;
  }
  p->line = line;
  p->at = 0;
  if (get(p, line, &text, &role) && p->wrap && at < text.text.n)
    p->at = row_before(p, buf_slice(&text.text), at + 1);
  for (int i = 0; i < p->h / 3 && step_up(p, &text); i++)
    ;
  settle(p);
out:
  body_line_clear(&text);
}

/* ---- drawing ---- */

static enum role style_role(enum body_style style) {
  static const enum role role[] = {ROLE_TEXT, ROLE_KEY, ROLE_STRING, ROLE_NUMBER, ROLE_WORD, ROLE_PUNCT, ROLE_DIM};
  return role[style];
}

/* Draws bytes [from, to) of a line in pieces of one role each. */
static int draw_piece(const struct body_line *line, size_t from, size_t to, enum role base, bool hit, bool current,
                      struct canvas *c, struct rect within, int x, int y) {
  size_t at = from, span = 0;
  while (at < to) {
    while (span < line->spans && line->span[span].at + line->span[span].n <= at)
      span++;
    enum role role = base;
    size_t end = to;
    if (span < line->spans) {
      const struct body_span *s = &line->span[span];
      if (s->at > at) {
        end = s->at < to ? s->at : to;
      } else {
        role = style_role(s->style);
        end = s->at + s->n < to ? s->at + s->n : to;
      }
    }
    if (hit)
      role = current ? ROLE_HIT_CURRENT : ROLE_HIT;
    x = canvas_text(c, within, x, y, role, slice_sub(buf_slice(&line->text), at, end - at));
    at = end;
  }
  return x;
}

static void draw_row(const struct pager *p, const struct body_line *line, size_t index, size_t from, size_t to,
                     enum role base, struct canvas *c, struct rect row) {
  struct slice text = buf_slice(&line->text);
  int x = row.x - (int)p->left;
  size_t at = from;
  while (at < to) {
    /* A hit may begin in the row above: look from where it could have begun. */
    size_t back = at > p->needle.n ? at - p->needle.n + 1 : 0;
    ptrdiff_t found = p->needle.n > 0 ? pager_match(p, text, at == from ? back : at) : -1;
    while (found >= 0 && (size_t)found + p->needle.n <= at)
      found = pager_match(p, text, (size_t)found + 1);
    size_t hit = found >= 0 && (size_t)found < to ? (size_t)found : to;
    if (hit > at)
      x = draw_piece(line, at, hit, base, false, false, c, row, x, row.y);
    size_t end = hit + p->needle.n < to ? hit + p->needle.n : to;
    if (hit < to) {
      bool current = p->current < p->hit.n && p->hit.v[p->current].line == index && p->hit.v[p->current].at == hit;
      x = draw_piece(line, hit > at ? hit : at, end, base, true, current, c, row, x, row.y);
    }
    at = hit < to ? end : to;
  }
}

void pager_draw(const struct pager *p, struct canvas *c, struct rect r) {
  struct body_line line = {.text = BUF_INIT};
  size_t index = p->line, at = p->at;
  enum role role;
  bool have = get(p, index, &line, &role);
  for (int y = 0; y < r.h && have; y++) {
    size_t n = row_bytes(p, buf_slice(&line.text), at);
    draw_row(p, &line, index, at, at + n, role, c, (struct rect){r.x, r.y + y, r.w, 1});
    at += n;
    if (p->wrap && at < line.text.n)
      continue;
    at = 0;
    have = get(p, ++index, &line, &role);
  }
  body_line_clear(&line);
}
