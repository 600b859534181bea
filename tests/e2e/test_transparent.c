/* Redirected connections, in network namespaces of the test's own: a client behind a veth pair, and here the gateway with
 * weir and, on addresses of their own, the servers. Needs root or user namespaces, nft and ip; else it says so and skips. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "rows.h"
#include "tls_lab.h"

#define SERVER "10.9.9.9"
#define SIX    "fd00:9::9"
#define LOOPED "10.9.9.8" /* redirected where this machine sends it too */

static struct lab lab;
static struct net_program client; /* holds its namespace */
static bool ready, six /* there is IPv6 */, ready_six;
static int port;

static bool sh(const char *format, ...) __attribute__((format(printf, 1, 2)));
static bool sh(const char *format, ...) {
  char command[600], *out;
  va_list args;
  va_start(args, format);
  vsnprintf(command, sizeof command, format, args);
  va_end(args);
  int status = net_run((const char *[]){"sh", "-c", command, NULL}, &out);
  if (status)
    print_message("%s: %d\n%s", command, status, out ? out : "");
  free(out);
  return status == 0;
}

static void map_one(const char *file, unsigned id) {
  char text[40];
  int fd = open(file, O_WRONLY | O_CLOEXEC);
  snprintf(text, sizeof text, "0 %u 1", id);
  if (fd < 0 || write(fd, text, strlen(text)) < 0)
    print_message("%s cannot be written\n", file);
  if (fd >= 0)
    close(fd);
}

static bool own_namespace(void) {
  unsigned uid = getuid(), gid = getgid();
  if (unshare(CLONE_NEWNET) == 0)
    return true;
  if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
    return false;
  int fd = open("/proc/self/setgroups", O_WRONLY | O_CLOEXEC);
  if (fd >= 0) {
    if (write(fd, "deny", 4) < 0)
      print_message("setgroups cannot be written\n");
    close(fd);
  }
  map_one("/proc/self/uid_map", uid);
  map_one("/proc/self/gid_map", gid);
  return true;
}

static bool networks(void) {
  char line[40];
  client = net_start((const char *[]){"unshare", "-n", "sh", "-c", "echo here; exec cat", NULL});
  if (!net_until(client.out, "here", line, sizeof line))
    return false;
  return sh("ip link set lo up && ip addr add " SERVER "/32 dev lo && ip addr add " LOOPED "/32 dev lo &&"
            "ip link add v0 type veth peer name v1 && ip link set v1 netns %d &&"
            "ip addr add 10.8.8.1/24 dev v0 && ip link set v0 up",
            (int)client.pid) &&
         sh("nsenter -t %d -n sh -c 'ip link set lo up && ip addr add 10.8.8.2/24 dev v1 && ip link set v1 up &&"
            "ip route add default via 10.8.8.1'",
            (int)client.pid);
}

static bool networks_six(void) {
  return sh("ip addr add " SIX "/128 dev lo && ip addr add fd00:8::1/64 dev v0 nodad &&"
            "nsenter -t %d -n sh -c 'ip addr add fd00:8::2/64 dev v1 nodad && ip route add default via fd00:8::1'",
            (int)client.pid);
}

static bool redirect_six(void) {
  return sh("nft add table ip6 weir && nft 'add chain ip6 weir in { type nat hook prerouting priority -100; }' &&"
            "nft add rule ip6 weir in ip6 daddr " SIX " meta l4proto tcp redirect to :%d",
            port);
}

static bool redirect(void) {
  return sh("nft add table ip weir && nft 'add chain ip weir in { type nat hook prerouting priority -100; }' &&"
            "nft add rule ip weir in ip daddr " SERVER " meta l4proto tcp redirect to :%d &&"
            "nft 'add chain ip weir out { type nat hook output priority -100; }' &&"
            "nft add rule ip weir out ip daddr " LOOPED " meta l4proto tcp redirect to :%d",
            port, port);
}

static int weir_port(const char *listening) {
  char line[400], *at;
  size_t n = 0;
  while (n + 1 < sizeof line && read(lab.weir.err, line + n, 1) == 1)
    if (line[n++] == '\n') {
      line[n] = '\0';
      at = strstr(line, listening);
      if (at && strstr(line, "(transparent)"))
        return (int)strtol(at + strlen(listening), NULL, 10);
      n = 0;
    }
  fail_msg("no listener");
  return 0;
}

static int setup(void **state) {
  (void)state;
  ready = own_namespace() && networks();
  if (!ready) {
    print_message("SKIPPED: transparent mode needs root or user namespaces, ip and nft, and a kernel with nf_nat\n");
    return 0;
  }
  six = networks_six();
  if (!six)
    print_message("SKIPPED: this kernel has no IPv6\n");
  lab_open(&lab);
  return 0;
}

static int start(void **state) {
  (void)state;
  if (!ready)
    return 0;
  lab_weir(&lab, (const char *[]){"--mode", "transparent@0.0.0.0:0", NULL});
  port = weir_port("listening on 0.0.0.0:");
  ready = redirect();
  if (!ready)
    print_message("SKIPPED: nft is missing, or this kernel has no nf_nat\n");
  return 0;
}

static int start_six(void **state) {
  (void)state;
  if (!ready || !six)
    return 0;
  lab_weir(&lab, (const char *[]){"--mode", "transparent@[::]:0", NULL});
  port = weir_port("listening on [::]:");
  ready_six = redirect_six();
  if (!ready_six)
    print_message("SKIPPED: this kernel has no nf_nat for IPv6\n");
  return 0;
}

static int stop(void **state) {
  (void)state;
  if (ready)
    sh("nft flush ruleset");
  if (lab.weir.pid)
    net_stop(&lab.weir);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  lab_close(&lab);
  if (client.pid)
    net_stop(&client);
  return 0;
}

static void need_it(void) {
  if (!ready)
    skip();
}

/* A server on that address that answers each connection with one text, after a request or at once; its port. */
static struct net_program serve(const char *address, bool at_once, const char *text) {
  char script[600], line[40];
  snprintf(script, sizeof script,
           "import socket\n"
           "s = socket.create_server(('%s', 0), family=socket.%s)\n"
           "print(s.getsockname()[1], flush=True)\n"
           "while True:\n"
           "    c, a = s.accept()\n"
           "    if not %d: c.recv(65536)\n"
           "    c.sendall(b'%s'); c.close()\n",
           address, strchr(address, ':') ? "AF_INET6" : "AF_INET", at_once, text);
  struct net_program p = net_start((const char *[]){"python3", "-c", script, NULL});
  assert_true(net_until(p.out, "\n", line, sizeof line));
  p.port = (int)strtol(line, NULL, 10);
  return p;
}

static int by_client(char **out, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int by_client(char **out, const char *format, ...) {
  char command[600], pid[20];
  va_list args;
  va_start(args, format);
  vsnprintf(command, sizeof command, format, args);
  va_end(args);
  snprintf(pid, sizeof pid, "%d", (int)client.pid);
  return net_run((const char *[]){"nsenter", "-t", pid, "-n", "bash", "-c", command, NULL}, out);
}

static const char *text_of(const json_t *row, const char *name) {
  const char *text = json_string_value(json_object_get(row, name));
  return text ? text : "";
}

#define CURL "curl -q -sS --max-time 20 --noproxy '*' "

/* server, self: as they stand in an address with a port. */
static void check_http(const char *address, const char *server, const char *self) {
  char *out, url[80], at[60];
  struct net_program p = serve(address, false, "HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok");
  assert_int_equal(by_client(&out, CURL "--resolve shop.test:%d:%s http://shop.test:%d/x", p.port, server, p.port), 0);
  assert_string_equal(out, "ok");
  free(out);
  json_t *all = lab_rows(&lab);
  assert_int_equal(json_array_size(all), 1);
  const json_t *row = json_array_get(all, 0);
  snprintf(url, sizeof url, "http://shop.test:%d/x", p.port);
  snprintf(at, sizeof at, "%s:%d", server, p.port);
  assert_string_equal(text_of(row, "url"), url);
  assert_string_equal(text_of(row, "server"), at);
  assert_string_equal(text_of(row, "mode"), "transparent");
  assert_memory_equal(text_of(row, "client"), self, strlen(self));
  json_decref(all);
  net_stop(&p);
}

/* What the page tells to type is taken as it stands, section by section; its user need not be there. */
static void the_lines_of_the_page_are_taken(void **state) {
  (void)state;
  need_it();
  FILE *page = fopen("doc/transparent.md", "r");
  char line[400], *user;
  int lines = 0;
  assert_non_null(page);
  while (fgets(line, sizeof line, page)) {
    line[strcspn(line, "\n")] = '\0';
    if (strncmp(line, "## ", 3) == 0)
      assert_true(sh("nft flush ruleset"));
    if (strncmp(line, "    nft ", 8) != 0 || (!six && strstr(line, "ip6")))
      continue;
    if ((user = strstr(line, "\"weir\"")) != NULL)
      memcpy(user, "\"root\"", 6);
    if (!sh("%s", line))
      fail_msg("%s", line);
    lines++;
  }
  fclose(page);
  assert_true(lines >= 10);
}

static void http_is_told_by_its_host(void **state) {
  (void)state;
  need_it();
  check_http(SERVER, SERVER, "10.8.8.2:");
}

static void tproxy_works_too(void **state) {
  (void)state;
  need_it();
  bool set = sh("nft flush table ip weir && nft 'add chain ip weir t { type filter hook prerouting priority -150; }' &&"
                "nft add rule ip weir t iifname v0 ip daddr " SERVER
                " meta l4proto tcp tproxy to :%d meta mark set 1 accept && ip rule add fwmark 1 lookup 100 &&"
                "ip route add local 0.0.0.0/0 dev lo table 100",
                port);
  if (!set) {
    print_message("SKIPPED: this kernel has no TPROXY\n");
    skip();
  }
  check_http(SERVER, SERVER, "10.8.8.2:");
}

static void ipv6_is_redirected(void **state) {
  (void)state;
  if (!ready_six)
    skip();
  check_http(SIX, "[" SIX "]", "[fd00:8::2]:");
}

static void ipv6_by_tproxy(void **state) {
  (void)state;
  if (!ready_six)
    skip();
  bool set = sh("nft flush table ip6 weir &&"
                "nft 'add chain ip6 weir t { type filter hook prerouting priority -150; }' &&"
                "nft add rule ip6 weir t iifname v0 ip6 daddr " SIX
                " meta l4proto tcp tproxy to :%d meta mark set 1 accept && ip -6 rule add fwmark 1 lookup 100 &&"
                "ip -6 route add local ::/0 dev lo table 100",
                port);
  if (!set) {
    print_message("SKIPPED: this kernel has no TPROXY for IPv6\n");
    skip();
  }
  check_http(SIX, "[" SIX "]", "[fd00:8::2]:");
}

static void ipv6_straight_is_refused(void **state) {
  (void)state;
  char *out;
  if (!ready_six)
    skip();
  assert_int_not_equal(by_client(&out, CURL "-g http://[fd00:8::1]:%d/", port), 0);
  free(out);
  json_t *all = lab_rows(&lab);
  assert_non_null(lab_failed(all, "is weir itself: a tunnel to it would loop"));
  json_decref(all);
}

static void https_is_told_by_its_sni(void **state) {
  (void)state;
  char *out, url[80], script[700], line[40];
  need_it();
  snprintf(script, sizeof script,
           "import socket, ssl\n"
           "s = socket.create_server(('" SERVER "', 0))\n"
           "print(s.getsockname()[1], flush=True)\n"
           "k = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); k.load_cert_chain('%s')\n"
           "while True:\n"
           "    c, a = s.accept()\n"
           "    c = k.wrap_socket(c, server_side=True); c.recv(65536)\n"
           "    c.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok'); c.close()\n",
           lab_pem(&lab, LAB_GOOD));
  struct net_program p = net_start((const char *[]){"python3", "-c", script, NULL});
  assert_true(net_until(p.out, "\n", line, sizeof line));
  p.port = (int)strtol(line, NULL, 10);
  assert_int_equal(by_client(&out,
                             CURL "--cacert %s --resolve www.example.test:%d:" SERVER " https://www.example.test:%d/x",
                             lab.weir_ca, p.port, p.port),
                   0);
  assert_string_equal(out, "ok");
  free(out);
  json_t *all = lab_rows(&lab);
  snprintf(url, sizeof url, "https://www.example.test:%d/x", p.port);
  const json_t *row = rows_one(all, "/x");
  assert_string_equal(text_of(row, "url"), url);
  assert_string_equal(text_of(row, "mode"), "transparent");
  json_decref(all);
  net_stop(&p);
}

static void anything_else_passes(void **state) {
  (void)state;
  char *out, url[40];
  need_it();
  struct net_program p = serve(SERVER, true, "220 ready\\r\\n");
  assert_int_equal(by_client(&out, "cat </dev/tcp/" SERVER "/%d", p.port), 0);
  assert_string_equal(out, "220 ready\r\n");
  free(out);
  json_t *all = lab_rows(&lab);
  const json_t *row = json_array_get(all, 0);
  snprintf(url, sizeof url, SERVER ":%d", p.port);
  assert_string_equal(text_of(row, "url"), url);
  assert_string_equal(text_of(row, "method"), "TCP");
  assert_int_equal(json_integer_value(json_object_get(row, "bytes_down")), 11);
  json_decref(all);
  net_stop(&p);
}

static void who_comes_straight_is_refused(void **state) {
  (void)state;
  char *out;
  need_it();
  assert_int_not_equal(by_client(&out, CURL "http://10.8.8.1:%d/", port), 0);
  free(out);
  json_t *all = lab_rows(&lab);
  assert_non_null(lab_failed(all, "10.8.8.1:"));
  assert_non_null(lab_failed(all, "is weir itself: a tunnel to it would loop"));
  json_decref(all);
}

static void its_own_connections_do_not_come_round(void **state) {
  (void)state;
  static const char url[] = "http://" LOOPED "/";
  const char *argv[] = {"curl", "-q", "-sS", "--max-time", "20", "--noproxy", "*", url, NULL};
  char *out;
  need_it();
  assert_int_not_equal(net_run(argv, &out), 0);
  free(out);
  json_t *all = lab_rows(&lab);
  assert_true(json_array_size(all) <= 2);
  assert_non_null(lab_failed(all, "weir's own connection to " LOOPED ":80 was redirected to weir"));
  json_decref(all);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(the_lines_of_the_page_are_taken, start, stop),
      cmocka_unit_test_setup_teardown(http_is_told_by_its_host, start, stop),
      cmocka_unit_test_setup_teardown(tproxy_works_too, start, stop),
      cmocka_unit_test_setup_teardown(https_is_told_by_its_sni, start, stop),
      cmocka_unit_test_setup_teardown(anything_else_passes, start, stop),
      cmocka_unit_test_setup_teardown(who_comes_straight_is_refused, start, stop),
      cmocka_unit_test_setup_teardown(its_own_connections_do_not_come_round, start, stop),
      cmocka_unit_test_setup_teardown(ipv6_is_redirected, start_six, stop),
      cmocka_unit_test_setup_teardown(ipv6_by_tproxy, start_six, stop),
      cmocka_unit_test_setup_teardown(ipv6_straight_is_refused, start_six, stop),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
