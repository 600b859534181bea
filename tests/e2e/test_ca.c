/* The real weir as a person meets it around HTTPS: its authority, trusting it, commands started through it, doctor. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "certs.h"
#include "net.h"
#include "site.h"

static char home[300], data[340], server_pem[340];
static struct net_program server; /* openssl s_server: HTTPS for localhost, a page about the connection */

static const char *in_home(const char *name) {
  static char full[4][700];
  static int next;
  char *to = full[next++ % 4];
  snprintf(to, sizeof full[0], "%s/%s", home, name);
  return to;
}

static bool installed(const char *program) {
  char command[100];
  snprintf(command, sizeof command, "command -v %s >/dev/null", program);
  if (net_run((const char *[]){"sh", "-c", command, NULL}, NULL) == 0)
    return true;
  print_message("%s is not installed\n", program);
  return false;
}

/* weir with these arguments, to its end: its status; stdout and stderr together in *said (malloc'ed; may be NULL). */
static int weir(char **said, const char *const *arguments) {
  const char *argv[40] = {"sh", "-c", "exec \"$@\" 2>&1 </dev/null", "sh",
                          getenv("WEIR") ? getenv("WEIR") : "build/weir"};
  for (int i = 0; arguments[i] && i < 34; i++)
    argv[5 + i] = arguments[i];
  return net_run(argv, said);
}
#define WEIR(said, ...) weir(said, (const char *const[]){__VA_ARGS__, NULL})

static void see(const char *text, const char *what) {
  if (!strstr(text, what))
    fail_msg("\"%s\" is not in:\n%s", what, text);
}

/* The command's own output must hold this. */
static void weir_says(int status, const char *what, const char *const *arguments) {
  char *said;
  int got = weir(&said, arguments);
  if (got != status)
    fail_msg("status %d instead of %d:\n%s", got, status, said);
  see(said, what);
  free(said);
}
#define SAYS(status, what, ...) weir_says(status, what, (const char *const[]){__VA_ARGS__, NULL})

static char *fingerprint_of(const char *text) {
  const char *at = strstr(text, "SHA-256");
  assert_non_null(at);
  at += strlen("SHA-256");
  at += strspn(at, " ");
  return strndup(at, 95);
}

static void mode_of(const char *path, mode_t want) {
  struct stat st;
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_mode & 07777, want);
}

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

/* ---- the scene ---- */

static void start_server(void) {
  struct cert c = cert_make(&(struct cert_wish){.cn = "localhost", .san = "DNS:localhost,IP:127.0.0.1"}, NULL);
  const struct cert *chain[] = {&c};
  cert_write(server_pem, chain, 1, c.key);
  cert_clear(&c);
  server = net_start((const char *[]){"openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", server_pem, "-key",
                                      server_pem, "-www", NULL});
  char *line = net_line(&server, "ACCEPT 127.0.0.1:");
  assert_non_null(line);
  server.port = atoi(strrchr(line, ':') + 1);
  free(line);
}

static int setup(void **state) {
  const char *tmp = getenv("TMPDIR");
  (void)state;
  snprintf(home, sizeof home, "%s/weir-ca-home.XXXXXX", tmp ? tmp : "/tmp");
  if (!mkdtemp(home))
    return -1;
  snprintf(data, sizeof data, "%s/data", home);
  snprintf(server_pem, sizeof server_pem, "%s/server.pem", home);
  setenv("HOME", home, 1);
  setenv("XDG_DATA_HOME", data, 1);
  setenv("XDG_CONFIG_HOME", data, 1);
  static const char *const variables[] = {"SSL_CERT_FILE",      "SSL_CERT_DIR",        "CURL_CA_BUNDLE",
                                          "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO",
                                          "SSLKEYLOGFILE",      "JAVA_TOOL_OPTIONS"};
  for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
    unsetenv(variables[i]);
  if (installed("openssl"))
    start_server();
  return 0;
}

static int teardown(void **state) {
  (void)state;
  if (server.pid)
    net_stop(&server);
  return net_run((const char *[]){"rm", "-rf", home, NULL}, NULL);
}

static const char *server_url(void) {
  static char url[60];
  if (!server.pid)
    skip();
  snprintf(url, sizeof url, "https://localhost:%d/", server.port);
  return url;
}

/* ---- weir ca ---- */

static void ca_says_where_it_is(void **state) {
  char *said, *pem, *der, *facts;
  (void)state;
  assert_int_equal(WEIR(&said, "ca"), 0);
  see(said, in_home("data/weir/ca.pem"));
  see(said, "(mode 0600)");
  mode_of(in_home("data/weir"), 0700);
  mode_of(in_home("data/weir/ca.key"), 0600);
  if (!installed("openssl"))
    skip();
  char *fingerprint = fingerprint_of(said);
  char command[900];
  snprintf(command, sizeof command,
           "%s ca export pem | openssl x509 -noout -fingerprint -sha256 -ext basicConstraints,keyUsage",
           getenv("WEIR") ? getenv("WEIR") : "build/weir");
  assert_int_equal(net_run((const char *[]){"sh", "-c", command, NULL}, &facts), 0);
  see(facts, fingerprint);
  see(facts, "CA:TRUE, pathlen:0");
  see(facts, "Certificate Sign");
  assert_null(strstr(facts, "Digital Signature"));
  free(facts);
  snprintf(command, sizeof command, "%s --no-tls ca export der | openssl x509 -inform der -noout -fingerprint -sha256",
           getenv("WEIR") ? getenv("WEIR") : "build/weir");
  assert_int_equal(net_run((const char *[]){"sh", "-c", command, NULL}, &der), 0);
  see(der, fingerprint);
  free(der);
  assert_int_equal(WEIR(&pem, "ca", "export"), 0);
  assert_null(strstr(pem, "PRIVATE"));
  free(pem);
  free(fingerprint);
  free(said);
  SAYS(2, "there is no weir ca export key", "ca", "export", "key");
  SAYS(2, "there is no weir ca instal;", "ca", "instal");
}

static void a_new_one_is_asked_for(void **state) {
  char *first, *second, *third;
  (void)state;
  assert_int_equal(WEIR(&first, "ca"), 0);
  SAYS(1, "nothing was changed", "ca", "new");
  assert_int_equal(WEIR(&second, "ca"), 0);
  assert_string_equal(first, second);
  assert_int_equal(WEIR(&third, "--yes", "ca", "new"), 0);
  char *before = fingerprint_of(first);
  assert_null(strstr(third, before));
  assert_int_equal(access(in_home("data/weir/ca.pem.old"), F_OK), 0);
  mode_of(in_home("data/weir/ca.key.old"), 0600);
  mode_of(in_home("data/weir/ca.key"), 0600);
  free(before);
  free(first);
  free(second);
  free(third);
}

static void a_key_that_others_can_read_is_not_used(void **state) {
  (void)state;
  assert_int_equal(WEIR(NULL, "ca"), 0);
  chmod(in_home("data/weir/ca.key"), 0644);
  SAYS(1, "chmod 600", "ca");
  SAYS(1, "chmod 600", "--headless", "--listen", "127.0.0.1:0");
  SAYS(1, "chmod 600", "--listen", "127.0.0.1:0", "doctor");
  chmod(in_home("data/weir/ca.key"), 0600);
  assert_int_equal(WEIR(NULL, "ca"), 0);
}

static void an_authority_of_ones_own(void **state) {
  (void)state;
  struct cert ca = cert_make(&(struct cert_wish){.cn = "Our Test CA", .ca = true}, NULL);
  const struct cert *chain[] = {&ca};
  cert_write(in_home("own.pem"), chain, 1, NULL);
  cert_write(in_home("own.key"), chain, 0, ca.key);
  cert_clear(&ca);
  SAYS(0, "Our Test CA", "ca", "--ca-cert", in_home("own.pem"), "--ca-key", in_home("own.key"));
  SAYS(2, "both --ca-cert and --ca-key", "ca", "--ca-cert", in_home("own.pem"));
  SAYS(1, "does not belong to", "--headless", "--listen", "127.0.0.1:0", "--ca-cert", in_home("own.pem"), "--ca-key",
       in_home("data/weir/ca.key"));
  SAYS(1, "not weir's to replace", "ca", "new", "--yes", "--ca-cert", in_home("own.pem"), "--ca-key",
       in_home("own.key"));
}

/* weir's own is only looked into when it is needed. What is wrong then is told there, and may be mended meanwhile. */
static void what_is_found_late_is_told_and_may_be_mended(void **state) {
  char *key, proxy[60], *said;
  size_t n;
  (void)state;
  assert_int_equal(WEIR(NULL, "ca"), 0);
  assert_non_null(key = site_read(in_home("data/weir/ca.key"), &n));
  struct cert other = cert_make(&(struct cert_wish){.cn = "Other", .ca = true}, NULL);
  cert_write(in_home("data/weir/ca.key"), NULL, 0, other.key);
  cert_clear(&other);
  struct net_program w = net_weir(NULL);
  snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", w.port);
  const char *const ask[] = {
      "curl", "-q", "-sS", "-k", "--max-time", "20", "--noproxy", "", "-x", proxy, "https://weir.internal/", NULL};
  assert_int_equal(net_run(ask, NULL), 35); /* the handshake failed */
  assert_int_equal(net_run((const char *[]){"curl", "-q", "-sS", "--noproxy", "*", proxy, NULL}, &said), 0);
  see(said, "does not belong to the certificate");
  free(said);
  FILE *f = fopen(in_home("data/weir/ca.key"), "w");
  assert_int_equal(fwrite(key, 1, n, f), n);
  fclose(f);
  assert_int_equal(net_run(ask, &said), 0);
  see(said, "SHA-256");
  free(said);
  free(key);
  net_stop(&w);
}

static void without_a_directory_weir_goes_on_without_https(void **state) {
  (void)state;
  char line[600];
  struct net_program origin = net_origin();
  struct net_program w = net_weir((const char *[]){"--confdir", "/proc/nowhere", NULL});
  assert_int_equal(net_status(w.port, origin.port, "/ok"), 200);
  assert_true(net_until(w.err, "--confdir DIR", line, sizeof line));
  see(line, "HTTPS is not read in this run");
  assert_int_equal(WEXITSTATUS(net_stop(&w)), 0);
  net_stop(&origin);
}

/* ---- trusting it ---- */

static void browsers_are_taught(void **state) {
  (void)state;
  if (!installed("certutil"))
    skip();
  char folder[500], *said;
  net_run((const char *[]){"mkdir", "-p", in_home(".pki/nssdb"), NULL}, NULL);
  snprintf(folder, sizeof folder, "sql:%s/.pki/nssdb", home);
  assert_int_equal(net_run((const char *[]){"certutil", "-N", "-d", folder, "--empty-password", NULL}, NULL), 0);
  SAYS(1, "nothing was changed", "ca", "install", "browsers");
  SAYS(0, "Chromium", "ca", "uninstall", "browsers", "--yes"); /* it has none: fine */
  assert_int_equal(WEIR(&said, "ca", "install", "browsers", "--yes"), 0);
  const char *plan = strstr(said, "certutil -A -d"), *deed = strstr(said, "trusts weir now");
  assert_non_null(plan);
  assert_non_null(deed);
  assert_true(plan < deed);
  free(said);
  SAYS(0, "trusts it already", "ca", "install", "browsers", "--yes");
  assert_int_equal(net_run((const char *[]){"certutil", "-L", "-d", folder, NULL}, &said), 0);
  see(said, "C,,");
  free(said);
  DOCTOR("nssdb) trusts weir", "--listen", "127.0.0.1:0");
  /* the old one goes too */
  assert_int_equal(WEIR(NULL, "ca", "new", "--yes"), 0);
  assert_int_equal(WEIR(NULL, "ca", "install", "browsers", "--yes"), 0);
  SAYS(0, "trusts weir no more", "ca", "uninstall", "browsers", "--yes");
  assert_int_equal(net_run((const char *[]){"certutil", "-L", "-d", folder, NULL}, &said), 0);
  assert_null(strstr(said, "weir-"));
  free(said);
}

static void its_page_hands_it_out(void **state) {
  (void)state;
  char proxy[60], *pem, *got;
  assert_int_equal(WEIR(&pem, "ca", "export", "pem"), 0);
  struct net_program w = net_weir(NULL);
  snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", w.port);
#define CURL(...)                                                                                                      \
  net_run((const char *[]){"curl", "-q", "-sS", "--max-time", "20", "--noproxy", "", "-x", proxy, __VA_ARGS__, NULL},  \
          &got)
  assert_int_equal(CURL("http://weir.internal/ca.pem"), 0);
  assert_string_equal(got, pem);
  free(got);
  assert_int_equal(CURL("--cacert", in_home("data/weir/ca.pem"), "https://weir.internal/ca.pem"), 0);
  assert_string_equal(got, pem);
  free(got);
  assert_int_equal(CURL("-w", "%{http_code} %{content_type}", "-o", "/dev/null", "http://weir.internal/ca.der"), 0);
  assert_string_equal(got, "200 application/x-x509-ca-cert");
  free(got);
  assert_int_equal(CURL("-H", "Accept: text/html", "-w", "%{content_type}", "https://weir.internal/", "-k"), 0);
  see(got, "href=\"/ca.pem\"");
  see(got, "text/html; charset=utf-8");
  free(got);
  assert_int_equal(CURL("-w", "%{http_code}", "http://weir.internal/ca.key"), 0);
  see(got, "404");
  assert_null(strstr(got, "PRIVATE"));
  free(got);
  assert_int_equal(net_run((const char *[]){"curl", "-q", "-sS", "--noproxy", "*", proxy, NULL}, &got), 0);
  see(got, proxy);
  see(got, "REQUESTS_CA_BUNDLE");
  free(got);
  free(pem);
  net_stop(&w);
}

/* ---- weir run ---- */

#define RUN "run", "--headless", "--upstream-ca", server_pem

/* The server's page must hold this. It goes to a file: curl writes it in pieces, and weir's rows come between them. */
static void page_says(const char *what, const char *const *arguments) {
  const char *argv[20], *path = in_home("page");
  size_t n = 0, size;
  char *said;
  for (; arguments[n]; n++)
    argv[n] = arguments[n];
  argv[n++] = "curl";
  argv[n++] = "-sSo";
  argv[n++] = path;
  argv[n++] = server_url();
  argv[n] = NULL;
  int status = weir(&said, argv);
  if (status != 0)
    fail_msg("status %d:\n%s", status, said);
  free(said);
  char *page = site_read(path, &size);
  assert_non_null(page);
  see(page, what);
  free(page);
}
#define PAGE(what, ...) page_says(what, (const char *const[]){__VA_ARGS__, NULL})

static void commands_trust_weir(void **state) {
  (void)state;
  char script[300];
  const char *url = server_url();
  char row[100];
  snprintf(row, sizeof row, "GET 200 %s", url);
  SAYS(0, row, RUN, "--", "curl", "-sS", url);
  PAGE("Protocol  : TLSv1.3", RUN);
  if (installed("python3")) {
    snprintf(script, sizeof script, "import urllib.request; print(urllib.request.urlopen('%s').status)", url);
    SAYS(0, row, RUN, "--", "python3", "-c", script);
  }
  if (installed("git")) /* no repository is there, but git has spoken HTTPS */
    SAYS(128, "/info/refs", RUN, "--", "git", "ls-remote", url);
}

/* Node asks no proxy by itself before version 24, so the script opens the tunnel; trusting is up to Node. */
static void node_trusts_weir(void **state) {
  (void)state;
  const char *url = server_url();
  static const char script[] =
      "const p = new URL(process.env.https_proxy), u = new URL(process.argv[1]);"
      "require('http').request({host: p.hostname, port: p.port, method: 'CONNECT', path: u.host})"
      ".on('connect', (r, socket) => require('https').get({host: u.hostname, path: '/', socket, agent: false,"
      " headers: {Host: u.host}}, a => { console.log('node got', a.statusCode); a.resume(); })).end();";
  if (!installed("node"))
    skip();
  SAYS(0, "node got 200", RUN, "--", "node", "-e", script, url);
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

static void what_ends_weir_ends_the_command(void **state) {
  int status;
  (void)state;
  const char *argv[] = {getenv("WEIR") ? getenv("WEIR") : "build/weir", "run", "--headless", "--", "sh", "-c",
                        "trap 'exit 9' TERM; echo ready; read x",       NULL};
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

/* ---- what passes untouched, and how ---- */

static void some_hosts_are_left_alone(void **state) {
  (void)state;
  const char *url = server_url();
  SAYS(0, "CONNECT", "run", "--headless", "--passthrough", "localhost", "curl", "-sS", "--cacert", server_pem, url);
  SAYS(0, "CONNECT", "run", "--headless", "--no-tls", "curl", "-sS", "--cacert", server_pem, url);
  char *said; /* and without that it is not theirs that the client sees */
  assert_int_equal(WEIR(&said, RUN, "curl", "-sS", "--cacert", server_pem, url), 60);
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
  PAGE("Protocol  : TLSv1.2", RUN, "--upstream-tls-max", "1.2");
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

/* ---- doctor ---- */

static void doctor_names_who_has_the_port(void **state) {
  int port;
  char number[20], want[60];
  (void)state;
  int listener = net_listen(&port);
  snprintf(number, sizeof number, "127.0.0.1:%d", port);
  snprintf(want, sizeof want, "is in use by test_ca (process %d)", (int)getpid());
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
      cmocka_unit_test(ca_says_where_it_is),
      cmocka_unit_test(a_new_one_is_asked_for),
      cmocka_unit_test(a_key_that_others_can_read_is_not_used),
      cmocka_unit_test(an_authority_of_ones_own),
      cmocka_unit_test(what_is_found_late_is_told_and_may_be_mended),
      cmocka_unit_test(without_a_directory_weir_goes_on_without_https),
      cmocka_unit_test(browsers_are_taught),
      cmocka_unit_test(its_page_hands_it_out),
      cmocka_unit_test(commands_trust_weir),
      cmocka_unit_test(node_trusts_weir),
      cmocka_unit_test(its_rows_carry_its_name),
      cmocka_unit_test(the_commands_status_is_weirs),
      cmocka_unit_test(what_ends_weir_ends_the_command),
      cmocka_unit_test(its_files_are_private_and_go),
      cmocka_unit_test(some_hosts_are_left_alone),
      cmocka_unit_test(servers_are_verified),
      cmocka_unit_test(versions_are_bounded),
      cmocka_unit_test(keys_are_logged_where_wanted),
      cmocka_unit_test(no_core_is_written_and_children_may),
      cmocka_unit_test(doctor_names_who_has_the_port),
      cmocka_unit_test(doctor_reads_the_environment),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
