/*
 * Who may use the proxy: those who know a user name and a password (--auth, RFC 7617), those whose address is among some
 * (--allow), or whoever reaches it. Who is refused becomes a row, one for each address, reason, host and minute, with a
 * count: somebody who guesses cannot fill the record.
 */
#ifndef WEIR_PROXY_GATE_H
#define WEIR_PROXY_GATE_H

#include "weir/base/err.h"
#include "weir/base/slice.h"
#include "weir/io/address.h"

struct gate;
struct gate *gate_new(void);
void gate_free(struct gate *g);
/* "USER:PASSWORD", 1 to 255 bytes each. No sentence of *err ever holds the password. */
bool gate_set_auth(struct gate *g, struct slice text, struct err *err);
/* "192.168.1.0/24,fd00::/8", an address alone too; added to what is there. */
bool gate_allow(struct gate *g, struct slice nets, struct err *err);
const char *gate_user(const struct gate *g); /* NULL: nobody is asked; g NULL is fine */
const char *gate_password(const struct gate *g);
bool gate_has_list(const struct gate *g);  /* --allow was given */
bool gate_keeps_out(const struct gate *g); /* ... and is not everybody: 0.0.0.0/0 */

#endif
