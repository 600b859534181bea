/*
 * PNG (ISO 15948), JPEG (ITU T.81), GIF89a, WebP (RFC 9649), BMP, ICO, ISO base media with AV1 or HEVC. What is cut or
 * wrong is told as far as it goes.
 */
#include "weir/body/image.h"

#include <stdio.h>

#include "exif.h"

static unsigned byte(struct slice s, size_t at) {
  return at < s.n ? (unsigned char)s.p[at] : 0;
}

static uint32_t big16(struct slice s, size_t at) {
  return byte(s, at) << 8 | byte(s, at + 1);
}

static uint32_t big32(struct slice s, size_t at) {
  return big16(s, at) << 16 | big16(s, at + 2);
}

static uint32_t little16(struct slice s, size_t at) {
  return byte(s, at) | byte(s, at + 1) << 8;
}

static uint32_t little24(struct slice s, size_t at) {
  return little16(s, at) | byte(s, at + 2) << 16;
}

static uint32_t little32(struct slice s, size_t at) {
  return little16(s, at) | little16(s, at + 2) << 16;
}

static void pixels(struct image_facts *f, const char *text) {
  snprintf(f->pixels, sizeof f->pixels, "%s", text);
}

/* ---- PNG ---- */

static void look_png(struct slice s, struct image_facts *f) {
  static const char *const colour[] = {"grey", "", "colour", "palette", "grey and alpha", "", "colour and alpha"};
  f->width = big32(s, 16);
  f->height = big32(s, 20);
  unsigned type = byte(s, 25);
  if (s.n > 28)
    snprintf(f->pixels, sizeof f->pixels, "%u bits, %s%s", byte(s, 24), type <= 6 ? colour[type] : "",
             byte(s, 28) ? ", interlaced" : "");
  for (size_t at = 8; at + 12 <= s.n;) {
    uint32_t n = big32(s, at);
    struct slice name = slice_sub(s, at + 4, 4), data = slice_sub(s, at + 8, n);
    if (slice_eq(name, SLICE("acTL")))
      f->animated = big32(data, 0) > 1;
    if (slice_eq(name, SLICE("eXIf")))
      exif_read(data, f);
    if (slice_eq(name, SLICE("IDAT")) || n > s.n)
      break;
    at += 12 + (size_t)n;
  }
}

/* ---- JPEG ---- */

/* A frame header (SOF): what kind of JPEG it is, and how large. */
static void look_frame(struct slice s, unsigned marker, struct image_facts *f) {
  unsigned components = byte(s, 5);
  f->height = big16(s, 1);
  f->width = big16(s, 3);
  snprintf(f->pixels, sizeof f->pixels, "%u bits, %s, %s", byte(s, 0),
           components == 1   ? "grey"
           : components == 3 ? "colour"
                             : "four inks",
           marker == 0xc2   ? "progressive"
           : marker <= 0xc1 ? "baseline"
                            : "unusual coding");
}

static void look_jpeg(struct slice s, struct image_facts *f) {
  for (size_t at = 2; at + 4 <= s.n && byte(s, at) == 0xff;) {
    unsigned marker = byte(s, at + 1);
    if (marker == 0xff) { /* fill bytes */
      at++;
      continue;
    }
    if (marker == 0xda || marker == 0xd9) /* the picture itself */
      return;
    uint32_t n = big16(s, at + 2);
    struct slice data = slice_sub(s, at + 4, n > 2 ? n - 2 : 0);
    if (marker == 0xe1 && slice_starts(data, slice_make("Exif\0\0", 6)))
      exif_read(slice_from(data, 6), f);
    if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
      look_frame(data, marker, f);
      return;
    }
    at += 2 + (size_t)(n > 2 ? n : 2);
  }
}

/* ---- GIF ---- */

static size_t skip_blocks(struct slice s, size_t at) {
  while (at < s.n && byte(s, at))
    at += 1 + byte(s, at);
  return at + 1;
}

static size_t colour_table(unsigned flags) {
  return flags & 0x80 ? (size_t)3 << ((flags & 7) + 1) : 0;
}

static void look_gif(struct slice s, struct image_facts *f) {
  f->width = little16(s, 6);
  f->height = little16(s, 8);
  unsigned flags = byte(s, 10), pictures = 0;
  if (flags & 0x80)
    snprintf(f->pixels, sizeof f->pixels, "palette of %u", 2u << (flags & 7));
  size_t at = 13 + colour_table(flags);
  while (at < s.n && pictures < 2)
    if (byte(s, at) == 0x21)
      at = skip_blocks(s, at + 2);
    else if (byte(s, at) == 0x2c) {
      pictures++;
      at = skip_blocks(s, at + 11 + colour_table(byte(s, at + 9)));
    } else
      break;
  f->animated = pictures > 1;
}

/* ---- WebP ---- */

static void look_webp(struct slice s, struct image_facts *f) {
  struct slice name = slice_sub(s, 12, 4);
  if (slice_eq(name, SLICE("VP8 "))) {
    f->width = little16(s, 26) & 0x3fff;
    f->height = little16(s, 28) & 0x3fff;
    pixels(f, "lossy");
  } else if (slice_eq(name, SLICE("VP8L"))) {
    uint32_t bits = little32(s, 21);
    f->width = (bits & 0x3fff) + 1;
    f->height = (bits >> 14 & 0x3fff) + 1;
    pixels(f, "lossless");
  } else if (slice_eq(name, SLICE("VP8X"))) {
    unsigned flags = byte(s, 20);
    f->width = little24(s, 24) + 1;
    f->height = little24(s, 27) + 1;
    f->animated = flags & 2;
    pixels(f, flags & 0x10 ? "extended, with alpha" : "extended");
  }
}

/* ---- BMP, ICO ---- */

static void look_bmp(struct slice s, struct image_facts *f) {
  bool old = little32(s, 14) == 12;
  uint32_t height = old ? little16(s, 20) : little32(s, 22);
  f->width = old ? little16(s, 18) : little32(s, 18);
  f->height = !old && height > INT32_MAX ? (uint32_t)(0u - height) : height; /* negative: from the top down */
  snprintf(f->pixels, sizeof f->pixels, "%u bits", (unsigned)little16(s, old ? 24 : 28));
}

static void look_ico(struct slice s, struct image_facts *f) {
  unsigned count = little16(s, 4);
  for (unsigned i = 0; i < count && 6 + 16 * (size_t)(i + 1) <= s.n; i++) {
    unsigned width = byte(s, 6 + 16 * (size_t)i), height = byte(s, 7 + 16 * (size_t)i);
    width = width ? width : 256;
    height = height ? height : 256;
    if (width > f->width) {
      f->width = width;
      f->height = height;
    }
  }
  if (count > 1)
    snprintf(f->pixels, sizeof f->pixels, "%u sizes, the largest is told", count);
}

/* ---- all ---- */

static bool is_base_media(struct slice s) {
  struct slice brand = slice_sub(s, 8, 4);
  return slice_eq(slice_sub(s, 4, 4), SLICE("ftyp")) &&
         (slice_eq(brand, SLICE("avif")) || slice_eq(brand, SLICE("heic")));
}

static enum image_form form_of(struct slice s) {
  if (slice_starts(s, SLICE("\x89PNG\r\n\x1a\n")))
    return IMAGE_PNG;
  if (slice_starts(s, SLICE("\xff\xd8\xff")))
    return IMAGE_JPEG;
  if (slice_starts(s, SLICE("GIF87a")) || slice_starts(s, SLICE("GIF89a")))
    return IMAGE_GIF;
  if (slice_starts(s, SLICE("RIFF")) && slice_eq(slice_sub(s, 8, 4), SLICE("WEBP")))
    return IMAGE_WEBP;
  if (slice_starts(s, SLICE("BM")) && s.n > 26 && little32(s, 14) <= 124 && little32(s, 14) >= 12)
    return IMAGE_BMP;
  if (slice_starts(s, slice_make("\0\0\1\0", 4)) && s.n > 22 && little16(s, 4))
    return IMAGE_ICO;
  return is_base_media(s) ? IMAGE_AVIF : IMAGE_NONE;
}

bool image_look(struct slice s, struct image_facts *f) {
  static const char *const name[] = {"", "PNG", "JPEG", "GIF", "WebP", "BMP", "icon", "AVIF or HEIC"};
  static void (*const look[])(struct slice s, struct image_facts * f) = {NULL,      look_png, look_jpeg, look_gif,
                                                                         look_webp, look_bmp, look_ico,  NULL};
  *f = (struct image_facts){.form = form_of(s)};
  f->name = name[f->form];
  if (look[f->form])
    look[f->form](s, f);
  return f->form != IMAGE_NONE;
}
