/* Parking: quiet descriptors leave the select set, wake like before, and a hang-up is told without reading. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/loop_core.h"
#include "turns.h"

enum { N = 400 };

struct sleeper {
  struct loop *loop;
  int fd, peer;
  unsigned wanted, got;
  int calls;
  struct sleeper *victim;
};

static struct sleeper s[N];
static uint64_t fake_now;

static uint64_t fake_clock(void *arg) {
  (void)arg;
  return fake_now;
}

static unsigned want(void *arg) {
  return ((struct sleeper *)arg)->wanted;
}

static void ready(void *arg, unsigned events) {
  struct sleeper *p = arg;
  char bytes[64];
  p->calls++;
  p->got = events;
  if (events & LOOP_READ) {
    ssize_t n = read(p->fd, bytes, sizeof bytes);
    (void)n;
  }
}

static void open_one(struct sleeper *p, struct loop *loop) {
  int fd[2];
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd), 0);
  *p = (struct sleeper){.loop = loop, .fd = fd[0], .peer = fd[1], .wanted = LOOP_READ};
  assert_true(loop_add(loop, p->fd, want, ready, p));
}

static void close_one(struct sleeper *p) {
  loop_remove(p->loop, p->fd);
  close(p->fd);
  close(p->peer);
}

static struct loop *open_all(void) {
  struct loop *loop = loop_new();
  fake_now = CLOCK_S;
  loop_set_clock(loop, fake_clock, NULL);
  for (int i = 0; i < N; i++)
    open_one(&s[i], loop);
  loop_turn(loop, 0);
  return loop;
}

static void close_all(struct loop *loop) {
  for (int i = 0; i < N; i++)
    close_one(&s[i]);
  assert_int_equal(loop_count(loop), 0);
  assert_int_equal(loop_stats(loop).parked, 0);
  loop_free(loop);
}

static void pass(struct loop *loop, uint64_t ns) {
  for (uint64_t end = fake_now + ns; fake_now < end; fake_now += 5 * CLOCK_MS)
    loop_turn(loop, 0);
}

static void park_all(struct loop *loop) {
  pass(loop, CLOCK_S);
  assert_true(loop_stats(loop).parked > N - 50);
}

static struct sleeper *find(struct loop *loop, int place) {
  for (int i = 0; i < N; i++)
    if (loop->slots[s[i].fd].place == place)
      return &s[i];
  fail_msg("none in place %d", place);
  return NULL;
}

static void poke(struct sleeper *p) {
  assert_int_equal(write(p->peer, "x", 1), 1);
}

static void quiet_ones_are_parked_and_wake(void **state) {
  struct loop *loop = open_all();
  (void)state;
  pass(loop, 40 * CLOCK_MS);
  assert_int_equal(loop_stats(loop).parked, 0);
  assert_int_equal(loop_stats(loop).in_set, N);
  park_all(loop);
  assert_true(loop_stats(loop).in_set < 50);
  assert_int_equal(loop_stats(loop).in_set + loop_stats(loop).parked, N + 1); /* and the epoll descriptor */
  assert_int_equal(loop_count(loop), N);
  for (int i = 0; i < N; i++)
    poke(&s[i]);
  loop_turn(loop, 0);
  int called = 0;
  for (int i = 0; i < N; i++)
    called += s[i].calls;
  assert_true(called <= 256 + 50); /* a bounded number in one turn */
  loop_turn(loop, 0);
  for (int i = 0; i < N; i++) {
    assert_int_equal(s[i].calls, 1);
    assert_int_equal(s[i].got, LOOP_READ);
  }
  /* Awake: in the set again, and ready there. */
  assert_int_equal(loop_stats(loop).parked, 0);
  poke(&s[7]);
  loop_turn(loop, 0);
  assert_int_equal(s[7].calls, 2);
  close_all(loop);
}

static void busy_ones_stay_in_the_set(void **state) {
  struct loop *loop = open_all();
  (void)state;
  for (int turn = 0; turn < 100; turn++) {
    poke(&s[3]);
    fake_now += 10 * CLOCK_MS;
    loop_turn(loop, 0);
    assert_int_equal(loop->slots[s[3].fd].place, SLOT_IN_SET);
  }
  assert_int_equal(s[3].calls, 100);
  assert_true(loop_stats(loop).parked > N - 50);
  close_all(loop);
}

static void a_changed_want_leaves_the_park(void **state) {
  struct loop *loop = open_all();
  (void)state;
  park_all(loop);
  struct sleeper *p = find(loop, SLOT_PARKED);
  size_t parked = loop_stats(loop).parked;
  p->wanted = LOOP_READ | LOOP_WRITE;
  loop_touch(loop, p->fd);
  loop_turn(loop, 0);
  assert_int_equal(p->got, LOOP_WRITE);
  assert_int_equal(loop_stats(loop).parked, parked - 1);
  p->wanted = 0;
  loop_turn(loop, 0);
  poke(p);
  int calls = p->calls;
  pass(loop, 200 * CLOCK_MS);
  assert_int_equal(p->calls, calls);
  p->wanted = LOOP_READ;
  loop_touch(loop, p->fd);
  loop_turn(loop, 0);
  assert_int_equal(p->calls, calls + 1);
  close_all(loop);
}

static void a_parked_peer_that_closes_wakes_once_a_read(void **state) {
  struct loop *loop = open_all();
  (void)state;
  park_all(loop);
  struct sleeper *p = find(loop, SLOT_PARKED);
  close(p->peer);
  loop_turn(loop, 0);
  assert_int_equal(p->calls, 1);
  assert_int_equal(p->got, LOOP_READ);
  p->peer = dup(p->fd);
  close_all(loop);
}

static void replace(void *arg, unsigned events) {
  struct sleeper *p = arg, *v = p->victim;
  int old = v->fd;
  ready(p, events);
  close_one(v);
  open_one(v, p->loop);
  if (v->fd != old) {
    loop_remove(p->loop, v->fd);
    assert_int_equal(dup2(v->fd, old), old);
    close(v->fd);
    v->fd = old;
    assert_true(loop_add(p->loop, old, want, ready, v));
  }
}

static void a_number_reused_while_its_event_waits(void **state) {
  struct loop *loop = open_all();
  (void)state;
  park_all(loop);
  struct sleeper *pair[2] = {NULL, NULL};
  int n = 0;
  for (int i = 0; i < N && n < 2; i++)
    if (loop->slots[s[i].fd].place == SLOT_PARKED)
      pair[n++] = &s[i];
  assert_int_equal(n, 2);
  /* Both wake in one batch of epoll events; the first one's callback replaces the second one. */
  loop->slots[pair[0]->fd].ready = replace;
  pair[0]->victim = pair[1];
  poke(pair[0]);
  poke(pair[1]);
  loop_turn(loop, 0);
  assert_int_equal(pair[0]->calls, 1);
  assert_int_equal(pair[1]->calls, 0);
  pass(loop, 20 * CLOCK_MS);
  assert_int_equal(pair[1]->calls, 0);
  poke(pair[1]);
  loop_turn(loop, 0);
  assert_int_equal(pair[1]->calls, 1);
  close_all(loop);
}

static void switched_off_all_stay(void **state) {
  struct loop *loop = open_all();
  (void)state;
  park_all(loop);
  loop_set_parking(loop, false);
  assert_int_equal(loop_stats(loop).parked, 0);
  assert_int_equal(loop_stats(loop).in_set, N + 1);
  pass(loop, 300 * CLOCK_MS);
  assert_int_equal(loop_stats(loop).parked, 0);
  poke(&s[11]);
  loop_turn(loop, 0);
  assert_int_equal(s[11].calls, 1);
  loop_set_parking(loop, true);
  park_all(loop);
  close_all(loop);
}

static void a_hang_up_is_told_once_without_reading(void **state) {
  struct loop *loop = loop_new();
  struct sleeper p;
  (void)state;
  open_one(&p, loop);
  p.wanted = LOOP_HUP;
  loop_turn(loop, 0);
  poke(&p); /* bytes are no hang-up */
  loop_turn(loop, CLOCK_MS);
  loop_turn(loop, CLOCK_MS);
  assert_int_equal(p.calls, 0);
  shutdown(p.peer, SHUT_WR);
  TURN_UNTIL(loop, p.calls == 1);
  assert_int_equal(p.got, LOOP_HUP);
  for (int i = 0; i < 3; i++)
    loop_turn(loop, CLOCK_MS);
  assert_int_equal(p.calls, 1);
  /* The bytes that came before it are still there for who reads on. */
  p.wanted = LOOP_READ;
  loop_touch(loop, p.fd);
  TURN_UNTIL(loop, p.calls == 2);
  assert_int_equal(p.got, LOOP_READ);
  close_one(&p);
  loop_free(loop);
}

static void a_hang_up_that_was_there_before(void **state) {
  struct loop *loop = loop_new();
  struct sleeper p;
  (void)state;
  open_one(&p, loop);
  p.wanted = LOOP_HUP;
  close(p.peer);
  TURN_UNTIL(loop, p.calls == 1);
  assert_int_equal(p.got, LOOP_HUP);
  p.peer = dup(p.fd);
  close_one(&p);
  loop_free(loop);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(quiet_ones_are_parked_and_wake),
      cmocka_unit_test(busy_ones_stay_in_the_set),
      cmocka_unit_test(a_changed_want_leaves_the_park),
      cmocka_unit_test(a_parked_peer_that_closes_wakes_once_a_read),
      cmocka_unit_test(a_number_reused_while_its_event_waits),
      cmocka_unit_test(switched_off_all_stay),
      cmocka_unit_test(a_hang_up_is_told_once_without_reading),
      cmocka_unit_test(a_hang_up_that_was_there_before),
  };
  return cmocka_run_group_tests_name("park", tests, NULL, NULL);
}
