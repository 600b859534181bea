/*
 * One thing that a flow has, by name: any field of the field table ("duration", "host"), a header ("resp.header:server",
 * "header:x-id": the response's, else the request's), or a value in the JSON body of the response ("json:.user.name").
 * Columns and sort orders are made of these.
 *
 * Heads cost little. A JSON value is looked for in the first 256 kB of the decoded body, and only once that is whole: no
 * single flow takes longer than a few milliseconds.
 */
#ifndef WEIR_FILTER_DATUM_H
#define WEIR_FILTER_DATUM_H

#include "weir/base/err.h"
#include "weir/flow/field.h"

struct datum;

struct datum *datum_new(struct slice name, struct err *err); /* err->at: within the name */
struct datum *datum_copy(const struct datum *d);             /* NULL gives NULL */
void datum_free(struct datum *d);
const char *datum_name(const struct datum *d);          /* as datum_new() takes it; a field by its full name */
const struct field *datum_field(const struct datum *d); /* NULL: a header or a JSON value */
bool datum_reads_bodies(const struct datum *d);
bool datum_grows(const struct datum *d); /* as long as the flow runs, it changes with the time */

enum datum_kind { DATUM_NONE, DATUM_NUMBER, DATUM_TEXT };
/* Text goes behind what is in *text, raw wire bytes. A header or JSON value that is a number is DATUM_NUMBER too, with its
 * text. `now`: monotonic ns. An age is counted from now backwards, so that the order of ages stays the same all the time. */
enum datum_kind datum_get(const struct datum *d, const struct flow *f, uint64_t now, double *number, struct buf *text);
/* As people read it in a table: "1.3M", "834ms", "12:01:07". Raw wire bytes. False: there is none. */
bool datum_show(const struct datum *d, const struct flow *f, uint64_t now, struct buf *out);

#endif
