/*
 * The body that was sent, a piece at a time, with its content coding undone or as it is: for whoever writes it somewhere
 * in slices of the loop. The message is given anew for each piece, so that its flow may be looked up anew; nothing of it
 * is kept.
 */
#ifndef WEIR_FLOW_PLAIN_H
#define WEIR_FLOW_PLAIN_H

#include "weir/base/err.h"
#include "weir/flow/flow.h"

#define PLAIN_MOST ((size_t)4 << 30) /* a coded body that becomes more is a bomb */

struct plain_body {
  struct body_decoder *decoder; /* NULL: the bytes as they are recorded */
  uint64_t offset;              /* recorded bytes that were used */
  bool ended;
};

/* decode: without its content coding; max: of decoded bytes (0: BODY_DECODE_MAX), no limit to what has no coding. False:
 * the coding is unknown, and nothing is open. */
bool plain_body_open(struct plain_body *p, const struct flow_message *m, bool decode, size_t max, struct err *err);
void plain_body_close(struct plain_body *p); /* zeroed is fine */
/* Appends `most` bytes and some ten kilobytes more at most, perhaps none. False: those were the last. */
bool plain_body_read(struct plain_body *p, const struct flow_message *m, size_t most, struct buf *out);
/* Once it has ended: an enum body_decode_code, and in *err what is missing or wrong, also of the record. */
int plain_body_result(const struct plain_body *p, const struct flow_message *m, struct err *err);

#endif
