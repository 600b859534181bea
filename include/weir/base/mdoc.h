/* Text for a manual page in mdoc(7), where a dot or a quote at the front of a line is a request and a backslash an escape. */
#ifndef WEIR_BASE_MDOC_H
#define WEIR_BASE_MDOC_H

#include "weir/base/buf.h"

void mdoc_add(struct buf *out, struct slice text); /* on a line of its own, whose end is the caller's */

#endif
