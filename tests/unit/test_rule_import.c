/* Values of mitmproxy's options become rules that do the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "weir/rule/import.h"

static void options_become_rules(void **state) {
  static const struct {
    const char *option, *rules;
  } cases[] = {
      {"modify_headers=/~q/X-Debug/1", "* => set request X-Debug: 1\n"},
      {"modify_headers=/~s & ~d a.test/Server/", "~s & ~d a.test => remove response Server\n"},
      {"modify_headers=:Host:example.org", "* => set request Host: example.org\n* => set response Host: example.org\n"},
      {"modify_headers=|~q|Referer|http://a/b", "* => set request Referer: http://a/b\n"},
      {"modify_body=/~s/foo/bar", "* => replace response body /foo/ \"bar\"\n"},
      {"modify_body=:~q:a/(b):\\1-\"$\"", "* => replace request body /a\\/(b)/ \"$1-\\\"$$\\\"\"\n"},
      {"map_remote=|//a.test/|//b.test/", "* => send-to /\\/\\/a.test\\// \"//b.test/\"\n"},
      {"map_remote=|~d a.test|^https?:|http:", "~d a.test => send-to /^https?:/ \"http:\"\n"},
      {"block_list=:~d example.org:404", "~d example.org => block 404\n"},
      {"block_list=/~u ads/444", "~u ads => block\n"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct buf lines = BUF_INIT;
    struct err err = ERR_INIT;
    if (!rule_import(slice_of(cases[i].option), &lines, &err))
      fail_msg("%s: %s", cases[i].option, err.text);
    assert_string_equal(buf_text(&lines), cases[i].rules);
    buf_clear(&lines);
  }
}

static void what_cannot_be_read(void **state) {
  static const struct {
    const char *option, *says;
  } cases[] = {
      {"modify_headers=/X", "modify_headers: /X: has too few parts"},
      {"modify_headers=", "begins with what separates"},
      {"modify_headers=/~q/X/@file", "takes its text from a file"},
      {"modify_headers=/~q (/X/1", "modify_headers: /~q (/X/1: "},
      {"modify_body=/~q/a(/b", "modify_body: "},
      {"block_list=/404", "needs a filter and a status"},
      {"server_replay=x", "modify_headers, modify_body"},
      {"nothing", "as NAME=VALUE"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct buf lines = BUF_INIT;
    struct err err = ERR_INIT;
    assert_false(rule_import(slice_of(cases[i].option), &lines, &err));
    if (!strstr(err.text, cases[i].says))
      fail_msg("%s: %s", cases[i].option, err.text);
    assert_int_equal(lines.n, 0);
    buf_clear(&lines);
  }
}

static void files(void **state) {
  static const char yaml[] = "# config.yaml\nlisten_port: 8080\nmodify_headers:\n  - /~q/X-A/1\n  - '/~q/X-B/2'\n"
                             "ignore_hosts:\n  - example\nblock_list:\n- \":~d b.test:403\"\nmodify_body=/~s/a/b\n";
  struct buf lines = BUF_INIT;
  struct err err = ERR_INIT;
  (void)state;
  if (!rule_import_file(slice_of(yaml), &lines, &err))
    fail_msg("%s", err.text);
  assert_string_equal(buf_text(&lines), "* => set request X-A: 1\n* => set request X-B: 2\n~d b.test => block 403\n"
                                        "* => replace response body /a/ \"b\"\n");
  assert_false(rule_import_file(SLICE("modify_headers:\n  - /~q\n"), &lines, &err));
  assert_int_equal(strncmp(err.text, "line 2: ", 8), 0);
  buf_clear(&lines);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(options_become_rules),
      cmocka_unit_test(what_cannot_be_read),
      cmocka_unit_test(files),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
