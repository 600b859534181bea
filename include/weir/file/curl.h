/*
 * A request as a curl command that sends the same: method, URL, fields in order, body; fields that curl would add by
 * itself are switched off, hop-by-hop fields are left out. Safe to paste into a shell whatever the bytes are: quoting
 * by text_shell_quote(), a target that curl would change by --request-target, the body by --data-raw (so that a leading
 * "@" means nothing) or, with NUL bytes in it or too long for an argument, piped in from base64.
 */
#ifndef WEIR_FILE_CURL_H
#define WEIR_FILE_CURL_H

#include "weir/flow/flow.h"

/* Appends what was last sent. False where it cannot be told as curl: a tunnel, a cut, unfinished or very long body. */
bool curl_command(const struct flow *f, struct buf *out, struct err *err);

#endif
