#include "ui/table_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ui/actions.h"
#include "ui/output_file.h"
#include "weir/base/text.h"
#include "weir/file/csv.h"

void table_cell(struct table_text *t, struct slice text) {
  struct buf safe = BUF_INIT;
  text_safe(&safe, text, TEXT_PLAIN);
  if (t->begun)
    buf_add_byte(&t->text, t->csv ? ',' : '\t');
  if (t->csv && safe.n > 0 && memchr("0123456789", safe.p[0], 10) == NULL)
    csv_quote(&t->text, buf_slice(&safe));
  else
    buf_add_slice(&t->text, buf_slice(&safe));
  t->begun = true;
  buf_clear(&safe);
}

void table_print(struct table_text *t, const char *format, ...) {
  char text[200];
  va_list ap;
  va_start(ap, format);
  vsnprintf(text, sizeof text, format, ap);
  va_end(ap);
  table_cell(t, slice_of(text));
}

void table_ms(struct table_text *t, uint64_t ns) {
  table_print(t, "%llu.%03u", (unsigned long long)(ns / CLOCK_MS), (unsigned)(ns / 1000 % 1000));
}

void table_end_row(struct table_text *t) {
  buf_add_text(&t->text, t->csv ? "\r\n" : "\n");
  t->begun = false;
  t->rows++;
}

static const char *make(const struct ui *ui, const struct view *v, struct table_text *t) {
  return v->ops->table != NULL ? v->ops->table(v, ui, t) : "there is no table on this screen";
}

void act_copy_table(struct ui *ui, struct view *v, int count) {
  struct table_text t = {.text = BUF_INIT};
  const char *why = make(ui, v, &t);
  (void)count;
  if (why == NULL)
    clipboard_put(ui, buf_slice(&t.text), "table");
  else
    ui_say(ui, "%s", why);
  buf_clear(&t.text);
}

bool table_act_write(struct ui *ui, const struct view *v) {
  struct table_text t = {.text = BUF_INIT, .csv = true};
  if (make(ui, v, &t) != NULL) {
    buf_clear(&t.text);
    return false;
  }
  char name[64];
  time_t now = (time_t)(clock_wall() / 1000000);
  struct tm day;
  localtime_r(&now, &day);
  strftime(name, sizeof name, "weir-table-%Y-%m-%d-%H%M.csv", &day);
  output_file_ask(ui, output_file_bytes(buf_slice(&t.text)), "write the table as CSV to: ", name);
  buf_clear(&t.text);
  return true;
}
