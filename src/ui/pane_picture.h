/*
 * The picture of an image in a pane, as large as there is room for. It is decoded by a process of its own (weir
 * --picture), so that nothing waits for it and nothing in it can do harm; until it is there the facts stand alone.
 */
#ifndef WEIR_SRC_UI_PANE_PICTURE_H
#define WEIR_SRC_UI_PANE_PICTURE_H

#include "ui/page.h"
#include "weir/io/shell.h"

struct ui;

struct pane_picture {
  struct ui *ui;
  struct shell *shell; /* under way */
  uint64_t flow;
  enum flow_side side;
  unsigned width, height; /* pixels that there is room for */
  struct picture picture;
  struct page_picture shown;
};

/* What the page of this image is to show, in a window of so many columns and rows; starts what is not under way. */
const struct page_picture *pane_picture_ask(struct pane_picture *p, struct ui *ui, const struct flow *f,
                                            enum flow_side side, int columns, int rows);
void pane_picture_drop(struct pane_picture *p);

#endif
