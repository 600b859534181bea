/*
 * `weir ca install` and `weir ca uninstall`: says what it will do, asks, does it, says what came of it.
 */
#ifndef WEIR_APP_CA_INSTALL_H
#define WEIR_APP_CA_INSTALL_H

#include "weir/app/option.h"
#include "weir/tls/authority.h"

/* False as root by sudo, where the authority would be root's own instead of the person's. */
bool ca_install_possible(const struct options *o, struct err *err);
bool ca_install(const struct options *o, const struct authority *a, struct err *err);
bool ca_uninstall(const struct options *o, const struct authority *a, struct err *err);

/* Asks on the terminal unless --yes; false with a sentence: no. */
bool ca_ask(const struct options *o, const char *question, struct err *err);

#endif
