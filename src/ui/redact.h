/*
 * `set redact on`, for screens that others see: the values of Authorization, Proxy-Authorization, Cookie and Set-Cookie
 * are shown by their length only. What is sent, edited, copied or written is whole. Private to src/ui.
 */
#ifndef WEIR_SRC_UI_REDACT_H
#define WEIR_SRC_UI_REDACT_H

#include "ui/ui_state.h"

bool redact_is_secret(struct slice name); /* of a field */
/* "••• 24 B". */
void redact_put(struct slice value, bool ascii, struct buf *out);
bool redact_has_secret(const struct flow *f);
/* Copying what the screen hides is asked about once: false, having said so, the first time. */
bool redact_may_copy(struct ui *ui);

#endif
