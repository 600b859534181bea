/* The `:` line: any command by its name, with a number or words; and what a line like that does. */
#include <stdio.h>

#include "ui/bindings.h"
#include "ui/commands.h"
#include "ui/keymap.h"
#include "ui/prompt.h"
#include "ui/ui_state.h"
#include "weir/base/mem.h"
#include "weir/base/nearest.h"

/* "10 flow-replay", "filter ~m POST", ":q" */
struct line {
  struct slice number, name, argument;
  size_t name_at, argument_at;
};

static bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

static size_t skip_blanks(struct slice text, size_t at) {
  while (at < text.n && is_blank(text.p[at]))
    at++;
  return at;
}

static struct line parse(struct slice text) {
  struct line line;
  size_t at = skip_blanks(text, 0), from;
  while (at < text.n && text.p[at] == ':')
    at = skip_blanks(text, at + 1);
  from = at;
  while (at < text.n && text.p[at] >= '0' && text.p[at] <= '9')
    at++;
  line.number = slice_sub(text, from, at - from);
  line.name_at = at = skip_blanks(text, at);
  while (at < text.n && !is_blank(text.p[at]))
    at++;
  line.name = slice_sub(text, line.name_at, at - line.name_at);
  line.argument_at = skip_blanks(text, at);
  line.argument = slice_trim(slice_from(text, line.argument_at));
  for (const struct command_alias *a = command_aliases; a->alias != NULL; a++)
    if (slice_eq(line.name, slice_of(a->alias)))
      line.name = slice_of(a->line);
  return line;
}

/* While the line is typed, the view that it will act on is the one below. */
static struct view *acted_on(const struct ui *ui) {
  return ui->top->ops == &prompt_view_ops ? ui->top->below : ui->top;
}

/* ---- what it does ---- */

static const struct view_ops *elsewhere(struct slice name) {
  for (size_t i = 0; binding_views[i] != NULL; i++)
    if (keymap_command(binding_views[i], name) != NULL)
      return binding_views[i];
  return NULL;
}

static bool unknown(const struct view *v, const struct line *line, size_t typed, struct err *err) {
  const struct view_ops *other = elsewhere(line->name);
  const struct binding *b;
  struct nearest nearest;
  struct buf safe = BUF_INIT;
  text_safe(&safe, slice_sub(line->name, 0, 60), TEXT_PLAIN);
  nearest_init(&nearest, line->name);
  for (size_t at = 0; (b = bindings_next(v->ops, &at)) != NULL;)
    nearest_offer(&nearest, b->name);
  for (const struct line_command *c = command_table; c->name != NULL; c++)
    nearest_offer(&nearest, c->name);
  if (other != NULL)
    err_set_at(err, line->name_at, typed, "%s is for another screen (%s)", buf_text(&safe), other->name);
  else if (nearest.name != NULL)
    err_set_at(err, line->name_at, typed, "%s is no command; did you mean %s?", buf_text(&safe), nearest.name);
  else
    err_set_at(err, line->name_at, typed, "%s is no command; Tab lists them", buf_text(&safe));
  buf_clear(&safe);
  return false;
}

static bool run_binding(struct ui *ui, struct view *v, const struct binding *b, const struct line *line,
                        struct err *err) {
  struct slice number = line->number.n > 0 ? line->number : line->argument;
  uint64_t count = 0;
  bool twice = line->number.n > 0 && line->argument.n > 0;
  if (twice || (number.n > 0 && (!slice_to_u64(number, &count) || count > 100000)))
    return err_set_at(err, line->argument_at, line->argument.n, "%s takes a number at most", b->name);
  b->act(ui, v, (int)count);
  return true;
}

static bool run_command(struct ui *ui, struct view *v, const struct line_command *c, const struct line *line,
                        struct err *err) {
  struct err why = ERR_INIT;
  if (line->argument.n == 0 && !c->optional)
    return err_set_at(err, line->argument_at, 0, "%s needs %s", c->name, c->argument);
  if (c->act(ui, v, line->argument, &why))
    return true;
  return err_set_at(err, line->argument_at + why.at, why.span, "%s", why.text);
}

/* On the top view. False: what was wrong, with its place in the line. */
static bool command_run(struct ui *ui, struct slice text, struct err *err) {
  struct line line = parse(text);
  struct view *v = acted_on(ui);
  if (slice_eq(line.number, SLICE("0")) && slice_starts_ascii(line.name, SLICE("x")) && line.name.n > 1 &&
      line.argument.n == 0) /* 0x5a004c */
    return command_goto(ui, v, slice_sub(text, line.name_at - 1, line.name.n + 1), err);
  if (line.name.n == 0)
    return line.number.n == 0 || command_go_to(ui, v, line.number, err);
  const struct binding *b = keymap_command(v->ops, line.name);
  const struct line_command *c = command_find(line.name);
  if (c != NULL && (b == NULL || line.argument.n > 0))
    return run_command(ui, v, c, &line, err);
  if (b != NULL)
    return run_binding(ui, v, b, &line, err);
  size_t at = line.name_at;
  while (at < text.n && !is_blank(text.p[at]))
    at++;
  return unknown(v, &line, at - line.name_at, err);
}

bool command_run_file(struct ui *ui, struct err *err) {
  const struct options *o = ui->w->options;
  for (size_t i = 0; i < o->lines; i++) {
    struct err why = ERR_INIT;
    if (!command_run(ui, slice_of(o->line[i].text), &why))
      return err_set(err, "%s, line %u: %s", o->file, o->line[i].number, why.text);
  }
  buf_reset(&ui->message); /* nobody typed them: nobody waits for an answer */
  return true;
}

/* ---- what may stand there ---- */

static void describe(const struct ui *ui, const struct view *v, const struct binding *b, struct buf *out) {
  const char *keys = dispatch_keys(ui, v, b);
  buf_add_text(out, b->help);
  if (keys[0] != '\0')
    buf_printf(out, "  (%s)", keys);
}

static void complete_name(const struct ui *ui, const struct view *v, struct completion *out) {
  const struct binding *b;
  struct buf help = BUF_INIT;
  for (size_t at = 0; (b = bindings_next(v->ops, &at)) != NULL;) {
    const struct line_command *c = command_find(slice_of(b->name));
    buf_reset(&help);
    describe(ui, v, b, &help);
    completion_add(out, slice_of(b->name), buf_text(&help), c == NULL);
  }
  for (const struct line_command *c = command_table; c->name != NULL; c++)
    if (keymap_command(v->ops, slice_of(c->name)) == NULL)
      completion_add(out, slice_of(c->name), c->help, false);
  buf_clear(&help);
  completion_sort(out);
}

static void complete(struct ui *ui, void *arg, struct slice before, struct completion *out) {
  struct line line = parse(before);
  const struct line_command *c = command_find(line.name);
  bool naming = line.argument_at == before.n && (before.n == 0 || !is_blank(before.p[before.n - 1]));
  (void)arg;
  if (naming || line.name.n == 0) {
    completion_begin(out, before, line.name_at);
    complete_name(ui, acted_on(ui), out);
  } else if (c != NULL && c->complete != NULL) {
    c->complete(ui, slice_from(before, line.argument_at), out);
    out->from += line.argument_at;
  }
}

/* Says what the line is going to do, and underlines a name that none begins with. */
static bool begins_name(const struct view *v, struct slice name) {
  const struct binding *b;
  for (size_t at = 0; (b = bindings_next(v->ops, &at)) != NULL;)
    if (slice_starts(slice_of(b->name), name))
      return true;
  for (const struct line_command *c = command_table; c->name != NULL; c++)
    if (slice_starts(slice_of(c->name), name))
      return true;
  for (const struct command_alias *a = command_aliases; a->alias != NULL; a++)
    if (slice_starts(slice_of(a->alias), name))
      return true;
  return name.n == 0;
}

static bool changed(struct ui *ui, void *arg, struct slice text, struct buf *words, struct err *err) {
  struct line line = parse(text);
  const struct view *v = acted_on(ui);
  const struct binding *b = keymap_command(v->ops, line.name);
  const struct line_command *c = command_find(line.name);
  (void)arg;
  if (c != NULL && (b == NULL || line.argument.n > 0 || line.argument_at > line.name_at + line.name.n))
    buf_printf(words, "%s %s: %s", c->name, c->argument, c->help);
  else if (b != NULL && (b->enabled == NULL || b->enabled(ui, v)))
    buf_add_text(words, b->help);
  else if (b != NULL)
    buf_printf(words, "%s (%s)", b->help, b->why != NULL ? b->why : "not now");
  else if (!begins_name(v, line.name))
    return unknown(v, &line, line.name.n, err);
  return true;
}

static bool taken(struct ui *ui, void *arg, struct slice text, struct err *err) {
  (void)arg;
  return command_run(ui, text, err);
}

void command_line_open(struct ui *ui, const char *text) {
  prompt_open(ui, &(struct prompt_options){.label = ":",
                                           .text = text,
                                           .accept = "do it",
                                           .cancel = "leave it",
                                           .history = &ui->commands,
                                           .changed = changed,
                                           .taken = taken,
                                           .complete = complete});
}

void act_command_line(struct ui *ui, struct view *v, int count) {
  char text[16] = "";
  (void)v;
  if (count > 0)
    snprintf(text, sizeof text, "%d ", count);
  command_line_open(ui, text);
}
