/*
 * `weir ca`: the authority as a person deals with it: where it is, its certificate for others, trusting it, a new one.
 */
#ifndef WEIR_APP_CA_H
#define WEIR_APP_CA_H

#include "weir/app/option.h"
#include "weir/tls/authority.h"

int ca_run(const struct options *options); /* the process's exit status */

/* Where the options say that the authority is; borrows from them. */
struct authority_files ca_files(const struct options *options);
/* Is one there, or at least its key? False too for one of the person's own that is not. */
char *ca_path(const struct options *o); /* of the certificate; the caller frees it */
bool ca_exists(const struct options *options);

#endif
