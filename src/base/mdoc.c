#include "weir/base/mdoc.h"

void mdoc_add(struct buf *out, struct slice text) {
  if (text.n > 0 && (text.p[0] == '.' || text.p[0] == '\''))
    buf_add_text(out, "\\&");
  for (size_t i = 0; i < text.n; i++)
    if (text.p[i] == '\\')
      buf_add_text(out, "\\e");
    else
      buf_add_byte(out, text.p[i]);
}
