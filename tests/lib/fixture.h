/*
 * What the tests of one end-to-end program have in common: certificates with a weir in their folder, nginx with TLS, the
 * origin that misbehaves on demand. The functions are cmocka's fixtures; each program takes the one that it needs.
 */
#ifndef WEIR_TESTS_FIXTURE_H
#define WEIR_TESTS_FIXTURE_H

#include <stdbool.h>

#include "site.h"
#include "tls_lab.h"

struct fixture {
  struct lab lab;
  struct site site;          /* www/file is "0123456789" */
  bool served;               /* nginx is installed: it serves HTTP and, on site.tls_port[0], HTTPS */
  struct net_program origin; /* pid 0: this one has none */
};
extern struct fixture fixture;

/* For all tests of a program. */
int fixture_lab(void **state);
int fixture_lab_origin(void **state);
int fixture_lab_site(void **state);
int fixture_all(void **state);
int fixture_close(void **state); /* whichever it was */
/* nginx, beside a lab that is open, with this certificate. False, and said: it is not installed. */
bool fixture_site(enum lab_kind certificate);

/* For one test: a weir without options; the end of any. */
int fixture_weir(void **state);
int fixture_stop(void **state);
void fixture_need_site(void); /* skips the test without nginx */

#endif
