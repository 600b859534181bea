#include "shrink.h"

#ifdef WEIR_PNG
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"

#define WHOLE_MAX (40u * 1000 * 1000) /* pixels of an interlaced image, which is kept whole */

struct source {
  struct slice rest;
  jmp_buf out;
};

static void on_error(png_structp png, png_const_charp text) {
  struct source *source = png_get_error_ptr(png);
  (void)text;
  longjmp(source->out, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static void on_read(png_structp png, png_bytep to, size_t n) {
  struct source *source = png_get_io_ptr(png);
  if (source->rest.n < n)
    png_error(png, "cut");
  memcpy(to, source->rest.p, n);
  source->rest = slice_from(source->rest, n);
}

static void set_rgba(png_structp png) {
  png_set_expand(png);
  png_set_strip_16(png);
  png_set_gray_to_rgb(png);
  png_set_add_alpha(png, 0xff, PNG_FILLER_AFTER);
}

/* `all`: one row, or all of them where the image is interlaced. */
static void read_rows(png_structp png, struct shrink *into, unsigned char *all, int passes) {
  size_t stride = (size_t)into->width * 4;
  for (int pass = 0; pass < passes; pass++)
    for (unsigned y = 0; y < into->height; y++) {
      unsigned char *row = passes > 1 ? all + y * stride : all;
      png_read_row(png, row, NULL);
      if (passes == 1)
        shrink_add(into, 0, y, row, into->width);
    }
}

bool picture_png(struct slice bytes, struct shrink *into, struct err *err) {
  struct source source = {.rest = bytes};
  unsigned char *volatile all = NULL;
  volatile int passes = 1;
  volatile bool begun = false;
  png_infop info = NULL;
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &source, on_error, on_warning);
  if (png != NULL)
    info = png_create_info_struct(png);
  if (info == NULL || setjmp(source.out) != 0)
    goto out;
  png_set_read_fn(png, &source, on_read);
  png_read_info(png, info);
  unsigned width = png_get_image_width(png, info), height = png_get_image_height(png, info);
  if (!shrink_begin(into, width, height, err))
    goto out;
  passes = png_set_interlace_handling(png);
  set_rgba(png);
  png_read_update_info(png, info);
  if (png_get_rowbytes(png, info) != (size_t)width * 4 || (passes > 1 && (uint64_t)width * height > WHOLE_MAX))
    goto out;
  all = mem_try((size_t)width * 4 * (passes > 1 ? height : 1));
  if (all == NULL)
    goto out;
  memset(all, 0, (size_t)width * 4 * (passes > 1 ? height : 1));
  begun = true;
  read_rows(png, into, all, passes);
out:
  for (unsigned y = 0; begun && passes > 1 && y < into->height; y++)
    shrink_add(into, 0, y, all + (size_t)y * into->width * 4, into->width);
  free(all);
  png_destroy_read_struct(&png, &info, NULL);
  return begun || (!err->text[0] && err_set(err, "the PNG cannot be read"));
}

#else

bool picture_png(struct slice bytes, struct shrink *into, struct err *err) {
  (void)bytes;
  (void)into;
  return err_set(err, "this weir was built without libpng");
}

#endif
