/*
 * What is known of a flow's TLS, for the JSON line: member "tls", described in weir/file/line.h.
 */
#ifndef WEIR_FILE_SECURE_LINE_H
#define WEIR_FILE_SECURE_LINE_H

#include "weir/base/emit.h"
#include "weir/flow/flow.h"

void secure_line(struct emit *j, const struct flow *f);

#endif
