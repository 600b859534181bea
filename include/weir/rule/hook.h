/*
 * Where rules may act on an exchange. Intercepts are rules; later ones change, answer, delay and drop. Rules stand in
 * one ordered list, and the first that pauses counts; a wish for the body counts where nobody pauses at once.
 */
#ifndef WEIR_RULE_HOOK_H
#define WEIR_RULE_HOOK_H

#include "weir/flow/flow.h"

enum hook_point {
  HOOK_REQUEST_HEAD, /* the request head is there */
  HOOK_REQUEST,      /* the request body too */
  HOOK_RESPONSE_HEAD,
  HOOK_RESPONSE,
  HOOK_DONE,
};

enum hook_verdict {
  HOOK_PASS,
  HOOK_WANT_BODY, /* cannot say before the body is there: buffer it, then ask at HOOK_REQUEST / HOOK_RESPONSE */
  HOOK_PAUSE,     /* stop this side until the person lets it go */
  HOOK_MORE,      /* a long body is being looked through: ask again, in another turn */
};

struct rules;

struct rules *rules_new(void);
void rules_free(struct rules *rules);
/* Do they have to know whose a request is before they are asked? */
bool rules_want_process(const struct rules *rules);
/*
 * HOOK_PAUSE: *pause says why and for how long, and is the caller's; a rule that is for one message has had it.
 * Comes back soon after `deadline` (clock_mono()). HOOK_MORE: *inquiry, NULL at first, keeps how far it is; who asks no
 * more, or whose flow has changed since, lets that go. With any other verdict it is NULL again.
 */
struct rules_inquiry;
enum hook_verdict rules_ask(struct rules *rules, enum hook_point point, const struct flow *f, uint64_t deadline,
                            struct rules_inquiry **inquiry, struct flow_pause **pause);
void rules_forget(struct rules_inquiry **inquiry);

#endif
