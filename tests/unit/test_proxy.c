/*
 * The proxy with its own listeners and a name server of the test's own: what is weir itself, under every name and in
 * every spelling, and names that are never answered. Clients are memory streams.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "io/resolve_core.h"
#include "memory_stream.h"
#include "name_server.h"
#include "proxy/parts.h"
#include "turns.h"
#include "weir/rule/intercept.h"

struct house {
  struct loop *loop;
  struct resolver *resolver;
  struct name_server names;
  struct store *store;
  struct rules *rules;
  struct proxy *proxy;
};

static int set_up(void **state) {
  struct house *h = calloc(1, sizeof *h);
  struct proxy_config config = proxy_config_default;
  h->loop = loop_new();
  name_server_start(&h->names, h->loop);
  h->resolver = resolver_new(h->loop, NULL);
  resolver_set_up(h->resolver,
                  &(struct resolver_setup){.servers = h->names.list, .try_ms = 30000, .conf_path = "/dev/null"});
  h->store = store_new(64 << 20, 100);
  h->rules = rules_new();
  h->proxy = proxy_new(h->loop, h->resolver, h->store, h->rules, &config);
  *state = h;
  return 0;
}

static int tear_down(void **state) {
  struct house *h = *state;
  proxy_free(h->proxy);
  rules_free(h->rules);
  store_free(h->store);
  resolver_free(h->resolver);
  name_server_stop(&h->names);
  assert_int_equal(loop_count(h->loop), 0);
  loop_free(h->loop);
  free(h);
  return 0;
}

static uint16_t listen_on(struct house *h, const char *host) {
  struct address a;
  struct err err = ERR_INIT;
  assert_true(address_parse(slice_of(host), 0, &a));
  if (!proxy_listen(h->proxy, &a, &err))
    fail_msg("%s: %s", host, err.text);
  return a.port;
}

static bool own(const struct house *h, const char *host, unsigned port) {
  struct address a;
  if (!address_parse(slice_of(host), (uint16_t)port, &a))
    fail_msg("%s is no address", host);
  return page_is_own_address(h->proxy, &a);
}

static void every_spelling_of_a_listener_is_weir_itself(void **state) {
  struct house *h = *state;
  unsigned port = listen_on(h, "127.0.0.1");
  static const char *const ours[] = {"127.0.0.1", "0.0.0.0", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:0.0.0.0"};
  for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
    if (!own(h, ours[i], port))
      fail_msg("%s is not known as weir itself", ours[i]);
    assert_false(own(h, ours[i], port + 1));
  }
  assert_false(own(h, "127.0.0.2", port)); /* nobody listens there, so nothing can loop */
  assert_false(own(h, "192.0.2.1", port));
}

static void every_number_that_is_a_listener_is_weir_itself(void **state) {
  struct house *h = *state;
  uint16_t port = listen_on(h, "127.0.0.1");
  static const char *const ours[] = {"127.1", "127.0.1", "0x7f000001", "2130706433", "017700000001", "0", "127.0.0.1."};
  struct url url = {.port = port};
  for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
    url.host = slice_of(ours[i]);
    if (!page_is_own_target(h->proxy, &url))
      fail_msg("%s is not known as weir itself", ours[i]);
  }
  url.host = SLICE("127.2");
  assert_false(page_is_own_target(h->proxy, &url));
}

static void a_listener_on_every_address_has_all_of_the_machine(void **state) {
  struct house *h = *state;
  unsigned port = listen_on(h, "0.0.0.0");
  static const char *const ours[] = {"127.0.0.1", "127.0.0.2", "127.255.255.254", "0.0.0.0", "::ffff:127.0.0.9"};
  for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
    if (!own(h, ours[i], port))
      fail_msg("%s is not known as weir itself", ours[i]);
  assert_false(own(h, "192.0.2.1", port));
}

/* ---- a client over memory ---- */

struct client {
  struct loop *loop;
  struct stream *stream;
  char got[2048];
  size_t n;
  bool eof;
};

static unsigned client_want(void *arg) {
  return ((struct client *)arg)->eof ? 0 : STREAM_READ;
}

static void client_ready(void *arg, unsigned events) {
  struct client *c = arg;
  size_t n = 0;
  if (!(events & STREAM_READ) || c->n + 1 == sizeof c->got)
    return;
  enum io_code code = stream_recv(c->stream, c->got + c->n, sizeof c->got - 1 - c->n, &n);
  if (code == IO_OK)
    c->n += n;
  else if (code != IO_AGAIN)
    c->eof = true;
}

static void client_open(struct house *h, struct client *c) {
  struct stream *theirs;
  memset(c, 0, sizeof *c);
  memory_stream_pair(h->loop, &(struct memory_options){0}, &theirs, &c->stream);
  stream_set_user(c->stream, (struct stream_user){client_want, client_ready, c});
  proxy_accept(h->proxy, theirs);
}

static void client_ask(struct house *h, struct client *c, const char *line) {
  size_t n = 0;
  char text[300];
  client_open(h, c);
  snprintf(text, sizeof text, "%s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", line);
  assert_int_equal(stream_send(c->stream, text, strlen(text), &n), IO_OK);
  assert_int_equal(n, strlen(text));
  stream_touch(c->stream);
}

static void a_name_that_resolves_to_weir_is_never_connected_to(void **state) {
  struct house *h = *state;
  struct client c;
  char line[100];
  unsigned port = listen_on(h, "127.0.0.1");
  h->names.records[1] = 1; /* 127.0.0.1 */
  h->names.code[0] = CODE_NXDOMAIN;
  snprintf(line, sizeof line, "CONNECT rebound.example.:%u", port);
  client_ask(h, &c, line);
  TURN_UNTIL(h->loop, c.n > 12);
  assert_memory_equal(c.got, "HTTP/1.1 508", 12);
  stream_free(c.stream);
  snprintf(line, sizeof line, "GET http://rebound.example.:%u/", port);
  client_ask(h, &c, line);
  TURN_UNTIL(h->loop, c.n > 12);
  assert_memory_equal(c.got, "HTTP/1.1 ", 9);
  assert_ptr_equal(strstr(c.got, "502"), NULL);
  stream_free(c.stream);
  TURN_UNTIL(h->loop, proxy_stats(h->proxy).clients == 0);
  assert_int_equal(store_count(h->store), 2); /* a loop would have made more */
  assert_int_equal(store_nth(h->store, 0)->error, ERROR_LOOP);
}

static void a_name_that_is_never_answered_goes_with_its_client(void **state) {
  struct house *h = *state;
  struct client slow, other;
  h->names.code[0] = h->names.code[1] = SILENT;
  client_ask(h, &slow, "CONNECT silent.example.:443");
  TURN_UNTIL(h->loop, h->names.asked[0] && h->names.asked[1]);
  assert_int_equal(proxy_stats(h->proxy).running, 1);
  /* Another one is answered meanwhile: the loop does not wait. */
  client_ask(h, &other, "GET http://weir.internal/");
  TURN_UNTIL(h->loop, other.n > 0);
  assert_memory_equal(other.got, "HTTP/1.1 200", 12);
  stream_abort(slow.stream);
  TURN_UNTIL(h->loop, proxy_stats(h->proxy).running == 0);
  assert_int_equal(store_nth(h->store, 0)->error, ERROR_CLIENT);
  stream_free(other.stream);
  TURN_UNTIL(h->loop, proxy_stats(h->proxy).clients == 0);
}

static void a_name_that_is_never_answered_has_a_limit(void **state) {
  struct house *h = *state;
  struct client c;
  h->proxy->config.name_timeout = 50 * CLOCK_MS;
  h->names.code[0] = h->names.code[1] = SILENT;
  client_ask(h, &c, "GET http://silent.example./");
  TURN_UNTIL(h->loop, c.n > 12);
  assert_memory_equal(c.got, "HTTP/1.1 504", 12);
  assert_int_equal(store_nth(h->store, 0)->error, ERROR_TIMEOUT);
  assert_int_equal(store_nth(h->store, 0)->stage, STAGE_NAME);
  stream_free(c.stream);
  TURN_UNTIL(h->loop, proxy_stats(h->proxy).clients == 0);
}

/* ---- a server over memory ---- */

static struct stream *give_server(void *arg, const char *host, uint16_t port) {
  struct client *server = arg;
  struct stream *ours;
  (void)host, (void)port;
  memory_stream_pair(server->loop, &(struct memory_options){0}, &ours, &server->stream);
  stream_set_user(server->stream, (struct stream_user){client_want, client_ready, server});
  return ours;
}

/* The answer to the first of two requests and the client's FIN come in one turn: the second one waits for the next turn
 * and is answered all the same. */
static void a_request_that_waits_for_its_turn_outlives_the_fin(void **state) {
  struct house *h = *state;
  struct client c, server = {.loop = h->loop};
  static const char answer[] = "HTTP/1.1 204 No Content\r\n\r\n";
  static const char second[] = "GET http://weir.internal/ HTTP/1.1\r\nHost: weir.internal\r\n\r\n";
  size_t n = 0;
  proxy_set_dial(h->proxy, give_server, &server);
  client_ask(h, &c, "GET http://a.test/");
  TURN_UNTIL(h->loop, server.n > 0);
  assert_int_equal(stream_send(c.stream, second, sizeof second - 1, &n), IO_OK);
  TURN_UNTIL(h->loop, queue_size(&PART_OF(h->proxy->conns, struct conn)->in) == sizeof second - 1);
  assert_int_equal(stream_send(server.stream, answer, sizeof answer - 1, &n), IO_OK);
  assert_int_equal(stream_shutdown(c.stream), IO_OK);
  TURN_UNTIL(h->loop, c.eof);
  c.got[c.n] = '\0';
  assert_non_null(strstr(c.got, "requests passed  2"));
  stream_free(c.stream);
  stream_free(server.stream);
  TURN_UNTIL(h->loop, proxy_stats(h->proxy).clients == 0);
}

/* ---- conditions that look into long bodies ---- */

#define LONG (8 << 20)

static const struct exchange *post_long(struct house *h, struct client *c) {
  static const char condition[] = "~bq \"x[a-z]{20}[0-9]\"";
  char *body = malloc(LONG), head[100];
  size_t n = 0;
  memset(body, 'x', LONG - 1);
  body[LONG - 1] = '7';
  assert_true(intercept_set(h->rules, condition, NULL));
  snprintf(head, sizeof head, "POST http://a.test/ HTTP/1.1\r\nContent-Length: %d\r\nHost: a.test\r\n\r\n", LONG);
  client_open(h, c);
  assert_int_equal(stream_send(c->stream, head, strlen(head), &n), IO_OK);
  for (size_t sent = 0; sent < LONG; sent += n) {
    n = 0;
    stream_send(c->stream, body + sent, LONG - sent, &n);
    loop_turn(h->loop, 20 * CLOCK_MS);
  }
  free(body);
  const struct exchange *x = PART_OF(h->proxy->exchanges, struct exchange);
  TURN_UNTIL(h->loop, x->request.complete);
  assert_int_equal(x->request.state, LANE_JUDGED);
  return x;
}

static void others_pass_while_a_rule_looks_through_a_body(void **state) {
  struct house *h = *state;
  struct client c, other;
  const struct exchange *x = post_long(h, &c);
  client_ask(h, &other, "GET http://weir.internal/");
  TURN_UNTIL(h->loop, other.n > 12);
  assert_memory_equal(other.got, "HTTP/1.1 200", 12);
  assert_int_equal(x->request.state, LANE_JUDGED);
  TURN_UNTIL(h->loop, x->request.state != LANE_JUDGED);
  assert_int_equal(x->flow->paused, FLOW_PAUSED_REQUEST);
  assert_true(proxy_drop(h->proxy, x->flow->id, NULL));
  TURN_UNTIL(h->loop, c.n > 12);
  stream_free(c.stream);
  stream_free(other.stream);
  TURN_UNTIL(h->loop, proxy_stats(h->proxy).clients == 0);
}

static void a_client_leaves_while_a_rule_looks_through_its_body(void **state) {
  struct house *h = *state;
  struct client c;
  post_long(h, &c);
  stream_abort(c.stream);
  TURN_UNTIL(h->loop, proxy_stats(h->proxy).running == 0);
  assert_int_equal(store_nth(h->store, 0)->error, ERROR_CLIENT);
  TURN_UNTIL(h->loop, proxy_stats(h->proxy).clients == 0);
}

/* ---- HTTPS that is opened at the first need ---- */

static bool opens_never(void *arg, struct err *err) {
  ++*(int *)arg;
  return err_set(err, "the authority is out");
}

static const struct flow *last_flow(const struct house *h) {
  return store_nth(h->store, store_count(h->store) - 1);
}

static void assert_not_opened(const struct house *h) {
  const struct flow *f = last_flow(h);
  assert_int_equal(f->state, FLOW_FAILED);
  assert_int_equal(f->stage, STAGE_TLS);
  assert_string_equal(f->error_text, "the authority is out");
}

static void hello(struct house *h, const char *line, struct client *c) {
  static const char first[] = "\x16\x03\x01\x00\x80\x01\x00\x00\x7c\x03\x03";
  size_t n = 0;
  client_ask(h, c, line);
  TURN_UNTIL(h->loop, c->n > 12);
  assert_memory_equal(c->got, "HTTP/1.1 200", 12);
  c->n = 0;
  assert_int_equal(stream_send(c->stream, first, sizeof first - 1, &n), IO_OK);
}

static void https_is_opened_when_it_is_needed_and_not_before(void **state) {
  struct house *h = *state;
  struct client c, server = {.loop = h->loop};
  int asked = 0;
  proxy_set_dial(h->proxy, give_server, &server);
  proxy_set_tls_opener(h->proxy, opens_never, &asked);
  client_ask(h, &c, "GET http://a.test/");
  TURN_UNTIL(h->loop, server.n > 0);
  assert_int_equal(asked, 0);
  stream_free(c.stream);
  stream_free(server.stream);
  /* a request over TLS: the client reads why not */
  client_ask(h, &c, "GET https://a.test/");
  TURN_UNTIL(h->loop, c.n > 12);
  assert_memory_equal(c.got, "HTTP/1.1 502", 12);
  c.got[c.n] = '\0';
  assert_non_null(strstr(c.got, "the authority is out"));
  assert_int_equal(asked, 1);
  assert_not_opened(h);
  stream_free(c.stream);
  stream_free(server.stream);
  TURN_UNTIL(h->loop, proxy_stats(h->proxy).clients == 0);
}

static void a_tunnel_that_cannot_be_opened_ends_with_an_alert(void **state) {
  struct house *h = *state;
  struct client c, server = {.loop = h->loop};
  int asked = 0;
  proxy_set_dial(h->proxy, give_server, &server);
  proxy_set_tls_opener(h->proxy, opens_never, &asked);
  hello(h, "CONNECT a.test:443", &c);
  TURN_UNTIL(h->loop, c.eof);
  assert_int_equal(asked, 1);
  assert_int_equal(c.n, 7);
  assert_memory_equal(c.got, "\x15\x03\x03\x00\x02\x02\x50", 7);
  assert_int_equal(server.n, 0);
  assert_not_opened(h);
  stream_free(c.stream);
  stream_free(server.stream);
  /* who passes untouched has no need of it */
  server = (struct client){.loop = h->loop};
  proxy_set_passthrough(h->proxy, "b.test", true);
  hello(h, "CONNECT b.test:443", &c);
  TURN_UNTIL(h->loop, server.n > 0);
  assert_int_equal(asked, 1);
  assert_true(last_flow(h)->untouched);
  stream_free(c.stream);
  stream_free(server.stream);
  TURN_UNTIL(h->loop, last_flow(h)->state == FLOW_DONE);
}

static void a_page_without_a_certificate_says_why(void **state) {
  struct house *h = *state;
  struct client c;
  int asked = 0;
  proxy_set_tls_opener(h->proxy, opens_never, &asked);
  client_ask(h, &c, "GET http://weir.internal/");
  TURN_UNTIL(h->loop, c.n > 12);
  assert_memory_equal(c.got, "HTTP/1.1 200", 12);
  c.got[c.n] = '\0';
  assert_non_null(strstr(c.got, "\nthe authority is out.\n"));
  stream_free(c.stream);
  client_ask(h, &c, "GET http://weir.internal/ca.pem");
  TURN_UNTIL(h->loop, c.n > 12);
  assert_memory_equal(c.got, "HTTP/1.1 503", 12);
  stream_free(c.stream);
  client_ask(h, &c, "GET http://weir.internal/nothing");
  TURN_UNTIL(h->loop, c.n > 12);
  assert_int_equal(asked, 2);
  stream_free(c.stream);
  TURN_UNTIL(h->loop, proxy_stats(h->proxy).clients == 0);
}

static void the_default_limits_are_the_documented_ones(void **state) {
  (void)state;
  const struct proxy_config *c = &proxy_config_default;
  assert_int_equal(c->head_timeout, 30 * CLOCK_S);
  assert_int_equal(c->idle_timeout, 60 * CLOCK_S);
  assert_int_equal(c->connect_timeout, 30 * CLOCK_S);
  assert_int_equal(c->response_timeout, 0);
  assert_int_equal(c->tunnel_timeout, 0);
  assert_int_equal(c->client_grace, 3 * CLOCK_S);
  assert_int_equal(c->pool_idle_per_host, 32);
  assert_int_equal(c->body_limit, 16 << 20);
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      T(every_spelling_of_a_listener_is_weir_itself),
      T(every_number_that_is_a_listener_is_weir_itself),
      T(a_listener_on_every_address_has_all_of_the_machine),
      T(a_name_that_resolves_to_weir_is_never_connected_to),
      T(a_name_that_is_never_answered_goes_with_its_client),
      T(a_name_that_is_never_answered_has_a_limit),
      T(a_request_that_waits_for_its_turn_outlives_the_fin),
      T(others_pass_while_a_rule_looks_through_a_body),
      T(a_client_leaves_while_a_rule_looks_through_its_body),
      T(https_is_opened_when_it_is_needed_and_not_before),
      T(a_tunnel_that_cannot_be_opened_ends_with_an_alert),
      T(a_page_without_a_certificate_says_why),
      cmocka_unit_test(the_default_limits_are_the_documented_ones),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
