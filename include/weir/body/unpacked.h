/*
 * What comes out of a decoder, at any offset: content codings undone, characters converted to UTF-8. The decoder is run
 * only as far as it is asked to, a portion at a time. What came out is kept in blocks, those looked at last as they are
 * and the others packed, so that memory stays near what the coded bytes take themselves, whatever comes out of them.
 */
#ifndef WEIR_BODY_UNPACKED_H
#define WEIR_BODY_UNPACKED_H

#include "weir/body/bytes.h"
#include "weir/body/decode.h"

struct body_unpacked;

/* `raw` may still grow, and must be there whenever more is asked for; what is there must not change. charset: a name that
 * body_charset_find() gave, or NULL. NULL: a coding that is not known; *err says which. */
struct body_unpacked *body_unpacked_new(struct slice coding, const char *charset, struct body_bytes raw,
                                        struct err *err);
void body_unpacked_free(struct body_unpacked *u);

/* Decodes until that many bytes have come out, or as long as there is something to decode, or until the deadline
 * (clock_mono(); 0: none), but a portion at least. True: there is more to decode at once. */
bool body_unpacked_go(struct body_unpacked *u, uint64_t until, uint64_t deadline);

/* What has come out so far, as bytes; they end when nothing more can come out. Good until *u is gone. */
struct body_bytes body_unpacked_bytes(struct body_unpacked *u);
uint64_t body_unpacked_size(const struct body_unpacked *u, bool *ended);
uint64_t body_unpacked_taken(const struct body_unpacked *u); /* raw bytes used so far */
/* How it ended: BODY_DECODED as long as it has not, and when all is well. *err says what is not. */
enum body_decode_code body_unpacked_result(const struct body_unpacked *u, struct err *err);
size_t body_unpacked_cost(const struct body_unpacked *u); /* memory */

#endif
