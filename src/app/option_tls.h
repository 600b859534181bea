/*
 * Values of options about TLS: lists of hosts, client certificates, versions.
 */
#ifndef WEIR_APP_OPTION_TLS_H
#define WEIR_APP_OPTION_TLS_H

#include "weir/base/err.h"

/* Lists are NULL-terminated and allocated; *list NULL: empty. Nothing is changed on failure. */
bool option_tls_hosts(char ***list, const char *name, const char *value, struct err *err);
bool option_tls_certificate(char ***list, const char *name, const char *value, struct err *err);
void option_tls_clear(char ***list);
bool option_tls_version(int *version, const char *name, const char *value, struct err *err);

#endif
