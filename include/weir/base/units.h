/*
 * Numbers as people read and type them. Sizes are powers of 1024 ("256M"), durations are nanoseconds
 * ("1.5s", "250ms", "2m"; a bare number means seconds).
 */
#ifndef WEIR_BASE_UNITS_H
#define WEIR_BASE_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/err.h"
#include "weir/base/slice.h"

bool units_parse_size(struct slice text, uint64_t *bytes, struct err *err);
bool units_parse_duration(struct slice text, uint64_t *ns, struct err *err);

/* At most 5 columns: "0", "27", "7.1k", "485k", "1.3M", "10M". Returns `out` (size >= 16). */
char *units_size(uint64_t bytes, char *out, size_t size);
/* At most 6 columns: "3ms", "834ms", "3.20s", "1m12s", "2h05m"; under a millisecond "0.4ms". */
char *units_duration(uint64_t ns, char *out, size_t size);

#endif
