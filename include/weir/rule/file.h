/*
 * A file of rules: one a line (rule.h), in order. Empty lines and lines that begin with # are comments; a backslash at
 * the end of a line joins the next one to it. What came from the file is replaced when it is read again; a rule whose
 * line is the same keeps its counters and its switch. So does one made by hand that is written as such a line: what was
 * saved into the file and is read from there stands once in the list.
 */
#ifndef WEIR_RULE_FILE_H
#define WEIR_RULE_FILE_H

#include "weir/rule/rule.h"

/* All or nothing: at the first line that is no rule nothing changes, and err->text begins with its place, "3:17: ". */
bool rules_load(struct rules *rules, struct slice text, struct err *err);

/* One as such a line, switched as it is now, without the line's end. */
void rule_put(const struct rule *rule, struct buf *out);
/* The list as such a file: comments are not in it. */
void rules_save(const struct rules *rules, struct buf *out);

#endif
