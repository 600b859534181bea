/* Folding in the detail, the line that acts are about, and one side alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "screen.h"

static void add(struct screen *s, const char *path, const char *type, const char *body) {
  char fields[100];
  snprintf(fields, sizeof fields, "Content-Type: %s\r\n", type);
  screen_flow(s, &(struct script){.method = "GET",
                                  .host = "api.test",
                                  .path = path,
                                  .fields = "",
                                  .status = 200,
                                  .reason = "OK",
                                  .response_fields = fields,
                                  .response_body = body,
                                  .ms = 3});
}

#define USERS                                                                                                          \
  "{\"token\":\"abc\",\"roles\":[1,true,null],\"user\":{\"name\":\"ann\",\"name\":\"lee\",\"tags\":[[],[1]]},"         \
  "\"end\":{}}"

static void open_users(struct screen *s, int width, int height) {
  screen_open(s, width, height);
  add(s, "/users", "application/json", USERS);
  screen_keys(s, "g g Enter");
}

static void folded(void **state) {
  struct screen s;
  (void)state;
  open_users(&s, 120, 36);
  screen_keys(&s, "6 j z a");
  assert_true(screen_has(&s, "\xe2\x96\xb8 \"roles\": [3 items],"));
  screen_keys(&s, "j z a");
  screen_golden(&s, "fold_120x36");
  screen_keys(&s, "Enter"); /* Enter unfolds it again, and folds only what begins on the line */
  assert_true(screen_has(&s, "\"name\": \"lee\""));
  assert_false(screen_has(&s, "keys}"));
  screen_keys(&s, "j Enter");
  assert_true(screen_has(&s, "nothing to open on this line"));
  screen_keys(&s, "z a"); /* around it */
  assert_true(screen_has(&s, "\xe2\x96\xb8 \"user\": {3 keys},"));
  screen_keys(&s, "z o");
  assert_false(screen_has(&s, "3 keys"));
  screen_close(&s);
  open_users(&s, 80, 24);
  screen_keys(&s, "z M");
  screen_golden(&s, "fold_80x24");
  screen_keys(&s, "z M"); /* and what is around them */
  assert_true(screen_has(&s, "\xe2\x96\xb8 {"));
  assert_false(screen_has(&s, "items]"));
  screen_keys(&s, "z M");
  assert_false(screen_has(&s, "items]"));
  screen_keys(&s, "z R");
  assert_true(screen_has(&s, "\"name\": \"lee\""));
  assert_false(screen_has(&s, "items]"));
  screen_keys(&s, "z M");
  assert_true(screen_has(&s, "items]"));
  screen_close(&s);
}

/* A click on a sign folds, one beside it moves the cursor; the wheel scrolls. */
static void by_mouse(void **state) {
  struct screen s;
  (void)state;
  open_users(&s, 80, 24);
  screen_keys(&s, "mouse:1,3,9");
  assert_true(screen_has(&s, "\n>  \xe2\x96\xb8 \"roles\": [3 items],"));
  screen_keys(&s, "mouse:1,20,10");
  assert_true(screen_has(&s, "\n>  \xe2\x96\xbe \"user\": {"));
  screen_keys(&s, "mouse:1,3,9");
  assert_true(screen_has(&s, "\n>  \xe2\x96\xbe \"roles\": ["));
  screen_close(&s);
}

/* What is looked for is found in what is folded, which opens. */
static void found_within(void **state) {
  struct screen s;
  (void)state;
  open_users(&s, 120, 36);
  screen_keys(&s, "z M");
  assert_false(screen_has(&s, "\"lee\""));
  screen_keys(&s, "/ l e e Enter");
  assert_true(screen_has(&s, ">      \"name\": \"lee\""));
  assert_true(screen_has(&s, "[3 items]")); /* the others stay */
  assert_true(screen_has(&s, "1 of 1"));
  screen_close(&s);
}

static void zoomed(void **state) {
  struct screen s;
  (void)state;
  open_users(&s, 120, 36);
  screen_keys(&s, "z z");
  screen_golden(&s, "zoom_120x36");
  screen_keys(&s, "Tab");
  assert_true(screen_has(&s, "GET http://api.test/users HTTP/1.1"));
  assert_false(screen_has(&s, "roles"));
  screen_keys(&s, "Tab z z");
  assert_true(screen_has(&s, "GET http://api.test/users HTTP/1.1"));
  assert_true(screen_has(&s, "roles"));
  screen_close(&s);
}

#define TOKEN                                                                                                          \
  "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."                                                                              \
  "eyJzdWIiOiI3IiwiZXhwIjoxNzk1NDM1MjY5LCJvayI6eyJleHAiOjF9LCJpYXQiOjE3OTU0MzUyMDl9.c2ln"

static void open_login(struct screen *s, int width, int height) {
  screen_open(s, width, height);
  screen_flow(s, &(struct script){.method = "POST",
                                  .host = "api.test",
                                  .path = "/login",
                                  .fields = "Authorization: Bearer " TOKEN "\r\nCookie: a=1; sid=" TOKEN "\r\n",
                                  .status = 200,
                                  .reason = "OK",
                                  .response_fields = "Content-Type: application/json\r\n",
                                  .response_body = "{\"user\":\"ann\",\"token\":\"" TOKEN "\"}",
                                  .ms = 3});
  screen_keys(s, "g g Enter");
}

static void a_token(void **state) {
  struct screen s;
  (void)state;
  open_login(&s, 120, 36);
  screen_golden(&s, "token_line_120x36");
  screen_keys(&s, "6 j Enter");
  screen_golden(&s, "token_120x36");
  screen_keys(&s, "Enter");
  assert_true(screen_has(&s, "\xe2\x94\x82>    \"token\": \"eyJ")); /* where one was */
  screen_keys(&s, "Enter q");
  assert_true(screen_has(&s, "[Pretty]"));
  screen_keys(&s, "Tab 2 j Enter"); /* of the field */
  assert_true(screen_has(&s, "[Token]"));
  assert_true(screen_has(&s, "\"alg\": \"HS256\""));
  screen_keys(&s, "Esc j Enter"); /* of the cookie */
  assert_true(screen_has(&s, "[Token]"));
  screen_keys(&s, "]"); /* another view, and no way back to this one */
  assert_false(screen_has(&s, "Token]"));
  screen_close(&s);
  open_login(&s, 80, 24);
  screen_keys(&s, "6 j Enter");
  screen_golden(&s, "token_80x24");
  screen_close(&s);
}

/* View, place and folds are kept for each flow, when one walks on and when the detail is left. */
static void remembered(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 80, 24);
  add(&s, "/users", "application/json", USERS);
  add(&s, "/other", "application/json", USERS);
  screen_keys(&s, "g g Enter 6 j z a j j");
  assert_true(screen_has(&s, "[3 items]"));
  assert_true(screen_has(&s, "\n>      \"name\": \"ann\""));
  screen_keys(&s, "J");
  assert_false(screen_has(&s, "[3 items]"));
  assert_true(screen_has(&s, "\n>HTTP/1.1"));
  screen_keys(&s, "x K");
  assert_true(screen_has(&s, "[3 items]"));
  assert_true(screen_has(&s, "\n>      \"name\": \"ann\""));
  assert_true(screen_has(&s, "[Pretty]"));
  screen_keys(&s, "q j Enter");
  assert_true(screen_has(&s, "[Hex]"));
  screen_keys(&s, "q k Enter");
  assert_true(screen_has(&s, "[3 items]"));
  assert_true(screen_has(&s, "\n>      \"name\": \"ann\""));
  screen_close(&s);
}

/* Numbers are those of the lines, whatever is folded; below 100 columns there are none. */
static void numbered(void **state) {
  struct screen s;
  (void)state;
  open_users(&s, 120, 36);
  screen_keys(&s, "z n z M");
  screen_golden(&s, "numbers_120x36");
  terminal_fake_resize(s.t, 80, 24);
  screen_turn(&s);
  assert_true(screen_has(&s, "\n \xe2\x96\xbe {"));
  screen_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(folded),  cmocka_unit_test(by_mouse), cmocka_unit_test(found_within), cmocka_unit_test(zoomed),
      cmocka_unit_test(a_token), cmocka_unit_test(numbered), cmocka_unit_test(remembered),
  };
  return cmocka_run_group_tests_name("fold", tests, NULL, NULL);
}
