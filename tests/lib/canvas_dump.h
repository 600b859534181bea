/* A canvas as text, for golden screens and for tests of colour. */
#ifndef WEIR_TESTS_CANVAS_DUMP_H
#define WEIR_TESTS_CANVAS_DUMP_H

#include "weir/ui/canvas.h"

/* One line a row, trailing blanks cut. */
void canvas_dump(const struct canvas *c, struct buf *out);
/* One letter for each cell's role below each row: rows of "." where ROLE_TEXT. The letters in the order of
 * enum role: . d b k w t T s o r c e p m h H K S N W P x + # i, and 1 to 6 for red to cyan */
void canvas_dump_roles(const struct canvas *c, struct buf *out);

#endif
