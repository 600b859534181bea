/* What is agreed on by ALPN where the bytes within TLS are not HTTP: a relay offers what its client has offered, and takes
 * from its client what its server took. */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "parts.h"
#include "weir/base/buf.h"
#include "weir/base/mem.h"

static void put_wire(struct buf *out, const char *list) {
  struct slice rest = slice_of(list), name;
  while (slice_split(&rest, ',', &name)) {
    name = slice_trim(name);
    if (!name.n || name.n > 255 || slice_eq(name, SLICE("...")))
      continue;
    buf_add_byte(out, (char)name.n);
    buf_add_slice(out, name);
  }
}

void tls_stream_protocols(struct stream *s, const char *list) {
  struct tls_stream *t = (struct tls_stream *)(void *)s;
  struct buf wire = BUF_INIT;
  free(t->protocols);
  t->protocols = mem_dup(list);
  if (!t->server) {
    put_wire(&wire, list);
    SSL_set_alpn_protos(t->ssl, (const unsigned char *)wire.p, (unsigned)wire.n);
    ERR_clear_error();
    size_t n = strlen(list) < sizeof t->facts->alpn_offered ? strlen(list) : sizeof t->facts->alpn_offered - 1;
    memcpy(t->facts->alpn_offered, list, n);
    t->facts->alpn_offered[n] = '\0';
  }
  buf_clear(&wire);
}

int protocols_choose(const struct tls_stream *t, struct slice offered, const unsigned char **out,
                     unsigned char *out_n) {
  struct slice rest = slice_of(t->protocols), name;
  while (slice_split(&rest, ',', &name)) {
    name = slice_trim(name);
    for (size_t at = 0; name.n && at < offered.n; at += 1 + (unsigned char)offered.p[at]) {
      struct slice one = slice_sub(offered, at + 1, (unsigned char)offered.p[at]);
      if (!slice_eq(one, name))
        continue;
      *out = (const unsigned char *)one.p;
      *out_n = (unsigned char)one.n;
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_NOACK; /* as a server that knows no ALPN */
}
