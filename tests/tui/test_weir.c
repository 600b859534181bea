/* The real screen of the real program: what a person sees while requests pass, and how it all ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tui.h"

static struct tui t;

static void open_plain(void) {
  tui_open(&t, NULL);
}

static int teardown(void **state) {
  (void)state;
  tui_close(&t);
  return 0;
}

/* ---- seeing ---- */

static void it_starts_and_says_where(void **state) {
  (void)state;
  char text[80];
  open_plain();
  SEE(&t, pty_alternate(t.pty) && pty_mouse(t.pty) && pty_paste_mode(t.pty) && !pty_cooked(t.pty));
  snprintf(text, sizeof text, "weir  127.0.0.1:%d", t.port);
  SEE(&t, pty_wait_row(t.pty, 0, text));
  snprintf(text, sizeof text, "curl -x http://127.0.0.1:%d ", t.port);
  tui_see(&t, text);
  snprintf(text, sizeof text, "export http_proxy=http://127.0.0.1:%d", t.port);
  tui_see(&t, text);
  tui_see(&t, "--proxy-bypass-list=<-loopback>");
  tui_quit(&t);
}

static void rows_appear_as_requests_pass(void **state) {
  (void)state;
  char host[40];
  open_plain();
  int fd = net_connect(t.port); /* one that does not end: its row is there all the same */
  assert_true(net_get(fd, t.origin.port, "/stall"));
  tui_see(&t, "/stall");
  tui_see(&t, "waiting");
  tui_get(&t, "/size/7000", 200);
  tui_see(&t, "/size/7000");
  tui_get(&t, "/nothing", 404);
  tui_see(&t, "! 404");
  tui_get(&t, "/close", 502);
  tui_see(&t, "the server closed the connection");
  SEE(&t, pty_wait_row(t.pty, 0, "flows 4/4"));
  snprintf(host, sizeof host, "127.0.0.1:%d", t.origin.port);
  tui_see(&t, host);
  close(fd);
  tui_see_not(&t, "waiting");
  tui_quit(&t);
}

static void a_filter_hides_and_shows(void **state) {
  (void)state;
  open_plain();
  for (int i = 0; i < 3; i++)
    tui_get(&t, "/ok", 200);
  tui_get(&t, "/size/77", 200);
  tui_get(&t, "/none", 404);
  SEE(&t, pty_wait_row(t.pty, 0, "flows 5/5"));
  tui_keys(&t, "f~u size");
  tui_see(&t, "1 of 5 flows match"); /* live */
  tui_see_not(&t, "/none");
  tui_keys(&t, "\r");
  SEE(&t, pty_wait_row(t.pty, 0, "f: ~u size"));
  tui_get(&t, "/size/88", 200);
  tui_get(&t, "/ok", 200);
  SEE(&t, pty_wait_row(t.pty, 0, "flows 2/7"));
  tui_see(&t, "/size/88");
  tui_keys(&t, "f\025\r");
  SEE(&t, pty_wait_row(t.pty, 0, "flows 7/7"));
  tui_see(&t, "/none");
  tui_quit(&t);
}

static void detail_shows_the_message(void **state) {
  (void)state;
  char body[] = "{\"user\":\"ann\",\"list\":[1,2]}";
  open_plain();
  int fd = tui_request(&t, t.origin.port, "POST", "/echo", "X-Mine: yes\r\nContent-Type: application/json\r\n", body,
                       strlen(body));
  struct net_response r = net_response(fd, false);
  assert_string_equal(r.body, body);
  net_response_free(&r);
  close(fd);
  tui_see(&t, "/echo");
  tui_keys(&t, "\r");
  tui_see(&t, "X-Mine");
  tui_see(&t, "\"user\": \"ann\"");
  tui_keys(&t, "x");
  tui_see(&t, "7b 22 75 73 65 72");
  tui_keys(&t, "xqj");
  tui_see(&t, "PATH");
  tui_quit(&t);
}

/* ---- the terminal ---- */

static void a_storm_of_resizes(void **state) {
  (void)state;
  static const int sizes[][2] = {{80, 24}, {1, 1},  {300, 400}, {2, 100}, {400, 2},
                                 {40, 10}, {30, 6}, {29, 5},    {120, 36}};
  char text[60];
  open_plain();
  tui_get(&t, "/ok", 200);
  SEE(&t, pty_wait_row(t.pty, 0, "flows 1/1"));
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    pty_resize(t.pty, sizes[i][0], sizes[i][1]);
    size_t before = pty_bytes(t.pty);
    while (pty_bytes(t.pty) == before) /* it draws for the new size */
      SEE(&t, pty_read(t.pty, PTY_DEADLINE));
    tui_get(&t, "/ok", 200);
  }
  for (int i = 0; i < 60; i++) {
    pty_resize(t.pty, 20 + i * 7 % 120, 3 + i * 5 % 50);
    tui_get(&t, "/ok", 200);
  }
  pty_resize(t.pty, 100, 30);
  snprintf(text, sizeof text, "flows %d/%d", 70, 70);
  SEE(&t, pty_wait_row(t.pty, 0, text));
  SEE(&t, pty_wait_row(t.pty, 29, "all keys"));
  tui_quit(&t);
}

static void a_shell_can_suspend_it(void **state) {
  (void)state;
  open_plain();
  int origin = t.origin.port;
  tui_quit(&t);
  pty_free(t.pty);
  t.pty = pty_start(&(struct pty_options){.argv = (const char *[]){"/bin/sh", "-i", NULL},
                                          .env = (const char *[]){"PS1=PROMPT>", "ENV", NULL},
                                          .width = 120,
                                          .height = 36,
                                          .keep_fd = -1});
  SEE(&t, pty_wait_text(t.pty, "PROMPT>"));
  tui_keys(&t, tui_command("\r"));
  tui_first_screen(&t);
  /* with a client connected it is said first what suspending means */
  int idle = net_connect(t.port);
  assert_true(net_get(idle, origin, "/ok"));
  struct net_response r = net_response(idle, false);
  assert_int_equal(r.status, 200);
  net_response_free(&r);
  SEE(&t, pty_wait_row(t.pty, 0, "flows 1/1"));
  tui_keys(&t, "\032");
  tui_see(&t, "Ctrl-Z again suspends");
  tui_keys(&t, "\032");
  tui_see(&t, "Stopped");
  SEE(&t, !pty_alternate(t.pty) && !pty_mouse(t.pty) && !pty_paste_mode(t.pty) && pty_cursor(t.pty, NULL, NULL));
  /* clients that come meanwhile wait, and are served afterwards */
  int fd = net_connect(t.port);
  assert_true(net_get(fd, origin, "/ok"));
  pty_resize(t.pty, 100, 30);
  tui_keys(&t, "fg\r");
  r = net_response(fd, false);
  assert_int_equal(r.status, 200);
  net_response_free(&r);
  SEE(&t, pty_wait_row(t.pty, 0, "flows 2/2"));
  SEE(&t, pty_wait_row(t.pty, 29, "all keys"));
  close(fd);
  close(idle);
  tui_keys(&t, "qq");
  tui_see(&t, "PROMPT>");
  SEE(&t, !pty_alternate(t.pty) && !pty_mouse(t.pty));
}

static void signals_give_the_terminal_back(void **state) {
  (void)state;
  static const struct {
    int number, status;
  } cases[] = {{SIGTERM, 0}, {SIGHUP, 0}, {SIGINT, 0}, {SIGSEGV, 1000 + SIGSEGV}, {SIGABRT, 1000 + SIGABRT}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    tui_open(&t, &(struct tui_options){
                     .env = (const char *[]){"ASAN_OPTIONS=handle_segv=0:handle_abort=0:disable_coredump=1", NULL}});
    tui_get(&t, "/ok", 200);
    tui_see(&t, "flows 1/1");
    double began = net_now();
    kill(t.weir, cases[i].number);
    assert_int_equal(tui_ended(&t), cases[i].status);
    assert_true(net_now() - began < 3);
    tui_close(&t);
  }
}

static void a_terminal_that_goes_away_ends_it(void **state) {
  (void)state;
  int status;
  open_plain();
  tui_get(&t, "/ok", 200);
  pty_hang_up(t.pty);
  assert_true(pty_wait_exit(t.pty, &status, 5));
  assert_true(WIFEXITED(status));
}

static void a_lone_escape_stalls_nothing(void **state) {
  (void)state;
  open_plain();
  tui_get(&t, "/ok", 200);
  tui_see(&t, "flows 1/1");
  tui_keys(&t, "f~u x");
  tui_see(&t, "0 of 1 flows match");
  double began = net_now();
  tui_keys(&t, "\033");
  tui_pass(&t, 100, "/ok");
  SEE(&t, pty_wait_row(t.pty, 0, "flows 101/101")); /* it was taken for Esc: the filter is as before */
  assert_true(net_now() - began < 3);
  tui_quit(&t);
}

/* Nobody reads the terminal for 10 s. */
static void a_stuck_terminal_stops_nothing(void **state) {
  (void)state;
  double slowest = 0, began = net_now();
  open_plain();
  tui_get(&t, "/ok", 200);
  tui_see(&t, "flows 1/1");
  int fd = net_connect(t.port);
  for (int i = 0; i < 1000; i++) {
    double sent = net_now();
    assert_true(net_get(fd, t.origin.port, i % 2 ? "/ok" : "/size/300"));
    struct net_response r = net_response(fd, false);
    assert_int_equal(r.status, 200);
    net_response_free(&r);
    slowest = net_now() - sent > slowest ? net_now() - sent : slowest;
    if (i % 50 == 0)
      pty_send(t.pty, i % 100 ? "k" : "G"); /* each key paints, too */
    double due = began + (i + 1) * 0.01 - net_now();
    if (due > 0)
      poll(NULL, 0, (int)(due * 1000)); /* 10 s are what is tested */
  }
  close(fd);
  assert_true(net_now() - began >= 9.9);
  print_message("slowest answer %.0f ms\n", slowest * 1000);
  assert_true(slowest < 1);
  SEE(&t, pty_wait_row(t.pty, 0, "flows 1001/1001"));
  tui_keys(&t, "G");
  tui_see(&t, "following");
  tui_quit(&t);
}

static void keys_and_traffic_together(void **state) {
  (void)state;
  static const char *const keys[] = {"j",
                                     "k",
                                     "\r",
                                     "q",
                                     "G",
                                     "g",
                                     "g",
                                     "\033[B",
                                     "\033[6~",
                                     "?",
                                     "\033",
                                     "\\",
                                     "\033[200~paste\033[201~",
                                     "x",
                                     "\t",
                                     "m",
                                     "\033[<64;5;5M",
                                     "v",
                                     "\033[17~",
                                     "F",
                                     ";",
                                     "\033",
                                     "1",
                                     "0"};
  open_plain();
  int fd = net_connect(t.port);
  for (int i = 0; i < 500; i++) {
    assert_true(net_get(fd, t.origin.port, "/size/100"));
    tui_keys(&t, keys[i * 7 % (int)(sizeof keys / sizeof *keys)]);
    struct net_response r = net_response(fd, false);
    assert_int_equal(r.status, 200);
    net_response_free(&r);
    while (pty_read(t.pty, 0))
      ;
  }
  close(fd);
  tui_keys(&t, "\033"); /* out of wherever that ended */
  SEE(&t, pty_settle(t.pty, 0.1));
  tui_keys(&t, "\033OQ"); /* F2 */
  SEE(&t, pty_wait_row(t.pty, 0, "flows 500/500"));
  kill(t.weir, SIGTERM);
  assert_int_equal(tui_ended(&t), 0);
}

/* How often it went to sleep, which is how often it was woken. */
static unsigned long wakes(void) {
  char path[60], line[200];
  unsigned long n = 0;
  snprintf(path, sizeof path, "/proc/%d/status", (int)t.weir);
  FILE *f = fopen(path, "r");
  while (f && fgets(line, sizeof line, f))
    if (sscanf(line, "voluntary_ctxt_switches: %lu", &n) == 1)
      break;
  if (f)
    fclose(f);
  return n;
}

static void at_rest_it_rests(void **state) {
  (void)state;
  open_plain();
  tui_pass(&t, 200, "/ok");
  SEE(&t, pty_wait_row(t.pty, 0, "flows 200/200"));
  while (pty_read(t.pty, 1.2)) /* the rate goes down to nothing */
    ;
  unsigned long before = wakes();
  double busy = net_cpu_while(t.weir, 2.2);
  print_message("%.0f ms of CPU in 2.2 s, woken %lu times\n", busy * 1000, wakes() - before);
  assert_true(before > 0);
  assert_true(busy <= 0.03);
  assert_in_range(wakes() - before, 0, 1); /* no timer ticks for nothing */
  assert_false(pty_read(t.pty, 0));        /* and it painted nothing */
  tui_quit(&t);
}

/* ---- hostile bytes ---- */

#define OSC "\033]777;owned\a"
#define CSI "\033[777;7q"
#define C1                                                                                                             \
  "\xc2\x9b"                                                                                                           \
  "777q"
#define BIDI "\xe2\x80\xae"
#define LOUD                                                                                                           \
  OSC CSI C1 BIDI "\x9b"                                                                                               \
                  "777q\x7f\b\b"

static void assert_nothing_raw(void) {
  static const char *const raw[] = {"\033]777", "\033[777", C1, BIDI, "\x9b", "\x7f"};
  SEE(&t, pty_settle(t.pty, 0.1));
  for (size_t i = 0; i < sizeof raw / sizeof *raw; i++)
    SEE(&t, !pty_saw(t.pty, raw[i]));
}

/* The request as a hostile client would make it, the answer as a hostile server would. */
static void hostile_exchange(int listener, int port, const char *type, const char *body) {
  char text[4000];
  int fd = net_connect(t.port);
  int n =
      snprintf(text, sizeof text,
               "GET http://127.0.0.1:%d/\xe2\x80\xae\xc2\x9b\x9b HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nX-Evil: a" C1 BIDI
               "\x9b b\r\nContent-Length: %zu\r\n\r\n%s",
               port, port, strlen(LOUD), LOUD);
  assert_true(net_send_n(fd, text, (size_t)n));
  int served = net_accept(listener);
  assert_true(served >= 0);
  assert_true(net_until(served, LOUD, text, sizeof text));
  snprintf(text, sizeof text,
           "HTTP/1.1 200 " C1 BIDI "\x9b\r\nX-Back: " C1 BIDI "\x9b\r\nContent-Type: %s\r\n"
           "Content-Length: %zu\r\n\r\n%s",
           type, strlen(body), body);
  assert_true(net_send(served, text));
  struct net_response r = net_response(fd, false);
  assert_int_equal(r.status, 200);
  net_response_free(&r);
  close(served);
  close(fd);
}

static void what_the_wire_says_never_reaches_the_terminal(void **state) {
  (void)state;
  int port, listener = net_listen(&port);
  open_plain();
  pty_forget(t.pty);
  hostile_exchange(listener, port, "text/plain; x=" BIDI, "text " LOUD "\r\n\tend");
  hostile_exchange(listener, port, "application/json", "{\"a\":\"" LOUD "\",\"" LOUD "\":[1]}");
  /* a request that is refused, and a server that speaks something else: both end as a sentence with their bytes */
  int fd = net_connect(t.port);
  assert_true(net_send(fd, "GET http://127.0.0.1:1/" OSC " HTTP/1.1\r\nHost: " CSI "\r\n\r\n"));
  struct net_response r = net_response(fd, false);
  assert_true(r.status >= 400);
  net_response_free(&r);
  close(fd);
  fd = net_connect(t.port);
  assert_true(net_get(fd, port, "/ssh"));
  int served = net_accept(listener);
  assert_true(net_send(served, "SSH-2.0-" LOUD "\r\n"));
  r = net_response(fd, false);
  assert_int_equal(r.status, 502);
  net_response_free(&r);
  close(served);
  close(fd);
  SEE(&t, pty_wait_row(t.pty, 0, "flows 4/4"));
  assert_nothing_raw();

  for (int row = 1; row <= 4; row++) {
    char go[20];
    snprintf(go, sizeof go, "%dgg\r", row);
    tui_keys(&t, go);
    tui_see(&t, "back");
    if (row <= 2) /* it is there, where it can be seen: text with its marks, what is no text as bytes */
      tui_see(&t, row == 1 ? "^[]777;owned^G" : ".]777;ow");
    assert_nothing_raw();
    tui_keys(&t, "v");
    assert_nothing_raw();
    tui_keys(&t, "x");
    assert_nothing_raw();
    tui_keys(&t, "\tvx");
    assert_nothing_raw();
    tui_keys(&t, "q");
    tui_see(&t, "PATH");
  }
  tui_keys(&t, "1gge"); /* the editor */
  tui_see(&t, "Edit request #1");
  tui_see(&t, "777;owned");
  assert_nothing_raw();
  tui_keys(&t, "\033");
  tui_see(&t, "PATH");
  tui_keys(&t, "gl"); /* the log */
  tui_see(&t, "[F7 Log]");
  assert_nothing_raw();
  tui_keys(&t, "q");
  tui_see(&t, "PATH");
  tui_keys(&t, "yc"); /* the sentence about the copy, and the copy itself: OSC 52 carries base64 */
  assert_nothing_raw();
  close(listener);
  tui_quit(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(it_starts_and_says_where, teardown),
      cmocka_unit_test_teardown(rows_appear_as_requests_pass, teardown),
      cmocka_unit_test_teardown(a_filter_hides_and_shows, teardown),
      cmocka_unit_test_teardown(detail_shows_the_message, teardown),
      cmocka_unit_test_teardown(a_storm_of_resizes, teardown),
      cmocka_unit_test_teardown(a_shell_can_suspend_it, teardown),
      cmocka_unit_test_teardown(signals_give_the_terminal_back, teardown),
      cmocka_unit_test_teardown(a_terminal_that_goes_away_ends_it, teardown),
      cmocka_unit_test_teardown(a_lone_escape_stalls_nothing, teardown),
      cmocka_unit_test_teardown(a_stuck_terminal_stops_nothing, teardown),
      cmocka_unit_test_teardown(keys_and_traffic_together, teardown),
      cmocka_unit_test_teardown(at_rest_it_rests, teardown),
      cmocka_unit_test_teardown(what_the_wire_says_never_reaches_the_terminal, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
