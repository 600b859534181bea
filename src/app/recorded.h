/*
 * Which recorded flows ask for the same: found by method and URL without looking at all of them, for rules that answer
 * from the recording. The index is made in slices from the moment that there is such a rule, and kept up with the store
 * from then on; who asks before it is whole is told to ask again, so that nothing recorded is missed.
 */
#ifndef WEIR_SRC_APP_RECORDED_H
#define WEIR_SRC_APP_RECORDED_H

#include "weir/flow/store.h"
#include "weir/io/loop.h"
#include "weir/rule/hook.h"

struct recorded;

struct recorded *recorded_new(struct loop *loop, struct store *store);
void recorded_free(struct recorded *r); /* before the store; NULL is fine */
struct rules_recording recorded_for_rules(struct recorded *r);

#endif
