#include "cluster.h"

#include <stdint.h>

#include "weir/base/text.h"

int cluster_codes(const char *bytes, wchar_t out[CLUSTER_CODES]) {
  struct slice s = slice_of(bytes);
  int n = 0, width = 0;
  while (s.n > 0 && n < CLUSTER_CODES - 1) {
    uint32_t c;
    size_t used = text_decode(s, &c);
    if (used == 0)
      break;
    s = slice_from(s, used);
    if (n == 0)
      width = wcwidth((wchar_t)c);
    else if (c == 0x200d || c == 0xfe0e || c == 0xfe0f || wcwidth((wchar_t)c) != 0)
      break;
    out[n++] = (wchar_t)c;
  }
  out[n] = L'\0';
  return width;
}
