/*
 * Filters kept by name, in a text file of their own that a person may edit too: a line "NAME FILTER" each; empty lines
 * and those that begin with # stay as they are, and so does every line that is not the one saved or taken out. The file
 * is read anew each time it is asked, so that both ways of changing it hold at once.
 */
#ifndef WEIR_FILTER_PRESET_H
#define WEIR_FILTER_PRESET_H

#include "weir/base/err.h"
#include "weir/base/slice.h"
#include "weir/base/vec.h"

struct filter_preset {
  char *name, *text;
};

struct filter_presets {
  char *path;                     /* owned */
  VEC(struct filter_preset) list; /* as read last, in the file's order */
};

void filter_presets_init(struct filter_presets *p, char *path); /* path: malloc'ed, taken over */
void filter_presets_clear(struct filter_presets *p);
/* Where there is no file there are no presets: true. */
bool filter_presets_read(struct filter_presets *p, struct err *err);
/* By its name; where a name stands twice, the last one. NULL: none. */
const char *filter_presets_find(const struct filter_presets *p, struct slice name);
/* In the place of one of that name, else at the end. A name is a word of letters, digits, - _ and . The filter has to
 * compile. err->at is within `text` then. */
bool filter_presets_save(struct filter_presets *p, struct slice name, struct slice text, struct err *err);
bool filter_presets_forget(struct filter_presets *p, struct slice name, struct err *err); /* false too: there is none */

#endif
