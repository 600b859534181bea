/* TLS as a stream over a stream: the handshake, bytes both ways, ends of every kind, and nothing that spins or waits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/socket.h>

#include "tls_ends.h"
#include "turns.h"
#include "weir/io/tcp.h"

#define LIMIT (30 * CLOCK_S)

static struct tls_home home;
static struct tls_end client, server; /* the server is weir towards an app, the client is weir towards a server */

static int set_up(void **state) {
  (void)state;
  tls_home_open(&home, NULL);
  client = server = (struct tls_end){0};
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  tls_end_close(&client);
  tls_end_close(&server);
  loop_turn(home.loop, 0);
  tls_home_close(&home);
  return 0;
}

static void start(const struct memory_options *options) {
  struct stream *a, *b;
  memory_stream_pair(home.loop, options, &a, &b);
  tls_end_attach(&server,
                 tls_serve(home.tls, b, (struct slice){NULL, 0}, "api.shop.test", LIMIT, tls_end_done, &server));
  tls_end_attach(&client, tls_connect(home.tls, a, "api.shop.test", 443, false, LIMIT, tls_end_done, &client));
  assert_int_equal(client.done_calls + server.done_calls, 0);
}

static void join(const struct memory_options *options) {
  start(options);
  TURN_UNTIL(home.loop, client.done_calls && server.done_calls);
  assert_string_equal(client.text, "");
  assert_string_equal(server.text, "");
}

static void turns(int n) {
  for (int i = 0; i < n; i++)
    loop_turn(home.loop, 0);
}

/* ---- the handshake ---- */

static void both_sides_agree(void **state) {
  (void)state;
  join(NULL);
  assert_int_equal(client.problem, TLS_OK);
  assert_int_equal(server.problem, TLS_OK);
  struct secure_facts *c = tls_end_facts(&client), *s = tls_end_facts(&server);
  assert_string_equal(c->version, "TLSv1.3");
  assert_string_equal(s->version, "TLSv1.3");
  assert_string_equal(c->cipher, s->cipher);
  assert_true(strlen(c->cipher) > 5);
  assert_string_equal(c->alpn, "http/1.1");
  assert_string_equal(s->alpn, "http/1.1");
  assert_string_equal(s->alpn_offered, "http/1.1");
  assert_string_equal(c->sni, "api.shop.test");
  assert_string_equal(s->sni, "api.shop.test");
  assert_true(c->verified && !c->server && !c->insecure && !c->resumed && !c->problem);
  assert_true(s->server && !s->verified);
  assert_int_equal(c->certificates, 1);
  assert_int_equal(s->certificates, 1);
  assert_string_equal(c->certificate[0].names, "api.shop.test");
  assert_string_equal(c->certificate[0].subject, "CN=api.shop.test, O=weir");
  assert_string_equal(c->certificate[0].key, "EC P-256");
  assert_string_equal(c->certificate[0].fingerprint, s->certificate[0].fingerprint);
  assert_int_equal(strlen(c->certificate[0].fingerprint), 95);
  assert_non_null(strstr(c->certificate[0].issuer, authority_name(home.authority)));
  assert_true(secure_facts_cost(c) > sizeof *c);
  struct stream_info info;
  stream_info(client.stream, &info);
  assert_string_equal(info.kind, "tls");
}

static void an_address_is_named_and_checked(void **state) {
  static const char *const hosts[] = {"127.0.0.1", "::1", "[2001:db8::7]", "Shop.TEST.", "a_b.test"};
  (void)state;
  for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
    struct stream *a, *b;
    memory_stream_pair(home.loop, NULL, &a, &b);
    tls_end_attach(&server, tls_serve(home.tls, b, (struct slice){NULL, 0}, hosts[i], LIMIT, tls_end_done, &server));
    tls_end_attach(&client, tls_connect(home.tls, a, hosts[i], 443, false, LIMIT, tls_end_done, &client));
    TURN_UNTIL(home.loop, client.done_calls && server.done_calls);
    assert_string_equal(client.text, "");
    assert_true(tls_end_facts(&client)->verified);
    assert_true((tls_end_facts(&server)->sni == NULL) == (i < 3));
    tls_end_close(&client);
    tls_end_close(&server);
    loop_turn(home.loop, 0);
  }
  assert_int_equal(authority_leaves(home.authority), 5);
}

static void bytes_read_before_are_not_lost(void **state) {
  struct stream *a, *b;
  char first[4096];
  size_t n = 0, done;
  (void)state;
  memory_stream_pair(home.loop, NULL, &a, &b);
  tls_end_attach(&client, tls_connect(home.tls, a, "shop.test", 443, false, LIMIT, tls_end_done, &client));
  while (n < 100) {
    turns(1);
    if (stream_recv(b, first + n, sizeof first - n, &done) == IO_OK)
      n += done;
  }
  /* a part of it is with the stream still, as it were */
  tls_end_attach(&server, tls_serve(home.tls, b, slice_make(first, n), "other.test", LIMIT, tls_end_done, &server));
  TURN_UNTIL(home.loop, client.done_calls && server.done_calls);
  assert_string_equal(client.text, "");
  assert_string_equal(tls_end_facts(&server)->sni, "shop.test");
}

/* ---- bytes ---- */

static void fill(struct buf *b, size_t n, unsigned seed) {
  for (size_t i = 0; i < n; i++) {
    seed = seed * 1103515245U + 12345U;
    buf_add_byte(b, (char)(seed >> 16));
  }
}

static void exchange_bytes(size_t n) {
  struct buf up = BUF_INIT, down = BUF_INIT;
  fill(&up, n, 1);
  fill(&down, n + 7, 2);
  tls_end_say(&client, up.p, up.n);
  tls_end_say(&server, down.p, down.n);
  TURN_UNTIL(home.loop, server.got.n >= up.n && client.got.n >= down.n);
  assert_int_equal(server.got.n, up.n);
  assert_int_equal(client.got.n, down.n);
  assert_memory_equal(server.got.p, up.p, up.n);
  assert_memory_equal(client.got.p, down.p, down.n);
  buf_clear(&up);
  buf_clear(&down);
}

static void bytes_go_both_ways(void **state) {
  (void)state;
  join(NULL);
  exchange_bytes(1000000);
}

static void one_byte_at_a_time(void **state) {
  struct memory_options options = {.most_recv = 1, .most_send = 1};
  (void)state;
  join(&options);
  exchange_bytes(3000);
}

static void little_room_below(void **state) {
  struct memory_options options = {.capacity = 7, .most_recv = 5, .most_send = 3};
  (void)state;
  join(&options);
  exchange_bytes(40000);
}

static void what_is_sent_while_the_handshake_runs_waits(void **state) {
  size_t done = 1;
  (void)state;
  start(NULL);
  assert_int_equal(stream_send(client.stream, "x", 1, &done), IO_AGAIN);
  assert_int_equal(done, 0);
  assert_int_equal(stream_recv(client.stream, &done, 1, &done), IO_AGAIN);
  assert_int_equal(stream_shutdown(client.stream), IO_AGAIN);
  tls_end_say(&client, "early", 5);
  TURN_UNTIL(home.loop, server.got.n == 5);
}

static void what_waits_inside_is_told(void **state) {
  char part[10];
  size_t done = 0;
  (void)state;
  join(NULL);
  client.wants = 0;
  stream_touch(client.stream);
  tls_end_say(&server, "0123456789abcdef", 16);
  turns(5);
  assert_int_equal(stream_recv(client.stream, part, 10, &done), IO_OK);
  assert_int_equal(done, 10);
  turns(3);
  assert_int_equal(client.got.n, 0);
  client.wants = STREAM_READ; /* nothing more comes from below: only the ready list can tell */
  stream_touch(client.stream);
  TURN_UNTIL(home.loop, client.got.n == 6);
  assert_memory_equal(client.got.p, "abcdef", 6);
}

static void told_as_long_as_it_is_there(void **state) {
  size_t done;
  char part[4];
  (void)state;
  join(NULL);
  turns(20); /* session tickets are told too, in vain */
  client.hold = true;
  client.ready_calls = 0;
  tls_end_say(&server, "0123456789", 10);
  TURN_UNTIL(home.loop, client.ready_calls > 0);
  assert_int_equal(stream_recv(client.stream, part, 4, &done), IO_OK);
  int calls = client.ready_calls;
  TURN_UNTIL(home.loop, client.ready_calls > calls + 2);
  client.hold = false;
  TURN_UNTIL(home.loop, client.got.n == 6);
}

static void at_rest_nothing_turns(void **state) {
  (void)state;
  join(NULL);
  tls_end_say(&client, "hello", 5);
  TURN_UNTIL(home.loop, server.got.n == 5);
  turns(10);
  int before = client.ready_calls + server.ready_calls;
  uint64_t from = clock_mono();
  loop_turn(home.loop, 30 * CLOCK_MS); /* waits: nothing is on the ready list */
  assert_true(clock_mono() - from >= 20 * CLOCK_MS);
  assert_int_equal(client.ready_calls + server.ready_calls, before);
}

static void a_reader_that_stops_holds_the_sender(void **state) {
  struct memory_options options = {.capacity = 20000};
  struct buf much = BUF_INIT;
  (void)state;
  join(&options);
  server.wants = 0;
  stream_touch(server.stream);
  fill(&much, 500000, 3);
  tls_end_say(&client, much.p, much.n);
  turns(50);
  assert_true(client.to_send.n > 400000);
  assert_int_equal(server.got.n, 0);
  server.wants = STREAM_READ;
  stream_touch(server.stream);
  TURN_UNTIL(home.loop, server.got.n == much.n);
  assert_memory_equal(server.got.p, much.p, much.n);
  buf_clear(&much);
}

/* ---- ends ---- */

static void one_direction_ends_and_the_other_goes_on(void **state) {
  size_t done;
  (void)state;
  join(NULL);
  tls_end_say(&client, "question", 8);
  TURN_UNTIL(home.loop, server.got.n == 8);
  assert_int_equal(stream_shutdown(client.stream), IO_OK);
  assert_int_equal(stream_shutdown(client.stream), IO_OK);
  assert_int_equal(stream_send(client.stream, "x", 1, &done), IO_ERROR);
  TURN_UNTIL(home.loop, server.eof);
  tls_end_say(&server, "answer", 6);
  TURN_UNTIL(home.loop, client.got.n == 6);
  assert_false(client.eof);
  stream_shutdown(server.stream);
  TURN_UNTIL(home.loop, client.eof);
  assert_false(client.error || server.error);
}

static void shutdown_waits_for_room(void **state) {
  struct memory_options options = {.capacity = 30, .most_send = 4};
  size_t done;
  (void)state;
  join(&options);
  turns(20);
  server.wants = 0;
  stream_touch(server.stream);
  char bytes[200] = {0};
  assert_int_equal(stream_send(client.stream, bytes, sizeof bytes, &done), IO_OK);
  assert_int_equal(done, 200);
  assert_int_equal(stream_shutdown(client.stream), IO_OK);
  turns(10);
  server.wants = STREAM_READ;
  stream_touch(server.stream);
  TURN_UNTIL(home.loop, server.eof);
  assert_int_equal(server.got.n, 200);
}

static void freed_it_still_says_what_was_taken(void **state) {
  struct memory_options options = {.capacity = 30, .most_send = 4};
  size_t done;
  (void)state;
  join(&options);
  turns(20);
  char bytes[500] = {1};
  assert_int_equal(stream_send(client.stream, bytes, sizeof bytes, &done), IO_OK);
  stream_free(client.stream);
  client.stream = NULL;
  TURN_UNTIL(home.loop, server.eof || server.error);
  assert_int_equal(server.got.n, 500);
  assert_true(server.eof);
}

static uint64_t fake_now;
static uint64_t fake_clock(void *arg) {
  (void)arg;
  return fake_now;
}

static void the_lingering_ends(void **state) {
  struct memory_options options = {.capacity = 30};
  size_t done;
  (void)state;
  fake_now = clock_mono();
  loop_set_clock(home.loop, fake_clock, NULL);
  join(&options);
  turns(20);
  server.wants = 0;
  stream_touch(server.stream);
  char bytes[500] = {1};
  assert_int_equal(stream_send(client.stream, bytes, sizeof bytes, &done), IO_OK);
  stream_free(client.stream);
  client.stream = NULL;
  turns(20);
  fake_now += 60 * CLOCK_S;
  turns(3);
  server.wants = STREAM_READ;
  stream_touch(server.stream);
  TURN_UNTIL(home.loop, server.error);
  assert_int_equal(server.error_number, ECONNRESET);
}

static void an_abort_is_no_orderly_end(void **state) {
  (void)state;
  join(NULL);
  stream_abort(client.stream);
  client.stream = NULL;
  TURN_UNTIL(home.loop, server.error);
  assert_false(server.eof);
  assert_int_equal(server.error_number, ECONNRESET);
}

/* Over real descriptors, where nothing takes back what was sent before: an abort sends no close_notify. */
static void an_abort_says_no_close_notify(void **state) {
  int fd[2];
  (void)state;
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd), 0);
  struct stream *a = tcp_stream_new(home.loop, fd[0]), *b = tcp_stream_new(home.loop, fd[1]);
  tls_end_attach(&server, tls_serve(home.tls, b, (struct slice){NULL, 0}, "shop.test", LIMIT, tls_end_done, &server));
  tls_end_attach(&client, tls_connect(home.tls, a, "shop.test", 443, false, LIMIT, tls_end_done, &client));
  TURN_UNTIL(home.loop, client.done_calls && server.done_calls);
  tls_end_say(&client, "half", 4);
  TURN_UNTIL(home.loop, server.got.n == 4);
  stream_abort(client.stream);
  client.stream = NULL;
  TURN_UNTIL(home.loop, server.error || server.eof);
  assert_true(server.error && !server.eof);
}

static void freed_inside_of_done(void **state) {
  (void)state;
  start(NULL);
  client.free_in_done = server.free_in_done = true;
  TURN_UNTIL(home.loop, client.done_calls && server.done_calls);
  turns(5);
  assert_null(client.stream);
  assert_null(server.stream);
}

static void freed_inside_of_ready(void **state) {
  (void)state;
  join(NULL);
  server.free_in_ready = true;
  tls_end_say(&client, "x", 1);
  TURN_UNTIL(home.loop, client.eof || client.error);
  assert_null(server.stream);
  assert_true(client.eof);
}

static void freed_in_the_handshake_nobody_is_called(void **state) {
  (void)state;
  start(NULL);
  turns(1);
  stream_free(client.stream);
  client.stream = NULL;
  TURN_UNTIL(home.loop, server.done_calls);
  assert_int_equal(server.problem, TLS_CLIENT_LEFT);
  assert_int_equal(client.done_calls, 0);
}

static void the_end_below_is_heard_while_nobody_reads(void **state) {
  (void)state;
  join(NULL);
  server.wants = STREAM_HUP;
  server.hold = true;
  stream_touch(server.stream);
  turns(3);
  int before = server.ready_calls;
  stream_abort(client.stream);
  client.stream = NULL;
  TURN_UNTIL(home.loop, server.ready_calls > before);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(both_sides_agree),
      TEST(an_address_is_named_and_checked),
      TEST(bytes_read_before_are_not_lost),
      TEST(bytes_go_both_ways),
      TEST(one_byte_at_a_time),
      TEST(little_room_below),
      TEST(what_is_sent_while_the_handshake_runs_waits),
      TEST(what_waits_inside_is_told),
      TEST(told_as_long_as_it_is_there),
      TEST(at_rest_nothing_turns),
      TEST(a_reader_that_stops_holds_the_sender),
      TEST(one_direction_ends_and_the_other_goes_on),
      TEST(shutdown_waits_for_room),
      TEST(freed_it_still_says_what_was_taken),
      TEST(the_lingering_ends),
      TEST(an_abort_is_no_orderly_end),
      TEST(an_abort_says_no_close_notify),
      TEST(freed_inside_of_done),
      TEST(freed_inside_of_ready),
      TEST(freed_in_the_handshake_nobody_is_called),
      TEST(the_end_below_is_heard_while_nobody_reads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
