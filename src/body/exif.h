/* The few fields of Exif (CIPA DC-008) that say who took a picture, when, which way up, and whether it tells where. */
#ifndef WEIR_SRC_BODY_EXIF_H
#define WEIR_SRC_BODY_EXIF_H

#include "weir/body/image.h"

/* `tiff`: from its byte order mark on, as much as there is. */
void exif_read(struct slice s, struct image_facts *f);

#endif
