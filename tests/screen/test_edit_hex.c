/* Bodies that are no text: in hexadecimal by themselves, changed byte by byte, and sent exactly so. */
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

static void open_edit(struct screen *s, int w, int h, const char *type, struct slice body) {
  char fields[100];
  screen_open(s, w, h);
  snprintf(fields, sizeof fields, "Content-Type: %s\r\nContent-Length: %zu\r\n", type, body.n);
  screen_flow(
      s, &(struct script){
             .method = "POST", .host = "api.test", .path = "/", .fields = fields, .body = body.p, .body_n = body.n});
  screen_turn(s);
  screen_keys(s, "e");
}

/* Sent again: exactly these bytes are the body, and the length says so. */
static void assert_sends(struct screen *s, struct slice body) {
  char length[60];
  snprintf(length, sizeof length, "\r\nContent-Length: %zu\r\n", body.n);
  screen_keys(s, "Ctrl-S");
  assert_true(screen_got(s, &s->server[0], length));
  struct slice got = buf_slice(&s->server[0].got);
  ptrdiff_t end = slice_find(got, SLICE("\r\n\r\n"));
  assert_true(end > 0);
  got = slice_from(got, (size_t)end + 4);
  assert_int_equal(got.n, body.n);
  assert_memory_equal(got.p, body.p, body.n);
}

#define BYTES "\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\xff\xfe\n\r\x00 the end"

static void a_binary_body_opens_in_hexadecimal(void **state) {
  struct screen s;
  (void)state;
  open_edit(&s, 120, 36, "application/octet-stream", SLICE(BYTES));
  screen_keys(&s, "Tab");
  screen_type(&s, "00ff");
  screen_golden(&s, "edit_hex_120x36");
  screen_keys(&s, "Tab Down");
  screen_golden(&s, "edit_hex_characters_120x36");
  screen_close(&s);
  open_edit(&s, 80, 24, "application/octet-stream", SLICE(BYTES));
  screen_keys(&s, "Tab");
  screen_golden(&s, "edit_hex_80x24");
  screen_close(&s);
  open_edit(&s, 40, 10, "application/octet-stream", SLICE(BYTES));
  screen_keys(&s, "Tab");
  screen_golden(&s, "edit_hex_40x10");
  screen_close(&s);
}

static void digits_are_sent(void **state) {
  struct screen s;
  (void)state;
  open_edit(&s, 100, 24, "application/octet-stream", SLICE(BYTES));
  screen_keys(&s, "Tab");
  screen_type(&s, "00");
  screen_keys(&s, "Ctrl-End");
  screen_type(&s, "0d0a00");
  assert_has(&s, "Content-Length 30 -> 33");
  assert_sends(&s, SLICE("\x00PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\xff\xfe\n\r\x00 the end\r\n\x00"));
  screen_close(&s);
}

/* As text too, whatever the bytes are, and however often the body was shown in the other way. */
static void text_keeps_every_byte(void **state) {
  struct screen s;
  char all[512], want[520];
  (void)state;
  for (int i = 0; i < 256; i++) {
    all[2 * i] = (char)i;
    all[2 * i + 1] = (char)(i % 3 ? '\r' : '\n');
  }
  open_edit(&s, 100, 24, "application/octet-stream", slice_make(all, sizeof all));
  screen_keys(&s, "Tab Alt-X Alt-X Alt-X");
  assert_has(&s, "the body as text");
  screen_type(&s, "front");
  screen_keys(&s, "Alt-X Tab Alt-X Ctrl-End =!");
  memcpy(want, "front", 5);
  memcpy(want + 5, all, sizeof all);
  want[5 + sizeof all] = '!';
  assert_sends(&s, slice_make(want, 6 + sizeof all));
  screen_close(&s);
}

static void tab_goes_round(void **state) {
  struct screen s;
  (void)state;
  open_edit(&s, 100, 24, "application/octet-stream", SLICE(BYTES));
  assert_has(&s, "line 1 col 1");
  screen_keys(&s, "Tab");
  assert_has(&s, "offset 0x0 (0) of 30   byte 0x89 (137)");
  screen_type(&s, "zz");
  assert_has(&s, "here go the digits");
  screen_keys(&s, "Tab Right Right");
  screen_type(&s, "zz");
  assert_has(&s, ".Pzz");
  screen_keys(&s, "Tab");
  assert_has(&s, "line 4 col 19");
  screen_keys(&s, "Down Down"); /* across the empty line into the body, and back */
  assert_has(&s, "offset 0x0");
  screen_keys(&s, "Up");
  assert_has(&s, "line 5 col 1");
  screen_close(&s);
}

static void places_and_finding(void **state) {
  struct screen s;
  (void)state;
  open_edit(&s, 100, 24, "application/octet-stream", SLICE(BYTES));
  screen_keys(&s, "Tab Alt-G");
  screen_type(&s, "0x10");
  screen_keys(&s, "Enter");
  assert_has(&s, "offset 0x10 (16) of 30");
  screen_keys(&s, "Alt-G =x Enter");
  assert_has(&s, "an offset in the body: 4096, or 0x1000");
  screen_keys(&s, "Esc Ctrl-W");
  screen_type(&s, "0x0a0d");
  screen_keys(&s, "Enter");
  assert_has(&s, "offset 0x13 (19) of 30");
  screen_keys(&s, "Ctrl-W");
  screen_type(&s, "ihdr");
  screen_keys(&s, "Enter");
  assert_has(&s, "offset 0xc (12) of 30");
  screen_keys(&s, "Alt-R");
  screen_type(&s, "0x00");
  screen_keys(&s, "Enter");
  screen_type(&s, "0x2a2a");
  screen_keys(&s, "Enter");
  assert_has(&s, "5 replaced");
  assert_sends(&s, SLICE("\x89PNG\r\n\x1a\n******\x0dIHDR**\xff\xfe\n\r** the end"));
  screen_close(&s);
}

static void a_choice_stays(void **state) {
  struct screen s;
  (void)state;
  open_edit(&s, 100, 24, "text/plain", SLICE("plain"));
  assert_false(screen_has(&s, "00000000"));
  screen_keys(&s, "Tab Alt-X");
  screen_type(&s, "41");
  assert_has(&s, "Alain");
  screen_keys(&s, "Esc e");
  assert_has(&s, "00000000");
  screen_keys(&s, "Alt-X Alt-U");
  assert_has(&s, "unchanged");
  assert_false(screen_has(&s, "00000000"));
  screen_close(&s);
}

/* Without the empty line there is no body to show: what is typed goes into the head. */
static void a_head_without_an_end(void **state) {
  struct screen s;
  (void)state;
  open_edit(&s, 100, 24, "application/octet-stream", SLICE(BYTES));
  assert_has(&s, "00000000");
  screen_keys(&s, "Down Down Down Down Ctrl-K Ctrl-K Ctrl-K Ctrl-K Ctrl-K");
  assert_false(screen_has(&s, "00000000"));
  screen_keys(&s, "Alt-X");
  assert_has(&s, "an empty line ends the head");
  screen_keys(&s, "Alt-U Alt-U Alt-U Alt-U Alt-U");
  assert_has(&s, "00000000");
  assert_has(&s, "unchanged");
  screen_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_binary_body_opens_in_hexadecimal),
      cmocka_unit_test(digits_are_sent),
      cmocka_unit_test(text_keeps_every_byte),
      cmocka_unit_test(tab_goes_round),
      cmocka_unit_test(places_and_finding),
      cmocka_unit_test(a_choice_stays),
      cmocka_unit_test(a_head_without_an_end),
  };
  return cmocka_run_group_tests_name("edit_hex", tests, NULL, NULL);
}
