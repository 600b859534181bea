/*
 * Faults with real sockets: what servers and clients do when they go wrong, many at a time, and what weir may not lose
 * over it: descriptors, memory, CPU, and the next request.
 */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "net.h"

static struct net_program weir, origin;
static size_t fds_at_start;

static void wait_quiet(void) {
  if (!net_wait_fds(weir.pid, fds_at_start + 34)) /* the pool keeps up to 32 idle connections to the one origin */
    fail_msg("%zu descriptors are open, %zu at the start", net_fds(weir.pid), fds_at_start);
}

static void works(void) {
  assert_int_equal(net_status(weir.port, origin.port, "/ok"), 200);
}

static int start(void **state) {
  (void)state;
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  origin = net_origin();
  const char *arguments[] = {"--memory", "64M", "--no-tls", NULL};
  weir = net_weir(arguments);
  fds_at_start = net_fds(weir.pid);
  return 0;
}

static int stop(void **state) {
  (void)state;
  int status = net_stop(&weir);
  net_stop(&origin);
  return status != 0;
}

/* weir's output has to be read, or its lines pile up (up to their cap) in the middle of a memory measurement. */
static void drain(void) {
  char piece[65536];
  while (net_readable(weir.out, 0) && read(weir.out, piece, sizeof piece) > 0)
    ;
}

static int settle(void **state) {
  (void)state;
  drain();
  return 0;
}

/* ---- servers ---- */

static void server_failures(void **state) {
  (void)state;
  static const char *const paths[] = {"/reset", "/reset-head", "/half-head", "/close"};
  for (size_t i = 0; i < 4; i++) {
    double before = net_now();
    assert_int_equal(net_status(weir.port, origin.port, paths[i]), 502);
    assert_true(net_now() - before < 3);
  }
  works();
}

static void cut_bodies_look_cut(void **state) {
  (void)state;
  static const char *const paths[] = {"/cut", "/cut-chunked", "/cut-close"};
  for (size_t i = 0; i < 3; i++) {
    int fd = net_connect(weir.port);
    double before = net_now();
    net_get(fd, origin.port, paths[i]);
    struct net_response r = net_response(fd, false);
    assert_int_equal(r.status, 200);
    assert_true(r.cut);
    assert_true(net_now() - before < 3);
    net_response_free(&r);
    close(fd);
  }
}

static void fifty_resets_leave_nothing(void **state) {
  (void)state;
  for (int i = 0; i < 50; i++)
    assert_int_equal(net_status(weir.port, origin.port, "/reset"), 502);
  wait_quiet();
}

static void a_failure_is_not_remembered(void **state) {
  (void)state;
  struct net_program other = net_origin();
  int port = other.port;
  net_stop(&other);
  assert_int_equal(net_status(weir.port, port, "/ok"), 502);
  works();
}

static void drips_are_complete_and_hold_nobody(void **state) {
  (void)state;
  int slow = net_connect(weir.port);
  net_get(slow, origin.port, "/drip");
  for (int i = 0; i < 20; i++)
    works();
  struct net_response r = net_response(slow, false);
  assert_true(r.complete);
  assert_string_equal(r.body, "drip by drip");
  net_response_free(&r);
  close(slow);
}

static void a_client_that_drips_is_served(void **state) {
  (void)state;
  char text[200];
  snprintf(text, sizeof text,
           "POST http://127.0.0.1:%d/echo HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: 5\r\n\r\nhello",
           origin.port, origin.port);
  int slow = net_connect(weir.port);
  for (const char *c = text; *c; c++) {
    assert_true(net_send_n(slow, c, 1));
    if (c - text < 20)
      works(); /* takes its time, and shows that others are served meanwhile */
  }
  struct net_response r = net_response(slow, false);
  assert_string_equal(r.body, "hello");
  net_response_free(&r);
  close(slow);
}

/* ---- no CPU while nothing moves ---- */

static void assert_calm(const char *when) {
  double cpu = net_cpu_while(weir.pid, 0.6);
  if (cpu > 0.1)
    fail_msg("%.2f s of CPU in 0.6 s while %s", cpu, when);
}

static void waiting_burns_nothing(void **state) {
  (void)state;
  int silent = net_connect(weir.port);
  net_get(silent, origin.port, "/stall");
  assert_false(net_readable(silent, 0.1));
  assert_calm("the origin is silent");

  int half = net_connect(weir.port);
  net_get(half, origin.port, "/drip");
  shutdown(half, SHUT_WR);
  struct net_response r = net_response(half, false);
  assert_true(r.complete);
  net_response_free(&r);
  close(half);

  int lazy = net_connect(weir.port);
  net_get(lazy, origin.port, "/size/64000000");
  assert_true(net_readable(lazy, 5));
  net_cpu_while(weir.pid, 0.4); /* until the buffers in between are full */
  assert_calm("a client reads nothing of a large response");
  works();
  close(lazy);

  int kept = net_connect(weir.port);
  net_get(kept, origin.port, "/fin");
  r = net_response(kept, false);
  assert_int_equal(r.status, 200);
  net_response_free(&r);
  assert_calm("the origin has ended its direction and the client stays");
  close(kept);
  close(silent);
  wait_quiet();
  assert_calm("nothing happens");
}

static void a_leaving_client_frees_the_server(void **state) {
  (void)state;
  size_t before = net_fds(weir.pid);
  int fd = net_connect(weir.port);
  net_get(fd, origin.port, "/stall");
  for (double end = net_now() + 5; net_fds(weir.pid) < before + 2 && net_now() < end;)
    poll(NULL, 0, 2);
  assert_true(net_fds(weir.pid) >= before + 1);
  net_reset(fd);
  double start_of_wait = net_now();
  wait_quiet();
  assert_true(net_now() - start_of_wait < 8);
}

/* ---- many ---- */

static void hundred_clients_reset_at_once(void **state) {
  (void)state;
  for (int i = 0; i < 100; i++) {
    int fd = net_connect(weir.port);
    net_get(fd, origin.port, "/ok");
    net_reset(fd);
  }
  works();
  wait_quiet();
}

static void thousand_connections_with_one_request(void **state) {
  (void)state;
  for (int i = 0; i < 125; i++) {
    int fd[8];
    for (int k = 0; k < 8; k++) {
      fd[k] = net_connect(weir.port);
      net_get(fd[k], origin.port, "/size/3000");
    }
    for (int k = 0; k < 8; k++) {
      struct net_response r = net_response(fd[k], false);
      assert_true(r.complete && r.n == 3000);
      assert_int_equal((unsigned char)r.body[2999], (unsigned char)(2999 * 7 + (2999 >> 8)));
      net_response_free(&r);
      close(fd[k]);
    }
    drain();
  }
  wait_quiet();
}

static void connections_that_send_nothing_or_half_a_head(void **state) {
  (void)state;
  for (int i = 0; i < 1000; i++)
    close(net_connect(weir.port));
  works();
  size_t rss = net_rss(weir.pid);
  for (int i = 0; i < 500; i++) {
    int fd = net_connect(weir.port);
    net_send(fd, "GET http://127.0.0.1/ HTTP/1.1\r\nHost: 127.0");
    close(fd);
  }
  works();
  wait_quiet();
  assert_true(net_rss(weir.pid) < rss + (8 << 20));
}

static void two_thousand_slow_clients(void **state) {
  (void)state;
  enum { MANY = 2000 };
  static int fd[MANY];
  for (int i = 0; i < MANY; i++) {
    fd[i] = net_connect(weir.port);
    net_send(fd[i], "GET http://127.0.0.1/ HT");
  }
  double before = net_now();
  works();
  assert_true(net_now() - before < 5);
  net_cpu_while(weir.pid, 0.3);
  assert_calm("2,000 slow clients are held");
  for (int i = 0; i < MANY; i++)
    close(fd[i]);
  before = net_now();
  works();
  wait_quiet();
  assert_true(net_now() - before < 10);
}

static void eleven_hundred_in_flight(void **state) {
  (void)state;
  enum { MANY = 1100 };
  static int fd[MANY];
  for (int i = 0; i < MANY; i++) {
    fd[i] = net_connect(weir.port);
    net_get(fd[i], origin.port, "/stall");
  }
  for (double end = net_now() + 10; net_fds(weir.pid) < fds_at_start + 2 * MANY && net_now() < end;)
    poll(NULL, 0, 5);
  assert_true(net_fds(weir.pid) >= fds_at_start + 2 * MANY);
  double before = net_now();
  for (int i = 0; i < 50; i++)
    works();
  assert_true(net_now() - before < 5);
  for (int i = 0; i < MANY; i++)
    net_reset(fd[i]);
  wait_quiet();
  drain();
}

static void full_duplex_echo(void **state) {
  (void)state;
  enum { SIZE = 8 << 20 };
  char *body = malloc(SIZE), head[200];
  for (int i = 0; i < SIZE; i++)
    body[i] = (char)(i * 31);
  snprintf(head, sizeof head, "POST http://127.0.0.1:%d/echo HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n",
           origin.port, SIZE);
  int fd = net_connect(weir.port);
  assert_true(net_send(fd, head) && net_send_n(fd, body, SIZE));
  struct net_response r = net_response(fd, false);
  assert_true(r.complete);
  assert_int_equal(r.n, SIZE);
  assert_memory_equal(r.body, body, SIZE);
  net_response_free(&r);
  free(body);
  close(fd);
}

/* What a client gets under random faults is right, an error, or visibly cut: never wrong bytes. */
static void random_faults(void **state) {
  (void)state;
  static const char *const paths[] = {"/ok",        "/size/20000", "/chunked/20000", "/close-end/20000",
                                      "/reset",     "/cut",        "/cut-chunked",   "/cut-close",
                                      "/half-head", "/close",      "/drip",          "/fin"};
  unsigned seed = 7;
  for (int round = 0; round < 34; round++) {
    int fd[12], kind[12];
    for (int k = 0; k < 12; k++) {
      seed = seed * 1103515245u + 12345u;
      kind[k] = (int)(seed >> 16) % 12;
      fd[k] = net_connect(weir.port);
      net_get(fd[k], origin.port, paths[kind[k]]);
    }
    for (int k = 0; k < 12; k++) {
      struct net_response r = net_response(fd[k], false);
      bool right = r.complete && r.status == 200;
      if (right && (kind[k] >= 1 && kind[k] <= 3)) {
        assert_int_equal(r.n, 20000);
        for (size_t i = 0; i < r.n; i++)
          assert_int_equal((unsigned char)r.body[i], (unsigned char)(i * 7 + (i >> 8)));
      } else if (right) {
        assert_true(kind[k] == 0 || kind[k] == 10 || kind[k] == 11);
      } else if (r.complete) {
        assert_int_equal(r.status, 502);
      } else {
        assert_true(r.cut);
        assert_true(kind[k] >= 5 && kind[k] <= 7);
      }
      net_response_free(&r);
      close(fd[k]);
    }
  }
  works();
  wait_quiet();
}

/* ---- tunnels ---- */

static int tunnel(int port) {
  char text[200];
  int fd = net_connect(weir.port);
  snprintf(text, sizeof text, "CONNECT 127.0.0.1:%d HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n", port, port);
  assert_true(net_send(fd, text));
  char answer[200];
  size_t n = 0;
  while (n < sizeof answer - 1 && recv(fd, answer + n, 1, 0) == 1 && ++n &&
         !(n > 4 && !memcmp(answer + n - 4, "\r\n\r\n", 4)))
    ;
  answer[n] = '\0';
  assert_non_null(strstr(answer, " 200 "));
  return fd;
}

static void idle_tunnels(void **state) {
  (void)state;
  int fd[150];
  for (int i = 0; i < 150; i++)
    fd[i] = tunnel(origin.port);
  works();
  net_cpu_while(weir.pid, 0.2);
  assert_calm("150 tunnels are idle");
  for (int i = 0; i < 150; i++)
    close(fd[i]);
  wait_quiet();
}

static void http_inside_a_tunnel_twice(void **state) {
  (void)state;
  int fd = tunnel(origin.port);
  for (int i = 0; i < 2; i++) {
    assert_true(net_send(fd, "GET /size/1000 HTTP/1.1\r\nHost: x\r\n\r\n"));
    struct net_response r = net_response(fd, false);
    assert_true(r.complete && r.n == 1000);
    net_response_free(&r);
  }
  close(fd);
}

static void tunnels_end_with_either_side(void **state) {
  (void)state;
  int fd = tunnel(origin.port);
  assert_true(net_send(fd, "GET /reset HTTP/1.1\r\nHost: x\r\n\r\n"));
  double before = net_now();
  char c;
  assert_true(recv(fd, &c, 1, 0) <= 0);
  assert_true(net_now() - before < 3);
  close(fd);
  fd = tunnel(origin.port);
  net_reset(fd);
  wait_quiet();
}

static void a_tunnel_holds_the_origin_back(void **state) {
  (void)state;
  int fd = tunnel(origin.port);
  size_t before = net_rss(weir.pid);
  assert_true(net_send(fd, "GET /size/100000000 HTTP/1.1\r\nHost: x\r\n\r\n"));
  net_cpu_while(weir.pid, 0.5);
  assert_true(net_rss(weir.pid) < before + (8 << 20));
  struct net_response r = net_response(fd, false);
  assert_true(r.complete && r.n == 100000000);
  net_response_free(&r);
  close(fd);
}

/* ---- descriptors run out ---- */

static void out_of_descriptors(void **state) {
  (void)state;
  const char *weir_path = getenv("WEIR") ? getenv("WEIR") : "build/weir";
  char command[700];
  snprintf(command, sizeof command, "ulimit -n 64; exec '%s' --headless --listen 127.0.0.1:0", weir_path);
  const char *argv[] = {"sh", "-c", command, NULL};
  struct net_program small = net_start(argv);
  char line[300] = "";
  for (size_t n = 0; n + 1 < sizeof line && !strstr(line, "\n") && read(small.err, line + n, 1) == 1; n++)
    ;
  const char *at = strstr(line, "127.0.0.1:");
  assert_non_null(at);
  small.port = atoi(at + 10);
  int fd[100];
  for (int i = 0; i < 100; i++)
    fd[i] = net_connect(small.port);
  double cpu = net_cpu_while(small.pid, 0.5);
  assert_true(cpu < 0.1);
  for (int i = 0; i < 100; i++)
    close(fd[i]);
  assert_int_equal(net_status(small.port, origin.port, "/ok"), 200);
  assert_int_equal(net_stop(&small), 0);
}

/* ---- names ---- */

static void unknown_names_hold_nobody(void **state) {
  (void)state;
  int fd[6];
  double before = net_now();
  for (int i = 0; i < 6; i++) {
    char text[200];
    fd[i] = net_connect(weir.port);
    snprintf(text, sizeof text, "GET http://no-such-name-%d.invalid/ HTTP/1.1\r\nHost: no-such-name-%d.invalid\r\n\r\n",
             i, i);
    net_send(fd[i], text);
  }
  for (int i = 0; i < 10; i++)
    works();
  assert_true(net_now() - before < 3);
  for (int i = 0; i < 6; i++) {
    struct net_response r = net_response(fd[i], false);
    assert_true(r.status == 502 || r.status == 504);
    net_response_free(&r);
    close(fd[i]);
  }
  assert_true(net_now() - before < 12);
}

static void nothing_is_left_at_the_end(void **state) {
  (void)state;
  drain();
  wait_quiet();
  works();
  assert_true(net_rss(weir.pid) < (size_t)200 << 20);
}

int main(void) {
#define T(f) cmocka_unit_test_setup(f, settle)
  const struct CMUnitTest tests[] = {
      T(server_failures),
      T(cut_bodies_look_cut),
      T(fifty_resets_leave_nothing),
      T(a_failure_is_not_remembered),
      T(drips_are_complete_and_hold_nobody),
      T(a_client_that_drips_is_served),
      T(waiting_burns_nothing),
      T(a_leaving_client_frees_the_server),
      T(hundred_clients_reset_at_once),
      T(thousand_connections_with_one_request),
      T(connections_that_send_nothing_or_half_a_head),
      T(two_thousand_slow_clients),
      T(eleven_hundred_in_flight),
      T(full_duplex_echo),
      T(random_faults),
      T(idle_tunnels),
      T(http_inside_a_tunnel_twice),
      T(tunnels_end_with_either_side),
      T(a_tunnel_holds_the_origin_back),
      T(out_of_descriptors),
      T(unknown_names_hold_nobody),
      T(nothing_is_left_at_the_end),
  };
  return cmocka_run_group_tests(tests, start, stop);
}
