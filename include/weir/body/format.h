/*
 * A body laid out anew: JSON token by token, exactly as each was written (order, numbers, duplicate keys, escapes); other
 * kinds by the same steps that pretty-print them. Nothing but white space between tokens is ever changed, and that is
 * checked. Also whether JSON is valid, and where it stops being so.
 */
#ifndef WEIR_BODY_FORMAT_H
#define WEIR_BODY_FORMAT_H

#include "weir/base/buf.h"
#include "weir/base/err.h"
#include "weir/base/slice.h"
#include "weir/body/kind.h"

enum json_token_kind { JSON_OPEN, JSON_CLOSE, JSON_COLON, JSON_COMMA, JSON_KEY, JSON_VALUE };

/* Reads one JSON text (RFC 8259), strictly, a token at a time, so that long ones can be read in slices. */
struct json_reader {
  struct slice text;
  size_t at;     /* behind the last token */
  struct buf in; /* 'o' or 'a' for each that is open */
  unsigned expect;
};
struct json_token {
  enum json_token_kind kind;
  struct slice text;
};
enum json_read { JSON_TOKEN, JSON_END, JSON_FAULT };

void json_reader_init(struct json_reader *r, struct slice text); /* the text must outlive it */
void json_reader_clear(struct json_reader *r);
/* JSON_END: the text was one whole value. JSON_FAULT: *err has a sentence and the offset of the fault. */
enum json_read json_read(struct json_reader *r, struct json_token *token, struct err *err);

/* A reader that was begun with an object or an array gives what stands in it, each value as its whole text; *key is that
 * of an object's member as it stands there, in quotes, and empty in an array. JSON_END: that was all, and nothing follows. */
enum json_read json_next(struct json_reader *r, struct slice *key, struct slice *value, struct err *err);
/* What a string says, appended as UTF-8. False: the text is no string, or says what is no Unicode (half a surrogate pair). */
bool json_unescape(struct slice text, struct buf *out);

enum body_layout { BODY_INDENTED, BODY_COMPACT };

/* Appends to out; false with a sentence (and the offset of the fault in `bytes`, where there is one): it is not valid, or
 * its kind has no white space that could be changed. Compact: JSON only. */
bool body_format(struct slice bytes, enum body_kind kind, enum body_layout layout, struct buf *out, struct err *err);

#endif
