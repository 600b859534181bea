/* The stream in memory behaves like a socket: order, ends, resets, back-pressure, and short transfers on demand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "memory_stream.h"
#include "turns.h"
#include "weir/base/buf.h"

struct side {
  struct stream *stream;
  unsigned wanted, got;
  int calls;
  bool eof, error, free_in_ready, hold;
  struct buf bytes;
};

static unsigned want(void *arg) {
  return ((struct side *)arg)->wanted;
}

static void ready(void *arg, unsigned events) {
  struct side *s = arg;
  char part[4096];
  size_t done;
  s->got |= events;
  s->calls++;
  if (s->free_in_ready) {
    stream_free(s->stream);
    s->stream = NULL;
    return;
  }
  if (!(events & STREAM_READ) || s->hold)
    return;
  enum io_code code = stream_recv(s->stream, part, sizeof part, &done);
  buf_add(&s->bytes, part, done);
  s->eof |= code == IO_EOF;
  s->error |= code == IO_ERROR;
  if (s->eof || s->error)
    s->wanted = 0;
}

static struct loop *loop;
static struct side a, b;

static void join(const struct memory_options *options) {
  a = b = (struct side){.wanted = STREAM_READ};
  memory_stream_pair(loop, options, &a.stream, &b.stream);
  stream_set_user(a.stream, (struct stream_user){want, ready, &a});
  stream_set_user(b.stream, (struct stream_user){want, ready, &b});
}

static int set_up(void **state) {
  (void)state;
  loop = loop_new();
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  stream_free(a.stream);
  stream_free(b.stream);
  buf_clear(&a.bytes);
  buf_clear(&b.bytes);
  loop_free(loop);
  return 0;
}

static void short_transfers_lose_nothing(void **state) {
  struct memory_options options = {.capacity = 10, .most_recv = 3, .most_send = 4};
  const char *text = "what goes in at one end comes out at the other end";
  size_t n = strlen(text), sent = 0, done;
  (void)state;
  join(&options);
  while (sent < n) {
    enum io_code code = stream_send(a.stream, text + sent, n - sent, &done);
    assert_true(code == IO_AGAIN ? done == 0 : done > 0 && done <= 4);
    sent += done;
    if (code == IO_AGAIN)
      loop_turn(loop, 0);
  }
  TURN_UNTIL(loop, b.bytes.n == n);
  assert_memory_equal(b.bytes.p, text, n);
  assert_true(b.calls >= (int)n / 3);
  assert_int_equal(a.bytes.n, 0);
}

static void a_full_one_tells_when_there_is_room(void **state) {
  struct memory_options options = {.capacity = 8};
  size_t done;
  (void)state;
  join(&options);
  b.wanted = 0;
  assert_int_equal(stream_send(a.stream, "0123456789", 10, &done), IO_OK);
  assert_int_equal(done, 8);
  assert_int_equal(stream_send(a.stream, "89", 2, &done), IO_AGAIN);
  a.wanted = STREAM_WRITE;
  stream_touch(a.stream);
  for (int i = 0; i < 4; i++)
    loop_turn(loop, 0);
  assert_int_equal(a.calls, 0);
  assert_int_equal(b.calls, 0);
  b.wanted = STREAM_READ;
  stream_touch(b.stream);
  TURN_UNTIL(loop, a.calls > 0);
  assert_int_equal(a.got, STREAM_WRITE);
  assert_int_equal(b.bytes.n, 8);
}

static void ready_is_told_as_long_as_it_holds(void **state) {
  size_t done;
  (void)state;
  join(NULL);
  b.hold = true; /* does not read what it was told of */
  stream_send(a.stream, "x", 1, &done);
  for (int i = 0; i < 5; i++)
    loop_turn(loop, 0);
  assert_true(b.calls >= 4);
  b.wanted = 0;
  loop_turn(loop, 0);
  int calls = b.calls;
  loop_turn(loop, 0);
  assert_int_equal(b.calls, calls);
}

static void half_close(void **state) {
  size_t done;
  (void)state;
  join(NULL);
  stream_send(a.stream, "bye", 3, &done);
  assert_int_equal(stream_shutdown(a.stream), IO_OK);
  assert_int_equal(stream_send(a.stream, "x", 1, &done), IO_ERROR);
  assert_int_equal(stream_error(a.stream), EPIPE);
  TURN_UNTIL(loop, b.eof);
  assert_int_equal(b.bytes.n, 3);
  assert_int_equal(stream_send(b.stream, "answer", 6, &done), IO_OK);
  TURN_UNTIL(loop, a.bytes.n == 6);
  assert_false(a.eof);
}

static void close_and_abort(void **state) {
  size_t done;
  (void)state;
  join(NULL);
  stream_send(a.stream, "left", 4, &done);
  stream_free(a.stream);
  a.stream = NULL;
  TURN_UNTIL(loop, b.eof);
  assert_int_equal(b.bytes.n, 4); /* what was sent before still comes */
  assert_int_equal(stream_send(b.stream, "x", 1, &done), IO_ERROR);
  stream_free(b.stream);
  buf_clear(&b.bytes);

  join(NULL);
  stream_send(a.stream, "lost", 4, &done);
  stream_abort(a.stream);
  a.stream = NULL;
  TURN_UNTIL(loop, b.error);
  assert_int_equal(b.bytes.n, 0);
  assert_int_equal(stream_error(b.stream), ECONNRESET);
}

static void a_hang_up_is_told_once(void **state) {
  size_t done;
  (void)state;
  join(NULL);
  b.wanted = STREAM_HUP;
  stream_touch(b.stream);
  stream_send(a.stream, "x", 1, &done);
  for (int i = 0; i < 3; i++)
    loop_turn(loop, 0);
  assert_int_equal(b.calls, 0);
  stream_shutdown(a.stream);
  for (int i = 0; i < 5; i++)
    loop_turn(loop, 0);
  assert_int_equal(b.calls, 1);
  assert_int_equal(b.got, STREAM_HUP);
}

static void both_may_go_inside_ready(void **state) {
  size_t done;
  (void)state;
  join(NULL);
  a.free_in_ready = b.free_in_ready = true;
  stream_send(a.stream, "x", 1, &done);
  stream_send(b.stream, "x", 1, &done);
  TURN_UNTIL(loop, !a.stream && !b.stream);
  assert_int_equal(a.calls, 1);
  assert_int_equal(b.calls, 1);
}

static void says_the_addresses_it_was_given(void **state) {
  struct memory_options options = {.a = {.family = 4, .port = 1}, .b = {.family = 4, .port = 2}};
  struct stream_info info;
  (void)state;
  join(&options);
  stream_info(b.stream, &info);
  assert_int_equal(info.local.port, 2);
  assert_int_equal(info.peer.port, 1);
  assert_string_equal(info.kind, "mem");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(short_transfers_lose_nothing),
      TEST(a_full_one_tells_when_there_is_room),
      TEST(ready_is_told_as_long_as_it_holds),
      TEST(half_close),
      TEST(close_and_abort),
      TEST(a_hang_up_is_told_once),
      TEST(both_may_go_inside_ready),
      TEST(says_the_addresses_it_was_given),
  };
  return cmocka_run_group_tests_name("memory_stream", tests, NULL, NULL);
}
