/*
 * The person's own editor in a pane of the screen: on a terminal of its own (ui/external.h, ui/vterm_pane.h), beside the
 * flow list, which goes on live; on narrow screens below a few rows of it. All keys are the editor's but one, Ctrl-],
 * which leads to the list and back while the editor goes on. The mouse is the editor's inside the pane. Several editors
 * may be open, each on its own message; the pane has the one that was gone to last.
 */
#ifndef WEIR_SRC_UI_EDITOR_PANE_H
#define WEIR_SRC_UI_EDITOR_PANE_H

#include "ui/draft.h"

extern const struct view_ops editor_pane_view_ops;

/* The editor of that draft, started and shown; d->external stays NULL with a sentence. */
void editor_pane_start(struct draft *d, const struct external_options *options, struct external_user user,
                       struct err *err);
void editor_pane_show(struct draft *d);    /* the keys go there; it goes on when it was stopped */
void editor_pane_stopped(struct draft *d); /* leads to the list */
void editor_pane_close(struct draft *d);   /* it has ended: pane and view go; fine when there are none */
void editor_pane_ask_end(struct ui *ui, struct draft *d);

size_t editor_pane_count(const struct ui *ui); /* editors that are open in panes */
const char *editor_pane_name(const struct ui *ui);

/* What the list does with its rectangle: lays the pane out and takes what is left; draws it; a click there. */
struct rect editor_pane_layout(struct ui *ui, struct rect r);
void editor_pane_draw(const struct ui *ui, struct canvas *c, struct rect r);
bool editor_pane_click(struct ui *ui, const struct key *key);

void act_editor_back(struct ui *ui, struct view *v, int count);
void act_editor_end(struct ui *ui, struct view *v, int count);
bool act_editor_is_open(const struct ui *ui, const struct view *v);

#endif
