/* What keys do, from the key to the wire: pausing, sending, dropping, sending again, deleting, undoing, quitting. */
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

#include "screen.h"
#include "ui/ui_state.h"
#include "ui/undo.h"
#include "weir/app/output.h"
#include "weir/base/mem.h"

#define POST  "POST http://shop.test/login HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 3\r\n\r\nbad"
#define GET   "GET http://shop.test/a HTTP/1.1\r\nHost: shop.test\r\n\r\n"
#define REPLY "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

/* ---- paused ---- */

static void pause_and_resume(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_keys(&s, "i");
  screen_type(&s, "~m POST");
  screen_keys(&s, "Enter");
  assert_true(screen_has(&s, "intercept ~m POST"));
  struct peer *c = screen_client(&s);
  screen_send(&s, c, POST);
  assert_true(screen_has(&s, "1 PAUSED"));
  assert_int_equal(s.servers, 0);
  screen_wait(&s, 41 * CLOCK_S);
  assert_true(screen_has(&s, "paused 41s"));
  screen_keys(&s, "'");
  assert_true(screen_has(&s, "#1 is the oldest paused"));
  screen_keys(&s, "a");
  assert_true(screen_has(&s, "#1 goes on"));
  assert_int_equal(s.servers, 1);
  assert_true(screen_got(&s, &s.server[0], "\r\n\r\nbad"));
  screen_send(&s, &s.server[0], REPLY);
  assert_true(screen_got(&s, c, "ok"));
  assert_true(screen_has(&s, "flows 1/1"));
  assert_false(screen_has(&s, "PAUSED"));
  screen_keys(&s, "a");
  assert_true(screen_has(&s, "#1 is not paused"));
  screen_keys(&s, "I");
  screen_send(&s, c, POST);
  assert_false(screen_has(&s, "PAUSED"));
  screen_close(&s);
}

static void drop(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  assert_true(intercept_set(s.w.rules, "~m POST", NULL));
  struct peer *c = screen_client(&s);
  screen_send(&s, c, POST);
  screen_keys(&s, "F3");
  assert_true(screen_has(&s, "[F3 Paused 1]"));
  screen_keys(&s, "d");
  assert_true(screen_got(&s, c, "HTTP/1.1 502"));
  assert_int_equal(s.servers, 0);
  assert_true(screen_has(&s, "nothing is paused"));
  screen_keys(&s, "q");
  assert_true(screen_has(&s, "dropped"));
  screen_close(&s);
}

static void client_gone(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  assert_true(intercept_set(s.w.rules, "~m POST", NULL));
  struct peer *c = screen_client(&s);
  screen_send(&s, c, POST);
  screen_hang_up(&s, c);
  assert_true(screen_has(&s, "client gone, paused"));
  screen_keys(&s, "a");
  assert_true(screen_has(&s, "nothing was sent; r sends it again"));
  assert_int_equal(s.servers, 0);
  screen_keys(&s, "r");
  assert_true(screen_has(&s, "sent as #2"));
  assert_int_equal(s.servers, 1);
  screen_close(&s);
}

static void resume_all(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  assert_true(intercept_set(s.w.rules, "~all", NULL));
  screen_send(&s, screen_client(&s), POST);
  screen_send(&s, screen_client(&s), GET);
  screen_keys(&s, "f");
  screen_type(&s, "~c 404");
  screen_keys(&s, "Enter");
  assert_true(screen_has(&s, "flows 2/2"));
  screen_keys(&s, "A");
  assert_true(screen_has(&s, "2 went on"));
  assert_int_equal(s.servers, 2);
  assert_true(screen_has(&s, "flows 0/2"));
  screen_close(&s);
}

static void responses(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  assert_true(intercept_set(s.w.rules, "~m POST", NULL));
  screen_keys(&s, "H");
  struct peer *c = screen_client(&s);
  screen_send(&s, c, POST);
  screen_keys(&s, "a");
  screen_send(&s, &s.server[0], REPLY);
  assert_true(screen_has(&s, "1 PAUSED"));
  assert_false(screen_got(&s, c, "ok"));
  screen_keys(&s, "F3");
  assert_true(screen_has(&s, "nothing has been sent to the client yet"));
  screen_keys(&s, "a");
  assert_true(screen_got(&s, c, "ok"));
  screen_close(&s);
}

static void edit(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  assert_true(intercept_set(s.w.rules, "~m POST", NULL));
  struct peer *c = screen_client(&s);
  screen_send(&s, c, POST);
  screen_keys(&s, "e Down");
  screen_type(&s, "X-Debug: 1");
  screen_keys(&s, "Enter Ctrl-O");
  assert_int_equal(s.servers, 0);
  assert_true(screen_has(&s, "1 PAUSED"));
  screen_keys(&s, "Esc a");
  assert_true(screen_got(&s, &s.server[0], "X-Debug: 1\r\n"));
  screen_send(&s, &s.server[0], REPLY);
  screen_keys(&s, "Enter Tab");
  assert_true(screen_has(&s, "Original [Sent]"));
  assert_true(screen_has(&s, "+ X-Debug"));
  screen_keys(&s, "O");
  assert_true(screen_has(&s, "[Original] Sent"));
  assert_false(screen_has(&s, "X-Debug"));
  screen_close(&s);
}

/* Pre-filled, the condition pauses the next one like the flow under the cursor, and no other. */
static void condition_from_flow(void **state) {
  static const char *const path[] = {"/login", "/api/users.json?page=2", "/a\\b\"c(d)+[e]", "/caf\xc3\xa9/*"};
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  for (size_t i = 0; i < 4; i++)
    screen_flow(&s,
                &(struct script){
                    .method = "POST", .host = "shop.test", .path = path[i], .status = 200, .reason = "OK", .ms = 1});
  screen_flow(
      &s,
      &(struct script){
          .method = "POST", .host = "shop.test", .path = "/api/usersXjson", .status = 200, .reason = "OK", .ms = 1});
  screen_turn(&s);
  screen_keys(&s, "g g");
  for (uint64_t id = 1; id <= 4; id++) {
    screen_keys(&s, "i Enter j");
    struct filter *filter = filter_compile(slice_of(intercept_condition(s.w.rules)), NULL);
    assert_non_null(filter);
    for (uint64_t other = 1; other <= 5; other++)
      assert_int_equal(filter_match(filter, store_get(s.w.store, other), NULL), other == id);
    filter_free(filter);
    assert_true(intercept_set(s.w.rules, "", NULL));
  }
  screen_keys(&s, "g g i");
  assert_true(screen_has(&s, "intercept: POST path=/login"));
  assert_true(screen_has(&s, "pauses requests"));
  screen_keys(&s, "Ctrl-U");
  screen_type(&s, "~c 500");
  assert_true(screen_has(&s, "pauses responses"));
  screen_keys(&s, "Enter I");
  assert_true(screen_has(&s, "intercept off"));
  screen_keys(&s, "i Ctrl-U");
  screen_type(&s, "~u (");
  screen_keys(&s, "Enter");
  assert_true(screen_has(&s, "intercept: ~u ("));
  assert_string_equal(intercept_condition(s.w.rules), "~c 500");
  screen_close(&s);
}

/* ---- replays ---- */

static void replay(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  struct peer *c = screen_client(&s);
  screen_send(&s, c, POST);
  screen_send(&s, &s.server[0], REPLY);
  assert_true(screen_got(&s, c, "ok"));
  screen_keys(&s, "r");
  assert_true(screen_has(&s, "sent as #2"));
  assert_int_equal(s.servers, 2);
  assert_true(screen_got(&s, &s.server[1], "\r\n\r\nbad"));
  screen_send(&s, &s.server[1], REPLY);
  assert_true(screen_has(&s, "of #1: = same"));
  assert_true(screen_has(&s, "↺ 200"));
  screen_keys(&s, "1 0 0 0 1 r");
  assert_true(screen_has(&s, "at most 10000 in a row"));
  screen_close(&s);
}

/* ---- the list ---- */

static void delete_and_undo(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_send(&s, screen_client(&s), GET); /* in flight: #18 */
  screen_keys(&s, "g g j d");
  assert_true(screen_has(&s, "#2 deleted"));
  assert_true(screen_has(&s, "u undo: delete #2"));
  assert_true(screen_has(&s, "flows 17/17"));
  assert_false(screen_has(&s, "/static/app.css"));
  screen_keys(&s, "X");
  assert_true(screen_has(&s, "16 flows cleared, 1 in flight stays; u brings back"));
  assert_true(screen_has(&s, "u undo: clear the list"));
  assert_true(screen_has(&s, "flows 1/1"));
  screen_keys(&s, "u");
  assert_true(screen_has(&s, "flows 17/17"));
  screen_keys(&s, "u");
  assert_true(screen_has(&s, "flows 18/18"));
  assert_true(screen_has(&s, "/static/app.css"));
  screen_keys(&s, "u");
  assert_true(screen_has(&s, "nothing to undo"));
  screen_keys(&s, "G d");
  assert_true(screen_has(&s, "#18 is still running: d again ends it"));
  screen_keys(&s, "d");
  assert_true(screen_has(&s, "#18 ended"));
  screen_close(&s);
}

static void undo_is_bounded(void **state) {
  struct screen s;
  char *body = mem_alloc(1 << 20);
  memset(body, 'x', 1 << 20);
  struct script big = {.method = "GET",
                       .host = "shop.test",
                       .path = "/big",
                       .status = 200,
                       .reason = "OK",
                       .response_body = body,
                       .response_body_n = 1 << 20,
                       .ms = 3};
  (void)state;
  screen_open_sized(&s, 120, 36, 8u << 20, 1000);
  for (int i = 0; i < 6; i++)
    screen_flow(&s, &big);
  screen_turn(&s);
  screen_keys(&s, "X");
  assert_true(undo_cost(s.ui->undo) > 6u << 20);
  for (int i = 0; i < 5; i++) {
    screen_flow(&s, &big);
    screen_turn(&s);
    assert_true(undo_cost(s.ui->undo) + store_stats(s.w.store).bytes <= 8u << 20);
  }
  screen_keys(&s, "u");
  assert_true(screen_has(&s, "had to make room for what came since"));
  free(body);
  screen_close(&s);
}

static void mark_and_note(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_keys(&s, "g g m");
  assert_true(store_get(s.w.store, 1)->marked);
  screen_keys(&s, "m ;");
  assert_false(store_get(s.w.store, 1)->marked);
  screen_type(&s, "look here");
  screen_keys(&s, "Enter");
  assert_string_equal(store_get(s.w.store, 1)->note, "look here");
  screen_keys(&s, "j k");
  assert_true(screen_has(&s, "; look here"));
  screen_keys(&s, ";");
  screen_type(&s, "XX");
  screen_keys(&s, "Esc");
  assert_string_equal(store_get(s.w.store, 1)->note, "look here");
  screen_keys(&s, "; Ctrl-U Enter u");
  assert_string_equal(store_get(s.w.store, 1)->note, "look here");
  screen_close(&s);
}

static void walking(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 80, 24);
  screen_shop(&s);
  screen_keys(&s, "g g");
  assert_int_equal(s.ui->cursor, 1);
  screen_keys(&s, "1 2 j 2 k");
  assert_int_equal(s.ui->cursor, 11);
  screen_keys(&s, "{");
  assert_int_equal(s.ui->cursor, 10);
  screen_keys(&s, "{ {");
  assert_int_equal(s.ui->cursor, 6);
  screen_keys(&s, "{");
  assert_true(screen_has(&s, "no failure further up"));
  screen_keys(&s, "} } }");
  assert_int_equal(s.ui->cursor, 14);
  screen_keys(&s, "5 G");
  assert_int_equal(s.ui->cursor, 5);
  assert_false(s.ui->following);
  screen_keys(&s, "G");
  assert_true(s.ui->following);
  screen_keys(&s, "Home Enter J J");
  assert_int_equal(s.ui->cursor, 3);
  screen_keys(&s, "g x");
  assert_true(screen_has(&s, "gx does nothing here"));
  screen_keys(&s, "g");
  assert_true(screen_has(&s, "─ go to ─"));
  screen_keys(&s, "f");
  assert_ptr_equal(s.ui->top->ops, &list_view_ops);
  screen_close(&s);
}

/* New rows never move the cursor to another flow; when its flow goes, it goes to the neighbour. */
static void cursor_is_a_flow(void **state) {
  struct screen s;
  struct script one = {.method = "GET", .host = "shop.test", .path = "/x", .status = 200, .reason = "OK", .ms = 3};
  (void)state;
  screen_open_sized(&s, 80, 24, 64u << 20, 30);
  for (int i = 0; i < 30; i++)
    screen_flow(&s, &one);
  screen_turn(&s);
  screen_keys(&s, "1 0 G");
  assert_int_equal(s.ui->cursor, 10);
  for (int i = 0; i < 9; i++) {
    screen_flow(&s, &one);
    screen_turn(&s);
  }
  assert_int_equal(s.ui->cursor, 10);
  screen_flow(&s, &one);
  screen_turn(&s);
  assert_int_equal(s.ui->cursor, 11);
  assert_true(screen_has(&s, "#10 was the oldest and has left the ring"));
  screen_close(&s);
}

static void recording(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_keys(&s, "p");
  assert_true(screen_has(&s, "not recording: traffic passes unseen and unpaused"));
  struct peer *c = screen_client(&s);
  screen_send(&s, c, GET);
  screen_send(&s, &s.server[0], REPLY);
  assert_true(screen_got(&s, c, "ok"));
  assert_true(screen_has(&s, "flows 0/0"));
  screen_keys(&s, "p");
  assert_true(screen_has(&s, "REC"));
  screen_close(&s);
}

/* ---- copying and writing ---- */

static void copy(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_keys(&s, "g g y");
  assert_true(screen_has(&s, "─ copy #1 ─"));
  screen_keys(&s, "u");
  /* http://shop.test/ */
  assert_true(slice_find(terminal_fake_sent(s.t), slice_of("\033]52;c;aHR0cDovL3Nob3AudGVzdC8=\a")) >= 0);
  assert_true(screen_has(&s, "URL copied (17 bytes"));
  screen_keys(&s, "y c");
  assert_true(screen_has(&s, "curl command copied"));
  screen_close(&s);
}

static void write_files(void **state) {
  struct screen s;
  char folder[] = "/tmp/weir-write-XXXXXX", path[64];
  struct stat st;
  (void)state;
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/body", folder);
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_keys(&s, "7 G w b");
  assert_true(screen_has(&s, "write response body to: login"));
  screen_keys(&s, "Ctrl-U");
  screen_type(&s, path);
  screen_keys(&s, "Enter");
  assert_true(screen_has(&s, "written to"));
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_size, 64);
  screen_keys(&s, "w r");
  assert_true(screen_has(&s, "write raw response to: login-response.http"));
  screen_keys(&s, "Ctrl-U");
  screen_type(&s, path);
  screen_keys(&s, "Enter");
  assert_true(screen_has(&s, "exists: overwrite it?"));
  screen_keys(&s, "n");
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_size, 64);
  screen_keys(&s, "w r Ctrl-U");
  screen_type(&s, path);
  screen_keys(&s, "Enter y");
  assert_int_equal(stat(path, &st), 0);
  assert_true(st.st_size > 64);
  screen_keys(&s, "w b Ctrl-U");
  screen_type(&s, "/nonexistent/x");
  screen_keys(&s, "Enter");
  assert_true(screen_has(&s, "write response body to: /nonexistent/x"));
  screen_keys(&s, "Esc");
  unlink(path);
  rmdir(folder);
  screen_close(&s);
}

/* ---- the program ---- */

static void quit(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  assert_true(intercept_set(s.w.rules, "~m POST", NULL));
  struct peer *c = screen_client(&s);
  screen_send(&s, c, POST);
  screen_keys(&s, "q");
  assert_true(screen_has(&s, "1 message is paused: it will be dropped, not sent"));
  screen_keys(&s, "Enter Esc");
  assert_false(s.stopped);
  assert_false(screen_has(&s, "quit weir?"));
  screen_keys(&s, "q y"); /* the answer to a question */
  assert_true(s.stopped);
  assert_int_equal(s.servers, 0);
  screen_close(&s);
  screen_open(&s, 120, 36);
  screen_keys(&s, "q");
  assert_true(s.stopped);
  screen_close(&s);
}

static void quitting_says_what_is_lost(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  struct peer *c = screen_client(&s), *tunnel = screen_client(&s);
  screen_send(&s, tunnel, "CONNECT shop.test:22 HTTP/1.1\r\nHost: shop.test:22\r\n\r\n");
  screen_send(&s, &s.server[0], "SSH-2.0-x\r\n");
  screen_send(&s, c, GET);
  screen_send(&s, &s.server[1], "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123");
  screen_keys(&s, "q");
  assert_true(screen_has(&s, "1 transfer is running: 3 of 10"));
  assert_true(screen_has(&s, "1 tunnel is open: 11 passed"));
  assert_true(screen_has(&s, "2 flows are not saved"));
  screen_send(&s, &s.server[1], "4567890");
  screen_hang_up(&s, tunnel);
  screen_hang_up(&s, &s.server[0]);
  assert_false(screen_has(&s, "running"));
  assert_false(screen_has(&s, "tunnel is open"));
  screen_keys(&s, "Esc X");
  screen_keys(&s, "q");
  assert_true(s.stopped);
  screen_close(&s);
}

static void quitting_with_a_file_of_all(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  FILE *file = tmpfile();
  assert_non_null(file);
  s.w.file = output_new(s.w.loop, s.w.store, &(struct output_options){.fd = fileno(file)});
  screen_shop(&s);
  screen_keys(&s, "q");
  assert_true(s.stopped);
  output_free(s.w.file);
  s.w.file = NULL;
  fclose(file);
  screen_close(&s);
}

/* Traffic paints at most 30 times a second; a key paints in its own turn. */
static void frames(void **state) {
  struct screen s;
  struct script one = {.method = "GET", .host = "shop.test", .path = "/x", .status = 200, .reason = "OK", .ms = 3};
  (void)state;
  screen_open(&s, 80, 24);
  uint64_t before = s.ui->paints;
  for (int i = 0; i < 1000; i++) {
    screen_flow(&s, &one);
    loop_turn(s.w.loop, 0);
    s.now += CLOCK_MS;
  }
  assert_in_range(s.ui->paints - before, 25, 31);
  before = s.ui->paints;
  screen_flow(&s, &one);
  loop_turn(s.w.loop, 0);
  terminal_fake_key(s.t, "k");
  loop_turn(s.w.loop, 0);
  assert_true(s.ui->paints > before);
  screen_turn(&s);
  before = s.ui->paints;
  for (int i = 0; i < 100; i++)
    loop_turn(s.w.loop, 0);
  assert_int_equal(s.ui->paints, before); /* nothing new: nothing painted */
  screen_close(&s);
}

static void stuck_terminal(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 80, 24);
  terminal_fake_stall(s.t, true);
  struct peer *c = screen_client(&s);
  screen_send(&s, c, GET);
  screen_send(&s, &s.server[0], REPLY);
  assert_true(screen_got(&s, c, "ok"));
  assert_true(screen_has(&s, "flows 0/0"));
  screen_keys(&s, "j");
  terminal_fake_stall(s.t, false);
  screen_turn(&s);
  assert_true(screen_has(&s, "flows 1/1"));
  screen_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pause_and_resume),
      cmocka_unit_test(drop),
      cmocka_unit_test(client_gone),
      cmocka_unit_test(resume_all),
      cmocka_unit_test(responses),
      cmocka_unit_test(edit),
      cmocka_unit_test(condition_from_flow),
      cmocka_unit_test(replay),
      cmocka_unit_test(delete_and_undo),
      cmocka_unit_test(undo_is_bounded),
      cmocka_unit_test(mark_and_note),
      cmocka_unit_test(walking),
      cmocka_unit_test(cursor_is_a_flow),
      cmocka_unit_test(recording),
      cmocka_unit_test(copy),
      cmocka_unit_test(write_files),
      cmocka_unit_test(quit),
      cmocka_unit_test(quitting_says_what_is_lost),
      cmocka_unit_test(quitting_with_a_file_of_all),
      cmocka_unit_test(frames),
      cmocka_unit_test(stuck_terminal),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
