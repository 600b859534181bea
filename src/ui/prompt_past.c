/* Ctrl-R: what was typed before, and what is kept by a name, found by a few letters in any place. */
#include <stdlib.h>

#include "ui/fuzzy.h"
#include "ui/prompt_private.h"
#include "ui/ui_state.h"
#include "weir/base/mem.h"

static void offer_history(struct completion *c, const struct input_history *history) {
  for (size_t i = history->line.n; i > 0; i--) /* the latest first */
    completion_add(c, slice_of(history->line.v[i - 1]), NULL, false);
}

struct scored {
  struct candidate candidate;
  int score;
  size_t order;
};

static int compare(const void *a, const void *b) {
  const struct scored *x = a, *y = b;
  if (x->score != y->score)
    return x->score > y->score ? -1 : 1;
  return x->order < y->order ? -1 : 1;
}

static int score(struct slice typed, const struct candidate *one) {
  int text = fuzzy_score(typed, slice_of(one->text), NULL);
  int help = one->help != NULL ? fuzzy_score(typed, slice_of(one->help), NULL) : -1;
  return text > help ? text : help;
}

/* Those that have the letters, the best first; among equals the order stays. */
static void sift(struct completion *c, struct slice typed) {
  struct scored *scored = mem_zero(c->candidate.n, sizeof *scored);
  size_t n = 0;
  for (size_t i = 0; i < c->candidate.n; i++) {
    struct candidate *one = &c->candidate.v[i];
    int fits = score(typed, one);
    if (fits >= 0) {
      scored[n] = (struct scored){*one, fits, n};
      n++;
    } else {
      free(one->text);
      free(one->help);
    }
  }
  if (n > 1)
    qsort(scored, n, sizeof *scored, compare);
  for (size_t i = 0; i < n; i++)
    c->candidate.v[i] = scored[i].candidate;
  c->candidate.n = n;
  free(scored);
}

void prompt_past_find(struct ui *ui, struct prompt *p) {
  struct completion *c = &p->completion;
  struct slice typed = input_text(&p->input);
  completion_clear(c);
  completion_begin(c, (struct slice){"", 0}, 0);
  if (p->o.named != NULL)
    p->o.named(ui, p->o.arg, (struct slice){"", 0}, c);
  offer_history(c, p->o.history);
  sift(c, typed);
  c->shown = true;
  c->chosen = 0;
  buf_reset(&p->words);
  buf_add_text(&p->words, c->candidate.n > 0 ? ""
                          : typed.n > 0      ? "nothing has these letters"
                                             : "nothing was typed here before");
}

void prompt_past_open(struct ui *ui, struct prompt *p) {
  if (p->o.history == NULL)
    return;
  buf_reset(&p->typed);
  buf_add_slice(&p->typed, input_text(&p->input));
  p->past = true;
  p->wrong = false;
  input_set(&p->input, SLICE(""));
  prompt_past_find(ui, p);
}

static void put_back(struct ui *ui, struct prompt *p, struct slice text) {
  p->past = false;
  completion_clear(&p->completion);
  input_set(&p->input, text);
  prompt_look(ui, p);
}

void prompt_past_leave(struct ui *ui, struct prompt *p) {
  put_back(ui, p, buf_slice(&p->typed));
}

void prompt_past_take(struct ui *ui, struct prompt *p) {
  struct completion *c = &p->completion;
  char *taken = c->chosen < c->candidate.n ? mem_dup(c->candidate.v[c->chosen].text) : NULL;
  put_back(ui, p, taken != NULL ? slice_of(taken) : buf_slice(&p->typed));
  free(taken);
}
