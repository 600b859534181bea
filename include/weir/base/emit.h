/*
 * JSON text, emitted in one pass. Values that are bytes from outside stand as strings where they are valid UTF-8, and
 * as NAME_base64 where not. Characters that could change a terminal or hide are written as \u escapes, which says the
 * same to every JSON reader. Numbers never pass through a double or the locale.
 */
#ifndef WEIR_BASE_EMIT_H
#define WEIR_BASE_EMIT_H

#include "weir/base/buf.h"

struct emit {
  struct buf *out;
  bool comma; /* something stands before in this object or array */
};

void emit_open(struct emit *j, const char *name, char bracket); /* '{' or '['; name NULL: inside an array */
void emit_close(struct emit *j, char bracket);                  /* '}' or ']' */
void emit_bytes(struct emit *j, const char *name, struct slice s);
void emit_string(struct emit *j, const char *name, struct slice utf8); /* however many control characters are in it */
/* The same in pieces that end between characters. */
void emit_string_begin(struct emit *j, const char *name);
void emit_string_more(struct emit *j, struct slice utf8);
void emit_string_end(struct emit *j);
void emit_raw(struct emit *j, const char *name, const char *json); /* JSON as it is: "-1" */
void emit_number(struct emit *j, const char *name, uint64_t value);
void emit_ms(struct emit *j, const char *name, uint64_t ns); /* milliseconds with three decimals */
void emit_flag(struct emit *j, const char *name, bool value);
void emit_null(struct emit *j, const char *name);

#endif
