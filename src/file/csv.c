#include "weir/file/csv.h"

#include <inttypes.h>
#include <string.h>

#include "weir/base/clock.h"
#include "weir/base/text.h"
#include "weir/flow/field.h"

static const char *const columns[] = {"id",       "time",   "method", "url",  "status", "type",  "req.size", "size",
                                      "duration", "client", "server", "note", "parent", "error", NULL};

void csv_quote(struct buf *out, struct slice s) {
  buf_add_byte(out, '"');
  if (s.n && strchr("=+-@\t\r", *s.p))
    buf_add_byte(out, '\'');
  for (size_t i = 0; i < s.n; i++) {
    if (s.p[i] == '"')
      buf_add_byte(out, '"');
    buf_add_byte(out, s.p[i]);
  }
  buf_add_byte(out, '"');
}

static void put_text(struct buf *out, const struct field *field, const struct flow *f) {
  struct buf raw = BUF_INIT, safe = BUF_INIT;
  if (field->text(f, &raw)) {
    text_safe(&safe, buf_slice(&raw), TEXT_PLAIN);
    csv_quote(out, buf_slice(&safe));
  }
  buf_clear(&raw);
  buf_clear(&safe);
}

/* Durations in milliseconds, times as ISO 8601. */
static void put_number(struct buf *out, const struct field *field, const struct flow *f, uint64_t now) {
  int64_t value;
  char iso[40];
  if (!field->number(f, now, &value))
    return;
  if (field->type == FIELD_TIME)
    buf_add_text(out, clock_iso((uint64_t)value, iso, sizeof iso));
  else if (field->type == FIELD_DURATION)
    buf_printf(out, "%" PRId64 ".%03d", value / 1000000, (int)(value / 1000 % 1000));
  else
    buf_printf(out, "%" PRId64, value);
}

void csv_head(struct buf *out) {
  for (size_t i = 0; columns[i]; i++)
    buf_printf(out, "%s%s", i ? "," : "", columns[i]);
  buf_add_text(out, "\r\n");
}

void csv_row(const struct flow *f, uint64_t now, struct buf *out) {
  for (size_t i = 0; columns[i]; i++) {
    const struct field *field = field_find(slice_of(columns[i]));
    if (i)
      buf_add_byte(out, ',');
    if (field->type == FIELD_TEXT)
      put_text(out, field, f);
    else
      put_number(out, field, f, now);
  }
  buf_add_text(out, "\r\n");
}
