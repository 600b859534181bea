/* Names in certificates: whatever is taken for a name is signed as that name and no other. */
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

#include "tls/certificate.h"
#include "weir/tls/authority.h"

#define NOW INT64_C(1800000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds, const char *what) {
  if (!holds) {
    fprintf(stderr, "%s\n", what);
    abort();
  }
}

static void check_text(const struct name *name) {
  struct name again;
  demand(strlen(name->text) < NAME_TEXT && name->text[0], "no text");
  for (const char *c = name->text; *c; c++)
    demand((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || strchr(".-_:", *c), "a byte that is in no name");
  demand(name_parse(slice_of(name->text), &again) && strcmp(again.text, name->text) == 0, "not the same again");
}

static void check_certificate(const struct name *name) {
  static struct certificate_issuer issuer;
  static EVP_PKEY *key;
  if (!key) {
    issuer.key = certificate_key_new();
    issuer.certificate = certificate_authority_new(issuer.key, NOW, NULL);
    key = certificate_key_new();
  }
  X509 *x = certificate_leaf_new(&issuer, key, name, NOW);
  demand(x != NULL, "not signed");
  if (name->address.family)
    demand(X509_check_ip(x, name->address.ip, name->address.family == 4 ? 4 : 16, 0) == 1, "another address");
  else
    demand(X509_check_host(x, name->text, 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL) == 1, "another name");
  GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
  demand(sk_GENERAL_NAME_num(names) == 1, "more than one name");
  GENERAL_NAMES_free(names);
  X509_free(x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct slice text = {(const char *)data, size};
  struct name name;
  bool taken = name_parse(text, &name);
  demand(taken == authority_name_valid(text), "two answers");
  demand(taken || !name.text[0], "text of what is no name");
  if (!taken)
    return 0;
  check_text(&name);
  check_certificate(&name);
  return 0;
}
