/*
 * How far a rule that answers in order has come: for each request, whatever that is told by, the flow whose answer it got
 * last. Private to src/rule.
 */
#ifndef WEIR_SRC_RULE_SERVED_H
#define WEIR_SRC_RULE_SERVED_H

#include <stdint.h>

#define SERVED_MAX 200000 /* requests; beyond that all begin anew */

struct served;

struct served *served_new(void);
struct served *served_ref(struct served *s);
void served_unref(struct served *s); /* NULL is fine */

uint64_t served_last(const struct served *s, uint64_t request); /* an id; 0: none yet */
void served_note(struct served *s, uint64_t request, uint64_t id);
void served_forget(struct served *s);

#endif
