/*
 * Which names an authority may sign for: name constraints (RFC 5280-4.2.1.10), for who would rather not trust a key on
 * this machine with every name there is. Said as ".test, shop.example, 127.0.0.1, 10.0.0.0/8": a name stands for itself
 * and all below it. Kinds that are not named at all (names, addresses) are excluded as a whole.
 */
#ifndef WEIR_TLS_PERMIT_H
#define WEIR_TLS_PERMIT_H

#include <openssl/x509v3.h>

#include "name.h"
#include "weir/base/buf.h"
#include "weir/base/err.h"

NAME_CONSTRAINTS *permit_parse(const char *list, struct err *err); /* NAME_CONSTRAINTS_free() */
NAME_CONSTRAINTS *permit_of(const X509 *authority);                /* NULL: it may sign for any name */
bool permit_same(const NAME_CONSTRAINTS *a, const NAME_CONSTRAINTS *b);
bool permit_allows(const NAME_CONSTRAINTS *limits, const struct name *name); /* limits NULL: all */
/* "shop.example, test, 10.0.0.0/8": what is permitted. Wire bytes where the certificate is a person's own. */
void permit_text(const NAME_CONSTRAINTS *limits, struct buf *out);

#endif
