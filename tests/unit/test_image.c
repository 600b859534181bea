/* What the first bytes of an image tell, of images that are whole, cut, and made to mislead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/base/buf.h"
#include "weir/body/image.h"

#define B(literal)                                                                                                     \
  { (literal), sizeof(literal) - 1 }

#define PNG_HEAD                                                                                                       \
  "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x04\xb0\0\0\x03\x20\x08\x06\0\0\x01"                                            \
  "crc."
#define GIF_PICTURE ",\0\0\0\0\2\0\1\0\0\2\1\0\0"

static const struct {
  struct slice bytes;
  enum image_form form;
  uint32_t width, height;
  const char *pixels;
  bool animated;
} images[] = {
    {B(PNG_HEAD "\0\0\0\0IDATcrc."), IMAGE_PNG, 1200, 800, "8 bits, colour and alpha, interlaced", false},
    {B(PNG_HEAD "\0\0\0\x08"
                "acTL\0\0\0\2\0\0\0\0crc.\0\0\0\0IDATcrc."),
     IMAGE_PNG, 1200, 800, "8 bits, colour and alpha, interlaced", true},
    {B("\xff\xd8\xff\xe0\0\x04JF\xff\xff\xff\xc2\0\x11\x08\x01\x02\x03\x04\x03"), IMAGE_JPEG, 772, 258,
     "8 bits, colour, progressive", false},
    {B("\xff\xd8\xff\xc4\0\x02\xff\xc0\0\x0b\x08\0\x10\0\x20\x01"), IMAGE_JPEG, 32, 16, "8 bits, grey, baseline",
     false},
    {B("\xff\xd8\xff\xda\0\x02\xff\xc0\0\x0b\x08\0\x10\0\x20\x01"), IMAGE_JPEG, 0, 0, "", false},
    {B("GIF89a\2\0\1\0\x80\0\0rgbrgb!\xf9\4abcd\0" GIF_PICTURE ";"), IMAGE_GIF, 2, 1, "palette of 2", false},
    {B("GIF89a\2\0\1\0\0\0\0" GIF_PICTURE GIF_PICTURE ";"), IMAGE_GIF, 2, 1, "", true},
    {B("RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x80\x42\x40\x01"), IMAGE_WEBP, 640, 320, "lossy", false},
    {B("RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\x1f\xc0\x03\0"), IMAGE_WEBP, 32, 16, "lossless", false},
    {B("RIFF\0\0\0\0WEBPVP8X\0\0\0\0\x12\0\0\0\x1f\0\0\x0f\0\0"), IMAGE_WEBP, 32, 16, "extended, with alpha", true},
    {B("BM\0\0\0\0\0\0\0\0\0\0\0\0\x28\0\0\0\x20\0\0\0\xf0\xff\xff\xff\1\0\x18\0"), IMAGE_BMP, 32, 16, "24 bits",
     false},
    {B("\0\0\1\0\2\0\x10\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), IMAGE_ICO, 256, 256,
     "2 sizes, the largest is told", false},
    {B("\0\0\0\x18"
       "ftypavif"),
     IMAGE_AVIF, 0, 0, "", false},
    {B("RIFF\0\0\0\0WAVE"), IMAGE_NONE, 0, 0, "", false},
    {B("BM me up, and make it quick please"), IMAGE_NONE, 0, 0, "", false},
    {B(""), IMAGE_NONE, 0, 0, "", false},
};

static void forms_and_sizes(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof images / sizeof *images; i++) {
    struct image_facts f;
    assert_int_equal(image_look(images[i].bytes, &f), images[i].form != IMAGE_NONE);
    assert_int_equal(f.form, images[i].form);
    assert_int_equal(f.width, images[i].width);
    assert_int_equal(f.height, images[i].height);
    assert_string_equal(f.pixels, images[i].pixels);
    assert_int_equal(f.animated, images[i].animated);
  }
}

#define ENTRY(tag, type, count, value) tag type count value

/* A camera, a date, "turned by 90", and a directory with a position. */
#define TIFF                                                                                                           \
  "MM\0\x2a\0\0\0\x08\0\5" ENTRY("\x01\x0f", "\0\2", "\0\0\0\7", "\0\0\0\x4a")                                         \
      ENTRY("\x01\x10", "\0\2", "\0\0\0\4", "X10\0") ENTRY("\x01\x12", "\0\3", "\0\0\0\1", "\0\6\0\0")                 \
          ENTRY("\x01\x32", "\0\2", "\0\0\0\x14", "\0\0\0\x51")                                                        \
              ENTRY("\x88\x25", "\0\4", "\0\0\0\1", "\0\0\0\x65") "\0\0\0\0"                                           \
                                                                  "Lumina\0"                                           \
                                                                  "2026:11:23 12:01:09\0"                              \
                                                                  "\0\1"

static void exif_tells_who_and_when(void **state) {
  (void)state;
  struct image_facts f;
  struct buf jpeg = BUF_INIT;
  buf_add(&jpeg,
          "\xff\xd8\xff\xe1\0\xff"
          "Exif\0\0",
          12);
  buf_add(&jpeg, TIFF, sizeof TIFF - 1);
  assert_true(image_look(buf_slice(&jpeg), &f));
  assert_string_equal(f.camera, "Lumina X10");
  assert_string_equal(f.taken, "2026:11:23 12:01:09");
  assert_int_equal(f.turn, 90);
  assert_true(f.placed);
  buf_clear(&jpeg);
}

/* Directories that point at themselves and far away. */
static void exif_is_not_believed(void **state) {
  static const char tiff[] = "II\x2a\0\x08\0\0\0\3\0"
                             "\x69\x87\4\0\1\0\0\0\x08\0\0\0"
                             "\x0f\1\2\0\xff\xff\xff\xff\x0a\0\0\0"
                             "\x25\x88\4\0\1\0\0\0\xff\xff\xff\xff";
  (void)state;
  struct image_facts f;
  struct buf jpeg = BUF_INIT;
  buf_add(&jpeg,
          "\xff\xd8\xff\xe1\xff\xff"
          "Exif\0\0",
          12);
  buf_add(&jpeg, tiff, sizeof tiff - 1);
  assert_true(image_look(buf_slice(&jpeg), &f));
  assert_true(strlen(f.camera) < sizeof f.camera);
  assert_false(f.placed);
  buf_clear(&jpeg);
}

static void every_cut_is_safe(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof images / sizeof *images; i++)
    for (size_t n = 0; n < images[i].bytes.n; n++) {
      struct image_facts f;
      char *copy = malloc(n ? n : 1);
      assert_non_null(copy);
      memcpy(copy, images[i].bytes.p, n);
      if (image_look(slice_make(copy, n), &f))
        assert_int_equal(f.form, images[i].form);
      free(copy);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(forms_and_sizes),
      cmocka_unit_test(exif_tells_who_and_when),
      cmocka_unit_test(exif_is_not_believed),
      cmocka_unit_test(every_cut_is_safe),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
