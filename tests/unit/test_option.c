/* The option table: values by name, argv, the configuration file, advice, and where to listen. */
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

static void defaults_are_the_documented_ones(void **state) {
  (void)state;
  struct options o;
  options_init(&o);
  assert_string_equal(o.listen, "8888");
  assert_int_equal(o.memory, 256u << 20);
  assert_int_equal(o.flows, 100000);
  assert_int_equal(o.proxy.body_limit, 16u << 20);
  assert_int_equal(o.proxy.head_timeout, UINT64_C(30000000000));
  assert_int_equal(o.proxy.idle_timeout, UINT64_C(60000000000));
  assert_int_equal(o.proxy.connect_timeout, UINT64_C(30000000000));
  assert_int_equal(o.proxy.response_timeout, 0);
  assert_int_equal(o.proxy.tunnel_timeout, 0);
  assert_int_equal(o.proxy.client_grace, UINT64_C(3000000000));
  assert_false(o.headless || o.json || o.help);
  assert_null(o.intercept);
  assert_memory_equal(&o.proxy, &proxy_config_default, sizeof o.proxy); /* the table says what the proxy does anyway */
  options_clear(&o);
}

/* options_argv() on words that are parted by "|". */
static bool give(struct options *o, const char *words, struct err *err) {
  char text[256], *argv[16];
  int argc = 0;
  snprintf(text, sizeof text, "weir|%s", words);
  for (char *word = strtok(text, "|"); word; word = strtok(NULL, "|"))
    argv[argc++] = word;
  argv[argc] = NULL;
  return options_argv(o, argc, argv, err);
}

static void argv_takes_both_forms(void **state) {
  (void)state;
  struct options o;
  struct err err = ERR_INIT;
  options_init(&o);
  assert_true(give(&o, "--headless|--memory|64M|--timeout-head=1.5|--via=edge|--listen|0|--json=off", &err));
  assert_true(o.headless);
  assert_false(o.json);
  assert_int_equal(o.memory, 64u << 20);
  assert_int_equal(o.proxy.head_timeout, UINT64_C(1500000000));
  assert_string_equal(o.proxy.via, "edge");
  assert_string_equal(o.listen, "0");
  options_clear(&o);
}

static void what_is_on_can_be_switched_off(void **state) {
  (void)state;
  struct options o;
  struct err err = ERR_INIT;
  options_init(&o);
  assert_true(o.embed && o.bell);
  assert_true(give(&o, "--no-embed|--no-bell|--no-tls", &err));
  assert_false(o.embed || o.bell);
  assert_true(o.no_tls && o.mouse);
  options_clear(&o);
}

static void refuse(const char *words, const char *sentence) {
  struct options o;
  struct err err = ERR_INIT;
  options_init(&o);
  assert_false(give(&o, words, &err));
  if (!strstr(err.text, sentence))
    fail_msg("\"%s\" does not say \"%s\"", err.text, sentence);
  options_clear(&o);
}

static void wrong_words_are_refused_with_advice(void **state) {
  (void)state;
  refuse("--memroy|1M", "did you mean --memory?");
  refuse("--timeout-hed|1", "did you mean --timeout-head?");
  refuse("--body|1", "did you mean --body-limit?");
  refuse("--jsn", "did you mean --json?");
  refuse("--no-json", "did you mean --json?"); /* off unless it is asked for */
  refuse("--xyzzyplugh", "weir --help lists them");
  refuse("-h", "weir --help lists them");
  refuse("8080", "not \"8080\"");
  refuse("--memory", "--memory needs a value: SIZE");
  refuse("--memory|lots", "--memory: ");
  refuse("--memory|0", "more than 0");
  refuse("--flows|0", "more than 0");
  refuse("--flows|-1", "--flows: a whole number is needed");
  refuse("--headless=maybe", "on or off");
  refuse("--timeout-idle|soon", "--timeout-idle: ");
  refuse("--via|a b", "one plain word");
  refuse("--listen|99999", "from 0 to 65535");
  refuse("--\033[2J", "--^[[2J");
}

static void write_file(const char *path, const char *text) {
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  fputs(text, f);
  fclose(f);
}

static void the_file_sets_what_argv_can(void **state) {
  (void)state;
  char path[] = "/tmp/weir-option.XXXXXX";
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  close(fd);
  struct options o;
  struct err err = ERR_INIT;
  options_init(&o);

  write_file(
      path,
      "# a comment\n\nset headless\n  set   body-limit \t 1M  \r\nset intercept ~m POST & ~u /login\nset json off");
  assert_true(options_file(&o, path, &err));
  assert_true(o.headless);
  assert_false(o.json);
  assert_int_equal(o.proxy.body_limit, 1u << 20);
  assert_string_equal(o.intercept, "~m POST & ~u /login");

  write_file(path, "set json\nset flows many\n");
  assert_false(options_file(&o, path, &err));
  assert_non_null(strstr(err.text, ", line 2: flows: "));
  write_file(path, "flows 3\n");
  assert_false(options_file(&o, path, &err));
  assert_non_null(strstr(err.text, "line 1: flows begins no line: a line begins with set"));
  write_file(path, "set confdir /tmp\n");
  assert_false(options_file(&o, path, &err));
  assert_non_null(strstr(err.text, "on the command line only"));

  write_file(path, "map F5 undo\n# that was one\n  unmap X\r\n");
  assert_true(options_file(&o, path, &err));
  assert_int_equal(o.lines, 2);
  assert_string_equal(o.file, path);
  assert_string_equal(o.line[0].text, "map F5 undo");
  assert_int_equal(o.line[1].number, 3);
  assert_string_equal(o.line[1].text, "unmap X");
  write_file(path, "mpa F5 undo\n");
  assert_false(options_file(&o, path, &err));
  assert_non_null(strstr(err.text, "line 1: mpa begins no line; did you mean map?"));

  unlink(path);
  assert_true(options_file(&o, path, &err)); /* none is fine */
  options_clear(&o);
}

static void listen_knows_its_forms(void **state) {
  (void)state;
  static const struct {
    const char *text;
    size_t n;
    const char *first;
    bool optional;
  } good[] = {
      {"8888", 2, "127.0.0.1:8888", true},       {"0", 2, "127.0.0.1:0", true},
      {"localhost:81", 2, "127.0.0.1:81", true}, {"127.0.0.1:9000", 1, "127.0.0.1:9000", false},
      {"[::1]:9000", 1, "[::1]:9000", false},    {"0.0.0.0:80", 1, "0.0.0.0:80", false},
      {"[::]:65535", 1, "[::]:65535", false},
  };
  static const char *const bad[] = {"",           ":8888", "*:8888", "::1:8888", "example.test:8888",
                                    "127.0.0.1:", "65536", "80a",    "-1",       "[::1"};
  struct address a[2];
  size_t n;
  bool optional;
  struct err err = ERR_INIT;
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
    char text[ADDRESS_TEXT];
    assert_true(options_listen(good[i].text, a, &n, &optional, &err));
    assert_int_equal(n, good[i].n);
    assert_int_equal(optional, good[i].optional);
    assert_string_equal(address_text(&a[0], text, sizeof text), good[i].first);
  }
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    err.text[0] = '\0';
    assert_false(options_listen(bad[i], a, &n, &optional, &err));
    assert_true(err.text[0]);
  }
  assert_false(options_listen("*:8888", a, &n, &optional, &err));
  assert_non_null(strstr(err.text, "[::]:8888 every IPv6 one")); /* tcp_listen() keeps the two apart */
}

static void every_row_is_in_help_and_manual(void **state) {
  (void)state;
  struct buf help = BUF_INIT, man = BUF_INIT;
  options_help(&help);
  options_man(&man);
  for (size_t i = 0; i < option_table_n; i++) {
    char text[64];
    snprintf(text, sizeof text, "  --%s ", option_table[i].name);
    assert_non_null(strstr(buf_text(&help), text));
    snprintf(text, sizeof text, ".It Fl -%s", option_table[i].name);
    assert_non_null(strstr(buf_text(&man), text));
  }
  assert_non_null(strstr(buf_text(&man), ".It Fl -listen Oo Ar HOST : Oc Ns Ar PORT\n"));
  buf_clear(&help);
  buf_clear(&man);
}

/* The command line is read once more behind the file: its rules are there once all the same, in order. */
static void rules_add_up(void **state) {
  struct options o;
  struct err err;
  const char *words = "--rule|=> delay 1s|--rule|GET => block";
  (void)state;
  options_init(&o);
  assert_true(give(&o, words, &err));
  assert_true(options_set(&o, "rule", "=> delay 1s", &err));
  assert_true(options_set(&o, "rule", "=> pass", &err));
  assert_string_equal(o.rules[0], "=> delay 1s");
  assert_string_equal(o.rules[1], "GET => block");
  assert_string_equal(o.rules[2], "=> pass");
  assert_null(o.rules[3]);
  assert_false(options_set(&o, "rule", "GET => blok", &err));
  options_clear(&o);
}

static void a_condition_must_be_one(void **state) {
  (void)state;
  struct options o;
  struct err err = ERR_INIT;
  options_init(&o);
  assert_false(options_set(&o, "intercept", "~u (", &err));
  assert_int_equal(strncmp(err.text, "intercept: ", 11), 0);
  assert_null(o.intercept);
  assert_true(options_set(&o, "intercept", "~m POST", NULL));
  options_clear(&o);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(defaults_are_the_documented_ones),
      cmocka_unit_test(argv_takes_both_forms),
      cmocka_unit_test(what_is_on_can_be_switched_off),
      cmocka_unit_test(wrong_words_are_refused_with_advice),
      cmocka_unit_test(the_file_sets_what_argv_can),
      cmocka_unit_test(listen_knows_its_forms),
      cmocka_unit_test(rules_add_up),
      cmocka_unit_test(a_condition_must_be_one),
      cmocka_unit_test(every_row_is_in_help_and_manual),
  };
  return cmocka_run_group_tests_name("option", tests, NULL, NULL);
}
