/*
 * A request as a curl command that sends the same: method, URL, fields in order, body. Safe to paste into a
 * shell whatever the bytes are: quoting by text_shell_quote(), --data-binary from $'..' or, for a body with NUL bytes,
 * from a here-piped base64; a URL that begins with "-" and a body that begins with "@" are not special.
 */
#ifndef WEIR_FILE_CURL_H
#define WEIR_FILE_CURL_H

#include "weir/flow/flow.h"

/* Of what was last sent. False where it cannot be told as curl: a tunnel, or a cut body. */
bool curl_command(const struct flow *f, struct buf *out, struct err *err);

#endif
