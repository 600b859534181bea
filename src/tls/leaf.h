/*
 * What the TLS streams need of the authority: leaf certificates by name, minted when asked for first, and kept.
 */
#ifndef WEIR_TLS_LEAF_H
#define WEIR_TLS_LEAF_H

#include <openssl/x509.h>

#include "name.h"
#include "weir/io/secure.h"
#include "weir/tls/authority.h"

struct leaf {
  unsigned refs;
  X509 *certificate;
  int64_t until;
  struct secure_certificate described;
};

/* A reference of the caller's own; NULL: none can be made now (the authority is past its end). */
struct leaf *authority_leaf(struct authority *a, const struct name *name);
bool authority_permits(const struct authority *a, const struct name *name); /* may it sign for this name? */
void leaf_unref(struct leaf *leaf);
EVP_PKEY *authority_leaf_key(const struct authority *a);
/* What goes beside the leaf: the authority itself where it is not a root, and those above it; roots never. */
STACK_OF(X509) * authority_chain(const struct authority *a);
X509 *authority_certificate(const struct authority *a);

#endif
