/* What the commands with words do that are nobody else's: keys, going to a flow. */
#include "ui/bindings.h"
#include "ui/commands.h"
#include "ui/keymap.h"
#include "ui/ui_state.h"

/* ---- keys ---- */

static void tell_maps(struct ui *ui) {
  struct buf text = BUF_INIT;
  const char *keys, *command;
  for (size_t n = 0; keymap_nth(ui->keys, n, &keys, &command); n++)
    buf_printf(&text, "%s%s %s", n > 0 ? "  " : "your keys: ", keys, command != NULL ? command : "(nothing)");
  if (text.n > 0)
    ui_say(ui, "%s", buf_text(&text));
  else
    ui_say(ui, "no key is yours yet: map KEYS COMMAND, here or in the configuration file");
  buf_clear(&text);
}

static struct slice first_word(struct slice line) {
  size_t n = 0;
  while (n < line.n && line.p[n] != ' ' && line.p[n] != '\t')
    n++;
  return slice_sub(line, 0, n);
}

bool command_map(struct ui *ui, struct view *v, struct slice argument, struct err *err) {
  (void)v;
  if (argument.n == 0) {
    tell_maps(ui);
    return true;
  }
  if (!keymap_map(ui->keys, argument, err))
    return false;
  ui_say(ui, "%.*s, as long as weir runs; \"map %.*s\" in the configuration file keeps it", (int)argument.n, argument.p,
         (int)argument.n, argument.p);
  return true;
}

bool command_unmap(struct ui *ui, struct view *v, struct slice argument, struct err *err) {
  (void)v;
  if (!keymap_unmap(ui->keys, argument, err))
    return false;
  const char *keys, *command;
  bool away = false;
  for (size_t n = 0; keymap_nth(ui->keys, n, &keys, &command); n++)
    away |= command == NULL && slice_eq(slice_of(keys), argument);
  ui_say(ui, away ? "%.*s does nothing any more" : "%.*s is as it was", (int)argument.n, argument.p);
  return true;
}

void complete_map(struct ui *ui, struct slice before, struct completion *out) {
  struct slice keys = first_word(before);
  const struct binding *b;
  size_t at = keys.n;
  (void)ui;
  while (at < before.n && (before.p[at] == ' ' || before.p[at] == '\t'))
    at++;
  if (at == keys.n)
    return; /* keys are pressed, not completed */
  completion_begin(out, before, at);
  for (size_t i = 0; binding_views[i] != NULL; i++)
    for (size_t next = 0; (b = bindings_next(binding_views[i], &next)) != NULL;)
      if (!completion_has(out, slice_of(b->name)))
        completion_add(out, slice_of(b->name), b->help, true);
  completion_sort(out);
}

void complete_unmap(struct ui *ui, struct slice before, struct completion *out) {
  const char *keys, *command;
  completion_begin(out, before, 0);
  for (size_t n = 0; keymap_nth(ui->keys, n, &keys, &command); n++)
    completion_add(out, slice_of(keys), command, true);
}

/* ---- flows ---- */

bool command_go_to(struct ui *ui, struct view *v, struct slice argument, struct err *err) {
  uint64_t id = 0;
  bool exact = false;
  (void)v;
  struct slice number = argument.n > 0 && argument.p[0] == '#' ? slice_from(argument, 1) : argument;
  if (!slice_to_u64(number, &id))
    return err_set_at(err, 0, argument.n, "a flow's number is needed");
  if (store_get(ui_store(ui), id) == NULL)
    return err_set_at(err, 0, argument.n, "there is no flow #%llu%s", (unsigned long long)id,
                      id > 0 && id <= store_stats(ui_store(ui)).added ? " any more" : "");
  filter_index_place(ui->index, id, &exact);
  if (!exact)
    return err_set_at(err, 0, argument.n, "#%llu does not match the filter", (unsigned long long)id);
  list_select(ui, id);
  return true;
}
