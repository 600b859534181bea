#include "canvas_dump.h"

static void dump_row(const struct canvas *c, int y, struct buf *out) {
  size_t start = out->n;
  for (int x = 0; x < c->width; x++)
    buf_add_text(out, c->cell[(size_t)y * (size_t)c->width + (size_t)x].bytes);
  while (out->n > start && out->p[out->n - 1] == ' ')
    out->n--;
  buf_add_byte(out, '\n');
}

void canvas_dump(const struct canvas *c, struct buf *out) {
  for (int y = 0; y < c->height; y++)
    dump_row(c, y, out);
}

void canvas_dump_roles(const struct canvas *c, struct buf *out) {
  static const char letters[ROLE_COUNT + 1] = ".dbkwtTsorcepmhHKSNWPx+#i123456";
  for (int y = 0; y < c->height; y++) {
    dump_row(c, y, out);
    for (int x = 0; x < c->width; x++)
      buf_add_byte(out, letters[c->cell[(size_t)y * (size_t)c->width + (size_t)x].role]);
    buf_add_byte(out, '\n');
  }
}
