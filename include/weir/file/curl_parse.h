/*
 * A curl command as a request to edit and send: the way back from file/curl.h, and from what browsers, documentation
 * and colleagues hand out. Nothing is run and no file is read: what the command would take from elsewhere is told in
 * words, and so is every option that is not known or does not hold here.
 */
#ifndef WEIR_FILE_CURL_PARSE_H
#define WEIR_FILE_CURL_PARSE_H

#include "weir/base/buf.h"
#include "weir/base/err.h"

#define CURL_PARSE_MAX ((size_t)4 << 20)

/* Does it begin with a curl command ("curl ", "$ curl", or something that is piped into one)? */
bool curl_is_command(struct slice text);

/* Appends to `message` the request as http/message.h has texts ("POST http://shop.test/login HTTP/1.1\n...", its target
 * in absolute form), and to `told` sentences, one a line, of what was left out or is done otherwise. The message is
 * as curl would make it, not yet checked to be valid HTTP. False with a sentence, and its place in `text`: no curl
 * command, no URL. */
bool curl_parse(struct slice text, struct buf *message, struct buf *told, struct err *err);

#endif
