/* What a command started by weir is given: variables, and the files that they point to. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/program.h"
#include "app/run_browser.h"
#include "app/run_files.h"
#include "weir/app/run.h"
#include "weir/base/path.h"
#include "weir/tls/truststore.h"

static char home[] = "/tmp/weir-run-test.XXXXXX";
static struct authority *authority;

static int setup(void **state) {
  struct err err = ERR_INIT;
  (void)state;
  if (!mkdtemp(home))
    return -1;
  setenv("TMPDIR", home, 1);
  unsetenv("XDG_RUNTIME_DIR");
  authority = authority_open(&(struct authority_files){.confdir = home}, true, &err);
  return authority ? 0 : -1;
}

static int teardown(void **state) {
  (void)state;
  authority_free(authority);
  return program_run((const char *[]){"rm", "-rf", home, NULL}, NULL);
}

/* NULL: not in the list; fails when it is there twice. */
static const char *value(char *const *list, const char *name) {
  const char *found = NULL;
  size_t n = strlen(name);
  for (; *list; list++)
    if (strncmp(*list, name, n) == 0 && (*list)[n] == '=') {
      assert_null(found);
      found = *list + n + 1;
    }
  return found;
}

static void all_runtimes_are_told(void **state) {
  (void)state;
  struct run_place place = {.proxy = "[::1]:9000",
                            .host = "::1",
                            .port = 9000,
                            .ca = "/d/ca.pem",
                            .bundle = "/t/all.pem",
                            .truststore = "/t/all.p12",
                            .wgetrc = "/t/wgetrc",
                            .node = "/t/a \"b\"/node.cjs",
                            .mark = "WEIR_RUN=7.1",
                            .java_options = "-Xmx1g",
                            .node_options = "--no-warnings",
                            .git_count = "2"};
  static const char *const proxies[] = {"http_proxy", "https_proxy",      "HTTP_PROXY",        "HTTPS_PROXY",
                                        "ALL_PROXY",  "all_proxy",        "npm_config_proxy",  "npm_config_https_proxy",
                                        "PIP_PROXY",  "CARGO_HTTP_PROXY", "GIT_CONFIG_VALUE_2"};
  static const char *const bundles[] = {"SSL_CERT_FILE", "CURL_CA_BUNDLE",    "REQUESTS_CA_BUNDLE",
                                        "PIP_CERT",      "GIT_SSL_CAINFO",    "CARGO_HTTP_CAINFO",
                                        "AWS_CA_BUNDLE", "npm_config_cafile", "NIX_SSL_CERT_FILE"};
  char **list = run_environment(&place);
  for (size_t i = 0; i < sizeof proxies / sizeof *proxies; i++)
    assert_string_equal(value(list, proxies[i]), "http://[::1]:9000");
  assert_string_equal(value(list, "no_proxy"), "");
  assert_string_equal(value(list, "NO_PROXY"), "");
  for (size_t i = 0; i < sizeof bundles / sizeof *bundles; i++)
    assert_string_equal(value(list, bundles[i]), "/t/all.pem");
  assert_string_equal(value(list, "NODE_EXTRA_CA_CERTS"), "/d/ca.pem");
  assert_string_equal(value(list, "DENO_CERT"), "/d/ca.pem");
  assert_string_equal(value(list, "WGETRC"), "/t/wgetrc");
  assert_string_equal(value(list, "WEIR_RUN"), "7.1");
  assert_string_equal(value(list, "GIT_CONFIG_COUNT"), "3");
  assert_string_equal(value(list, "GIT_CONFIG_KEY_2"), "http.proxy");
  assert_string_equal(value(list, "NODE_OPTIONS"), "--no-warnings --require=\"/t/a \\\"b\\\"/node.cjs\"");
  const char *java = value(list, "JAVA_TOOL_OPTIONS");
  assert_int_equal(strncmp(java, "-Xmx1g -D", 9), 0);
  assert_non_null(strstr(java, " -Dhttps.proxyHost=::1 -Dhttps.proxyPort=9000 "));
  assert_non_null(strstr(java, "-Dhttp.nonProxyHosts= "));
  assert_non_null(strstr(java, "trustStore=/t/all.p12 "));
  run_environment_free(list);
}

static void without_an_authority_nothing_is_said_of_certificates(void **state) {
  (void)state;
  struct run_place place = {.proxy = "127.0.0.1:1", .host = "127.0.0.1", .port = 1};
  char **list = run_environment(&place);
  assert_string_equal(value(list, "https_proxy"), "http://127.0.0.1:1");
  assert_null(value(list, "SSL_CERT_FILE"));
  assert_null(value(list, "NODE_EXTRA_CA_CERTS"));
  assert_null(value(list, "WGETRC"));
  assert_null(value(list, "NODE_OPTIONS"));
  assert_string_equal(value(list, "GIT_CONFIG_COUNT"), "1");
  assert_null(strstr(value(list, "JAVA_TOOL_OPTIONS"), "trustStore"));
  run_environment_free(list);
}

static void mode_of(const char *path, mode_t want) {
  struct stat st;
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_mode & 07777, want);
}

static void the_bundle_is_the_systems_and_ours(void **state) {
  (void)state;
  struct run_files f;
  struct err err = ERR_INIT;
  struct buf pem = BUF_INIT;
  char system[300], *bytes = NULL;
  size_t n = 0;
  snprintf(system, sizeof system, "%s/system.pem", home);
  FILE *file = fopen(system, "w");
  assert_non_null(file);
  fputs("# theirs, without a newline at its end", file);
  fclose(file);
  mode_t before = umask(0);
  bool made = run_files_make(&f, authority, system, &err);
  umask(before);
  if (!made)
    fail_msg("%s", err.text);
  assert_int_equal(strncmp(f.folder, home, strlen(home)), 0);
  mode_of(f.folder, 0700);
  mode_of(f.bundle, 0600);
  assert_true(path_read(f.bundle, 1 << 20, &bytes, &n, &err));
  authority_pem(authority, &pem);
  assert_non_null(strstr(bytes, pem.p));
  assert_non_null(strstr(bytes, "# theirs"));
  assert_null(strstr(bytes, "PRIVATE"));
  char *folder = strdup(f.folder);
  run_files_remove(&f);
  assert_int_equal(access(folder, F_OK), -1);
  free(folder);
  free(bytes);
  buf_clear(&pem);
}

/* The files of a weir that was killed; the folder's path. */
static void leave_behind(char out[400]) {
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  pid_t pid = fork();
  if (pid == 0) {
    struct run_files left;
    bool made = run_files_make(&left, authority, NULL, NULL);
    if (made && write(ends[1], left.folder, strlen(left.folder) + 1) > 0)
      kill(getpid(), SIGKILL);
    _exit(1);
  }
  close(ends[1]);
  assert_true(read(ends[0], out, 400) > 0);
  close(ends[0]);
  int status;
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_true(WIFSIGNALED(status));
}

static void what_a_killed_one_left_is_removed(void **state) {
  (void)state;
  struct run_files first, f;
  char left[400], kept[400], file[440], target[400], link[440];
  struct err err = ERR_INIT;
  assert_true(run_files_make(&first, authority, NULL, &err));
  leave_behind(kept);
  snprintf(file, sizeof file, "%s/mine", kept); /* somebody else's file is not weir's to remove */
  FILE *mine = fopen(file, "w");
  assert_non_null(mine);
  fclose(mine);
  leave_behind(left);
  assert_int_equal(access(kept, F_OK), 0);
  snprintf(target, sizeof target, "%s/elsewhere", home);
  assert_int_equal(mkdir(target, 0700), 0);
  snprintf(file, sizeof file, "%s/wgetrc", target);
  mine = fopen(file, "w");
  assert_non_null(mine);
  fclose(mine);
  snprintf(link, sizeof link, "%s/weir-run.linked", home);
  assert_int_equal(symlink(target, link), 0);

  assert_true(run_files_make(&f, authority, NULL, &err));
  assert_int_equal(access(left, F_OK), -1);
  assert_int_equal(access(kept, F_OK), 0);
  assert_int_equal(access(file, F_OK), 0);         /* a link is not followed */
  assert_int_equal(access(first.bundle, F_OK), 0); /* whose weir lives */
  run_files_remove(&f);
  run_files_remove(&first);
}

static void without_https_there_is_nothing_to_trust(void **state) {
  (void)state;
  struct run_files f;
  struct err err = ERR_INIT;
  assert_true(run_files_make(&f, NULL, "/nonexistent/system.pem", &err));
  assert_null(f.bundle);
  assert_null(f.wgetrc);
  mode_of(f.node, 0600);
  char *folder = strdup(f.folder);
  run_files_remove(&f);
  assert_int_equal(access(folder, F_OK), -1);
  free(folder);
}

static void no_system_bundle_leaves_ours(void **state) {
  (void)state;
  struct run_files f;
  struct err err = ERR_INIT;
  assert_true(run_files_make(&f, authority, NULL, &err));
  mode_of(f.truststore, 0600);
  run_files_remove(&f);
  assert_false(run_files_make(&f, authority, "/nonexistent/system.pem", &err));
  assert_non_null(strstr(err.text, "/nonexistent/system.pem"));
  assert_null(f.folder);
}

/* What Java looks for is the attribute; where there is a Java it is asked too. */
static void a_jvm_reads_the_truststore(void **state) {
  (void)state;
  struct run_files f;
  struct err err = ERR_INIT;
  struct buf out = BUF_INIT;
  assert_true(run_files_make(&f, authority, NULL, &err));
  int status = program_run((const char *[]){"openssl", "pkcs12", "-in", f.truststore, "-nokeys", "-passin",
                                            "pass:" TRUSTSTORE_PASSWORD, NULL},
                           &out);
  if (status != 0 || !strstr(buf_text(&out), "2.16.840.1.113894.746875.1.1: "))
    fail_msg("%s", buf_text(&out));
  assert_non_null(strstr(out.p, authority_name(authority)));
  buf_reset(&out);
  char *keytool = program_find("", "keytool");
  if (keytool) {
    status = program_run((const char *[]){keytool, "-list", "-storetype", "PKCS12", "-storepass", TRUSTSTORE_PASSWORD,
                                          "-keystore", f.truststore, NULL},
                         &out);
    if (status != 0 || !strstr(buf_text(&out), "trustedCertEntry"))
      fail_msg("%s", buf_text(&out));
    assert_non_null(strstr(out.p, authority_fingerprint(authority)));
  }
  free(keytool);
  run_files_remove(&f);
  buf_clear(&out);
}

static void what_holds_no_certificate_makes_no_truststore(void **state) {
  (void)state;
  struct buf out = BUF_INIT;
  assert_false(truststore_make(SLICE("no certificate here"), &out));
  assert_int_equal(out.n, 0);
}

static void programs_are_run_without_a_shell(void **state) {
  (void)state;
  struct buf out = BUF_INIT;
  assert_int_equal(program_run((const char *[]){"echo", "$HOME", ";", "*", NULL}, &out), 0);
  assert_string_equal(out.p, "$HOME ; *\n");
  buf_reset(&out);
  assert_int_equal(program_run((const char *[]){"sh", "-c", "cat; echo e >&2; exit 4", NULL}, &out), 4);
  assert_string_equal(out.p, "e\n");
  assert_int_equal(program_run((const char *[]){"sh", "-c", "kill -9 $$", NULL}, NULL), 128 + 9);
  assert_int_equal(program_run((const char *[]){"/nonexistent/program", NULL}, NULL), -1);
  buf_clear(&out);
}

static void browsers_go_around_for_this_machine(void **state) {
  static const struct {
    const char *argv[4], *cure; /* NULL: nothing is said */
  } rows[] = {
      {{"chromium", "https://localhost:3000"}, "<-loopback>"},
      {{"/usr/bin/google-chrome-stable"}, "<-loopback>"},
      {{"firefox-esr"}, "allow_hijacking_localhost"},
      {{"chromium", "--headless", "--proxy-bypass-list=<-loopback>"}, NULL},
      {{"chromedriver"}, NULL},
      {{"/opt/chromium/curl", "chromium"}, NULL},
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const char *cure = run_browser_cure((char *const *)rows[i].argv);
    if ((cure != NULL) != (rows[i].cure != NULL) || (cure != NULL && strstr(cure, rows[i].cure) == NULL))
      fail_msg("%s: %s", rows[i].argv[0], cure ? cure : "nothing");
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(browsers_go_around_for_this_machine),
      cmocka_unit_test(all_runtimes_are_told),
      cmocka_unit_test(without_an_authority_nothing_is_said_of_certificates),
      cmocka_unit_test(the_bundle_is_the_systems_and_ours),
      cmocka_unit_test(what_a_killed_one_left_is_removed),
      cmocka_unit_test(without_https_there_is_nothing_to_trust),
      cmocka_unit_test(no_system_bundle_leaves_ours),
      cmocka_unit_test(a_jvm_reads_the_truststore),
      cmocka_unit_test(what_holds_no_certificate_makes_no_truststore),
      cmocka_unit_test(programs_are_run_without_a_shell),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
