/* R: how often something is sent again, how fast, and when to stop, asked for in the message line. */
#include <stdio.h>
#include <stdlib.h>

#include "ui/actions.h"
#include "ui/prompt.h"
#include "ui/repeater.h"
#include "weir/base/mem.h"
#include "weir/base/units.h"

static bool take_word(struct slice word, struct send_options *o, struct err *err) {
  uint64_t n;
  if (slice_to_u64(word, &n)) {
    if (n == 0 || n > SERIES_MAX)
      return err_set(err, "1 to %d times", SERIES_MAX);
    o->count = (unsigned)n;
  } else if (slice_eq(word, SLICE("parallel")) || slice_eq(word, SLICE("sequential"))) {
    o->parallel = *word.p == 'p';
  } else if (slice_eq(word, SLICE("stop"))) {
    o->stop_on_5xx = true;
  } else if (slice_starts(word, SLICE("gap="))) {
    return units_parse_duration(slice_from(word, 4), &o->gap, err);
  } else {
    return err_set(err, "%.*s: a number of times, gap=100ms, parallel, sequential or stop",
                   word.n < 40 ? (int)word.n : 40, word.p);
  }
  return true;
}

static bool take_options(struct slice text, struct send_options *o, struct err *err) {
  struct slice rest = text, word;
  *o = (struct send_options){.count = 1};
  while (slice_split(&rest, ' ', &word))
    if (word.n > 0 && !take_word(word, o, err))
      return false;
  return true;
}

static bool options_changed(struct ui *ui, void *arg, struct slice text, struct buf *words, struct err *err) {
  struct send_options o;
  char gap[16];
  (void)ui;
  (void)arg;
  if (!take_options(text, &o, err))
    return false;
  buf_printf(words, "%u time%s, %s", o.count, o.count == 1 ? "" : "s",
             o.parallel ? "up to 20 at once" : "one after the other");
  if (o.gap > 0)
    buf_printf(words, ", %s between", units_duration(o.gap, gap, sizeof gap));
  if (o.stop_on_5xx)
    buf_add_text(words, ", until one answers 5xx");
  return true;
}

struct wanted {
  uint64_t flow; /* 0: what the repeater has selected */
};

static bool options_taken(struct ui *ui, void *arg, struct slice text, struct err *err) {
  const struct wanted *w = arg;
  struct send_options o;
  if (!take_options(text, &o, err))
    return false;
  ui->repeater->options = o;
  if (w->flow != 0)
    repeater_send_flow(ui, w->flow, &o);
  else
    repeater_send_tab(ui, &o);
  return true;
}

static void options_complete(struct ui *ui, void *arg, struct slice before, struct completion *out) {
  size_t from = before.n;
  (void)ui;
  (void)arg;
  while (from > 0 && before.p[from - 1] != ' ')
    from--;
  completion_begin(out, before, from);
  completion_add(out, SLICE("gap="), "time between the end of one and the next: gap=100ms", true);
  completion_add(out, SLICE("parallel"), "up to 20 at once", false);
  completion_add(out, SLICE("sequential"), "the next when the one before has ended", false);
  completion_add(out, SLICE("stop"), "stop on the first 5xx", false);
}

void act_replay_options(struct ui *ui, struct view *v, int count) {
  const struct flow *f = v->ops == &repeater_view_ops ? NULL : act_target(ui, v);
  struct send_options o = ui->repeater->options;
  char text[80], gap[16];
  if (f == NULL && v->ops != &repeater_view_ops)
    return;
  struct wanted *w = mem_zero(1, sizeof *w);
  w->flow = f != NULL ? f->id : 0;
  o.count = count > 0 ? (unsigned)count : o.count;
  snprintf(text, sizeof text, "%u gap=%s%s%s", o.count, o.gap > 0 ? units_duration(o.gap, gap, sizeof gap) : "0ms",
           o.parallel ? " parallel" : " sequential", o.stop_on_5xx ? " stop" : "");
  prompt_open(ui, &(struct prompt_options){.label = "send: ",
                                           .text = text,
                                           .accept = "send",
                                           .cancel = "leave",
                                           .changed = options_changed,
                                           .taken = options_taken,
                                           .complete = options_complete,
                                           .drop = free,
                                           .arg = w});
}
