/*
 * `set redact on`, for screens that others see. The values of fields that carry credentials are shown by their length
 * only; values in URLs, forms, JSON and texts like these whose name says that they are secret are shown as stars. Names
 * are all that weir goes by: a secret under another name is shown. What is sent, edited, copied or written is whole.
 * Private to src/ui.
 */
#ifndef WEIR_SRC_UI_REDACT_H
#define WEIR_SRC_UI_REDACT_H

#include "ui/ui_state.h"

/* Of a field, a parameter, a member: Authorization, Cookie, password, access_token, X-Api-Key. Of a path (".user.pin")
 * the last part counts. */
bool redact_is_secret(struct slice name);
/* "••• 24 B". */
void redact_put(struct slice value, bool ascii, struct buf *out);

/* The next value from `*at` on that is not for others to see, as in "token=abc", "\"token\": 12" and, in what weir says
 * of a change, ".token 1 -> 2". *at: behind it. False: there is none. */
bool redact_find(struct slice text, size_t *at, struct slice *value);
/* Stars in the place of each byte of such values; offsets stay right. False: there was none. */
bool redact_mask(char *text, size_t n);
void redact_canvas(
    struct canvas *c); /* the same for all that is drawn, but for programs in panes and what is being typed */

bool redact_has_secret(const struct flow *f); /* as far as can be told soon */
/* Copying what the screen hides is asked about once: false, having said so, the first time. */
bool redact_may_copy(struct ui *ui);

#endif
