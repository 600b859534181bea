/*
 * A small copy of an image, for half blocks in a terminal: of the first picture in it, as large as it is or smaller.
 * Decoding is the work of libraries that have had holes, on bytes that strangers sent: weir does it in a process of its
 * own (picture_main()), which can do nothing but that, with little memory and little time. Forms whose library was not
 * there when weir was built are refused in words.
 */
#ifndef WEIR_BODY_PICTURE_H
#define WEIR_BODY_PICTURE_H

#include "weir/base/err.h"
#include "weir/base/slice.h"

#define PICTURE_SIDE_MAX 1024u                /* of the copy */
#define PICTURE_PIXELS   (100u * 1000 * 1000) /* an image with more is refused */

struct picture {
  unsigned width, height;
  unsigned char *rgba; /* row by row, alpha not multiplied in; owned */
};

/* Reads the whole image from `bytes` and fits it into width and height. A cut image gives what is there. */
bool picture_read(struct slice bytes, unsigned width, unsigned height, struct picture *picture, struct err *err);
void picture_clear(struct picture *picture);

/* The copy as picture_main() writes it: "WIDTH HEIGHT\n" and the pixels. False: that is not what this is. */
bool picture_parse(struct slice written, struct picture *picture);

/* The process: an image on stdin, its copy on stdout, or a sentence on stderr. `size`: "WIDTHxHEIGHT". Exit status. */
int picture_main(const char *size);

#endif
