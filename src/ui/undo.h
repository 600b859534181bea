/*
 * What `u` takes back: flows taken out of the list, notes, and what was said of a host. Flows taken out are kept here, outside the store, only
 * as long as store and undo together fit the store's budget; as traffic comes in, the oldest ones go for good.
 */
#ifndef WEIR_UI_UNDO_H
#define WEIR_UI_UNDO_H

#include "weir/flow/store.h"
#include "weir/proxy/proxy.h"

struct undo;

struct undo *undo_new(void);
void undo_free(struct undo *u);
/* A step begins; `phrase` is what the message line says: "delete #6". */
void undo_begin(struct undo *u, const char *format, ...) __attribute__((format(printf, 2, 3)));
void undo_add_flow(struct undo *u, struct flow *f);                    /* detached from the store: taken over */
void undo_add_note(struct undo *u, uint64_t id, const char *old_note); /* old_note may be NULL; copied */
typedef void undo_setting_fn(struct proxy *p, const char *host, bool on);
void undo_add_setting(struct undo *u, struct proxy *p, undo_setting_fn *set, const char *host, bool old);
void undo_end(struct undo *u);                  /* forgets the step when nothing was added */
struct slice undo_phrase(const struct undo *u); /* of the last step; empty: none */
/* Takes the last step back. False: there is none. *id: the flow it was about, 0 when about none. *back and *lost: flows that returned, and that were gone for good. */
bool undo_step(struct undo *u, struct store *store, uint64_t *id, size_t *back, size_t *lost);
void undo_trim(struct undo *u, struct store *store); /* cheap; once a turn */
size_t undo_cost(const struct undo *u);

#endif
