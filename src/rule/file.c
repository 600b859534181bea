/* Rules from a file, and again when it has changed. */
#include "weir/rule/file.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "rule/rules.h"
#include "weir/base/clock.h"
#include "weir/base/mem.h"

/* A logical line: what was joined of it, and where its pieces lie in the file. */
struct line {
  struct buf text;
  unsigned number;  /* of its first line, from 1 */
  VEC(size_t) ends; /* in `text`, of each piece */
};

static bool is_comment(struct slice text) {
  text = slice_trim(text);
  return text.n == 0 || text.p[0] == '#';
}

static bool next_line(struct slice *rest, unsigned *number, struct line *line) {
  struct slice piece;
  bool joined = true;
  buf_reset(&line->text);
  line->ends.n = 0;
  line->number = *number + 1;
  if (rest->n == 0)
    return false;
  while (joined && rest->n && slice_split(rest, '\n', &piece)) {
    ++*number;
    if (*number == 1 && slice_starts(piece, SLICE("\xef\xbb\xbf"))) /* some editors begin a file so */
      piece = slice_from(piece, 3);
    if (piece.n && piece.p[piece.n - 1] == '\r')
      piece.n--;
    bool comment = line->ends.n == 0 && is_comment(piece);
    joined = !comment && piece.n && piece.p[piece.n - 1] == '\\';
    buf_add(&line->text, piece.p, piece.n - joined);
    VEC_PUSH(&line->ends, line->text.n);
  }
  return true;
}

static void put_place(const struct line *line, const struct err *why, struct err *err) {
  size_t piece = 0;
  while (piece + 1 < line->ends.n && why->at >= line->ends.v[piece])
    piece++;
  size_t begin = piece ? line->ends.v[piece - 1] : 0;
  err_set_at(err, why->at, why->span, "%u:%zu: %s", line->number + (unsigned)piece, why->at - begin + 1, why->text);
}

/* One that was made or switched by hand and is written as this line: the file has it from now on. */
static bool is_written_so(const struct rule *r, const char *text) {
  struct buf line = BUF_INIT;
  if (!strstr(text, r->action))
    return false;
  rule_put(r, &line);
  bool same = strcmp(buf_text(&line), text) == 0;
  buf_clear(&line);
  return same;
}

/* The rule that the same line made before, or would be written as, taken out of the list. */
static bool take_old(struct rules *rules, const char *text, struct rule *r) {
  for (size_t i = 0; i < rules->list.n; i++) {
    struct rule *old = &rules->list.v[i];
    bool same = old->from_file && strcmp(old->text, text) == 0;
    if (!same && !is_written_so(old, text))
      continue;
    if (!same) {
      rule_compile(old, text, false, NULL);
      old->from_file = true;
    }
    *r = *old;
    VEC_REMOVE(&rules->list, i);
    rules_changed(rules);
    return true;
  }
  return false;
}

/* The list as it was: whose place each was. */
struct place {
  unsigned id;
  bool from_file;
};

static bool is_in(const struct rules *rules, unsigned id) {
  for (size_t i = 0; i < rules->list.n; i++)
    if (rules->list.v[i].id == id)
      return true;
  return false;
}

#define PLACE_FIRST 0u
#define PLACE_LAST  UINT_MAX

/* The rule of the file that one of another origin stood behind, of those that are left. */
static unsigned stood_behind(const struct rules *made, const struct place *order, size_t n, unsigned id) {
  unsigned behind = PLACE_FIRST;
  bool last = true, found = false, any = false;
  for (size_t i = 0; i < n; i++) {
    found = found || order[i].id == id;
    any = any || order[i].from_file;
    if (found && order[i].from_file)
      last = false;
    else if (!found && order[i].from_file && is_in(made, order[i].id))
      behind = order[i].id;
  }
  return last && any ? PLACE_LAST : behind;
}

static void put_own(struct rules *rules, const struct rules *own, const unsigned *behind, unsigned place) {
  for (size_t i = 0; behind && i < own->list.n; i++)
    if (behind[i] == place)
      VEC_PUSH(&rules->list, own->list.v[i]);
}

/* The file's rules in its order; those that a person made beside it keep their places among them. */
static void put_in_force(struct rules *rules, struct rules *made, const struct place *order, size_t n) {
  struct rules *own = rules_new();
  VEC(unsigned) behind = {0};
  for (size_t i = rules->list.n; i-- > 0;)
    if (rules->list.v[i].from_file)
      rule_remove(rules, rules->list.v[i].id);
  for (size_t i = 0; i < rules->list.n; i++) {
    VEC_PUSH(&own->list, rules->list.v[i]);
    VEC_PUSH(&behind, stood_behind(made, order, n, rules->list.v[i].id));
  }
  rules->list.n = 0;
  put_own(rules, own, behind.v, PLACE_FIRST);
  for (size_t i = 0; i < made->list.n; i++) {
    struct rule r = made->list.v[i];
    VEC_PUSH(&rules->list, r);
    rule_made(rules, &r);
    if (r.kind == RULE_PAUSE && r.on)
      intercept_force(rules, r.id);
    put_own(rules, own, behind.v, r.id);
  }
  put_own(rules, own, behind.v, PLACE_LAST);
  rules_changed(rules);
  made->list.n = own->list.n = 0;
  rules_free(own);
  VEC_CLEAR(&behind);
}

bool rules_load(struct rules *rules, struct slice text, struct err *err) {
  struct slice rest = text;
  struct line line = {.text = BUF_INIT};
  unsigned number = 0;
  size_t count = 0;
  bool good = true;
  while (good && next_line(&rest, &number, &line)) {
    struct err why = ERR_INIT;
    if (is_comment(buf_slice(&line.text)))
      continue;
    struct rule r = {.on = true};
    good = rule_compile(&r, buf_text(&line.text), false, &why) && intercept_lets_go(rules, &r, &why);
    rule_clear(&r);
    if (good && ++count > RULE_LIST_MAX)
      good = err_set(&why, "more than %d rules", RULE_LIST_MAX);
    if (!good)
      put_place(&line, &why, err);
  }
  struct rules *made = good ? rules_new() : NULL;
  VEC(struct place) order = {0};
  for (size_t i = 0; i < rules->list.n; i++)
    VEC_PUSH(&order, ((struct place){rules->list.v[i].id, rules->list.v[i].from_file}));
  rest = text;
  number = 0;
  while (good && next_line(&rest, &number, &line)) {
    struct rule r = {.on = true, .from_file = true};
    if (is_comment(buf_slice(&line.text)))
      continue;
    if (take_old(rules, buf_text(&line.text), &r))
      VEC_PUSH(&made->list, r);
    else if (rule_compile(&r, buf_text(&line.text), false, NULL)) {
      r.id = ++rules->last_id;
      VEC_PUSH(&made->list, r);
    }
  }
  if (good)
    put_in_force(rules, made, order.v, order.n);
  rules_free(made);
  buf_clear(&line.text);
  VEC_CLEAR(&line.ends);
  VEC_CLEAR(&order);
  return good;
}

/* ---- writing ---- */

static void put_limit(const struct rule *r, struct buf *out) {
  switch (r->limit) {
  case LIMIT_NEXT:
    buf_printf(out, " next %u", (unsigned)r->limit_n);
    break;
  case LIMIT_EVERY:
    buf_printf(out, " every %u", (unsigned)r->limit_n);
    break;
  case LIMIT_CHANCE:
    buf_printf(out, " chance %g%%", (double)r->limit_n / 10000);
    if (r->seed)
      buf_printf(out, " seed %u", (unsigned)r->seed);
    break;
  case LIMIT_NONE:
    break;
  }
}

static void put_pause(const struct rule *r, struct buf *out) {
  static const char *const ends[] = {
      [PAUSE_WAITS] = "wait", [PAUSE_SENDS] = "send", [PAUSE_DROPS] = "drop", [PAUSE_ANSWERS] = "504"};
  buf_printf(out, "pause%s%s", r->once ? " once" : "", r->responses ? " responses" : "");
  if (r->end != PAUSE_WAITS)
    buf_printf(out, " after %llums %s", (unsigned long long)(r->after / CLOCK_MS), ends[r->end]);
}

void rule_put(const struct rule *r, struct buf *out) {
  if (r->named)
    buf_printf(out, "[%s] ", r->name);
  buf_printf(out, "%s%s", r->on ? "" : "off ", *r->condition ? r->condition : "*");
  put_limit(r, out);
  buf_add_text(out, " => ");
  if (r->kind == RULE_PAUSE)
    put_pause(r, out);
  else
    buf_add_text(out, r->action);
}

void rules_save(const struct rules *rules, struct buf *out) {
  for (size_t i = 0; i < rules->list.n; i++) {
    rule_put(&rules->list.v[i], out);
    buf_add_byte(out, '\n');
  }
}
