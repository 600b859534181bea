/* fault: what goes wrong with a message on its way. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rule/deed.h"
#include "rule/message.h"
#include "rule/words.h"
#include "weir/base/clock.h"
#include "weir/base/mem.h"
#include "weir/base/units.h"
#include "weir/http/head_edit.h"

enum { DOES_RESET, DOES_TRUNCATE, DOES_HANG, DOES_DRIP, DOES_FLIP, DOES_LENGTH };
static const char *const names[] = {"reset", "truncate", "hang", "drip", "flip", "length"};

#define OFFSET_MAX (UINT64_C(1) << 50)

static bool take_size(struct slice whole, struct slice *rest, uint64_t *size, struct err *err) {
  struct slice word = words_next(rest);
  if (word.n && units_parse_size(word, size, NULL) && *size < OFFSET_MAX)
    return true;
  return err_set_at(err, words_place(whole, word), word.n, "how many bytes? 0, 300, 64k");
}

/* +N or -N: *less tells which. */
static bool take_offset(struct slice whole, struct slice *rest, uint64_t *n, bool *less, struct err *err) {
  struct slice word = words_next(rest);
  *less = slice_starts(word, SLICE("-"));
  if ((*less || slice_starts(word, SLICE("+"))) && units_parse_size(slice_from(word, 1), n, NULL) && *n > 0 &&
      *n < OFFSET_MAX)
    return true;
  return err_set_at(err, words_place(whole, word), word.n, "by how much is it wrong? length +10, length -1");
}

static bool take_time(struct slice whole, struct slice *rest, uint64_t *ns, struct err *err) {
  struct slice word = words_next(rest);
  if (word.n && units_parse_duration(word, ns, NULL) && *ns > 0 && *ns <= 3600 * CLOCK_S)
    return true;
  return err_set_at(err, words_place(whole, word), word.n, "drip SIZE TIME: the time between, 50ms or 2s");
}

static bool parse(struct rule_deed *d, struct slice text, struct err *err) {
  struct slice rest = text;
  bool good;
  d->response = true; /* what a client makes of a broken answer is what most want to know */
  deed_take_side(d, &rest);
  d->how = -1;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (words_take(&rest, names[i]))
      d->how = (int)i;
  d->tunnels = d->how == DOES_RESET || d->how == DOES_TRUNCATE || d->how == DOES_HANG;
  switch (d->how) {
  case -1:
    return err_set_at(err, words_place(text, rest), 0, "which fault? reset, truncate, hang, drip, flip or length");
  case DOES_DRIP:
    good = take_size(text, &rest, &d->size, err) && take_time(text, &rest, &d->time, err);
    if (good && !d->size)
      good = err_set_at(err, 0, text.n, "a piece has one byte at least");
    break;
  case DOES_LENGTH:
    good = take_offset(text, &rest, &d->size, &d->less, err);
    break;
  default:
    good = take_size(text, &rest, &d->size, err);
    break;
  }
  return good && (rest.n == 0 || err_set_at(err, words_place(text, rest), rest.n, "nothing stands behind that"));
}

static bool wrong_length(const struct rule_deed *d, struct deed_scene *s) {
  const struct http_head *head = flow_sent_head(flow_side(s->flow, s->side));
  struct slice value;
  uint64_t n;
  if (s->effects->transform || !http_head_find(head, "Content-Length", &value) || !slice_to_u64(value, &n)) {
    message_say(s, "it has no Content-Length that could be wrong: %s", s->rule->name);
    return false;
  }
  uint64_t wrong = !d->less ? n + d->size : d->size < n ? n - d->size : 0;
  char text[24];
  snprintf(text, sizeof text, "%" PRIu64, wrong);
  struct flow_edit *edit = message_edit(s);
  http_head_set(&edit->head, "Content-Length", text);
  edit->keep_length = true;
  message_say(s, "a rule says a Content-Length of %s where it is %" PRIu64 ": %s", text, n, s->rule->name);
  return true;
}

static void set_name(char **name, const struct deed_scene *s) {
  free(*name);
  *name = mem_dup(s->rule->name);
}

static bool act(const struct rule_deed *d, struct deed_scene *s) {
  static const enum rule_break breaks[] = {BREAK_RESET, BREAK_TRUNCATE, BREAK_HANG};
  struct rule_fault *fault = &s->effects->fault;
  switch (d->how) {
  case DOES_DRIP:
    fault->piece = d->size;
    fault->every = d->time;
    break;
  case DOES_FLIP:
    fault->flips = true;
    fault->flip_at = d->size;
    set_name(&fault->flip_by, s);
    break;
  case DOES_LENGTH:
    return wrong_length(d, s);
  default: /* of several the one that comes first */
    if (fault->how && fault->after <= d->size)
      return false;
    fault->how = breaks[d->how];
    fault->after = d->size;
    set_name(&fault->break_by, s);
    break;
  }
  return true;
}

const struct deed_ops deed_fault = {
    "fault",
    RULE_FAULT,
    parse,
    act,
    "fault [request|response] reset|truncate|hang SIZE | drip SIZE TIME | flip OFFSET | length +N|-N",
    "Breaks the response, or the request: after SIZE bytes of the body its connection is reset, closed in order, or "
    "left open with nothing more in it; the body goes in pieces of SIZE bytes with TIME between; the byte at OFFSET "
    "is inverted (the first is 0); Content-Length is wrong by N. Bytes are counted as they go, still coded."};
