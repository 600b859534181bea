/* Replacing in a body that flows: whether that may be, and what comes of it. Private to src/rule. */
#ifndef WEIR_SRC_RULE_FLOWING_H
#define WEIR_SRC_RULE_FLOWING_H

#include "rule/deed.h"
#include "rule/rules.h"
#include "weir/rule/transform.h"

/* ---- flowing.c ---- */
/* May the rule of the scene, which wants the body, do with it as it comes? `head`: nothing of the body is there yet. A
 * pause is known to follow: `paused`. */
bool flowing_may(const struct deed_scene *s, bool head, bool paused, const struct sieve *url);
/* All of it is there, and too long without its coding: may it be changed as it goes? */
bool flowing_may_still(const struct deed_scene *s);
/* The rules above it change the body as it flows, and this one wants the whole of it. */
void flowing_refuse(struct deed_scene *s);
/* The rule of the scene waits for all of the body: the row says so where that may never end. */
void flowing_note_wait(struct deed_scene *s);

/* ---- transform.c ---- */
/* One more for the scene's effects; false: the body's coding is not known, and the row says so. */
bool transform_add(struct deed_scene *s);

#endif
