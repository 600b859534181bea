/* Pausing, editing, sending again, dropping, quitting: by a person's keys, and as the server and the client see it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tui.h"

static struct tui t;
static int listener = -1, port; /* a server that the test plays itself */
static char every_byte[TUI_EVERY_BYTE];
static size_t every_n;

static int setup(void **state) {
  (void)state;
  every_n = tui_every_byte(every_byte);
  listener = net_listen(&port);
  tui_open(&t, NULL);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  tui_close(&t);
  close(listener);
  return 0;
}

static void pause_on(const char *condition) {
  tui_keys(&t, "i\025");
  tui_see(&t, "intercept:");
  tui_keys(&t, condition);
  tui_keys(&t, "\r");
  tui_see(&t, "intercept on");
}

static int post(const char *path, const char *fields, const void *body, size_t n) {
  return tui_request(&t, port, "POST", path, fields, body, n);
}

static void assert_answered(int fd, int status, const char *body) {
  struct net_response r = net_response(fd, false);
  assert_int_equal(r.status, status);
  assert_true(r.complete);
  if (body)
    assert_string_equal(r.body, body);
  net_response_free(&r);
  close(fd);
}

/* The next request that the server gets: this head and this body; it is answered with `reply`. */
static void assert_arrives(const char *head, const void *body, size_t body_n, const char *reply) {
  size_t head_n, n;
  int served = net_accept(listener);
  SEE(&t, served >= 0);
  char *got = tui_received(served, &head_n, &n);
  assert_non_null(got);
  assert_int_equal(head_n, strlen(head));
  assert_memory_equal(got, head, head_n);
  assert_int_equal(n - head_n, body_n);
  assert_memory_equal(got + head_n, body, body_n);
  free(got);
  tui_reply(served, reply);
  close(served);
}

static bool nothing_arrived(void) {
  return !net_readable(listener, 0);
}

/* What weir sends; `end` is what comes after the length. */
static const char *head_with(const char *method, const char *path, const char *fields, size_t n, const char *end) {
  static char head[2000];
  snprintf(head, sizeof head, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%sContent-Length: %zu\r\n%s\r\n", method, path,
           port, fields, n, end);
  return head;
}

static const char *head_of(const char *method, const char *path, const char *fields, size_t n) {
  return head_with(method, path, fields, n, "");
}

/* A resend has a connection of its own. */
static const char *resend_of(const char *method, const char *path, const char *fields, size_t n) {
  return head_with(method, path, fields, n, "Connection: close\r\n");
}

/* ---- pausing ---- */

static void a_paused_request_goes_on_by_a_key(void **state) {
  (void)state;
  pause_on("~m POST");
  int fd = post("/held", "", "body", 4);
  tui_see(&t, "1 PAUSED");
  tui_see(&t, "paused");
  assert_int_equal(net_status(t.port, t.origin.port, "/ok"), 200); /* others pass */
  assert_true(nothing_arrived());
  tui_keys(&t, "'a");
  tui_see(&t, "#1 goes on");
  assert_arrives(head_of("POST", "/held", "", 4), "body", 4, "thanks");
  assert_answered(fd, 200, "thanks");
  tui_see_not(&t, "PAUSED");
  tui_quit(&t);
}

static void a_paused_request_shows_under_any_filter(void **state) {
  (void)state;
  pause_on("~u held");
  int a = post("/held/1", "", "1", 1), b = post("/held/2", "", "2", 1);
  tui_see(&t, "2 PAUSED");
  tui_get(&t, "/ok", 200);
  tui_keys(&t, "f~u nothing-is-like-this\r");
  SEE(&t, pty_wait_row(t.pty, 0, "flows 2/3"));
  tui_see(&t, "/held/1");
  tui_see(&t, "/held/2");
  tui_keys(&t, "A");
  tui_see(&t, "2 went on");
  for (int i = 0; i < 2; i++) {
    int served = net_accept(listener);
    size_t head_n, n;
    free(tui_received(served, &head_n, &n));
    tui_reply(served, "ok");
    close(served);
  }
  assert_answered(a, 200, "ok");
  assert_answered(b, 200, "ok");
  SEE(&t, pty_wait_row(t.pty, 0, "flows 0/3"));
  tui_quit(&t);
}

static void a_drop_answers_at_once(void **state) {
  (void)state;
  pause_on("~m POST");
  int fd = post("/held", "", "body", 4);
  tui_see(&t, "1 PAUSED");
  double began = net_now();
  tui_keys(&t, "'d");
  assert_answered(fd, 502, NULL);
  assert_true(net_now() - began < 1);
  tui_see(&t, "#1 dropped");
  assert_true(nothing_arrived());
  tui_quit(&t);
  assert_true(nothing_arrived());
}

static void a_client_that_leaves_is_told_and_nothing_is_sent(void **state) {
  (void)state;
  pause_on("~m POST");
  int fd = post("/held", "", "body", 4);
  tui_see(&t, "1 PAUSED");
  net_reset(fd);
  tui_see(&t, "client gone");
  tui_keys(&t, "'a");
  tui_see(&t, "nothing was sent");
  assert_true(nothing_arrived());
  tui_keys(&t, "r"); /* what is offered instead */
  tui_see(&t, "sent as #2");
  assert_arrives(resend_of("POST", "/held", "", 4), "body", 4, "ok");
  tui_keys(&t, "'d");
  tui_see(&t, "dropped");
  tui_quit(&t);
}

/* ---- the editor ---- */

static void bytes_survive_the_editor(void **state) {
  (void)state;
  pause_on("~m POST");
  int fd = post("/bytes", "X-Change: old-value\r\nContent-Type: application/octet-stream\r\n", every_byte, every_n);
  tui_see(&t, "1 PAUSED");
  tui_keys(&t, "'e");
  tui_see(&t, "Edit request #1 (paused)");
  tui_see(&t, "X-Change: old-value");
  tui_keys(&t, "\033r");
  tui_see(&t, "replace:");
  tui_keys(&t, "old-value\r");
  tui_see(&t, "replace with:");
  tui_keys(&t, "another one\r");
  tui_see(&t, "1 replaced");
  assert_true(nothing_arrived());
  tui_keys(&t, "\023");
  tui_see(&t, "#1 goes on as you changed it");
  assert_arrives(
      head_of("POST", "/bytes", "X-Change: another one\r\nContent-Type: application/octet-stream\r\n", every_n),
      every_byte, every_n, "got it");
  assert_answered(fd, 200, "got it");
  tui_keys(&t, "gg\r");
  tui_see(&t, "Sent"); /* both versions are kept */
  tui_see(&t, "Original");
  tui_keys(&t, "q");
  tui_quit(&t);
}

static void what_is_typed_is_sent(void **state) {
  (void)state;
  pause_on("~m POST");
  int fd = post("/typed", "", "first line\nsecond", 17);
  tui_see(&t, "1 PAUSED");
  tui_keys(&t, "'e");
  tui_see(&t, "Edit request #1");
  /* a field after Host; a line pasted at the end of the body */
  tui_keys(&t, "\033[B\033[F\rX-Debug: caf\xc3\xa9");
  tui_see(&t, "X-Debug: caf\xc3\xa9");
  tui_keys(&t, "\033[1;5F\033[200~ half\nthird line\033[201~");
  tui_see(&t, "third line");
  tui_see(&t, "updated for you");
  tui_keys(&t, "\023");
  tui_see(&t, "goes on as you changed it");
  const char body[] = "first line\nsecond half\nthird line";
  assert_arrives(head_of("POST", "/typed", "X-Debug: caf\xc3\xa9\r\n", sizeof body - 1), body, sizeof body - 1, "ok");
  assert_answered(fd, 200, "ok");
  tui_quit(&t);
}

static void a_wrong_text_is_refused_and_kept(void **state) {
  (void)state;
  int row, y;
  pause_on("~m POST");
  int fd = post("/wrong", "", "body", 4);
  tui_see(&t, "1 PAUSED");
  tui_keys(&t, "'e");
  tui_see(&t, "Edit request #1");
  tui_keys(&t, "\033[B\033[Hno colon in this line\r");
  tui_see(&t, "no colon in this line");
  tui_keys(&t, "\023");
  tui_see(&t, "Edit request #1");                                   /* still there */
  SEE(&t, pty_wait_times(t.pty, "white space in a field name", 2)); /* while typing, and as the answer */
  SEE(&t, pty_find(t.pty, "no colon in this line", NULL, &row));
  SEE(&t, pty_cursor(t.pty, NULL, &y) && y == row); /* the cursor shows the place */
  tui_keys(&t, "\033");                             /* left, and the draft is kept */
  tui_see(&t, "draft of #1 kept");
  assert_true(nothing_arrived());
  tui_keys(&t, "e");
  tui_see(&t, "no colon in this line");
  tui_keys(&t, "\033[H\033[1;5H\033[B\013"); /* cuts that line */
  tui_see_not(&t, "no colon in this line");
  tui_keys(&t, "\023");
  tui_see(&t, "#1 goes on");
  assert_arrives(head_of("POST", "/wrong", "", 4), "body", 4, "ok");
  assert_answered(fd, 200, "ok");
  tui_quit(&t);
}

static void a_copy_is_sent_as_a_child_and_again(void **state) {
  (void)state;
  int fd = post("/copy", "X-Change: old-value\r\n", every_byte, every_n);
  assert_arrives(head_of("POST", "/copy", "X-Change: old-value\r\n", every_n), every_byte, every_n, "one");
  assert_answered(fd, 200, "one");
  tui_see(&t, "/copy");
  tui_keys(&t, "r");
  tui_see(&t, "sent as #2");
  assert_arrives(resend_of("POST", "/copy", "X-Change: old-value\r\n", every_n), every_byte, every_n, "two");
  tui_see(&t, "replay of #1");
  tui_keys(&t, "gge");
  tui_see(&t, "Edit request #1 (a copy)");
  tui_keys(&t, "\033r");
  tui_see(&t, "replace:");
  tui_keys(&t, "old-value\rnew-value\r");
  tui_see(&t, "1 replaced");
  tui_keys(&t, "\023");
  tui_see(&t, "sent as #3");
  assert_arrives(resend_of("POST", "/copy", "X-Change: new-value\r\n", every_n), every_byte, every_n, "three");
  SEE(&t, pty_wait_row(t.pty, 0, "flows 3/3"));
  tui_keys(&t, "3ggr"); /* what was last sent */
  tui_see(&t, "sent as #4");
  assert_arrives(resend_of("POST", "/copy", "X-Change: new-value\r\n", every_n), every_byte, every_n, "four");
  close(listener); /* the server is gone: the failure is on the new row, the old one stays */
  tui_keys(&t, "1ggr");
  tui_see(&t, "sent as #5");
  tui_see(&t, "refused");
  tui_keys(&t, "1gg");
  tui_see(&t, "#1 200 OK");
  listener = net_listen(&port); /* for the teardown */
  tui_quit(&t);
}

static void a_paused_response_is_edited(void **state) {
  (void)state;
  char text[4000];
  pause_on("~c 200 & ~u held");
  int fd = tui_request(&t, port, "GET", "/held", "", "", 0);
  int served = net_accept(listener);
  assert_true(net_until(served, "\r\n\r\n", text, sizeof text)); /* the request is not held */
  int n = snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nX-Change: old-value\r\nContent-Length: %zu\r\n\r\n", every_n);
  assert_true(net_send_n(served, text, (size_t)n) && net_send_n(served, every_byte, every_n));
  tui_see(&t, "1 PAUSED");
  assert_false(net_readable(fd, 0));
  tui_keys(&t, "'e");
  tui_see(&t, "Edit response #1 (paused)");
  tui_keys(&t, "\033r");
  tui_see(&t, "replace:");
  tui_keys(&t, "old-value\rnew-value\r");
  tui_see(&t, "1 replaced");
  tui_keys(&t, "\023");
  tui_see(&t, "goes on as you changed it");
  struct net_response r = net_response(fd, false);
  assert_int_equal(r.status, 200);
  assert_non_null(strstr(r.head, "\r\nX-Change: new-value\r\n"));
  assert_int_equal(r.n, every_n);
  assert_memory_equal(r.body, every_byte, every_n);
  net_response_free(&r);
  close(fd);
  close(served);
  tui_quit(&t);
}

/* ---- the end with paused flows ---- */

static void assert_not_answered_by_the_server(int fd) {
  struct net_response r = net_response(fd, false);
  assert_int_not_equal(r.status, 200);
  net_response_free(&r);
  close(fd);
}

static void quitting_asks_once_and_sends_nothing(void **state) {
  (void)state;
  pause_on("~m POST");
  int fd = post("/held", "", "body", 4);
  tui_see(&t, "1 PAUSED");
  tui_keys(&t, "q");
  tui_see(&t, "quit weir?");
  tui_see(&t, "will be dropped, not sent");
  tui_keys(&t, "\r"); /* never destroys */
  SEE(&t, pty_settle(t.pty, 0.05));
  tui_see(&t, "quit weir?");
  tui_keys(&t, "\033");
  tui_see_not(&t, "quit weir?");
  tui_see(&t, "1 PAUSED");
  tui_get(&t, "/ok", 200);
  tui_keys(&t, "qq");
  assert_int_equal(tui_ended(&t), 0);
  assert_true(nothing_arrived());
  assert_not_answered_by_the_server(fd);
}

static void signals_drop_what_is_paused(void **state) {
  (void)state;
  static const int numbers[] = {SIGTERM, SIGHUP};
  for (int i = 0; i < 2; i++) {
    pause_on("~m POST");
    int fd = post("/held", "", "body", 4);
    tui_see(&t, "1 PAUSED");
    kill(t.weir, numbers[i]);
    assert_int_equal(tui_ended(&t), 0);
    assert_true(nothing_arrived());
    assert_not_answered_by_the_server(fd);
    tui_close(&t);
    tui_open(&t, NULL);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_paused_request_goes_on_by_a_key, setup, teardown),
      cmocka_unit_test_setup_teardown(a_paused_request_shows_under_any_filter, setup, teardown),
      cmocka_unit_test_setup_teardown(a_drop_answers_at_once, setup, teardown),
      cmocka_unit_test_setup_teardown(a_client_that_leaves_is_told_and_nothing_is_sent, setup, teardown),
      cmocka_unit_test_setup_teardown(bytes_survive_the_editor, setup, teardown),
      cmocka_unit_test_setup_teardown(what_is_typed_is_sent, setup, teardown),
      cmocka_unit_test_setup_teardown(a_wrong_text_is_refused_and_kept, setup, teardown),
      cmocka_unit_test_setup_teardown(a_copy_is_sent_as_a_child_and_again, setup, teardown),
      cmocka_unit_test_setup_teardown(a_paused_response_is_edited, setup, teardown),
      cmocka_unit_test_setup_teardown(quitting_asks_once_and_sends_nothing, setup, teardown),
      cmocka_unit_test_setup_teardown(signals_drop_what_is_paused, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
