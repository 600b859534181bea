#include "ui/row_waterfall.h"

#include "weir/base/units.h"

void row_waterfall_init(struct row_waterfall *axis) {
  *axis = (struct row_waterfall){.from = UINT64_MAX, .to = 0};
}

static uint64_t end_of(const struct flow *f, uint64_t now) {
  return f->times.start + flow_duration(f, now);
}

void row_waterfall_add(struct row_waterfall *axis, const struct flow *f, uint64_t now) {
  uint64_t end = end_of(f, now);
  if (f->times.start == 0)
    return;
  axis->from = f->times.start < axis->from ? f->times.start : axis->from;
  axis->to = end > axis->to ? end : axis->to;
}

void row_waterfall_head(const struct row_waterfall *axis, struct canvas *c, struct rect cell) {
  char text[16];
  if (axis->from >= axis->to || cell.w < 8)
    return;
  units_duration(axis->to - axis->from, text, sizeof text);
  canvas_text(c, cell, cell.x, cell.y, ROLE_DIM, SLICE("0"));
  int n = (int)text_width(slice_of(text), TEXT_PLAIN);
  canvas_hline(c, cell, cell.x + 2, cell.y, cell.w - n - 4, ROLE_DIM, false);
  canvas_text(c, cell, cell.x + cell.w - n, cell.y, ROLE_DIM, slice_of(text));
}

/* The cell in which a moment stands. */
static int cell_of(const struct row_waterfall *axis, int width, uint64_t at) {
  if (at <= axis->from || axis->to <= axis->from)
    return 0;
  int x = (int)((double)(at - axis->from) / (double)(axis->to - axis->from) * width);
  return x < width ? x : width - 1;
}

void row_waterfall_draw(const struct row_waterfall *axis, struct canvas *c, struct rect cell, enum role role,
                        const struct flow *f, uint64_t now) {
  if (f->times.start == 0 || cell.w < 1)
    return;
  uint64_t end = end_of(f, now), answered = f->times.first_byte;
  int from = cell_of(axis, cell.w, f->times.start), to = cell_of(axis, cell.w, end);
  int full =
      answered > f->times.start ? cell_of(axis, cell.w, answered) : cell.w; /* no answer: all of it was waiting */
  for (int x = from; x <= to; x++) {
    bool received = x >= full;
    const char *glyph = c->ascii ? (received ? "#" : "-") : received ? "█" : "░";
    canvas_text(c, cell, cell.x + x, cell.y, role, slice_of(glyph));
  }
}
