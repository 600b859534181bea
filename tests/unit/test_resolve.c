/* Names: against a name server of the test's own on loopback, which answers, refuses, or says nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/resolve_core.h"
#include "name_server.h"
#include "turns.h"
#include "weir/io/tcp.h"

struct net {
  struct loop *loop;
  struct resolver *resolver;
  struct name_server server;
};

static int set_up(void **state) {
  struct net *n = calloc(1, sizeof *n);
  n->loop = loop_new();
  struct name_server *s = &n->server;
  name_server_start(s, n->loop);
  n->resolver = resolver_new(n->loop, NULL);
  resolver_set_up(n->resolver, &(struct resolver_setup){.servers = s->list, .try_ms = 100, .conf_path = "/dev/null"});
  *state = n;
  return 0;
}

static int tear_down(void **state) {
  struct net *n = *state;
  resolver_free(n->resolver);
  name_server_stop(&n->server);
  assert_int_equal(loop_count(n->loop), 0); /* c-ares left nothing behind */
  loop_free(n->loop);
  free(n);
  return 0;
}

struct answers {
  int calls;
  bool seen[2];
  struct resolve_part part[2];
  struct resolve_query *query;
  bool cancel;
};

static void note(void *arg, const struct resolve_part *part) {
  struct answers *a = arg;
  int i = part->family == 4;
  a->calls++;
  assert_false(a->seen[i]);
  a->seen[i] = true;
  a->part[i] = *part;
  if (a->cancel)
    resolver_cancel(a->query);
}

static void ask(struct net *n, const char *name, struct answers *a) {
  *a = (struct answers){0};
  resolver_ask(n->resolver, name, 80, note, a);
  assert_int_equal(a->calls, 0);
  TURN_UNTIL(n->loop, a->calls == 2);
}

static void both_families_are_asked_and_told(void **state) {
  struct net *n = *state;
  struct answers a;
  char text[ADDRESS_TEXT];
  n->server.records[0] = 1;
  n->server.records[1] = 3;
  ask(n, "host.example.", &a);
  assert_int_equal(a.part[0].code, RESOLVE_OK);
  assert_int_equal(a.part[0].n, 1);
  assert_string_equal(address_text(&a.part[0].address[0], text, sizeof text), "[::1]:80");
  assert_int_equal(a.part[1].code, RESOLVE_OK);
  assert_int_equal(a.part[1].n, 3);
  assert_string_equal(address_text(&a.part[1].address[2], text, sizeof text), "127.0.0.3:80");
  assert_int_equal(n->server.asked[0], 1);
  assert_int_equal(n->server.asked[1], 1);
}

static void more_addresses_than_we_take(void **state) {
  struct net *n = *state;
  struct answers a;
  n->server.records[1] = 25;
  ask(n, "many.example.", &a);
  assert_int_equal(a.part[1].n, RESOLVE_MAX);
  assert_int_equal(a.part[0].code, RESOLVE_NO_ADDRESS);
}

static void what_a_server_says_has_a_code(void **state) {
  static const struct {
    int code;
    enum resolve_code told;
  } rows[] = {{CODE_NXDOMAIN, RESOLVE_UNKNOWN}, {CODE_OK, RESOLVE_NO_ADDRESS}, {CODE_REFUSED, RESOLVE_REFUSED}};
  struct net *n = *state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct answers a;
    n->server.code[0] = n->server.code[1] = rows[i].code;
    ask(n, "host.example.", &a);
    assert_int_equal(a.part[0].code, rows[i].told);
    assert_int_equal(a.part[1].code, rows[i].told);
    assert_true(strlen(resolve_text(rows[i].told)) > 4);
  }
}

static void one_silent_family_does_not_hold_the_other(void **state) {
  struct net *n = *state;
  struct answers a = {0};
  n->server.code[0] = SILENT;
  n->server.records[1] = 1;
  resolver_ask(n->resolver, "host.example.", 80, note, &a);
  TURN_UNTIL(n->loop, a.seen[1]);
  assert_int_equal(a.calls, 1);
  assert_int_equal(a.part[1].code, RESOLVE_OK);
  TURN_UNTIL(n->loop, a.seen[0]);
  assert_int_equal(a.part[0].code, RESOLVE_TIMEOUT);
  assert_int_equal(n->server.asked[0], 2); /* two tries, no more */
}

static void a_cancelled_question_is_silent(void **state) {
  struct net *n = *state;
  struct answers a = {0}, late = {0}, both = {.cancel = true};
  n->server.code[0] = n->server.code[1] = SILENT;
  struct resolve_query *q = resolver_ask(n->resolver, "host.example.", 80, note, &a);
  TURN_UNTIL(n->loop, n->server.asked[0] && n->server.asked[1]);
  resolver_cancel(q);
  resolver_cancel(NULL);
  /* c-ares still waits for it; the tries end, and nobody is told. */
  ask(n, "other.example.", &late);
  assert_int_equal(late.part[1].code, RESOLVE_TIMEOUT);
  assert_int_equal(a.calls, 0);
  /* Cancelled inside its first answer: the second never comes. */
  n->server.code[0] = n->server.code[1] = CODE_OK;
  n->server.records[0] = n->server.records[1] = 1;
  both.query = resolver_ask(n->resolver, "localhost", 80, note, &both);
  TURN_UNTIL(n->loop, both.calls == 1);
  for (int i = 0; i < 5; i++)
    loop_turn(n->loop, CLOCK_MS);
  assert_int_equal(both.calls, 1);
  /* And one that still waits when the resolver goes: tear_down() frees it. */
  n->server.code[0] = n->server.code[1] = SILENT;
  resolver_ask(n->resolver, "last.example.", 80, note, &a);
  loop_turn(n->loop, 0);
}

static void no_server_at_all_fails_soon(void **state) {
  struct net *n = *state;
  struct answers a;
  name_server_stop(&n->server);
  uint64_t start = clock_mono();
  ask(n, "host.example.", &a);
  assert_true(clock_mono() - start < 2 * CLOCK_S);
  assert_true(a.part[1].code == RESOLVE_REFUSED || a.part[1].code == RESOLVE_TIMEOUT);
}

static void loopback_names_and_literals_ask_nobody(void **state) {
  static const struct {
    const char *name;
    size_t six, four;
  } rows[] = {{"localhost", 1, 1}, {"LOCALHOST.", 1, 1}, {"app.localhost", 1, 1}, {"127.0.0.9", 0, 1}, {"::1", 1, 0}};
  struct net *n = *state;
  struct answers a;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    ask(n, rows[i].name, &a);
    assert_int_equal(a.part[0].n, rows[i].six);
    assert_int_equal(a.part[1].n, rows[i].four);
    assert_int_equal(a.part[0].code, rows[i].six ? RESOLVE_OK : RESOLVE_NO_ADDRESS);
    for (int f = 0; f < 2; f++) {
      for (size_t k = 0; k < a.part[f].n; k++) {
        assert_true(address_is_loopback(&a.part[f].address[k]));
        assert_int_equal(a.part[f].address[k].port, 80);
      }
    }
  }
  ask(n, "", &a);
  assert_int_equal(a.part[1].code, RESOLVE_INVALID);
  assert_int_equal(n->server.asked[0] + n->server.asked[1], 0);
  ask(n, "notlocalhost.", &a);
  assert_int_equal(n->server.asked[1], 1);
}

static uint64_t fake_now;

static uint64_t fake_clock(void *arg) {
  (void)arg;
  return fake_now;
}

static void a_changed_file_makes_a_new_channel(void **state) {
  struct net *n = *state;
  char path[] = "/tmp/weir-resolve-XXXXXX";
  struct answers a, waiting = {0};
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  fake_now = 100 * CLOCK_S;
  loop_set_clock(n->loop, fake_clock, NULL);
  n->server.records[1] = 1;
  resolver_set_up(n->resolver, &(struct resolver_setup){.servers = n->server.list, .try_ms = 100, .conf_path = path});
  ask(n, "a.example.", &a);
  assert_int_equal(resolver_channels(n->resolver), 1);
  n->server.code[0] = n->server.code[1] = SILENT;
  resolver_ask(n->resolver, "waits.example.", 80, note, &waiting);
  TURN_UNTIL(n->loop, n->server.asked[1] == 2);
  assert_int_equal(write(fd, "#", 1), 1);
  n->server.code[0] = n->server.code[1] = CODE_OK;
  ask(n, "b.example.", &a); /* within the second nobody looks */
  assert_int_equal(resolver_channels(n->resolver), 1);
  fake_now += 2 * CLOCK_S;
  loop_turn(n->loop, 0);
  resolver_ask(n->resolver, "c.example.", 80, note, &(struct answers){0});
  assert_int_equal(resolver_channels(n->resolver), 2); /* the old one still has a question */
  loop_set_clock(n->loop, NULL, NULL);
  TURN_UNTIL(n->loop, waiting.calls == 2);
  ask(n, "d.example.", &a);
  assert_int_equal(resolver_channels(n->resolver), 1);
  close(fd);
  unlink(path);
}

struct dialled {
  int calls;
  struct tcp_dial_result result;
};

static void on_dialled(void *arg, const struct tcp_dial_result *result) {
  struct dialled *d = arg;
  d->calls++;
  d->result = *result;
}

static void dialling_says_what_the_name_server_said(void **state) {
  struct net *n = *state;
  struct tcp_dial_options options = {.name_timeout_ns = 50 * CLOCK_MS, .connect_timeout_ns = CLOCK_S};
  struct dialled d = {0};
  n->server.code[0] = n->server.code[1] = CODE_NXDOMAIN;
  tcp_dial(n->loop, n->resolver, "nosuch.invalid.", 80, &options, on_dialled, &d);
  TURN_UNTIL(n->loop, d.calls == 1);
  assert_string_equal(d.result.text, "nosuch.invalid.: name not known");
  assert_int_equal(d.result.stage, TCP_STAGE_NAME);
  assert_int_equal(d.result.code, RESOLVE_UNKNOWN);
  assert_false(d.result.timed_out);
  n->server.code[0] = n->server.code[1] = SILENT;
  tcp_dial(n->loop, n->resolver, "slow.invalid.", 80, &options, on_dialled, &d);
  TURN_UNTIL(n->loop, d.calls == 2);
  assert_true(d.result.timed_out);
  assert_int_equal(d.result.code, RESOLVE_TIMEOUT);
  assert_string_equal(d.result.text, "slow.invalid.: no answer from the name server within 50 ms");
  assert_true(d.result.name_ns >= 50 * CLOCK_MS);
}

static void ipv4_does_not_wait_for_names_of_ipv6(void **state) {
  struct net *n = *state;
  struct address at = {.family = 4, .ip = {127, 0, 0, 1}};
  struct tcp_dial_options options = {.name_timeout_ns = 5 * CLOCK_S, .connect_timeout_ns = 5 * CLOCK_S};
  struct dialled d = {0};
  struct err err;
  int listener = tcp_listen(&at, 8, &err);
  assert_true(listener >= 0);
  n->server.code[0] = SILENT;
  n->server.records[1] = 1;
  tcp_dial(n->loop, n->resolver, "four.example.", at.port, &options, on_dialled, &d);
  TURN_UNTIL(n->loop, d.calls == 1);
  assert_non_null(d.result.stream);
  assert_true(address_eq(&d.result.address, &at));
  assert_true(d.result.name_ns >= 40 * CLOCK_MS); /* it gave IPv6 its 50 ms */
  assert_true(d.result.name_ns < 100 * CLOCK_MS); /* and not the tries of the resolver */
  stream_free(d.result.stream);
  close(listener);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(both_families_are_asked_and_told),        TEST(more_addresses_than_we_take),
      TEST(what_a_server_says_has_a_code),           TEST(one_silent_family_does_not_hold_the_other),
      TEST(a_cancelled_question_is_silent),          TEST(no_server_at_all_fails_soon),
      TEST(loopback_names_and_literals_ask_nobody),  TEST(a_changed_file_makes_a_new_channel),
      TEST(dialling_says_what_the_name_server_said), TEST(ipv4_does_not_wait_for_names_of_ipv6),
  };
  return cmocka_run_group_tests_name("resolve", tests, NULL, NULL);
}
