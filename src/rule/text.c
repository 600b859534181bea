/* "POST path=/login once after 30s send", "[foo] GET path:/foo next 3 => answer 500": what stands behind a filter is read
 * from the end. */
#include "rule/text.h"

#include <string.h>

#include "rule/deed.h"
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

/* ---- FILTER LIMIT => ACTION ---- */

static bool number(struct slice word, uint32_t *n) {
  uint64_t value;
  if (!slice_to_u64(word, &value) || value == 0 || value > 1000000000)
    return false;
  *n = (uint32_t)value;
  return true;
}

/* "20%", "0.5%": of a million. */
static bool percent(struct slice word, uint32_t *million) {
  uint64_t whole, part = 0, scale = 10000;
  if (word.n < 2 || word.p[word.n - 1] != '%')
    return false;
  word.n--;
  ptrdiff_t dot = slice_find_byte(word, '.');
  if (dot >= 0) {
    struct slice digits = slice_from(word, (size_t)dot + 1);
    if (digits.n == 0 || digits.n > 4 || !slice_to_u64(digits, &part))
      return false;
    for (size_t i = 0; i < digits.n; i++)
      scale /= 10;
    part *= scale;
    word.n = (size_t)dot;
  }
  if (!slice_to_u64(word, &whole) || whole > 100)
    return false;
  *million = (uint32_t)(whole * 10000 + part);
  return *million > 0 && *million <= 1000000;
}

/* One limit at the end of *text, where what stands before it is a filter that is whole. */
static bool take_limit(struct slice *text, struct rule_words *out) {
  struct slice rest = *text, last = last_word(&rest), before = rest, word = last_word(&before);
  enum rule_limit limit = LIMIT_NONE;
  uint32_t n = 1;
  if (slice_eq(last, SLICE("once"))) {
    limit = LIMIT_NEXT;
    before = rest;
  } else if (slice_eq(word, SLICE("next")) && number(last, &n)) {
    limit = LIMIT_NEXT;
  } else if (slice_eq(word, SLICE("every")) && number(last, &n)) {
    limit = LIMIT_EVERY;
  } else if (slice_eq(word, SLICE("chance")) && percent(last, &n)) {
    limit = LIMIT_CHANCE;
  } else if (slice_eq(word, SLICE("seed")) && number(last, &n) && !out->seed) {
    struct rule_words chance = {0};
    if (!take_limit(&before, &chance) || chance.limit != LIMIT_CHANCE)
      return false;
    *out = chance;
    out->seed = n;
    *text = before;
    return true;
  }
  if (limit == LIMIT_NONE || (before.n > 0 && !slice_eq(before, SLICE("*")) && !compiles(before)))
    return false;
  out->limit = limit;
  out->limit_n = n;
  *text = before;
  return true;
}

/* The next "=>" that stands outside quotes, from *at on. */
static bool next_arrow(struct slice text, size_t *at, size_t *arrow) {
  bool quoted = false;
  for (size_t i = *at; i + 1 < text.n; i++) {
    if (text.p[i] == '\\' && quoted)
      i++;
    else if (text.p[i] == '"')
      quoted = !quoted;
    else if (!quoted && text.p[i] == '=' && text.p[i + 1] == '>') {
      *arrow = i;
      *at = i + 2;
      return true;
    }
  }
  return false;
}

static bool take_name(struct slice *rest, struct rule_words *out, struct err *err, struct slice text) {
  if (rest->n == 0 || rest->p[0] != '[')
    return true;
  ptrdiff_t end = slice_find_byte(*rest, ']');
  struct slice name = end > 0 ? slice_trim(slice_sub(*rest, 1, (size_t)end - 1)) : (struct slice){NULL, 0};
  if (name.n == 0 || name.n > 60)
    return err_set_at(err, (size_t)(rest->p - text.p), end > 0 ? (size_t)end + 1 : 1,
                      "a name stands in brackets and has 1 to 60 letters: [foo]");
  out->name = name;
  *rest = slice_trim(slice_from(*rest, (size_t)end + 1));
  return true;
}

/* pause [once] [responses] [after TIME send|drop|504]: read from the end, as behind an intercept's filter. */
static bool pause_parse(struct slice text, struct rule_words *out, struct err *err) {
  struct slice rest = text, fault = {NULL, 0};
  while (rest.n > 0) {
    struct slice left = rest, last = last_word(&left), time, word, before;
    enum flow_pause_end end;
    uint64_t ns;
    if (slice_eq(last, SLICE("once"))) {
      out->pause.once = true;
      rest = left;
      continue;
    }
    if (slice_eq(last, SLICE("responses"))) {
      out->pause.responses = true;
      rest = left;
      continue;
    }
    before = left;
    time = last_word(&before);
    word = last_word(&before);
    if (!slice_eq(word, SLICE("after")) || !is_time(time, &ns) || !end_named(last, &end)) {
      fault = last;
      break;
    }
    out->pause.end = ns > 0 ? end : PAUSE_WAITS;
    out->pause.after = out->pause.end != PAUSE_WAITS ? ns : 0;
    rest = before;
  }
  return fault.n == 0 || err_set_at(err, (size_t)(fault.p - text.p), fault.n,
                                    "behind \"pause\" may stand once, responses, and after 30s send|drop|504");
}

/* It must be able to stand in a file as a line. */
static bool is_line(struct slice text, struct err *err) {
  for (size_t i = 0; i < text.n; i++)
    if (((unsigned char)text.p[i] < 0x20 && text.p[i] != '\t') || text.p[i] == 0x7f)
      return err_set_at(err, i, 1, "a control byte may not stand in a rule");
  struct slice trimmed = slice_trim(text);
  if (trimmed.n && trimmed.p[0] == '#')
    return err_set_at(err, (size_t)(trimmed.p - text.p), 1, "# begins a comment");
  if (trimmed.n && trimmed.p[trimmed.n - 1] == '\\')
    return err_set_at(err, (size_t)(trimmed.p - text.p) + trimmed.n - 1, 1,
                      "a backslash at the end would join the next line to it");
  return true;
}

/* A limit that was not understood would be a filter that nothing matches. */
static bool has_no_limit(struct slice text, struct slice filter, struct err *err) {
  static const char *const words[] = {"next", "once", "every", "chance", "seed"};
  bool quoted = false;
  for (size_t i = 0, end; i < filter.n; i = end + 1) {
    for (end = i; end < filter.n && filter.p[end] != ' ' && filter.p[end] != '\t'; end++)
      quoted = quoted != (filter.p[end] == '"');
    for (size_t k = 0; !quoted && k < sizeof words / sizeof *words; k++)
      if (slice_eq(slice_sub(filter, i, end - i), slice_of(words[k])))
        return err_set_at(err, (size_t)(filter.p - text.p) + i, end - i,
                          "how often it acts is next N, once, every N or chance P%% [seed N], behind the filter; a "
                          "word that is looked for goes in quotes");
  }
  return true;
}

bool rule_parse(struct slice text, struct rule_words *out, struct err *err) {
  struct slice rest = slice_trim(text);
  memset(out, 0, sizeof *out);
  out->pause.end = PAUSE_WAITS;
  if (text.n > RULE_TEXT_MAX)
    return err_set(err, "a rule has at most %d KiB", RULE_TEXT_MAX / 1024);
  if (!is_line(text, err))
    return false;
  if (!take_name(&rest, out, err, text))
    return false;
  if (slice_starts(rest, SLICE("off ")) && slice_find(rest, SLICE("=>")) > 4) {
    out->off = true;
    rest = slice_trim(slice_from(rest, 4));
  }
  size_t at = 0, arrow = 0, chosen = SIZE_MAX;
  struct rule_words limits = {0};
  while (next_arrow(rest, &at, &arrow)) {
    struct slice left = slice_trim(slice_sub(rest, 0, arrow));
    struct rule_words one = {0};
    take_limit(&left, &one);
    bool all = left.n == 0 || slice_eq(left, SLICE("*"));
    bool good = all || compiles(left);
    if (chosen == SIZE_MAX || good) {
      chosen = arrow;
      limits = one;
      out->where = left;
      out->filter = all ? (struct slice){NULL, 0} : left;
    }
    if (good)
      break;
  }
  if (chosen == SIZE_MAX)
    return err_set_at(err, text.n, 0, "a rule is FILTER => ACTION: path:/api => answer 500");
  if (!has_no_limit(text, out->where, err))
    return false;
  out->limit = limits.limit;
  out->limit_n = limits.limit_n;
  out->seed = limits.seed;
  out->action = slice_trim(slice_from(rest, chosen + 2));
  size_t place = (size_t)((out->action.n ? out->action.p : rest.p + rest.n) - text.p);
  if (!deed_word(out->action, &out->kind, &out->deed, err)) {
    if (err)
      err->at += place;
    return false;
  }
  if (out->kind == RULE_PAUSE && !pause_parse(out->deed, out, err)) {
    if (err)
      err->at += (size_t)(out->deed.p - text.p);
    return false;
  }
  return true;
}

bool rule_parts(struct slice text, struct rule_parts *out) {
  struct rule_words words;
  rule_parse(text, &words, NULL); /* the action may be wrong, or not written yet */
  *out = (struct rule_parts){0};
  if (!words.where.p)
    return false;
  out->filter_at = (size_t)(words.where.p - text.p);
  out->filter_n = words.where.n;
  out->action_at = (size_t)(words.action.p - text.p);
  out->name = words.name;
  out->off = words.off;
  return true;
}
