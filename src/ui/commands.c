#include "ui/commands.h"

#include "ui/colours.h"
#include "ui/columns.h"
#include "ui/filter_acts.h"
#include "ui/rule_acts.h"
#include "ui/shell_line.h"
#include "ui/sort_acts.h"
#include "ui/view_pipe.h"
#include "ui/write_list.h"

#include "weir/base/slice.h"

static void complete_condition(struct ui *ui, struct slice before, struct completion *out) {
  filter_complete_prompt(ui, NULL, before, out);
}

static void complete_file(struct ui *ui, struct slice before, struct completion *out) {
  completion_file_name(ui, NULL, before, out);
}

static void complete_shell(struct ui *ui, struct slice before, struct completion *out) {
  complete_shell_line(ui, NULL, before, out);
}

const struct line_command command_table[] = {
    {"colour", "FILTER COLOUR",
     "draw the rows that match in that colour; without words: which there are; remove NUMBER", command_colour,
     complete_colour, true},
    {"columns", "NAME,... or +NAME -NAME", "choose the columns of the list: fields, headers, JSON values; default",
     command_columns, complete_columns},
    {"filter", "FILTER", "show only the flows that match; save NAME, forget NAME, or a saved NAME", command_filter,
     complete_filter_command},
    {"flow-note", "TEXT", "note it on the flow", command_note},
    {"go-to", "NUMBER", "select the flow with that number; a number alone does the same", command_go_to},
    {"goto", "OFFSET or LINE", "to that place of the body: 0x5a004c, or a line; an offset alone does the same",
     command_goto},
    {"intercept", "FILTER", "pause what matches", command_intercept, complete_condition},
    {"map", "KEYS COMMAND", "bind keys to a command, as long as weir runs", command_map, complete_map, true},
    {"pipe", "COMMAND", "run the body through a shell command and look at what it writes", command_pipe,
     complete_shell},
    {"rule", "[NAME] FILTER => ACTION", "add a rule: path:/api => answer 500", command_rule, complete_rule},
    {"rules", "[on|off]", "all rules on or off; without a word: the list of them", command_rules, complete_rules, true},
    {"rules-write", "FILE", "write the rules to that file, for --rules", command_rules_write, complete_file},
    {"set", "NAME [VALUE]", "change an option, or show it", command_set, complete_set},
    {"sort", "FIELD [desc]", "sort the list by a field, a header (resp.header:server) or a JSON value (json:.path)",
     command_sort, complete_sort},
    {"unmap", "KEYS", "take a binding back, or the keys away", command_unmap, complete_unmap},
    {"write-body", "FILE", "write the body to that file", command_write_body, complete_file},
    {"write-csv", "FILE", "write the flows of the list as CSV", command_write_csv, complete_file},
    {"write-har", "FILE", "write the flows of the list as a HAR file", command_write_har, complete_file},
    {"write-raw", "FILE", "write the raw message to that file", command_write_raw, complete_file},
    {.name = NULL},
};

const struct command_alias command_aliases[] = {
    {"q", "quit"}, {"q!", "quit-now"},  {"qa", "quit"},     {"qa!", "quit-now"}, {"quit!", "quit-now"}, {"x", "quit"},
    {"h", "help"}, {"f", "filter"},     {"e", "flow-edit"}, {"i", "intercept"},  {"u", "undo"},         {"red", "redo"},
    {"se", "set"}, {"w", "write-body"}, {"b", "back"},      {"color", "colour"}, {NULL, NULL},
};

const struct line_command *command_find(struct slice name) {
  for (const struct line_command *c = command_table; c->name != NULL; c++)
    if (slice_eq(slice_of(c->name), name))
      return c;
  return NULL;
}
