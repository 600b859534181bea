/*
 * What the list shows: the prompt that filters as one types (f), off and on (F), a term more or less from the flow under
 * the cursor (=h -h ...), failures alone (!), filters kept by name (:filter save). Private to src/ui.
 */
#ifndef WEIR_SRC_UI_FILTER_ACTS_H
#define WEIR_SRC_UI_FILTER_ACTS_H

#include "ui/completion.h"
#include "ui/prompt.h"
#include "weir/filter/filter.h"
#include "weir/ui/view.h"

void act_filter(struct ui *ui, struct view *v, int count);
void act_filter_toggle(struct ui *ui, struct view *v, int count);
void act_only_failures(struct ui *ui, struct view *v, int count);
void act_only_host(struct ui *ui, struct view *v, int count);
void act_only_path(struct ui *ui, struct view *v, int count);
void act_only_method(struct ui *ui, struct view *v, int count);
void act_only_status(struct ui *ui, struct view *v, int count);
void act_only_type(struct ui *ui, struct view *v, int count);
void act_only_client(struct ui *ui, struct view *v, int count);
void act_only_assets(struct ui *ui, struct view *v, int count);
void act_hide_host(struct ui *ui, struct view *v, int count);
void act_hide_path(struct ui *ui, struct view *v, int count);
void act_hide_method(struct ui *ui, struct view *v, int count);
void act_hide_status(struct ui *ui, struct view *v, int count);
void act_hide_type(struct ui *ui, struct view *v, int count);
void act_hide_client(struct ui *ui, struct view *v, int count);
void act_hide_assets(struct ui *ui, struct view *v, int count);

/* `:filter FILTER`, `:filter NAME`, `:filter save NAME [FILTER]`, `:filter forget NAME` */
bool command_filter(struct ui *ui, struct view *v, struct slice argument, struct err *err);
void complete_filter_command(struct ui *ui, struct slice before, struct completion *out);

/* Narrows the list by a term, or takes it out again where it stands. */
void filter_narrow(struct ui *ui, struct slice term);
/* Flows that an index lists only because they are paused now: the filter (not the index's own) does not match them. */
size_t filter_paused_besides(const struct ui *ui, struct filter *filter);

/* ---- filter_words.c: for every prompt that takes a filter ---- */
void filter_complete_prompt(struct ui *ui, void *arg, struct slice before, struct completion *out);
void filter_named(struct ui *ui, void *arg, struct slice before, struct completion *out); /* for Ctrl-R */
/* Words to begin with while nothing is typed, then how each one is read. */
void filter_aside(struct ui *ui, void *arg, struct slice text, struct prompt_aside *aside);
/* "column 7: ...": where a filter is wrong. */
void filter_fault(struct err *err);

#endif
