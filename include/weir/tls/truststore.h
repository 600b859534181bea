/*
 * Authorities as a JVM wants them: PKCS #12 instead of PEM.
 */
#ifndef WEIR_TLS_TRUSTSTORE_H
#define WEIR_TLS_TRUSTSTORE_H

#include "weir/base/buf.h"

#define TRUSTSTORE_PASSWORD "changeit" /* Java's own for such files; nothing in it is secret */

/* All certificates in `pem`, at most 2000; false: there is none, or OpenSSL could not make it. */
bool truststore_make(struct slice pem, struct buf *out);

#endif
