/* weir doctor: each thing that is wrong with a machine is said, with what helps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "commands.h"

/* What doctor says of this machine, well or not. */
static void doctor_says(const char *what, const char *const *arguments) {
  char *said;
  int status = weir(&said, arguments);
  assert_true(status == 0 || status == 1);
  assert_int_equal(status, strstr(said, "\nWRONG") || !strncmp(said, "WRONG", 5) ? 1 : 0);
  see(said, what);
  free(said);
}
#define DOCTOR(what, ...) doctor_says(what, (const char *const[]){"doctor", __VA_ARGS__, NULL})

static void doctor_names_who_has_the_port(void **state) {
  int port;
  char number[20], want[60];
  (void)state;
  int listener = net_listen(&port);
  snprintf(number, sizeof number, "127.0.0.1:%d", port);
  snprintf(want, sizeof want, "is in use by test_doctor (process %d)", (int)getpid());
  SAYS(1, want, "doctor", "--listen", number);
  close(listener);
  DOCTOR("is free", "--listen", number);
  struct net_program w = net_weir(NULL);
  snprintf(number, sizeof number, "127.0.0.1:%d", w.port);
  snprintf(want, sizeof want, "weir (process %d) listens at", (int)w.pid);
  DOCTOR(want, "--listen", number);
  net_stop(&w);
}

static void doctor_reads_the_environment(void **state) {
  (void)state;
  setenv("no_proxy", "corp.test", 1);
  setenv("https_proxy", "http://other.test:3128", 1);
  setenv("CURL_CA_BUNDLE", "/nonexistent/bundle", 1);
  DOCTOR("these hosts go around weir: corp.test", "--listen", "127.0.0.1:0");
  DOCTOR("http://other.test:3128 is not where weir listens", "--listen", "127.0.0.1:0");
  SAYS(1, "WRONG  CURL_CA_BUNDLE", "doctor", "--listen", "127.0.0.1:0");
  unsetenv("no_proxy");
  unsetenv("https_proxy");
  unsetenv("CURL_CA_BUNDLE");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(doctor_names_who_has_the_port),
      cmocka_unit_test(doctor_reads_the_environment),
  };
  return cmocka_run_group_tests(tests, commands_open, commands_close);
}
