/*
 * The kinds of changes that can be taken back. Each is told before it is made, between undo_begin() and undo_end(): it
 * keeps what is there now. Private to src/ui.
 */
#ifndef WEIR_SRC_UI_UNDO_KINDS_H
#define WEIR_SRC_UI_UNDO_KINDS_H

#include "ui/undo.h"
#include "weir/proxy/proxy.h"

void undo_note(struct ui *ui, const struct flow *f); /* its note is about to change */
void undo_mark(struct ui *ui, const struct flow *f);
/* The text of a paused message is about to be replaced: as long as it stays paused this can be taken back. */
void undo_edit(struct ui *ui, const struct flow *f, enum flow_side side);
void undo_sort(struct ui *ui);  /* the order of the list */
void undo_rules(struct ui *ui); /* all of them, intercepts too: texts, order, on or off */
/* A host is about to be put into a list of the proxy's, or taken out of it. */
typedef void undo_host_fn(struct proxy *p, const char *host, bool on);
void undo_host(struct ui *ui, undo_host_fn *set, const char *host, bool now);

#endif
