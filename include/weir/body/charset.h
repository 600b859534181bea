/*
 * In which character set a body is written: what its byte order mark says, else its Content-Type, else the body itself
 * (<meta charset>, the declarations of XML and CSS), as the WHATWG Encoding Standard has it. Labels stand for what browsers
 * take them for: iso-8859-1 is windows-1252, gb2312 is gbk.
 */
#ifndef WEIR_BODY_CHARSET_H
#define WEIR_BODY_CHARSET_H

#include "weir/base/slice.h"

#define CHARSET_LABEL 32

struct body_charset {
  char label[CHARSET_LABEL]; /* for people, in lower case, "windows-1252"; "": nothing says */
  char name[CHARSET_LABEL];  /* for the decoder; "": it need not be converted, or cannot be */
  bool known;                /* false, with a label: nobody knows it */
};

#define BODY_CHARSET_SAMPLE 1024 /* bytes in which a body says it */

/* content_type: the field's value; first_bytes: of the body, content codings undone. True: it is to be converted. */
bool body_charset_find(struct slice content_type, struct slice first_bytes, struct body_charset *out);

#endif
