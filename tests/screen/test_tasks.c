/*
 * What daily tasks cost in keys. Each test does one task from the screen on which it comes up, counts every key pressed
 * (a typed text one by one, a paste as one) and fails where the effect is missing or the keys are more than promised.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "desk.h"
#include "ui/ui_state.h"

/* ---- see and find ---- */

static void where_it_listens_and_how_to_trust(void **state) {
  struct desk d;
  (void)state;
  setenv("XDG_DATA_HOME", "/d", 1);
  desk_open(&d);
  d.s.w.https = true;
  ui_dirty(d.s.ui);
  screen_turn(&d.s);
  must_see(&d, "weir waits at 127.0.0.1:8888");
  must_see(&d, "--cacert /d/weir/ca.pem");
  must_see(&d, "F8 shows how");
  unsetenv("XDG_DATA_HOME");
  leave(&d, 0);
}

static void failures_among_31(void **state) {
  struct desk d;
  (void)state;
  in_shop(&d, "1");
  for (size_t n = flows(&d); n < 31; n++)
    screen_flow(&d.s,
                &(struct script){.method = "GET", .host = "shop.test", .path = "/p", .status = 200, .reason = "OK"});
  screen_turn(&d.s);
  press(&d, "}");
  assert_int_equal(d.s.ui->cursor, 6);
  spent(&d, 1);
  d.keys = 0;
  press(&d, "!");
  assert_int_equal(flows(&d), 5);
  must_see(&d, "name not known");
  must_see(&d, "connection refused");
  leave(&d, 1);
}

static void see_the_response(void **state) {
  struct desk d;
  (void)state;
  in_shop(&d, "6");
  must_see(&d, "bad credentials");
  press(&d, "Enter");
  assert_string_equal(d.s.ui->top->ops->name, "detail");
  must_see(&d, "\"error\": \"bad credentials\"");
  leave(&d, 1);
}

static void find_text_in_any_body(void **state) {
  struct desk d;
  (void)state;
  in_shop(&d, "1");
  press(&d, "/");
  type(&d, "credentials");
  press(&d, "Enter");
  assert_int_equal(d.s.ui->cursor, 6);
  must_see(&d, "bad credentials");
  leave(&d, 13);
}

static void only_this_host(void **state) {
  struct desk d;
  (void)state;
  in_shop(&d, "6");
  press(&d, "= h");
  must_see(&d, "f: host=api.shop.test");
  assert_int_equal(flows(&d), 6);
  leave(&d, 2);
}

static void hide_assets(void **state) {
  struct desk d;
  (void)state;
  in_shop(&d, "6");
  press(&d, "- a");
  assert_int_equal(flows(&d), 14);
  assert_false(screen_has(&d.s, "app.css"));
  assert_false(screen_has(&d.s, "logo.png"));
  leave(&d, 2);
}

/* The list says how long each took, the slowest first; F6 the rest of one. */
static void slowest_first(void **state) {
  struct desk d;
  (void)state;
  in_shop(&d, "1");
  press(&d, "s d");
  assert_int_equal(filter_index_nth(d.s.ui->index, 0), 13);
  must_see(&d, "3.20s");
  leave(&d, 2);
}

/* ---- pause ---- */

static void add_header_to_the_next(void **state) {
  struct desk d;
  (void)state;
  struct peer *c = logged_in(&d);
  press(&d, "b");
  screen_send(&d.s, c, LOGIN);
  press(&d, "' e Enter");
  type(&d, "X-Debug: 1");
  press(&d, "Ctrl-S");
  assert_true(screen_got(&d.s, &d.s.server[0], "\r\nX-Debug: 1\r\n"));
  leave(&d, 15);
}

static void add_header_by_text(void **state) {
  struct desk d;
  (void)state;
  desk_open(&d);
  press(&d, "i");
  type(&d, "POST /login");
  press(&d, "Enter");
  screen_send(&d.s, client(&d), LOGIN);
  press(&d, "' e Enter");
  type(&d, "X-Debug: 1");
  press(&d, "Ctrl-S");
  assert_true(screen_got(&d.s, &d.s.server[0], "\r\nX-Debug: 1\r\n"));
  leave(&d, 27);
}

static void replace(struct desk *d, const char *what, const char *with) {
  press(d, "e Alt-R");
  type(d, what);
  press(d, "Enter");
  type(d, with);
  press(d, "Enter");
}

static void change_a_word_of_a_paused_body(void **state) {
  struct desk d;
  (void)state;
  struct peer *c = logged_in(&d);
  press(&d, "b");
  screen_send(&d.s, c, LOGIN);
  press(&d, "'");
  replace(&d, "bad", "secret");
  press(&d, "Ctrl-S");
  assert_true(screen_got(&d.s, &d.s.server[0], "Content-Length: 17\r\n"));
  assert_true(screen_got(&d.s, &d.s.server[0], "{\"pass\":\"secret\"}"));
  leave(&d, 16);
}

/* Two logins wait. */
static struct peer *two_paused(struct desk *d) {
  struct peer *c = logged_in(d);
  screen_keys(&d->s, "B");
  screen_send(&d->s, c, LOGIN);
  screen_send(&d->s, client(d), LOGIN);
  must_see(d, "2 PAUSED");
  screen_keys(&d->s, "g g");
  return c;
}

static void let_all_go(void **state) {
  struct desk d;
  (void)state;
  two_paused(&d);
  press(&d, "A");
  assert_false(screen_has(&d.s, "PAUSED"));
  assert_int_equal(served(&d, "{\"pass\":\"bad\"}"), 3);
  leave(&d, 1);
}

/* The client is told at once. */
static void drop_a_paused_request(void **state) {
  struct desk d;
  (void)state;
  struct peer *c = two_paused(&d);
  assert_false(screen_got(&d.s, c, "502 Bad Gateway"));
  press(&d, "' d"); /* the clock stands still: nothing else tells the client */
  assert_true(screen_got(&d.s, c, "502 Bad Gateway"));
  must_see(&d, "1 PAUSED");
  spent(&d, 2);
  screen_keys(&d.s, "F3");
  d.keys = 0;
  press(&d, "d");
  assert_false(screen_has(&d.s, "PAUSED"));
  assert_int_equal(served(&d, "POST"), 1); /* the one before */
  leave(&d, 1);
}

static void change_the_url_of_a_paused_request(void **state) {
  struct desk d;
  (void)state;
  desk_open(&d);
  assert_true(intercept_set(d.s.w.rules, "GET", NULL));
  screen_send(&d.s, client(&d), USERS);
  press(&d, "'");
  replace(&d, "foo", "users");
  press(&d, "Ctrl-S");
  assert_true(screen_got(&d.s, &d.s.server[0], "GET /api/users HTTP/1.1\r\n"));
  leave(&d, 14);
}

/* ---- send again ---- */

static void send_again(void **state) {
  struct desk d;
  (void)state;
  logged_in(&d);
  press(&d, "r");
  assert_int_equal(served(&d, "{\"pass\":\"bad\"}"), 2);
  assert_int_equal(flows(&d), 2);
  assert_false(store_get(d.s.w.store, 1)->replay);
  assert_int_equal(store_get(d.s.w.store, 2)->parent, 1);
  leave(&d, 1);
}

static void send_again_ten_times(void **state) {
  struct desk d;
  (void)state;
  logged_in(&d);
  press(&d, "1 0 r");
  assert_int_equal(served(&d, "{\"pass\":\"bad\"}"), 11);
  leave(&d, 3);
}

static void send_again_changed(void **state) {
  struct desk d;
  (void)state;
  logged_in(&d);
  replace(&d, "bad", "secret");
  press(&d, "Ctrl-S");
  assert_int_equal(served(&d, "{\"pass\":\"secret\"}"), 1);
  assert_int_equal(count_in(&d.s.server[0].got, "{\"pass\":\"bad\"}"), 1);
  leave(&d, 14);
}

/* Sent once, then that nine times more. */
static void send_again_changed_ten_times(void **state) {
  struct desk d;
  (void)state;
  logged_in(&d);
  replace(&d, "bad", "secret");
  press(&d, "Ctrl-S G 9 r");
  assert_int_equal(served(&d, "{\"pass\":\"secret\"}"), 10);
  leave(&d, 17);
}

/* A POST of JSON: pasted as a curl command, and typed. The cursor is on a flow to the same host. */
static void compose_pasted(void **state) {
  struct desk d;
  (void)state;
  desk_open(&d);
  press(&d, "c");
  paste(&d, "curl http://api.test/users -H 'Content-Type: application/json' -d '{\"name\":\"ann\"}'");
  press(&d, "Ctrl-S");
  assert_true(screen_got(&d.s, &d.s.server[0], "POST /users HTTP/1.1\r\n"));
  assert_true(screen_got(&d.s, &d.s.server[0], "\r\n\r\n{\"name\":\"ann\"}"));
  leave(&d, 3);
}

static void compose_typed(void **state) {
  struct desk d;
  (void)state;
  desk_open(&d);
  screen_flow(&d.s, &(struct script){.method = "GET", .host = "api.test", .path = "/", .status = 200, .reason = "OK"});
  screen_keys(&d.s, "g g");
  press(&d, "c");
  type(&d, "api/users");
  press(&d, "Home Delete Delete Delete");
  type(&d, "POST");
  press(&d, "End Enter");
  type(&d, "Content-Type: application/json");
  press(&d, "Tab");
  type(&d, "{\"name\":\"ann\"}");
  press(&d, "Ctrl-S");
  assert_true(screen_got(&d.s, &d.s.server[0], "POST /api/users HTTP/1.1\r\n"));
  assert_true(screen_got(&d.s, &d.s.server[0], "\r\nContent-Type: application/json\r\n"));
  assert_true(screen_got(&d.s, &d.s.server[0], "\r\nContent-Length: 14\r\n"));
  assert_true(screen_got(&d.s, &d.s.server[0], "\r\n\r\n{\"name\":\"ann\"}"));
  leave(&d, 72);
}

/* ---- compare, take with you ---- */

static void compare_two_responses(void **state) {
  struct desk d;
  (void)state;
  in_shop(&d, "6");
  press(&d, "D j D");
  assert_string_equal(d.s.ui->top->ops->name, "diff");
  must_see(&d, "bad credentials");
  must_see(&d, "eyJhbGciOi");
  spent(&d, 3);
  screen_keys(&d.s, "q 1 6 G");
  d.keys = 0;
  press(&d, "D"); /* it is a replay */
  assert_string_equal(d.s.ui->top->ops->name, "diff");
  must_see(&d, "A  #6");
  leave(&d, 1);
}

static void copy_as_curl(void **state) {
  struct desk d;
  (void)state;
  in_shop(&d, "6");
  press(&d, "y c");
  must_see(&d, "curl command copied");
  assert_true(slice_find(terminal_fake_sent(d.s.t), SLICE("\033]52;c;Y3VybCA")) >= 0); /* "curl " */
  leave(&d, 2);
}

struct folder {
  char path[256], *before;
};

static void folder_enter(struct folder *f) {
  const char *tmp = getenv("TMPDIR");
  snprintf(f->path, sizeof f->path, "%s/weir-tasks-XXXXXX", tmp != NULL ? tmp : "/tmp");
  assert_non_null(mkdtemp(f->path));
  f->before = getcwd(NULL, 0);
  assert_int_equal(chdir(f->path), 0);
}

/* Into `text` what its only file holds; the folder goes. */
static void folder_leave(struct folder *f, const char *ending, struct buf *text) {
  char name[256] = "", piece[4096];
  DIR *dir = opendir(".");
  size_t files = 0;
  assert_non_null(dir);
  for (struct dirent *e; (e = readdir(dir)) != NULL;)
    if (e->d_name[0] != '.' && ++files == 1)
      snprintf(name, sizeof name, "%s", e->d_name);
  closedir(dir);
  FILE *in = fopen(name, "rb");
  for (size_t n; in != NULL && (n = fread(piece, 1, sizeof piece, in)) > 0;)
    buf_add(text, piece, n);
  if (in != NULL)
    fclose(in);
  unlink(name);
  assert_int_equal(chdir(f->before), 0);
  rmdir(f->path);
  free(f->before);
  assert_int_equal(files, 1);
  assert_true(slice_ends(slice_of(name), slice_of(ending)));
}

static void export_har(void **state) {
  struct desk d;
  struct folder f;
  struct buf har = BUF_INIT;
  (void)state;
  in_shop(&d, "6");
  folder_enter(&f);
  press(&d, "w h Enter");
  for (int turn = 0; turn < 5000 && d.s.ui->list_file != NULL; turn++)
    screen_turn(&d.s);
  bool told = screen_has(&d.s, "16 flows written, 1 left out: tunnels and raw streams have no HAR");
  folder_leave(&f, ".har", &har);
  assert_true(told);
  assert_true(slice_starts_ascii(buf_slice(&har), SLICE("{\"log\":")));
  assert_int_equal(count_in(&har, "\"startedDateTime\""), 16); /* a tunnel is no exchange */
  buf_clear(&har);
  spent(&d, 3);
  press(&d, "q");
  must_see(&d, "1 flow is not saved"); /* the one that had not ended yet: half of it is in the file */
  leave(&d, 4);
}

static void save_a_body(void **state) {
  struct desk d;
  struct folder f;
  struct buf body = BUF_INIT;
  (void)state;
  in_shop(&d, "6");
  folder_enter(&f);
  press(&d, "w b Enter");
  folder_leave(&f, ".json", &body);
  assert_string_equal(buf_text(&body), "{\"error\":\"bad credentials\"}");
  buf_clear(&body);
  leave(&d, 3);
}

/* ---- the end ---- */

static void undo_clear(void **state) {
  struct desk d;
  (void)state;
  in_shop(&d, "6");
  size_t before = flows(&d);
  screen_keys(&d.s, "X");
  assert_true(flows(&d) < before);
  press(&d, "u");
  assert_int_equal(flows(&d), before);
  assert_non_null(store_get(d.s.w.store, 6));
  leave(&d, 1);
}

static void quit(void **state) {
  struct desk d;
  (void)state;
  desk_open(&d);
  press(&d, "q"); /* nothing to lose */
  assert_true(d.s.stopped);
  leave(&d, 1);
  logged_in(&d);
  press(&d, "q");
  assert_false(d.s.stopped);
  must_see(&d, "1 flow is not saved");
  press(&d, "q");
  assert_true(d.s.stopped);
  leave(&d, 2);
  two_paused(&d);
  press(&d, "q");
  assert_false(d.s.stopped);
  press(&d, "q");
  assert_true(d.s.stopped);
  leave(&d, 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(where_it_listens_and_how_to_trust),
      cmocka_unit_test(failures_among_31),
      cmocka_unit_test(see_the_response),
      cmocka_unit_test(find_text_in_any_body),
      cmocka_unit_test(only_this_host),
      cmocka_unit_test(hide_assets),
      cmocka_unit_test(slowest_first),
      cmocka_unit_test(add_header_to_the_next),
      cmocka_unit_test(add_header_by_text),
      cmocka_unit_test(change_a_word_of_a_paused_body),
      cmocka_unit_test(let_all_go),
      cmocka_unit_test(drop_a_paused_request),
      cmocka_unit_test(change_the_url_of_a_paused_request),
      cmocka_unit_test(send_again),
      cmocka_unit_test(send_again_ten_times),
      cmocka_unit_test(send_again_changed),
      cmocka_unit_test(send_again_changed_ten_times),
      cmocka_unit_test(compose_pasted),
      cmocka_unit_test(compose_typed),
      cmocka_unit_test(compare_two_responses),
      cmocka_unit_test(copy_as_curl),
      cmocka_unit_test(export_har),
      cmocka_unit_test(save_a_body),
      cmocka_unit_test(undo_clear),
      cmocka_unit_test(quit),
  };
  return cmocka_run_group_tests_name("tasks", tests, NULL, NULL);
}
