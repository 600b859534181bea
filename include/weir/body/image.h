/*
 * What the first bytes of an image tell: its form, its size, how its pixels are kept, what a camera wrote into it. Nothing
 * is decoded. Every number is the sender's word.
 */
#ifndef WEIR_BODY_IMAGE_H
#define WEIR_BODY_IMAGE_H

#include "weir/base/slice.h"

#define IMAGE_LOOK (256u * 1024) /* bytes that are worth looking at: behind a thumbnail and a colour profile */

enum image_form {
  IMAGE_NONE,
  IMAGE_PNG,
  IMAGE_JPEG,
  IMAGE_GIF,
  IMAGE_WEBP,
  IMAGE_BMP,
  IMAGE_ICO,
  IMAGE_AVIF, /* or HEIC: the form says nothing of the size near its beginning, so width is 0 */
};

struct image_facts {
  enum image_form form;
  const char *name;       /* "PNG" */
  uint32_t width, height; /* 0: not known */
  char pixels[64];        /* "8 bits, red green blue and alpha, interlaced" */
  /* Exif, each "" where it is not there; raw text of the sender's: to be made safe */
  char camera[80], taken[24];
  unsigned turn; /* degrees clockwise that the picture is to be turned by */
  bool placed;   /* there is a GPS position in it */
  bool animated; /* more than one picture */
};

/* `first`: the first bytes, as many as there are up to IMAGE_LOOK. False: it is no image of a known form. */
bool image_look(struct slice first, struct image_facts *facts);

#endif
