/*
 * A call of fetch() as browsers copy it ("Copy as fetch"), and people write it with literals: the address, method, headers
 * and body. No JavaScript is run: what is no literal is said and left out.
 */
#ifndef WEIR_FILE_FETCH_PARSE_H
#define WEIR_FILE_FETCH_PARSE_H

#include "weir/base/buf.h"
#include "weir/base/err.h"

bool fetch_is_call(struct slice text);
/* Appends the message (lines end in LF, the target is the whole URL) and to `told` a line for each thing to say about it. */
bool fetch_parse(struct slice text, struct buf *message, struct buf *told, struct err *err);

#endif
