/* What doctor says of names: against a name server of the test's own, which answers, refuses, or says nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/doctor_report.h"
#include "io/resolve_core.h"
#include "name_server.h"
#include "weir/base/clock.h"

static void check(int code, int records, unsigned wrong, const char *want) {
  struct name_server server = {0};
  struct report r = {.out = BUF_INIT};
  struct loop *loop = loop_new();
  struct resolver *resolver = resolver_new(loop, NULL);
  name_server_start(&server, loop);
  server.code[0] = server.code[1] = code;
  server.records[0] = 0;
  server.records[1] = records;
  resolver_set_up(resolver, &(struct resolver_setup){.servers = server.list, .try_ms = 50, .conf_path = "/dev/null"});
  doctor_name(&r, loop, resolver, "example.com.");
  if (r.wrong != wrong || !strstr(buf_text(&r.out), want))
    fail_msg("%u wrong, without \"%s\": %s", r.wrong, want, buf_text(&r.out));
  resolver_free(resolver);
  name_server_stop(&server);
  loop_free(loop);
  buf_clear(&r.out);
}

static void names_are_asked_for(void **state) {
  (void)state;
  check(CODE_OK, 1, 0, "ok     names        example.com. resolves\n");
  check(CODE_NXDOMAIN, 0, 1, "WRONG  names        example.com.: name not known; look at /etc/resolv.conf");
  check(CODE_REFUSED, 0, 1, "WRONG  names        example.com.: ");
  check(SILENT, 0, 1, "WRONG  names        example.com.: ");
}

static void lines_are_safe_and_counted(void **state) {
  (void)state;
  struct report r = {.out = BUF_INIT};
  report_add(&r, FOUND_WRONG, "thing", "do\nthis", "\033[2J%s", "x");
  report_add(&r, FOUND_NOTE, "another", NULL, "fine");
  assert_int_equal(r.wrong, 1);
  assert_string_equal(r.out.p, "WRONG  thing        ^[[2Jx; do^Jthis\nnote   another      fine\n");
  buf_clear(&r.out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_are_asked_for),
      cmocka_unit_test(lines_are_safe_and_counted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
