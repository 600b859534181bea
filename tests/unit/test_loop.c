/* The loop: generations, interest, tasks, jobs, hooks, burying, descriptors beyond 1,023, a fair turn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/selectset.h"
#include "turns.h"
#include "weir/io/fdlimit.h"
#include "weir/io/loop.h"

struct probe { /* one end of a socket pair in the loop */
  struct loop *loop;
  int fd, peer;
  unsigned wanted;
  unsigned got; /* the last events */
  int calls, asked;
  bool drain;
  struct probe *victim; /* removed, closed and replaced in ready() */
};

static unsigned probe_want(void *arg) {
  struct probe *p = arg;
  p->asked++;
  return p->wanted;
}

static void probe_ready(void *arg, unsigned events) {
  struct probe *p = arg;
  char byte[64];
  p->got = events;
  p->calls++;
  if (p->drain && (events & LOOP_READ)) {
    ssize_t n = read(p->fd, byte, sizeof byte);
    (void)n;
  }
}

static void probe_open(struct probe *p, struct loop *loop, unsigned wanted) {
  int fd[2];
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd), 0);
  *p = (struct probe){.loop = loop, .fd = fd[0], .peer = fd[1], .wanted = wanted, .drain = true};
  assert_true(loop_add(loop, p->fd, probe_want, probe_ready, p));
}

static void probe_close(struct probe *p) {
  loop_remove(p->loop, p->fd);
  close(p->fd);
  close(p->peer);
}

static void poke(struct probe *p) {
  assert_int_equal(write(p->peer, "x", 1), 1);
}

static void interest_is_asked_when_touched(void **state) {
  struct loop *loop = loop_new();
  struct probe p;
  (void)state;
  probe_open(&p, loop, 0);
  poke(&p);
  loop_turn(loop, 0);
  loop_turn(loop, 0);
  assert_int_equal(p.calls, 0);
  assert_int_equal(p.asked, 1); /* nothing happened to it since it was added */
  p.wanted = LOOP_READ;
  loop_turn(loop, 0);
  assert_int_equal(p.calls, 0);
  loop_touch(loop, p.fd);
  loop_touch(loop, p.fd);
  loop_turn(loop, 0);
  assert_int_equal(p.asked, 2);
  assert_int_equal(p.calls, 1);
  assert_int_equal(p.got, LOOP_READ);
  p.wanted = LOOP_READ | LOOP_WRITE;
  poke(&p);
  loop_turn(loop, 0); /* asks: it was ready before */
  assert_int_equal(p.got, LOOP_READ | LOOP_WRITE);
  p.wanted = LOOP_READ;
  loop_turn(loop, 0);
  int calls = p.calls;
  loop_turn(loop, 0);
  assert_int_equal(p.calls, calls);
  assert_int_equal(loop_count(loop), 1);
  assert_int_equal(loop_stats(loop).in_set, 1);
  probe_close(&p);
  assert_int_equal(loop_count(loop), 0);
  assert_int_equal(loop_stats(loop).in_set, 0);
  loop_free(loop);
}

static void replace_victim(void *arg, unsigned events) {
  struct probe *p = arg, *v = p->victim;
  int old = v->fd;
  probe_ready(p, events);
  if (!v->loop)
    return;
  probe_close(v);
  /* The same number, of a socket with nothing to read. */
  int fd[2];
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd), 0);
  int spare = fd[1] == old ? fd[0] : fd[1];
  if (fd[0] != old && fd[1] != old)
    assert_int_equal(dup2(fd[0], old), old);
  struct loop *loop = v->loop;
  *v = (struct probe){.fd = old, .peer = spare, .wanted = LOOP_READ, .drain = true};
  assert_true(loop_add(loop, old, probe_want, probe_ready, v));
  if (fd[0] != old && fd[1] != old)
    close(fd[0]);
}

static void a_reused_number_never_gets_the_old_event(void **state) {
  (void)state;
  /* Whichever of the two is scanned first, the other one's event must not reach its successor. */
  for (int first = 0; first < 2; first++) {
    struct loop *loop = loop_new();
    struct probe a, b;
    probe_open(&a, loop, LOOP_READ);
    probe_open(&b, loop, LOOP_READ);
    struct probe *low = a.fd < b.fd ? &a : &b, *high = low == &a ? &b : &a;
    struct probe *killer = first ? low : high, *victim = first ? high : low;
    killer->victim = victim;
    loop_remove(loop, killer->fd);
    assert_true(loop_add(loop, killer->fd, probe_want, replace_victim, killer));
    poke(&a);
    poke(&b);
    TURN_UNTIL(loop, killer->calls == 1);
    assert_int_equal(victim->calls, 0);
    loop_turn(loop, 0);
    loop_turn(loop, 0);
    assert_int_equal(victim->calls, 0);
    poke(victim);
    TURN_UNTIL(loop, victim->calls == 1);
    victim->loop = loop;
    probe_close(&a);
    probe_close(&b);
    loop_free(loop);
  }
}

static void remove_all(void *arg, unsigned events) {
  struct probe *p = arg;
  (void)events;
  p->calls++;
  for (struct probe *v = p; v; v = v->victim)
    loop_remove(p->loop, v->fd);
}

static void a_removed_one_is_not_called(void **state) {
  struct loop *loop = loop_new();
  struct probe p[3];
  (void)state;
  for (int i = 0; i < 3; i++) {
    probe_open(&p[i], loop, LOOP_READ);
    loop_remove(loop, p[i].fd);
    assert_true(loop_add(loop, p[i].fd, probe_want, remove_all, &p[i]));
    poke(&p[i]);
  }
  p[0].victim = &p[1];
  p[1].victim = &p[2];
  p[2].victim = NULL;
  TURN_UNTIL(loop, p[0].calls + p[1].calls + p[2].calls > 0);
  assert_int_equal(p[0].calls, 1);
  assert_int_equal(p[1].calls + p[2].calls, 0);
  for (int i = 0; i < 3; i++)
    probe_close(&p[i]);
  loop_free(loop);
}

static void everyone_ready_is_served_each_turn(void **state) {
  struct loop *loop = loop_new();
  struct probe p[100];
  (void)state;
  for (int i = 0; i < 100; i++) {
    probe_open(&p[i], loop, LOOP_READ);
    p[i].drain = false; /* stays readable, like a sender that never stops */
    poke(&p[i]);
  }
  for (int turn = 0; turn < 50; turn++)
    loop_turn(loop, 0);
  for (int i = 0; i < 100; i++) {
    assert_int_equal(p[i].calls, 50);
    probe_close(&p[i]);
  }
  assert_int_equal(loop_stats(loop).selected, 5000);
  loop_free(loop);
}

static void more_descriptors_than_fd_setsize(void **state) {
  struct loop *loop = loop_new();
  (void)state;
  fdlimit_raise();
  int n = fdlimit_now() >= 6100 ? 3000 : 1100 / 2;
  struct probe *p = calloc((size_t)n, sizeof *p);
  int highest = 0;
  for (int i = 0; i < n; i++) {
    probe_open(&p[i], loop, LOOP_READ);
    highest = p[i].fd > highest ? p[i].fd : highest;
  }
  assert_true(highest > 1024);
  loop_set_parking(loop, false);
  for (int round = 1; round <= 2; round++) {
    for (int i = 0; i < n; i++)
      poke(&p[i]);
    TURN_UNTIL(loop, loop_stats(loop).selected == (uint64_t)(round * n));
    for (int i = 0; i < n; i++)
      assert_int_equal(p[i].calls, round);
  }
  assert_int_equal(loop_stats(loop).in_set, n);
  poke(&p[n - 1]); /* only the highest */
  TURN_UNTIL(loop, p[n - 1].calls == 3);
  for (int i = 0; i < n; i++)
    probe_close(&p[i]);
  assert_int_equal(loop_stats(loop).in_set, 0);
  free(p);
  loop_free(loop);
}

/* What select() costs follows nfds and the number of sets it is given. */
static void the_set_shrinks_again(void **state) {
  struct selectset s = {0};
  (void)state;
  assert_true(selectset_fit(&s, 9000));
  selectset_put(&s, 3, true, false);
  selectset_put(&s, 64, false, true);
  selectset_put(&s, 9000, true, true);
  assert_int_equal(s.nfds, 9001);
  assert_int_equal(s.members, 3);
  assert_int_equal(s.writers, 2);
  selectset_put(&s, 9000, false, false);
  assert_int_equal(s.nfds, 65);
  selectset_put(&s, 64, true, false);
  assert_int_equal(s.nfds, 65);
  selectset_put(&s, 64, false, false);
  selectset_put(&s, 64, false, false);
  assert_int_equal(s.nfds, 4);
  assert_int_equal(s.writers, 0);
  selectset_put(&s, 3, false, false);
  assert_int_equal(s.nfds, 0);
  assert_int_equal(s.members, 0);
  selectset_clear(&s);
}

struct work {
  struct loop *loop;
  struct loop_task task;
  struct loop_job job;
  int runs, left;
  int *order, place;
  uint64_t shortest;
};

static void again(void *arg) {
  struct work *w = arg;
  w->runs++;
  if (w->left-- > 0)
    loop_defer(w->loop, &w->task);
}

static void tasks_run_once_a_turn_without_waiting(void **state) {
  struct loop *loop = loop_new();
  struct work w = {.loop = loop, .task = {.fn = again, .arg = &w}, .left = 2}, never = w;
  (void)state;
  never.task.arg = &never;
  loop_defer(loop, &w.task);
  loop_defer(loop, &w.task);
  loop_defer(loop, &never.task);
  loop_task_cancel(loop, &never.task);
  for (int turn = 1; turn <= 3; turn++) {
    loop_turn(loop, UINT64_MAX); /* would hang if it waited */
    assert_int_equal(w.runs, turn);
  }
  assert_null(w.task.prev);
  assert_int_equal(never.runs, 0);
  loop_free(loop);
}

static void cancel_next(void *arg) {
  struct work *w = arg;
  w->runs++;
  loop_task_cancel(w->loop, &w[1].task);
  loop_defer(w->loop, &w[2].task); /* already in this turn: runs once */
}

static void tasks_keep_their_order_and_may_cancel_each_other(void **state) {
  struct loop *loop = loop_new();
  struct work w[3];
  (void)state;
  for (int i = 0; i < 3; i++) {
    w[i] = (struct work){.loop = loop, .task = {.fn = i ? again : cancel_next, .arg = &w[i]}};
    loop_defer(loop, &w[i].task);
  }
  loop_turn(loop, 0);
  loop_turn(loop, 0);
  assert_int_equal(w[0].runs, 1);
  assert_int_equal(w[1].runs, 0);
  assert_int_equal(w[2].runs, 1);
  /* The list is whole again: both ends work. */
  loop_defer(loop, &w[1].task);
  loop_defer(loop, &w[2].task);
  loop_task_cancel(loop, &w[2].task);
  loop_defer(loop, &w[2].task);
  loop_turn(loop, 0);
  assert_int_equal(w[1].runs, 1);
  assert_int_equal(w[2].runs, 2);
  loop_free(loop);
}

static bool step(void *arg, uint64_t deadline) {
  struct work *w = arg;
  uint64_t now = clock_mono();
  uint64_t slice = deadline > now ? deadline - now : 0;
  w->shortest = slice < w->shortest ? slice : w->shortest;
  assert_true(slice < 50 * CLOCK_MS);
  while (clock_mono() < deadline)
    ;
  w->runs++;
  if (w->left == -1)
    loop_job_stop(w->loop, &w->job);
  return w->left-- != 0;
}

static void jobs_get_slices_and_traffic_goes_on(void **state) {
  struct loop *loop = loop_new();
  struct probe p;
  struct work a = {.loop = loop, .left = 4, .job = {.step = step, .arg = &a}, .shortest = UINT64_MAX};
  struct work b = {.loop = loop, .left = -1, .job = {.step = step, .arg = &b}, .shortest = UINT64_MAX};
  (void)state;
  probe_open(&p, loop, LOOP_READ);
  loop_job_start(loop, &a.job);
  loop_job_start(loop, &a.job);
  loop_job_start(loop, &b.job);
  for (int turn = 1; turn <= 5; turn++) {
    poke(&p);
    loop_turn(loop, UINT64_MAX);
    assert_int_equal(a.runs, turn);
    assert_int_equal(p.calls, turn);
  }
  assert_int_equal(b.runs, 1); /* stopped itself, though it said that there is more */
  loop_turn(loop, 0);
  assert_int_equal(a.runs, 5);
  a.left = 2;
  loop_job_start(loop, &a.job);
  for (int turn = 6; turn <= 8; turn++) {
    loop_turn(loop, UINT64_MAX); /* would hang: nothing else happens */
    assert_int_equal(a.runs, turn);
  }
  assert_true(a.shortest > 0);
  probe_close(&p);
  loop_free(loop);
}

static void hook(void *arg) {
  struct work *w = arg;
  w->runs++;
  w->place = (*w->order)++;
  if (w->left == 1)
    loop_remove_hook(w->loop, hook, w);
}

static void hooks_end_each_turn_in_order(void **state) {
  struct loop *loop = loop_new();
  int order = 0;
  struct work a = {.loop = loop, .order = &order, .left = 1}, b = {.loop = loop, .order = &order};
  (void)state;
  loop_add_hook(loop, hook, &a);
  loop_add_hook(loop, hook, &b);
  loop_turn(loop, 0);
  assert_int_equal(a.place, 0);
  assert_int_equal(b.place, 1);
  loop_turn(loop, 0);
  assert_int_equal(a.runs, 1);
  assert_int_equal(b.runs, 2);
  loop_remove_hook(loop, hook, &b);
  loop_turn(loop, 0);
  assert_int_equal(b.runs, 2);
  loop_free(loop);
}

static int reaped;

static void reap(void *what) {
  reaped++;
  free(what);
}

static void bury_self(void *arg) {
  struct work *w = arg;
  loop_bury(w->loop, reap, w);
  assert_int_equal(reaped, 0);
  w->runs++; /* still there */
}

static void the_buried_go_at_the_end_of_the_turn(void **state) {
  struct loop *loop = loop_new();
  struct work *w = calloc(1, sizeof *w);
  (void)state;
  reaped = 0;
  *w = (struct work){.loop = loop, .task = {.fn = bury_self, .arg = w}};
  loop_defer(loop, &w->task);
  loop_turn(loop, 0);
  assert_int_equal(reaped, 1);
  loop_bury(loop, reap, malloc(1));
  loop_free(loop);
  assert_int_equal(reaped, 2);
}

static void stop(void *arg) {
  loop_stop(arg);
}

static void stopping_ends_run(void **state) {
  struct loop *loop = loop_new();
  struct loop_timer timer = {.fn = stop, .arg = loop};
  (void)state;
  loop_timer_arm(loop, &timer, CLOCK_MS);
  loop_run(loop);
  assert_int_equal(timer.place, 0);
  assert_true(loop_turn(loop, 0)); /* asked for once, told once */
  loop_stop(loop);
  assert_false(loop_turn(loop, UINT64_MAX));
  loop_free(loop);
}

static void a_closed_descriptor_does_not_stop_the_others(void **state) {
  struct loop *loop = loop_new();
  struct probe bad, good;
  (void)state;
  probe_open(&bad, loop, LOOP_READ);
  probe_open(&good, loop, LOOP_READ);
  loop_turn(loop, 0);
  close(bad.fd);
  poke(&good);
  TURN_UNTIL(loop, good.calls == 1);
  assert_int_equal(loop_count(loop), 1);
  close(bad.peer);
  probe_close(&good);
  loop_free(loop);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(interest_is_asked_when_touched),
      cmocka_unit_test(a_reused_number_never_gets_the_old_event),
      cmocka_unit_test(a_removed_one_is_not_called),
      cmocka_unit_test(everyone_ready_is_served_each_turn),
      cmocka_unit_test(more_descriptors_than_fd_setsize),
      cmocka_unit_test(the_set_shrinks_again),
      cmocka_unit_test(tasks_run_once_a_turn_without_waiting),
      cmocka_unit_test(tasks_keep_their_order_and_may_cancel_each_other),
      cmocka_unit_test(jobs_get_slices_and_traffic_goes_on),
      cmocka_unit_test(hooks_end_each_turn_in_order),
      cmocka_unit_test(the_buried_go_at_the_end_of_the_turn),
      cmocka_unit_test(stopping_ends_run),
      cmocka_unit_test(a_closed_descriptor_does_not_stop_the_others),
  };
  return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
