/*
 * Pretty lines: each needs the state that the lines before it have left. States are kept at intervals (the index) and for
 * the lines walked over last, so that a line is some steps away from one of them.
 *
 * In a body that still grows, a step near the end may turn out otherwise when more has come: what is indexed is final,
 * what is remembered beyond that is forgotten when the body has grown.
 */
#include <stdlib.h>
#include <string.h>

#include "lines_parts.h"
#include "weir/base/mem.h"

#define HELD        (4 * LINE_REACH)
#define PIECES_NEAR 256 /* of one line: so many are walked over without asking */

/* The bytes that a step is promised. Kept where they had to be copied: the next steps are within them. */
static struct slice step_bytes(struct body_lines *lines, uint64_t at) {
  uint64_t size = lines_size(lines), held_end = lines->held_at + lines->held.n;
  if (at >= lines->held_at && at < held_end && (held_end - at >= LINE_REACH || held_end == size))
    return slice_from(buf_slice(&lines->held), (size_t)(at - lines->held_at));
  struct slice run = lines->bytes.at(lines->bytes.arg, at);
  if (run.n >= LINE_REACH || at + run.n >= size)
    return run;
  lines->held_at = at;
  body_bytes_window(&lines->bytes, at, HELD, &lines->held);
  return buf_slice(&lines->held);
}

static bool step(struct body_lines *lines, struct line_mark *mark, struct body_line *out) {
  if (!line_next(step_bytes(lines, mark->state.at), &mark->state, out))
    return false;
  mark->line += !mark->state.part;
  return true;
}

static bool is_final(const struct body_lines *lines, uint64_t at) {
  return lines_ended(lines) || lines_size(lines) - at >= LINE_REACH;
}

/* ---- the index ---- */

static void thin_out(struct body_lines *lines) {
  for (size_t i = 0; 2 * i < lines->mark.n; i++)
    lines->mark.v[i] = lines->mark.v[2 * i];
  lines->mark.n = (lines->mark.n + 1) / 2;
  lines->stride *= 2;
}

static void index_to(struct body_lines *lines, const struct line_mark *next) {
  bool first = !lines->mark.n;
  if (first || lines->tail.state.at - lines->mark.v[lines->mark.n - 1].state.at >= lines->stride) {
    VEC_PUSH(&lines->mark, lines->tail);
    if (lines->mark.n == INDEX_MOST)
      thin_out(lines);
  }
  lines->tail = *next;
}

/* One step on; the index goes along where it is made at its end. */
static bool advance(struct body_lines *lines, struct line_mark *mark) {
  uint64_t from = mark->state.at;
  if (!step(lines, mark, NULL))
    return false;
  if (from == lines->tail.state.at && is_final(lines, from))
    index_to(lines, mark);
  return true;
}

bool stepped_index(struct body_lines *lines, uint64_t bytes) {
  uint64_t from = lines->tail.state.at;
  while (!lines->complete && lines->tail.state.at - from < bytes) {
    struct line_mark next = lines->tail;
    if (!is_final(lines, next.state.at))
      return true;
    if (advance(lines, &next))
      continue;
    lines->complete = lines_ended(lines);
    return true;
  }
  return lines->complete;
}

/* ---- the lines walked over last ---- */

static struct line_mark *last(struct body_lines *lines) {
  return &lines->recent[lines->recents - 1];
}

static void remember(struct body_lines *lines, const struct line_mark *mark) {
  if (!lines->recent)
    lines->recent = mem_alloc(RECENT * sizeof *lines->recent);
  if (lines->recents == RECENT) {
    memmove(lines->recent, lines->recent + RECENT / 2, RECENT / 2 * sizeof *lines->recent);
    lines->recents = RECENT / 2;
  }
  lines->recent[lines->recents++] = *mark;
}

/* The body has grown: which of them hold? A state does when the step that led to it was final. */
static void forget_guesses(struct body_lines *lines) {
  uint64_t size = lines_size(lines);
  if (size == lines->recent_size)
    return;
  while (lines->recents > 1 && lines->recent_size - lines->recent[lines->recents - 2].state.at < LINE_REACH)
    lines->recents--;
  if (lines->recents == 1 && last(lines)->state.at > lines->tail.state.at)
    lines->recents = 0;
  lines->recent_size = size;
}

/* Which of them is the last one not behind `at`. */
static size_t place_of(const struct body_lines *lines, uint64_t at) {
  size_t low = 0, high = lines->recents;
  while (low + 1 < high) {
    size_t middle = low + (high - low) / 2;
    if (lines->recent[middle].state.at <= at)
      low = middle;
    else
      high = middle;
  }
  return low;
}

static void begin_near(struct body_lines *lines, uint64_t at) {
  size_t low = 0, high = lines->mark.n;
  while (low + 1 < high) {
    size_t middle = low + (high - low) / 2;
    if (lines->mark.v[middle].state.at <= at)
      low = middle;
    else
      high = middle;
  }
  struct line_mark from = lines->mark.n && lines->tail.state.at > at ? lines->mark.v[low] : lines->tail;
  lines->recents = 0;
  remember(lines, &from);
}

/* The state before the piece that holds the byte at `at`. Walks there: `at` is indexed, or near. */
static struct line_mark *look_up(struct body_lines *lines, uint64_t at) {
  forget_guesses(lines);
  bool known = lines->recents && lines->recent[0].state.at <= at;
  if (!known || (last(lines)->state.at < at && at - last(lines)->state.at > lines->stride))
    begin_near(lines, at);
  while (last(lines)->state.at < at) {
    struct line_mark next = *last(lines);
    if (!advance(lines, &next))
      break;
    remember(lines, &next);
  }
  return &lines->recent[place_of(lines, at)];
}

/* Behind the last line there may be blanks, which are no line. */
static bool is_line(struct body_lines *lines, const struct line_mark *mark) {
  struct line_mark next = *mark;
  uint64_t size = lines_size(lines);
  return mark->state.at < size && (size - mark->state.at >= LINE_REACH || step(lines, &next, NULL));
}

/* ---- places ---- */

static void set_place(struct body_place *place, const struct line_mark *mark) {
  *place = (struct body_place){.at = mark->state.at, .line = mark->line, .part = mark->state.part};
}

static bool is_near(const struct body_lines *lines, uint64_t at) {
  return at < lines->tail.state.at + INDEX_NEAR;
}

bool stepped_find(struct body_lines *lines, uint64_t offset, struct body_place *place) {
  uint64_t size = lines_size(lines);
  if (!size)
    return false;
  if (offset >= size)
    offset = size - 1;
  if (!is_near(lines, offset)) {
    plain_find(lines, offset, place);
    place->about = place->at >= lines->tail.state.at;
    double so_far = (double)(lines->tail.line + 1) / (double)(lines->tail.state.at + 1);
    place->line = (uint64_t)(so_far * (double)place->at);
    if (place->about)
      return true;
  }
  const struct line_mark *mark = look_up(lines, offset);
  if (!is_line(lines, mark)) {
    if (!mark->state.at)
      return false;
    mark = look_up(lines, mark->state.at - 1);
  }
  set_place(place, mark);
  return true;
}

bool stepped_next(struct body_lines *lines, struct body_place *place) {
  if (place->about)
    return plain_next(lines, place);
  struct line_mark *mark = look_up(lines, place->at);
  bool known = mark != last(lines);
  struct line_mark next = known ? mark[1] : *mark;
  if ((!known && !advance(lines, &next)) || !is_line(lines, &next))
    return false;
  if (!known)
    remember(lines, &next);
  set_place(place, &next);
  return true;
}

bool stepped_previous(struct body_lines *lines, struct body_place *place) {
  if (!place->at)
    return false;
  if (place->about && !is_near(lines, place->at - 1)) {
    uint64_t line = place->line;
    bool part = place->part;
    plain_find(lines, place->at - 1, place);
    place->line = line > 0 && !part ? line - 1 : line;
    return true;
  }
  const struct line_mark *mark = look_up(lines, place->at);
  if (place->about || mark->state.at == place->at) {
    if (!mark->state.at)
      return false;
    mark = look_up(lines, place->at - 1);
  }
  set_place(place, mark);
  return true;
}

void stepped_get(struct body_lines *lines, const struct body_place *place, struct body_line *out) {
  if (place->about) {
    plain_get(lines, place, out);
    return;
  }
  struct line_mark mark = *look_up(lines, place->at);
  step(lines, &mark, out);
}

bool stepped_walk(struct body_lines *lines, struct body_place *place, struct body_shape *shape) {
  struct line_mark *mark = look_up(lines, place->at);
  uint64_t from = mark->state.at;
  bool known = mark != last(lines);
  struct line_mark next = known ? mark[1] : *mark;
  if (from != place->at || (!known && !advance(lines, &next)))
    return false;
  if (!known)
    remember(lines, &next);
  const struct line_state *s = &next.state;
  *shape = (struct body_shape){.level = s->level,
                               .closes = s->closes,
                               .goes_on = s->goes_on,
                               .final = is_final(lines, from),
                               .plain = s->kind == BODY_TEXT};
  shape->opens = !shape->plain && !s->part && s->depth > s->level;
  set_place(place, &next);
  return true;
}

static bool stands_before(const struct line_mark *mark, uint64_t line) {
  return mark->line < line || (mark->line == line && !mark->state.part);
}

bool stepped_at_line(struct body_lines *lines, uint64_t line, struct body_place *place) {
  size_t low = 0, high = lines->mark.n;
  if (!stands_before(&lines->tail, line) && lines->mark.n) {
    while (low + 1 < high) {
      size_t middle = low + (high - low) / 2;
      if (stands_before(&lines->mark.v[middle], line))
        low = middle;
      else
        high = middle;
    }
    lines->recents = 0;
    remember(lines, &lines->mark.v[low]);
  } else if (lines->tail.line == line && !lines->tail.state.part) {
    lines->recents = 0;
    remember(lines, &lines->tail);
  } else {
    return false;
  }
  while (last(lines)->line < line) {
    struct line_mark next = *last(lines);
    if (!advance(lines, &next))
      return false;
    remember(lines, &next);
  }
  if (!is_line(lines, last(lines)))
    return false;
  set_place(place, last(lines));
  return true;
}

enum body_lines_found stepped_next_line(struct body_lines *lines, struct body_place *place) {
  if (place->about)
    return plain_next_line(lines, place);
  struct body_place walk = *place;
  for (int i = 0; i < PIECES_NEAR; i++) {
    if (!stepped_next(lines, &walk))
      return BODY_LINES_NONE;
    if (!walk.part) {
      *place = walk;
      return BODY_LINES_FOUND;
    }
  }
  if (stepped_at_line(lines, place->line + 1, place))
    return BODY_LINES_FOUND;
  return lines->complete ? BODY_LINES_NONE : BODY_LINES_NOT_YET;
}

void stepped_line_start(struct body_lines *lines, struct body_place *place) {
  struct body_place walk = *place;
  if (place->about) {
    plain_line_start(lines, place);
    return;
  }
  for (int i = 0; i < PIECES_NEAR && walk.part; i++)
    if (!stepped_previous(lines, &walk))
      break;
  if (!walk.part)
    *place = walk;
  else
    stepped_at_line(lines, place->line, place);
}
