/* weir run: commands that trust weir and are seen, whose requests are told from others', and their status. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "commands.h"
#include "site.h"

/* All that comes until the end, malloc'ed. */
static char *read_all(int fd) {
  size_t n = 0, room = 65536;
  char *text = malloc(room);
  assert_non_null(text);
  for (ssize_t k; n + 1 < room && (k = read(fd, text + n, room - 1 - n)) > 0;)
    n += (size_t)k;
  text[n] = '\0';
  return text;
}

#define RUN "run", "--headless", "--upstream-ca", server_pem()

static void commands_trust_weir(void **state) {
  (void)state;
  char script[300];
  const char *url = server_url();
  char row[100];
  snprintf(row, sizeof row, "GET 200 %s", url);
  SAYS(0, row, RUN, "--", "curl", "-sS", url);
  SAYS(0, "Protocol  : TLSv1.3", RUN, "curl", "-sS", url);
  if (installed("python3")) {
    snprintf(script, sizeof script, "import urllib.request; print(urllib.request.urlopen('%s').status)", url);
    SAYS(0, row, RUN, "--", "python3", "-c", script);
  }
  snprintf(script, sizeof script, "import requests; print(requests.get('%s').status_code)", url);
  if (net_run((const char *[]){"python3", "-c", "import requests", NULL}, NULL) == 0)
    SAYS(0, row, RUN, "--", "python3", "-c", script);
  if (installed("git")) /* no repository is there, but git has spoken HTTPS */
    SAYS(128, "/info/refs", RUN, "--", "git", "ls-remote", url);
}

/* GnuTLS reads no variable; wget is told by a file, which holds what the person's own does. */
static void wget_trusts_weir(void **state) {
  (void)state;
  const char *url = server_url();
  char row[100];
  if (!installed("wget"))
    skip();
  snprintf(row, sizeof row, "GET 200 %s", url);
  FILE *own = fopen(in_home(".wgetrc"), "w");
  assert_true(fputs("user_agent = asked-by-rc", own) > 0);
  fclose(own);
  SAYS(0, row, RUN, "--", "wget", "-qO", "/dev/null", url);
  SAYS(0, "[\"User-Agent\",\"asked-by-rc\"]", RUN, "--json", "--", "wget", "-qO", "/dev/null", url);
  unlink(in_home(".wgetrc"));
}

/* Before version 24 Node asks no proxy by itself: both of its ways to ask are led through weir all the same. */
static void node_goes_through_weir(void **state) {
  (void)state;
  char script[1200], *said;
  const char *url = server_url();
  if (!installed("node"))
    skip();
  struct net_program origin = net_origin();
  snprintf(script, sizeof script,
           "const https = require('https'), http = require('http');"
           "const get = (from, url, o) => new Promise((ok, no) => from.get(url, o, r => { r.resume(); "
           "r.on('end', () => ok(r.statusCode)); }).on('error', no));"
           "(async () => { const agent = new https.Agent({keepAlive: true});"
           "console.log('got', await get(https, '%1$s?a', {agent}), await get(https, '%1$s?b', {agent: false}),"
           "await get(http, 'http://127.0.0.1:%2$d/size/1', {}), (await fetch('%1$s?c')).status,"
           "(await (await fetch('http://127.0.0.1:%2$d/echo', {method: 'POST', body: 'sent'})).text()));"
           "await fetch('https://nosuch.invalid/').catch(e => console.log(e.cause.message)); agent.destroy(); })()",
           url, origin.port);
  assert_int_equal(WEIR(&said, RUN, "--", "node", "-e", script), 0);
  see(said, "got 200 200 200 200 sent\n");
  see(said, "answers CONNECT nosuch.invalid:443 with 502");
  see(said, "GET 200 https://localhost:");
  see(said, "/?a ");
  see(said, "/?b ");
  see(said, "/?c ");
  see(said, "/size/1 ");
  see(said, "POST 200 ");
  free(said);
  net_stop(&origin);
}

static void java_goes_through_weir(void **state) {
  (void)state;
  const char *url = server_url(), *source = in_home("Ask.java");
  if (!installed("javac")) /* no part of what tests install: it is large */
    return;
  FILE *f = fopen(source, "w");
  fputs("import java.net.*; import java.net.http.*;\n"
        "class Ask { public static void main(String[] a) throws Exception {\n"
        "  System.out.println(((HttpURLConnection) new URL(a[0] + \"?a\").openConnection()).getResponseCode());\n"
        "  System.out.println(HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(a[0] + "
        "\"?b\")).build(),\n"
        "    HttpResponse.BodyHandlers.discarding()).statusCode()); } }\n",
        f);
  fclose(f);
  char *said;
  assert_int_equal(WEIR(&said, RUN, "--", "java", source, url), 0);
  see(said, "200\n200\n");
  see(said, "/?a ");
  see(said, "/?b ");
  free(said);
}

/* A proxy that somebody has put into git's configuration would lead around weir. */
static void what_git_is_configured_to_does_not_count(void **state) {
  (void)state;
  const char *url = server_url();
  if (!installed("git"))
    skip();
  setenv("GIT_CONFIG_COUNT", "1", 1);
  setenv("GIT_CONFIG_KEY_0", "http.proxy", 1);
  setenv("GIT_CONFIG_VALUE_0", "http://127.0.0.1:1", 1);
  SAYS(128, "/info/refs", RUN, "--", "git", "ls-remote", url);
  unsetenv("GIT_CONFIG_COUNT");
}

static void its_rows_carry_its_name(void **state) {
  char *said;
  (void)state;
  const char *url = server_url();
  assert_int_equal(WEIR(&said, RUN, "--json", "curl", "-sS", "-o", "/dev/null", url), 0);
  see(said, "\"note\":\"curl\"");
  see(said, "\"kind\":\"http\"");
  assert_null(strstr(said, "\"kind\":\"tunnel\"")); /* the CONNECT is no row of its own */
  free(said);
}

static void the_commands_status_is_weirs(void **state) {
  (void)state;
  assert_int_equal(WEIR(NULL, RUN, "--", "sh", "-c", "exit 7"), 7);
  assert_int_equal(WEIR(NULL, RUN, "--", "true"), 0);
  assert_int_equal(WEIR(NULL, RUN, "--", "sh", "-c", "kill -TERM $$"), 128 + 15);
  SAYS(127, "cannot run /nonexistent/command", RUN, "--", "/nonexistent/command");
  SAYS(2, "needs a command", "run", "--headless");
}

static struct net_program run_shell(const char *script) {
  return net_start((const char *[]){weir_program(), "run", "--", "sh", "-c", script, NULL});
}

static int end_of(struct net_program *p) {
  int status;
  assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
  close(p->in);
  close(p->out);
  close(p->err);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* In a pipeline or under another program there is no screen: the command has all of weir's streams, and its lines
 * stand beside what weir says. */
static void without_a_terminal_there_is_no_screen(void **state) {
  (void)state;
  char script[200];
  struct net_program origin = net_origin();
  snprintf(script, sizeof script,
           "read word; echo \"$word\"; echo words >&2; curl -sS -o /dev/null http://127.0.0.1:%d/ok; exit 5",
           origin.port);
  struct net_program p = run_shell(script);
  assert_int_equal(write(p.in, "\001a word\n", 8), 8);
  char *said = read_all(p.out), *beside = read_all(p.err);
  assert_string_equal(said, "\001a word\n");
  see(beside, "words\n");
  see(beside, "GET 200 http://127.0.0.1:");
  assert_int_equal(end_of(&p), 5);
  free(said);
  free(beside);
  net_stop(&origin);
  SAYS(2, "an intercept needs a screen", "run", "--intercept", "~q", "true");
}

static void signals_reach_the_command(void **state) {
  (void)state;
  static const int signals[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
    char *line;
    struct net_program p = run_shell("for s in INT QUIT TERM HUP USR1 USR2; do trap \"echo got; exit 9\" $s; done; "
                                     "echo ready; while :; do read x; done");
    assert_non_null(line = net_line(&p, "ready"));
    free(line);
    kill(p.pid, signals[i]);
    line = net_line(&p, "got");
    if (!line)
      fail_msg("signal %d did not come", signals[i]);
    free(line);
    assert_int_equal(end_of(&p), 9);
  }
}

/* nohup, and the background jobs of a shell: what is ignored stays so, in weir and in what it starts. */
static void what_was_ignored_is_ignored(void **state) {
  (void)state;
  char *line;
  signal(SIGHUP, SIG_IGN);
  struct net_program p = run_shell("echo ready; read x; kill -HUP $$; echo $x");
  signal(SIGHUP, SIG_DFL);
  assert_non_null(line = net_line(&p, "ready"));
  free(line);
  kill(p.pid, SIGHUP);
  assert_int_equal(write(p.in, "on\n", 3), 3);
  assert_non_null(line = net_line(&p, "on"));
  free(line);
  assert_int_equal(end_of(&p), 0);
}

static void what_ends_weir_ends_the_command(void **state) {
  int status;
  (void)state;
  const char *argv[] = {
      weir_program(), "run", "--headless", "--", "sh", "-c", "trap 'exit 9' TERM; echo ready; read x", NULL};
  struct net_program p = net_start(argv);
  char *line = net_line(&p, "ready");
  assert_non_null(line);
  free(line);
  kill(p.pid, SIGTERM);
  waitpid(p.pid, &status, 0);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 9);
  close(p.in);
  close(p.out);
  close(p.err);
}

static void its_files_are_private_and_go(void **state) {
  char *said;
  (void)state;
  assert_int_equal(WEIR(&said, RUN, "--", "sh", "-c",
                        "stat -c '%a %n' \"$(dirname $SSL_CERT_FILE)\" $SSL_CERT_FILE; echo [$no_proxy]; "
                        "grep -c BEGIN $SSL_CERT_FILE"),
                   0);
  char folder[400];
  const char *at = strstr(said, "700 ");
  assert_non_null(at);
  assert_int_equal(sscanf(at, "700 %399s", folder), 1);
  see(said, "600 ");
  see(said, "[]");
  assert_int_equal(access(folder, F_OK), -1);
  free(said);
  assert_int_equal(WEIR(&said, "run", "--headless", "--no-tls", "--", "sh", "-c", "echo [$SSL_CERT_FILE] $https_proxy"),
                   0);
  see(said, "[] http://127.0.0.1:");
  free(said);
}

/* Only who looks at the terminal is told. */
static void a_command_that_asks_nothing_is_told_of(void **state) {
  (void)state;
  char line[4000], *said;
  if (!installed("script"))
    skip();
  snprintf(line, sizeof line, "%s run --headless --listen 127.0.0.1:0 -- sh -c 'exit 3'", weir_program());
  const char *argv[] = {"script", "-qec", line, "/dev/null", NULL};
  assert_int_equal(net_run(argv, &said), 3);
  see(said, "sh made no request through weir");
  see(said, "weir doctor");
  free(said);
  assert_int_equal(WEIR(&said, RUN, "--", "true"), 0);
  assert_null(strstr(said, "no request"));
  free(said);
}

/* ---- what passes untouched, and how ---- */

static void some_hosts_are_left_alone(void **state) {
  (void)state;
  const char *url = server_url();
  SAYS(0, "CONNECT", "run", "--headless", "--passthrough", "localhost", "curl", "-sS", "--cacert", server_pem(), url);
  SAYS(0, "CONNECT", "run", "--headless", "--no-tls", "curl", "-sS", "--cacert", server_pem(), url);
  SAYS(0, "untouched tunnel", "run", "--headless", "--passthrough-filter", "process:curl", "curl", "-sS", "--cacert",
       server_pem(), url);
  char *said; /* and without that it is not theirs that the client sees */
  assert_int_equal(WEIR(&said, RUN, "curl", "-sS", "--cacert", server_pem(), url), 60);
  free(said);
}

static void servers_are_verified(void **state) {
  (void)state;
  const char *url = server_url();
  SAYS(0, "502", "run", "--headless", "curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", url);
  SAYS(0, "200", "run", "--headless", "--insecure", "localhost", "curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}",
       url);
}

static void versions_are_bounded(void **state) {
  (void)state;
  const char *url = server_url();
  SAYS(0, "Protocol  : TLSv1.2", RUN, "--upstream-tls-max", "1.2", "curl", "-sS", url);
  SAYS(35, "curl: (35)", RUN, "--tls-min", "1.3", "curl", "-sS", "--tls-max", "1.2", url);
}

static void keys_are_logged_where_wanted(void **state) {
  (void)state;
  const char *url = server_url(), *path = in_home("keys.log");
  char *bytes;
  size_t n;
  setenv("SSLKEYLOGFILE", path, 1);
  int status = WEIR(NULL, RUN, "--", "env", "-u", "SSLKEYLOGFILE", "curl", "-sS", url);
  unsetenv("SSLKEYLOGFILE");
  assert_int_equal(status, 0);
  mode_of(path, 0600);
  assert_non_null(bytes = site_read(path, &n));
  see(bytes, "CLIENT_TRAFFIC_SECRET_0 ");
  free(bytes);
}

/* ---- memory ---- */

static void no_core_is_written_and_children_may(void **state) {
  char path[60], *limits, *said, want[40];
  struct rlimit limit;
  (void)state;
  struct net_program w = net_weir(NULL);
  snprintf(path, sizeof path, "/proc/%d/limits", (int)w.pid);
  assert_int_equal(net_run((const char *[]){"cat", path, NULL}, &limits), 0);
  see(limits, "Max core file size        0 ");
  free(limits);
  net_stop(&w);
  getrlimit(RLIMIT_CORE, &limit);
  limit.rlim_cur = limit.rlim_max > 4096 ? 4096 : limit.rlim_max;
  setrlimit(RLIMIT_CORE, &limit);
  const char *sanitizer = getenv("ASAN_OPTIONS"); /* which forbids core files by itself */
  char options[500];
  snprintf(options, sizeof options, "%s:disable_coredump=0", sanitizer ? sanitizer : "detect_leaks=1");
  setenv("ASAN_OPTIONS", options, 1);
  snprintf(want, sizeof want, "core file size        %llu ", (unsigned long long)limit.rlim_cur);
  assert_int_equal(WEIR(&said, RUN, "--", "cat", "/proc/self/limits"), 0);
  see(said, want);
  free(said);
}

/* ---- whose requests ---- */

/* The JSON line about a path, terminated in place by nothing: a copy, malloc'ed. */
static char *row_of(const char *rows, const char *path) {
  const char *at = strstr(rows, path);
  if (!at)
    fail_msg("no row of %s in:\n%s", path, rows);
  while (at > rows && at[-1] != '\n')
    at--;
  return strndup(at, strcspn(at, "\n"));
}

static void row_has(const char *rows, const char *path, const char *what) {
  char *row = row_of(rows, path);
  see(row, what);
  free(row);
}

/* Others may use the same proxy: theirs are not the command's. Its children's are, and its output stays its own. */
static void only_its_own_are_tagged(void **state) {
  (void)state;
  char script[400], here[60], *line, *rows, *said;
  struct net_program origin = net_origin();
  snprintf(script, sizeof script,
           "echo at $http_proxy; read x; curl -sS -o /dev/null 'http://127.0.0.1:%1$d/size/1'; "
           "sh -c \"env -i curl -sS -o /dev/null -x $http_proxy 'http://127.0.0.1:%1$d/size/2'; true\"",
           origin.port);
  struct net_program p =
      net_start((const char *[]){weir_program(), "run", "--headless", "--json", "--", "sh", "-c", script, NULL});
  assert_non_null(line = net_line(&p, "at http://127.0.0.1:"));
  assert_int_equal(net_status(atoi(strrchr(line, ':') + 1), origin.port, "/size/3"), 200);
  free(line);
  assert_int_equal(write(p.in, "\n", 1), 1);
  said = read_all(p.out);
  rows = read_all(p.err);
  assert_string_equal(said, "");
  row_has(rows, "/size/1", "\"note\":\"sh\"");
  row_has(rows, "/size/1", "\"name\":\"curl\"");
  row_has(rows, "/size/2", "\"note\":\"sh\"");
  row_has(rows, "/size/3", "\"note\":null");
  snprintf(here, sizeof here, "\"process\":{\"pid\":%d,\"name\":\"test_run_command\"", (int)getpid());
  row_has(rows, "/size/3", here);
  free(said);
  free(rows);
  assert_int_equal(WEXITSTATUS(net_stop(&p)), 0);
  net_stop(&origin);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(commands_trust_weir),
      cmocka_unit_test(wget_trusts_weir),
      cmocka_unit_test(node_goes_through_weir),
      cmocka_unit_test(java_goes_through_weir),
      cmocka_unit_test(what_git_is_configured_to_does_not_count),
      cmocka_unit_test(its_rows_carry_its_name),
      cmocka_unit_test(only_its_own_are_tagged),
      cmocka_unit_test(the_commands_status_is_weirs),
      cmocka_unit_test(without_a_terminal_there_is_no_screen),
      cmocka_unit_test(signals_reach_the_command),
      cmocka_unit_test(what_was_ignored_is_ignored),
      cmocka_unit_test(what_ends_weir_ends_the_command),
      cmocka_unit_test(its_files_are_private_and_go),
      cmocka_unit_test(a_command_that_asks_nothing_is_told_of),
      cmocka_unit_test(some_hosts_are_left_alone),
      cmocka_unit_test(servers_are_verified),
      cmocka_unit_test(versions_are_bounded),
      cmocka_unit_test(keys_are_logged_where_wanted),
      cmocka_unit_test(no_core_is_written_and_children_may),
  };
  return cmocka_run_group_tests(tests, commands_open, commands_close);
}
