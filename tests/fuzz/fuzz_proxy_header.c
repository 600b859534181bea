/* A PROXY header: no more is taken than there is, what was decided stays, and addresses that are told can be said again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/io/proxy_header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds, const char *what) {
  if (!holds) {
    fprintf(stderr, "%s\n", what);
    abort();
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct slice all = {(const char *)data, size};
  struct address whole, part;
  struct err err = ERR_INIT, other = ERR_INIT;
  size_t used, n;
  enum proxy_header_code code = proxy_header_read(all, &used, &whole, &err);
  demand(used <= size && used <= PROXY_HEADER_MOST, "it took more than there was");
  demand(code != PROXY_HEADER_BAD || err.text[0], "refused without a word");
  demand(code != PROXY_HEADER_MORE || size < PROXY_HEADER_MOST, "it waits for more than it may");
  demand(code == PROXY_HEADER_READ || !used, "it took something of nothing");
  for (size_t most = size < 300 ? size : 300, i = 0; i < most; i++) {
    enum proxy_header_code early = proxy_header_read(slice_sub(all, 0, i), &n, &part, &other);
    if (early == PROXY_HEADER_MORE)
      continue;
    demand(early == code, "what was decided has changed");
    demand(code != PROXY_HEADER_READ || (n == used && address_eq(&part, &whole)), "another header");
  }
  if (code == PROXY_HEADER_READ) {
    demand(whole.family == 0 || whole.family == 4 || whole.family == 6, "an address of no family");
    enum proxy_header_code again = proxy_header_read(slice_sub(all, 0, used), &n, &part, &other);
    demand(again == PROXY_HEADER_READ && n == used, "the header alone is none");
  }
  return 0;
}
