/* The last series of a tab as a table: its order, failures alone, copied and written. */
#include "ui/repeater_table.h"
#include "ui/table_text.h"

static struct replay_tab *table_of(struct ui *ui) {
  struct replay_tab *t = repeater_current(ui->repeater);
  if (t != NULL && t->table)
    return t;
  ui_say(ui, t != NULL && t->runs > 0 ? "that is for the table of a series: \\ shows it"
                                      : "that is for the table of what was sent several times: 10r does");
  return NULL;
}

static void sort_tries(struct ui *ui, enum try_order order) {
  static const char *const word[] = {[TRY_BY_NUMBER] = "number",
                                     [TRY_BY_DURATION] = "duration",
                                     [TRY_BY_SIZE] = "size",
                                     [TRY_BY_STATUS] = "status",
                                     [TRY_BY_BODY] = "body: the same ones side by side"};
  struct replay_tab *t = table_of(ui);
  if (t == NULL)
    return;
  bool large = order == TRY_BY_DURATION || order == TRY_BY_SIZE || order == TRY_BY_STATUS;
  t->reverse = t->order == order ? !t->reverse : large;
  t->order = order;
  ui_say(ui, "tries by %s%s", word[order],
         order == TRY_BY_NUMBER ? t->reverse ? ", the last first" : ""
         : order == TRY_BY_BODY ? ""
         : t->reverse           ? ", largest first"
                                : ", smallest first");
  ui_dirty(ui);
}

#define TRIES_ACT(name, order)                                                                                         \
  void act_tries_##name(struct ui *ui, struct view *v, int count) {                                                    \
    (void)v;                                                                                                           \
    (void)count;                                                                                                       \
    sort_tries(ui, order);                                                                                             \
  }
TRIES_ACT(number, TRY_BY_NUMBER)
TRIES_ACT(duration, TRY_BY_DURATION)
TRIES_ACT(size, TRY_BY_SIZE)
TRIES_ACT(status, TRY_BY_STATUS)
TRIES_ACT(body, TRY_BY_BODY)

bool repeater_act_failures(struct ui *ui, const struct view *v) {
  struct replay_tab *t = repeater_current(ui->repeater);
  if (v->ops != &repeater_view_ops || t == NULL || !t->table)
    return false;
  t->only_failed = !t->only_failed;
  repeater_rows(t);
  if (t->rows.n > 0 && repeater_row_of(t) == t->rows.n) {
    t->at = t->rows.v[0];
    t->following = false;
  }
  ui_say(ui, t->only_failed ? "%zu of %zu failed; ! shows all" : "all tries", t->rows.n, repeater_run_size(t));
  ui_dirty(ui);
  return true;
}

void try_notes(const struct replay_tab *t, const struct series_sum *sum, const struct try *one, struct buf *out) {
  size_t same = 0;
  if (!one->finished || sum->done < 3)
    return;
  if (one->took == sum->slowest && sum->slowest > 2 * sum->median)
    buf_add_text(out, "slowest");
  if (one->failed && sum->failed == 1)
    buf_printf(out, "%sonly failure", out->n > 0 ? ", " : "");
  if (one->status == 0 || one->failed || sum->bodies < 2)
    return;
  for (size_t i = repeater_run_begin(t); i < t->try.n && same < 2; i++)
    same += t->try.v[i].status != 0 && t->try.v[i].finished && t->try.v[i].hash == one->hash;
  if (same == 1 && sum->bodies < sum->done)
    buf_printf(out, "%sonly such body", out->n > 0 ? ", " : "");
}

const char *repeater_table_text(const struct view *v, const struct ui *ui, struct table_text *out) {
  static const char *const heads[] = {"try", "flow", "status", "size", "ms", "against the first", "body", "notes"};
  const struct replay_tab *t = repeater_current(ui->repeater);
  struct series_sum sum;
  (void)v;
  if (t == NULL || !t->table)
    return "a table is there of what was sent several times: 10r, and \\";
  series_sum(t, &sum);
  for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
    table_cell(out, slice_of(heads[i]));
  table_end_row(out);
  for (size_t i = 0; i < t->rows.n; i++) {
    const struct try *one = &t->try.v[t->rows.v[i]];
    struct buf notes = BUF_INIT;
    if (!one->finished)
      continue;
    try_notes(t, &sum, one, &notes);
    table_print(out, "%u", one->n);
    table_print(out, "%llu", (unsigned long long)one->id);
    if (one->error != ERROR_NONE)
      table_cell(out, slice_of(flow_error_word(one->error)));
    else
      table_print(out, "%d", one->status);
    table_print(out, "%llu", (unsigned long long)one->size);
    table_ms(out, one->took);
    table_cell(out, slice_of(repeater_against_first(ui->repeater, t, t->rows.v[i])));
    table_print(out, "%06llx", (unsigned long long)(one->hash & 0xffffff));
    table_cell(out, buf_slice(&notes));
    table_end_row(out);
    buf_clear(&notes);
  }
  return NULL;
}
