/*
 * What stands for something else each time an edited text is sent: {{n}} the number of the send, {{uuid}} a new random
 * one, {{file:NAME}} the next line of a file. Everything else in double braces stays as it is. Private to src/ui.
 */
#ifndef WEIR_SRC_UI_SEND_VARS_H
#define WEIR_SRC_UI_SEND_VARS_H

#include "weir/base/buf.h"
#include "weir/base/err.h"
#include "weir/base/vec.h"

#define SEND_FILE_MAX ((size_t)16 << 20)

struct send_file {
  char *name, *bytes;
  size_t n;
  VEC(struct slice) line;
};
struct send_vars {
  VEC(struct send_file) file;
  bool any; /* the text holds at least one of them */
};

#define SEND_VARS_REACH 8 /* bytes that tell one: so much of a text in pieces has to be looked at again */

/* May there be one that begins in these bytes? */
bool send_vars_begin(struct slice text);
/* Finds them in `text` and reads the files. False with a sentence: a file cannot be read, or is empty. */
bool send_vars_read(struct send_vars *v, struct slice text, struct err *err);
/* Appends `text` with each replaced, for the send number n (from 1). After the last line of a file comes its first. */
void send_vars_put(const struct send_vars *v, struct slice text, unsigned n, struct buf *out);
void send_vars_words(const struct send_vars *v, struct slice text, struct buf *out); /* "{{n}} {{file:w}} (12 lines)" */
void send_vars_clear(struct send_vars *v);

#endif
