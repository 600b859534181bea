/*
 * Options while weir runs: `:set NAME VALUE` over the option table. What is read once at the start cannot be changed later,
 * and says so; the rest acts at once, on what comes from now on. The screen's own options are applied by the screen
 * (ui/settings.c): they change here without an effect of their own.
 */
#ifndef WEIR_APP_SETTING_H
#define WEIR_APP_SETTING_H

#include "weir/app/weir.h"

/* Why an option cannot be changed while weir runs, as a sentence that begins with its name; NULL: it can. */
const char *setting_fixed(const struct option_row *row);
/* value NULL: a flag goes on. On error nothing changes. */
bool setting_change(struct weir *w, const char *name, const char *value, struct err *err);
/* What it is now, as it would be typed; "" when there is none. */
void setting_value(const struct options *o, const struct option_row *row, struct buf *out);

#endif
