#include "ui/sort_acts.h"

#include <stdlib.h>
#include <string.h>

#include "ui/ui_state.h"
#include "ui/undo_kinds.h"
#include "weir/base/text.h"

static const char *sorted_by(const struct ui *ui, bool *reverse) {
  const struct datum *d = filter_index_sorted(ui->index, reverse);
  return d != NULL ? datum_name(d) : "id";
}

bool sort_follows(const struct ui *ui) {
  return filter_index_sorted(ui->index, NULL) == NULL;
}

/* ---- in words ---- */

/* How the two ends of an order are called; the first is what stands on top of one that was not turned round. */
static const char *top_word(const struct datum *d, bool reverse) {
  const struct field *field = d != NULL ? datum_field(d) : NULL;
  if (d == NULL)
    return reverse ? "newest first" : "oldest first";
  if (field == NULL || field->type == FIELD_TEXT)
    return reverse ? "from z to a" : "from a to z";
  if (field->type == FIELD_DURATION)
    return reverse ? "longest first" : "shortest first";
  if (field->type == FIELD_TIME)
    return reverse ? "newest first" : "oldest first";
  return reverse ? "largest first" : "smallest first";
}

void sort_words(const struct ui *ui, struct buf *out) {
  bool reverse;
  const struct datum *d = filter_index_sorted(ui->index, &reverse);
  unsigned percent;
  if (d == NULL && !reverse)
    return;
  buf_add_text(out, "sorted by ");
  text_safe(out, slice_of(d != NULL ? datum_name(d) : "number"), TEXT_PLAIN);
  if (filter_index_sorting(ui->index, &percent))
    buf_printf(out, ": %u%%", percent);
  else
    buf_printf(out, ", %s", top_word(d, reverse));
}

/* ---- sorting ---- */

static void change(struct ui *ui, struct datum *d, bool reverse) {
  bool number = strcmp(datum_name(d), "id") == 0;
  undo_begin(ui->undo, "sort by %.40s", number ? "number" : datum_name(d));
  undo_sort(ui);
  undo_end(ui->undo);
  filter_index_sort(ui->index, d, reverse);
  ui->to_top = !number;
  if (!number)
    ui->following = false;
  struct buf words = BUF_INIT;
  sort_words(ui, &words);
  if (words.n > 0)
    ui_say(ui, number ? "%s; sn turns it round" : "%s; sn sorts by number again", buf_text(&words));
  else
    ui_say(ui, "sorted by number");
  buf_clear(&words);
}

static bool largest_first(const struct datum *d) {
  const struct field *field = datum_field(d);
  if (field == NULL)
    return false;
  return field->type == FIELD_SIZE || field->type == FIELD_DURATION || field->type == FIELD_FLAG ||
         strcmp(field->name, "status") == 0;
}

void sort_by(struct ui *ui, const char *name) {
  struct datum *d = datum_new(slice_of(name), NULL);
  bool reverse;
  if (d == NULL)
    return;
  bool again = strcmp(sorted_by(ui, &reverse), datum_name(d)) == 0;
  change(ui, d, again ? !reverse : largest_first(d));
}

#define SORT_ACT(name, field)                                                                                          \
  void act_sort_##name(struct ui *ui, struct view *v, int count) {                                                     \
    (void)v;                                                                                                           \
    (void)count;                                                                                                       \
    sort_by(ui, field);                                                                                                \
  }
SORT_ACT(time, "time")
SORT_ACT(duration, "duration")
SORT_ACT(size, "size")
SORT_ACT(status, "status")
SORT_ACT(host, "host")
SORT_ACT(path, "path")
SORT_ACT(method, "method")

/* By number is what one goes back to: it begins with the oldest, unless it was that already. */
void act_sort_number(struct ui *ui, struct view *v, int count) {
  (void)v;
  (void)count;
  sort_by(ui, "id");
}

/* ---- :sort ---- */

bool command_sort(struct ui *ui, struct view *v, struct slice argument, struct err *err) {
  struct slice rest = argument, name = {NULL, 0}, word = {NULL, 0};
  (void)v;
  slice_split(&rest, ' ', &name);
  word = slice_trim(rest);
  bool down = slice_eq(word, SLICE("desc")), up = slice_eq(word, SLICE("asc"));
  if (word.n > 0 && !down && !up)
    return err_set_at(err, (size_t)(word.p - argument.p), word.n, "desc or asc may stand here");
  if (slice_eq(name, SLICE("number")))
    name = SLICE("id");
  struct datum *d = datum_new(name, err);
  if (d == NULL)
    return false;
  if (word.n > 0) {
    change(ui, d, down);
    return true;
  }
  sort_by(ui, datum_name(d));
  datum_free(d);
  return true;
}

void complete_sort(struct ui *ui, struct slice before, struct completion *out) {
  ptrdiff_t blank = slice_find_byte(before, ' ');
  (void)ui;
  completion_begin(out, before, blank < 0 ? 0 : (size_t)blank + 1);
  if (blank >= 0) {
    completion_add(out, SLICE("asc"), "smallest first", false);
    completion_add(out, SLICE("desc"), "largest first", false);
    return;
  }
  completion_add_fields(out);
}
