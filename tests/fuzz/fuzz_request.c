/* What a client may send. */
#include "http_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_messages(HTTP_REQUEST, false, (struct slice){(const char *)data, size});
  return 0;
}
