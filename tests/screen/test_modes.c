/* Listeners of other modes on the screen: what the status line and the setup screen say of them, and streams in the panes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "screen.h"
#include "weir/app/output.h"
#include "weir/base/mem.h"
#include "weir/proxy/gate.h"
#include "weir/proxy/mode.h"
#include "weir/proxy/way.h"

static struct mode *mode_of(const char *text) {
  struct err err = ERR_INIT;
  struct mode *m = mode_parse(slice_of(text), &err);
  if (m == NULL)
    fail_msg("%s: %s", text, err.text);
  return m;
}

static uint16_t listen_as(struct screen *s, const char *text) {
  struct address a = {.family = 4, .ip = {127, 0, 0, 1}};
  struct err err = ERR_INIT;
  struct mode *m = mode_of(text);
  assert_true(proxy_listen_as(s->w.proxy, &a, m, &err));
  mode_unref(m);
  return a.port;
}

static void every_listener_is_named(void **state) {
  struct screen s;
  char text[80];
  (void)state;
  screen_open(&s, 120, 60);
  uint16_t socks = listen_as(&s, "socks5:ann:secret"), usual = listen_as(&s, "auto");
  listen_as(&s, "reverse:http://127.0.0.1:3000");
  screen_keys(&s, "g g");
  snprintf(text, sizeof text, "127.0.0.1:%u +2", usual); /* where programs are pointed at stands first */
  assert_has(&s, text);
  screen_keys(&s, "F8");
  assert_has(&s, "Where weir listens");
  snprintf(text, sizeof text, "127.0.0.1:%u", socks);
  assert_has(&s, text);
  assert_has(&s, "socks5, with a password");
  assert_false(screen_has(&s, "secret"));
  assert_has(&s, "reverse:http://127.0.0.1:3000");
  screen_close(&s);
}

/* Where it leads to, port and all, is what one looks for. */
static void a_long_mode_keeps_its_port(void **state) {
  static const struct {
    const char *mode, *shown;
  } rows[] = {
      {"reverse:http://127.0.0.1:31999", " reverse:http://127.0.0.1:31999 "},
      {"reverse:https://a.server.of.long.name.test:8443", " reverse:\u2026.of.long.name.test:8443 "},
      {"tcp:db.test:5432", " tcp:db.test:5432 "},
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct screen s;
    screen_open(&s, 120, 36);
    listen_as(&s, rows[i].mode);
    screen_keys(&s, "g g");
    assert_has(&s, rows[i].shown);
    screen_close(&s);
  }
}

/* Where there is one port only, all came by it. */
static void each_row_says_its_listener(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  listen_as(&s, "auto");
  struct flow *f = screen_flow(
      &s, &(struct script){.method = "GET", .host = "a.test", .path = "/a", .status = 200, .reason = "OK", .ms = 3});
  f->mode = "reverse";
  f->listener = 8000;
  screen_keys(&s, "g g");
  assert_false(screen_has(&s, "reverse:8000"));
  listen_as(&s, "reverse:http://127.0.0.1:3000");
  screen_keys(&s, "g g");
  assert_has(&s, "BY");
  assert_has(&s, "reverse:8000");
  screen_keys(&s, "f");
  screen_type(&s, "by:8000");
  assert_has(&s, "1 of 1 flows match");
  screen_keys(&s, "Enter Enter t");
  assert_has(&s, "Came by         reverse:8000");
  screen_close(&s);
}

/* Nothing is pointed at a port that is closed, or at one that is no proxy. */
static void without_a_proxy_it_says_how_each_is_reached(void **state) {
  static const struct {
    const char *mode, *reach;
  } rows[] = {
      {"reverse:http://127.0.0.1:3000", "curl http://127.0.0.1:%u/"},
      {"tcp:db.test:5432", "nc 127.0.0.1 %u"},
      {"tls:db.test:5432", "openssl s_client -connect 127.0.0.1:%u"},
      {"socks5", "export all_proxy=socks5h://127.0.0.1:%u"},
      {"transparent", "port %u takes what the kernel redirects there"},
      {"proxy+reverse:http://127.0.0.1:3000", "curl http://127.0.0.1:%u/"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct screen s;
    screen_open(&s, 120, 60);
    char text[120], *number, *rest;
    unsigned port = listen_as(&s, rows[i].mode);
    snprintf(text, sizeof text, "%s", rows[i].reach);
    number = strstr(text, "%u");
    rest = mem_dup(number + 2);
    snprintf(number, sizeof text - (size_t)(number - text), "%u%s", port, rest);
    free(rest);
    screen_keys(&s, "g g");
    assert_has(&s, text);
    assert_has(&s, rows[i].mode);
    assert_false(screen_has(&s, "127.0.0.1:8888"));
    assert_false(screen_has(&s, "curl -x"));
    screen_keys(&s, "F8");
    assert_has(&s, text);
    assert_has(&s, "none of them is an HTTP proxy");
    assert_false(screen_has(&s, "127.0.0.1:8888"));
    screen_keys(&s, "b");
    assert_has(&s, "no listener of this run is an HTTP proxy");
    screen_close(&s);
  }
}

/* What cannot ask is not told to: --auth would change nothing there. */
static void what_cannot_ask_is_told_of_allow(void **state) {
  struct screen s;
  struct err err = ERR_INIT;
  struct address any = {.family = 4};
  (void)state;
  screen_open(&s, 120, 60);
  struct mode *m = mode_of("transparent");
  assert_true(proxy_listen_as(s.w.proxy, &any, m, &err));
  mode_unref(m);
  screen_keys(&s, "F8");
  assert_has(&s, "OPEN TO THE NETWORK");
  assert_has(&s, "a listener that cannot ask: start weir with --allow");
  assert_false(screen_has(&s, "--auth"));
  screen_close(&s);
}

static void everybody_is_no_list(void **state) {
  struct screen s;
  struct err err = ERR_INIT;
  struct address any = {.family = 4};
  (void)state;
  screen_open(&s, 120, 60);
  struct gate *g = gate_new();
  assert_true(gate_allow(g, SLICE("10.0.0.0/8,0.0.0.0/0"), &err));
  proxy_set_gate(s.w.proxy, g);
  s.w.options->allow = (char *[]){(char *)(uintptr_t) "0.0.0.0/0", NULL};
  assert_true(proxy_listen(s.w.proxy, &any, &err));
  screen_keys(&s, "F8");
  assert_has(&s, "OPEN TO THE NETWORK");
  assert_has(&s, "--allow lets everybody in");
  s.w.options->allow = NULL;
  screen_close(&s);
}

static void one_usual_listener_needs_no_list(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 60);
  listen_as(&s, "auto");
  screen_keys(&s, "F8");
  assert_false(screen_has(&s, "Where weir listens"));
  screen_close(&s);
}

static void a_stream_is_shown_as_text_or_hex(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  struct mode *m = mode_of("tcp:db.test:5432");
  s.client_mode = m;
  struct peer *c = screen_client(&s);
  screen_send(&s, c, "HELO me\r\nQUIT\r\n");
  assert_has(&s, "TCP");
  assert_has(&s, "db.test");
  screen_send(&s, &s.server[0], "220 ready\r\n");
  screen_keys(&s, "enter");
  assert_has(&s, "HELO me");
  assert_has(&s, "220 ready");
  assert_false(screen_has(&s, "not valid HTTP"));
  screen_send(&s, &s.server[0], "221 bye\r\n"); /* it goes on while somebody looks */
  assert_has(&s, "221 bye");
  screen_close(&s);
  mode_unref(m);
}

static void a_stream_without_bytes_says_so(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  struct mode *m = mode_of("tcp:db.test:5432");
  s.client_mode = m;
  screen_client(&s);
  screen_turn(&s);
  screen_keys(&s, "enter");
  assert_has(&s, "nothing has come from the client");
  assert_has(&s, "nothing has come from the server");
  screen_keys(&s, "e");
  assert_false(screen_has(&s, "Ctrl-S sends"));
  screen_close(&s);
  mode_unref(m);
}

/* What there is to be copied of it is named, and what is not is not offered. */
static void a_stream_is_no_request(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  struct mode *m = mode_of("tcp:db.test:5432");
  s.client_mode = m;
  struct peer *c = screen_client(&s);
  screen_send(&s, c, "HELO me\r\n");
  screen_send(&s, &s.server[0], "220 ready\r\n");
  screen_hang_up(&s, c);
  screen_hang_up(&s, &s.server[0]);
  screen_keys(&s, "enter");
  assert_has(&s, "220 ready");
  assert_false(screen_has(&s, "copy curl"));
  screen_keys(&s, "y c");
  assert_has(&s, "a raw stream has no request: yB copies the bytes of the client, yb those of the server");
  screen_keys(&s, "y h");
  assert_has(&s, "a raw stream has no headers");
  screen_keys(&s, "y b");
  assert_has(&s, "response body copied");
  screen_close(&s);
  mode_unref(m);
}

/* Said while it is typed, and when it is set. */
static void an_intercept_of_streams_says_that_it_pauses_nothing(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_keys(&s, "i Ctrl-U");
  screen_type(&s, "mode=tcp after 30s send");
  assert_has(&s, "pauses nothing: raw streams and tunnels have no messages");
  screen_keys(&s, "Enter");
  assert_has(&s, "pauses nothing: raw streams and tunnels have no messages; rules hold them");
  screen_keys(&s, "i Ctrl-U");
  screen_type(&s, "mode=socks5");
  assert_false(screen_has(&s, "pauses nothing"));
  screen_keys(&s, "Enter");
  assert_has(&s, "intercept on: what matches is paused");
  screen_close(&s);
}

/* Written to a file or not: what an open stream still carries is in none. */
static void quitting_with_an_open_stream_alone(void **state) {
  static const char *const begins[] = {NULL, "CONNECT shop.test:22 HTTP/1.1\r\nHost: shop.test:22\r\n\r\n"};
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    struct screen s;
    struct mode *m = mode_of("tcp:db.test:5432");
    screen_open(&s, 120, 36);
    FILE *file = tmpfile();
    assert_non_null(file);
    s.w.file = output_new(s.w.loop, s.w.store, &(struct output_options){.fd = fileno(file)});
    s.client_mode = begins[i] != NULL ? NULL : m;
    struct peer *c = screen_client(&s);
    screen_send(&s, c, begins[i] != NULL ? begins[i] : "HELO me\r\n");
    screen_send(&s, &s.server[0], "220 ready\r\n");
    screen_keys(&s, "q");
    assert_has(&s, i == 0 ? "1 tunnel is open: 20 passed" : "1 tunnel is open: 11 passed");
    assert_false(s.stopped);
    screen_keys(&s, "Esc Ctrl-Z");
    assert_has(&s, "the proxy would stop too");
    screen_hang_up(&s, c);
    screen_hang_up(&s, &s.server[0]);
    screen_keys(&s, "q");
    assert_true(s.stopped);
    output_free(s.w.file);
    s.w.file = NULL;
    fclose(file);
    screen_close(&s);
    mode_unref(m);
  }
}

/* Neither a password nor a list of addresses keeps others out: that stays on the screen, with what helps. */
static void an_open_listener_is_warned_of(void **state) {
  struct screen s;
  struct err err = ERR_INIT;
  (void)state;
  for (int kept = 0; kept < 3; kept++) {
    struct address any = {.family = 4};
    struct gate *g = gate_new();
    screen_open(&s, 120, 60);
    if (kept == 1)
      assert_true(gate_set_auth(g, SLICE("ann:secret"), &err));
    if (kept == 2)
      assert_true(gate_allow(g, SLICE("10.0.0.0/8"), &err));
    proxy_set_gate(s.w.proxy, g);
    s.w.options->auth = kept == 1 ? (char *)(uintptr_t) "ann:secret" : NULL;
    s.w.options->allow = kept == 2 ? (char *[]){(char *)(uintptr_t) "10.0.0.0/8", NULL} : NULL;
    assert_true(proxy_listen(s.w.proxy, &any, &err));
    screen_keys(&s, "g g");
    if (screen_has(&s, "OPEN TO THE NETWORK") != !kept)
      fail_msg("%d", kept);
    screen_keys(&s, "F8");
    assert_has(&s, kept == 0   ? "WHOEVER REACHES IT: start weir with --auth USER:PASSWORD, or --allow"
                   : kept == 1 ? "other machines too, with the user name and password of --auth"
                               : "this machine and the addresses of --allow");
    assert_false(screen_has(&s, "secret"));
    if (screen_has(&s, "export http_proxy=http://USER:PASSWORD@") != (kept == 1))
      fail_msg("%d", kept);
    s.w.options->auth = NULL;
    s.w.options->allow = NULL;
    screen_close(&s);
  }
}

static void the_proxy_that_it_went_by_is_named(void **state) {
  struct screen s;
  struct err err = ERR_INIT;
  (void)state;
  screen_open(&s, 120, 36);
  struct ways *w = ways_new();
  assert_true(ways_add(w, SLICE("http://ann:secret@proxy.test:3128"), &err));
  proxy_set_ways(s.w.proxy, w);
  struct peer *c = screen_client(&s);
  screen_send(&s, c, "GET http://shop.test/ HTTP/1.1\r\nHost: shop.test\r\n\r\n");
  assert_true(screen_got(&s, &s.server[0], "GET http://shop.test/ HTTP/1.1\r\n"));
  screen_send(&s, &s.server[0], "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
  screen_keys(&s, "enter");
  assert_has(&s, "by http://proxy.test:3128");
  screen_keys(&s, "t"); /* Connection, on both sides */
  assert_has(&s, "By proxy");
  assert_false(screen_has(&s, "secret"));
  screen_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_listener_is_named),
      cmocka_unit_test(a_long_mode_keeps_its_port),
      cmocka_unit_test(each_row_says_its_listener),
      cmocka_unit_test(without_a_proxy_it_says_how_each_is_reached),
      cmocka_unit_test(what_cannot_ask_is_told_of_allow),
      cmocka_unit_test(everybody_is_no_list),
      cmocka_unit_test(one_usual_listener_needs_no_list),
      cmocka_unit_test(a_stream_is_shown_as_text_or_hex),
      cmocka_unit_test(a_stream_without_bytes_says_so),
      cmocka_unit_test(a_stream_is_no_request),
      cmocka_unit_test(an_intercept_of_streams_says_that_it_pauses_nothing),
      cmocka_unit_test(quitting_with_an_open_stream_alone),
      cmocka_unit_test(an_open_listener_is_warned_of),
      cmocka_unit_test(the_proxy_that_it_went_by_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
