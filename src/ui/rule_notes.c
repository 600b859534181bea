#include "ui/rule_notes.h"

#include "weir/base/text.h"

#define NAME_MOST 32 /* columns; who gives no name has the whole action as one */

bool rule_note(const struct flow *f, struct buf *out) {
  struct slice rest = slice_of(f->touched), name;
  if (f->touched == NULL)
    return false;
  buf_add_text(out, slice_find_byte(rest, '\n') >= 0 ? "rules " : "rule ");
  for (size_t n = 0; slice_split(&rest, '\n', &name); n++) {
    size_t cut = text_cut(name, NAME_MOST, TEXT_PLAIN, NULL);
    buf_add_text(out, n > 0 ? ", " : "");
    buf_add_slice(out, slice_sub(name, 0, cut));
    buf_add_text(out, cut < name.n ? ".." : "");
  }
  return true;
}

bool rule_story(const struct flow *f, struct buf *out) {
  size_t begin = out->n;
  if (f->by_rule)
    buf_add_text(out, "answered by a rule, no server was asked");
  if (f->rule_says != NULL)
    buf_printf(out, "%s%s", out->n > begin ? "; " : "", f->rule_says);
  return out->n > begin;
}
