/* Long bodies with a content coding in the editor: coded again in slices, while other traffic goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "screen.h"
#include "thread_time.h"
#include "ui/draft.h"
#include "ui/ui_state.h"
#include "weir/body/decode.h"
#include "weir/rule/intercept.h"

#define LONG_N    ((size_t)50 << 20)
#define LONG_TURN (50 * CLOCK_MS) /* of the processor: far above what a turn needs, far below coding it all in one */
#define OTHER     "GET http://other.test/ HTTP/1.1\r\nHost: other.test\r\n\r\n"
#define REPLY     "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static struct buf long_text(size_t n) {
  struct buf text = BUF_INIT;
  for (size_t i = 0; text.n < n; i++)
    buf_printf(&text, "line %010zu, hash %08x\n", i, (unsigned)(i * 2654435761u));
  text.n = n;
  return text;
}

/* Sends it, as fast as it is taken. */
static void send_all(struct screen *s, struct peer *p, struct slice bytes) {
  for (int i = 0; bytes.n > 0 && i < 100000; i++) {
    size_t done = 0;
    stream_send(p->stream, bytes.p, bytes.n, &done);
    bytes = slice_from(bytes, done);
    screen_turn(s);
  }
  assert_int_equal(bytes.n, 0);
  screen_turn(s);
}

/* A paused POST with that body, open in the editor. The text of it is in *plain. */
static struct draft *paused(struct screen *s, const char *coding, size_t n, struct buf *plain, struct buf *coded) {
  struct buf text = BUF_INIT;
  screen_open_sized(s, 120, 24, (uint64_t)512 << 20, 100);
  assert_true(intercept_set(s->w.rules, "POST", NULL));
  *plain = long_text(n);
  *coded = (struct buf)BUF_INIT;
  assert_true(body_encode(slice_of(coding), buf_slice(plain), coded, NULL));
  buf_printf(&text,
             "POST http://api.test/ HTTP/1.1\r\nHost: api.test\r\nContent-Encoding: %s\r\nContent-Length: %zu\r\n\r\n",
             coding, coded->n);
  buf_add_slice(&text, buf_slice(coded));
  send_all(s, screen_client(s), buf_slice(&text));
  buf_clear(&text);
  screen_keys(s, "' e");
  struct draft *d = s->ui->drafts->first;
  for (int i = 0; d->work && i < 100000; i++)
    screen_turn(s);
  assert_true(d->decoded);
  return d;
}

/* What the first server got behind the head, once no more comes. */
static struct slice body_at_server(struct screen *s) {
  struct peer *p = &s->server[s->servers - 1];
  for (size_t before = SIZE_MAX; before != p->got.n;) {
    before = p->got.n;
    screen_got(s, p, "X");
  }
  ptrdiff_t end = slice_find(buf_slice(&p->got), SLICE("\r\n\r\n"));
  assert_true(end > 0);
  return slice_from(buf_slice(&p->got), (size_t)end + 4);
}

static void close_all(struct screen *s, struct buf *plain, struct buf *coded) {
  buf_clear(plain);
  buf_clear(coded);
  screen_close(s);
}

/* The longest turn of the loop while the draft is worked on; another request is answered meanwhile. */
static uint64_t longest_turn(struct screen *s, const struct draft *d, bool *answered) {
  uint64_t longest = 0;
  struct peer *other = screen_client(s);
  size_t server = s->servers, asked = 0;
  while (s->ui->drafts->first == d && d->work) {
    uint64_t began = thread_time();
    loop_turn(s->w.loop, 0);
    uint64_t took = thread_time() - began;
    longest = took > longest ? took : longest;
    if (asked++ == 0)
      assert_int_equal(stream_send(other->stream, OTHER, sizeof OTHER - 1, &(size_t){0}), IO_OK);
    if (s->servers > server && !*answered) {
      assert_int_equal(stream_send(s->server[server].stream, REPLY, sizeof REPLY - 1, &(size_t){0}), IO_OK);
      *answered = screen_got(s, other, "ok");
    }
  }
  return longest;
}

static void coded_while_others_go_on(const char *coding) {
  struct screen s;
  struct buf plain, coded, back = BUF_INIT;
  struct draft *d = paused(&s, coding, LONG_N, &plain, &coded);
  bool answered = false;
  screen_keys(&s, "Ctrl-End =! Ctrl-S");
  assert_has(&s, "making it ready: ");
  assert_has(&s, "Esc stops it");
  screen_keys(&s, "Esc");
  assert_has(&s, "making it ready was stopped at ");
  assert_null(d->work);
  assert_int_equal(store_get(s.w.store, 1)->paused, FLOW_PAUSED_REQUEST);
  screen_keys(&s, "Ctrl-S");
  assert_non_null(d->work);
  uint64_t longest = longest_turn(&s, d, &answered);
  print_message("%s: longest turn %.1f ms\n", coding, (double)longest / CLOCK_MS);
  assert_true(longest < LONG_TURN);
  assert_true(answered);
  screen_turn(&s);
  assert_has(&s, "#1 goes on as you changed it");
  assert_int_equal(s.servers, 2); /* the other request was there first */
  struct slice got = body_at_server(&s);
  assert_int_equal(got.n, store_get(s.w.store, 1)->request.sent->body.kept);
  struct body_decoder *decoder = body_decoder_new(slice_of(coding), LONG_N * 2, NULL);
  body_decoder_feed(decoder, got, &back);
  assert_int_equal(body_decoder_end(decoder, NULL), BODY_DECODED);
  body_decoder_free(decoder);
  assert_int_equal(back.n, LONG_N + 1);
  assert_memory_equal(back.p, plain.p, LONG_N);
  assert_int_equal(back.p[LONG_N], '!');
  buf_clear(&back);
  close_all(&s, &plain, &coded);
}

static void gzip(void **state) {
  (void)state;
  coded_while_others_go_on("gzip");
}

static void brotli(void **state) {
  (void)state;
  coded_while_others_go_on("br");
}

static void zstd(void **state) {
  (void)state;
  coded_while_others_go_on("zstd");
}

/* Where nothing of the body was changed, the bytes that came are the ones that go: in place, and in a copy. */
static void an_untouched_body_keeps_its_bytes(void **state) {
  struct screen s;
  struct buf plain, coded;
  (void)state;
  struct draft *d = paused(&s, "gzip", (size_t)3 << 20, &plain, &coded);
  screen_keys(&s, "Down End Enter");
  screen_type(&s, "X-New: 1");
  screen_keys(&s, "Ctrl-S");
  for (int i = 0; s.ui->drafts->first == d && i < 10000; i++)
    screen_turn(&s);
  assert_true(slice_eq(body_at_server(&s), buf_slice(&coded)));
  screen_keys(&s, "e"); /* a copy: it differs from the request that came */
  d = s.ui->drafts->first;
  for (int i = 0; d->work && i < 10000; i++)
    screen_turn(&s);
  screen_keys(&s, "Down End Enter");
  screen_type(&s, "X-Other: 1");
  size_t servers = s.servers;
  screen_keys(&s, "Ctrl-S");
  for (int i = 0; s.ui->drafts->first && i < 10000; i++)
    screen_turn(&s);
  assert_has(&s, "sent as #2");
  assert_int_equal(s.servers, servers + 1);
  assert_true(slice_eq(body_at_server(&s), buf_slice(&coded)));
  assert_true(slice_find(buf_slice(&s.server[servers].got), SLICE("X-Other: 1\r\n")) > 0);
  close_all(&s, &plain, &coded);
}

/* Another coding in the head: the same text goes out with that. */
static void another_coding(void **state) {
  struct screen s;
  struct buf plain, coded, back = BUF_INIT;
  (void)state;
  struct draft *d = paused(&s, "gzip", (size_t)1 << 20, &plain, &coded);
  screen_keys(&s, "Down Down End Backspace Backspace Backspace Backspace");
  screen_type(&s, "zstd");
  screen_keys(&s, "Ctrl-S");
  for (int i = 0; s.ui->drafts->first == d && i < 10000; i++)
    screen_turn(&s);
  struct body_decoder *decoder = body_decoder_new(SLICE("zstd"), 0, NULL);
  body_decoder_feed(decoder, body_at_server(&s), &back);
  assert_int_equal(body_decoder_end(decoder, NULL), BODY_DECODED);
  body_decoder_free(decoder);
  assert_true(slice_eq(buf_slice(&back), buf_slice(&plain)));
  buf_clear(&back);
  close_all(&s, &plain, &coded);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gzip),           cmocka_unit_test(brotli),
      cmocka_unit_test(zstd),           cmocka_unit_test(an_untouched_body_keeps_its_bytes),
      cmocka_unit_test(another_coding),
  };
  return cmocka_run_group_tests_name("edit_long", tests, NULL, NULL);
}
