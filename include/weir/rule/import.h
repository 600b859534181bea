/*
 * Rules as mitmproxy writes them, made into ours. An option's name and its value (docs.mitmproxy.org, "Features"); the
 * first byte of the value is what separates its parts, and the filter may be left out:
 *
 *   modify_headers=/FILTER/NAME/[@]VALUE     no VALUE: taken out; @: read from a file, now
 *   modify_body=/FILTER/REGEX/[@]REPLACEMENT
 *   map_local=|FILTER|URL-REGEX|PATH
 *   map_remote=|FILTER|URL-REGEX|REPLACEMENT
 *   block_list=/FILTER/STATUS                444: no answer at all
 *
 * All of them together are one import, since they depend on each other: two values for one field are both sent, and
 * mitmproxy has an order of its own among the options.
 */
#ifndef WEIR_RULE_IMPORT_H
#define WEIR_RULE_IMPORT_H

#include "weir/base/buf.h"
#include "weir/base/err.h"

struct rule_import;

struct rule_import *rule_import_new(void);
void rule_import_free(struct rule_import *in);
/* NAME=VALUE. False: it is no such value, or says what no rule of ours can; nothing was added. */
bool rule_import_option(struct rule_import *in, struct slice option, struct err *err);
/* A config.yaml, or a file of lines NAME=VALUE; both may stand in one. *notes (may be NULL) gets a line for each key that
 * looks like one of the options and is none; other options of mitmproxy's are passed over. */
bool rule_import_file(struct rule_import *in, struct slice text, struct buf *notes, struct err *err);
/* Appends the rules that do the same, a line each. */
void rule_import_lines(const struct rule_import *in, struct buf *lines);

#endif
