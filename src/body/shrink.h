/*
 * Pixels in any order, averaged into a picture that fits: what the readers of image forms write into. Memory is that of
 * the small picture, whatever the size of the image.
 */
#ifndef WEIR_SRC_BODY_SHRINK_H
#define WEIR_SRC_BODY_SHRINK_H

#include "weir/body/picture.h"

struct shrink {
  unsigned width, height;         /* of the image */
  unsigned fit_width, fit_height; /* what it is to fit into */
  unsigned small_width, small_height;
  uint64_t *sum;   /* red, green, blue times alpha; alpha */
  uint32_t *count; /* pixels in each */
};

/* Once the size of the image is known. False: there is no such image, or it is too large. */
bool shrink_begin(struct shrink *s, unsigned width, unsigned height, struct err *err);
/* n pixels of one row, from x on: four bytes each. Those outside the image are left out. */
void shrink_add(struct shrink *s, unsigned x, unsigned y, const unsigned char *rgba, unsigned n);

/* Each reads as far as it can; false: there was nothing to see. */
typedef bool picture_read_fn(struct slice bytes, struct shrink *into, struct err *err);
picture_read_fn picture_png, picture_jpeg, picture_gif, picture_webp;

#endif
