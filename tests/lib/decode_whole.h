/* Decoding what is in one piece. */
#ifndef WEIR_TESTS_DECODE_WHOLE_H
#define WEIR_TESTS_DECODE_WHOLE_H

#include "weir/body/decode.h"

static inline bool decode_piece(void *arg, struct slice *piece) {
  struct slice *rest = arg;
  *piece = *rest;
  *rest = (struct slice){NULL, 0};
  return piece->n > 0;
}

static inline enum body_decode_code decode_whole(struct slice coding, struct slice raw, size_t max, struct buf *out,
                                                 struct err *err) {
  return body_decode(coding, decode_piece, &raw, max, out, err);
}

#endif
