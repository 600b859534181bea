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

/* The same a slice of time after the other, for who cannot wait: a body may have a gigabyte. The message has to stay
 * where it is until the end. */
struct raw_writer;
enum raw_part { RAW_BODY, RAW_DECODED, RAW_MESSAGE };
enum raw_step {
  RAW_MORE,
  RAW_DONE,
  RAW_PART,  /* as far as it could be decoded; *err says why no further */
  RAW_FAILED /* *err says why; nothing of the file stays once the writer is freed */
};
bool raw_can_write(const struct flow_message *m, enum raw_part part, const char *name, struct err *err);
struct raw_writer *raw_writer_open(const struct flow_message *m, enum raw_part part, const char *path, bool overwrite,
                                   struct err *err);
enum raw_step raw_writer_step(struct raw_writer *w, const struct flow_message *m, uint64_t deadline, struct err *err);
unsigned raw_writer_percent(const struct raw_writer *w);
void raw_writer_free(struct raw_writer *w); /* before the end: the file is removed */

#endif
