#include "shrink.h"

#ifdef WEIR_JPEG
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

#include "weir/base/mem.h"

struct trouble {
  struct jpeg_error_mgr base; /* first, for the library */
  jmp_buf out;
};

static void on_error(j_common_ptr jpeg) {
  longjmp(((struct trouble *)jpeg->err)->out, 1);
}

static void on_message(j_common_ptr jpeg) {
  (void)jpeg;
}

/* The library makes it smaller by itself, to an eighth at most: that is quick. */
static unsigned scale_for(const struct shrink *into, unsigned width, unsigned height) {
  unsigned scale = 8;
  while (scale > 1 && (width / scale < into->fit_width && height / scale < into->fit_height))
    scale /= 2;
  return scale;
}

static void put_row(struct shrink *into, unsigned y, const unsigned char *row, unsigned char *rgba) {
  for (unsigned x = 0; x < into->width; x++) {
    rgba[x * 4] = row[x * 3];
    rgba[x * 4 + 1] = row[x * 3 + 1];
    rgba[x * 4 + 2] = row[x * 3 + 2];
    rgba[x * 4 + 3] = 0xff;
  }
  shrink_add(into, 0, y, rgba, into->width);
}

bool picture_jpeg(struct slice bytes, struct shrink *into, struct err *err) {
  struct jpeg_decompress_struct jpeg = {.err = NULL};
  struct trouble trouble;
  unsigned char *volatile row = NULL;
  volatile bool begun = false;
  jpeg.err = jpeg_std_error(&trouble.base);
  trouble.base.error_exit = on_error;
  trouble.base.output_message = on_message;
  if (setjmp(trouble.out) != 0)
    goto out;
  jpeg_create_decompress(&jpeg);
  jpeg_mem_src(&jpeg, (const unsigned char *)bytes.p, bytes.n);
  jpeg_read_header(&jpeg, TRUE);
  if ((uint64_t)jpeg.image_width * jpeg.image_height > PICTURE_PIXELS) {
    shrink_begin(into, jpeg.image_width, jpeg.image_height, err);
    goto out;
  }
  jpeg.out_color_space = JCS_RGB;
  jpeg.scale_num = 1;
  jpeg.scale_denom = scale_for(into, jpeg.image_width, jpeg.image_height);
  jpeg_start_decompress(&jpeg);
  if (jpeg.output_components != 3 || !shrink_begin(into, jpeg.output_width, jpeg.output_height, err))
    goto out;
  row = mem_try((size_t)jpeg.output_width * 7);
  begun = row != NULL;
  while (begun && jpeg.output_scanline < jpeg.output_height) {
    unsigned char *rows[] = {row};
    unsigned y = jpeg.output_scanline;
    if (jpeg_read_scanlines(&jpeg, rows, 1) != 1)
      break;
    put_row(into, y, row, row + (size_t)jpeg.output_width * 3);
  }
out:
  free(row);
  jpeg_destroy_decompress(&jpeg);
  return begun || (!err->text[0] && err_set(err, "the JPEG cannot be read"));
}

#else

bool picture_jpeg(struct slice bytes, struct shrink *into, struct err *err) {
  (void)bytes;
  (void)into;
  return err_set(err, "this weir was built without libjpeg");
}

#endif
