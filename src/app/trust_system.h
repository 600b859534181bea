/*
 * Files of weir's in the folder of the system's store: by what they hold, for a person may have put one in by hand, and
 * weir ca new leaves those of authorities that are gone.
 */
#ifndef WEIR_APP_TRUST_SYSTEM_H
#define WEIR_APP_TRUST_SYSTEM_H

#include "trust.h"

/* "weir", or "weir-9f3152aa01cd": what weir's certificates are called in stores. */
bool trust_is_ours(struct slice name);
/* The file that holds exactly this certificate, else the one that adding it would make. */
void trust_system_file(const struct trust_store *s, const struct trust_certificate *c, struct buf *out);
/* The paths of authorities of weir's, but not of `c`: at most `most`; each malloc'ed. */
size_t trust_system_find(const struct trust_store *s, const struct trust_certificate *c, char **paths, size_t most);

#endif
