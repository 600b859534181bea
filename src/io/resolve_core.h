/*
 * What only the tests of the resolver set: a server on loopback instead of the system's, shorter tries, and
 * another file to watch for changes.
 */
#ifndef WEIR_SRC_IO_RESOLVE_CORE_H
#define WEIR_SRC_IO_RESOLVE_CORE_H

#include "weir/io/resolve.h"

struct resolver_setup {
  const char *servers;   /* "127.0.0.1:5353" (ares_set_servers_ports_csv); NULL: the system's; borrowed */
  int try_ms;            /* 0: 2,000 */
  const char *conf_path; /* NULL: /etc/resolv.conf; borrowed */
};

void resolver_set_up(struct resolver *r, const struct resolver_setup *setup); /* before the first question */
size_t resolver_channels(const struct resolver *r);

#endif
