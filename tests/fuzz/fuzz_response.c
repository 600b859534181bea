/* What a server may send, to a GET and to a HEAD. */
#include "http_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_messages(HTTP_RESPONSE, false, (struct slice){(const char *)data, size});
  fuzz_cuts(HTTP_RESPONSE, true, (struct slice){(const char *)data, size});
  return 0;
}
