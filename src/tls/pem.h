/*
 * What stands in PEM text (RFC 7468). Nothing is ever asked on the terminal: what needs a passphrase cannot be read.
 */
#ifndef WEIR_TLS_PEM_H
#define WEIR_TLS_PEM_H

#include <openssl/x509.h>

#include "weir/base/slice.h"

EVP_PKEY *pem_key(struct slice text); /* the first private key; NULL: none that can be read */
/* The certificates in their order, at most so many; never NULL. Up to the first that is damaged. */
STACK_OF(X509) * pem_certificates(struct slice text, int most);

#endif
