#include "weir/tls/secret.h"

#include <openssl/crypto.h>

bool secret_equal(struct slice right, struct slice given) {
  bool same = right.n == given.n;
  /* What has another length is compared with itself: that takes as long, and says nothing. */
  return (CRYPTO_memcmp(given.p, same ? right.p : given.p, given.n) == 0) & same;
}
