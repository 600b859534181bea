/* Options about TLS, and the words that say what weir is to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "weir/app/option.h"

static char text[400], *argv[30];

/* options_argv() on words that are parted by "|"; they stay until the next call. */
static bool give(struct options *o, const char *words, struct err *err) {
  int argc = 0;
  snprintf(text, sizeof text, "weir|%s", words);
  char *rest = text;
  for (char *word; (word = strsep(&rest, "|"));)
    argv[argc++] = word;
  argv[argc] = NULL;
  return options_argv(o, argc, argv, err);
}

static void refuse(const char *words, const char *sentence) {
  struct options o;
  struct err err = ERR_INIT;
  options_init(&o);
  bool ok = give(&o, words, &err) && options_check(&o, &err);
  if (ok || !strstr(err.text, sentence))
    fail_msg("%s: \"%s\" does not say \"%s\"", words, err.text, sentence);
  options_clear(&o);
}

static void assert_list(char *const *list, const char *want) {
  char got[300] = "";
  for (; list && *list; list++) {
    strncat(got, *list, sizeof got - strlen(got) - 1);
    strncat(got, " ", sizeof got - strlen(got) - 1);
  }
  assert_string_equal(got, want);
}

static void hosts_add_up(void **state) {
  (void)state;
  struct options o;
  struct err err = ERR_INIT;
  options_init(&o);
  assert_null(o.passthrough);
  assert_true(give(&o, "--passthrough|A.Test, *.shop.test|--passthrough=[::1],a.test|--insecure|*", &err));
  assert_list(o.passthrough, "a.test *.shop.test ::1 ");
  assert_list(o.insecure, "* ");
  /* the command line is read twice, the file in between */
  assert_true(give(&o, "--passthrough|A.Test,*.shop.test|--passthrough=[::1]|--insecure|*", &err));
  assert_list(o.passthrough, "a.test *.shop.test ::1 ");
  assert_true(options_set(&o, "passthrough", "", &err));
  assert_null(o.passthrough);
  options_clear(&o);
}

static void what_is_no_host_is_refused(void **state) {
  (void)state;
  refuse("--passthrough|https://a.test", "is no host");
  refuse("--passthrough|a.test:443", "is no host");
  refuse("--passthrough|", "--passthrough needs a value");
  refuse("--insecure= ", "--insecure needs a value");
  refuse("--passthrough|a.test,,b.test", "is no host");
  refuse("--insecure|*a.test", "is no host");
  refuse("--insecure|a/../b", "is no host");
  refuse("--insecure|\033[2J", "\"^[[2J\" is no host");
  refuse("--insecure", "--insecure needs a value: HOST");
}

static void a_bad_list_changes_nothing(void **state) {
  (void)state;
  struct options o;
  options_init(&o);
  assert_false(options_set(&o, "insecure", "good.test,bad host", NULL));
  assert_null(o.insecure);
  options_clear(&o);
}

static void one_certificate_a_host(void **state) {
  (void)state;
  struct options o;
  struct err err = ERR_INIT;
  options_init(&o);
  assert_true(options_set(&o, "client-cert", "a.test=/old,1.pem", &err));
  assert_true(give(&o, "--client-cert|B.test=~/b=1.pem|--client-cert=A.test=/new.pem", &err));
  assert_list(o.client_certs, "a.test=/new.pem b.test=~/b=1.pem ");
  options_clear(&o);
  refuse("--client-cert|a.test", "HOST=FILE");
  refuse("--client-cert|=file", "HOST=FILE");
  refuse("--client-cert|a.test=", "HOST=FILE");
  refuse("--client-cert|a b=file", "is no host");
}

static void versions(void **state) {
  (void)state;
  struct options o;
  struct err err = ERR_INIT;
  options_init(&o);
  assert_int_equal(o.client_tls.least, 0x0303);
  assert_int_equal(o.client_tls.most, 0x0304);
  assert_int_equal(o.server_tls.least, 0x0303);
  assert_int_equal(o.server_tls.most, 0x0304);
  assert_true(give(&o, "--tls-min|1.3|--upstream-tls-max|1.2|--upstream-tls-min=1.0", &err));
  assert_int_equal(o.client_tls.least, 0x0304);
  assert_int_equal(o.server_tls.most, 0x0303);
  assert_int_equal(o.server_tls.least, 0x0301);
  assert_int_equal(o.client_tls.most, 0x0304);
  options_clear(&o);
  refuse("--tls-min|1.4", "is a TLS version");
  refuse("--tls-max|TLSv1.2", "is a TLS version");
  refuse("--tls-min|1.3|--tls-max|1.2", "no client could be served");
  refuse("--upstream-tls-min|1.3|--upstream-tls-max|1.2", "no server could be asked");
}

static void what_does_not_go_together(void **state) {
  (void)state;
  refuse("--ca-cert|a.pem", "both --ca-cert and --ca-key");
  refuse("--ca-key|a.key", "both --ca-cert and --ca-key");
  refuse("--headless|--intercept|~m GET", "needs a screen");
  refuse("run", "needs a command to start");
  refuse("run|--headless|--", "needs a command to start");
  refuse("ca|export|pem|now|please", "a word too many");
  refuse("doctor|now", "a word too many");
  refuse("cat", "the commands ca, run and doctor, not \"cat\"");
}

static void options_stand_before_and_after_commands(void **state) {
  (void)state;
  struct options o;
  struct err err = ERR_INIT;
  options_init(&o);
  for (int twice = 0; twice < 2; twice++) {
    assert_true(give(&o, "--confdir|/x|ca|--yes|export|der|--listen|0", &err));
    assert_int_equal(o.command, COMMAND_CA);
    assert_int_equal(o.words, 2);
    assert_string_equal(o.word[0], "export");
    assert_string_equal(o.word[1], "der");
    assert_string_equal(o.confdir, "/x");
    assert_string_equal(o.listen, "0");
    assert_true(o.yes);
    assert_true(options_check(&o, &err));
  }
  assert_true(give(&o, "doctor|--no-tls", &err));
  assert_int_equal(o.command, COMMAND_DOCTOR);
  assert_int_equal(o.words, 0);
  assert_true(o.no_tls);
  options_clear(&o);
}

static void a_command_keeps_its_own_options(void **state) {
  (void)state;
  struct options o;
  struct err err = ERR_INIT;
  options_init(&o);
  assert_true(give(&o, "run|--headless|curl|--json|-x", &err));
  assert_true(o.headless);
  assert_false(o.json);
  assert_string_equal(o.run[0], "curl");
  assert_string_equal(o.run[1], "--json");
  assert_string_equal(o.run[2], "-x");
  assert_null(o.run[3]);
  assert_true(give(&o, "--json|run|--|--odd-name|--", &err));
  assert_true(o.json);
  assert_string_equal(o.run[0], "--odd-name");
  assert_string_equal(o.run[1], "--");
  assert_null(o.run[2]);
  assert_true(give(&o, "--json", &err));
  assert_int_equal(o.command, COMMAND_NONE);
  assert_null(o.run);
  options_clear(&o);
}

static void the_file_knows_them_too(void **state) {
  (void)state;
  char path[] = "/tmp/weir-option-tls.XXXXXX";
  int fd = mkstemp(path);
  struct options o;
  struct err err = ERR_INIT;
  assert_true(fd >= 0);
  options_init(&o);
  dprintf(fd, "set passthrough bank.test\nset passthrough *.pay.test\nset no-tls\nset timeout-tls 5\n");
  assert_true(options_file(&o, path, &err));
  assert_list(o.passthrough, "bank.test *.pay.test ");
  assert_true(o.no_tls);
  assert_int_equal(o.proxy.tls_timeout, UINT64_C(5000000000));
  dprintf(fd, "set yes\n");
  assert_false(options_file(&o, path, &err));
  assert_non_null(strstr(err.text, "line 5: yes works on the command line only"));
  close(fd);
  unlink(path);
  options_clear(&o);
}

static void what_was_not_chosen_is_known(void **state) {
  (void)state;
  struct options o;
  options_init(&o);
  assert_true(options_is_default(&o, "listen"));
  assert_true(options_is_default(&o, "write"));
  assert_true(options_set(&o, "listen", "9000", NULL));
  assert_false(options_is_default(&o, "listen"));
  options_clear(&o);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(hosts_add_up),
      cmocka_unit_test(what_is_no_host_is_refused),
      cmocka_unit_test(a_bad_list_changes_nothing),
      cmocka_unit_test(one_certificate_a_host),
      cmocka_unit_test(versions),
      cmocka_unit_test(what_does_not_go_together),
      cmocka_unit_test(options_stand_before_and_after_commands),
      cmocka_unit_test(a_command_keeps_its_own_options),
      cmocka_unit_test(the_file_knows_them_too),
      cmocka_unit_test(what_was_not_chosen_is_known),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
