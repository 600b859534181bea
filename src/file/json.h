/*
 * JSON text, written in one pass. Values that are bytes from outside stand as strings where they are valid UTF-8, and
 * as NAME_base64 where not. Characters that could change a terminal or hide are written as \u escapes, which says the
 * same to every JSON reader. Numbers never pass through a double or the locale.
 */
#ifndef WEIR_FILE_JSON_H
#define WEIR_FILE_JSON_H

#include "weir/base/buf.h"

struct json {
  struct buf *out;
  bool comma; /* something stands before in this object or array */
};

void json_open(struct json *j, const char *name, char bracket); /* '{' or '['; name NULL: inside an array */
void json_close(struct json *j, char bracket);                  /* '}' or ']' */
void json_bytes(struct json *j, const char *name, struct slice s);
void json_number(struct json *j, const char *name, uint64_t value);
void json_ms(struct json *j, const char *name, uint64_t ns); /* milliseconds with three decimals */
void json_flag(struct json *j, const char *name, bool value);
void json_null(struct json *j, const char *name);
void json_base64(struct buf *out, struct slice s); /* the letters alone */

#endif
