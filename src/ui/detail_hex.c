/* Acts of the hex view: the byte under the cursor, how many bytes a row has, the order of bytes, going to an offset. */
#include <stdlib.h>

#include "ui/commands.h"
#include "ui/detail_parts.h"
#include "weir/body/inspect.h"

static const unsigned widths[] = {4, 8, 12, 16, 20, 24, 32, 40, 48, 64};

bool detail_is_hex(const struct ui *ui, const struct view *v) {
  const struct detail_view *d = (const struct detail_view *)v;
  const struct page *page = d->pane[d->side].pager.page;
  (void)ui;
  return page != NULL && page->hex && page->lines != NULL;
}

bool detail_hex_move(struct ui *ui, struct view *v, long bytes) {
  struct pane *p = detail_focus(v);
  if (!pane_refresh(p) || !detail_is_hex(ui, v))
    return false;
  pager_hex_move(&p->pager, bytes);
  return true;
}

static void change_width(struct ui *ui, struct view *v, int steps) {
  struct pane *p = detail_focus(v);
  int n = (int)(sizeof widths / sizeof *widths), i = 0;
  while (i < n - 1 && widths[i] < p->page.want.hex_columns)
    i++;
  i += steps;
  if (i < 0 || i >= n || (steps > 0 && p->pager.wrap && pager_hex_width(widths[i]) > p->pager.w)) {
    ui_say(ui, steps > 0 ? "there is no room for more bytes in a row" : "fewer bytes in a row make no sense");
    return;
  }
  ui->hex_columns = widths[i];
  ui_say(ui, "%u bytes a row", widths[i]);
}

void detail_hex_wider(struct ui *ui, struct view *v, int count) {
  (void)count, change_width(ui, v, 1);
}
void detail_hex_narrower(struct ui *ui, struct view *v, int count) {
  (void)count, change_width(ui, v, -1);
}

void detail_hex_order(struct ui *ui, struct view *v, int count) {
  (void)v;
  (void)count;
  ui->hex_little = !ui->hex_little;
  ui_say(ui, ui->hex_little ? "numbers: the lowest byte comes first (little-endian)"
                            : "numbers: the highest byte comes first (big-endian)");
}

bool detail_hex_inspect(const struct pane *p, size_t width, struct buf *out) {
  uint64_t at;
  if (!pager_hex_at(&p->pager, &at))
    return false;
  struct body_bytes bytes = page_bytes(p->pager.page);
  struct buf side = BUF_INIT;
  struct slice w = slice_sub(body_bytes_window(&bytes, at, 2 * BODY_INSPECT, &side), 0, 2 * BODY_INSPECT);
  buf_printf(out, "offset 0x%08llx  ", (unsigned long long)at);
  body_inspect(w, p->ui->hex_little, width > out->n ? width - out->n : 0, out);
  buf_clear(&side);
  return true;
}

/* "0x5a004c", "0x5a_004c"; a decimal number. */
static bool read_number(struct slice text, uint64_t *out, bool *hex) {
  *hex = slice_starts_ascii(text, SLICE("0x"));
  if (!*hex)
    return slice_to_u64(text, out);
  *out = 0;
  text = slice_from(text, 2);
  for (size_t i = 0; i < text.n; i++) {
    char c = (char)(text.p[i] | 0x20);
    int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0 || *out >> 60 != 0)
      return false;
    *out = *out << 4 | (uint64_t)digit;
  }
  return text.n > 0;
}

bool command_goto(struct ui *ui, struct view *v, struct slice argument, struct err *err) {
  uint64_t number;
  bool hex;
  if (!read_number(argument, &number, &hex))
    return err_set_at(err, 0, argument.n, "an offset (0x5a004c) or the number of a line is needed");
  if (v->ops != &detail_view_ops)
    return err_set_at(err, 0, argument.n, "places are those of a message: open one first (Enter)");
  struct pane *p = detail_focus(v);
  if (!pane_refresh(p) || p->page.lines == NULL)
    return err_set_at(err, 0, argument.n, "this message has no body");
  if (hex || p->page.hex)
    pager_offset(&p->pager, number);
  else
    pager_line(&p->pager, number > 0 ? number - 1 : 0);
  (void)ui;
  return true;
}
