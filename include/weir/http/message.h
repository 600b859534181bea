/*
 * A whole message as one text, the way a person edits it: start line, fields, empty line, body. Lines of the head
 * end with LF or CRLF in the text and with CRLF on the wire; the body is bytes and stays as it is.
 */
#ifndef WEIR_HTTP_MESSAGE_H
#define WEIR_HTTP_MESSAGE_H

#include "weir/http/head.h"

/*
 * Splits an edited text into a valid head and the body's place. Refuses what is no valid message, with reason and
 * place (err.at is an offset in `text`), so that an editor can put the cursor there. A missing empty line means:
 * no body. Content-Length: with keep_length it stands as typed (it may be wrong: that is the person's will, so framing
 * is not checked against the body); else it is made to fit (`reframe` in http/forward.h does that when sending), and
 * the check ignores it.
 */
bool http_message_parse(enum http_role role, struct slice text, bool keep_length, struct http_head *head,
                        size_t *body_at, struct err *err);

/* Appends the editable text of a head: CRLF become LF. */
void http_message_text(struct buf *out, const struct http_head *head);

#endif
