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

static bool contested(const char *bytes) {
  static const struct {
    uint32_t from, to;
  } settled[] = {{0, 0x2ff},       {0x370, 0x482},   {0x48a, 0x52f},   {0x2010, 0x2027},
                 {0x2030, 0x2bff}, {0x3001, 0x3029}, {0x3041, 0x3096}, {0x30a1, 0x30ff},
                 {0x3400, 0x9fff}, {0xac00, 0xd7a3}, {0xff01, 0xff5e}};
  uint32_t c = 0;
  if ((unsigned char)bytes[0] < 0x80)
    return bytes[0] != '\0' && bytes[1] != '\0';
  if (text_decode(slice_of(bytes), &c) != slice_of(bytes).n)
    return true;
  if (c < 0x2e80 && wcwidth((wchar_t)c) == 2)
    return true; /* pictures became wide late */
  for (size_t i = 0; i < sizeof settled / sizeof *settled; i++)
    if (c >= settled[i].from && c <= settled[i].to)
      return false;
  return true;
}

bool cluster_row_contested(const struct canvas *c, int y) {
  for (int x = 0; x < c->width; x++)
    if (contested(c->cell[(size_t)y * (size_t)c->width + (size_t)x].bytes))
      return true;
  return false;
}
