#include "bundle.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"
#include "weir/base/path.h"
#include "weir/base/vec.h"

#define FILE_MAX    ((size_t)16 << 20)
#define ENTRIES_MAX 4096

struct entry {
  unsigned long subject; /* as OpenSSL hashes names, for its folders too: case and spaces do not matter */
  unsigned char *der;    /* OpenSSL's */
  long n;
};

struct bundle {
  char *path;
  bool read;
  VEC(struct entry) waiting;
};

/* ---- where the subject is (RFC 5280-4.1) ---- */

/* The bytes of the value at *p, which then stands behind it. */
static bool take(const unsigned char **p, const unsigned char *end, const unsigned char **inside, long *n) {
  int tag, class;
  *inside = *p;
  if (ASN1_get_object(inside, n, &tag, &class, end - *p) & 0x81) /* broken, or of no definite length */
    return false;
  *p = *inside + *n;
  return true;
}

static bool hash_subject(const struct entry *e, unsigned long *hash) {
  const unsigned char *p = e->der, *inside, *at;
  long n;
  if (!take(&p, e->der + e->n, &inside, &n)) /* Certificate */
    return false;
  p = inside;
  if (!take(&p, inside + n, &inside, &n)) /* TBSCertificate */
    return false;
  p = inside;
  const unsigned char *end = inside + n;
  int before = n > 0 && *p == (V_ASN1_CONTEXT_SPECIFIC | V_ASN1_CONSTRUCTED) ? 5 : 4; /* version, where it is said */
  while (before-- > 0) /* ... serial number, algorithm, issuer, validity */
    if (!take(&p, end, &inside, &n))
      return false;
  at = p;
  X509_NAME *name = d2i_X509_NAME(NULL, &at, end - p);
  if (name)
    *hash = X509_NAME_hash_ex(name, NULL, NULL, NULL);
  X509_NAME_free(name);
  return name != NULL;
}

/* ---- */

static bool at_the_end(void) {
  return ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
}

static void add(struct bundle *b, const char *kind, struct entry e) {
  bool certificate = strcmp(kind, PEM_STRING_X509) == 0 || strcmp(kind, PEM_STRING_X509_OLD) == 0 ||
                     strcmp(kind, PEM_STRING_X509_TRUSTED) == 0;
  if (certificate && hash_subject(&e, &e.subject))
    VEC_PUSH(&b->waiting, e);
  else
    OPENSSL_clear_free(e.der, (size_t)e.n); /* a key has no place there, but may be in it */
}

static void read_all(struct bundle *b) {
  char *bytes = NULL;
  size_t n = 0;
  if (!path_read(b->path, FILE_MAX, &bytes, &n, NULL))
    return; /* it may be there the next time */
  b->read = true;
  BIO *in = BIO_new_mem_buf(bytes, (int)n);
  char *kind = NULL, *fields = NULL;
  struct entry e = {0};
  while (in && b->waiting.n < ENTRIES_MAX) {
    if (PEM_read_bio(in, &kind, &fields, &e.der, &e.n) == 1) {
      add(b, kind, e);
      OPENSSL_free(kind);
      OPENSSL_free(fields);
    } else if (at_the_end()) {
      break;
    }
    ERR_clear_error();
  }
  BIO_free(in);
  free(bytes);
}

struct bundle *bundle_new(const char *path) {
  struct bundle *b = mem_zero(1, sizeof *b);
  b->path = mem_dup(path);
  return b;
}

void bundle_free(struct bundle *b) {
  if (!b)
    return;
  for (size_t i = 0; i < b->waiting.n; i++)
    OPENSSL_free(b->waiting.v[i].der);
  VEC_CLEAR(&b->waiting);
  free(b->path);
  free(b);
}

void bundle_offer(struct bundle *b, const X509_NAME *subject, X509_STORE *store) {
  unsigned long hash = X509_NAME_hash_ex(subject, NULL, NULL, NULL);
  if (!b->read)
    read_all(b);
  for (size_t i = 0; i < b->waiting.n;) {
    struct entry e = b->waiting.v[i];
    if (e.subject != hash) {
      i++;
      continue;
    }
    VEC_REMOVE(&b->waiting, i);
    const unsigned char *p = e.der;
    X509 *x = d2i_X509_AUX(NULL, &p, e.n);
    if (x)
      X509_STORE_add_cert(store, x);
    X509_free(x);
    OPENSSL_free(e.der);
  }
  ERR_clear_error();
}

size_t bundle_waiting(const struct bundle *b) {
  return b->waiting.n;
}
