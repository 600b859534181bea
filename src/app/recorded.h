/*
 * Which recorded flows ask for the same: found by method and URL without looking at all of them, for rules that answer
 * from the recording. It is made at the first question, and kept up with the store from then on.
 */
#ifndef WEIR_SRC_APP_RECORDED_H
#define WEIR_SRC_APP_RECORDED_H

#include "weir/flow/store.h"

struct recorded;

struct recorded *recorded_new(struct store *store);
void recorded_free(struct recorded *r); /* before the store; NULL is fine */
/* A rules_recorded_fn (rule/hook.h). */
const struct flow *recorded_next(void *recorded, const struct flow *like, size_t *place);

#endif
