/*
 * A finished flow as one line: for people (--headless) or as JSON (--json), described in weir(1).
 * JSON: strings are UTF-8; a value whose bytes are not valid UTF-8 stands as NAME_base64 instead. Heads always, bodies
 * only where asked for. Parsing a line back gives the same bytes.
 */
#ifndef WEIR_FILE_LINE_H
#define WEIR_FILE_LINE_H

#include "weir/flow/flow.h"

void line_text(const struct flow *f, struct buf *out);               /* with newline */
void line_json(const struct flow *f, bool bodies, struct buf *out);  /* with newline */

#endif
