/*
 * The field table: one row for each thing that can be known of a flow. The filter language, columns, sort keys,
 * output formats, completion and the manual read this one table.
 */
#ifndef WEIR_FLOW_FIELD_H
#define WEIR_FLOW_FIELD_H

#include "weir/flow/flow.h"

enum field_type { FIELD_TEXT, FIELD_NUMBER, FIELD_SIZE, FIELD_DURATION, FIELD_TIME, FIELD_FLAG };

struct field {
  const char *name; /* "url", "resp.header" */
  enum field_type type;
  unsigned width;    /* preferred columns in a table; 0: takes what is left */
  const char *title; /* column head */
  const char *help;  /* a phrase for the manual */
  /* FIELD_TEXT: appends the text, raw wire bytes. Returns false when the flow has no such thing. */
  bool (*text)(const struct flow *f, struct buf *out);
  /* the other types; same. FIELD_DURATION in ns, FIELD_TIME in wall-clock microseconds, FIELD_SIZE in bytes.
   * now: monotonic ns, for running flows. */
  bool (*number)(const struct flow *f, uint64_t now, int64_t *value);
};

extern const struct field field_table[];
extern const size_t field_table_n;
const struct field *field_find(struct slice name); /* also by a shorter name ("dur"); NULL: no such field */

#endif
