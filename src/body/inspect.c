#include "weir/body/inspect.h"

#include <math.h>
#include <string.h>

static uint64_t number(struct slice bytes, size_t n, bool little) {
  uint64_t value = 0;
  for (size_t i = 0; i < n; i++)
    value = value << 8 | (unsigned char)bytes.p[little ? n - 1 - i : i];
  return value;
}

struct row {
  struct buf *out;
  size_t start, room;
};

/* One item, with what stands between it and the one before. Takes it. */
static void put_item(struct row *row, struct buf *item) {
  size_t gap = row->out->n > row->start ? 2 : 0;
  if (item->n > 0 && row->out->n - row->start + gap + item->n <= row->room) {
    buf_add(row->out, "  ", gap);
    buf_add_slice(row->out, buf_slice(item));
  }
  buf_clear(item);
}

static void put_text(struct row *row, struct slice bytes) {
  struct buf item = BUF_INIT;
  size_t n = 0;
  while (n < bytes.n && n < 16 && bytes.p[n] >= 0x20 && bytes.p[n] <= 0x7e)
    n++;
  if (n > 0)
    buf_printf(&item, "\"%.*s\"", (int)n, bytes.p);
  put_item(row, &item);
}

/* The sign of what is no number says nothing, and C libraries differ about printing it. */
static void put_float(struct row *row, const char *name, double number) {
  struct buf item = BUF_INIT;
  if (isnan(number))
    buf_printf(&item, "%s nan", name);
  else
    buf_printf(&item, "%s %.4g", name, number);
  put_item(row, &item);
}

/* With its sign where that makes another number of it. */
static void put_whole(struct row *row, struct slice bytes, size_t size, bool little) {
  const char *order = size == 1 ? "" : little ? "le" : "be";
  unsigned bits = (unsigned)size * 8;
  uint64_t value = number(bytes, size, little);
  struct buf item = BUF_INIT;
  buf_printf(&item, "u%u%s %llu", bits, order, (unsigned long long)value);
  if (size < 8 && value >> (bits - 1))
    buf_printf(&item, " i%u %lld", bits, (long long)value - (1LL << bits));
  put_item(row, &item);
}

void body_inspect(struct slice bytes, bool little, size_t room, struct buf *out) {
  struct row row = {out, out->n, room};
  for (size_t size = 1; size <= 4 && size <= bytes.n; size *= 2)
    put_whole(&row, bytes, size, little);
  if (bytes.n >= 4) {
    uint32_t u32 = (uint32_t)number(bytes, 4, little);
    float f32;
    memcpy(&f32, &u32, sizeof f32);
    put_float(&row, "f32", (double)f32);
  }
  put_text(&row, bytes);
  if (bytes.n >= 8) {
    uint64_t u64 = number(bytes, 8, little);
    double f64;
    memcpy(&f64, &u64, sizeof f64);
    put_float(&row, "f64", f64);
    put_whole(&row, bytes, 8, little);
  }
}
