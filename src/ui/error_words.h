/* What is likely behind a failure, and what to do about it, for the log. Private to src/ui. */
#ifndef WEIR_SRC_UI_ERROR_WORDS_H
#define WEIR_SRC_UI_ERROR_WORDS_H

#include "weir/flow/flow.h"

/* Of a flow that failed; NULL: the sentence of the failure says it all. Words that stand for ever. */
const char *error_cause(const struct flow *f);
const char *error_advice(const struct flow *f);

#endif
