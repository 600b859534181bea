/* A JVM reads no PEM as its trust store, but PKCS #12 (RFC 7292) whose certificates carry an attribute of Oracle's that
 * says "trusted". Nothing is encrypted: nothing in it is secret. */
#include <openssl/err.h>
#include <openssl/pkcs12.h>

#include "pem.h"
#include "weir/tls/truststore.h"

#define TRUSTED       "2.16.840.1.113894.746875.1.1" /* Oracle: trustedKeyUsage */
#define AUTHORITY_MAX 2000

static bool add_trusted(STACK_OF(PKCS12_SAFEBAG) * *bags, X509 *x, int number) {
  char alias[32];
  ASN1_OBJECT *trusted = OBJ_txt2obj(TRUSTED, 1), *any = OBJ_nid2obj(NID_anyExtendedKeyUsage);
  PKCS12_SAFEBAG *bag = PKCS12_add_cert(bags, x);
  snprintf(alias, sizeof alias, "authority-%d", number);
  X509_ATTRIBUTE *mark = X509_ATTRIBUTE_create_by_OBJ(NULL, trusted, V_ASN1_OBJECT, any, -1);
  bool ok = bag && mark && PKCS12_add_friendlyname_utf8(bag, alias, -1) == 1;
  if (ok) {
    /* There is no call that adds an attribute made by hand; the list is the bag's own. */
    STACK_OF(X509_ATTRIBUTE) *list = (STACK_OF(X509_ATTRIBUTE) *)(uintptr_t)PKCS12_SAFEBAG_get0_attrs(bag);
    ok = sk_X509_ATTRIBUTE_push(list, mark) > 0;
  }
  if (!ok)
    X509_ATTRIBUTE_free(mark);
  ASN1_OBJECT_free(trusted);
  return ok;
}

static bool encode(STACK_OF(PKCS12_SAFEBAG) * bags, struct buf *out) {
  STACK_OF(PKCS7) *safes = NULL;
  PKCS12 *p12 = PKCS12_add_safe(&safes, bags, -1, 0, NULL) == 1 ? PKCS12_add_safes(safes, 0) : NULL;
  unsigned char *bytes = NULL;
  int n =
      p12 && PKCS12_set_mac(p12, TRUSTSTORE_PASSWORD, -1, NULL, 0, 2048, EVP_sha1()) == 1 ? i2d_PKCS12(p12, &bytes) : 0;
  if (n > 0)
    buf_add(out, bytes, (size_t)n);
  OPENSSL_free(bytes);
  PKCS12_free(p12);
  sk_PKCS7_pop_free(safes, PKCS7_free);
  return n > 0;
}

bool truststore_make(struct slice pem, struct buf *out) {
  STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
  STACK_OF(X509) *all = pem_certificates(pem, AUTHORITY_MAX);
  bool ok = true;
  for (int i = 0; ok && i < sk_X509_num(all); i++)
    ok = add_trusted(&bags, sk_X509_value(all, i), i);
  ok = ok && bags && encode(bags, out);
  sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
  sk_X509_pop_free(all, X509_free);
  ERR_clear_error();
  return ok;
}
