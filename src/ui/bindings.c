#include "ui/bindings.h"

#include "ui/editor_pane.h"
#include "ui/prompt.h"
#include "ui/repeater.h"
#include "ui/rule_acts.h"
#include "ui/ui_state.h"
#include "ui/view_diff.h"
#include "ui/view_edit.h"
#include "ui/view_pipe.h"

const struct view_ops *const binding_views[] = {
    &list_view_ops,      &detail_view_ops,     &paused_view_ops, &repeater_view_ops,    &rules_view_ops,
    &rule_form_view_ops, &intercepts_view_ops, &edit_view_ops,   &editor_pane_view_ops, &diff_view_ops,
    &pipe_view_ops,      &log_view_ops,        &stats_view_ops,  &setup_view_ops,       &help_view_ops,
    &palette_view_ops,   &quit_view_ops,       &prompt_view_ops, &question_view_ops,    NULL,
};

const char *const binding_groups[] = {"MOVE",   "FIND",   "ACT ON A FLOW", "SCREEN", "PROGRAM", "SHOW ONLY, HIDE",
                                      "SORT",   "SELECT", "EDIT",          "RULES",  "SETUP",   "INTERCEPTS",
                                      "PROMPT", NULL};

static const struct binding_prefix prefixes[] = {
    {'y', "copy", true}, {'w', "write to a file", true}, {'M', "make a rule from", true}, {'=', "show only", true},
    {'-', "hide", true}, {'s', "sort by", false},        {'g', "go to", false},           {'z', "fold, zoom", false},
};

const struct binding_prefix *binding_prefix(uint32_t code) {
  for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
    if ((uint32_t)prefixes[i].key == code)
      return &prefixes[i];
  return NULL;
}

const struct binding *bindings_next(const struct view_ops *ops, size_t *at) {
  const struct binding *everywhere = ops->typing ? typing_bindings : global_bindings;
  const struct binding *table[] = {ops->bindings, ops->shared, ops->overlay || ops->foreign ? NULL : everywhere};
  size_t i = (*at)++;
  for (size_t t = 0; t < sizeof table / sizeof *table; t++)
    for (const struct binding *b = table[t]; b != NULL && b->keys != NULL; b++)
      if (i-- == 0)
        return b;
  return NULL;
}
