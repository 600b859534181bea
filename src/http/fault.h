/*
 * Setting an http_fault: the status is the one to answer a client with; what a server did wrong is always 502.
 */
#ifndef WEIR_SRC_HTTP_FAULT_H
#define WEIR_SRC_HTTP_FAULT_H

#include "weir/http/head.h"

/* `at` and `span`: the place in the head. fault may be NULL. */
void fault_put(struct http_fault *fault, enum http_role role, int status, size_t at, size_t span, const char *format,
               ...) __attribute__((format(printf, 6, 7)));

/* The same as an expression that is false, also for whoever reads only the caller (a static analyser). */
#define fault_set(...) (fault_put(__VA_ARGS__), false)

#endif
