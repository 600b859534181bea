/*
 * OpenSSL's view of a connection and its certificates as plain data (io/secure.h).
 */
#ifndef WEIR_TLS_FACTS_H
#define WEIR_TLS_FACTS_H

#include <openssl/ssl.h>

#include "weir/base/buf.h"
#include "weir/io/secure.h"

void facts_describe(struct secure_certificate *out, const X509 *x);
/* Certificates as a peer sent them; replaces what is there. NULL: none. */
void facts_set_chain(struct secure_facts *facts, const STACK_OF(X509) * chain);
void facts_set_agreed(struct secure_facts *facts, const SSL *ssl); /* version, cipher, ALPN, resumption */
void facts_subject(struct buf *out, const X509_NAME *name);
void facts_names(struct buf *out, const X509 *x); /* subjectAltName: "a.test, *.b.test, 127.0.0.1" */

#endif
