/* The real weir between the real curl and real servers: what curl gets is what the server sent, byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "net.h"
#include "rows.h"
#include "sanitized.h"
#include "site.h"

#define MB  (1024.0 * 1024.0)
#define BIG ((size_t)100 << 20)

static struct net_program weir, origin;
static char rows_path[300], proxy_url[60];

static void start(const char *const *arguments) {
  const char *argv[30] = {"--json", "--write", rows_path};
  for (int i = 0; arguments && arguments[i]; i++)
    argv[3 + i] = arguments[i];
  const char *tmp = getenv("TMPDIR");
  snprintf(rows_path, sizeof rows_path, "%s/weir-curl-rows", tmp ? tmp : "/tmp");
  unlink(rows_path);
  weir = net_weir(argv);
  snprintf(proxy_url, sizeof proxy_url, "http://127.0.0.1:%d", weir.port);
}

static int setup(void **state) {
  (void)state;
  origin = net_origin();
  return 0;
}

static int teardown(void **state) {
  (void)state;
  if (weir.pid)
    net_stop(&weir);
  net_stop(&origin);
  unlink(rows_path);
  return 0;
}

static void stop(void) {
  int status = net_stop(&weir);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
}

static struct net_program curl_start(const char *const *arguments) {
  const char *argv[40] = {"curl", "-q", "-sS", "--max-time", "60", "--noproxy", "", "-x", proxy_url};
  for (int i = 0; arguments[i]; i++)
    argv[9 + i] = arguments[i];
  return net_start(argv);
}

struct got {
  int status;  /* of curl */
  char *bytes; /* its output */
  size_t n;
};

/* Reads all of curl's output. */
static struct got curl_end(struct net_program *curl) {
  struct got g = {.bytes = malloc(1 << 20)};
  size_t cap = 1 << 20;
  int status;
  close(curl->in);
  for (ssize_t k; net_readable(curl->out, 60) && (k = read(curl->out, g.bytes + g.n, cap - g.n - 1)) > 0;) {
    g.n += (size_t)k;
    if (g.n + 1 == cap)
      g.bytes = realloc(g.bytes, cap *= 2);
  }
  g.bytes[g.n] = '\0';
  char why[500];
  ssize_t said = net_readable(curl->err, 0) ? read(curl->err, why, sizeof why) : 0;
  if (said > 0)
    fprintf(stderr, "%.*s", (int)said, why);
  waitpid(curl->pid, &status, 0);
  close(curl->out);
  close(curl->err);
  g.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return g;
}

static struct got curl(const char *const *arguments) {
  struct net_program p = curl_start(arguments);
  return curl_end(&p);
}

static const char *url(const char *host, int port, const char *path) {
  static char text[4][300];
  static int next;
  char *to = text[next++ % 4];
  snprintf(to, sizeof text[0], "http://%s:%d%s", host, port, path);
  return to;
}

static const char *at_origin(const char *path) {
  return url("127.0.0.1", origin.port, path);
}

static void assert_pattern(const char *bytes, size_t n, size_t want) {
  char *pattern = site_pattern(want);
  assert_int_equal(n, want);
  assert_true(memcmp(bytes, pattern, want) == 0);
  free(pattern);
}

/* Curl's output is this text. */
static void assert_says(const char *const *arguments, const char *want) {
  struct got g = curl(arguments);
  assert_int_equal(g.status, 0);
  assert_string_equal(g.bytes, want);
  free(g.bytes);
}

/* ---- connections and framing ---- */

static void two_requests_on_one_connection(void **state) {
  (void)state;
  start(NULL);
  assert_says(
      (const char *[]){"-w", " %{num_connects}\n", at_origin("/ok"), at_origin("/size/0"), at_origin("/ok"), NULL},
      "ok 1\n 0\nok 0\n");
  stop();
}

static void bodies_of_every_framing(void **state) {
  (void)state;
  static const char *const kinds[] = {"/size/", "/chunked/", "/close-end/"};
  static const size_t sizes[] = {0, 1, 65536, 3000017};
  start(NULL);
  for (size_t i = 0; i < 3; i++)
    for (size_t k = 0; k < 4; k++) {
      char path[60];
      snprintf(path, sizeof path, "%s%zu", kinds[i], sizes[k]);
      struct got g = curl((const char *[]){at_origin(path), NULL});
      assert_int_equal(g.status, 0);
      assert_pattern(g.bytes, g.n, sizes[k]);
      free(g.bytes);
    }
  stop();
}

static void old_http_gets_no_chunks(void **state) {
  (void)state;
  start(NULL);
  struct got g = curl((const char *[]){"-0", "-i", at_origin("/chunked/70000"), NULL});
  char *body = strstr(g.bytes, "\r\n\r\n");
  assert_int_equal(g.status, 0);
  assert_non_null(body);
  *body = '\0';
  assert_null(strcasestr(g.bytes, "transfer-encoding"));
  assert_pattern(body + 4, g.n - (size_t)(body + 4 - g.bytes), 70000);
  free(g.bytes);
  stop();
}

static void head_has_length_and_no_body(void **state) {
  struct site site;
  (void)state;
  site_need(&site);
  start(NULL);
  site_put(&site, "file", "0123456789", 10);
  const char *at = url("127.0.0.1", site.port, "/file");
  struct got g = curl((const char *[]){"-I", at, NULL});
  assert_int_equal(g.status, 0);
  assert_non_null(strstr(g.bytes, "HTTP/1.1 200 OK\r\n"));
  assert_non_null(strstr(g.bytes, "Content-Length: 10\r\n"));
  assert_non_null(strstr(g.bytes, "\r\n\r\n"));
  assert_string_equal(strstr(g.bytes, "\r\n\r\n"), "\r\n\r\n");
  free(g.bytes);
  /* in step afterwards: the GET on the same connection */
  assert_says((const char *[]){"-I", "-o", "/dev/null", at, "--next", "-q", "-sS", "-x", proxy_url, "-w",
                               " %{num_connects}", at, NULL},
              "0123456789 0");
  stop();
  site_close(&site);
}

static void uploads_of_every_framing(void **state) {
  (void)state;
  char file[340], data[340];
  start(NULL);
  snprintf(file, sizeof file, "%s.up", rows_path);
  snprintf(data, sizeof data, "@%s", file);
  char *pattern = site_pattern(400001);
  FILE *f = fopen(file, "w");
  assert_int_equal(fwrite(pattern, 1, 400001, f), 400001);
  fclose(f);
  const char *const ways[][8] = {
      {"--data-binary", data},
      {"--data-binary", data, "-H", "Transfer-Encoding: chunked"},
      {"-T", file},
      {"-0", "--data-binary", data},
  };
  for (size_t i = 0; i < 4; i++) {
    const char *argv[12] = {at_origin("/echo")};
    memcpy(argv + 1, ways[i], sizeof ways[i]);
    struct got g = curl(argv);
    assert_int_equal(g.status, 0);
    assert_pattern(g.bytes, g.n, 400001);
    free(g.bytes);
  }
  /* from a pipe: the length is not known to curl either */
  struct net_program p = curl_start((const char *[]){"-T", "-", at_origin("/echo"), NULL});
  for (size_t at = 0; at < 400001;) {
    ssize_t k = write(p.in, pattern + at, 400001 - at);
    assert_true(k > 0);
    at += (size_t)k;
  }
  struct got g = curl_end(&p);
  assert_int_equal(g.status, 0);
  assert_pattern(g.bytes, g.n, 400001);
  free(g.bytes);
  free(pattern);
  unlink(file);
  stop();
}

static void a_hundred_continue_comes_through(void **state) {
  struct site site;
  (void)state;
  site_need(&site);
  start(NULL);
  char from[300], to[300];
  size_t n;
  char *pattern = site_pattern(5 << 20);
  site_put(&site, "from", pattern, 5 << 20);
  free(pattern);
  snprintf(from, sizeof from, "%s/www/from", site.folder);
  snprintf(to, sizeof to, "%s/www/to", site.folder);
  /* curl waits longer for the 100 than it may take in all */
  assert_says((const char *[]){"--max-time", "12", "--expect100-timeout", "30", "-H", "Expect: 100-continue", "-T",
                               from, "-w", "%{http_code}", url("127.0.0.1", site.port, "/to"), NULL},
              "201");
  char *came = site_read(to, &n);
  assert_pattern(came, n, 5 << 20);
  free(came);
  stop();
  site_close(&site);
}

/* ---- 100 MB each way ---- */

static size_t peak(pid_t pid, bool reset) {
  char path[60], line[200];
  unsigned long kb = 0;
  snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, reset ? "clear_refs" : "status");
  FILE *f = fopen(path, reset ? "w" : "r");
  if (f && reset)
    fputs("5", f);
  while (f && !reset && fgets(line, sizeof line, f))
    if (sscanf(line, "VmHWM: %lu", &kb) == 1)
      break;
  if (f)
    fclose(f);
  return kb * 1024;
}

static void assert_grew(size_t before, double most_mb) {
  double mb = ((double)peak(weir.pid, false) - (double)before) / MB;
  print_message("weir grew by %.1f MB\n", mb);
  assert_true(SANITIZED || mb <= most_mb);
}

static void big_both_ways(struct site *site, const char *const *arguments, double most_mb) {
  char from[300], to[300];
  size_t n, before;
  snprintf(from, sizeof from, "%s/www/big", site->folder);
  snprintf(to, sizeof to, "%s/www/up", site->folder);
  start(arguments);
  assert_says((const char *[]){at_origin("/ok"), NULL}, "ok");

  peak(weir.pid, true);
  before = net_rss(weir.pid);
  struct got g = curl((const char *[]){url("127.0.0.1", site->port, "/big"), NULL});
  assert_int_equal(g.status, 0);
  assert_pattern(g.bytes, g.n, BIG);
  free(g.bytes);
  assert_grew(before, most_mb);

  peak(weir.pid, true);
  before = net_rss(weir.pid);
  assert_says((const char *[]){"-T", from, "-w", "%{http_code}", url("127.0.0.1", site->port, "/up"), NULL}, "201");
  assert_grew(before, most_mb);
  char *came = site_read(to, &n);
  assert_non_null(came);
  assert_pattern(came, n, BIG);
  free(came);
  unlink(to);
  stop();

  json_t *rows = rows_read(rows_path);
  const json_t *down = json_object_get(rows_one(rows, "/big"), "response"),
               *up = json_object_get(rows_one(rows, "/up"), "request");
  assert_int_equal(json_integer_value(json_object_get(down, "size")), BIG);
  assert_int_equal(json_integer_value(json_object_get(up, "size")), BIG);
  assert_true((double)json_integer_value(json_object_get(down, "size_kept")) <= (most_mb - 4) * MB);
  assert_true(json_integer_value(json_object_get(up, "size_kept")) > 0);
  json_decref(rows);
}

static void a_hundred_megabytes_each_way(void **state) {
  struct site site;
  (void)state;
  site_need(&site);
  char *pattern = site_pattern(BIG);
  site_put(&site, "big", pattern, BIG);
  free(pattern);
  big_both_ways(&site, (const char *[]){"--body-limit", "1M", "--memory", "64M", NULL}, 1 + 4);
  big_both_ways(&site, NULL, 16 + 4);
  site_close(&site);
}

/* ---- tunnels, streams, pipelines ---- */

static void a_tunnel_carries_http(void **state) {
  (void)state;
  start((const char *[]){"--no-tls", NULL});
  struct got g = curl((const char *[]){"-p", at_origin("/size/200000"), at_origin("/chunked/70000"), NULL});
  assert_int_equal(g.status, 0);
  assert_int_equal(g.n, 270000);
  assert_pattern(g.bytes, 200000, 200000);
  assert_pattern(g.bytes + 200000, 70000, 70000);
  free(g.bytes);
  stop();
  json_t *rows = rows_read(rows_path);
  assert_int_equal(json_array_size(rows), 1);
  const json_t *row = json_array_get(rows, 0);
  assert_string_equal(json_string_value(json_object_get(row, "kind")), "tunnel");
  assert_true(json_integer_value(json_object_get(row, "bytes_down")) > 270000);
  json_decref(rows);
}

static void events_arrive_as_they_are_sent(void **state) {
  (void)state;
  char text[2000];
  int port, listener = net_listen(&port);
  start(NULL);
  struct net_program p = curl_start((const char *[]){"-N", url("127.0.0.1", port, "/events"), NULL});
  int served = net_accept(listener);
  assert_true(served >= 0);
  assert_true(net_until(served, "\r\n\r\n", text, sizeof text));
  net_send(served, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 20; i++) { /* the next one is not sent before curl has printed this one */
    char event[40], chunk[60];
    snprintf(event, sizeof event, "data: %d\n\n", i);
    snprintf(chunk, sizeof chunk, "%zx\r\n%s\r\n", strlen(event), event);
    net_send(served, chunk);
    assert_true(net_until(p.out, event, text, sizeof text));
    assert_string_equal(text, event);
  }
  net_send(served, "0\r\n\r\n");
  struct got g = curl_end(&p);
  assert_int_equal(g.status, 0);
  assert_int_equal(g.n, 0);
  free(g.bytes);
  close(served);
  close(listener);
  stop();
}

static void pipelined_requests_are_answered_in_order(void **state) {
  (void)state;
  char text[1000];
  start(NULL);
  int fd = net_connect(weir.port), p = origin.port;
  snprintf(text, sizeof text,
           "GET http://127.0.0.1:%d/size/70000 HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n"
           "POST http://127.0.0.1:%d/echo HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: 5\r\n\r\nfirst"
           "HEAD http://127.0.0.1:%d/ok HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n"
           "GET http://127.0.0.1:%d/drip HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n"
           "POST http://127.0.0.1:%d/echo HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nTransfer-Encoding: chunked\r\n\r\n"
           "3\r\nsec\r\n3\r\nond\r\n0\r\n\r\n",
           p, p, p, p, p, p, p, p, p, p);
  assert_true(net_send(fd, text));
  static const char *const want[] = {NULL, "first", "", "drip by drip", "second"};
  for (int i = 0; i < 5; i++) {
    struct net_response r = net_response(fd, i == 2);
    /* origin answers HEAD with a body; what follows its head is not ours, so it ends that upstream connection */
    assert_int_equal(r.status, 200);
    assert_true(r.complete);
    if (want[i])
      assert_string_equal(r.body, want[i]);
    else
      assert_pattern(r.body, r.n, 70000);
    net_response_free(&r);
  }
  close(fd);
  stop();
}

/* ---- addresses and names ---- */

static void ipv6_on_both_sides(void **state) {
  struct site site;
  (void)state;
  site_need(&site);
  if (!site.six) {
    site_close(&site);
    print_message("this machine has no IPv6 loopback\n");
    skip();
  }
  char *pattern = site_pattern(100000), six[60];
  site_put(&site, "six", pattern, 100000);
  free(pattern);
  start((const char *[]){"--listen", "[::1]:0", NULL});
  snprintf(six, sizeof six, "http://[::1]:%d", weir.port);
  struct got g = curl((const char *[]){"-x", six, url("[::1]", site.port, "/six"), NULL});
  assert_int_equal(g.status, 0);
  assert_pattern(g.bytes, g.n, 100000);
  free(g.bytes);
  g = curl((const char *[]){"-x", six, "-p", url("[::1]", site.port, "/six"), NULL});
  assert_int_equal(g.status, 0);
  assert_pattern(g.bytes, g.n, 100000);
  free(g.bytes);
  stop();
  site_close(&site);
}

static void a_name_of_two_addresses_finds_the_one_that_listens(void **state) {
  (void)state;
  start(NULL);
  assert_says((const char *[]){"--max-time", "5", url("localhost", origin.port, "/ok"),
                               url("LOCALHOST", origin.port, "/ok"), NULL},
              "okok");
  assert_says((const char *[]){"-p", "--max-time", "5", url("localhost", origin.port, "/ok"), NULL}, "ok");
  stop();
}

/* ---- errors ---- */

static void assert_fails(const char *at, const char *codes, const char *words, double seconds) {
  double began = net_now();
  struct got g = curl((const char *[]){"-w", "\n%{http_code}", at, NULL});
  char *code = strrchr(g.bytes, '\n');
  assert_int_equal(g.status, 0);
  assert_non_null(code);
  print_message("%s: %s\n", at, g.bytes);
  assert_non_null(strstr(codes, code + 1));
  assert_non_null(strstr(g.bytes, words));
  assert_true(net_now() - began < seconds);
  free(g.bytes);
}

/* Takes connections without ever accepting them, until no more fit: a further one hangs. */
static int full_listener(int *port, int fds[8]) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof a;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_int_equal(bind(listener, (struct sockaddr *)&a, sizeof a), 0);
  assert_int_equal(listen(listener, 0), 0);
  assert_int_equal(getsockname(listener, (struct sockaddr *)&a, &size), 0);
  for (int i = 0; i < 8; i++) {
    fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    (void)!connect(fds[i], (struct sockaddr *)&a, sizeof a);
  }
  *port = ntohs(a.sin_port);
  return listener;
}

static void errors_are_told_soon_and_in_words(void **state) {
  (void)state;
  int port, fds[8], closed = net_listen(&port);
  close(closed);
  start((const char *[]){"--timeout-name", "1", "--timeout-connect", "0.5", "--timeout-response", "0.5", NULL});
  assert_fails(url("127.0.0.1", port, "/"), "502", "refused", 3);
  assert_fails("http://nosuch.invalid/", "502 504", "nosuch.invalid", 6);
  assert_fails(at_origin("/stall"), "504", "0.5", 3);
  assert_fails(at_origin("/close"), "502", "weir: ", 3);
  assert_fails(at_origin("/half-head"), "502", "weir: ", 3);
  int listener = full_listener(&port, fds);
  assert_fails(url("127.0.0.1", port, "/"), "504", "127.0.0.1", 4);
  for (int i = 0; i < 8; i++)
    close(fds[i]);
  close(listener);
  assert_says((const char *[]){at_origin("/ok"), NULL}, "ok");
  /* CONNECT that fails: curl says so with 56, and the proxy's status */
  struct got g = curl((const char *[]){"-p", "-w", "%{http_connect}", url("127.0.0.1", port, "/"), NULL});
  assert_int_equal(g.status, 56);
  assert_string_equal(g.bytes, "502");
  free(g.bytes);
  stop();
}

static void unknown_names_hold_nobody_up(void **state) {
  (void)state;
  char text[200];
  int fds[6];
  start((const char *[]){"--timeout-name", "8", NULL});
  for (int i = 0; i < 6; i++) {
    fds[i] = net_connect(weir.port);
    snprintf(text, sizeof text, "GET http://nosuch%d.invalid/ HTTP/1.1\r\nHost: nosuch%d.invalid\r\n\r\n", i, i);
    assert_true(net_send(fds[i], text));
  }
  double began = net_now();
  for (int i = 0; i < 20; i++)
    assert_int_equal(net_status(weir.port, origin.port, "/ok"), 200);
  assert_true(net_now() - began < 2);
  for (int i = 0; i < 6; i++) {
    struct net_response r = net_response(fds[i], false);
    assert_true(r.status == 502 || r.status == 504);
    assert_true(r.complete);
    net_response_free(&r);
    close(fds[i]);
  }
  stop();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(two_requests_on_one_connection, setup, teardown),
      cmocka_unit_test_setup_teardown(bodies_of_every_framing, setup, teardown),
      cmocka_unit_test_setup_teardown(old_http_gets_no_chunks, setup, teardown),
      cmocka_unit_test_setup_teardown(head_has_length_and_no_body, setup, teardown),
      cmocka_unit_test_setup_teardown(uploads_of_every_framing, setup, teardown),
      cmocka_unit_test_setup_teardown(a_hundred_continue_comes_through, setup, teardown),
      cmocka_unit_test_setup_teardown(a_hundred_megabytes_each_way, setup, teardown),
      cmocka_unit_test_setup_teardown(a_tunnel_carries_http, setup, teardown),
      cmocka_unit_test_setup_teardown(events_arrive_as_they_are_sent, setup, teardown),
      cmocka_unit_test_setup_teardown(pipelined_requests_are_answered_in_order, setup, teardown),
      cmocka_unit_test_setup_teardown(ipv6_on_both_sides, setup, teardown),
      cmocka_unit_test_setup_teardown(a_name_of_two_addresses_finds_the_one_that_listens, setup, teardown),
      cmocka_unit_test_setup_teardown(errors_are_told_soon_and_in_words, setup, teardown),
      cmocka_unit_test_setup_teardown(unknown_names_hold_nobody_up, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
