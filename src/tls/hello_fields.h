/*
 * What a ClientHello says that weir wants to know, from inside OpenSSL's client-hello callback.
 */
#ifndef WEIR_TLS_HELLO_FIELDS_H
#define WEIR_TLS_HELLO_FIELDS_H

#include <openssl/ssl.h>

#include "weir/tls/hello.h"

void hello_take(SSL *ssl, struct hello *out);

/* A list of protocol names as TLS writes it (RFC 7301-3.1): the next name; false at the end or when it is broken. */
bool hello_next_protocol(struct slice *list, struct slice *name);

#endif
