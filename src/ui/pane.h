/*
 * One side of a flow in a window of its own: page, pager and how it is looked at. The preview, the detail and the
 * paused screen are made of these.
 */
#ifndef WEIR_UI_PANE_H
#define WEIR_UI_PANE_H

#include "ui/pager.h"
#include "ui/pane_picture.h"
#include "ui/ui_state.h"

struct pane {
  struct ui *ui;
  struct page page;
  struct pager pager;
  enum flow_side side;
  enum body_view view;
  enum page_show show;
  bool received; /* of an edited message: as it came, not as it was sent */
  bool brief;
  bool marks;       /* what can be folded has a sign */
  struct buf token; /* that is shown decoded, and where one was when it was opened */
  struct pager_mark token_from;
  enum page_show token_show;
  struct pane_picture picture;
  struct folds folds;     /* of the flow that it turns to, until its page is there */
  size_t max;             /* decoded at once */
  uint64_t flow;          /* shown last */
  unsigned searched;      /* the search of all flows that is marked here (search.c); 0: none */
  uint64_t searched_flow; /* and where */
};

void pane_init(struct pane *p, struct ui *ui, enum flow_side side, size_t max);
void pane_clear(struct pane *p);
/* Before anything is done with its pager between two layouts. False: the flow is gone. */
bool pane_refresh(struct pane *p);
/* f may be NULL: nothing to show. Before drawing. */
void pane_layout(struct pane *p, struct ui *ui, const struct flow *f, int w, int h);
void pane_draw(const struct pane *p, const struct flow *f, struct canvas *c, struct rect r);
/* The title line above: "Request ── POST /login", which views there are, which is shown. */
void pane_title(const struct pane *p, const struct flow *f, struct canvas *c, struct rect r, bool focus, bool choices);
/* "[Pretty] Raw Hex Headers", as many of the views as there is room for, the one that is on among them; those that would
 * be empty are left out. */
void pane_views(const struct pane *p, const struct flow *f, int columns, struct buf *out);
/* A click at that column of them. */
void pane_view_click(struct pane *p, const struct flow *f, int columns, int x);
void pane_view_step(struct pane *p, const struct flow *f, int steps); /* to the next ones; round and round */
void pane_view_toggle(struct pane *p, enum page_show show);           /* that one, or the message when it is on */
/* A click on a title with choices. */
void pane_title_click(struct pane *p, const struct flow *f, struct rect r, int x);
bool pane_edited(const struct pane *p, const struct flow *f); /* there is an Original and a Sent */

/* Movement that every screen with a pane shares. */
void pane_scroll(struct pane *p, enum stride stride, long times); /* times < 0: up */
void pane_go_line(struct pane *p, uint64_t line);                 /* of the body, from 0 */
bool pane_fold(struct pane *p, enum pager_fold act);              /* false: there is nothing to fold */
bool pane_token(struct pane *p);                                  /* shows the one on the line; false: there is none */
bool pane_token_close(struct pane *p);                            /* false: none was shown */
void pane_click(struct pane *p, int x, int y);                    /* within the window: the cursor, and signs */
void pane_toggle_view(struct pane *p, enum body_view view);       /* that view, or pretty when it is on */

#endif
