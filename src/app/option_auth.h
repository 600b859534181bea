/*
 * Values of --auth and --allow: who may use the proxy.
 */
#ifndef WEIR_SRC_APP_OPTION_AUTH_H
#define WEIR_SRC_APP_OPTION_AUTH_H

#include "weir/app/option.h"
#include "weir/proxy/gate.h"

/* "USER:PASSWORD", "@FILE"; takes the place of what was there. */
bool option_auth_set(char **auth, const char *name, const char *value, struct err *err);
bool option_auth_allow(char ***list, const char *name, const char *value, struct err *err); /* one more */
struct gate *option_auth_gate(const struct options *o); /* NULL: whoever reaches it may use it */
/* "USER:PASSWORD@" as a URL has it, appended; nothing where nobody is asked. */
void option_auth_url(const struct options *o, struct buf *out);

#endif
