/* Bodies that are decoded while one looks at them: their end, what is found in them, their character sets, what is wrong
 * with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "screen.h"
#include "weir/body/decode.h"

static void open_body(struct screen *s, const char *fields, struct slice body) {
  screen_open(s, 140, 24);
  screen_flow(s, &(struct script){.method = "GET",
                                  .host = "shop.test",
                                  .path = "/",
                                  .status = 200,
                                  .reason = "OK",
                                  .response_fields = fields,
                                  .response_body = body.p,
                                  .response_body_n = body.n,
                                  .ms = 3});
  screen_turn(s);
  screen_keys(s, "Enter");
}

static void work_on(struct screen *s, const char *until) {
  for (int turns = 0; turns < 20000 && !screen_has(s, until); turns++)
    screen_turn(s);
  assert_has(s, until);
}

/* Each line but the first of a thousand begins like the one before, so that it packs. */
static void pack_lines(struct buf *out, int lines) {
  struct buf plain = BUF_INIT;
  struct err err = ERR_INIT;
  for (int i = 0; i < lines; i++)
    buf_printf(&plain, "line %d of them all%s\n", i, i == lines - 7 ? ", the Needle" : "");
  assert_true(body_encode(SLICE("gzip"), buf_slice(&plain), out, &err));
  buf_clear(&plain);
}

#define GZIP "Content-Type: text/plain\r\nContent-Encoding: gzip\r\n"

static void coded_to_its_end(void **state) {
  struct screen s;
  struct buf body = BUF_INIT;
  (void)state;
  pack_lines(&body, 600000);
  open_body(&s, GZIP, buf_slice(&body));
  assert_has(&s, "so far");
  assert_has(&s, "line 3 of them all");
  screen_keys(&s, "PgDn");
  assert_has(&s, "decoded so far");
  screen_keys(&s, "G");
  work_on(&s, "line 599999 of them all");
  work_on(&s, "line 600000");
  assert_false(screen_has(&s, "so far"));
  screen_keys(&s, "g g");
  assert_has(&s, "HTTP/1.1 200 OK");
  screen_close(&s);
  buf_clear(&body);
}

static void a_line_far_down(void **state) {
  struct screen s;
  struct buf body = BUF_INIT;
  (void)state;
  pack_lines(&body, 600000);
  open_body(&s, GZIP, buf_slice(&body));
  screen_keys(&s, "5 0 0 0 0 1 G");
  work_on(&s, "line 500000 of them all");
  screen_close(&s);
  buf_clear(&body);
}

static void escape_ends_what_takes_long(void **state) {
  struct screen s;
  struct buf body = BUF_INIT;
  (void)state;
  pack_lines(&body, 2000000);
  open_body(&s, GZIP, buf_slice(&body));
  screen_keys(&s, "/");
  screen_type(&s, "item");
  screen_keys(&s, "Enter");
  assert_has(&s, "searching");
  screen_keys(&s, "Esc");
  assert_has(&s, "stopped searching");
  assert_has(&s, "nothing yet, stopped at ");
  screen_close(&s);
  buf_clear(&body);
}

static void bombs_are_said(void **state) {
  struct screen s;
  struct buf zeros = BUF_INIT, once = BUF_INIT, twice = BUF_INIT;
  struct err err = ERR_INIT;
  (void)state;
  buf_reserve(&zeros, 64u << 20);
  zeros.n = 64u << 20;
  memset(zeros.p, ' ', zeros.n);
  assert_true(body_encode(SLICE("gzip"), buf_slice(&zeros), &once, &err));
  assert_true(body_encode(SLICE("gzip"), buf_slice(&once), &twice, &err));
  open_body(&s, "Content-Type: text/plain\r\nContent-Encoding: gzip, gzip\r\n", buf_slice(&twice));
  screen_keys(&s, "G");
  work_on(&s, "grows more than 1100 times");
  screen_close(&s);
  buf_clear(&zeros);
  buf_clear(&once);
  buf_clear(&twice);
}

static void character_sets(void **state) {
  struct screen s;
  (void)state;
  open_body(&s, "Content-Type: text/plain; charset=ISO-8859-1\r\n", SLICE("caf\xe9 costs 3 \x80\nodd \x81 byte\n"));
  assert_has(&s, "caf\xc3\xa9 costs 3 \xe2\x82\xac");
  assert_has(&s, "odd \\x81 byte");
  assert_has(&s, "iso-8859-1 -> utf-8");
  screen_keys(&s, "v");
  assert_has(&s, "caf\\xe9 costs 3 \\x80");
  assert_false(screen_has(&s, "-> utf-8"));
  screen_keys(&s, "x");
  assert_has(&s, "63 61 66 e9");
  screen_close(&s);
  open_body(&s, "Content-Type: application/json; charset=utf-16\r\n",
            slice_make("{\0\"\0a\0\"\0:\0[\0\x71\x5c,\0\x31\0]\0}\0", 22));
  assert_has(&s, "\"a\": [");
  assert_has(&s, "utf-16le -> utf-8");
  screen_close(&s);
  open_body(&s, "Content-Type: text/plain; charset=x-odd\r\n", SLICE("abc\n"));
  assert_has(&s, "the character set x-odd is not known here");
  screen_close(&s);
}

static void hex_has_a_cursor(void **state) {
  struct screen s;
  struct buf body = BUF_INIT;
  (void)state;
  for (int i = 0; i < 1000; i++)
    buf_printf(&body, "%s%04d", i == 40 ? "ftypisom" : "    ----", i);
  open_body(&s, "Content-Type: application/octet-stream\r\n", buf_slice(&body));
  screen_keys(&s, "x");
  screen_type(&s, ":0x1e0");
  screen_keys(&s, "Enter");
  assert_has(&s, "offset 0x000001e0  u8 102  u16be 26228  u32be 1718909296  f32 2.886e+23  \"ftypisom0040    \"");
  screen_keys(&s, "~");
  assert_has(&s, "u16le 29798");
  screen_keys(&s, "l l Right");
  assert_has(&s, "offset 0x000001e3  u8 112");
  screen_keys(&s, "4 h");
  assert_has(&s, "offset 0x000001df  u8 57");
  screen_keys(&s, "j");
  assert_has(&s, "offset 0x000001e7  u8 109");
  screen_keys(&s, "_");
  assert_has(&s, "4 bytes a row");
  screen_keys(&s, "+ + +");
  assert_has(&s, "there is no room for more bytes in a row");
  screen_type(&s, ":goto 16");
  screen_keys(&s, "Enter");
  assert_has(&s, "offset 0x00000010");
  screen_type(&s, ":goto x");
  screen_keys(&s, "Enter");
  assert_has(&s, "an offset (0x5a004c) or the number of a line is needed");
  screen_keys(&s, "Esc /");
  screen_type(&s, "66 74 79 70");
  screen_keys(&s, "Enter");
  assert_has(&s, "1 of 1");
  assert_has(&s, "offset 0x000001e0");
  screen_keys(&s, "z z");
  screen_golden(&s, "hex_found_140x24");
  screen_close(&s);
  buf_clear(&body);
}

static void hex_of_a_coded_body(void **state) {
  struct screen s;
  struct buf body = BUF_INIT;
  (void)state;
  pack_lines(&body, 600000);
  open_body(&s, GZIP, buf_slice(&body));
  screen_keys(&s, "x");
  screen_type(&s, ":0x900000");
  screen_keys(&s, "Enter");
  work_on(&s, "offset 0x00900000");
  screen_close(&s);
  buf_clear(&body);
}

static void a_body_that_arrives(void **state) {
  struct screen s;
  struct buf body = BUF_INIT;
  (void)state;
  for (int i = 0; i < 61; i++)
    buf_printf(&body, "line %04d\n", i);
  screen_open(&s, 140, 24);
  struct flow *f =
      screen_flow(&s, &(struct script){.method = "GET",
                                       .host = "shop.test",
                                       .path = "/",
                                       .status = 200,
                                       .reason = "OK",
                                       .response_fields = "Content-Type: text/plain\r\nContent-Length: 1000\r\n",
                                       .response_body = body.p,
                                       .response_body_n = body.n,
                                       .ms = 3});
  f->state = FLOW_RESPONSE_ARRIVING;
  f->response.body.complete = false;
  screen_turn(&s);
  screen_keys(&s, "Enter");
  assert_has(&s, "receiving 61% ");
  screen_keys(&s, "z z");
  assert_has(&s, "receiving 61% \xe2\x96\x88\xe2\x96\x88");
  assert_has(&s, " 610/");
  screen_keys(&s, "G");
  assert_has(&s, "line 0060");
  body_add(&f->response.body, "one more\n", 9, UINT64_MAX, 0);
  ui_dirty(s.ui);
  screen_turn(&s);
  screen_turn(&s);
  screen_wait(&s, CLOCK_S / 2);
  assert_has(&s, "one more");
  f->state = FLOW_DONE;
  f->response.body.complete = true;
  screen_close(&s);
  buf_clear(&body);
}

/* How far its lines are indented says nothing: where it stops being JSON is said, and what is behind stays to be read. */
static void what_is_no_json_is_said(void **state) {
  struct screen s;
  struct buf large = BUF_INIT;
  (void)state;
  open_body(&s, "Content-Type: application/json\r\n", SLICE("{\"a\":1,\"b\": oops}"));
  assert_has(&s, "not valid JSON: line 1, column 13: a value is expected here");
  assert_has(&s, "oops}");
  assert_false(screen_has(&s, "key order as sent"));
  screen_keys(&s, "x");
  assert_false(screen_has(&s, "not valid JSON"));
  screen_close(&s);
  open_body(&s, "Content-Type: application/json\r\n", SLICE("{\"a\":\n \"\xc3\xa4\" 1}"));
  assert_has(&s, "not valid JSON: line 2, column 6: a comma or } is expected here");
  screen_close(&s);
  open_body(&s, "Content-Type: application/json\r\n", SLICE("{\"a\":1,\"b\":2}"));
  assert_has(&s, "key order as sent");
  screen_close(&s);
  buf_add_byte(&large, '[');
  for (int i = 0; i < 100000; i++)
    buf_printf(&large, "%d,", i);
  open_body(&s, "Content-Type: application/json\r\n", buf_slice(&large));
  assert_has(&s, "key order as sent"); /* nobody knows: it is too long to be read in one go */
  screen_close(&s);
  buf_clear(&large);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(coded_to_its_end),
      cmocka_unit_test(a_line_far_down),
      cmocka_unit_test(escape_ends_what_takes_long),
      cmocka_unit_test(bombs_are_said),
      cmocka_unit_test(character_sets),
      cmocka_unit_test(a_body_that_arrives),
      cmocka_unit_test(hex_has_a_cursor),
      cmocka_unit_test(hex_of_a_coded_body),
      cmocka_unit_test(what_is_no_json_is_said),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
