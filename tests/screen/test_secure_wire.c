/* From the key to the wire where there is TLS: clients and servers of OpenSSL's own in memory, weir between them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "screen.h"
#include "tls_ends.h"
#include "ui/ui_state.h"
#include "weir/tls/authority.h"

#define TURNS   40
#define CONNECT "CONNECT shop.test:443 HTTP/1.1\r\nHost: shop.test:443\r\n\r\n"
#define ASK     "GET /a HTTP/1.1\r\nHost: shop.test\r\n\r\n"
#define REPLY   "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

struct secure {
  struct screen s;
  char dir[64];
  struct authority *authority;
  struct tls *tls;
  struct cert cert; /* the server's, signed by nobody but itself */
  SSL_CTX *trusting, *checking, *serving;
};

static void secure_open(struct secure *x) {
  struct err err = ERR_INIT;
  screen_open(&x->s, 120, 36);
  snprintf(x->dir, sizeof x->dir, "/tmp/weir-secure-XXXXXX");
  assert_non_null(mkdtemp(x->dir));
  x->authority = authority_open(&(struct authority_files){.confdir = x->dir}, true, &err);
  assert_non_null(x->authority);
  x->tls = tls_new(x->s.w.loop, x->authority, &(struct tls_options){.keylog = NULL}, &err);
  assert_non_null(x->tls);
  x->s.w.https = true;
  x->s.w.authority = x->authority;
  proxy_set_tls(x->s.w.proxy, x->tls, x->authority);
  x->cert = cert_make(&(struct cert_wish){.cn = "shop.test", .san = "DNS:shop.test", .eku = "serverAuth"}, NULL);
  x->trusting = tls_peer_ctx(false, NULL, NULL);
  x->checking = tls_peer_ctx(false, NULL, NULL);
  SSL_CTX_set_verify(x->checking, SSL_VERIFY_PEER, NULL);
  x->serving = tls_peer_ctx(true, &x->cert, NULL);
}

static void secure_close(struct secure *x) {
  static const char *const names[] = {"ca.pem", "ca.key"};
  proxy_free(x->s.w.proxy); /* before what it borrows; screen_close() then frees another */
  x->s.w.proxy = proxy_new(x->s.w.loop, NULL, x->s.w.store, x->s.w.rules, &proxy_config_default);
  for (int i = 0; i < TURNS; i++)
    loop_turn(x->s.w.loop, 0);
  tls_free(x->tls);
  authority_free(x->authority);
  screen_close(&x->s);
  SSL_CTX_free(x->trusting);
  SSL_CTX_free(x->checking);
  SSL_CTX_free(x->serving);
  cert_clear(&x->cert);
  for (size_t i = 0; i < 2; i++) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", x->dir, names[i]);
    unlink(path);
  }
  assert_int_equal(rmdir(x->dir), 0);
}

static void turns(struct secure *x) {
  for (int i = 0; i < TURNS; i++)
    screen_turn(&x->s);
}

/* A client that has opened a tunnel and begins TLS in it. */
static void begin(struct secure *x, struct tls_peer *client, SSL_CTX *ctx) {
  struct peer *p = screen_client(&x->s);
  screen_send(&x->s, p, CONNECT);
  assert_true(screen_got(&x->s, p, "HTTP/1.1 200 "));
  tls_peer_start(client, p->stream, ctx, false, "shop.test");
  p->stream = NULL;
  turns(x);
}

static void serve(struct secure *x, size_t server, struct tls_peer *out) {
  assert_true(x->s.servers > server);
  tls_peer_start(out, x->s.server[server].stream, x->serving, true, NULL);
  x->s.server[server].stream = NULL;
  turns(x);
}

static void say(struct secure *x, struct tls_peer *p, const char *text) {
  assert_true(p->done);
  assert_int_equal(SSL_write(p->ssl, text, (int)strlen(text)), (int)strlen(text));
  tls_peer_pump(p);
  turns(x);
}

static bool has(const struct tls_peer *p, const char *text) {
  return slice_find(buf_slice(&p->got), slice_of(text)) >= 0;
}

/* A bad certificate is refused; T accepts it, and the row says so. */
static void accepting(void **state) {
  struct secure x;
  struct tls_peer client, refused, server;
  (void)state;
  secure_open(&x);
  begin(&x, &client, x.trusting);
  say(&x, &client, ASK);
  serve(&x, 0, &refused);
  assert_true(has(&client, "HTTP/1.1 502 "));
  assert_true(has(&client, "certificate is self-signed"));
  assert_true(screen_has(&x.s, "tls     shop.test"));
  assert_true(screen_has(&x.s, "T accepts this host's certificate until weir ends"));
  screen_keys(&x.s, "T");
  assert_true(screen_has(&x.s, "any certificate of shop.test is accepted"));
  say(&x, &client, ASK);
  serve(&x, 1, &server);
  assert_true(has(&server, "GET /a HTTP/1.1\r\n"));
  say(&x, &server, REPLY);
  assert_true(has(&client, "HTTP/1.1 200 OK"));
  assert_true(screen_has(&x.s, "/a  not verified"));
  /* Taken back, it is refused again: no connection of the time before is used. */
  screen_keys(&x.s, "u");
  say(&x, &client, ASK);
  assert_int_equal(x.s.servers, 3);
  assert_false(slice_find(slice_from(buf_slice(&server.got), 10), SLICE("GET /a")) >= 0);
  tls_peer_close(&client, true);
  tls_peer_close(&refused, true);
  tls_peer_close(&server, true);
  secure_close(&x);
}

/* A client that does not trust weir is a row with what it knew, and P lets the next one through. */
static void passing(void **state) {
  struct secure x;
  struct tls_peer client, second;
  (void)state;
  secure_open(&x);
  begin(&x, &client, x.checking);
  assert_true(client.failed);
  turns(&x);
  assert_true(screen_has(&x.s, "trust it: F8  the client rejected weir's certificate"));
  screen_keys(&x.s, "Enter t");
  assert_true(screen_has(&x.s, "SNI             shop.test"));
  assert_true(screen_has(&x.s, "CN=shop.test, O=weir")); /* what it would not have */
  screen_keys(&x.s, "q P");
  assert_true(screen_has(&x.s, "HTTPS to shop.test passes untouched"));
  begin(&x, &second, x.checking);
  assert_int_equal(x.s.servers, 2);
  assert_true(screen_got(&x.s, &x.s.server[1], "\x16\x03")); /* the client's own ClientHello */
  assert_true(screen_has(&x.s, "passed untouched"));
  screen_keys(&x.s, "F8");
  assert_true(screen_has(&x.s, "does not trust weir: refused it 1 time, last for shop.test"));
  tls_peer_close(&client, true);
  tls_peer_close(&second, true);
  secure_close(&x);
}

/* What a filter says passes too: it is asked with the CONNECT, or with the name that TLS asks for an address. */
static void passing_by_filter(void **state) {
  static const struct {
    const char *filter;
    bool passes;
  } rows[] = {
      {"host=shop.test", true},
      {"host:other.test", false},
      {"port=443 -host:other", true},
      {"req.header:user-agent=pin", true},
      {"req.header:user-agent=no", false},
      {"", false},
  };
  struct secure x;
  struct err err;
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    secure_open(&x);
    for (int address = 0; address < 2; address++) {
      struct tls_peer client;
      assert_true(proxy_set_passthrough_filter(x.s.w.proxy, rows[i].filter, &err));
      size_t servers = x.s.servers;
      struct peer *p = screen_client(&x.s);
      screen_send(&x.s, p,
                  address ? "CONNECT 10.0.0.7:443 HTTP/1.1\r\nHost: 10.0.0.7:443\r\nUser-Agent: pin\r\n\r\n"
                          : "CONNECT shop.test:443 HTTP/1.1\r\nHost: shop.test:443\r\nUser-Agent: pin\r\n\r\n");
      assert_true(screen_got(&x.s, p, "HTTP/1.1 200 "));
      tls_peer_start(&client, p->stream, x.trusting, false, "shop.test");
      p->stream = NULL;
      turns(&x);
      assert_int_equal(x.s.servers, servers + 1);
      if (client.done == rows[i].passes || screen_got(&x.s, &x.s.server[servers], "\x16\x03") != rows[i].passes)
        fail_msg("\"%s\" does not do what it says for %s", rows[i].filter, address ? "an address" : "a name");
      tls_peer_close(&client, true);
      turns(&x);
    }
    secure_close(&x);
  }
  secure_open(&x);
  assert_false(proxy_set_passthrough_filter(x.s.w.proxy, "status=200", &err));
  assert_non_null(strstr(err.text, "not known when a tunnel begins"));
  assert_false(proxy_set_passthrough_filter(x.s.w.proxy, "re:/(/", &err));
  assert_true(proxy_set_passthrough_filter(x.s.w.proxy, "host=shop.test", &err));
  struct tls_peer client;
  begin(&x, &client, x.trusting);
  assert_true(screen_has(&x.s, "passed untouched"));
  screen_keys(&x.s, "G P");
  assert_true(screen_has(&x.s, "a filter lets it pass"));
  tls_peer_close(&client, true);
  secure_close(&x);
}

static uint64_t last_id(const struct secure *x) {
  size_t n = store_count(x->s.w.store);
  return n ? store_nth(x->s.w.store, n - 1)->id : 0;
}

/* Two tunnels open at once, and only then something is asked in them: one row and one number each. */
static void numbers_are_those_of_what_is_seen(void **state) {
  struct secure x;
  struct tls_peer client[2], server;
  (void)state;
  secure_open(&x);
  proxy_set_insecure(x.s.w.proxy, "shop.test", true);
  uint64_t before = last_id(&x);
  struct peer *p[2] = {screen_client(&x.s), screen_client(&x.s)};
  for (int i = 0; i < 2; i++) {
    screen_send(&x.s, p[i], CONNECT);
    assert_true(screen_got(&x.s, p[i], "HTTP/1.1 200 "));
  }
  assert_int_equal(last_id(&x), before); /* nothing to see yet */
  for (int i = 0; i < 2; i++) {
    tls_peer_start(&client[i], p[i]->stream, x.trusting, false, "shop.test");
    p[i]->stream = NULL;
    turns(&x);
  }
  for (size_t i = 2; i-- > 0;) {
    say(&x, &client[i], ASK);
    if (i == 1)
      serve(&x, 1, &server);
    say(&x, &server, REPLY);
    assert_true(has(&client[i], "HTTP/1.1 200 OK"));
  }
  assert_int_equal(last_id(&x), before + 2);
  assert_int_equal(store_count(x.s.w.store), before + 2);
  for (int i = 0; i < 2; i++)
    tls_peer_close(&client[i], true);
  tls_peer_close(&server, true);
  secure_close(&x);
}

/* A tunnel that takes its time is seen; what is asked in it then takes over its row. */
static void a_slow_tunnel_is_seen(void **state) {
  struct secure x;
  struct tls_peer client, server;
  (void)state;
  secure_open(&x);
  proxy_set_insecure(x.s.w.proxy, "shop.test", true);
  uint64_t before = last_id(&x);
  struct peer *p = screen_client(&x.s);
  screen_send(&x.s, p, CONNECT);
  assert_true(screen_got(&x.s, p, "HTTP/1.1 200 "));
  assert_false(screen_has(&x.s, "CONNECT"));
  for (int i = 0; i < 8; i++) {
    screen_wait(&x.s, CLOCK_S / 4);
    turns(&x);
  }
  assert_true(screen_has(&x.s, "CONNECT"));
  assert_int_equal(last_id(&x), before + 1);
  store_add(x.s.w.store); /* another comes */
  tls_peer_start(&client, p->stream, x.trusting, false, "shop.test");
  p->stream = NULL;
  turns(&x);
  say(&x, &client, ASK);
  assert_false(screen_has(&x.s, "CONNECT"));
  serve(&x, 0, &server);
  const struct flow *f = store_get(x.s.w.store, before + 1);
  assert_non_null(f);
  assert_true(slice_eq(flow_method(f), SLICE("GET")));
  assert_int_equal(last_id(&x), before + 2);
  tls_peer_close(&client, true);
  tls_peer_close(&server, true);
  secure_close(&x);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(accepting),
      cmocka_unit_test(passing),
      cmocka_unit_test(passing_by_filter),
      cmocka_unit_test(numbers_are_those_of_what_is_seen),
      cmocka_unit_test(a_slow_tunnel_is_seen),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
