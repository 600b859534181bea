/* "POST path=/login once after 30s send": the words behind the filter, read from the end. */
#include "rule/text.h"

#include "weir/base/units.h"
#include "weir/filter/filter.h"

static const struct {
  const char *word;
  enum flow_pause_end end;
} ends[] = {{"send", PAUSE_SENDS}, {"drop", PAUSE_DROPS}, {"504", PAUSE_ANSWERS}, {"wait", PAUSE_WAITS}};

/* Takes the last word off; empty: there is none. */
static struct slice last_word(struct slice *text) {
  *text = slice_trim(*text);
  size_t at = text->n;
  while (at > 0 && text->p[at - 1] != ' ' && text->p[at - 1] != '\t')
    at--;
  struct slice word = slice_from(*text, at);
  *text = slice_trim(slice_sub(*text, 0, at));
  return word;
}

static bool end_named(struct slice word, enum flow_pause_end *end) {
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
    if (slice_eq(slice_of(ends[i].word), word)) {
      *end = ends[i].end;
      return true;
    }
  return false;
}

static bool is_time(struct slice word, uint64_t *ns) {
  return word.n > 0 && word.p[0] >= '0' && word.p[0] <= '9' && units_parse_duration(word, ns, NULL);
}

static bool compiles(struct slice text) {
  struct filter *filter = text.n > 0 ? filter_compile(text, NULL) : NULL;
  filter_free(filter);
  return filter != NULL;
}

/* "after 30s send" at the end; *fault where it looks so but is not. */
static bool take_after(struct slice *text, struct intercept_words *out, struct slice *fault) {
  struct slice rest = *text, last = last_word(&rest), time = last_word(&rest), before = rest, word = last_word(&before);
  enum flow_pause_end end;
  uint64_t ns;
  if (slice_eq(word, SLICE("after")) && is_time(time, &ns) && before.n > 0) {
    if (!end_named(last, &end)) {
      *fault = last;
      return false;
    }
    out->end = ns > 0 ? end : PAUSE_WAITS;
    out->after = out->end != PAUSE_WAITS ? ns : 0;
    *text = before;
    return true;
  }
  if (slice_eq(time, SLICE("after")) && is_time(last, &ns) && rest.n > 0)
    *fault = last;
  return false;
}

static bool take_once(struct slice *text, struct intercept_words *out) {
  struct slice rest = *text, last = last_word(&rest);
  if (!slice_eq(last, SLICE("once")) || !compiles(rest))
    return false;
  out->once = true;
  *text = rest;
  return true;
}

bool intercept_parse(struct slice text, struct intercept_words *out, struct err *err) {
  struct slice rest = slice_trim(text), fault = {NULL, 0};
  *out = (struct intercept_words){.end = PAUSE_WAITS};
  while (take_after(&rest, out, &fault) || take_once(&rest, out))
    continue;
  if (fault.p)
    return err_set_at(err, (size_t)(fault.p - text.p), fault.n,
                      "\"after\" wants a time and send, drop or 504: after 30s send");
  out->filter = rest;
  return true;
}

bool intercept_check(struct slice text, size_t *filter_n, bool *once, struct err *err) {
  struct intercept_words words;
  if (!intercept_parse(text, &words, err))
    return false;
  size_t n = words.filter.n > 0 ? (size_t)(words.filter.p - text.p) + words.filter.n : 0;
  if (filter_n)
    *filter_n = n;
  if (once)
    *once = words.once;
  struct filter *filter = filter_compile(slice_sub(text, 0, n), err);
  filter_free(filter);
  return filter != NULL;
}
