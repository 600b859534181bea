/* What tests of the filter ask of texts: that they compile, which flows they match, what is said of them. Include after
 * cmocka.h. */
#ifndef WEIR_TESTS_FILTER_CASES_H
#define WEIR_TESTS_FILTER_CASES_H

#include <stdio.h>
#include <string.h>

#include "weir/filter/filter.h"

static inline struct filter *compile(const char *text) {
  struct err err = ERR_INIT;
  struct filter *f = filter_compile(slice_of(text), &err);
  if (!f)
    fail_msg("%s: %s (at %zu)", text, err.text, err.at);
  return f;
}

/* expected "1 3": the numbers of those that match, in order; no pattern may run into a limit. now: 0: the clock's. */
static inline void assert_matches_of(const char *text, const char *expected, struct flow *const *flow, size_t n,
                                     uint64_t now) {
  struct filter *f = compile(text);
  char found[64] = "";
  bool limit = false;
  filter_set_now(f, now);
  for (size_t i = 0; i < n; i++) {
    if (filter_match(f, flow[i], &limit))
      snprintf(found + strlen(found), sizeof found - strlen(found), "%s%d", *found ? " " : "", (int)flow[i]->id);
    assert_false(limit);
  }
  filter_free(f);
  if (strcmp(found, expected) != 0)
    fail_msg("%s: matches \"%s\", expected \"%s\"", text, found, expected);
}

struct fault_case {
  const char *text;
  size_t at, span; /* span 0: wherever */
  const char *says;
};

static inline void assert_fault(const struct fault_case *c) {
  struct err err = ERR_INIT;
  if (filter_compile(slice_of(c->text), &err))
    fail_msg("%s: compiled", c->text);
  if (!strstr(err.text, c->says))
    fail_msg("%s: \"%s\" does not say \"%s\"", c->text, err.text, c->says);
  assert_true(err.at <= strlen(c->text) && err.at + err.span <= strlen(c->text));
  if (c->span && (err.at != c->at || err.span != c->span))
    fail_msg("%s: fault at %zu, %zu bytes; expected %zu, %zu", c->text, err.at, err.span, c->at, c->span);
}

struct needs_case {
  const char *text;
  unsigned needs;
  bool bodies; /* it reads them, not only their size */
  bool of_response;
};

static inline void assert_needs(const struct needs_case *c) {
  struct filter *f = compile(c->text);
  if (filter_needs(f) != c->needs || filter_speaks_of_response(f) != c->of_response ||
      filter_reads_bodies(f) != c->bodies)
    fail_msg("%s: needs %u", c->text, filter_needs(f));
  assert_string_equal(filter_text(f), c->text);
  filter_free(f);
}

struct narrows_case {
  const char *wide, *narrow;
  bool narrows;
};

static inline void assert_narrows(const struct narrows_case *c) {
  struct filter *wide = compile(c->wide), *narrow = compile(c->narrow);
  if (filter_narrows(wide, narrow) != c->narrows)
    fail_msg("\"%s\" %s narrow \"%s\"", c->narrow, c->narrows ? "does not" : "must not", c->wide);
  filter_free(wide);
  filter_free(narrow);
}

#endif
