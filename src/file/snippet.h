/* What curl commands and the other snippets share: whether a request can be told, and which fields are. */
#ifndef WEIR_SRC_FILE_SNIPPET_H
#define WEIR_SRC_FILE_SNIPPET_H

#include "weir/file/snippet.h"

/* False with a sentence: there is no whole request, or its body is too long for a command. */
bool snippet_possible(const struct flow *f, struct err *err);
/* The field belongs to one connection only, and so was not sent on (RFC 9110-7.6.1). */
bool snippet_hop_by_hop(const struct http_head *head, struct slice name);

/* markdown.c */
void snippet_markdown(const struct flow *f, struct buf *out);

#endif
