/*
 * X.509 certificates as weir makes them: the authority and its leaves (RFC 5280, 9525). Built from structures, never
 * from text that is parsed again, so that a name can be nothing but a name.
 */
#ifndef WEIR_TLS_CERTIFICATE_H
#define WEIR_TLS_CERTIFICATE_H

#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdint.h>

#include "name.h"

struct certificate_issuer {
  X509 *certificate;
  EVP_PKEY *key;
};

EVP_PKEY *certificate_key_new(void);             /* P-256 */
EVP_PKEY *certificate_public_key(EVP_PKEY *key); /* its public half, cheap to certify often */
/* Self-signed; `now` in seconds since 1970; limits: what it may sign for, NULL: any name. */
X509 *certificate_authority_new(EVP_PKEY *key, int64_t now, const NAME_CONSTRAINTS *limits);
/* `key` may be a public half. NULL: the issuer is past its end, or OpenSSL refused. */
X509 *certificate_leaf_new(const struct certificate_issuer *issuer, EVP_PKEY *key, const struct name *name,
                           int64_t now);
bool certificate_add_name(X509 *x, const struct name *name);                   /* the name for which it stands */
int64_t certificate_time(const ASN1_TIME *time);                               /* seconds since 1970; 0: not readable */
void certificate_fingerprint(const X509 *certificate, char *out, size_t size); /* SHA-256, "9F:31:..." */

#endif
