/* What a program in a pane writes: only cells of the pane change, and they hold nothing that a terminal would obey. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ui/vterm_pane.h"

#define W 24
#define H 5

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void on_send(void *arg, struct slice bytes) {
  *(size_t *)arg += bytes.n;
}

static void check(const struct canvas *c, struct rect r) {
  for (int y = 0; y < c->height; y++)
    for (int x = 0; x < c->width; x++) {
      const struct cell *cell = &c->cell[y * c->width + x];
      bool inside = x >= r.x && x < r.x + r.w && y >= r.y && y < r.y + r.h;
      if (!inside && (strcmp(cell->bytes, " ") != 0 || cell->paint.flags != 0))
        abort();
      for (const char *p = cell->bytes; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
          abort();
    }
}

/* The byte 0xf8, which no text has, resizes by the two after it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  size_t sent = 0;
  struct canvas c;
  struct rect r = {3, 2, W, H};
  struct vterm_pane *p = vterm_pane_new(W, H, on_send, &sent);
  canvas_init(&c, W + 6, H + 4);
  for (size_t at = 0; at < n;) {
    const uint8_t *mark = memchr(data + at, 0xf8, n - at);
    size_t end = mark ? (size_t)(mark - data) : n;
    vterm_pane_feed(p, slice_make((const char *)data + at, end - at));
    if (end + 2 < n)
      vterm_pane_resize(p, data[end + 1] % 60, data[end + 2] % 20);
    at = end + 3;
  }
  vterm_pane_draw(p, &c, r, true);
  check(&c, r);
  vterm_pane_free(p);
  canvas_clear(&c);
  return 0;
}
