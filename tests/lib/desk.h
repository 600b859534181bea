/* A screen and the hand on its keys: what a task costs is counted, each key pressed, a typed text one by one, a paste as one. */
#ifndef WEIR_TESTS_DESK_H
#define WEIR_TESTS_DESK_H

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

#define LOGIN "POST http://shop.test/login HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 14\r\n\r\n{\"pass\":\"bad\"}"
#define USERS "GET http://shop.test/api/foo HTTP/1.1\r\nHost: shop.test\r\n\r\n"
#define REPLY "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

/* A screen and the hand on its keys. */
struct desk {
  struct screen s;
  int keys;
};

static inline void press(struct desk *d, const char *keys) {
  d->keys++;
  for (const char *p = keys; *p != '\0'; p++)
    d->keys += *p == ' ';
  screen_keys(&d->s, keys);
}

static inline void type(struct desk *d, const char *text) {
  d->keys += (int)strlen(text);
  screen_type(&d->s, text);
}

static inline void paste(struct desk *d, const char *text) {
  char name[512];
  assert_true((size_t)snprintf(name, sizeof name, "paste:%s", text) < sizeof name);
  d->keys++;
  terminal_fake_key(d->s.t, name);
  screen_turn(&d->s);
}

static inline void must_see(struct desk *d, const char *text) {
  assert_has(&d->s, text);
}

static inline void spent(const struct desk *d, int most) {
  if (d->keys > most)
    fail_msg("%d keys, at most %d were promised", d->keys, most);
}

static inline void leave(struct desk *d, int most) {
  spent(d, most);
  screen_close(&d->s);
}

static inline struct peer *client(struct desk *d) {
  return screen_client(&d->s);
}

static inline void desk_open(struct desk *d) {
  d->keys = 0;
  screen_open(&d->s, 120, 36);
}

/* The shop's flows, the cursor on one of them: where the person is looking. */
static inline void in_shop(struct desk *d, const char *at) {
  char keys[16];
  desk_open(d);
  screen_shop(&d->s);
  snprintf(keys, sizeof keys, "%s G", at);
  screen_keys(&d->s, keys);
}

/* An answered login, the cursor on it. */
static inline struct peer *logged_in(struct desk *d) {
  desk_open(d);
  struct peer *c = client(d);
  screen_send(&d->s, c, LOGIN);
  screen_send(&d->s, &d->s.server[0], REPLY);
  assert_true(screen_got(&d->s, c, "ok"));
  screen_keys(&d->s, "g g");
  return c;
}

static inline size_t count_in(const struct buf *b, const char *text) {
  struct slice rest = buf_slice(b);
  size_t n = 0;
  for (ptrdiff_t at; (at = slice_find(rest, slice_of(text))) >= 0; n++)
    rest = slice_from(rest, (size_t)at + 1);
  return n;
}

/* The servers answer all that they are asked; how often they got `text` in the end. */
static inline size_t served(struct desk *d, const char *text) {
  size_t answered[PEERS] = {1}, found = 0; /* logged_in() has answered the first */
  for (bool more = true; more;) {
    more = false;
    for (size_t i = 0; i < d->s.servers; i++) {
      struct peer *p = &d->s.server[i];
      screen_got(&d->s, p, "");
      for (size_t asked = count_in(&p->got, " HTTP/1.1\r\n"); answered[i] < asked; answered[i]++, more = true)
        screen_send(&d->s, p, REPLY);
    }
  }
  for (size_t i = 0; i < d->s.servers; i++)
    found += count_in(&d->s.server[i].got, text);
  return found;
}

static inline size_t flows(const struct desk *d) {
  return filter_index_count(d->s.ui->index);
}

#endif
