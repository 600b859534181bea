/* The views of a message: headers explained, cookies, forms, where the time went; and bodies of each kind as drawn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "screen.h"

#define TOKEN                                                                                                          \
  "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."                                                                              \
  "eyJzdWIiOiI3IiwiZXhwIjoxNzk1NDM1MjY5LCJvayI6eyJleHAiOjF9LCJpYXQiOjE3OTU0MzUyMDl9.c2ln"

static void add_login(struct screen *s) {
  screen_flow(s, &(struct script){
                     .method = "POST",
                     .scheme = "https",
                     .host = "shop.test",
                     .port = 443,
                     .path = "/login?next=%2Fcart&lang=de",
                     .fields = "User-Agent: Mozilla/5.0\r\nAccept: text/html\r\nX-Unknown: 1\r\n"
                               "Authorization: Bearer " TOKEN "\r\nCookie: sid=41; theme=dark\r\n"
                               "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 53\r\n",
                     .body = "user=ann+lee&password=gr%C3%BCn%26blau&remember&x=%1b",
                     .status = 200,
                     .reason = "OK",
                     .response_fields =
                         "Date: Mon, 23 Nov 2026 12:01:09 GMT\r\nContent-Type: text/html\r\n"
                         "Set-Cookie: sid=42; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=3600\r\n"
                         "Set-Cookie: theme=dark; Domain=.other.test; Expires=Mon, 23 Nov 2026 11:00:00 GMT\r\n"
                         "Set-Cookie: track=1; SameSite=None\r\nStrict-Transport-Security: max-age=0\r\n"
                         "ETag: \"1\"\r\nETag: \"2\"\r\n",
                     .response_body = "<!DOCTYPE html><html><head><title>Shop</title><script>\n  let a = 1;\n</script>"
                                      "</head><body class=\"x\"><p>Hello <b>Ann</b> &amp; Lee<ul><li>one<li>two</ul>"
                                      "<!-- end --></body></html>",
                     .ms = 12});
}

static void each_view(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  add_login(&s);
  screen_keys(&s, "g g Enter");
  screen_golden(&s, "views_html_120x36");
  screen_keys(&s, "] ] ] Tab ] ] ]");
  screen_golden(&s, "views_headers_120x36");
  screen_keys(&s, "] Tab ]");
  screen_golden(&s, "views_cookies_120x36");
  screen_keys(&s, "] Tab ]");
  screen_golden(&s, "views_form_120x36");
  screen_keys(&s, "]");
  assert_true(screen_has(&s, "[Timing]"));
  screen_keys(&s, "2 ]");
  assert_true(screen_has(&s, "[Pretty]")); /* round and round */
  screen_keys(&s, "[");
  assert_true(screen_has(&s, "[Connection]"));
  screen_close(&s);
}

static void narrow(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 80, 24);
  add_login(&s);
  screen_keys(&s, "g g Enter");
  screen_golden(&s, "views_html_80x24");
  screen_keys(&s, "3 ]");
  screen_golden(&s, "views_headers_80x24");
  screen_keys(&s, "]");
  screen_golden(&s, "views_cookies_80x24");
  screen_keys(&s, "Tab 5 ]");
  screen_golden(&s, "views_form_80x24");
  screen_close(&s);
}

/* The names in the title are clicked. */
static void views_by_mouse(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 80, 24);
  add_login(&s);
  screen_keys(&s, "g g Enter mouse:1,40,2");
  assert_true(screen_has(&s, "[Headers]"));
  screen_keys(&s, "mouse:1,24,2");
  assert_true(screen_has(&s, "[Pretty]"));
  terminal_fake_resize(s.t, 120, 36);
  screen_turn(&s);
  screen_keys(&s, "mouse:1,110,5");
  assert_true(screen_has(&s, "[Cookies]"));
  screen_close(&s);
}

static void add_body(struct screen *s, const char *path, const char *fields, const char *body,
                     const char *answer_fields, const char *answer) {
  screen_flow(s, &(struct script){.method = "POST",
                                  .host = "api.test",
                                  .path = path,
                                  .fields = fields,
                                  .body = body,
                                  .status = 200,
                                  .reason = "OK",
                                  .response_fields = answer_fields,
                                  .response_body = answer,
                                  .ms = 3});
}

static void bodies(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  add_body(&s, "/xml", "Content-Type: application/x-www-form-urlencoded\r\n", "a=1&long_name=x%0Ay&b=%E5%B1%B1",
           "Content-Type: application/xml\r\n",
           "<?xml version=\"1.0\"?><feed xmlns=\"http://a.test/\" version='2'><entry id=\"1\"><title>One</title><text>"
           "<![CDATA[a < b]]></text></entry><entry id=\"2\"/><!-- last --></feed>");
  add_body(
      &s, "/parts", "Content-Type: multipart/form-data; boundary=b0\r\n",
      "--b0\r\nContent-Disposition: form-data; name=\"who\"\r\n\r\nann\r\n--b0\r\nContent-Disposition: form-data; "
      "name=\"pic\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n\x1a\n\r\n--b0--\r\n",
      "Content-Type: text/javascript\r\n",
      "!function(e){\"use strict\";var t=/[/]/g,n=`a${e}`;if(t.test(e))return{a:1,b:[1,2]};else throw new Error(n)}(1);"
      "// done");
  screen_keys(&s, "g g Enter");
  screen_golden(&s, "body_xml_120x36");
  screen_keys(&s, "J");
  screen_golden(&s, "body_parts_120x36");
  screen_keys(&s, "Tab 4 ]");
  screen_golden(&s, "views_parts_120x36");
  screen_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_view),
      cmocka_unit_test(narrow),
      cmocka_unit_test(views_by_mouse),
      cmocka_unit_test(bodies),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
