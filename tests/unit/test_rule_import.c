/* Values of mitmproxy's options become rules that do the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "weir/rule/import.h"

static void expect(const struct rule_import *in, const char *rules) {
  struct buf lines = BUF_INIT;
  rule_import_lines(in, &lines);
  assert_string_equal(buf_text(&lines), rules);
  buf_clear(&lines);
}

static void options_become_rules(void **state) {
  static const struct {
    const char *option, *rules;
  } cases[] = {
      {"modify_headers=/~q/X-Debug/1", "* => set request X-Debug: 1\n"},
      {"modify_headers=/~s & ~d a.test/Server/", "~s & ~d a.test => remove response Server\n"},
      {"modify_headers=:Host:example.org", "* => set request Host: example.org\n* => set response Host: example.org\n"},
      {"modify_headers=|~q|Referer|http://a/b", "* => set request Referer: http://a/b\n"},
      {"modify_body=/~s/foo/bar", "* => replace response body /foo/ \"bar\"\n"},
      {"modify_body=:~q:a/(b):\\1-\"$\"", "* => replace request body /a\\/(b)/ \"${1}-\\\"$$\\\"\"\n"},
      {"modify_body=/~q/(?P<n>\\\\d+)/\\\\1\\g<n>\\n\\\\.",
       "* => replace request body /(?P<n>\\d+)/ \"${1}${n}\\x0a\\\\.\"\n"},
      /* what asks for something of the response is for responses */
      {"modify_body=/~c 200/foo/X", "~c 200 => replace response body /foo/ \"X\"\n"},
      {"modify_body=/~bs foo/bar/X", "~bs foo => replace response body /bar/ \"X\"\n"},
      {"modify_headers=/~hs Server/X-A/1", "~hs Server => set response X-A: 1\n"},
      {"modify_headers=/!~q/X-A/1", "* => set response X-A: 1\n"},
      {"modify_headers=/~d a & !~s/X-A/1", "~d a & ~q => set request X-A: 1\n"},
      {"map_local=|//a.test/s|/srv/x", "~u \"//a.test/s\" => file /srv/x after /\\/\\/a.test\\/s/\n"},
      {"map_local=|~m GET|\\.css$|/srv/a b", "(~m GET) & ~u \"\\\\.css$\" => file \"/srv/a b\" after /\\.css$/\n"},
      {"map_remote=|//a.test/|//b.test/", "* => send-to /\\/\\/a.test\\// \"//b.test/\"\n"},
      {"map_remote=|~d a.test|^https?:|http:", "~d a.test => send-to /^https?:/ \"http:\"\n"},
      {"block_list=:~d example.org:404", "~d example.org => block 404\n"},
      {"block_list=/~u ads/444", "~u ads => block\n"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct rule_import *in = rule_import_new();
    struct err err = ERR_INIT;
    if (!rule_import_option(in, slice_of(cases[i].option), &err))
      fail_msg("%s: %s", cases[i].option, err.text);
    expect(in, cases[i].rules);
    rule_import_free(in);
  }
}

static void what_cannot_be_read(void **state) {
  static const struct {
    const char *option, *says;
  } cases[] = {
      {"modify_headers=/X", "modify_headers: /X: has too few parts"},
      {"modify_headers=", "begins with what separates"},
      {"modify_headers=/~q/X/@/nowhere/at/all", "cannot open /nowhere/at/all"},
      {"modify_headers=/~q/X/@/proc/self/limits", "a second line may not stand in a field"},
      {"modify_headers=/~q (/X/1", "modify_headers: /~q (/X/1: "},
      {"modify_body=/~q/a(/b", "modify_body: "},
      {"block_list=/404", "needs a filter and a status"},
      {"server_replay=x", "modify_headers, modify_body"},
      {"nothing", "as NAME=VALUE"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct rule_import *in = rule_import_new();
    struct err err = ERR_INIT;
    assert_false(rule_import_option(in, slice_of(cases[i].option), &err));
    if (!strstr(err.text, cases[i].says))
      fail_msg("%s: %s", cases[i].option, err.text);
    expect(in, "");
    rule_import_free(in);
  }
}

static void read_all(const char *text, const char *rules, const char *notes) {
  struct rule_import *in = rule_import_new();
  struct buf said = BUF_INIT;
  struct err err = ERR_INIT;
  if (!rule_import_file(in, slice_of(text), &said, &err))
    fail_msg("%s", err.text);
  expect(in, rules);
  assert_string_equal(buf_text(&said), notes);
  buf_clear(&said);
  rule_import_free(in);
}

static void read_none(const char *text, const char *says) {
  struct rule_import *in = rule_import_new();
  struct err err = ERR_INIT;
  assert_false(rule_import_file(in, slice_of(text), NULL, &err));
  if (!strstr(err.text, says))
    fail_msg("%s", err.text);
  rule_import_free(in);
}

/* In mitmproxy's order: what blocks comes before what changes. */
static void files(void **state) {
  (void)state;
  read_all("# config.yaml\nlisten_port: 8080\nmodify_headers:\n  - /~q/X-A/1\n  - '/~q/X-B/2'\n"
           "ignore_hosts:\n  - example\nblock_list:\n- \":~d b.test:403\"\nmodify_body=/~s/a/b\n",
           "~d b.test => block 403\n* => replace response body /a/ \"b\"\n"
           "* => set request X-A: 1\n* => set request X-B: 2\n",
           "");
  read_all(
      "modify_body: [\"/~s/foo/B\\tR\", '/~s/it''s/b'] # two\nmap_remote: '|//a/|//b/'\n" /* one text: a list of one */
      "modify_headers:\n",
      "* => send-to /\\/\\/a\\// \"//b/\"\n* => replace response body /foo/ \"B\\x09R\"\n"
      "* => replace response body /it's/ \"b\"\n",
      "");
  read_all("", "", "");
  read_all("{block_list: ['/~u a/444'], certs: {block_list: ['/x']}, [a]: b, tcp_hosts: [[/y], /z]}\n",
           "~u a => block\n", "");
  read_none("modify_headers:\n  - /~q\n", "line 2: modify_headers: ");
  read_none("modify_headers:\n  - /~q/a/b\n bad: [\n", "no YAML: ");
  read_none("- /~q/a/b\n", "it is no list of options");
  read_none("words\n", "it is no list of options");
  read_none("certs: &a [/~q/a/b]\nmodify_headers: *a\n", "line 2: modify_headers: ");
}

/* A misspelt key is not passed over like the options that are no rules. */
static void keys_that_are_none(void **state) {
  static const char *const others[] = {"block_global",      "block_private",   "allow_hosts",
                                       "ignore_hosts",      "stickycookie",    "mode",
                                       "map_hosts_nowhere", "onboarding_host", "modify_nothing"};
  (void)state;
  read_all("\nmodify_header:\n  - /~q/a/b\n", "", "line 2: modify_header is not read; did you mean modify_headers?\n");
  read_all("setheaders: [/~q/a/b]\nblocklist: []\n", "",
           "line 1: setheaders is not read; did you mean modify_headers?\n"
           "line 2: blocklist is not read; did you mean block_list?\n");
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    char line[64];
    snprintf(line, sizeof line, "%s: [/~q/a/b]\n", others[i]);
    read_all(line, "", "");
  }
}

/* mitmproxy takes a field out once and then puts in all that it has for it. */
static void one_field_twice(void **state) {
  (void)state;
  read_all("modify_headers: [/~q/X-M/a, /~q & ~d b/x-m/b, /~q/X-N/n, /~s/X-M/c]\n",
           "* => remove request X-M\n~q & ~d b => remove request x-m\n* => add request X-M: a\n"
           "~q & ~d b => add request x-m: b\n* => set request X-N: n\n* => set response X-M: c\n",
           "");
}

/* The first that has the file answers. */
static void several_folders(void **state) {
  (void)state;
  read_all("map_local: [':/a:/srv/a', ':/b:/srv/b']\n",
           "~u \"/a\" => file /srv/a after /\\/a/ else server\n~u \"/b\" => file /srv/b after /\\/b/ else server\n"
           "~u \"/a\" => answer 404\n~u \"/b\" => answer 404\n",
           "");
}

static void values_from_files(void **state) {
  char path[] = "build/tmp/import-XXXXXX", options[200], rules[200];
  static const char text[] = "a $1 \\1\r\n";
  (void)state;
  mkdir("build/tmp", 0755);
  int fd = mkstemp(path);
  assert_true(fd >= 0 && write(fd, text, sizeof text - 1) == (ssize_t)(sizeof text - 1) && close(fd) == 0);
  snprintf(options, sizeof options, "modify_headers=/~q/X-F/@%s\nmodify_body=:~s:(.+):@%s\n", path, path);
  snprintf(rules, sizeof rules, "%s%s", "* => replace response body /(.+)/ \"a $$1 ${1}\\x0d\\x0a\"\n",
           "* => set request X-F: a $1 \\1\n");
  read_all(options, rules, "");
  unlink(path);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(options_become_rules), cmocka_unit_test(what_cannot_be_read), cmocka_unit_test(files),
      cmocka_unit_test(keys_that_are_none),   cmocka_unit_test(one_field_twice),     cmocka_unit_test(several_folders),
      cmocka_unit_test(values_from_files),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
