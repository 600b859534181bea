#include "ui/receiving.h"

#include "weir/base/clock.h"
#include "weir/base/units.h"

#define GAUGE 14 /* columns of the bar */

bool receiving(const struct flow *f, enum flow_side side, uint64_t *seen, uint64_t *total) {
  const struct flow_message *m = flow_side_const(f, side);
  struct slice length, coding;
  bool arrives = side == FLOW_REQUEST ? f->state == FLOW_REQUEST_ARRIVING : f->state == FLOW_RESPONSE_ARRIVING;
  if (!arrives || m->head.raw == NULL || m->body.complete)
    return false;
  *seen = m->body.seen;
  *total = 0;
  if (http_head_find(&m->head, "Content-Length", &length) && !http_head_find(&m->head, "Transfer-Encoding", &coding) &&
      !slice_to_u64(length, total))
    *total = 0;
  return *total == 0 || *seen < *total;
}

void receiving_gauge(const struct flow *f, enum flow_side side, const struct canvas *c, int columns, struct buf *out) {
  uint64_t seen, total;
  char size[16];
  if (!receiving(f, side, &seen, &total) || columns < 16)
    return;
  if (total == 0) {
    buf_printf(out, " receiving %s ", units_size(seen, size, sizeof size));
    return;
  }
  buf_printf(out, " receiving %u%% ", (unsigned)(seen * 100 / total));
  for (int i = 0; columns >= 18 + GAUGE && i < GAUGE; i++) {
    bool full = seen * GAUGE / total > (uint64_t)i;
    buf_add_text(out, full ? (c->ascii ? "#" : "\xe2\x96\x88") : c->ascii ? "." : "\xc2\xb7");
  }
  buf_add_byte(out, ' ');
}

void receiving_words(const struct flow *f, enum flow_side side, uint64_t now, struct buf *out) {
  uint64_t seen, total, since = side == FLOW_REQUEST ? f->times.start : f->times.first_byte;
  char size[16];
  if (!receiving(f, side, &seen, &total))
    return;
  buf_add_text(out, units_size(seen, size, sizeof size));
  if (total > 0)
    buf_printf(out, "/%s", units_size(total, size, sizeof size));
  if (since > 0 && now > since + CLOCK_S / 4) {
    double rate = (double)seen * (double)CLOCK_S / (double)(now - since);
    buf_printf(out, " %s/s", units_size((uint64_t)rate, size, sizeof size));
  }
}
