/* Finding and replacing in one go. */
#ifndef WEIR_TESTS_EDITOR_WHOLE_H
#define WEIR_TESTS_EDITOR_WHOLE_H

#include "weir/ui/editor.h"

static inline size_t editor_run(struct editor_task *t) {
  editor_task_step(t, UINT64_MAX);
  size_t count = editor_task_count(t);
  editor_task_free(t);
  return count;
}

static inline bool editor_find(struct editor *e, struct slice needle, bool backward) {
  return editor_run(editor_find_begin(e, needle, backward)) > 0;
}

static inline size_t editor_replace(struct editor *e, struct slice needle, struct slice with) {
  return editor_run(editor_replace_begin(e, needle, with));
}

#endif
