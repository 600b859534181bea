#include "certs.h"

#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void demand(bool holds, const char *what) {
  if (holds)
    return;
  fprintf(stderr, "test certificates: %s\n", what);
  abort();
}

static void add(X509 *x, X509 *issuer, int nid, const char *value) {
  X509V3_CTX ctx;
  if (!value)
    return;
  X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
  X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
  demand(extension && X509_add_ext(x, extension, -1), value);
  X509_EXTENSION_free(extension);
}

static void set_serial(X509 *x) {
  int64_t serial = 0;
  demand(RAND_bytes((unsigned char *)&serial, sizeof serial) == 1, "random");
  ASN1_INTEGER_set_int64(X509_get_serialNumber(x), (serial & INT64_MAX) | 1);
}

struct cert cert_make(const struct cert_wish *wish, const struct cert *issuer) {
  struct cert c = {X509_new(), wish->rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256")};
  bool usual = wish->from == 0 && wish->until == 0;
  demand(c.x && c.key, "no memory");
  const struct cert *by = issuer ? issuer : &c;
  time_t now = wish->now ? wish->now : time(NULL);
  X509_set_version(c.x, X509_VERSION_3);
  set_serial(c.x);
  X509_time_adj_ex(X509_getm_notBefore(c.x), usual ? -1 : wish->from, 0, &now);
  X509_time_adj_ex(X509_getm_notAfter(c.x), usual ? 365 : wish->until, 0, &now);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(c.x), "CN", MBSTRING_UTF8, (const unsigned char *)wish->cn, -1, -1,
                             0);
  X509_set_issuer_name(c.x, X509_get_subject_name(by->x));
  X509_set_pubkey(c.x, c.key);
  add(c.x, by->x, NID_subject_key_identifier, "hash");
  if (issuer)
    add(c.x, by->x, NID_authority_key_identifier, "keyid");
  add(c.x, by->x, NID_basic_constraints, wish->ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
  add(c.x, by->x, NID_key_usage,
      wish->ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature,keyEncipherment");
  add(c.x, by->x, NID_ext_key_usage, wish->eku);
  add(c.x, by->x, NID_subject_alt_name, wish->san);
  demand(X509_sign(c.x, by->key, EVP_sha256()) > 0, "not signed");
  return c;
}

void cert_clear(struct cert *c) {
  X509_free(c->x);
  EVP_PKEY_free(c->key);
  *c = (struct cert){NULL, NULL};
}

void cert_write(const char *path, const struct cert *const *certs, size_t n, EVP_PKEY *key) {
  unlink(path);
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
  demand(out != NULL, path);
  for (size_t i = 0; i < n; i++)
    demand(PEM_write_X509(out, certs[i]->x) == 1, path);
  if (key)
    demand(PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL) == 1, path);
  demand(fclose(out) == 0, path);
}
