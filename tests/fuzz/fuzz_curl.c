/* curl commands and fetch() calls: no reading beyond the input, either a message and no error or a sentence and nothing; bounded. */
#include <stdio.h>
#include <stdlib.h>

#include "weir/file/curl_parse.h"
#include "weir/file/fetch_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds, const char *what) {
  if (!holds) {
    fprintf(stderr, "%s\n", what);
    abort();
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct slice text = {(const char *)data, size};
  struct buf message = BUF_INIT, told = BUF_INIT;
  struct err err = ERR_INIT;
  curl_is_command(text);
  bool ok = (fetch_is_call(text) ? fetch_parse : curl_parse)(text, &message, &told, &err);
  demand(ok ? message.n > 0 : message.n == 0 && err.text[0] != '\0', "neither a message nor a sentence");
  demand(err.at + err.span <= size, "a place outside the input");
  demand(message.n <= size * 8 + 4096, "a message out of proportion");
  buf_clear(&message);
  buf_clear(&told);
  return 0;
}
