/*
 * A message as raw bytes: head and recorded body, as received or as sent; and a suggestion for a file name.
 */
#ifndef WEIR_FILE_RAW_H
#define WEIR_FILE_RAW_H

#include "weir/flow/flow.h"

void raw_message(const struct flow_message *m, bool sent, struct buf *out);
/* "users.json", "login-response.bin": from the URL's last part, made safe for any file system; malloc'ed. */
char *raw_file_name(const struct flow *f, enum flow_side side);
/* Writes what was sent (the edited message where there is one) with 0600; refuses to overwrite unless told so. decoded:
 * without the content coding. */
bool raw_write_body(const struct flow *f, enum flow_side side, bool decoded, const char *path, bool overwrite,
                    struct err *err);
bool raw_write_message(const struct flow *f, enum flow_side side, const char *path, bool overwrite, struct err *err);

#endif
