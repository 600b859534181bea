#include "commands.h"

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

#include "certs.h"

char commands_home[300];
static char pem[340];
static struct net_program server;

const char *in_home(const char *name) {
  static char full[4][700];
  static int next;
  char *to = full[next++ % 4];
  snprintf(to, sizeof full[0], "%s/%s", commands_home, name);
  return to;
}

bool installed(const char *program) {
  char command[100];
  snprintf(command, sizeof command, "command -v %s >/dev/null", program);
  if (net_run((const char *[]){"sh", "-c", command, NULL}, NULL) == 0)
    return true;
  print_message("%s is not installed\n", program);
  return false;
}

const char *weir_program(void) {
  return getenv("WEIR") ? getenv("WEIR") : "build/weir";
}

int weir(char **said, const char *const *arguments) {
  const char *argv[40] = {"sh", "-c", "e=$(mktemp) && \"$@\" 2>\"$e\" </dev/null; s=$?; cat \"$e\"; rm \"$e\"; exit $s",
                          "sh", weir_program()};
  for (int i = 0; arguments[i] && i < 34; i++)
    argv[5 + i] = arguments[i];
  return net_run(argv, said);
}

void see(const char *text, const char *what) {
  if (!strstr(text, what))
    fail_msg("\"%s\" is not in:\n%s", what, text);
}

void doctor_says(const char *what, const char *const *arguments) {
  char *said;
  int status = weir(&said, arguments);
  assert_true(status == 0 || status == 1);
  assert_int_equal(status, strstr(said, "\nWRONG") || !strncmp(said, "WRONG", 5) ? 1 : 0);
  see(said, what);
  free(said);
}

void weir_says(int status, const char *what, const char *const *arguments) {
  char *said;
  int got = weir(&said, arguments);
  if (got != status)
    fail_msg("status %d instead of %d:\n%s", got, status, said);
  see(said, what);
  free(said);
}

void mode_of(const char *path, mode_t want) {
  struct stat st;
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_mode & 07777, want);
}

static void start_server(void) {
  struct cert c = cert_make(&(struct cert_wish){.cn = "localhost", .san = "DNS:localhost,IP:127.0.0.1"}, NULL);
  const struct cert *chain[] = {&c};
  cert_write(pem, chain, 1, c.key);
  cert_clear(&c);
  server = net_start(
      (const char *[]){"openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", pem, "-key", pem, "-www", NULL});
  char *line = net_line(&server, "ACCEPT 127.0.0.1:");
  assert_non_null(line);
  server.port = atoi(strrchr(line, ':') + 1);
  free(line);
}

int commands_open(void **state) {
  const char *tmp = getenv("TMPDIR");
  char data[340];
  (void)state;
  snprintf(commands_home, sizeof commands_home, "%s/weir-ca-home.XXXXXX", tmp ? tmp : "/tmp");
  if (!mkdtemp(commands_home))
    return -1;
  snprintf(data, sizeof data, "%s/data", commands_home);
  snprintf(pem, sizeof pem, "%s/server.pem", commands_home);
  setenv("HOME", commands_home, 1);
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

int commands_close(void **state) {
  (void)state;
  if (server.pid)
    net_stop(&server);
  return net_run((const char *[]){"rm", "-rf", commands_home, NULL}, NULL);
}

const char *server_url(void) {
  static char url[60];
  if (!server.pid)
    skip();
  snprintf(url, sizeof url, "https://localhost:%d/", server.port);
  return url;
}

const char *server_pem(void) {
  return pem;
}
