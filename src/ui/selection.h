/*
 * The flows that a person has selected in the list: what acts on a flow acts on them there, if there are any. They are pinned,
 * so that none leaves the ring unseen, as long as they are not more than SELECTION_PINS; those that go leave the selection.
 * While a range is under way (V), the rows between its first one and the cursor count as selected; whatever is done
 * ends it. Only flows that are in the list are acted on: what a filter hides stays selected and is left alone.
 * Private to src/ui.
 */
#ifndef WEIR_SRC_UI_SELECTION_H
#define WEIR_SRC_UI_SELECTION_H

#include "weir/ui/view.h"

#define SELECTION_PINS 1000 /* in all */

struct id_vec {
  uint64_t *v;
  size_t n, cap;
};

struct selection {
  struct id_vec id;  /* in order; struct flow has `selected` for each */
  struct id_vec pin; /* those that are pinned, in order */
  uint64_t range;    /* where a range began; 0: none is under way */
};

void selection_clear_all(struct ui *ui);              /* without a step to undo; also when the screen closes */
void selection_forget(struct ui *ui, struct flow *f); /* it is being removed */
size_t selection_count(const struct ui *ui);
/* The places of the rows of the range under way, *from up to and including *to; false: there is none. */
bool selection_range(const struct ui *ui, size_t *from, size_t *to);
/* What an act is to act on in this view instead of the flow under the cursor, by number: none (false) where nothing is
 * selected, or v is not the list. */
bool selection_targets(struct ui *ui, const struct view *v, struct id_vec *ids);
/* For acts that are for one flow: the one under the cursor, unless others are selected and it is not; NULL: that was said. */
struct flow *selection_single(struct ui *ui, struct view *v);

void act_select(struct ui *ui, struct view *v, int count);
void act_select_range(struct ui *ui, struct view *v, int count);
void act_select_all(struct ui *ui, struct view *v, int count);
void act_select_none(struct ui *ui, struct view *v, int count);
void act_next_marked(struct ui *ui, struct view *v, int count);
void act_previous_marked(struct ui *ui, struct view *v, int count);

/* selected_acts.c: each does its act to all that is selected; false: nothing is, so it is the flow under the cursor. */
bool selected_resume(struct ui *ui, struct view *v);
bool selected_delete(struct ui *ui, struct view *v);
bool selected_mark(struct ui *ui, struct view *v);
bool selected_note(struct ui *ui, struct view *v);
/* Sends what is selected, or `id`, `times` times; asks first where many of them may change something. */
void selected_replay(struct ui *ui, struct view *v, uint64_t id, int times);

#endif
