#include "stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct stage stage;

bool stage_site(enum lab_kind certificate) {
  struct site_tls tls = {.pem = lab_pem(&stage.lab, certificate)};
  stage.served = site_open_tls(&stage.site, &tls, 1);
  if (stage.served)
    site_put(&stage.site, "file", "0123456789", 10);
  else
    print_message("nginx is not installed\n");
  return stage.served;
}

int stage_lab(void **state) {
  (void)state;
  lab_open(&stage.lab);
  return 0;
}

int stage_lab_origin(void **state) {
  stage_lab(state);
  stage.origin = net_origin();
  return 0;
}

int stage_lab_site(void **state) {
  stage_lab(state);
  stage_site(LAB_GOOD);
  return 0;
}

int stage_all(void **state) {
  stage_lab_site(state);
  stage.origin = net_origin();
  return 0;
}

int stage_close(void **state) {
  (void)state;
  if (stage.origin.pid)
    net_stop(&stage.origin);
  site_close(&stage.site);
  lab_close(&stage.lab);
  return 0;
}

int stage_weir(void **state) {
  (void)state;
  lab_weir(&stage.lab, NULL);
  return 0;
}

int stage_stop(void **state) {
  (void)state;
  if (stage.lab.weir.pid)
    net_stop(&stage.lab.weir);
  return 0;
}

void stage_need_site(void) {
  if (!stage.served)
    skip();
}
