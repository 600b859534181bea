/* An observer of the store that writes down what it hears: "+1 ~1:4 -1 ". Include after cmocka.h. */
#ifndef WEIR_TESTS_STORE_EAR_H
#define WEIR_TESTS_STORE_EAR_H

#include <stdio.h>
#include <string.h>

#include "weir/flow/store.h"

struct ear {
  char heard[4096];
  struct store *store;
};

static inline void hear(struct ear *e, const char *what, const struct flow *f) {
  size_t n = strlen(e->heard);
  snprintf(e->heard + n, sizeof e->heard - n, "%s%llu ", what, (unsigned long long)f->id);
}

static inline void on_added(void *arg, struct flow *f) {
  hear(arg, "+", f);
}

static inline void on_changed(void *arg, struct flow *f, unsigned mask) {
  struct ear *e = arg;
  hear(e, "~", f);
  size_t n = strlen(e->heard);
  snprintf(e->heard + n - 1, sizeof e->heard - n, ":%u ", mask);
}

static inline void on_removed(void *arg, struct flow *f) {
  struct ear *e = arg;
  assert_ptr_equal(store_get(e->store, f->id), f); /* the last look: still there */
  hear(e, "-", f);
}

static inline void listen_to(struct ear *e, struct store *s) {
  e->heard[0] = 0;
  e->store = s;
  struct store_observer o = {on_added, on_changed, on_removed, e};
  store_observe(s, &o);
}

static inline void assert_heard(struct ear *e, const char *expected) {
  assert_string_equal(e->heard, expected);
  e->heard[0] = 0;
}

#endif
