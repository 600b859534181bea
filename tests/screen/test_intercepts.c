/* Break here, several intercepts, and what pausing, editing and letting go cost in keys (UX: tasks 7 to 10 and 25). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "screen.h"
#include "ui/ui_state.h"

#define LOGIN                                                                                                          \
  "POST http://shop.test/login?from=/cart HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 14\r\n\r\n{\"pass\":\"bad\"}"
#define USERS "GET http://shop.test/api/foo HTTP/1.1\r\nHost: shop.test\r\n\r\n"
#define REPLY "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

/* Keys by name, counted. */
static int press(struct screen *s, const char *keys) {
  int n = 1;
  for (const char *p = keys; *p; p++)
    n += *p == ' ';
  screen_keys(s, keys);
  return n;
}

static int type(struct screen *s, const char *text) {
  screen_type(s, text);
  return (int)strlen(text);
}

/* An answered login stands in the list, under the cursor. */
static struct peer *logged_in(struct screen *s, int width, int height) {
  screen_open(s, width, height);
  struct peer *c = screen_client(s);
  screen_send(s, c, LOGIN);
  screen_send(s, &s->server[0], REPLY);
  assert_true(screen_got(s, c, "ok"));
  screen_keys(s, "g g");
  return c;
}

/* ---- break here ---- */

static void break_names_the_port(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  struct script local = {.method = "GET", .host = "127.0.0.1", .port = 3000, .path = "/json?x=1", .status = 200};
  screen_flow(&s, &local);
  screen_turn(&s);
  screen_keys(&s, "b");
  assert_true(screen_has(&s, "the next GET 127.0.0.1:3000/json will be paused, once"));
  screen_keys(&s, "B");
  assert_true(screen_has(&s, "every GET 127.0.0.1:3000/json will be paused"));
  screen_close(&s);
}

static void break_once(void **state) {
  struct screen s;
  (void)state;
  struct peer *c = logged_in(&s, 120, 36);
  screen_keys(&s, "b");
  assert_true(screen_has(&s, "the next POST shop.test/login will be paused, once; u takes that back"));
  assert_true(screen_has(&s, "break POST path=/login"));
  screen_keys(&s, "b");
  assert_true(screen_has(&s, "the next POST shop.test/login is going to be paused already"));
  screen_send(&s, c,
              "POST http://shop.test/login?from=/other HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 0\r\n\r\n");
  assert_true(screen_has(&s, "1 PAUSED"));
  assert_true(screen_has(&s, "intercept off"));
  screen_send(&s, screen_client(&s), LOGIN);
  assert_true(screen_has(&s, "1 PAUSED"));
  screen_keys(&s, "u"); /* it has had its message: taking back the setting of it changes nothing */
  screen_keys(&s, "Ctrl-R");
  screen_send(&s, screen_client(&s), LOGIN);
  assert_true(screen_has(&s, "1 PAUSED"));
  screen_close(&s);
}

static void break_always(void **state) {
  struct screen s;
  (void)state;
  struct peer *c = logged_in(&s, 120, 36);
  screen_keys(&s, "B");
  assert_true(screen_has(&s, "every POST shop.test/login will be paused"));
  screen_send(&s, c, LOGIN);
  screen_send(&s, screen_client(&s), LOGIN);
  screen_send(&s, screen_client(&s), USERS);
  assert_true(screen_has(&s, "2 PAUSED"));
  screen_keys(&s, "u");
  assert_true(screen_has(&s, "taken back: break at POST shop.test/login"));
  screen_send(&s, screen_client(&s), LOGIN);
  assert_true(screen_has(&s, "2 PAUSED"));
  screen_close(&s);
}

/* Setting one while all are off brings back that one alone. */
static void break_while_off(void **state) {
  struct screen s;
  (void)state;
  struct peer *c = logged_in(&s, 120, 36);
  assert_true(intercept_set(s.w.rules, "GET", NULL));
  screen_keys(&s, "I b");
  screen_send(&s, screen_client(&s), USERS);
  assert_false(screen_has(&s, "PAUSED"));
  screen_send(&s, c, LOGIN);
  assert_true(screen_has(&s, "1 PAUSED"));
  screen_close(&s);
}

/* ---- the list of them ---- */

static void list_of_intercepts(void **state) {
  struct screen s;
  (void)state;
  struct peer *c = logged_in(&s, 120, 36);
  assert_true(intercept_set(s.w.rules, "~u basket after 90s 504", NULL));
  screen_keys(&s, "B b g i o");
  screen_type(&s, "DELETE once after 30s drop");
  screen_keys(&s, "Enter j H Space");
  screen_send(&s, c, LOGIN);
  assert_false(screen_has(&s, "break")); /* had by the one for one message, which is gone */
  screen_keys(&s, "Space");
  screen_send(&s, screen_client(&s), LOGIN);
  screen_golden(&s, "intercepts_120x36");
  terminal_fake_resize(s.t, 80, 24);
  screen_golden(&s, "intercepts_80x24");
  terminal_fake_resize(s.t, 40, 10);
  screen_golden(&s, "intercepts_40x10");
  screen_keys(&s, "F3 Tab");
  screen_keys(&s, "G i Ctrl-U");
  screen_type(&s, "DELETE ( once");
  screen_keys(&s, "Enter");
  assert_int_equal(intercept_count(s.w.rules), 3);
  assert_string_equal(intercept_nth(s.w.rules, 2)->text, "DELETE once after 30s drop");
  screen_keys(&s, "Ctrl-U =PUT Enter");
  assert_string_equal(intercept_nth(s.w.rules, 2)->text, "PUT");
  screen_keys(&s, "d d d");
  assert_int_equal(intercept_count(s.w.rules), 0);
  assert_true(screen_has(&s, "intercept off") || screen_has(&s, "o makes one"));
  screen_keys(&s, "u u u u");
  assert_string_equal(intercept_nth(s.w.rules, 2)->text, "DELETE once after 30s drop");
  screen_close(&s);
}

/* ---- the bell ---- */

static int bells(struct screen *s) {
  struct slice sent = terminal_fake_sent(s->t);
  int n = 0;
  for (size_t i = 0; i < sent.n; i++)
    n += sent.p[i] == '\a';
  return n;
}

static void bell_rings_once(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  assert_true(intercept_set(s.w.rules, "POST", NULL));
  screen_keys(&s, "j");
  screen_send(&s, screen_client(&s), LOGIN);
  assert_int_equal(bells(&s), 0); /* somebody is at the keys */
  screen_wait(&s, 4 * CLOCK_S);
  screen_send(&s, screen_client(&s), LOGIN);
  assert_int_equal(bells(&s), 1);
  screen_send(&s, screen_client(&s), LOGIN);
  assert_int_equal(bells(&s), 1);
  screen_keys(&s, "A :");
  screen_type(&s, "set bell off");
  screen_keys(&s, "Enter");
  screen_wait(&s, 4 * CLOCK_S);
  screen_send(&s, screen_client(&s), LOGIN);
  assert_int_equal(bells(&s), 1);
  screen_close(&s);
}

/* A terminal that says whether it has the keyboard is believed. */
static void bell_rings_where_nobody_looks(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  assert_true(intercept_set(s.w.rules, "POST", NULL));
  screen_keys(&s, "j FocusIn");
  screen_wait(&s, 60 * CLOCK_S);
  screen_send(&s, screen_client(&s), LOGIN);
  assert_int_equal(bells(&s), 0);
  screen_keys(&s, "j FocusOut");
  screen_send(&s, screen_client(&s), LOGIN);
  assert_int_equal(bells(&s), 1);
  screen_send(&s, screen_client(&s), LOGIN);
  assert_int_equal(bells(&s), 1);
  screen_keys(&s, "FocusIn :");
  screen_type(&s, "map FocusIn quit-now");
  screen_keys(&s, "Enter");
  assert_true(screen_has(&s, "is no key of the keyboard"));
  screen_close(&s);
}

/* ---- how long ---- */

static void deadline_counts_down(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_keys(&s, ":");
  screen_type(&s, "intercept POST after 30s send");
  screen_keys(&s, "Enter");
  screen_send(&s, screen_client(&s), LOGIN);
  screen_wait(&s, 12 * CLOCK_S);
  assert_true(screen_has(&s, "paused 12s, send in 18s"));
  screen_keys(&s, "F3");
  assert_true(screen_has(&s, "send in 18s"));
  terminal_fake_resize(s.t, 80, 24);
  screen_turn(&s);
  assert_true(screen_has(&s, "request 12s, send in 18s"));
  screen_wait(&s, 19 * CLOCK_S);
  assert_true(screen_got(&s, &s.server[0], "POST /login"));
  screen_keys(&s, "q");
  assert_true(screen_has(&s, "nobody let it go: sent by itself"));
  assert_false(screen_has(&s, "PAUSED"));
  screen_keys(&s, "F7");
  assert_true(screen_has(&s, "paused for 30.0s and nobody let it go: sent"));
  screen_close(&s);
}

#define CURL                                                                                                           \
  "POST http://shop.test/login HTTP/1.1\r\nHost: shop.test\r\nUser-Agent: curl/7.88.1\r\nContent-Length: 0\r\n\r\n"

/* What a client did once it may do again. */
static void patience_is_learnt(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  assert_true(intercept_set(s.w.rules, "POST", NULL));
  struct peer *c = screen_client(&s);
  screen_send(&s, c, CURL);
  screen_keys(&s, "F3");
  assert_false(screen_has(&s, "give up"));
  screen_wait(&s, 60 * CLOCK_S);
  screen_hang_up(&s, c);
  screen_turn(&s);
  assert_true(screen_has(&s, "client gone: a sends nothing, r sends it again, d drops it"));
  screen_send(&s, screen_client(&s), CURL);
  screen_keys(&s, "J");
  screen_wait(&s, 41 * CLOCK_S);
  assert_true(screen_has(&s, "client may give up in about 19s (1m00s seen before)"));
  screen_close(&s);
}

static void response_of_a_paused_request(void **state) {
  struct screen s;
  (void)state;
  struct peer *c = logged_in(&s, 120, 36);
  screen_keys(&s, "b");
  screen_send(&s, c, LOGIN);
  screen_keys(&s, "' H");
  assert_true(screen_has(&s, "the response to #2 will be paused too"));
  screen_keys(&s, "a");
  screen_send(&s, &s.server[0], REPLY);
  assert_true(screen_has(&s, "1 PAUSED"));
  screen_keys(&s, "a");
  assert_false(screen_has(&s, "PAUSED"));
  screen_close(&s);
}

/* ---- tasks ---- */

/* 7: pause the next POST /login, add a header, send: 15 keys. */
static void task_header(void **state) {
  struct screen s;
  (void)state;
  struct peer *c = logged_in(&s, 80, 24);
  int keys = press(&s, "b");
  screen_send(&s, c, LOGIN);
  keys += press(&s, "' e Enter");
  keys += type(&s, "X-Debug: 1");
  keys += press(&s, "Ctrl-S");
  assert_true(screen_got(&s, &s.server[0], "X-Debug: 1\r\n"));
  assert_in_range(keys, 1, 15);
  screen_close(&s);
}

/* The same by text: 27 keys. */
static void task_header_by_text(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 80, 24);
  int keys = press(&s, "i") + type(&s, "POST /login") + press(&s, "Enter");
  screen_send(&s, screen_client(&s), LOGIN);
  keys += press(&s, "' e Enter") + type(&s, "X-Debug: 1") + press(&s, "Ctrl-S");
  assert_true(screen_got(&s, &s.server[0], "X-Debug: 1\r\n"));
  assert_in_range(keys, 1, 27);
  screen_close(&s);
}

/* 8: change a word in the body of a paused request: 16 keys with the break. */
static void task_body(void **state) {
  struct screen s;
  (void)state;
  struct peer *c = logged_in(&s, 80, 24);
  int keys = press(&s, "b");
  screen_send(&s, c, LOGIN);
  keys +=
      press(&s, "' e Alt-R") + type(&s, "bad") + press(&s, "Enter") + type(&s, "secret") + press(&s, "Enter Ctrl-S");
  assert_true(screen_got(&s, &s.server[0], "Content-Length: 17\r\n"));
  assert_true(screen_got(&s, &s.server[0], "{\"pass\":\"secret\"}"));
  assert_in_range(keys, 1, 16);
  screen_close(&s);
}

/* 9: let everything go: 1 key. 10: drop: ' d. */
static void task_let_go_and_drop(void **state) {
  struct screen s;
  (void)state;
  struct peer *c = logged_in(&s, 80, 24);
  screen_keys(&s, "B");
  screen_send(&s, c, LOGIN);
  struct peer *other = screen_client(&s);
  screen_send(&s, other, LOGIN);
  screen_keys(&s, "g g");
  uint64_t before = s.now;
  assert_int_equal(press(&s, "' d"), 2);
  assert_true(screen_got(&s, c, "502 Bad Gateway"));
  assert_true(s.now - before <= 50 * CLOCK_MS);
  assert_int_equal(s.servers, 1);
  assert_int_equal(press(&s, "A"), 1);
  assert_true(screen_got(&s, &s.server[0], "bad"));
  assert_false(screen_has(&s, "PAUSED"));
  screen_close(&s);
}

/* 25: change the URL of a paused request: 14 keys. */
static void task_url(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 80, 24);
  assert_true(intercept_set(s.w.rules, "GET", NULL));
  screen_send(&s, screen_client(&s), USERS);
  int keys =
      press(&s, "' e Alt-R") + type(&s, "foo") + press(&s, "Enter") + type(&s, "users") + press(&s, "Enter Ctrl-S");
  assert_true(screen_got(&s, &s.server[0], "GET /api/users HTTP/1.1\r\n"));
  assert_in_range(keys, 1, 14);
  screen_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(list_of_intercepts),
      cmocka_unit_test(bell_rings_once),
      cmocka_unit_test(bell_rings_where_nobody_looks),
      cmocka_unit_test(deadline_counts_down),
      cmocka_unit_test(patience_is_learnt),
      cmocka_unit_test(response_of_a_paused_request),
      cmocka_unit_test(break_names_the_port),
      cmocka_unit_test(break_once),
      cmocka_unit_test(break_always),
      cmocka_unit_test(break_while_off),
      cmocka_unit_test(task_header),
      cmocka_unit_test(task_header_by_text),
      cmocka_unit_test(task_body),
      cmocka_unit_test(task_let_go_and_drop),
      cmocka_unit_test(task_url),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
