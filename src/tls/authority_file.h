/*
 * The files of an authority: certificate and key, PEM. The key is refused when anybody but its owner may read it or
 * put another in its place (CWE-732), and is written 0600 from its first byte, beside its place, then moved there.
 */
#ifndef WEIR_TLS_AUTHORITY_FILE_H
#define WEIR_TLS_AUTHORITY_FILE_H

#include <openssl/x509.h>

#include "weir/base/err.h"

struct authority_pair {
  STACK_OF(X509) * certificates; /* the authority's own first, then those above it */
  EVP_PKEY *key;
};

/* Without reading the key, but for its first and last line. */
bool authority_pair_looks_good(const char *certificate, const char *key);
bool authority_pair_load(const char *certificate, const char *key, struct authority_pair *out, struct err *err);
bool authority_pair_write(const char *certificate, const char *key, X509 *x, EVP_PKEY *pkey, struct err *err);
void authority_pair_clear(struct authority_pair *pair);

/* One weir at a time makes or replaces an authority. -1 with *err when the folder is not there or not safe. */
int authority_lock(const char *certificate, struct err *err);
void authority_unlock(int lock);

#endif
