/* `:set`: options while weir runs. What is the screen's own is applied here; the rest in app/setting.c. */
#include <stdlib.h>

#include "ui/commands.h"
#include "ui/ui_state.h"
#include "ui/undo_kinds.h"
#include "weir/app/setting.h"
#include "weir/base/mem.h"
#include "weir/base/nearest.h"

/* ---- the screen's own ---- */

static bool apply_mouse(struct ui *ui, struct err *err) {
  (void)err;
  ui->t->ops->mouse(ui->t, ui->w->options->mouse);
  return true;
}

/* It is looked at when it matters. */
static bool apply_nothing(struct ui *ui, struct err *err) {
  (void)ui;
  (void)err;
  return true;
}

static bool apply_redact(struct ui *ui, struct err *err) {
  (void)err;
  ui->copies_secrets = false;
  ui_dirty(ui);
  return true;
}

static bool apply_ascii(struct ui *ui, struct err *err) {
  if (!ui->w->options->ascii && ui->only_ascii)
    return err_set(err, "ascii: this terminal's locale has no UTF-8");
  ui->t->ascii = ui->canvas.ascii = ui->w->options->ascii;
  ui->t->ops->redraw(ui->t);
  return true;
}

/* Rows of the option table that act on the screen. */
static const struct {
  const char *name;
  bool (*apply)(struct ui *ui, struct err *err);
} screen_settings[] = {
    {"bell", apply_nothing}, {"redact", apply_redact}, {"embed", apply_nothing},
    {"mouse", apply_mouse},  {"ascii", apply_ascii},
};

static bool apply_to_screen(struct ui *ui, const char *name, struct err *err) {
  for (size_t i = 0; i < sizeof screen_settings / sizeof *screen_settings; i++)
    if (strcmp(screen_settings[i].name, name) == 0)
      return screen_settings[i].apply(ui, err);
  return true;
}

void settings_apply(struct ui *ui) {
  if (!ui->w->options->mouse)
    apply_mouse(ui, NULL);
}

/* ---- names ---- */

static const struct option_row *find_row(struct slice name) {
  for (size_t i = 0; i < option_table_n; i++)
    if (slice_eq(slice_of(option_table[i].name), name))
      return &option_table[i];
  return NULL;
}

/* "nomouse" is vi's way of switching off; *value becomes "off". */
static const struct option_row *row_of(struct slice name, struct slice *value) {
  const struct option_row *row = find_row(name);
  if (row != NULL || !slice_starts(name, SLICE("no")))
    return row;
  row = find_row(slice_from(name, 2));
  if (row == NULL || row->type != OPTION_FLAG)
    return NULL;
  *value = SLICE("off");
  return row;
}

static bool unknown(struct slice name, struct err *err) {
  struct nearest nearest;
  struct buf safe = BUF_INIT;
  nearest_init(&nearest, name);
  for (size_t i = 0; i < option_table_n; i++)
    if (setting_fixed(&option_table[i]) == NULL)
      nearest_offer(&nearest, option_table[i].name);
  text_safe(&safe, slice_sub(name, 0, 60), TEXT_PLAIN);
  if (nearest.name != NULL)
    err_set_at(err, 0, name.n, "%s is no option; did you mean %s?", buf_text(&safe), nearest.name);
  else
    err_set_at(err, 0, name.n, "%s is no option; Tab lists them", buf_text(&safe));
  buf_clear(&safe);
  return false;
}

/* ---- set ---- */

static void show(struct ui *ui, const struct option_row *row) {
  struct buf value = BUF_INIT;
  const char *why = setting_fixed(row);
  setting_value(ui->w->options, row, &value);
  ui_say(ui, "%s is %s%s%s", row->name, value.n > 0 ? buf_text(&value) : "not set", why != NULL ? "; " : "",
         why != NULL ? why : "");
  buf_clear(&value);
}

static bool change_now(struct ui *ui, const struct option_row *row, const char *value, struct err *err) {
  struct buf before = BUF_INIT;
  setting_value(ui->w->options, row, &before);
  bool intercept = strcmp(row->name, "intercept") == 0;
  if (intercept) {
    undo_begin(ui->undo, "intercept %.40s", value != NULL ? value : "");
    undo_rules(ui);
  }
  bool good = setting_change(ui->w, row->name, value, err);
  if (intercept)
    (good ? undo_end : undo_cancel)(ui->undo);
  if (good && !apply_to_screen(ui, row->name, err)) {
    options_set(ui->w->options, row->name, buf_text(&before), NULL);
    good = false;
  }
  buf_clear(&before);
  return good;
}

static bool change(struct ui *ui, const struct option_row *row, struct slice value, bool given, struct err *err) {
  const char *why = setting_fixed(row);
  if (why != NULL)
    return err_set_at(err, 0, strlen(row->name), "%s", why);
  char *text = given ? mem_dup_n(value.p != NULL ? value.p : "", value.n) : NULL;
  bool good = change_now(ui, row, text, err);
  free(text);
  if (good)
    show(ui, row);
  return good;
}

/* "NAME", "NAME?", "NAME VALUE", "NAME=VALUE" */
bool command_set(struct ui *ui, struct view *v, struct slice argument, struct err *err) {
  size_t n = 0;
  (void)v;
  while (n < argument.n && argument.p[n] != ' ' && argument.p[n] != '\t' && argument.p[n] != '=')
    n++;
  struct slice name = slice_sub(argument, 0, n), value = slice_trim(slice_from(argument, n));
  bool equals = value.n > 0 && value.p[0] == '=', asked = name.n > 1 && name.p[name.n - 1] == '?';
  if (equals)
    value = slice_trim(slice_from(value, 1));
  if (asked)
    name.n--;
  struct slice off = {NULL, 0};
  const struct option_row *row = row_of(name, &off);
  if (row == NULL)
    return unknown(name, err);
  bool given = value.n > 0 || equals || off.n > 0;
  if (asked || (!given && row->type != OPTION_FLAG)) {
    show(ui, row);
    return true;
  }
  struct err why = ERR_INIT;
  if (change(ui, row, off.n > 0 ? off : value, given, &why))
    return true;
  size_t at = setting_fixed(row) != NULL || value.n == 0 ? 0 : (size_t)(value.p - argument.p);
  return err_set_at(err, at, at > 0 ? value.n : name.n, "%s", why.text);
}

static void complete_name(struct ui *ui, struct completion *out) {
  struct buf help = BUF_INIT;
  for (size_t i = 0; i < option_table_n; i++) {
    const struct option_row *row = &option_table[i];
    if (setting_fixed(row) != NULL)
      continue;
    buf_reset(&help);
    setting_value(ui->w->options, row, &help);
    buf_printf(&help, "%s%s", help.n > 0 ? "  " : "", row->help);
    completion_add(out, slice_of(row->name), buf_text(&help), false);
  }
  buf_clear(&help);
  completion_sort(out);
}

static bool is_file(const struct option_row *row) {
  return row->argument != NULL && (strcmp(row->argument, "FILE") == 0 || strcmp(row->argument, "DIR") == 0);
}

void complete_set(struct ui *ui, struct slice before, struct completion *out) {
  size_t n = 0;
  while (n < before.n && before.p[n] != ' ' && before.p[n] != '=')
    n++;
  const struct option_row *row = find_row(slice_sub(before, 0, n));
  if (n == before.n) {
    completion_begin(out, before, 0);
    complete_name(ui, out);
    return;
  }
  while (n < before.n && (before.p[n] == ' ' || before.p[n] == '='))
    n++;
  completion_begin(out, before, n);
  if (row == NULL || setting_fixed(row) != NULL)
    return;
  struct buf value = BUF_INIT;
  setting_value(ui->w->options, row, &value);
  if (row->type == OPTION_FLAG) {
    completion_add(out, SLICE("on"), NULL, true);
    completion_add(out, SLICE("off"), NULL, true);
  } else if (is_file(row)) {
    completion_add_files(out);
  } else {
    if (value.n > 0)
      completion_add(out, buf_slice(&value), "as it is", true);
    if (row->fallback != NULL && !slice_eq(slice_of(row->fallback), buf_slice(&value)))
      completion_add(out, slice_of(row->fallback), "at first", true);
  }
  buf_clear(&value);
}
