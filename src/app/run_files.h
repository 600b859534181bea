/*
 * The files that a command started by weir gets to trust weir: in a private folder, removed in the end.
 */
#ifndef WEIR_APP_RUN_FILES_H
#define WEIR_APP_RUN_FILES_H

#include "weir/base/err.h"
#include "weir/tls/authority.h"

struct run_files {
  char *folder;     /* NULL: none was made */
  char *bundle;     /* the system's authorities and weir's, PEM */
  char *truststore; /* the same, PKCS12, as a JVM reads it; NULL: could not be made */
};

/* `system`: the system's bundle; NULL: there is none, weir's authority stands alone. */
bool run_files_make(struct run_files *f, const struct authority *a, const char *system, struct err *err);
void run_files_remove(struct run_files *f);

#endif
