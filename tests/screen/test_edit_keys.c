/* What editing costs in keys: the tasks of the editor, each with exactly the keys it may cost, to what the server gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "screen.h"
#include "ui/ui_state.h"
#include "weir/rule/intercept.h"

static const char login[] = "POST http://api.test/login HTTP/1.1\r\nHost: api.test\r\nContent-Length: 18\r\n\r\n"
                            "{\"password\":\"bad\"}";

struct hand { /* what was pressed */
  struct screen s;
  int commands, typed;
};

static void keys(struct hand *h, const char *names) {
  screen_keys(&h->s, names);
  for (const char *p = names; p != NULL; p = strchr(p, ' '), p = p != NULL ? p + 1 : NULL)
    h->commands++;
}

static void type(struct hand *h, const char *text) {
  screen_type(&h->s, text);
  h->typed += (int)strlen(text);
}

static bool server_got(struct hand *h, const char *text) {
  for (size_t i = 0; i < h->s.servers; i++)
    if (screen_got(&h->s, &h->s.server[i], text))
      return true;
  return false;
}

static void assert_cost(const struct hand *h, int most) {
  if (h->commands + h->typed > most)
    fail_msg("%d keys (%d and %d typed), %d are allowed", h->commands + h->typed, h->commands, h->typed, most);
}

static void open_hand(struct hand *h, bool held, const char *request) {
  memset(h, 0, sizeof *h);
  screen_open(&h->s, 120, 36);
  if (held)
    assert_true(intercept_set(h->s.w.rules, "~q", NULL));
  screen_send(&h->s, screen_client(&h->s), request);
  screen_turn(&h->s);
  intercept_enable(h->s.w.rules, false);
}

/* Task 8: a word in the body of a held request. The intercept is a matter of task 7: one key, b. */
static void a_word_of_a_held_body(void **state) {
  struct hand h;
  (void)state;
  open_hand(&h, true, login);
  assert_false(server_got(&h, "password"));
  h.commands++; /* b */
  keys(&h, "' e Alt-R");
  type(&h, "bad");
  keys(&h, "Enter");
  type(&h, "secret");
  keys(&h, "Enter Ctrl-S");
  assert_true(server_got(&h, "{\"password\":\"secret\"}"));
  assert_true(server_got(&h, "Content-Length: 21"));
  assert_cost(&h, 16);
  screen_close(&h.s);
}

static void finish(struct hand *h) {
  screen_send(&h->s, &h->s.server[0], "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

/* Task 13: again, with a changed body. */
static void again_with_another_body(void **state) {
  struct hand h;
  (void)state;
  open_hand(&h, false, login);
  finish(&h);
  keys(&h, "e Alt-R");
  type(&h, "bad");
  keys(&h, "Enter");
  type(&h, "secret");
  keys(&h, "Enter Ctrl-S");
  assert_true(server_got(&h, "{\"password\":\"secret\"}"));
  assert_true(screen_has(&h.s, "sent as #2"));
  assert_cost(&h, 14);
  screen_close(&h.s);
}

/* Task 25: the URL of a held request. */
static void the_url_of_a_held_request(void **state) {
  struct hand h;
  (void)state;
  open_hand(&h, true, "GET http://api.test/foo HTTP/1.1\r\nHost: api.test\r\n\r\n");
  keys(&h, "' e Alt-R");
  type(&h, "foo");
  keys(&h, "Enter");
  type(&h, "users");
  keys(&h, "Enter Ctrl-S");
  assert_true(server_got(&h, "GET /users HTTP/1.1"));
  assert_cost(&h, 14);
  screen_close(&h.s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_word_of_a_held_body),
      cmocka_unit_test(again_with_another_body),
      cmocka_unit_test(the_url_of_a_held_request),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
