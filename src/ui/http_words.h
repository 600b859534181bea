/* What fields, statuses and methods of HTTP mean, in a sentence for a person. */
#ifndef WEIR_SRC_UI_HTTP_WORDS_H
#define WEIR_SRC_UI_HTTP_WORDS_H

#include "weir/base/slice.h"

/* NULL: not known here. */
const char *http_field_words(struct slice name);
const char *http_method_words(struct slice method);
/* A status that has no sentence gets that of its class; NULL outside 100..599. */
const char *http_status_words(int status);

#endif
