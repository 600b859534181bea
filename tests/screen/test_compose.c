/* A new request from nothing: typed, or pasted as a curl command, a URL or raw text. From the key to the wire. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "screen.h"

static void paste(struct screen *s, const char *text) {
  char *name = malloc(strlen(text) + 7);
  sprintf(name, "paste:%s", text);
  terminal_fake_key(s->t, name);
  screen_turn(s);
  free(name);
}

/* Task 24: c, the pasted command, Ctrl-S. */
static void a_pasted_curl_command_is_sent(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_keys(&s, "c");
  assert_true(screen_has(&s, "New request"));
  assert_true(screen_has(&s, "GET http://localhost/ HTTP/1.1"));
  paste(&s,
        "curl 'http://api.test:8080/users?x=1' \\\n  -H 'Content-Type: application/json' --data-raw '{\"a\":1}' -k");
  assert_true(screen_has(&s, "--insecure: certificates are judged by weir"));
  screen_golden(&s, "compose_120x36");
  screen_keys(&s, "Ctrl-S");
  assert_true(screen_has(&s, "sent as #1"));
  assert_int_equal(s.servers, 1);
  assert_true(screen_got(&s, &s.server[0], "POST /users?x=1 HTTP/1.1\r\nHost: api.test:8080\r\n"));
  assert_true(screen_got(&s, &s.server[0], "Content-Length: 7\r\n"));
  assert_true(screen_got(&s, &s.server[0], "\r\n\r\n{\"a\":1}"));
  screen_close(&s);
}

static void pasted_on_the_list_it_opens_the_editor(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 80, 24);
  paste(&s, "http://shop.test/a?b#c\n");
  assert_true(screen_has(&s, "GET http://shop.test/a?b HTTP/1.1"));
  screen_golden(&s, "compose_url_80x24");
  screen_keys(&s, "Esc");
  assert_true(screen_has(&s, "the new request is kept"));
  paste(&s, "GET /raw HTTP/1.1\nHost: raw.test\n\n");
  assert_true(screen_has(&s, "GET http://raw.test/raw HTTP/1.1"));
  assert_true(screen_has(&s, "http:// was put in"));
  screen_keys(&s, "Alt-U");
  assert_true(screen_has(&s, "GET http://shop.test/a?b HTTP/1.1"));
  screen_keys(&s, "Esc");
  paste(&s, "Qq X"); /* each of them would end weir, or clear the list */
  assert_true(screen_has(&s, "pasted text is never keys"));
  assert_false(s.stopped);
  paste(&s, "curl -H 'oops");
  assert_true(screen_has(&s, "a ' is not closed"));
  screen_close(&s);
}

/* What a terminal pastes has Return where the text had newlines. */
static void lines_come_as_a_terminal_sends_them(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_keys(&s, "c");
  paste(&s, "curl \\\r  -X PUT \\\r  'http://api.test/lines' \\\r  -H 'X-A: b'\r");
  assert_true(screen_has(&s, "PUT http://api.test/lines HTTP/1.1"));
  assert_true(screen_has(&s, "X-A: b"));
  screen_keys(&s, "Esc");
  paste(&s, "GET /raw HTTP/1.1\rHost: raw.test\rX-C: d\r\r");
  assert_true(screen_has(&s, "GET http://raw.test/raw HTTP/1.1"));
  assert_true(screen_has(&s, "http:// was put in"));
  screen_keys(&s, "Ctrl-S");
  assert_true(screen_got(&s, &s.server[0], "GET /raw HTTP/1.1\r\nHost: raw.test\r\nX-C: d\r\n"));
  screen_close(&s);
}

/* Other text is text, and so is a URL once something was typed; a whole request is one. */
static void pasting_into_what_was_typed(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_keys(&s, "c");
  paste(&s, "path");
  assert_true(screen_has(&s, "GET http://localhost/path HTTP/1.1"));
  paste(&s, "http://x.test/");
  assert_true(screen_has(&s, "GET http://localhost/pathhttp://x.test/ HTTP/1.1"));
  paste(&s, "curl x.test/new");
  assert_true(screen_has(&s, "GET http://x.test/new HTTP/1.1"));
  paste(&s, "PUT /line HTTP/1.1"); /* a piece */
  assert_true(screen_has(&s, "GET http://x.test/new HTTP/1.1"));
  assert_true(screen_has(&s, "it was not put into the first line"));
  screen_keys(&s, "Esc");
  screen_keys(&s, "c"); /* the draft that was kept makes way for a whole request */
  paste(&s, "PUT /whole HTTP/1.1\nHost: y.test\n\nbody");
  assert_true(screen_has(&s, "PUT http://y.test/whole HTTP/1.1"));
  assert_false(screen_has(&s, "x.test"));
  screen_keys(&s, "Esc c");
  paste(&s, "http POST z.test a=1"); /* of a tool that weir does not read */
  assert_true(screen_has(&s, "PUT http://y.test/whole HTTP/1.1"));
  assert_true(screen_has(&s, "it was not put into the first line"));
  paste(&s, "http://z.test/url"); /* nothing was typed since it came back */
  assert_true(screen_has(&s, "GET http://z.test/url HTTP/1.1"));
  paste(&s, "fetch(\"http://f.test/f\", {\r  \"headers\": {\"x-a\": \"b\"},\r  \"method\": \"PUT\"\r});");
  assert_true(screen_has(&s, "PUT http://f.test/f HTTP/1.1"));
  screen_close(&s);
}

/* A request that was copied with its CR LF: tmux makes a CR of each LF. */
static void doubled_line_ends_are_one(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_keys(&s, "c");
  paste(&s, "POST /two HTTP/1.1\r\rHost: two.test\r\rContent-Length: 2\r\r\r\rhi");
  screen_keys(&s, "Ctrl-S");
  assert_true(screen_got(&s, &s.server[0], "POST /two HTTP/1.1\r\nHost: two.test\r\nContent-Length: 2\r\n"));
  assert_true(screen_got(&s, &s.server[0], "\r\n\r\nhi"));
  screen_close(&s);
}

/* The flow under the cursor says where to; the Host field goes with the URL as long as nobody wrote another. */
static void the_host_follows_the_url(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_flow(&s, &(struct script){.method = "GET", .host = "shop.test", .path = "/", .status = 200, .reason = "OK"});
  screen_keys(&s, "g g c");
  assert_true(screen_has(&s, "GET http://shop.test/ HTTP/1.1"));
  screen_keys(&s, "Backspace");
  screen_type(&s, ".example/x");
  screen_keys(&s, "Ctrl-S");
  assert_true(screen_got(&s, &s.server[0], "GET /x HTTP/1.1\r\nHost: shop.test.example\r\n"));
  screen_keys(&s, "c");
  screen_keys(&s, "Ctrl-O");
  assert_true(screen_has(&s, "a new request waits for nobody"));
  screen_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_pasted_curl_command_is_sent),       cmocka_unit_test(pasted_on_the_list_it_opens_the_editor),
      cmocka_unit_test(lines_come_as_a_terminal_sends_them), cmocka_unit_test(pasting_into_what_was_typed),
      cmocka_unit_test(doubled_line_ends_are_one),           cmocka_unit_test(the_host_follows_the_url),
  };
  return cmocka_run_group_tests_name("compose", tests, NULL, NULL);
}
