#include "weir/rule/page.h"

#include "rule/deed.h"

bool rule_action(size_t i, struct rule_action *action) {
  const struct deed_ops *ops = deed_nth(i);
  if (!ops)
    return false;
  *action = (struct rule_action){ops->word, ops->usage, ops->help};
  return true;
}

/* Text of a line, or within one; mdoc takes a backslash for itself, and a dot at the beginning of a line. */
static void put_text(struct buf *out, const char *text) {
  if (*text == '.' || *text == '\'')
    buf_add_text(out, "\\&");
  for (; *text; text++)
    if (*text == '\\')
      buf_add_text(out, "\\e");
    else if (*text == ' ' && out->n && out->p[out->n - 1] == '.') /* each sentence has a line */
      buf_add_byte(out, '\n');
    else
      buf_add_byte(out, *text);
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
    put_text(out, action.help);
    buf_add_byte(out, '\n');
  }
  buf_add_text(out, ".El\n");
}
