/* The first bytes of a tunnel: what is told of them is safe to use, and more bytes never change what was certain. */
#include <stdio.h>
#include <stdlib.h>

#include "weir/tls/authority.h"
#include "weir/tls/hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds, const char *what) {
  if (!holds) {
    fprintf(stderr, "%s\n", what);
    abort();
  }
}

static void check_kinds(struct slice all) {
  enum hello_kind before = HELLO_MORE;
  for (size_t n = 0; n <= all.n && n <= HELLO_KIND_MOST + 2;
       n += n < 256 ? 1 : 97) /* each prefix would be quadratic */ {
    enum hello_kind kind = hello_kind(slice_sub(all, 0, n));
    demand(before == HELLO_MORE || kind == before, "what was certain has changed");
    demand(kind != HELLO_MORE || n < HELLO_KIND_MOST, "it waits for more than it says");
    demand(n == 0 || !memchr(all.p, ' ', n) || hello_hope(slice_sub(all, 0, n)) == hello_hope(all),
           "a whole word has changed");
    demand(n == 0 || kind != HELLO_HTTP || before != HELLO_MORE || n > 256 || !memchr(all.p, 0, n),
           "HTTP with a zero byte");
    before = kind;
  }
}

static void check_hello(const struct hello *h) {
  demand(memchr(h->sni, 0, sizeof h->sni) && memchr(h->alpn, 0, sizeof h->alpn), "no end");
  demand(!h->sni[0] || authority_name_valid(slice_of(h->sni)), "a name that is none");
  demand(!h->sni[0] || !h->sni_invalid, "valid and not");
  for (const char *c = h->alpn; *c; c++)
    demand(*c >= 0x20 && *c < 0x7f, "a byte that no terminal should see");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static struct hello_reader *reader;
  struct slice all = {(const char *)data, size};
  struct hello whole, part;
  if (!reader)
    reader = hello_reader_new();
  check_kinds(all);
  enum hello_code code = hello_read(reader, all, &whole);
  check_hello(&whole);
  demand(code == HELLO_PARSED || (!whole.sni[0] && !whole.alpn[0] && !whole.h2), "told without having been read");
  size_t cut = size / 2;
  if (hello_read(reader, slice_sub(all, 0, cut), &part) == HELLO_PARSED)
    demand(code == HELLO_PARSED && strcmp(part.sni, whole.sni) == 0 && strcmp(part.alpn, whole.alpn) == 0,
           "more bytes have changed a whole hello");
  return 0;
}
