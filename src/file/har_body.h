/*
 * A body as members of a HAR object: its text, how that is encoded, and what is to be said of it. It is read twice, since what
 * it is has to be known before its first byte is written: once to measure it, once to write it. Private to src/file.
 */
#ifndef WEIR_SRC_FILE_HAR_BODY_H
#define WEIR_SRC_FILE_HAR_BODY_H

#include "weir/base/emit.h"
#include "weir/flow/flow.h"

struct har_body;

struct har_body *har_body_new(const struct flow_message *m);
void har_body_free(struct har_body *b); /* NULL is fine */
/* A part of the first reading. True: it is over, and what follows is known. */
bool har_body_measure(struct har_body *b, const struct flow_message *m);
uint64_t har_body_size(const struct har_body *b); /* decoded */
bool har_body_left_out(const struct har_body *b);
/* A part of the second one: into "text", and in the end `encoding` and "comment". False: that was all. */
bool har_body_put(struct har_body *b, const struct flow_message *m, const char *encoding, struct emit *j);
uint64_t har_body_done(const struct har_body *b); /* recorded bytes read so far, by both */

#endif
