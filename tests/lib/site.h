/*
 * nginx for the end-to-end tests: in the foreground, one process, with a configuration, documents and a log of its own
 * in a temporary folder, on loopback and a free port.
 */
#ifndef WEIR_TESTS_SITE_H
#define WEIR_TESTS_SITE_H

#include <stdbool.h>
#include <stddef.h>

#include "net.h"

struct site {
  struct net_program nginx;
  int port;         /* on 127.0.0.1, and on ::1 where this machine has one */
  bool six;         /* ::1 too */
  char folder[200]; /* www/ below it is served, PUT stores there; access.log has "METHOD STATUS PATH" a line */
};

/* False: there is no nginx on this machine. Anything else that goes wrong fails the test. */
bool site_open(struct site *s);
/* An orderly end: after it the log is whole. The folder stays until site_close(). */
void site_stop(struct site *s);
void site_close(struct site *s);
/* www/NAME with these bytes; folders in NAME must exist. */
void site_put(const struct site *s, const char *name, const void *bytes, size_t n);
/* A file as a whole, malloc'ed and terminated; NULL: there is none. */
char *site_read(const char *path, size_t *n);

/* byte(i) = i * 7 + (i >> 8), as tests/e2e/origin makes it. malloc'ed. */
char *site_pattern(size_t n);

#endif
