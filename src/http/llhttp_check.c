#include "http/llhttp_check.h"

#include <llhttp.h>

static int skip_body(llhttp_t *parser) {
  (void)parser;
  return 1;
}

static int stop(llhttp_t *parser) {
  (void)parser;
  return HPE_PAUSED;
}

static const llhttp_settings_t head_settings = {.on_headers_complete = skip_body, .on_message_complete = stop};

bool llhttp_accepts_fields(bool response, struct slice fields, const char **reason) {
  struct slice line = response ? SLICE("HTTP/1.1 200 OK\r\n") : SLICE("POST / HTTP/1.1\r\n");
  llhttp_t parser;
  llhttp_init(&parser, response ? HTTP_RESPONSE : HTTP_REQUEST, &head_settings);
  llhttp_errno_t result = llhttp_execute(&parser, line.p, line.n);
  if (result == HPE_OK)
    result = llhttp_execute(&parser, fields.p, fields.n);
  if (result == HPE_PAUSED && llhttp_get_error_pos(&parser) == fields.p + fields.n)
    return true;
  *reason =
      result == HPE_PAUSED || result == HPE_OK ? "the head ends at an odd place" : llhttp_get_error_reason(&parser);
  return false;
}
