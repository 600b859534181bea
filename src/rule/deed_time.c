/* delay, throttle: when and how fast a message goes. */
#include "rule/deed.h"
#include "rule/words.h"
#include "weir/base/clock.h"
#include "weir/base/units.h"

static bool take_time(struct slice whole, struct slice word, uint64_t *ns, struct err *err) {
  struct err why = ERR_INIT;
  if (word.n && units_parse_duration(word, ns, &why) && *ns <= 3600 * CLOCK_S)
    return true;
  return err_set_at(err, words_place(whole, word), word.n, "%s",
                    why.text[0] ? why.text : "a time of up to an hour: 2s, 150ms");
}

/* "+-200ms", or with the sign of its own. */
static bool take_jitter(struct slice whole, struct slice *rest, uint64_t *ns, struct err *err) {
  static const char *const signs[] = {"+-", "\xc2\xb1"};
  struct slice word = words_next(rest);
  for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
    if (slice_starts(word, slice_of(signs[i])))
      return take_time(whole, slice_from(word, 2), ns, err);
  return err_set_at(err, words_place(whole, word), word.n, "behind the time stands +-TIME, how far it may be off");
}

static bool parse_delay(struct rule_deed *d, struct slice text, struct err *err) {
  struct slice rest = text;
  deed_take_side(d, &rest);
  d->tunnels = !d->response;
  if (!take_time(text, words_next(&rest), &d->time, err))
    return false;
  return rest.n == 0 ||
         (take_jitter(text, &rest, &d->jitter, err) &&
          (rest.n == 0 || err_set_at(err, words_place(text, rest), rest.n, "nothing stands behind that")));
}

/* The same from run to run for the same rule and its n-th hit. */
static uint64_t delay_of(const struct rule_deed *d, const struct rule *r) {
  if (!d->jitter)
    return d->time;
  uint64_t x = (r->hits + 1) * 0x9e3779b97f4a7c15u;
  x ^= x >> 29;
  x *= 0xbf58476d1ce4e5b9u;
  uint64_t off = (x >> 20) % (2 * d->jitter + 1);
  return d->time + off > d->jitter ? d->time + off - d->jitter : 0;
}

static bool delay(const struct rule_deed *d, struct deed_scene *s) {
  s->effects->delay += delay_of(d, s->rule);
  return true;
}

/* Bytes a second down and up, and the time to the first byte, of lines as people remember them. */
static const struct {
  const char *name;
  uint64_t down, up, latency;
} lines[] = {
    {"gprs", 6250, 2500, 500 * CLOCK_MS},     {"edge", 30000, 25000, 400 * CLOCK_MS},
    {"3g", 200000, 96000, 200 * CLOCK_MS},    {"4g", 1500000, 750000, 80 * CLOCK_MS},
    {"5g", 12500000, 2500000, 20 * CLOCK_MS}, {"dsl", 250000, 32000, 30 * CLOCK_MS},
    {"cable", 640000, 128000, 15 * CLOCK_MS}, {"satellite", 256000, 64000, 600 * CLOCK_MS},
};

static bool take_rate(struct slice whole, struct slice *rest, uint64_t *rate, struct err *err) {
  struct slice word = words_next(rest);
  if (slice_ends(word, SLICE("/s")))
    word.n -= 2;
  if (slice_ends(word, SLICE("B")))
    word.n--;
  if (units_parse_size(word, rate, NULL) && *rate >= 1 && *rate <= UINT64_C(10) << 30)
    return true;
  return err_set_at(err, words_place(whole, word), word.n,
                    "a rate is bytes a second: 32k/s; or one of gprs edge 3g 4g 5g dsl cable satellite");
}

static bool parse_throttle(struct rule_deed *d, struct slice text, struct err *err) {
  struct slice rest = text, after = text, word = words_next(&after);
  d->tunnels = !d->response;
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
    if (after.n == 0 && slice_eq_ascii(word, slice_of(lines[i].name))) {
      d->down = lines[i].down;
      d->up = lines[i].up;
      d->time = lines[i].latency;
      return true;
    }
  uint64_t rate;
  do {
    bool up = words_take(&rest, "up"), down = !up && words_take(&rest, "down");
    if (!take_rate(text, &rest, &rate, err))
      return false;
    if (!down)
      d->up = rate;
    if (!up)
      d->down = rate;
  } while (rest.n);
  return true;
}

static uint64_t slower(uint64_t a, uint64_t b) {
  return !a || (b && b < a) ? b : a;
}

static bool throttle(const struct rule_deed *d, struct deed_scene *s) {
  s->effects->up = slower(s->effects->up, d->up);
  s->effects->down = slower(s->effects->down, d->down);
  s->effects->delay += d->time;
  return true;
}

const struct deed_ops deed_delay = {"delay",
                                    RULE_DELAY,
                                    parse_delay,
                                    delay,
                                    "delay [request|response] TIME [+-TIME]",
                                    "Waits before the message goes on, give or take the second time."};
const struct deed_ops deed_throttle = {
    "throttle",
    RULE_THROTTLE,
    parse_throttle,
    throttle,
    "throttle [up|down] RATE... | gprs|edge|3g|4g|5g|dsl|cable|satellite",
    "Lets bodies go at so many bytes a second at most, each way or one; a line of that name has its latency too (down, "
    "up, before the message goes on): gprs 6 kB 2.5 kB 500 ms, edge 30 kB 25 kB 400 ms, 3g 200 kB 96 kB 200 ms, 4g 1.5 "
    "MB 750 kB 80 ms, 5g 12.5 MB 2.5 MB 20 ms, dsl 250 kB 32 kB 30 ms, cable 640 kB 128 kB 15 ms, satellite 256 kB 64 "
    "kB 600 ms."};
