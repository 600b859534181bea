#include "ui/folds.h"

#include "weir/base/clock.h"

#define LOOKS 64 /* lines between two looks at the clock */

void folds_clear(struct folds *f) {
  VEC_CLEAR(&f->fold);
  VEC_CLEAR(&f->shown);
  VEC_CLEAR(&f->open);
  *f = (struct folds){.walk = FOLDS_REST};
}

/* ---- which are on ---- */

/* The first fold at or behind `at`. */
static size_t search(const struct folds *f, uint64_t at) {
  size_t low = 0, high = f->fold.n;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (f->fold.v[middle].at < at)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static const struct fold *shown(const struct folds *f, size_t i) {
  return &f->fold.v[f->shown.v[i]];
}

/* The same of those that are on. */
static size_t search_shown(const struct folds *f, uint64_t at) {
  size_t low = 0, high = f->shown.n;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (shown(f, middle)->at < at)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

const struct fold *folds_at(const struct folds *f, uint64_t at) {
  size_t i = search_shown(f, at);
  return i < f->shown.n && shown(f, i)->at == at ? shown(f, i) : NULL;
}

const struct fold *folds_hiding(const struct folds *f, uint64_t at) {
  size_t i = search_shown(f, at);
  return i > 0 && shown(f, i - 1)->close >= at ? shown(f, i - 1) : NULL;
}

static void show(struct folds *f) {
  f->shown.n = 0;
  for (size_t i = 0; i < f->fold.n; i++) {
    const struct fold *last = f->shown.n > 0 ? shown(f, f->shown.n - 1) : NULL;
    if (f->fold.v[i].close > 0 && (last == NULL || f->fold.v[i].at > last->close))
      VEC_PUSH(&f->shown, (uint32_t)i);
  }
}

/* Those whose end is not known are no folds. */
static void drop_unfinished(struct folds *f) {
  size_t kept = 0;
  for (size_t i = 0; i < f->fold.n; i++)
    if (f->fold.v[i].close > 0)
      f->fold.v[kept++] = f->fold.v[i];
  f->fold.n = kept;
}

void folds_stop(struct folds *f) {
  f->walk = FOLDS_REST;
  f->open.n = 0;
  drop_unfinished(f);
  show(f);
}

void folds_open(struct folds *f, uint64_t at) {
  folds_stop(f);
  f->all = false;
  size_t i = search(f, at);
  if (i < f->fold.n && f->fold.v[i].at == at)
    VEC_REMOVE(&f->fold, i);
  show(f);
}

bool folds_reveal(struct folds *f, uint64_t at) {
  if (folds_hiding(f, at) == NULL)
    return false;
  folds_stop(f);
  f->all = false;
  size_t kept = 0;
  for (size_t i = 0; i < f->fold.n; i++)
    if (!(f->fold.v[i].at < at && f->fold.v[i].close >= at))
      f->fold.v[kept++] = f->fold.v[i];
  f->fold.n = kept;
  show(f);
  return true;
}

void folds_open_all(struct folds *f) {
  folds_stop(f);
  f->fold.n = f->shown.n = 0;
  f->all = f->too_many = false;
}

/* ---- beginning ---- */

static bool shape_at(struct body_lines *lines, const struct body_place *place, struct body_shape *shape) {
  struct body_place walk = *place;
  return body_lines_walk(lines, &walk, shape);
}

bool folds_can_close(struct body_lines *lines, const struct body_place *place) {
  struct body_shape shape;
  return shape_at(lines, place, &shape) && shape.opens;
}

static void begin(struct folds *f, enum folds_walk walk, const struct body_place *place) {
  f->all = false;
  f->walk = walk;
  f->place = *place;
  f->from = f->before = place->at;
  f->beyond = f->found = false;
  f->open.n = 0;
}

/* Behind the line that opens it, with the fold noted but not on. */
static bool begin_one(struct folds *f, struct body_lines *lines, const struct body_place *place) {
  struct body_shape shape;
  struct body_place walk = *place;
  if (!body_lines_walk(lines, &walk, &shape) || !shape.opens)
    return false;
  size_t i = search(f, place->at);
  struct fold fold = {.at = place->at, .line = place->line, .level = shape.level, .resume = walk.at};
  if (i < f->fold.n && f->fold.v[i].at == place->at)
    f->fold.v[i] = fold;
  else
    VEC_INSERT(&f->fold, i, fold);
  show(f);
  begin(f, FOLDS_ONE, &walk);
  f->from = f->before = place->at;
  VEC_PUSH(&f->open, (uint32_t)i);
  return true;
}

bool folds_close(struct folds *f, struct body_lines *lines, const struct body_place *place) {
  folds_stop(f);
  if (f->fold.n < FOLDS_MAX)
    return begin_one(f, lines, place);
  f->too_many = true;
  return false;
}

void folds_close_around(struct folds *f, struct body_lines *lines, const struct body_place *place) {
  struct body_shape shape;
  folds_stop(f);
  if (!shape_at(lines, place, &shape))
    return;
  begin(f, FOLDS_UP, place);
  f->least = (uint16_t)(shape.level + (shape.closes ? 1 : 0));
}

void folds_close_all(struct folds *f, struct body_lines *lines, uint16_t least) {
  struct body_place first;
  folds_open_all(f);
  if (!body_lines_first(lines, &first))
    return;
  begin(f, FOLDS_ALL, &first);
  f->least = least;
  f->all = true;
}

bool folds_waiting(const struct folds *f) {
  const struct fold *last = f->shown.n > 0 ? shown(f, f->shown.n - 1) : NULL;
  return last != NULL && last->close == UINT64_MAX && !last->whole;
}

bool folds_resume(struct folds *f, struct body_lines *lines, uint64_t size, bool ended) {
  const struct fold *last = f->shown.n > 0 ? shown(f, f->shown.n - 1) : NULL;
  struct body_place place, before;
  if ((size == f->size && ended == f->ended) || f->walk != FOLDS_REST || last == NULL || last->close != UINT64_MAX ||
      last->whole || !body_lines_find(lines, last->resume, &place))
    return false;
  uint32_t i = f->shown.v[f->shown.n - 1];
  if (place.at != last->resume || place.about) /* a line that was cut differently then */
    return body_lines_find(lines, last->at, &place) && begin_one(f, lines, &place);
  before = place;
  body_lines_previous(lines, &before);
  begin(f, FOLDS_ONE, &place);
  f->from = last->at;
  f->before = before.at;
  f->fold.v[i].items = last->resume_items;
  VEC_PUSH(&f->open, i);
  return true;
}

/* ---- walking ---- */

static struct fold *innermost(struct folds *f) {
  return f->open.n > 0 ? &f->fold.v[f->open.v[f->open.n - 1]] : NULL;
}

/* The innermost one ends with the line at `close`; of one without anything in it nothing is left. */
static void end_innermost(struct folds *f, uint64_t close, uint64_t line, bool closed) {
  struct fold *fold = innermost(f);
  fold->close = close > fold->at ? close : 0;
  fold->closed = closed;
  fold->lines = line - fold->line;
  f->open.n--;
}

/* What the line at `at` does to those that are open. */
static void take_line(struct folds *f, const struct body_place *at, const struct body_shape *s) {
  while (f->open.n > 0 && s->level <= innermost(f)->level) {
    bool closed = s->closes && !s->opens && s->level == innermost(f)->level;
    end_innermost(f, closed ? at->at : f->before, closed ? at->line : at->line - 1, closed);
  }
  struct fold *in = innermost(f);
  if (in != NULL && !s->closes && s->level == in->level + 1 && in->items < UINT32_MAX)
    in->items++;
}

static void open_line(struct folds *f, const struct body_place *at, const struct body_shape *s) {
  struct fold fold = {.at = at->at, .line = at->line, .level = s->level, .resume = f->place.at};
  if (!s->opens || s->level < f->least)
    return;
  f->too_many = f->fold.n >= FOLDS_MAX;
  if (f->too_many)
    return;
  VEC_PUSH(&f->open, (uint32_t)f->fold.n);
  VEC_PUSH(&f->fold, fold);
}

/* From here on lines may be other ones when more has come. */
static void note_beyond(struct folds *f, const struct body_place *at) {
  for (size_t i = 0; i < f->open.n && !f->beyond; i++) {
    struct fold *fold = &f->fold.v[f->open.v[i]];
    fold->resume = at->at;
    fold->resume_items = fold->items;
  }
  f->beyond = true;
}

/* Nothing follows: what is open is so to the end. */
static void at_end(struct folds *f, bool ended) {
  while (f->open.n > 0) {
    innermost(f)->whole = ended;
    end_innermost(f, UINT64_MAX, f->place.line, false);
  }
}

/* False: the walk is over. */
static bool walk_down(struct folds *f, struct body_lines *lines, bool ended) {
  struct body_place here = f->place;
  struct body_shape s;
  if (!body_lines_walk(lines, &f->place, &s)) {
    at_end(f, ended);
    return false;
  }
  if (!s.final)
    note_beyond(f, &here);
  if (!s.goes_on) {
    take_line(f, &here, &s);
    if (f->walk == FOLDS_ALL)
      open_line(f, &here, &s);
  }
  f->before = here.at;
  return f->walk == FOLDS_ALL ? !f->too_many : f->open.n > 0;
}

static bool walk_up(struct folds *f, struct body_lines *lines) {
  struct body_shape s;
  if (!body_lines_previous(lines, &f->place))
    return false;
  if (!shape_at(lines, &f->place, &s) || s.goes_on || !s.opens || s.level >= f->least)
    return true;
  f->target = f->place.at;
  struct body_place place = f->place;
  if (!begin_one(f, lines, &place))
    return false;
  f->found = true;
  return true;
}

bool folds_step(struct folds *f, struct body_lines *lines, uint64_t size, bool ended, uint64_t deadline) {
  f->size = size;
  f->ended = ended;
  bool more = f->walk != FOLDS_REST;
  for (unsigned n = 0; more && (++n % LOOKS != 0 || clock_mono() < deadline);)
    more = f->walk == FOLDS_UP ? walk_up(f, lines) : walk_down(f, lines, ended);
  if (!more)
    folds_stop(f);
  return more;
}

unsigned folds_percent(const struct folds *f, uint64_t size) {
  if (f->walk == FOLDS_UP || size <= f->from)
    return 0;
  uint64_t done = f->place.at > f->from ? f->place.at - f->from : 0;
  return (unsigned)(done * 100 / (size - f->from));
}
