#include "ui/pager.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/clock.h"
#include "weir/base/mem.h"
#include "weir/base/units.h"

#define TAB           8
#define SMALL         (1024u * 1024) /* bodies up to this size are indexed without being asked */
#define INDEX_AT_ONCE (256u * 1024)  /* bytes between two looks at the clock */

struct pager_text {
  struct page_place place;
  unsigned version;
  uint64_t size;
  bool made;
  struct body_line line;
  enum role role;
};

void pager_init(struct pager *p, struct loop *loop, struct page *page, void (*changed)(void *arg), void *arg) {
  memset(p, 0, sizeof *p);
  p->loop = loop;
  p->page = page;
  p->changed = changed;
  p->arg = arg;
  p->wrap = true;
  p->text = mem_zero(1, sizeof *p->text);
}

void pager_clear(struct pager *p) {
  pager_stop(p);
  pager_find_stop(p);
  body_line_clear(&p->text->line);
  free(p->text);
  p->text = NULL;
}

/* ---- lines as they are drawn ---- */

/* Tabs become blanks, so that a byte of the line stands for the same columns however the line is cut. */
static void expand_tabs(struct body_line *line) {
  struct slice rest = buf_slice(&line->text);
  ptrdiff_t tab = slice_find_byte(rest, '\t');
  size_t column = 0, taken = 0, span = 0;
  struct buf out = BUF_INIT;
  if (tab < 0)
    return;
  for (; tab >= 0; tab = slice_find_byte(rest, '\t')) {
    column += text_width(slice_sub(rest, 0, (size_t)tab), TEXT_PLAIN);
    size_t blanks = TAB - column % TAB, more = blanks - 1;
    buf_add(&out, rest.p, (size_t)tab);
    buf_add(&out, "        ", blanks);
    column += blanks;
    taken = out.n;
    rest = slice_from(rest, (size_t)tab + 1);
    /* the spans are moved by one tab after the other: those that end before it are done */
    while (span < line->spans && line->span[span].at + line->span[span].n <= taken - blanks)
      span++;
    for (size_t i = span; i < line->spans; i++) {
      struct body_span *s = &line->span[i];
      if (s->at > taken - blanks)
        s->at += (uint32_t)more;
      else
        s->n += (uint32_t)more;
    }
  }
  buf_add_slice(&out, rest);
  buf_clear(&line->text);
  line->text = out;
}

const struct body_line *pager_text(const struct pager *p, const struct page_place *place, enum role *role) {
  struct pager_text *t = p->text;
  uint64_t size = page_body_size(p->page);
  if (!t->made || !page_same_place(&t->place, place) || t->place.body.about != place->body.about ||
      t->version != p->page->version || t->size != size) {
    page_get(p->page, place, &t->line, &t->role);
    expand_tabs(&t->line);
    t->place = *place;
    t->version = p->page->version;
    t->size = size;
    t->made = true;
  }
  *role = t->role;
  return &t->line;
}

static struct slice text_of(const struct pager *p, const struct page_place *place) {
  enum role role;
  return buf_slice(&pager_text(p, place, &role)->text);
}

/* At least one cluster, so that every walk ends. */
size_t pager_row_bytes(const struct pager *p, struct slice text, size_t at) {
  struct slice rest = slice_from(text, at);
  if (!p->wrap || rest.n == 0)
    return rest.n;
  size_t n = text_cut(rest, p->w > 0 ? (size_t)p->w : 1, TEXT_PLAIN, NULL);
  struct text_cluster first;
  return n > 0 ? n : text_next(rest, TEXT_PLAIN, &first);
}

/* The start of the row before `at`. */
static size_t row_before(const struct pager *p, struct slice text, size_t at) {
  size_t from = 0;
  for (size_t next = 0; next < at; from = next) {
    next = from + pager_row_bytes(p, text, from);
    if (next >= at)
      break;
  }
  return from;
}

/* ---- moving ---- */

static bool step_down(struct pager *p) {
  if (p->page == NULL)
    return false;
  if (!p->wrap) {
    enum body_lines_found found = page_next_line(p->page, &p->top);
    if (found == BODY_LINES_NONE && pager_unpack_more(p))
      found = page_next_line(p->page, &p->top);
    p->cut_off = found == BODY_LINES_NOT_YET;
    return found == BODY_LINES_FOUND;
  }
  struct slice text = text_of(p, &p->top);
  size_t next = p->at + pager_row_bytes(p, text, p->at);
  if (next < text.n) {
    p->at = next;
    return true;
  }
  if (!page_next(p->page, &p->top) && (!pager_unpack_more(p) || !page_next(p->page, &p->top)))
    return false;
  p->at = 0;
  return true;
}

static bool step_up(struct pager *p) {
  if (p->page == NULL)
    return false;
  if (p->wrap && p->at > 0) {
    p->at = row_before(p, text_of(p, &p->top), p->at);
    return true;
  }
  if (!page_previous(p->page, &p->top))
    return false;
  p->at = 0;
  if (!p->wrap) {
    page_line_start(p->page, &p->top);
    return true;
  }
  struct slice text = text_of(p, &p->top);
  if (text.n > 0)
    p->at = row_before(p, text, text.n);
  return true;
}

bool pager_step(struct pager *p, int way) {
  return way > 0 ? step_down(p) : step_up(p);
}

/* Rows from the first shown on, counted up to the window's height; notes what is at the bottom. */
static int rows_below(struct pager *p) {
  struct pager walk = *p;
  int rows = 1;
  while (rows < p->h && step_down(&walk))
    rows++;
  p->cut_off = walk.cut_off;
  p->bottom = walk.top.head == PAGE_BODY ? walk.top.body.at + walk.at : 0;
  p->ended = rows < p->h || !step_down(&walk);
  return rows;
}

/* The place may not be there any more, or be better known by now. */
static void find_again(struct pager *p) {
  struct page_place old = p->top;
  if (p->page == NULL || !page_by_key(p->page, page_key(&old), &p->top)) {
    p->at = 0;
    if (p->page != NULL)
      page_first(p->page, &p->top);
    return;
  }
  if (page_fold(p->page, &p->top) != NULL && p->top.body.at < old.body.at)
    p->at = 0;
  else if (old.head == PAGE_BODY && p->top.head == PAGE_BODY && p->top.body.at < old.body.at)
    p->at += (size_t)(old.body.at - p->top.body.at); /* of text: a piece of the line now begins elsewhere */
  size_t n = text_of(p, &p->top).n;
  if (!p->wrap) {
    page_line_start(p->page, &p->top);
    p->at = 0;
  } else if (p->at > 0) {
    p->at = row_before(p, text_of(p, &p->top), p->at < n ? p->at + 1 : n);
  }
}

/* Never more blank rows below than the content forces. */
static void settle(struct pager *p) {
  if (p->page == NULL)
    return;
  find_again(p);
  int missing = p->h - rows_below(p);
  bool moved = false;
  while (missing-- > 0 && step_up(p))
    moved = true;
  if (moved)
    rows_below(p);
}

static void to_end(struct pager *p) {
  if (p->page == NULL || !page_last(p->page, &p->top))
    return;
  p->at = 0;
  if (!p->wrap) {
    page_line_start(p->page, &p->top);
  } else {
    size_t n = text_of(p, &p->top).n;
    p->at = n > 0 ? row_before(p, text_of(p, &p->top), n) : 0;
  }
}

/* So wide that it need not grow while one pages on. */
static int gutter_of(const struct pager *p, int w) {
  uint64_t known, lines;
  int digits = 4;
  if (!p->numbers || p->page == NULL || p->page->lines == NULL || p->page->hex)
    return 0;
  body_lines_indexed(p->page->lines, &known);
  lines = p->top.head == PAGE_BODY && p->top.body.line + 1000 > known ? p->top.body.line + 1000 : known;
  for (; lines >= 10000; lines /= 10)
    digits++;
  return digits + 1 < w / 2 ? digits + 1 : 0;
}

void pager_layout(struct pager *p, int w, int h) {
  p->gutter = gutter_of(p, w);
  p->w = w - p->gutter;
  p->h = h;
  if (p->wrap)
    p->left = 0;
  if (p->returning)
    pager_return(p, p->to);
  p->returning = false;
  if (p->follow) {
    to_end(p);
    p->cursor = p->top;
    p->cursor_at = p->at;
  }
  pager_fold_grown(p);
  settle(p);
  pager_cursor_settle(p);
  if (p->page == NULL)
    return;
  pager_unpack_ahead(p);
  bool far = p->top.head == PAGE_BODY && p->top.body.about;
  if (far || p->cut_off || p->line_wanted > 0)
    p->indexing = true;
  else if (p->page->lines != NULL && page_body_size(p->page) <= SMALL)
    body_lines_index(p->page->lines, SMALL);
  if (p->needle.n > 0 && p->version != p->page->version) {
    struct buf again = BUF_INIT;
    struct pager_mark stay = pager_mark(p);
    buf_add_slice(&again, buf_slice(&p->needle));
    pager_find(p, buf_slice(&again), NULL);
    p->seek = false;
    pager_return(p, stay);
    buf_clear(&again);
  }
  if (p->indexing || p->end_wanted || (p->page->more && (p->follow || p->page->lines == NULL)))
    pager_work(p);
}

/* A long way is not gone row by row. */
static bool leap(struct pager *p, long rows) {
  struct body_place to;
  if (p->top.head != PAGE_BODY || p->top.body.about || p->page->lines == NULL)
    return false;
  uint64_t line = p->top.body.line, by = rows < 0 ? (uint64_t)-rows : (uint64_t)rows;
  if (rows < 0 && by > line)
    return false;
  if (!body_lines_number(p->page->lines, rows < 0 ? line - by : line + by, &to))
    return false;
  p->top.body = to;
  p->at = 0;
  return true;
}

#define LEAP 500

void pager_move(struct pager *p, long rows) {
  p->follow = p->end_wanted = false;
  p->line_wanted = 0;
  if (p->page != NULL && (rows > LEAP || rows < -LEAP) && leap(p, rows)) {
    p->cursor = p->top;
    p->cursor_at = 0;
    rows = 0;
  }
  if (p->page == NULL)
    return;
  pager_cursor_move(p, rows);
  for (; rows > 0 && step_down(p); rows--)
    ;
  for (; rows < 0 && step_up(p); rows++)
    ;
  settle(p);
  pager_cursor_settle(p);
}

void pager_home(struct pager *p) {
  p->top = (struct page_place){.head = 0};
  if (p->page != NULL)
    page_first(p->page, &p->top);
  p->cursor = p->top;
  p->at = p->left = p->cursor_at = 0;
  p->returning = false;
  p->row = 0;
  p->follow = p->end_wanted = false;
  p->line_wanted = 0;
}

void pager_end(struct pager *p) {
  p->line_wanted = 0;
  to_end(p);
  p->cursor = p->top;
  p->cursor_at = p->at;
  settle(p);
  pager_cursor_settle(p);
  p->follow = true;
  p->stopped = false;
  p->end_wanted = p->page != NULL && p->page->more;
  if (p->end_wanted)
    pager_work(p);
}

void pager_line(struct pager *p, uint64_t line) {
  struct page_place place = {.head = PAGE_BODY};
  p->follow = p->end_wanted = false;
  p->line_wanted = 0;
  if (p->page == NULL || p->page->lines == NULL)
    return;
  uint64_t known, size = page_body_size(p->page);
  if (!body_lines_number(p->page->lines, line, &place.body)) {
    if ((!body_lines_index(p->page->lines, SMALL) && body_lines_indexed(p->page->lines, &known) < size) ||
        p->page->more) {
      p->line_wanted = line + 1;
      pager_work(p);
      return;
    }
    if (!body_lines_number(p->page->lines, line, &place.body))
      page_last(p->page, &place);
  }
  page_out_of_fold(p->page, &place);
  p->top = p->cursor = place;
  p->at = p->cursor_at = 0;
  settle(p);
  pager_cursor_settle(p);
}

void pager_sideways(struct pager *p, long columns) {
  if (p->wrap)
    return;
  if (columns < 0 && (size_t)-columns > p->left)
    p->left = 0;
  else
    p->left = (size_t)((long)p->left + columns);
}

struct pager_mark pager_mark(const struct pager *p) {
  return (struct pager_mark){page_key(&p->top), p->at, p->left, page_key(&p->cursor), p->cursor_at};
}

void pager_return(struct pager *p, struct pager_mark mark) {
  if (p->page == NULL || !page_by_key(p->page, mark.key, &p->top))
    return;
  p->at = mark.at;
  p->left = mark.left;
  p->cursor_at = page_by_key(p->page, mark.cursor, &p->cursor) ? mark.cursor_at : 0;
  settle(p);
  pager_cursor_settle(p);
}

void pager_reveal(struct pager *p, const struct page_place *place, size_t at) {
  struct pager walk = *p;
  p->cursor = *place;
  p->cursor_at = at;
  for (int i = 0; i < p->h; i++) {
    struct page_place row = walk.top;
    size_t row_at = walk.at, end = row_at + pager_row_bytes(p, text_of(p, &row), row_at);
    if (page_same_place(&row, place) && at >= row_at && at < end + (end == row_at)) { /* it is on the screen */
      pager_cursor_settle(p);
      return;
    }
    if (!step_down(&walk))
      break;
  }
  p->follow = false;
  p->top = *place;
  p->at = 0;
  struct slice text = text_of(p, place);
  if (p->wrap && at < text.n)
    p->at = row_before(p, text, at + 1);
  for (int i = 0; i < p->h / 3 && step_up(p); i++)
    ;
  settle(p);
  pager_cursor_settle(p);
}

/* ---- long lines, unwrapped ---- */

bool pager_is_long(const struct pager *p, const struct page_place *line) {
  struct page_place next = *line;
  return line->head == PAGE_BODY && page_next(p->page, &next) && next.body.part;
}

bool pager_at_left(const struct pager *p, const struct page_place *line, struct page_place *piece, size_t *at) {
  struct page_place next = *line;
  uint64_t offset = line->body.at + p->left;
  if (!page_find(p->page, offset, piece))
    return false;
  if (page_next_line(p->page, &next) == BODY_LINES_FOUND && offset >= next.body.at)
    return false;
  *at = (size_t)(offset - piece->body.at);
  return *at < text_of(p, piece).n || offset < page_body_size(p->page);
}

/* ---- work ---- */

static void index_arrived(struct pager *p) {
  uint64_t line = p->line_wanted;
  struct body_place place;
  if (line > 0 && body_lines_number(p->page->lines, line - 1, &place))
    pager_line(p, line - 1);
  if (line == 0 && !(p->top.head == PAGE_BODY && p->top.body.about) && !p->cut_off)
    p->indexing = false; /* it has come far enough */
}

/* False: nothing is left to index for now. */
static bool index_slice(struct pager *p, uint64_t deadline) {
  struct body_lines *lines = p->page->lines;
  bool all = lines == NULL;
  while (!all && clock_mono() < deadline)
    all = body_lines_index(lines, INDEX_AT_ONCE) && !(p->line_wanted > 0 && pager_unpack_more(p));
  if (lines == NULL)
    return false;
  find_again(p);
  pager_cursor_settle(p);
  index_arrived(p);
  if (all && p->line_wanted > 0) {
    p->line_wanted = 0;
    pager_end(p);
    p->follow = false;
  }
  return !all && p->indexing;
}

static bool work(void *arg, uint64_t deadline) {
  struct pager *p = arg;
  if (p->fresh != NULL && !p->fresh(p->arg)) {
    p->scanning = p->indexing = p->end_wanted = false;
    return false;
  }
  bool more = false; /* to decode, which nobody has to wait for */
  if (pager_folding(p))
    pager_fold_slice(p, deadline);
  else if (p->scanning)
    pager_find_slice(p, deadline);
  else if (p->offset_wanted > 0)
    more = !pager_offset_slice(p, deadline);
  else if (p->end_wanted || (p->page->more && (p->follow || p->page->lines == NULL)))
    p->end_wanted = more = pager_unpack_slice(p, deadline);
  else if (p->indexing)
    p->indexing = index_slice(p, deadline);
  p->changed(p->arg);
  return p->scanning || p->indexing || more || pager_folding(p);
}

void pager_work(struct pager *p) {
  if (p->line_wanted > 0)
    p->indexing = true;
  if (p->job.prev != NULL)
    return;
  p->job.step = work;
  p->job.arg = p;
  loop_job_start(p->loop, &p->job);
}

void pager_stop(struct pager *p) {
  if (p->job.step != NULL)
    loop_job_stop(p->loop, &p->job);
  p->offset_wanted = 0;
  p->stopped = p->scanning || p->end_wanted;
  p->scanning = p->indexing = p->end_wanted = p->follow = false;
  p->line_wanted = 0;
  pager_fold_stop(p);
}

bool pager_working(const struct pager *p, struct buf *out) {
  uint64_t known, size = p->page != NULL ? page_body_size(p->page) : 0;
  if (pager_folding(p) && size > 0) {
    buf_printf(out, "folding, %u%%", folds_percent(&p->page->folds, size));
    return true;
  }
  if (p->scanning && p->page != NULL) {
    buf_printf(out, "searching %u%%", pager_find_percent(p));
    return true;
  }
  if ((p->end_wanted || p->offset_wanted > 0) && p->page != NULL) {
    buf_printf(out, "unpacking %u%%", page_unpacked(p->page));
    return true;
  }
  if (!p->indexing || size == 0 || p->page == NULL)
    return false;
  unsigned percent = (unsigned)(body_lines_indexed(p->page->lines, &known) * 100 / size);
  if (p->page->more)
    percent = page_unpacked(p->page);
  if (p->line_wanted > 0)
    buf_printf(out, "looking for line %llu, %u%%", (unsigned long long)p->line_wanted, percent);
  else
    buf_printf(out, "counting lines, %u%%", percent);
  return true;
}

static void body_where(const struct pager *p, const struct body_place *at, bool all, struct buf *out) {
  uint64_t known, size = page_body_size(p->page), indexed = body_lines_indexed(p->page->lines, &known);
  unsigned long long line = at->line + 1;
  char way[48] = "", so_far[24];
  if (p->page->more)
    snprintf(way, sizeof way, ", %s decoded so far", units_size(size, so_far, sizeof so_far));
  else if (!all)
    snprintf(way, sizeof way, ", %u%%", p->ended ? 100 : (unsigned)(p->bottom * 100 / size));
  if (p->page->hex && p->page->more)
    buf_printf(out, "0x%llx%s", (unsigned long long)at->at, way);
  else if (p->page->hex)
    buf_printf(out, "0x%llx of 0x%llx%s", (unsigned long long)at->at, (unsigned long long)size, way);
  else if (at->about)
    buf_printf(out, "line ~%llu%s", line, way);
  else if (indexed >= size && page_ended(p->page))
    buf_printf(out, "line %llu/%llu%s", line, line > known ? line : (unsigned long long)known, way);
  else
    buf_printf(out, "line %llu%s", line, way);
}

void pager_where(const struct pager *p, struct buf *out) {
  uint64_t size = p->page != NULL ? page_body_size(p->page) : 0;
  const struct page_place *place = p->mark ? &p->cursor : &p->top;
  struct page_place first;
  if (p->page == NULL || !page_first(p->page, &first))
    return;
  bool all = p->ended && page_same_place(&first, &p->top) && p->at == 0;
  if (all && !p->mark)
    return;
  if (place->head == PAGE_BODY)
    body_where(p, &place->body, all, out);
  else if (size > 0)
    buf_printf(out, "line %zu of the head", place->head + 1);
  else
    buf_printf(out, "line %zu/%zu", place->head + 1, p->page->head.n);
}
