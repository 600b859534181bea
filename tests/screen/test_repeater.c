/* Sending again: once, ten times, edited, with what differs in each; what is said of it, and what the servers got. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "screen.h"
#include "ui/flow_change.h"
#include "ui/repeater.h"
#include "ui/ui_state.h"

#define OK(body) "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n" body
#define BROKEN   "HTTP/1.1 500 Oops\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nno"

static void login(struct screen *s) {
  screen_flow(s, &(struct script){.method = "POST",
                                  .host = "api.test",
                                  .path = "/v1/login?x=1",
                                  .fields = "Content-Type: application/json\r\nContent-Length: 18\r\n",
                                  .body = "{\"password\":\"bad\"}",
                                  .status = 401,
                                  .reason = "Unauthorized",
                                  .response_fields = "Content-Type: text/plain\r\nContent-Length: 2\r\n",
                                  .response_body = "no",
                                  .ms = 3});
  screen_keys(s, "g g");
}

static void answer(struct screen *s, size_t server, const char *text) {
  screen_wait(s, (server + 1) * CLOCK_MS);
  struct flow *first = store_nth(s->w.store, 0);
  for (size_t i = 1; i < store_count(s->w.store); i++) /* the one time that is not the loop's */
    store_nth(s->w.store, i)->wall_us = first->wall_us + store_nth(s->w.store, i)->id * 1000000;
  screen_send(s, &s->server[server], text);
}

static void what_was_cleared_is_said(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  login(&s);
  screen_keys(&s, "r");
  answer(&s, 0, OK("ok"));
  screen_keys(&s, "X X F4");
  assert_true(screen_has(&s, "#2 is no longer in the list: deleted, cleared or evicted"));
  assert_true(screen_has(&s, "u brings back what was deleted or cleared"));
  screen_keys(&s, "e");
  assert_true(screen_has(&s, "its flow is no longer in the list: u brings back"));
  screen_keys(&s, "u");
  assert_false(screen_has(&s, "no longer in the list: deleted"));
  screen_close(&s);
}

/* Task 12: 10r. Each goes out when the one before has its answer. */
static void ten_times(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  login(&s);
  screen_keys(&s, "7 r");
  assert_true(screen_has(&s, "sending 7 times, one after the other"));
  assert_true(screen_has(&s, "sending 0/7"));
  for (size_t i = 0; i < 6; i++) {
    assert_int_equal(s.servers, i + 1);
    answer(&s, i, i == 3 ? BROKEN : OK("ok"));
  }
  screen_keys(&s, "F4");
  screen_golden(&s, "repeater_series_120x36");
  assert_true(screen_has(&s, "6 done, 1 to go   ok 5  fail 1"));
  answer(&s, 6, OK("ok"));
  assert_int_equal(s.servers, 7);
  assert_true(screen_has(&s, "7 of 7 sent: 6 ok, 1 failed (F4); min 1ms, median 4ms, p95 7ms; 2 distinct bodies"));
  screen_keys(&s, "\\");
  assert_true(screen_has(&s, "History of this tab"));
  screen_close(&s);
}

/* The numbers of the tries as the rows stand, one after the other. */
static void assert_rows(struct screen *s, const char *want) {
  char got[40] = "";
  size_t n = 0;
  const struct replay_tab *t = repeater_current(s->ui->repeater);
  screen_turn(s);
  for (size_t i = 0; i < t->rows.n && n < sizeof got - 4; i++)
    n += (size_t)snprintf(got + n, sizeof got - n, "%s%u", i ? " " : "", t->try.v[t->rows.v[i]].n);
  assert_string_equal(got, want);
}

/* The question for a name is open. */
static void write_and_read(struct screen *s) {
  const char *tmp = getenv("TMPDIR");
  char path[300], text[600];
  snprintf(path, sizeof path, "%s/weir-table-%d.csv", tmp != NULL ? tmp : "/tmp", (int)getpid());
  screen_keys(s, "Ctrl-U");
  screen_type(s, path);
  screen_keys(s, "Enter");
  FILE *f = fopen(path, "r");
  assert_non_null(f);
  text[fread(text, 1, sizeof text - 1, f)] = '\0';
  fclose(f);
  unlink(path);
  assert_string_equal(text, "\"try\",\"flow\",\"status\",\"size\",\"ms\",\"against the first\",\"body\",\"notes\"\r\n"
                            "1,2,200,2,4.000,\"'-\",097fd4,\r\n"
                            "2,3,500,2,90.000,\"~ status 200->500, body\",554607,\"slowest, only failure\"\r\n"
                            "3,4,200,2,2.000,\"~ body\",554607,\r\n"
                            "4,5,200,2,6.000,\"'= same\",097fd4,\r\n");
}

static void the_table_sorts_shows_failures_and_is_copied(void **state) {
  static const char *const answers[] = {OK("ok"), BROKEN, OK("no"), OK("ok")};
  static const size_t wait[] = {4, 90, 2, 6};
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  login(&s);
  screen_keys(&s, "4 r");
  for (size_t i = 0; i < 4; i++) {
    screen_wait(&s, wait[i] * CLOCK_MS);
    screen_send(&s, &s.server[i], answers[i]);
  }
  screen_keys(&s, "F4");
  assert_rows(&s, "1 2 3 4");
  assert_true(screen_has(&s, "slowest, only failure"));
  screen_keys(&s, "s d");
  assert_true(screen_has(&s, "tries by duration, largest first"));
  assert_true(screen_has(&s, "TOOK▼"));
  assert_rows(&s, "2 4 1 3");
  screen_keys(&s, "s d");
  assert_rows(&s, "3 1 4 2");
  screen_keys(&s, "g g");
  assert_true(screen_has(&s, "try 3 answered 200 after 2ms"));
  screen_keys(&s, "j D");
  assert_true(screen_has(&s, "there is no try before this one") || s.ui->top->ops != &repeater_view_ops);
  if (s.ui->top->ops != &repeater_view_ops)
    screen_keys(&s, "q");
  screen_keys(&s, "s c");
  assert_rows(&s, "2 1 3 4");
  screen_keys(&s, "s b");
  assert_true(screen_has(&s, "the same ones side by side"));
  screen_keys(&s, "s n");
  assert_rows(&s, "1 2 3 4");
  screen_golden(&s, "repeater_table_120x36");
  screen_keys(&s, "!");
  assert_true(screen_has(&s, "1 of 4 failed; ! shows all"));
  assert_true(screen_has(&s, "1 of 4 sends in a row: those that failed"));
  assert_rows(&s, "2");
  screen_keys(&s, "! y t");
  assert_true(screen_has(&s, "table copied"));
  screen_keys(&s, "w c");
  assert_true(screen_has(&s, "write the table as CSV to: weir-table-"));
  write_and_read(&s);
  screen_keys(&s, "\\");
  screen_keys(&s, "y t");
  assert_true(screen_has(&s, "a table is there of what was sent several times"));
  screen_keys(&s, "w c");
  assert_true(screen_has(&s, "write CSV to: weir-"));
  screen_close(&s);
}

static void esc_stops_after_the_running_one(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 80, 24);
  login(&s);
  screen_keys(&s, "5 r");
  answer(&s, 0, OK("ok"));
  assert_int_equal(s.servers, 2);
  screen_keys(&s, "r 2 r");
  assert_true(screen_has(&s, "are still to be sent: Esc stops them"));
  assert_int_equal(s.servers, 3); /* r alone goes at once */
  screen_keys(&s, "Esc");
  assert_true(screen_has(&s, "stops when what is running has ended"));
  answer(&s, 1, OK("ok"));
  assert_true(screen_has(&s, "stopped: 2 of 5 sent: 2 ok, 0 failed"));
  assert_int_equal(s.servers, 3);
  screen_keys(&s, "F4");
  screen_golden(&s, "repeater_80x24");
  screen_close(&s);
}

static void options(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  login(&s);
  screen_keys(&s, "R Ctrl-U");
  screen_type(&s, "9 parallel gap=ten");
  assert_true(screen_has(&s, "ten"));
  screen_keys(&s, "Ctrl-U");
  screen_type(&s, "4 parallel");
  assert_true(screen_has(&s, "4 times, up to 20 at once"));
  screen_keys(&s, "Enter");
  assert_int_equal(s.servers, 4);
  for (size_t i = 0; i < 4; i++)
    answer(&s, i, OK("ok"));
  assert_true(screen_has(&s, "4 of 4 sent: 4 ok, 0 failed"));
  screen_keys(&s, "R Ctrl-U");
  screen_type(&s, "3 gap=2s stop");
  screen_keys(&s, "Enter");
  assert_int_equal(s.servers, 5);
  answer(&s, 4, OK("ok"));
  assert_int_equal(s.servers, 5);
  screen_wait(&s, CLOCK_S);
  assert_int_equal(s.servers, 5);
  screen_wait(&s, CLOCK_S);
  assert_int_equal(s.servers, 6);
  answer(&s, 5, BROKEN);
  screen_wait(&s, 5 * CLOCK_S);
  assert_int_equal(s.servers, 6);
  assert_true(screen_has(&s, "stopped: 2 of 3 sent: 1 ok, 1 failed"));
  screen_close(&s);
}

static void many_posts_are_asked_about(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  login(&s);
  screen_keys(&s, "2 1 r");
  assert_true(screen_has(&s, "send POST 21 times? It is no GET"));
  screen_keys(&s, "n");
  assert_int_equal(s.servers, 0);
  screen_keys(&s, "2 1 r y");
  assert_int_equal(s.servers, 1);
  screen_close(&s);
}

/* Task 13: the editor, Ctrl-S, and back where one was, on the new flow; what it got is said when it is there. */
static void edited_and_sent(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  login(&s);
  screen_keys(&s, "e Alt-R");
  screen_type(&s, "bad");
  screen_keys(&s, "Enter");
  screen_type(&s, "secret");
  screen_keys(&s, "Enter Ctrl-S");
  assert_true(screen_has(&s, "sent as #2"));
  assert_int_equal(s.ui->cursor, 2);
  assert_true(screen_got(&s, &s.server[0], "Content-Length: 21\r\n"));
  answer(&s, 0, OK("ok"));
  assert_true(screen_has(&s, "#2: 200 OK in 1ms  ~ status 401->200, -Server, body"));
  assert_true(screen_has(&s, "of #1: ~ status"));
  screen_keys(&s, "F4");
  assert_true(screen_has(&s, "[1 login]"));
  assert_true(screen_has(&s, "(as captured #1)"));
  assert_true(screen_has(&s, "~ body .password \"bad\" -> \"secret\""));
  screen_golden(&s, "repeater_120x36");
  screen_keys(&s, "D");
  assert_string_equal(s.ui->top->ops->name, "diff");
  screen_keys(&s, "q (");
  assert_true(screen_has(&s, "try 1 of 2"));
  screen_keys(&s, "D");
  assert_true(screen_has(&s, "there is no try before this one"));
  screen_keys(&s, "r"); /* the edited text again */
  assert_true(screen_got(&s, &s.server[1], "{\"password\":\"secret\"}"));
  screen_keys(&s, "d");
  assert_true(screen_has(&s, "tab login closed"));
  screen_close(&s);
}

/* Task 14: kept, then ten times, each with another number. A replay of what was received is never changed. */
static void a_number_in_each(void **state) {
  struct screen s;
  char body[64];
  (void)state;
  screen_open(&s, 120, 36);
  login(&s);
  screen_keys(&s, "e Alt-R");
  screen_type(&s, "bad");
  screen_keys(&s, "Enter");
  screen_type(&s, "{{n}}-{{uuid}}-{{other}}");
  screen_keys(&s, "Enter Ctrl-O");
  assert_true(screen_has(&s, "kept: r sends it, 10r ten times"));
  screen_keys(&s, "3 r");
  assert_true(screen_has(&s, "sending 3 times, one after the other, with {{n}} {{uuid}}"));
  for (size_t i = 0; i < 3; i++) {
    snprintf(body, sizeof body, "{\"password\":\"%zu-", i + 1);
    assert_true(screen_got(&s, &s.server[i], body));
    assert_true(screen_got(&s, &s.server[i], "-{{other}}\"}"));
    assert_false(screen_got(&s, &s.server[i], "{{uuid}}"));
    answer(&s, i, OK("ok"));
  }
  screen_keys(&s, "e");
  assert_true(screen_has(&s, "{{n}}-{{uuid}}"));
  screen_keys(&s, "Esc q");
  struct flow *f = screen_flow(&s, &(struct script){.method = "GET", .host = "a.test", .path = "/{{n}}"});
  assert_non_null(f);
  screen_turn(&s);
  screen_keys(&s, "G r");
  assert_true(screen_got(&s, &s.server[3], "GET /{{n}} HTTP/1.1"));
  screen_close(&s);
}

/* X takes what is sent again out of the list, and then what it was: the series goes on, as it was sent and edited. */
static void the_list_is_cleared_meanwhile(void **state) {
  (void)state;
  for (int edited = 0; edited < 2; edited++) {
    struct screen s;
    screen_open(&s, 120, 36);
    login(&s);
    if (edited) {
      screen_keys(&s, "e Alt-R");
      screen_type(&s, "bad");
      screen_keys(&s, "Enter");
      screen_type(&s, "better");
      screen_keys(&s, "Enter Ctrl-O");
    }
    screen_keys(&s, "4 r X");
    assert_null(store_get(s.w.store, 1));
    for (size_t i = 0; i < 4; i++) {
      assert_true(screen_got(&s, &s.server[i], "POST /v1/login?x=1 HTTP/1.1\r\n"));
      assert_true(screen_got(&s, &s.server[i], edited ? "{\"password\":\"better\"}" : "{\"password\":\"bad\"}"));
      screen_wait(&s, CLOCK_MS);
      screen_send(&s, &s.server[i], OK("ok"));
      if (i == 1)
        screen_keys(&s, "X");
    }
    assert_has(&s, "4 of 4 sent: 4 ok");
    assert_int_equal(s.ui->repeater->tab.n, 1);
    screen_close(&s);
  }
}

static void lines_of_a_file(void **state) {
  struct screen s;
  char name[] = "/tmp/weir-words-XXXXXX", text[100];
  (void)state;
  int fd = mkstemp(name);
  assert_int_equal(write(fd, "ann\r\n\nbob\n", 10), 10);
  close(fd);
  screen_open(&s, 120, 36);
  login(&s);
  screen_keys(&s, "e Alt-R");
  screen_type(&s, "bad");
  screen_keys(&s, "Enter");
  snprintf(text, sizeof text, "{{file:%s}}", name);
  screen_type(&s, text);
  screen_keys(&s, "Enter Ctrl-O 3 r");
  assert_true(screen_has(&s, "(2 lines)"));
  static const char *const words[] = {"\"ann\"", "\"bob\"", "\"ann\""};
  for (size_t i = 0; i < 3; i++) {
    assert_true(screen_got(&s, &s.server[i], words[i]));
    answer(&s, i, OK("ok"));
  }
  unlink(name);
  screen_keys(&s, "r");
  assert_true(screen_has(&s, "No such file"));
  screen_close(&s);
}

static void tabs(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_keys(&s, "F4");
  assert_true(screen_has(&s, "nothing was sent again yet"));
  screen_keys(&s, "q 5 G r 9 G r 1 G r F4");
  assert_true(screen_has(&s, " 1 users  2 missing [3 GET /]"));
  screen_keys(&s, "h");
  assert_true(screen_has(&s, " 1 users [2 missing] 3 GET /"));
  screen_keys(&s, "l l");
  assert_true(screen_has(&s, "[1 users] 2 missing  3 GET /"));
  screen_keys(&s, "l d d d");
  assert_true(screen_has(&s, "nothing was sent again yet"));
  screen_keys(&s, "d");
  assert_true(screen_has(&s, "there is no tab to close"));
  screen_close(&s);
}

/* One member of the answer that differs is named; of several it is said that the body differs. */
static void a_member_of_the_answer(void **state) {
  static const char *const body[] = {"{\"id\":7,\"price\":3}", "{\"id\":7,\"price\":4}", "{\"id\":8,\"price\":4}"};
  static const char *const want[] = {"= same", "~ body .price 3 -> 4", "~ body"};
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  for (int i = 0; i < 3; i++) {
    struct buf words = BUF_INIT;
    screen_flow(&s, &(struct script){.method = "GET",
                                     .host = "shop.test",
                                     .path = "/",
                                     .status = 200,
                                     .reason = "OK",
                                     .response_fields = "Content-Type: application/json\r\n",
                                     .response_body = body[i]});
    flow_change_response(store_get(s.w.store, 1), store_get(s.w.store, (uint64_t)i + 1), &words);
    assert_string_equal(buf_text(&words), want[i]);
    buf_clear(&words);
  }
  screen_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_was_cleared_is_said),
      cmocka_unit_test(ten_times),
      cmocka_unit_test(the_table_sorts_shows_failures_and_is_copied),
      cmocka_unit_test(esc_stops_after_the_running_one),
      cmocka_unit_test(options),
      cmocka_unit_test(many_posts_are_asked_about),
      cmocka_unit_test(edited_and_sent),
      cmocka_unit_test(a_number_in_each),
      cmocka_unit_test(the_list_is_cleared_meanwhile),
      cmocka_unit_test(lines_of_a_file),
      cmocka_unit_test(tabs),
      cmocka_unit_test(a_member_of_the_answer),
  };
  return cmocka_run_group_tests_name("repeater", tests, NULL, NULL);
}
