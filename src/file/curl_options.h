/* curl's options, as far as they matter for the request that it sends. */
#ifndef WEIR_SRC_FILE_CURL_OPTIONS_H
#define WEIR_SRC_FILE_CURL_OPTIONS_H

#include "weir/base/slice.h"

enum curl_act {
  CURL_QUIET, /* what curl shows, writes or waits for: nothing to do with the request */
  CURL_TOLD,  /* it would change something, and does not hold here: `why` */
  CURL_METHOD,
  CURL_HEADER,
  CURL_DATA,
  CURL_DATA_RAW,
  CURL_DATA_URLENCODE,
  CURL_JSON,
  CURL_USER,
  CURL_COOKIE,
  CURL_AGENT,
  CURL_REFERER,
  CURL_URL,
  CURL_URL_QUERY,
  CURL_FORM,
  CURL_FORM_STRING,
  CURL_GET,
  CURL_HEAD,
  CURL_COMPRESSED,
  CURL_TARGET,
  CURL_BEARER,
  CURL_RANGE,
  CURL_HTTP10,
  CURL_UPLOAD,
  CURL_NEXT,
};

struct curl_option {
  char letter; /* 0: none */
  bool value;
  unsigned char act; /* enum curl_act */
  const char *name;
  const char *why; /* CURL_TOLD */
};

const struct curl_option *curl_option_long(struct slice name); /* NULL: not known */
const struct curl_option *curl_option_letter(char letter);

#endif
