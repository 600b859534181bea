#include "exif.h"

#include <string.h>

#define ENTRIES_MAX 200 /* of a directory */

enum tag {
  MAKE = 0x10f,
  MODEL = 0x110,
  ORIENTATION = 0x112,
  CHANGED = 0x132,
  DETAILS = 0x8769,
  GPS = 0x8825,
  TAKEN = 0x9003
};

struct tiff {
  struct slice s;
  bool little;
};

static uint32_t number(const struct tiff *t, size_t at, unsigned bytes) {
  uint32_t value = 0;
  for (unsigned i = 0; i < bytes; i++) {
    size_t place = at + (t->little ? bytes - 1 - i : i);
    value = value << 8 | (place < t->s.n ? (unsigned char)t->s.p[place] : 0);
  }
  return value;
}

static void text(const struct tiff *t, size_t entry, char *out, size_t size) {
  uint32_t n = number(t, entry + 4, 4);
  struct slice s = slice_sub(t->s, n > 4 ? number(t, entry + 8, 4) : entry + 8, n);
  size_t have = strlen(out);
  ptrdiff_t end = slice_find_byte(s, '\0');
  if (end >= 0)
    s.n = (size_t)end;
  s = slice_trim(s);
  if (have && s.n && have + 1 < size)
    out[have++] = ' ';
  if (s.n > size - 1 - have)
    s.n = size - 1 - have;
  if (s.n)
    memcpy(out + have, s.p, s.n);
  out[have + s.n] = '\0';
}

static unsigned turn_of(uint32_t orientation) {
  return orientation == 3 || orientation == 4   ? 180
         : orientation == 5 || orientation == 6 ? 90
         : orientation == 7 || orientation == 8 ? 270
                                                : 0;
}

static void directory(const struct tiff *t, size_t at, struct image_facts *f, bool inner) {
  uint32_t count = number(t, at, 2);
  char when[sizeof f->taken] = "";
  for (uint32_t i = 0; i < count && i < ENTRIES_MAX; i++) {
    size_t entry = at + 2 + 12 * (size_t)i;
    if (entry + 12 > t->s.n)
      break;
    switch (number(t, entry, 2)) {
    case MAKE:
    case MODEL:
      text(t, entry, f->camera, sizeof f->camera);
      break;
    case ORIENTATION:
      f->turn = turn_of(number(t, entry + 8, 2));
      break;
    case CHANGED:
      text(t, entry, when, sizeof when);
      break;
    case TAKEN:
      f->taken[0] = '\0';
      text(t, entry, f->taken, sizeof f->taken);
      break;
    case DETAILS:
      if (!inner)
        directory(t, number(t, entry + 8, 4), f, true);
      break;
    case GPS:
      f->placed = number(t, number(t, entry + 8, 4), 2) > 0;
      break;
    default:
      break;
    }
  }
  if (!f->taken[0])
    memcpy(f->taken, when, sizeof when);
}

void exif_read(struct slice s, struct image_facts *f) {
  struct tiff t = {s, slice_starts(s, SLICE("II"))};
  if ((t.little || slice_starts(s, SLICE("MM"))) && number(&t, 2, 2) == 42)
    directory(&t, number(&t, 4, 4), f, false);
}
