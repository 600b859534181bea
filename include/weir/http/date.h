/* Dates of fields, in the three forms that RFC 9110 section 5.6.7 has, and with the "-" that cookies have in theirs. */
#ifndef WEIR_HTTP_DATE_H
#define WEIR_HTTP_DATE_H

#include "weir/base/slice.h"

/* Seconds since 1970; false: it is none. A year of two digits is the last such year that is not more than 50 years
 * ahead of 2026. */
bool http_date_read(struct slice s, int64_t *seconds);

#endif
