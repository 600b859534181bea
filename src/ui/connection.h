/*
 * The connection that one side of a flow went over, as lines to read: addresses, what TLS agreed on, and each
 * certificate that was shown. Values are wire text where a peer chose them: for the canvas only.
 */
#ifndef WEIR_SRC_UI_CONNECTION_H
#define WEIR_SRC_UI_CONNECTION_H

#include "weir/flow/flow.h"

enum connection_tone { CONNECTION_PLAIN, CONNECTION_GOOD, CONNECTION_BAD };

/* One line; name "" goes on with what the line before is about. */
typedef void connection_fn(void *arg, const char *name, struct slice value, enum connection_tone tone);

void connection_lines(const struct flow *f, enum flow_side side, connection_fn *put_line, void *arg);

#endif
