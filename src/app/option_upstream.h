/*
 * Values of --upstream and --no-upstream, and what is secret on a command line.
 */
#ifndef WEIR_SRC_APP_OPTION_UPSTREAM_H
#define WEIR_SRC_APP_OPTION_UPSTREAM_H

#include "weir/app/option.h"
#include "weir/proxy/way.h"

/* One more in the NULL-terminated, allocated list (*list NULL: empty); "@FILE" stands for the first line of a file.
 * Nothing is changed on failure. */
bool option_upstream_add(char ***list, const char *name, const char *value, struct err *err);
bool option_upstream_except(char ***list, const char *name, const char *value, struct err *err);
/* The value itself, or what the file behind its @ holds; the caller's, NULL with *err. */
char *option_secret_read(const char *name, const char *value, struct err *err);
/* NULL: no upstream proxies. The environment's no_proxy is read here. */
struct ways *option_upstream_ways(const struct options *o);

#endif
