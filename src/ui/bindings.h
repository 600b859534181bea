/*
 * All there is of keys: every view with its tables of bindings, in the order in which the documentation names them. A
 * view or group that is not in here has no help, no page and no test. Private to src/ui.
 */
#ifndef WEIR_SRC_UI_BINDINGS_H
#define WEIR_SRC_UI_BINDINGS_H

#include "weir/ui/view.h"

extern const struct view_ops *const binding_views[]; /* ends with NULL */
extern const char *const binding_groups[];           /* in the order of help; ends with NULL */

/* A key that begins chords, and what they have in common: the title of its menu. */
struct binding_prefix {
  char key;
  const char *title;
  bool flow; /* they act on the flow under the cursor, which the title names */
};
const struct binding_prefix *binding_prefix(uint32_t code); /* NULL: chords of the person's own */

/* Walks every binding that holds in such a view: its own, its shared ones, the global ones. Start with *at = 0; NULL at
 * the end. */
const struct binding *bindings_next(const struct view_ops *ops, size_t *at);

#endif
