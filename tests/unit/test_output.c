/* Lines of finished flows: each once, in order, with losses said, and an end when nobody reads. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "turns.h"
#include "weir/app/output.h"

struct bench {
  struct loop *loop;
  struct store *store;
  struct output *output;
  int fd[2]; /* read here, written there */
  unsigned ended;
  struct buf got;
};

static void on_end(void *arg) {
  ((struct bench *)arg)->ended++;
}

static void open_bench(struct bench *b, bool json, bool bodies) {
  memset(b, 0, sizeof *b);
  signal(SIGPIPE, SIG_IGN);
  assert_int_equal(pipe2(b->fd, O_CLOEXEC), 0);
  assert_int_equal(fcntl(b->fd[0], F_SETFL, O_NONBLOCK), 0);
  b->loop = loop_new();
  b->store = store_new(UINT64_C(256) << 20, 100000);
  struct output_options options = {b->fd[1], json, bodies, on_end, b};
  b->output = output_new(b->loop, b->store, &options);
}

static void close_bench(struct bench *b) {
  output_free(b->output);
  store_free(b->store);
  loop_free(b->loop);
  if (b->fd[0] >= 0)
    close(b->fd[0]);
  close(b->fd[1]);
  buf_clear(&b->got);
}

static bool read_some(struct bench *b) {
  ssize_t n = read(b->fd[0], buf_reserve(&b->got, 65536), 65536);
  if (n > 0)
    b->got.n += (size_t)n;
  return n > 0;
}

static size_t lines(const struct bench *b) {
  size_t n = 0;
  for (size_t i = 0; i < b->got.n; i++)
    n += b->got.p[i] == '\n';
  return n;
}

static struct flow *begin(struct bench *b, size_t body) {
  static const char head[] = "GET http://shop.test/item HTTP/1.1\r\nHost: shop.test\r\n\r\n";
  struct http_fault fault;
  struct flow *f = store_add(b->store);
  assert_true(http_head_parse(HTTP_REQUEST, SLICE(head), &f->request.head, &fault));
  flow_set_target(f, "http", SLICE("shop.test"), 80);
  char *bytes = malloc(body + 1);
  assert_non_null(bytes);
  memset(bytes, 'b', body);
  if (body)
    body_add(&f->request.body, bytes, body, UINT64_MAX, body);
  free(bytes);
  f->request.body.complete = true;
  f->state = FLOW_WAITING;
  store_touch(b->store, f, FLOW_CHANGED_STATE | FLOW_CHANGED_HEAD);
  return f;
}

static void finish(struct bench *b, struct flow *f) {
  f->state = FLOW_FAILED;
  f->error = ERROR_REFUSED;
  f->stage = STAGE_CONNECT;
  store_touch(b->store, f, FLOW_CHANGED_STATE);
}

static void a_flow_gives_one_line_when_it_ends(void **state) {
  (void)state;
  struct bench b;
  open_bench(&b, true, false);
  struct flow *slow = begin(&b, 0), *fast = begin(&b, 0);
  finish(&b, fast);
  store_deliver(b.store);
  TURN_UNTIL(b.loop, read_some(&b));
  assert_int_equal(lines(&b), 1);
  assert_non_null(strstr(buf_text(&b.got), "\"id\":2"));

  fast->marked = true; /* what changes later is no second line */
  store_touch(b.store, fast, FLOW_CHANGED_NOTE | FLOW_CHANGED_STATE);
  store_deliver(b.store);
  finish(&b, slow);
  store_deliver(b.store);
  TURN_UNTIL(b.loop, read_some(&b));
  assert_int_equal(lines(&b), 2);

  assert_true(store_detach(b.store, slow)); /* deleted, and the deletion undone */
  store_deliver(b.store);
  store_restore(b.store, slow);
  store_deliver(b.store);
  finish(&b, begin(&b, 0)); /* began and ended within one turn */
  store_deliver(b.store);
  TURN_UNTIL(b.loop, read_some(&b));
  assert_int_equal(lines(&b), 3);
  assert_int_equal(output_tally(b.output).flows, 3);
  close_bench(&b);
}

/* A row that counts what is refused: a flood of that is none of lines. */
static void a_count_gives_its_line_when_it_doubles(void **state) {
  (void)state;
  struct bench b;
  open_bench(&b, true, false);
  struct flow *f = begin(&b, 0);
  finish(&b, f);
  for (f->refusals = 1; f->refusals < 8; f->refusals++) {
    store_touch(b.store, f, FLOW_CHANGED_STATE);
    store_deliver(b.store);
  }
  TURN_UNTIL(b.loop, read_some(&b));
  assert_int_equal(lines(&b), 3); /* 1, 2, 4 */
  assert_non_null(strstr(buf_text(&b.got), "\"refusals\":4"));
  close_bench(&b);
}

/* An opened tunnel gives its number to the first request in it. */
static void what_was_withdrawn_gives_no_line_and_its_successor_does(void **state) {
  (void)state;
  struct bench b;
  open_bench(&b, true, false);
  struct flow *connect = begin(&b, 0);
  connect->kind = FLOW_TUNNEL;
  store_deliver(b.store);
  connect->state = FLOW_DONE;
  store_withdraw(b.store, connect);
  finish(&b, begin(&b, 0));
  store_deliver(b.store);
  TURN_UNTIL(b.loop, read_some(&b));
  assert_int_equal(lines(&b), 1);
  assert_non_null(strstr(buf_text(&b.got), "\"id\":1,"));
  close_bench(&b);
}

static void a_successor_among_later_ones_gives_its_line(void **state) {
  (void)state;
  struct bench b;
  open_bench(&b, true, false);
  struct flow *connect = begin(&b, 0);
  connect->kind = FLOW_TUNNEL;
  struct flow *other = begin(&b, 0);
  store_deliver(b.store);
  connect->state = FLOW_DONE;
  store_withdraw(b.store, connect);
  finish(&b, other);
  finish(&b, store_add_as(b.store, 1));
  store_deliver(b.store);
  TURN_UNTIL(b.loop, read_some(&b));
  assert_int_equal(lines(&b), 2);
  assert_non_null(strstr(buf_text(&b.got), "\"id\":1,"));
  close_bench(&b);
}

static void what_was_not_recorded_gives_no_line(void **state) {
  (void)state;
  struct bench b;
  open_bench(&b, false, false);
  struct flow *f = begin(&b, 0);
  f->unrecorded = true;
  finish(&b, f);
  finish(&b, begin(&b, 0));
  store_deliver(b.store);
  TURN_UNTIL(b.loop, read_some(&b));
  assert_int_equal(lines(&b), 1);
  close_bench(&b);
}

static void a_slow_reader_loses_lines_and_is_told(void **state) {
  (void)state;
  struct bench b;
  open_bench(&b, true, true);
  size_t sent = 0;
  while (output_lost(b.output) < 5) { /* nobody reads: pipe and queue fill up */
    finish(&b, begin(&b, 256 << 10));
    store_deliver(b.store);
    assert_true(++sent < 1000);
  }
  assert_true(sent * (256 << 10) > OUTPUT_QUEUE_MAX);
  TURN_UNTIL(b.loop, (read_some(&b), output_idle(b.output)));
  finish(&b, begin(&b, 0));
  store_deliver(b.store);
  TURN_UNTIL(b.loop, (read_some(&b), output_idle(b.output) && !read_some(&b)));
  assert_int_equal(output_lost(b.output), 5);
  assert_int_equal(lines(&b), sent - 5 + 1 + 1);
  const char *said = strstr(buf_text(&b.got), "\n{\"lost\":5}\n{"); /* in its place: before the next line */
  assert_non_null(said);
  assert_non_null(strstr(said, "\"id\":"));
  close_bench(&b);
}

static void a_reader_that_goes_away_ends_it(void **state) {
  (void)state;
  struct bench b;
  open_bench(&b, false, false);
  close(b.fd[0]);
  b.fd[0] = -1;
  TURN_UNTIL(b.loop, (finish(&b, begin(&b, 0)), store_deliver(b.store), b.ended));
  finish(&b, begin(&b, 0));
  store_deliver(b.store);
  assert_int_equal(b.ended, 1);
  assert_true(output_idle(b.output));
  close_bench(&b);
}

/* O_NONBLOCK would reach whoever shares the descriptor: the shell, stderr. */
static void the_descriptor_stays_as_it_was(void **state) {
  (void)state;
  struct bench b;
  open_bench(&b, false, false);
  assert_false(fcntl(b.fd[1], F_GETFL) & O_NONBLOCK);
  close_bench(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_flow_gives_one_line_when_it_ends),
      cmocka_unit_test(a_count_gives_its_line_when_it_doubles),
      cmocka_unit_test(what_was_withdrawn_gives_no_line_and_its_successor_does),
      cmocka_unit_test(a_successor_among_later_ones_gives_its_line),
      cmocka_unit_test(what_was_not_recorded_gives_no_line),
      cmocka_unit_test(a_slow_reader_loses_lines_and_is_told),
      cmocka_unit_test(a_reader_that_goes_away_ends_it),
      cmocka_unit_test(the_descriptor_stays_as_it_was),
  };
  return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
