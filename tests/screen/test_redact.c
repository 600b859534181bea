/* Secrets on a screen that others see. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "screen.h"
#include "ui/ui_state.h"

static struct flow *with_secrets(struct screen *s, const char *cookie) {
  char fields[200];
  snprintf(fields, sizeof fields, "Authorization: Bearer abcdefgh\r\nCookie: %s\r\n", cookie);
  return screen_flow(s, &(struct script){.method = "GET",
                                         .host = "shop.test",
                                         .path = "/me",
                                         .fields = fields,
                                         .status = 200,
                                         .reason = "OK",
                                         .response_fields = "Set-Cookie: sid=topsecret; Path=/\r\n",
                                         .ms = 3});
}

static void hidden(struct screen *s) {
  screen_turn(s);
  assert_false(screen_has(s, "topsecret"));
  assert_false(screen_has(s, "abcdefgh"));
}

static void secrets_are_hidden(void **state) {
  struct screen s;
  struct options o;
  (void)state;
  options_init(&o);
  screen_open(&s, 120, 36);
  s.w.options = &o;
  with_secrets(&s, "sid=topsecret");
  with_secrets(&s, "sid=topsecreT");
  screen_turn(&s);
  screen_keys(&s, "g g");
  assert_true(screen_has(&s, "topsecret"));
  screen_keys(&s, ":");
  screen_type(&s, "set redact on");
  screen_keys(&s, "Enter");
  hidden(&s); /* preview */
  assert_true(screen_has(&s, "••• 15 B"));
  screen_keys(&s, "Enter");
  hidden(&s);
  screen_keys(&s, "v"); /* raw */
  hidden(&s);
  for (int i = 0; i < 8; i++) { /* headers, cookies and all other views, of both sides */
    screen_keys(&s, "]");
    hidden(&s);
    screen_keys(&s, "Tab");
    hidden(&s);
  }
  screen_keys(&s, "q D 2 G D");
  hidden(&s);
  assert_false(screen_has(&s, "topsecreT"));
  assert_true(screen_has(&s, "1 line differs")); /* they differ, and that is seen */
  screen_keys(&s, "q :");
  screen_type(&s, "columns id,req.header:authorization,path");
  screen_keys(&s, "Enter");
  hidden(&s);
  size_t sent = terminal_fake_sent(s.t).n;
  screen_keys(&s, "y c");
  assert_true(screen_has(&s, "would be copied as it is: once more copies it"));
  assert_int_equal(terminal_fake_sent(s.t).n, sent);
  screen_keys(&s, "y c");
  assert_true(screen_has(&s, "curl command copied"));
  screen_keys(&s, "y u");
  assert_true(screen_has(&s, "URL copied"));
  screen_keys(&s, "e");
  assert_true(screen_has(&s, "the editor shows secrets as they are"));
  screen_close(&s);
  options_clear(&o);
}

static struct flow *with_named_secrets(struct screen *s, const char *body) {
  return screen_flow(
      s, &(struct script){.method = "POST",
                          .host = "shop.test",
                          .path = "/login?user=ann&access_token=topsecret&page=2",
                          .fields = "Content-Type: application/x-www-form-urlencoded\r\nX-Api-Key: abcdefgh\r\n"
                                    "Referer: http://shop.test/?token=topsecret\r\n",
                          .body = "user=ann&password=topsecret",
                          .status = 200,
                          .reason = "OK",
                          .response_fields = "Content-Type: application/json\r\n",
                          .response_body = body,
                          .ms = 3});
}

/* By their names: in the URL wherever it stands, in forms and in JSON, as text, in views, columns and comparisons. */
static void named_secrets_are_hidden(void **state) {
  struct screen s;
  struct options o;
  (void)state;
  options_init(&o);
  screen_open(&s, 120, 36);
  s.w.options = &o;
  with_named_secrets(&s, "{\"token\":\"topsecret\",\"user\":\"ann\"}");
  with_named_secrets(&s, "{\"token\":\"topsecreT\",\"user\":\"ann\"}");
  screen_turn(&s);
  screen_keys(&s, "g g");
  assert_true(screen_has(&s, "topsecret"));
  screen_keys(&s, ":");
  screen_type(&s, "set redact on");
  screen_keys(&s, "Enter");
  hidden(&s); /* list and preview */
  assert_true(screen_has(&s, "access_token=*********"));
  assert_true(screen_has(&s, "user=ann"));
  screen_keys(&s, "Enter");
  hidden(&s);
  assert_true(screen_has(&s, "\"token\": \"*********\""));
  assert_true(screen_has(&s, "password = *********"));
  screen_keys(&s, "v");
  hidden(&s);
  assert_true(screen_has(&s, "\"token\":\"*********\",\"user\":\"ann\""));
  for (int i = 0; i < 8; i++) {
    screen_keys(&s, "]");
    if (!screen_has(&s, "[Hex]")) /* bytes are bytes */
      hidden(&s);
    screen_keys(&s, "Tab");
    if (!screen_has(&s, "[Hex]"))
      hidden(&s);
  }
  screen_keys(&s, "q D 2 G D");
  hidden(&s);
  assert_false(screen_has(&s, "topsecreT"));
  assert_true(screen_has(&s, "1 line differs")); /* they differ, and that is seen */
  screen_keys(&s, "q :");
  screen_type(&s, "columns id,json:.token,path");
  screen_keys(&s, "Enter");
  hidden(&s);
  screen_keys(&s, "y b");
  assert_true(screen_has(&s, "would be copied as it is: once more copies it"));
  screen_keys(&s, "e"); /* what is edited is seen */
  assert_true(screen_has(&s, "password=topsecret"));
  screen_close(&s);
  options_clear(&o);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(secrets_are_hidden),
      cmocka_unit_test(named_secrets_are_hidden),
  };
  return cmocka_run_group_tests_name("redact", tests, NULL, NULL);
}
