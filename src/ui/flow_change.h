/*
 * What changed from one flow to another, in a few words: "= same", "~ status 401->422, body", "+ X-Debug: 1". What says
 * nothing (Date, ETag and the like, ui/diff_page.h) does not count. Private to src/ui.
 */
#ifndef WEIR_SRC_UI_FLOW_CHANGE_H
#define WEIR_SRC_UI_FLOW_CHANGE_H

#include "weir/flow/store.h"

#define CHANGE_BODY ((uint64_t)64 << 10) /* longer bodies are told to differ, not where */

/* Appends. Text from the wire is in it: for the canvas. `now` may still be running: "" then for its response. */
void flow_change_request(const struct flow *before, const struct flow *now, struct buf *out);
void flow_change_response(const struct flow *before, const struct flow *now, struct buf *out);

/* A number for the first megabyte of the response's body, decoded: bodies that are the same have the same. */
uint64_t flow_body_hash(const struct flow *f);

/* The words for a flow against the one it sends again, kept for the last few hundred that were looked at. */
#define CHANGES_KEPT 512
struct flow_changes {
  struct {
    uint64_t id;
    char *words;
  } kept[CHANGES_KEPT];
};
/* NULL: it is no replay, its origin is gone, or it still runs. Valid until the next call. */
const char *flow_changes_words(struct flow_changes *c, const struct store *store, const struct flow *f);
void flow_changes_clear(struct flow_changes *c);

#endif
