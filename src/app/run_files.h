/*
 * The files that a command started by weir gets, for those programs that no variable alone leads to weir and makes trust
 * it: in a private folder, removed in the end. A weir that is killed cannot do that: the next one removes what such left.
 */
#ifndef WEIR_APP_RUN_FILES_H
#define WEIR_APP_RUN_FILES_H

#include "weir/base/err.h"
#include "weir/tls/authority.h"

struct run_files {
  char *folder;     /* NULL: none was made */
  int lock;         /* held on the folder, so that others see that it is in use */
  char *bundle;     /* the system's authorities and weir's, PEM */
  char *truststore; /* the same, PKCS12, as a JVM reads it; NULL: could not be made */
  char *wgetrc;     /* the person's own, and the bundle's name: GnuTLS reads no variable */
  char *node;       /* what Node is to read first */
};

/* What Node reads before the program: all its connections are tunnels through the proxy of the environment. */
extern const char run_node_script[];

/* `a` NULL: HTTPS is not read, there is nothing to trust. `system`: the system's bundle; NULL: there is none, weir's
 * authority stands alone. */
bool run_files_make(struct run_files *f, const struct authority *a, const char *system, struct err *err);
void run_files_remove(struct run_files *f);

#endif
