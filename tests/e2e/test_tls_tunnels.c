/* What a tunnel may hold beside HTTPS, and what many intercepted connections leave behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "fixture.h"
#include "rows.h"
#include "sanitized.h"
#include "tls_dial.h"

static const struct dial_wish *trusting(void) {
  static struct dial_wish w;
  w = (struct dial_wish){.ca = fixture.lab.weir_ca, .sni = "localhost", .verify = "localhost"};
  return &w;
}

static void assert_name(struct dial *d, const char *name) {
  struct net_response r = dial_get(d, "localhost", "/");
  assert_int_equal(r.status, 200);
  assert_string_equal(r.body, name);
  net_response_free(&r);
}

/* ---- what stays a tunnel ---- */

static void passthrough_leaves_the_server_in_sight(void **state) {
  (void)state;
  struct origin_tls wish = {.pem = lab_pem(&fixture.lab, LAB_GOOD)};
  struct origin o = origin_start(origin_tls, &wish);
  lab_weir(&fixture.lab, (const char *[]){"--passthrough", "localhost,*.example.test", NULL});
  static const struct {
    const char *host, *sni;
  } asked[] = {{"localhost", "localhost"}, {"127.0.0.1", "www.example.test"}};
  for (size_t i = 0; i < 2; i++) {
    struct dial d; /* who trusts the test's authority alone is content */
    assert_true(dial_open(&d, fixture.lab.weir.port, asked[i].host, o.port,
                          &(struct dial_wish){.ca = fixture.lab.ca, .sni = asked[i].sni, .verify = asked[i].sni}));
    assert_name(&d, asked[i].sni);
    dial_close(&d);
  }
  struct dial d; /* and others are opened all the same */
  assert_true(dial_open(&d, fixture.lab.weir.port, "127.0.0.1", o.port,
                        &(struct dial_wish){.ca = fixture.lab.weir_ca, .verify = "127.0.0.1"}));
  assert_name(&d, "(none)");
  dial_close(&d);
  json_t *rows = lab_rows(&fixture.lab);
  assert_int_equal(json_array_size(rows), 3);
  int tunnels = 0;
  size_t i;
  const json_t *row;
  json_array_foreach(rows, i, row) {
    if (strcmp(json_string_value(json_object_get(row, "kind")), "tunnel") != 0)
      continue;
    tunnels++;
    assert_true(json_integer_value(json_object_get(row, "bytes_up")) > 200);
    assert_true(json_integer_value(json_object_get(row, "bytes_down")) > 500);
  }
  assert_int_equal(tunnels, 2);
  json_decref(rows);
  origin_stop(&o);
}

static void greets(int fd, void *arg, struct origin_count *count) {
  char piece[100];
  (void)arg;
  (void)count;
  net_send(fd, "220 mail.test ready\r\n");
  for (ssize_t k; (k = recv(fd, piece, sizeof piece, 0)) > 0;)
    net_send_n(fd, piece, (size_t)k);
}

static void a_server_that_speaks_first_is_heard(void **state) {
  (void)state;
  char text[200];
  struct origin o = origin_start(greets, NULL);
  int fd = dial_tunnel(fixture.lab.weir.port, "localhost", o.port);
  assert_true(net_until(fd, "220 mail.test ready\r\n", text, sizeof text));
  assert_true(net_send(fd, "EHLO me\r\n"));
  assert_true(net_until(fd, "EHLO me\r\n", text, sizeof text));
  close(fd);
  json_t *rows = lab_rows(&fixture.lab);
  assert_int_equal(json_array_size(rows), 1);
  const json_t *row = json_array_get(rows, 0);
  assert_string_equal(json_string_value(json_object_get(row, "kind")), "tunnel");
  assert_int_equal(json_integer_value(json_object_get(row, "bytes_up")), 9);
  assert_int_equal(json_integer_value(json_object_get(row, "bytes_down")), 30);
  json_decref(rows);
  origin_stop(&o);
}

static void plain_http_in_a_tunnel_is_http(void **state) {
  (void)state;
  struct net_program origin = net_origin();
  int fd = dial_tunnel(fixture.lab.weir.port, "localhost", origin.port);
  for (int i = 0; i < 2; i++) {
    char text[100];
    snprintf(text, sizeof text, "GET /size/%d HTTP/1.1\r\nHost: localhost\r\n\r\n", 1000 + i);
    assert_true(net_send(fd, text));
    struct net_response r = net_response(fd, false);
    assert_true(r.complete);
    assert_int_equal(r.n, 1000 + i);
    net_response_free(&r);
  }
  close(fd);
  json_t *rows = lab_rows(&fixture.lab);
  assert_int_equal(json_array_size(rows), 2);
  assert_string_equal(json_string_value(json_object_get(rows_one(rows, "/size/1001"), "kind")), "http");
  json_decref(rows);
  net_stop(&origin);
}

static void other_protocols_inside_tls_end_in_time(void **state) {
  (void)state;
  char text[400];
  struct origin_tls wish = {.pem = lab_pem(&fixture.lab, LAB_GOOD), .greeting = "* OK IMAP ready\r\n", .echo = true};
  struct origin o = origin_start(origin_tls, &wish);
  struct dial d;
  assert_true(dial_open(&d, fixture.lab.weir.port, "localhost", o.port, trusting()));
  double began = net_now();
  assert_true(dial_send(&d, "\x01\x02 not http\r\n\r\n"));
  while (!d.closed && !d.broken)
    dial_until(&d, "no such text", text, sizeof text);
  assert_true(net_now() - began < 6);
  dial_close(&d);
  origin_stop(&o);
}

static void a_websocket_inside_tls(void **state) {
  (void)state;
  char text[1000];
  struct origin_tls wish = {.pem = lab_pem(&fixture.lab, LAB_GOOD),
                            .answer =
                                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                "Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
                                "\x81\x05hello",
                            .echo = true};
  struct origin o = origin_start(origin_tls, &wish);
  struct dial d;
  assert_true(dial_open(&d, fixture.lab.weir.port, "localhost", o.port, trusting()));
  assert_true(dial_send(&d, "GET /chat HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"));
  assert_true(dial_until(&d, "\r\n\r\n", text, sizeof text));
  assert_int_equal(strncmp(text, "HTTP/1.1 101 ", 13), 0);
  assert_true(dial_until(&d, "\x81\x05hello", text, sizeof text));
  enum { SIZE = 300000 };
  char *sent = site_pattern(SIZE), *got = malloc(SIZE);
  for (size_t at = 0; at < SIZE; at += 10000) { /* frames of any bytes come back as they are */
    assert_true(dial_send_n(&d, sent + at, 10000));
    for (size_t n = 0; n < 10000;) {
      int k = SSL_read(d.ssl, got + at + n, (int)(10000 - n));
      assert_true(k > 0);
      n += (size_t)k;
    }
  }
  assert_memory_equal(got, sent, SIZE);
  free(sent);
  free(got);
  dial_close(&d);
  json_t *rows = lab_rows(&fixture.lab);
  const json_t *row = rows_one(rows, "/chat");
  assert_int_equal(json_integer_value(json_object_get(row, "status")), 101);
  assert_true(json_is_null(json_object_get(row, "error")));
  json_decref(rows);
  origin_stop(&o);
}

/* ---- many, and long ---- */

static void drain(void) {
  char piece[65536];
  while (net_readable(fixture.lab.weir.out, 0) && read(fixture.lab.weir.out, piece, sizeof piece) > 0)
    ;
}

static void assert_rss_below(size_t most) {
  assert_true(SANITIZED || net_rss(fixture.lab.weir.pid) < most);
}

static void half_hellos_leave_nothing(void **state) {
  (void)state;
  enum { MANY = 20 };
  size_t before = net_fds(fixture.lab.weir.pid), n;
  int fd[MANY], port, listener = net_listen(&port);
  char *hello = dial_hello(&(struct dial_wish){.sni = "localhost"}, &n);
  for (int i = 0; i < MANY; i++) {
    fd[i] = dial_tunnel(fixture.lab.weir.port, "localhost", port);
    assert_true(net_send_n(fd[i], hello, (size_t)(i + 1) * n / (MANY + 2)));
  }
  assert_true(net_fds(fixture.lab.weir.pid) >= before + MANY);
  assert_true(net_cpu_while(fixture.lab.weir.pid, 0.4) < 0.1);
  for (int i = 0; i < MANY; i++)
    if (i % 2)
      close(fd[i]);
    else
      net_reset(fd[i]);
  assert_true(net_wait_fds(fixture.lab.weir.pid, before + 1));
  /* the loop may have made its epoll descriptor since */ /* though the server stays */
  close(listener);
  free(hello);
}

static void many_connections_leave_nothing(void **state) {
  struct site site;
  (void)state;
  enum { ROUNDS = 38, ROUND = 4, WARM = 12 };
  site_need_tls(&site, &(struct site_tls){.pem = lab_pem(&fixture.lab, LAB_GOOD)}, 1);
  char *pattern = site_pattern(20000);
  site_put(&site, "file", pattern, 20000);
  size_t fds = 0, rss = 0;
  for (int i = 0; i < WARM + ROUNDS; i++) {
    struct dial d[ROUND];
    if (i == WARM) {
      fds = net_fds(fixture.lab.weir.pid);
      rss = net_rss(fixture.lab.weir.pid);
    }
    for (int k = 0; k < ROUND; k++)
      assert_true(dial_open(&d[k], fixture.lab.weir.port, "localhost", site.tls_port[0], trusting()));
    for (int k = 0; k < ROUND; k++)
      assert_true(dial_send(&d[k], "GET /file HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    for (int k = 0; k < ROUND; k++) {
      struct net_response r = dial_response(&d[k], false);
      assert_true(r.complete);
      assert_int_equal(r.n, 20000);
      assert_memory_equal(r.body, pattern, 20000);
      net_response_free(&r);
      dial_close(&d[k]);
    }
    drain();
  }
  free(pattern);
  assert_true(net_wait_fds(fixture.lab.weir.pid, fds + ROUND)); /* idle ones to the one server stay */
  size_t grown = net_rss(fixture.lab.weir.pid) - rss;           /* each of the flows keeps its body and head */
  print_message("%zu bytes more after %d connections\n", grown, ROUNDS * ROUND);
  assert_rss_below(rss + (size_t)ROUNDS * ROUND * 40000 + (8 << 20));
  site_close(&site);
}

static void an_idle_connection_burns_nothing(void **state) {
  (void)state;
  struct origin_tls wish = {.pem = lab_pem(&fixture.lab, LAB_GOOD)};
  struct origin o = origin_start(origin_tls, &wish);
  struct dial d, begun;
  assert_true(dial_open(&d, fixture.lab.weir.port, "localhost", o.port, trusting()));
  assert_name(&d, "localhost");
  assert_true(dial_open(&begun, fixture.lab.weir.port, "localhost", o.port, trusting()));
  assert_true(dial_send(&begun, "GET / HTTP/1.1\r\nHost"));
  assert_true(net_cpu_while(fixture.lab.weir.pid, 1) < 0.1);
  assert_name(&d, "localhost");
  dial_close(&d);
  dial_close(&begun);
  origin_stop(&o);
}

static void a_client_that_reads_nothing_burns_nothing(void **state) {
  (void)state;
  struct site site;
  enum { SIZE = 30 << 20 };
  site_need_tls(&site, &(struct site_tls){.pem = lab_pem(&fixture.lab, LAB_GOOD)}, 1);
  char *pattern = site_pattern(SIZE);
  site_put(&site, "file", pattern, SIZE);
  struct dial d;
  size_t rss = net_rss(fixture.lab.weir.pid);
  assert_true(dial_open(&d, fixture.lab.weir.port, "localhost", site.tls_port[0], trusting()));
  assert_true(dial_send(&d, "GET /file HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  assert_true(net_readable(d.fd, NET_DEADLINE));
  net_cpu_while(fixture.lab.weir.pid, 0.5); /* until the buffers in between are full */
  assert_true(net_cpu_while(fixture.lab.weir.pid, 0.6) < 0.1);
  assert_rss_below(rss + (16 << 20));
  struct net_response r = dial_response(&d, false);
  assert_true(r.complete);
  assert_int_equal(r.n, SIZE);
  assert_true(memcmp(r.body, pattern, SIZE) == 0);
  net_response_free(&r);
  dial_close(&d);
  free(pattern);
  site_close(&site);
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, fixture_weir, fixture_stop)
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(passthrough_leaves_the_server_in_sight, fixture_stop),
      T(a_server_that_speaks_first_is_heard),
      T(plain_http_in_a_tunnel_is_http),
      T(other_protocols_inside_tls_end_in_time),
      T(a_websocket_inside_tls),
      T(half_hellos_leave_nothing),
      T(many_connections_leave_nothing),
      T(an_idle_connection_burns_nothing),
      T(a_client_that_reads_nothing_burns_nothing),
  };
  return cmocka_run_group_tests(tests, fixture_lab, fixture_close);
}
