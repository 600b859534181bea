/* Reading the words of an action. Private to src/rule. */
#ifndef WEIR_SRC_RULE_WORDS_H
#define WEIR_SRC_RULE_WORDS_H

#include "weir/base/buf.h"
#include "weir/base/err.h"
#include "weir/base/slice.h"

/* Takes the next word off, up to a blank; empty at the end. */
struct slice words_next(struct slice *rest);
/* The same where it is `word`. */
bool words_take(struct slice *rest, const char *word);
/* "text" with \" \\ \n \r \t and \xHH in it, or a bare word: appended to *out. False, with the place in `whole`, where a
 * quote is not closed or an escape is none. */
bool words_text(struct slice whole, struct slice *rest, struct buf *out, struct err *err);
/* Where `part` begins in `whole`; its end for an empty one. */
size_t words_place(struct slice whole, struct slice part);

#endif
