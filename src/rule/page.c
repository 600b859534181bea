#include "weir/rule/page.h"

#include "rule/deed.h"
#include "weir/base/mdoc.h"

bool rule_action(size_t i, struct rule_action *action) {
  const struct deed_ops *ops = deed_nth(i);
  if (!ops)
    return false;
  *action = (struct rule_action){ops->word, ops->usage, ops->help};
  return true;
}

/* Each sentence has a line. */
static void put_text(struct buf *out, struct slice text) {
  for (ptrdiff_t end; (end = slice_find(text, SLICE(". "))) >= 0; text = slice_from(text, (size_t)end + 2)) {
    mdoc_add(out, slice_sub(text, 0, (size_t)end + 1));
    buf_add_byte(out, '\n');
  }
  mdoc_add(out, text);
}

void rule_page_actions(struct buf *out) {
  struct rule_action action;
  buf_add_text(out, ".Bl -tag -width Ds\n");
  for (size_t i = 0; rule_action(i, &action); i++) {
    buf_add_text(out, ".It Xo\n.Li \"");
    for (const char *p = action.usage; *p; p++)
      if (*p == '"')
        buf_add_text(out, "\\(dq");
      else
        buf_add(out, p, 1);
    buf_add_text(out, "\"\n.Xc\n");
    put_text(out, slice_of(action.help));
    buf_add_byte(out, '\n');
  }
  buf_add_text(out, ".El\n");
}
