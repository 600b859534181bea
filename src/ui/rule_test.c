/* Which of the rules would act on a flow that is there: asked in their order, as if it came once more. */
#include "ui/rule_acts.h"
#include "weir/base/clock.h"
#include "weir/filter/filter.h"

#define PATIENCE (50 * CLOCK_MS) /* for all of them together */

void rule_test_clear(struct rule_test *t) {
  VEC_CLEAR(&t->result);
  t->flow = 0;
}

/* What is taken now and then only ends nothing for sure. */
static bool ends(const struct rule *r) {
  if (r->limit == LIMIT_EVERY || r->limit == LIMIT_CHANCE)
    return false;
  switch (r->kind) {
  case RULE_ANSWER:
  case RULE_FILE:
  case RULE_REDIRECT:
  case RULE_BLOCK:
  case RULE_PASS:
  case RULE_RECORDED:
    return true;
  default:
    return false;
  }
}

static enum rule_verdict ask(const struct rules *rules, const struct rule *r, const struct flow *f, uint64_t deadline,
                             bool *ended) {
  struct filter *filter = filter_compile(slice_of(r->condition), NULL);
  if (filter != NULL)
    filter_look_at_both(filter);
  enum filter_answer answer = filter != NULL ? filter_step(filter, f, deadline, NULL) : FILTER_NO;
  filter_free(filter);
  bool all_on = r->kind == RULE_PAUSE ? intercept_enabled(rules) : rules_enabled(rules);
  if (answer != FILTER_YES)
    return answer == FILTER_MORE ? VERDICT_UNKNOWN : VERDICT_NO;
  if (!r->on || !all_on)
    return VERDICT_OFF;
  if (*ended)
    return VERDICT_BEHIND;
  *ended = ends(r);
  return VERDICT_ACTS;
}

void rule_test_make(struct rule_test *t, const struct rules *rules, const struct flow *f) {
  uint64_t deadline = clock_mono() + PATIENCE;
  bool ended[2] = {false, false};
  const struct rule *r;
  rule_test_clear(t);
  t->flow = f->id;
  for (size_t i = 0; (r = rule_nth(rules, i)) != NULL; i++) {
    struct rule_result one = {r->id, ask(rules, r, f, deadline, &ended[r->response])};
    VEC_PUSH(&t->result, one);
  }
}

enum rule_verdict rule_test_of(const struct rule_test *t, unsigned id) {
  for (size_t i = 0; i < t->result.n; i++)
    if (t->result.v[i].id == id)
      return t->result.v[i].verdict;
  return VERDICT_NO;
}

size_t rule_test_ender(const struct rule_test *t, const struct rules *rules, unsigned id) {
  const struct rule *r, *behind = rule_find(rules, id);
  if (behind == NULL || rule_test_of(t, id) != VERDICT_BEHIND)
    return 0;
  for (size_t i = 0; (r = rule_nth(rules, i)) != NULL; i++)
    if (r->response == behind->response && ends(r) && rule_test_of(t, r->id) == VERDICT_ACTS)
      return i + 1;
  return 0;
}

void rule_test_words(const struct rule_test *t, const struct rules *rules, struct buf *out) {
  static const char *const said[] = {
      [VERDICT_ACTS] = "would act",
      [VERDICT_OFF] = "would, but off",
      [VERDICT_BEHIND] = "behind one that ends the list",
      [VERDICT_UNKNOWN] = "took too long to ask",
  };
  bool any = false;
  buf_printf(out, "#%llu: ", (unsigned long long)t->flow);
  for (int verdict = VERDICT_ACTS; verdict <= VERDICT_UNKNOWN; verdict++) {
    const struct rule *r;
    size_t n = 0;
    for (size_t i = 0; (r = rule_nth(rules, i)) != NULL; i++)
      if ((int)rule_test_of(t, r->id) == verdict)
        buf_printf(out, "%s%zu", n++ > 0 ? ", " : any ? "; " : "rule ", i + 1);
    if (n > 0)
      buf_printf(out, " %s", said[verdict]);
    any |= n > 0;
  }
  if (!any)
    buf_add_text(out, "no rule would act");
}
