/*
 * What a person does to the flow under the cursor, on every screen that has one: the acts behind flow_bindings, and
 * the prompts they open. Each says in words what it did, or why it could not.
 */
#ifndef WEIR_UI_ACTIONS_H
#define WEIR_UI_ACTIONS_H

#include "ui/ui_state.h"

struct flow *act_target(struct ui *ui, struct view *v); /* NULL: none, or none in sight; it was said */
/* Out of the store and into the undo step that is open. */
bool flow_take_out(struct ui *ui, struct flow *f);
enum flow_side act_side(const struct view *v, const struct flow *f);
void act_undo(struct ui *ui, struct view *v, int count);
void act_redo(struct ui *ui, struct view *v, int count);

/* copy_acts.c */
void act_copy_url(struct ui *ui, struct view *v, int count);
void act_copy_curl(struct ui *ui, struct view *v, int count);
void act_copy_raw_request(struct ui *ui, struct view *v, int count);
void act_copy_raw_response(struct ui *ui, struct view *v, int count);
void act_copy_request_body(struct ui *ui, struct view *v, int count);
void act_copy_response_body(struct ui *ui, struct view *v, int count);
void act_copy_headers(struct ui *ui, struct view *v, int count);
void act_copy_cookies(struct ui *ui, struct view *v, int count);
void act_copy_har(struct ui *ui, struct view *v, int count);
void act_copy_python(struct ui *ui, struct view *v, int count);
void act_copy_fetch(struct ui *ui, struct view *v, int count);
void act_copy_httpie(struct ui *ui, struct view *v, int count);
void act_copy_markdown(struct ui *ui, struct view *v, int count);
void act_copy_again(struct ui *ui, struct view *v, int count);

/* write_acts.c */
void act_write_body(struct ui *ui, struct view *v, int count);
void act_write_raw(struct ui *ui, struct view *v, int count);

/* condition.c */
/* What is worth saying about a condition or filter once it is set; false: nothing. */
bool condition_advice(struct slice text, struct buf *out);
bool intercept_advice(struct slice text, struct buf *out); /* that, and whether it can pause anything */
void act_intercept(struct ui *ui, struct view *v, int count);
struct rule;
void intercept_prompt(struct ui *ui, const struct rule *x); /* changes it; NULL: makes one more */
void act_intercept_toggle(struct ui *ui, struct view *v, int count);
void act_intercept_responses(struct ui *ui, struct view *v, int count);

/* intercept_acts.c, view_intercepts.c */
void act_break_once(struct ui *ui, struct view *v, int count);
void act_break_always(struct ui *ui, struct view *v, int count);
void act_intercepts(struct ui *ui, struct view *v, int count);

/* act_secure.c: a host's TLS */
void act_pass(struct ui *ui, struct view *v, int count);
void act_accept(struct ui *ui, struct view *v, int count);
bool act_may_accept(const struct ui *ui, const struct view *v);
bool act_may_pass(const struct ui *ui, const struct view *v);
const char *act_pass_word(const struct ui *ui, const struct view *v);

/* clipboard.c: the system's clipboard by way of tmux or OSC 52, a file when neither can. `what` for the message. */
void clipboard_put(struct ui *ui, struct slice text, const char *what);
void clipboard_take(struct ui *ui, struct buf *text, const char *what); /* the same without a copy: it is emptied */
void clipboard_forget(struct ui *ui);                                   /* no more word from tmux */

#endif
