/*
 * An error that a person caused or will read: one ready sentence, without a trailing full stop or newline.
 * Functions that can fail so are `bool f(..., struct err *)`, where false means *err is set; err may be NULL.
 * I/O on the byte path uses result codes instead (io/stream.h), and network failures are data (flow/flow.h).
 */
#ifndef WEIR_BASE_ERR_H
#define WEIR_BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>

struct err {
  char text[600];
  size_t at;   /* byte offset in the text that was at fault, where there is one */
  size_t span; /* how many bytes from there are at fault; 0: unknown */
  bool cured;  /* the sentence says already what to do about it */
};

#define ERR_INIT                                                                                                       \
  { {0}, 0, 0, false }

/* Sets the sentence (cut to fit) and returns false, so that `return err_set(err, ...)` reads well. */
bool err_set(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same where the sentence ends with the cure, so that nobody adds another. */
bool err_set_cured(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool err_set_at(struct err *err, size_t at, size_t span, const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
