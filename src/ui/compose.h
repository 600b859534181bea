/*
 * A new request from nothing: from a template, or from what was pasted: a curl command, a URL, a raw request. What is
 * pasted is text, never keys. Private to src/ui.
 */
#ifndef WEIR_SRC_UI_COMPOSE_H
#define WEIR_SRC_UI_COMPOSE_H

#include "ui/draft.h"

/* c: the editor with a template that asks for the host of the flow under the cursor, or with the draft that was kept. */
void act_compose(struct ui *ui, struct view *v, int count);
/* Text was pasted where letters are keys: opens the editor with the request that it is, or says what it is not. */
void compose_paste(struct ui *ui, struct slice pasted);

/* Into an editor that is composing: in the place of all that is there, a URL only where nothing was typed. True: it was
 * such a text, and it was said. */
bool compose_into(struct ui *ui, struct draft *d, struct slice pasted);
/* The Host field follows the URL where it still says what the template said. */
void compose_follow_host(struct buf *text, struct slice template_host);

#endif
