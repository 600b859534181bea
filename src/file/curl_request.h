/* What a curl command asks for: read by curl_parse.c, written as a message by curl_request.c. Private to src/file. */
#ifndef WEIR_SRC_FILE_CURL_REQUEST_H
#define WEIR_SRC_FILE_CURL_REQUEST_H

#include "weir/base/buf.h"
#include "weir/base/err.h"
#include "weir/base/vec.h"

struct curl_request {
  struct buf *told;
  size_t files_told; /* bytes of the lines in front */
  struct err *err;
  struct slice stdin_bytes; /* what is piped in */
  bool piped;               /* something is, known or not */
  struct slice method, url, target, agent, referer, user, bearer, range;
  bool has_agent;
  VEC(struct slice) header;
  struct buf cookie, data, query, form;
  struct slice upload_name; /* the last part of the file's name; empty: it is piped in */
  bool has_data, upload, json, get, head, compressed, http10, done;
};

/* A line for the person, about what was left out or read in a certain way. */
void curl_tell(struct curl_request *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* In front of all other lines: a file that is not read leaves the message without what was to be sent. */
void curl_tell_file(struct curl_request *r, const char *option, struct slice value);
int curl_shown(struct slice s); /* how many bytes of it such a line quotes */

/* Appends the message. False: there is no URL, or none that could be asked for. */
bool curl_request_write(struct curl_request *r, struct buf *message);

#endif
