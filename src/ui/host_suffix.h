/*
 * Where host and path share a column, the suffix of the most common domain is left out of hosts: with most flows on
 * *.shop.test, "api.shop.test" is written "api.shop". Only where more than one flow shares that domain, and where no
 * other host is written like that. Hosts are counted as flows come and go, so nothing scans them all. Private to src/ui.
 */
#ifndef WEIR_SRC_UI_HOST_SUFFIX_H
#define WEIR_SRC_UI_HOST_SUFFIX_H

#include "weir/flow/flow.h"

struct host_suffix;

struct host_suffix *host_suffix_new(void);
void host_suffix_free(struct host_suffix *h);
void host_suffix_add(struct host_suffix *h, const struct flow *f);
void host_suffix_remove(struct host_suffix *h, const struct flow *f);
/* ".test"; empty: hosts are written whole. Valid until flows come or go. */
struct slice host_suffix(struct host_suffix *h);
/* The host without the suffix, where it has it. */
struct slice host_suffix_cut(struct slice host, struct slice suffix);
/* For the narrowest list: "api" of "api.shop.test", "shop" of "www.shop.test"; empty for an address and for localhost. */
struct slice host_first_label(struct slice host);

#endif
