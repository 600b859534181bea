#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct fixture fixture;

bool fixture_site(enum lab_kind certificate) {
  struct site_tls tls = {.pem = lab_pem(&fixture.lab, certificate)};
  fixture.served = site_open_tls(&fixture.site, &tls, 1);
  if (fixture.served)
    site_put(&fixture.site, "file", "0123456789", 10);
  else
    print_message("nginx is not installed\n");
  return fixture.served;
}

int fixture_lab(void **state) {
  (void)state;
  lab_open(&fixture.lab);
  return 0;
}

int fixture_lab_origin(void **state) {
  fixture_lab(state);
  fixture.origin = net_origin();
  return 0;
}

int fixture_lab_site(void **state) {
  fixture_lab(state);
  fixture_site(LAB_GOOD);
  return 0;
}

int fixture_all(void **state) {
  fixture_lab_site(state);
  fixture.origin = net_origin();
  return 0;
}

int fixture_close(void **state) {
  (void)state;
  if (fixture.origin.pid)
    net_stop(&fixture.origin);
  site_close(&fixture.site);
  lab_close(&fixture.lab);
  return 0;
}

int fixture_weir(void **state) {
  (void)state;
  lab_weir(&fixture.lab, NULL);
  return 0;
}

int fixture_stop(void **state) {
  (void)state;
  if (fixture.lab.weir.pid)
    net_stop(&fixture.lab.weir);
  return 0;
}

void fixture_need_site(void) {
  if (!fixture.served)
    skip();
}
