/*
 * Values of --mode: "MODE@[HOST:]PORT", or MODE alone, which is what is served where --listen says.
 */
#ifndef WEIR_APP_OPTION_MODE_H
#define WEIR_APP_OPTION_MODE_H

#include "weir/base/err.h"
#include "weir/proxy/mode.h"

/* One more in the NULL-terminated, allocated list (*list NULL: empty); "" empties it, and what is there already is not
 * added. Nothing is changed on failure. */
bool option_mode_add(char ***list, const char *name, const char *value, struct err *err);
/* Splits at the last @. *listen: what stands behind it, within `text`; NULL: nothing does. NULL on failure. */
struct mode *option_mode_read(const char *text, const char **listen, struct err *err);

#endif
