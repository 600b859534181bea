/*
 * nginx for the end-to-end tests: in the foreground, one process, with a configuration, documents and a log of its own
 * in a temporary folder, on loopback and a free port.
 */
#ifndef WEIR_TESTS_SITE_H
#define WEIR_TESTS_SITE_H

#include <stdbool.h>
#include <stddef.h>

#include "net.h"

#define SITE_TLS_MAX 16

/* One more port, with TLS. */
struct site_tls {
  const char *pem;       /* certificate, chain and key */
  const char *protocols; /* "TLSv1.2"; NULL: 1.2 and 1.3 */
  const char *client_ca; /* a certificate by this authority is demanded; NULL: none is asked for */
};

struct site {
  struct net_program nginx;
  int port; /* on 127.0.0.1, and on ::1 where this machine has one */
  bool six; /* ::1 too */
  int tls_port[SITE_TLS_MAX];
  char folder[200]; /* www/ below it is served, PUT stores there; access.log has "METHOD STATUS PATH" a line */
};

/* False: there is no nginx on this machine. Anything else that goes wrong fails the test. */
bool site_open(struct site *s);
bool site_open_tls(struct site *s, const struct site_tls *tls, size_t n);
/* The same, and where there is none the test is skipped, which is said. */
void site_need(struct site *s);
void site_need_tls(struct site *s, const struct site_tls *tls, size_t n);
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
