/*
 * http_head_parse() with one more way to call it: the head of a text that a person edited, whose Content-Length is
 * made to fit later and is therefore not looked at.
 */
#ifndef WEIR_SRC_HTTP_HEAD_READ_H
#define WEIR_SRC_HTTP_HEAD_READ_H

#include "weir/http/head.h"

#define CONNECTION_MEMBERS_MAX 100 /* each is compared with every field name when the head is forwarded */

bool http_head_read(enum http_role role, struct slice raw, bool any_length, struct http_head *head,
                    struct http_fault *fault);

#endif
