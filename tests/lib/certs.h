/* Certificates of every kind, good and bad, for tests: made in a millisecond, written as PEM where a program wants
 * files. */
#ifndef WEIR_TESTS_CERTS_H
#define WEIR_TESTS_CERTS_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <time.h>

struct cert {
  X509 *x;
  EVP_PKEY *key;
};

struct cert_wish {
  const char *cn;
  const char *san; /* "DNS:a.test,IP:127.0.0.1"; NULL: none */
  const char *eku; /* "serverAuth"; NULL: none */
  int from, until; /* days from now; both 0: from yesterday for a year */
  time_t now;      /* 0: the machine's */
  bool ca;         /* may sign others */
  bool rsa;        /* RSA 2048 instead of P-256 */
};

/* issuer NULL: self-signed. Aborts when OpenSSL refuses. */
struct cert cert_make(const struct cert_wish *wish, const struct cert *issuer);
void cert_clear(struct cert *c);
/* Certificates one after the other, then the key where it is not NULL. The file is 0600. */
void cert_write(const char *path, const struct cert *const *certs, size_t n, EVP_PKEY *key);

#endif
