#include "weir/ui/keys_page.h"

#include <stdio.h>
#include <string.h>

#include "ui/bindings.h"
#include "ui/commands.h"
#include "ui/ui_state.h"
#include "weir/app/setting.h"
#include "weir/base/text.h"

/* A table of bindings, once, however many screens share it. */
struct part {
  const struct binding *table;
  char title[120];
};

#define PARTS_MAX 40

static void capital(char *text) {
  if (text[0] >= 'a' && text[0] <= 'z')
    text[0] = (char)(text[0] - 'a' + 'A');
}

static void add_part(struct part *part, size_t *n, const struct binding *table, const char *title) {
  if (table == NULL || *n == PARTS_MAX)
    return;
  part[*n].table = table;
  snprintf(part[*n].title, sizeof part[*n].title, "%s", title);
  capital(part[(*n)++].title);
}

static bool has_table(const struct view_ops *ops, const struct binding *table) {
  return ops->bindings == table || ops->shared == table;
}

/* "in flow list, detail and log", or the name of the only one. Returns how many. */
static size_t put_screens(const struct binding *table, char *out, size_t size) {
  size_t n = 0, all = 0;
  for (size_t i = 0; binding_views[i] != NULL; i++)
    all += has_table(binding_views[i], table);
  snprintf(out, size, all > 1 ? "in " : "");
  for (size_t i = 0; binding_views[i] != NULL; i++) {
    size_t used = strlen(out);
    if (has_table(binding_views[i], table))
      snprintf(out + used, size - used, "%s%s", n == 0 ? "" : n + 1 == all ? " and " : ", ", binding_views[i]->name);
    n += has_table(binding_views[i], table);
  }
  return all;
}

static bool is_known(const struct part *part, size_t n, const struct binding *table) {
  for (size_t i = 0; i < n; i++)
    if (part[i].table == table)
      return true;
  return false;
}

/* What holds everywhere, what several screens have, what each has alone. */
static size_t gather(struct part *part) {
  char title[120];
  size_t n = 0;
  add_part(part, &n, global_bindings, "on every screen");
  for (int several = 1; several >= 0; several--)
    for (size_t i = 0; binding_views[i] != NULL; i++) {
      const struct binding *table[] = {binding_views[i]->bindings, binding_views[i]->shared};
      for (size_t t = 0; t < 2; t++)
        if (table[t] != NULL && !is_known(part, n, table[t]) &&
            (put_screens(table[t], title, sizeof title) > 1) == (several == 1))
          add_part(part, &n, table[t], title);
    }
  add_part(part, &n, typing_bindings, "on screens where letters are text");
  return n;
}

static bool has_group(const struct binding *table, const char *group) {
  for (const struct binding *b = table; b->keys != NULL; b++)
    if (strcmp(b->group, group) == 0)
      return true;
  return false;
}

/* ---- markdown ---- */

/* Within a table a bar ends the cell, in code spans too. */
static void put_cell(struct buf *out, const char *text) {
  for (; *text != '\0'; text++) {
    if (*text == '|')
      buf_add_byte(out, '\\');
    buf_add_byte(out, *text);
  }
}

static void put_keys(struct buf *out, const char *keys) {
  struct slice rest = slice_of(keys), name;
  bool more = false;
  while (keys[0] != '\0' && slice_split(&rest, ' ', &name)) {
    char one[32];
    snprintf(one, sizeof one, "%.*s", (int)name.n, name.p);
    buf_add_text(out, more ? " `" : "`");
    put_cell(out, one);
    buf_add_byte(out, '`');
    more = true;
  }
}

static void put_rows(struct buf *out, const struct binding *table, const char *group) {
  buf_printf(out, "\n%c", group[0]);
  for (const char *p = group + 1; *p != '\0'; p++)
    buf_add_byte(out, *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p);
  buf_add_text(out, ":\n\n| keys | does | command |\n| --- | --- | --- |\n");
  for (const struct binding *b = table; b->keys != NULL; b++) {
    if (strcmp(b->group, group) != 0)
      continue;
    buf_add_text(out, "| ");
    put_keys(out, b->keys);
    buf_add_text(out, " | ");
    put_cell(out, b->help);
    buf_printf(out, " | `%s` |\n", b->name);
  }
}

static void put_commands(struct buf *out) {
  buf_add_text(out,
               "\n## Command line\n\n"
               "`:` runs any command above by its name, with a number where the key takes one (`:10 flow-replay`). "
               "These take words:\n\n| command | does |\n| --- | --- |\n");
  for (const struct line_command *c = command_table; c->name != NULL; c++) {
    buf_printf(out, "| `:%s ", c->name);
    put_cell(out, c->argument);
    buf_add_text(out, "` | ");
    put_cell(out, c->help);
    buf_add_text(out, " |\n");
  }
  buf_add_text(out, "\nShorter ways to say some of them: ");
  for (const struct command_alias *a = command_aliases; a->alias != NULL; a++)
    buf_printf(out, "%s`:%s` is `%s`", a == command_aliases ? "" : ", ", a->alias, a->line);
  buf_add_text(out, ".\n\n`:set` changes while weir runs:");
  const char *comma = " ";
  for (size_t i = 0; i < option_table_n; i++)
    if (setting_fixed(&option_table[i]) == NULL) {
      buf_printf(out, "%s`%s`", comma, option_table[i].name);
      comma = ", ";
    }
  buf_add_text(out, ". The other options of `weir --help` are read when weir starts.\n");
}

void keys_page_markdown(struct buf *out) {
  struct part part[PARTS_MAX];
  size_t n = gather(part);
  buf_add_text(
      out, "# Keys\n\n"
           "This page is written by `make man` from the tables that dispatch the keys; they also make the hints on "
           "the last line, help (`?`), the palette (`Ctrl-P`) and weir(1). `yu` is two keys, one after the other: a "
           "menu shows what may follow the first. A number typed before a key repeats it or says which (`5j`, "
           "`12G`).\n\n"
           "Every act has a name. `:map KEYS COMMAND` binds keys to it as long as weir runs; the same line without "
           "the colon in the configuration file does so for good. It holds on every screen that has the command. "
           "`:unmap KEYS` takes that back, or takes keys away that are on this page.\n");
  for (size_t i = 0; i < n; i++) {
    buf_printf(out, "\n## %s\n", part[i].title);
    for (size_t g = 0; binding_groups[g] != NULL; g++)
      if (has_group(part[i].table, binding_groups[g]))
        put_rows(out, part[i].table, binding_groups[g]);
  }
  put_commands(out);
}

/* ---- mdoc ---- */

/* A backslash is an escape; a dot or a quote at the front of a line a request. */
static void put_mdoc(struct buf *out, const char *text) {
  if (*text == '.' || *text == '\'')
    buf_add_text(out, "\\&");
  for (; *text != '\0'; text++)
    if (*text == '\\')
      buf_add_text(out, "\\e");
    else
      buf_add_byte(out, *text);
}

/* Punctuation alone would be taken for a delimiter, names of macros for macros. */
static void put_mdoc_keys(struct buf *out, const char *keys) {
  struct slice rest = slice_of(keys), name;
  while (keys[0] != '\0' && slice_split(&rest, ' ', &name)) {
    char one[32];
    snprintf(one, sizeof one, "%.*s", (int)name.n, name.p);
    buf_add_text(out, " \\&");
    for (const char *p = one; *p != '\0'; p++)
      if (*p == '\\')
        buf_add_text(out, "\\e");
      else if (*p == '"')
        buf_add_text(out, "\\(dq");
      else if (*p == '\'')
        buf_add_text(out, "\\(aq");
      else
        buf_add_byte(out, *p);
  }
}

void keys_page_man(struct buf *out) {
  struct part part[PARTS_MAX];
  size_t n = gather(part);
  for (size_t i = 0; i < n; i++) {
    buf_printf(out, ".Ss %s\n.Bl -tag -width \"PgDn Ctrl-F\" -compact\n", part[i].title);
    for (const struct binding *b = part[i].table; b->keys != NULL; b++) {
      buf_add_text(out, b->keys[0] != '\0' ? ".It Ic" : ".It Ic :");
      if (b->keys[0] != '\0')
        put_mdoc_keys(out, b->keys);
      else
        buf_add_text(out, b->name);
      buf_add_byte(out, '\n');
      put_mdoc(out, b->help);
      buf_printf(out, "\n.Pq Cm %s\n", b->name);
    }
    buf_add_text(out, ".El\n");
  }
}

void keys_page_man_commands(struct buf *out) {
  buf_add_text(out, ".Bl -tag -width Ds -compact\n");
  for (const struct line_command *c = command_table; c->name != NULL; c++) {
    buf_printf(out, ".It Cm %s Ar %s\n", c->name, c->argument);
    put_mdoc(out, c->help);
    buf_add_byte(out, '\n');
  }
  buf_add_text(out, ".El\n");
}
