/* Finding what was recorded of the same URL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/recorded.h"
#include "flow_build.h"
#include "weir/base/mem.h"
#include "weir/rule/rule.h"

static struct flow *add(struct store *s, const char *path, enum flow_state state) {
  struct flow *f = store_add(s);
  char head[300];
  snprintf(head, sizeof head, "GET %s HTTP/1.1\r\nHost: shop.test\r\n\r\n", path);
  build_flow(f, head, NULL, "HTTP/1.1 200 OK\r\n\r\n", NULL);
  f->state = state;
  store_touch(s, f, FLOW_CHANGED_STATE);
  return f;
}

struct place {
  struct loop *loop;
  struct store *store;
  struct recorded *recorded;
  struct rules_recording ask;
};

static void open_place(struct place *p, size_t flows) {
  p->loop = loop_new();
  p->store = store_new(512u << 20, flows);
  p->recorded = recorded_new(p->loop, p->store);
  p->ask = recorded_for_rules(p->recorded);
}

static void close_place(struct place *p) {
  recorded_free(p->recorded);
  store_free(p->store);
  loop_free(p->loop);
}

/* All ids for a path, in the order asked for; asks again until that is known. */
static size_t ask(struct place *p, const char *path, bool oldest_first, uint64_t *ids, size_t room) {
  struct flow *like = build_get(path);
  const struct flow *f;
  uint64_t place = 0;
  size_t n = 0;
  store_deliver(p->store);
  for (;;) {
    if (!p->ask.next(p->ask.arg, like, oldest_first, &place, &f)) {
      loop_turn(p->loop, 0);
      continue;
    }
    if (!f)
      break;
    assert_true(n < room);
    assert_int_equal(f->id, place);
    ids[n++] = f->id;
  }
  flow_free(like);
  return n;
}

static void found(struct place *p, const char *path, const uint64_t *ids) {
  uint64_t is[100];
  size_t n = ask(p, path, false, is, 100);
  for (size_t i = 0; i < n; i++)
    assert_int_equal(is[i], ids[i]);
  assert_int_equal(ids[n], 0);
  assert_int_equal(ask(p, path, true, is, 100), n);
  for (size_t i = 0; i < n; i++)
    assert_int_equal(is[i], ids[n - 1 - i]);
}
#define IDS(...) ((const uint64_t[]){__VA_ARGS__, 0})

static void newest_first(void **state) {
  struct place p;
  (void)state;
  open_place(&p, 1000);
  add(p.store, "/a", FLOW_DONE);
  add(p.store, "/b", FLOW_DONE);
  struct flow *late = add(p.store, "/a", FLOW_WAITING);
  found(&p, "/a", IDS(1));
  found(&p, "/c", IDS(0));
  add(p.store, "/a", FLOW_DONE);
  found(&p, "/a", IDS(4, 1));
  late->state = FLOW_DONE;
  store_touch(p.store, late, FLOW_CHANGED_STATE);
  found(&p, "/a", IDS(4, 3, 1));
  store_touch(p.store, late, FLOW_CHANGED_STATE | FLOW_CHANGED_NOTE); /* nothing new */
  found(&p, "/a", IDS(4, 3, 1));
  found(&p, "/b", IDS(2));
  close_place(&p);
}

/* The ring keeps 50: what it let go is found no more, and there is room for what comes however long it goes on. */
static void what_is_gone(void **state) {
  struct place p;
  char path[20];
  (void)state;
  open_place(&p, 50);
  found(&p, "/0", IDS(0));
  for (int i = 0; i < 10000; i++) {
    snprintf(path, sizeof path, "/%d", i % 100);
    add(p.store, path, FLOW_DONE);
    store_deliver(p.store);
  }
  found(&p, "/99", IDS(10000));
  found(&p, "/60", IDS(9961));
  found(&p, "/10", IDS(0));
  close_place(&p);
}

/* What was deleted and came back stands where it stood. */
static void back_in_its_place(void **state) {
  struct place p;
  struct flow *f[6];
  (void)state;
  open_place(&p, 50);
  for (int i = 1; i < 6; i++)
    f[i] = add(p.store, "/a", FLOW_DONE);
  found(&p, "/a", IDS(5, 4, 3, 2, 1));
  for (int i = 1; i < 6; i += 2)
    assert_true(store_detach(p.store, f[i]));
  found(&p, "/a", IDS(4, 2));
  for (int i = 5; i > 0; i -= 2)
    store_restore(p.store, f[i]);
  found(&p, "/a", IDS(5, 4, 3, 2, 1));
  close_place(&p);
}

/* The flow that the last answer was is gone when the next one is asked for. */
static void goes_on_behind_the_gone(void **state) {
  struct place p;
  struct flow *f[6], *like = build_get("/a");
  const struct flow *is;
  (void)state;
  open_place(&p, 50);
  for (int i = 1; i < 6; i++)
    f[i] = add(p.store, "/a", FLOW_DONE);
  found(&p, "/a", IDS(5, 4, 3, 2, 1));
  for (int oldest_first = 0; oldest_first < 2; oldest_first++) {
    uint64_t place = 3;
    assert_true(store_detach(p.store, f[3]));
    store_deliver(p.store);
    assert_true(p.ask.next(p.ask.arg, like, oldest_first, &place, &is));
    assert_int_equal(is->id, oldest_first ? 4 : 2);
    store_restore(p.store, f[3]);
    store_deliver(p.store);
  }
  flow_free(like);
  close_place(&p);
}

/* Asked before it is whole it says so, whatever it has by then; and what changes meanwhile is in it. */
static void asked_while_it_is_made(void **state) {
  struct place p;
  struct flow *like = build_get("/wanted");
  const struct flow *f;
  uint64_t place = 0;
  (void)state;
  open_place(&p, 30000);
  add(p.store, "/wanted", FLOW_DONE);
  struct flow *late = add(p.store, "/wanted", FLOW_WAITING), *away = add(p.store, "/wanted", FLOW_DONE);
  for (int i = 0; i < 20000; i++)
    add(p.store, "/other", FLOW_DONE);
  store_deliver(p.store);
  p.ask.wanted(p.ask.arg);
  assert_false(p.ask.next(p.ask.arg, like, false, &place, &f));
  loop_turn(p.loop, 0);
  late->state = FLOW_DONE;
  store_touch(p.store, late, FLOW_CHANGED_STATE);
  assert_true(store_detach(p.store, away));
  flow_free(away);
  add(p.store, "/wanted", FLOW_DONE);
  store_deliver(p.store);
  found(&p, "/wanted", IDS(20004, 2, 1));
  flow_free(like);
  close_place(&p);
}

/* ---- against looking at all of them ---- */

static unsigned draw(unsigned n) {
  static uint64_t seed = 5;
  seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
  return (unsigned)(seed >> 33) % n;
}

static void change_something(struct store *s) {
  struct flow *f = store_count(s) ? store_nth(s, draw((unsigned)store_count(s))) : NULL;
  char head[100];
  snprintf(head, sizeof head, "/%u", draw(7));
  switch (f ? draw(8) : 0) {
  case 0:
  case 1:
  case 2:
    add(s, head, draw(3) ? FLOW_DONE : FLOW_WAITING);
    break;
  case 3:
    if (f->state == FLOW_WAITING)
      f->state = draw(4) ? FLOW_DONE : FLOW_FAILED;
    store_touch(s, f, FLOW_CHANGED_STATE);
    break;
  case 4: /* another URL goes out */
    if (f->state != FLOW_WAITING || f->request.sent)
      break;
    f->request.sent = mem_zero(1, sizeof *f->request.sent);
    snprintf(head, sizeof head, "GET /%u HTTP/1.1\r\nHost: shop.test\r\n\r\n", draw(7));
    build_head(&f->request.sent->head, HTTP_REQUEST, head);
    store_touch(s, f, FLOW_CHANGED_EDIT);
    break;
  case 5:
    flow_add_tag(f, "seen");
    store_touch(s, f, FLOW_CHANGED_NOTE);
    break;
  case 6:
    if (draw(2) && store_detach(s, f))
      flow_free(f);
    break;
  case 7:
    if (store_detach(s, f)) {
      store_deliver(s);
      store_restore(s, f);
    }
    break;
  }
}

static void always_what_is_there(void **state) {
  struct place p;
  char path[10];
  (void)state;
  open_place(&p, 60);
  for (int i = 0; i < 30000; i++) {
    change_something(p.store);
    if (draw(3) == 0)
      store_deliver(p.store);
    if (draw(5) != 0)
      continue;
    uint64_t is[100];
    snprintf(path, sizeof path, "/%u", draw(7));
    size_t n = ask(&p, path, true, is, 100), k = 0;
    for (size_t at = 0; at < store_count(p.store); at++) {
      const struct flow *f = store_nth(p.store, at);
      if (f->state != FLOW_DONE || !slice_eq(flow_path(f), slice_of(path)))
        continue;
      assert_true(k < n);
      assert_int_equal(is[k++], f->id);
    }
    assert_int_equal(k, n);
  }
  close_place(&p);
}

/* ---- a rule that answers each once ---- */

static uint64_t hits_of(struct place *p, struct rules *rules) {
  struct rules_inquiry *inquiry = NULL;
  struct flow_pause *pause = NULL;
  struct rule_effects effects = {0};
  struct flow *f = build_get("/a");
  while (rules_ask(rules, HOOK_REQUEST_HEAD, f, UINT64_MAX, &inquiry, &pause, &effects) == HOOK_MORE)
    loop_turn(p->loop, 0);
  rule_effects_clear(&effects);
  flow_free(f);
  return rule_nth(rules, 0)->hits;
}

/* Switched on again it begins anew; undo, which puts copies of the rules in place, takes nothing back. */
static void begins_anew(void **state) {
  struct place p;
  struct err err = ERR_INIT;
  struct rules *rules = rules_new();
  (void)state;
  open_place(&p, 50);
  rules_set_recorded(rules, &p.ask);
  add(p.store, "/a", FLOW_DONE)->response.body.complete = true;
  add(p.store, "/a", FLOW_DONE)->response.body.complete = true;
  store_deliver(p.store);
  unsigned id = rule_add(rules, "* => recorded once else 504", RULE_AT_END, &err);
  assert_true(id > 0);
  assert_int_equal(hits_of(&p, rules), 1);
  assert_int_equal(rule_nth(rules, 0)->misses, 0);
  struct rules *copy = rules_copy(rules);
  rules_swap(rules, copy);
  rules_free(copy);
  hits_of(&p, rules);
  assert_int_equal(rule_nth(rules, 0)->misses, 0);
  hits_of(&p, rules);
  assert_int_equal(rule_nth(rules, 0)->misses, 1); /* both were had */
  rule_switch(rules, id, false);
  rule_switch(rules, id, true);
  hits_of(&p, rules);
  hits_of(&p, rules);
  assert_int_equal(rule_nth(rules, 0)->misses, 1);
  hits_of(&p, rules);
  assert_int_equal(rule_nth(rules, 0)->misses, 2);
  rules_free(rules);
  close_place(&p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(newest_first),
      cmocka_unit_test(what_is_gone),
      cmocka_unit_test(back_in_its_place),
      cmocka_unit_test(goes_on_behind_the_gone),
      cmocka_unit_test(asked_while_it_is_made),
      cmocka_unit_test(always_what_is_there),
      cmocka_unit_test(begins_anew),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
