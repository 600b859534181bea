#include "pem.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>

/* The default would ask on the terminal, and wait there. */
static int no_passphrase(char *room, int size, int writing, void *arg) {
  (void)room;
  (void)size;
  (void)writing;
  (void)arg;
  return -1;
}

static BIO *reader(struct slice text) {
  return text.n <= INT_MAX ? BIO_new_mem_buf(text.n ? text.p : "", (int)text.n) : NULL;
}

EVP_PKEY *pem_key(struct slice text) {
  BIO *in = reader(text);
  EVP_PKEY *key = in ? PEM_read_bio_PrivateKey(in, NULL, no_passphrase, NULL) : NULL;
  BIO_free(in);
  ERR_clear_error();
  return key;
}

STACK_OF(X509) * pem_certificates(struct slice text, int most) {
  STACK_OF(X509) *all = sk_X509_new_null();
  BIO *in = reader(text);
  X509 *x;
  if (!all)
    abort(); /* no memory */
  while (in && sk_X509_num(all) < most && (x = PEM_read_bio_X509(in, NULL, no_passphrase, NULL)) != NULL)
    if (!sk_X509_push(all, x))
      X509_free(x);
  BIO_free(in);
  ERR_clear_error();
  return all;
}
