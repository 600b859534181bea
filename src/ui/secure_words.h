/*
 * What is said of TLS, in one place for rows, message line, log and detail: what went wrong, on which side, and what
 * can be done about it with which key.
 */
#ifndef WEIR_SRC_UI_SECURE_WORDS_H
#define WEIR_SRC_UI_SECURE_WORDS_H

#include "weir/flow/flow.h"

bool secure_client_failed(const struct flow *f); /* no TLS with the client; the server has nothing to do with it */
/* The server's certificate was not good, and that is all that went wrong: a person may accept it. */
bool secure_may_accept(const struct flow *f);
/* The name by which the server is asked and its certificate checked. Wire bytes. */
struct slice secure_server_name(const struct flow *f);

/* What went wrong, without the keys that go with it: those are in the cure. */
struct slice secure_sentence(const struct flow *f);
/* TLS is up, or was, and nothing was asked in it: perhaps it does not speak HTTP. */
bool secure_silent(const struct flow *f);
/* Would it help to pass the host through? */
bool secure_may_pass(const struct flow *f);
/* The server asked for a client certificate, was shown none, and refused what was asked of it. */
bool secure_lacks_certificate(const struct flow *f);
/* Of a failure with the client what a row has room for beside the host, with the cure; false: as any other row. */
bool secure_row_words(const struct flow *f, struct buf *out);
/* What to do about it, with keys; nothing where it is no failure of TLS or nothing is known. */
void secure_cure(const struct flow *f, struct buf *out);

#endif
