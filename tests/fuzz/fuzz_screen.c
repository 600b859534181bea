/* Bytes of a peer on every screen, through the real terminal: whatever they are, nothing but cells change. The first byte
 * chooses the walk, the second the size. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "hostile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  static const int sizes[][2] = {{80, 24}, {120, 36}, {40, 10}};
  struct screen s;
  if (n < 2)
    return 0;
  struct hostile h = {.state = 1, .data = data + 2, .n = n - 2};
  screen_open(&s, sizes[data[1] % 3][0], sizes[data[1] % 3][1]);
  hostile_fill(&s, &h);
  struct glass *g = glass_open(&s);
  const char *wrong = hostile_walk(&s, &h, g, data[0] % HOSTILE_WALKS);
  if (wrong != NULL) {
    fprintf(stderr, "%s\n", wrong);
    abort();
  }
  glass_close(g);
  screen_close(&s);
  return 0;
}
