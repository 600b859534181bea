#include "weir/body/inspect.h"

#include <math.h>
#include <string.h>

static uint64_t number(struct slice bytes, size_t n, bool little) {
  uint64_t value = 0;
  for (size_t i = 0; i < n; i++)
    value = value << 8 | (unsigned char)bytes.p[little ? n - 1 - i : i];
  return value;
}

static void put_text(struct slice bytes, struct buf *out) {
  size_t n = 0;
  while (n < bytes.n && n < 16 && bytes.p[n] >= 0x20 && bytes.p[n] <= 0x7e)
    n++;
  if (n > 0)
    buf_printf(out, "  \"%.*s\"", (int)n, bytes.p);
}

/* The sign of what is no number says nothing, and C libraries differ about printing it. */
static void put_float(struct buf *out, const char *name, double number) {
  if (isnan(number))
    buf_printf(out, "  %s nan", name);
  else
    buf_printf(out, "  %s %.4g", name, number);
}

void body_inspect(struct slice bytes, bool little, struct buf *out) {
  const char *order = little ? "le" : "be";
  if (!bytes.n)
    return;
  unsigned u8 = (unsigned char)*bytes.p;
  buf_printf(out, "u8 %u", u8);
  if (u8 > INT8_MAX)
    buf_printf(out, " i8 %d", (int)u8 - 256);
  if (bytes.n >= 2) {
    uint16_t u16 = (uint16_t)number(bytes, 2, little);
    buf_printf(out, "  u16%s %u", order, u16);
    if (u16 > INT16_MAX)
      buf_printf(out, " i16 %d", (int)u16 - 65536);
  }
  if (bytes.n >= 4) {
    uint32_t u32 = (uint32_t)number(bytes, 4, little);
    float f32;
    memcpy(&f32, &u32, sizeof f32);
    buf_printf(out, "  u32%s %u", order, u32);
    if (u32 > INT32_MAX)
      buf_printf(out, " i32 %lld", (long long)u32 - (1LL << 32));
    put_float(out, "f32", (double)f32);
  }
  put_text(bytes, out);
  if (bytes.n >= 8) {
    uint64_t u64 = number(bytes, 8, little);
    double f64;
    memcpy(&f64, &u64, sizeof f64);
    put_float(out, "f64", f64);
    buf_printf(out, "  u64%s %llu", order, (unsigned long long)u64);
  }
}
