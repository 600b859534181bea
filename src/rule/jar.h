/*
 * What a rule remembers of earlier messages: cookies that servers set (RFC 6265-5.3 to 5.4), and Authorization that
 * clients sent. Bounded: the one that was set or sent longest ago goes first. Private to src/rule.
 */
#ifndef WEIR_SRC_RULE_JAR_H
#define WEIR_SRC_RULE_JAR_H

#include "weir/flow/flow.h"

#define JAR_MAX       300 /* cookies, or places that want Authorization */
#define JAR_VALUE_MAX ((size_t)8 * 1024)

struct jar;

struct jar *jar_new(void);
struct jar *jar_ref(struct jar *jar);
void jar_unref(struct jar *jar); /* NULL is fine */

/* What the response of *sent sets, and takes back, as it goes to the client. */
void jar_take_cookies(struct jar *jar, const struct flow *sent);
/* "a=1; b=2": those that its request should have and has not. False: none. */
bool jar_put_cookies(struct jar *jar, const struct flow *sent, struct buf *out);

void jar_take_authorization(struct jar *jar, const struct flow *f, struct slice value);
/* NULL: this server was never sent one. */
const char *jar_authorization(struct jar *jar, const struct flow *f);

#endif
