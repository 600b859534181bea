/*
 * All authorities in one PEM file, as systems keep them that have no folder with hashed names, and as SSL_CERT_FILE
 * names it. Reading it is put off until an authority is looked for, and then only subjects are read of its some hundred
 * certificates: making X509 objects of all costs OpenSSL 3 thirty milliseconds and 2 MB, of which a run needs a few.
 */
#ifndef WEIR_TLS_BUNDLE_H
#define WEIR_TLS_BUNDLE_H

#include <openssl/x509.h>
#include <stdbool.h>

struct bundle;

struct bundle *bundle_new(const char *path); /* nothing is read yet; a file that is not there holds none */
void bundle_free(struct bundle *b);
/* Puts those with this subject into the store, where they were not put yet. */
void bundle_offer(struct bundle *b, const X509_NAME *subject, X509_STORE *store);
size_t bundle_waiting(const struct bundle *b); /* read, and not offered yet */

#endif
