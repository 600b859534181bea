/*
 * Commands that take words: `:filter ~m POST`, `:set memory 512M`. Every binding is a command by its name as well (with a
 * number at most); one that stands here too is, with words, what is said here. A new command is a row in commands.c and
 * an act where it belongs. Private to src/ui.
 */
#ifndef WEIR_SRC_UI_COMMANDS_H
#define WEIR_SRC_UI_COMMANDS_H

#include "ui/completion.h"
#include "weir/ui/view.h"

struct line_command {
  const char *name;
  const char *argument; /* what it takes, for people: "FILTER", "NAME [VALUE]" */
  const char *help;     /* phrase */
  /* False: nothing was done; err->at and err->span are within the argument. May push views. The argument is trimmed. */
  bool (*act)(struct ui *ui, struct view *v, struct slice argument, struct err *err);
  /* `before`: the argument up to the cursor. completion_begin() with a place in it. NULL: nothing is known. */
  void (*complete)(struct ui *ui, struct slice before, struct completion *out);
  bool optional; /* it can be called without words too, even where no binding has its name */
};

extern const struct line_command command_table[]; /* ends with name == NULL */

/* A shorter way to say a command line: "q" for "quit". */
struct command_alias {
  const char *alias, *line;
};
extern const struct command_alias command_aliases[]; /* ends with alias == NULL */

const struct line_command *command_find(struct slice name); /* NULL: none */

/* command_line.c: the `:` line, empty or with something to begin with, and what it does. */
void act_command_line(struct ui *ui, struct view *v, int count);
void command_line_open(struct ui *ui, const char *text);
/* The lines of the configuration file that are the screen's; err names file and line of the one that is wrong. */
bool command_run_file(struct ui *ui, struct err *err);

/* command_acts.c */
bool command_map(struct ui *ui, struct view *v, struct slice argument, struct err *err);
bool command_unmap(struct ui *ui, struct view *v, struct slice argument, struct err *err);
bool command_go_to(struct ui *ui, struct view *v, struct slice argument, struct err *err);
void complete_map(struct ui *ui, struct slice before, struct completion *out);
void complete_unmap(struct ui *ui, struct slice before, struct completion *out);

/* settings.c */
bool command_set(struct ui *ui, struct view *v, struct slice argument, struct err *err);
void complete_set(struct ui *ui, struct slice before, struct completion *out);

/* What other files do, with words: detail_hex.c, condition.c, actions.c, write_acts.c. */
bool command_goto(struct ui *ui, struct view *v, struct slice argument, struct err *err);
bool command_intercept(struct ui *ui, struct view *v, struct slice argument, struct err *err);
bool command_note(struct ui *ui, struct view *v, struct slice argument, struct err *err);
bool command_write_body(struct ui *ui, struct view *v, struct slice argument, struct err *err);
bool command_write_raw(struct ui *ui, struct view *v, struct slice argument, struct err *err);

#endif
