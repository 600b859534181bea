/*
 * Rules as mitmproxy writes them, made into ours. An option's name and its value (docs.mitmproxy.org, "Features"); the
 * first byte of the value is what separates its parts, and the filter may be left out:
 *
 *   modify_headers=/FILTER/NAME/VALUE     no VALUE: taken out
 *   modify_body=/FILTER/REGEX/REPLACEMENT
 *   map_local=|FILTER|URL-REGEX|PATH
 *   map_remote=|FILTER|URL-REGEX|REPLACEMENT
 *   block_list=/FILTER/STATUS             444: no answer at all
 */
#ifndef WEIR_RULE_IMPORT_H
#define WEIR_RULE_IMPORT_H

#include "weir/base/buf.h"
#include "weir/base/err.h"

/* Appends the rules that do the same, a line each: for both directions two. False: it is no such value, or says what no
 * rule of ours can. */
bool rule_import(struct slice option, struct buf *lines, struct err *err);
/* A file of such lines, or the list of a mitmproxy config.yaml: "modify_headers:" and below it "  - /~q/a/b". */
bool rule_import_file(struct slice text, struct buf *lines, struct err *err);

#endif
