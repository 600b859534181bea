/* HTTPS on the screen: rows, the connection's facts, what P and T do. Facts are made by hand; what the wire
 * could put into them is in here at its worst. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proxy/parts.h"
#include "screen.h"
#include "ui/secure_words.h"
#include "ui/ui_state.h"
#include "weir/base/log.h"
#include "weir/base/mem.h"
#include "weir/file/curl.h"

#define DAY INT64_C(86400)
#define NOW INT64_C(1795435267) /* the wall clock of the scripts */

static void add_certificate(struct secure_facts *s, const char *subject, const char *issuer, const char *names,
                            int64_t from, int64_t to) {
  struct secure_certificate *c = &s->certificate[s->certificates++];
  c->subject = mem_dup(subject);
  c->issuer = mem_dup(issuer);
  c->names = mem_dup(names);
  c->not_before = from;
  c->not_after = to;
  for (size_t i = 0; i < 32; i++)
    snprintf(c->fingerprint + 3 * i, 4, i < 31 ? "%02zX:" : "%02zX", (i * 37 + s->certificates) % 256);
  snprintf(c->key, sizeof c->key, "EC P-256");
}

static struct secure_facts *facts(bool server, const char *sni) {
  struct secure_facts *s = secure_facts_new();
  s->server = server;
  snprintf(s->version, sizeof s->version, "TLSv1.3");
  snprintf(s->cipher, sizeof s->cipher, "TLS_AES_256_GCM_SHA384");
  snprintf(s->alpn, sizeof s->alpn, "http/1.1");
  s->sni = mem_dup(sni);
  s->handshake_ns = 2 * CLOCK_MS;
  return s;
}

static struct flow *https(struct screen *s, const char *host, const char *path, int status) {
  return screen_flow(s, &(struct script){.method = "GET",
                                         .scheme = "https",
                                         .host = host,
                                         .port = 443,
                                         .path = path,
                                         .status = status,
                                         .reason = "OK",
                                         .response_fields = "Content-Type: application/json\r\n",
                                         .response_body = "{}",
                                         .ms = 9});
}

static struct flow *tunnel(struct screen *s, const char *host) {
  struct flow *f =
      screen_flow(s, &(struct script){.method = "CONNECT", .host = host, .port = 443, .path = "", .ms = 9});
  f->kind = FLOW_TUNNEL;
  return f;
}

static void fail_tls(struct screen *s, struct flow *f, int alert, const char *text) {
  f->stage = STAGE_TLS;
  f->os_error = alert;
  screen_fail(s, f, ERROR_TLS, text);
}

/* One of every kind: good, accepted by the person, refused by weir, refused by the client, passed untouched, unknown.
 */
static void fill(struct screen *s) {
  struct flow *f = https(s, "api.shop.test", "/login", 200);
  f->client_tls = facts(true, "api.shop.test");
  snprintf(f->client_tls->alpn_offered, sizeof f->client_tls->alpn_offered, "h2, http/1.1");
  add_certificate(f->client_tls, "CN=api.shop.test, O=weir", "CN=weir CA 1234, O=weir", "api.shop.test", NOW - 2 * DAY,
                  NOW + 395 * DAY);
  f->server_tls = facts(false, "api.shop.test");
  f->server_tls->verified = true;
  f->server_tls->resumed = true;
  add_certificate(f->server_tls, "CN=api.shop.test, O=Shop", "CN=Shop Issuing CA", "api.shop.test, *.cdn.test",
                  NOW - 20 * DAY, NOW + 70 * DAY);
  add_certificate(f->server_tls, "CN=Shop Issuing CA", "CN=Shop Root", "", NOW - 900 * DAY, NOW + 900 * DAY);
  f->server = (struct address){.family = 4, .port = 443, .ip = {10, 0, 0, 7}};
  f->times.connect_ns = CLOCK_MS;
  f->times.tls_ns = 2 * CLOCK_MS;

  f = https(s, "old.shop.test", "/", 200);
  f->client_tls = facts(true, "old.shop.test");
  f->server_tls = facts(false, "old.shop.test");
  f->server_tls->insecure = true;
  f->server_tls->problem = mem_dup("old.shop.test: certificate expired on 2026-01-02");
  add_certificate(f->server_tls, "CN=old.shop.test", "CN=Shop Issuing CA", "old.shop.test", NOW - 700 * DAY,
                  NOW - 325 * DAY);

  f = https(s, "expired.shop.test", "/pay", 0);
  f->client_tls = facts(true, "expired.shop.test");
  f->server_tls = facts(false, "expired.shop.test");
  f->server_tls->problem = mem_dup("expired.shop.test: certificate expired on 2026-01-02");
  add_certificate(f->server_tls, "CN=expired.shop.test", "CN=Shop Issuing CA", "expired.shop.test", NOW - 700 * DAY,
                  NOW - 325 * DAY);
  fail_tls(s, f, 0, "expired.shop.test: certificate expired on 2026-01-02");

  f = tunnel(s, "pay.shop.test");
  f->client_tls = facts(true, "pay.shop.test");
  fail_tls(s, f, 48, "the client rejected weir's certificate for pay.shop.test (unknown_ca)");

  f = tunnel(s, "bank.test");
  f->untouched = true;
  f->state = FLOW_OPEN;
  f->up = 1843;
  f->down = 31744;
  f = tunnel(s, "mail.test");
  f->state = FLOW_OPEN;
  f->up = f->down = 12;
  for (uint64_t id = 1; id <= 6; id++)
    store_touch(s->w.store, store_get(s->w.store, id), FLOW_CHANGED_STATE);
  screen_turn(s);
}

static void rows(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  fill(&s);
  screen_keys(&s, "g g 2 j");
  assert_has(&s, "#3 expired.shop.test: certificate expired on 2026-01-02  T accepts this host's certificate");
  screen_golden(&s, "secure_list_120x36");
  screen_keys(&s, "k");
  assert_has(&s, "#2 200 OK  not verified (old.shop.test: certificate expired on 2026-01-02)");
  assert_false(screen_has(&s, "T accept certificate"));
  screen_keys(&s, "j");
  screen_keys(&s, "j");
  assert_has(&s, "trust it: F8; or P passes this host untouched");
  terminal_fake_resize(s.t, 80, 24);
  screen_golden(&s, "secure_list_80x24");
  terminal_fake_resize(s.t, 40, 10);
  screen_turn(&s);
  assert_has(&s, "not verified");
  screen_close(&s);
}

static void connection(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  fill(&s);
  screen_keys(&s, "g g Enter");
  assert_has(&s, "connect 1ms + tls 2ms");
  assert_has(&s, "[Pretty] Raw Hex Headers Timing Connection");
  screen_keys(&s, "t");
  screen_golden(&s, "connection_120x36");
  screen_keys(&s, "J");
  assert_has(&s, "NO; T or --insecure does not ask for it");
  assert_has(&s, ": expired");
  screen_keys(&s, "J J");
  assert_has(&s, "not begun: the client refused");
  screen_keys(&s, "J");
  assert_has(&s, "passed untouched: weir did not look into it");
  screen_keys(&s, "t");
  assert_false(screen_has(&s, "weir did not look into it"));
  screen_keys(&s, "K K K K Tab");
  terminal_fake_resize(s.t, 80, 24);
  screen_golden(&s, "connection_80x24");
  screen_keys(&s, "x");
  assert_has(&s, "Pretty Raw [Hex] Headers");
  screen_close(&s);
}

/* What is not known yet comes in while it is looked at. */
static void connection_grows(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  struct flow *f = https(&s, "slow.test", "/", 0);
  screen_turn(&s);
  screen_keys(&s, "Enter t");
  assert_has(&s, "not yet");
  f->server_tls = facts(false, "slow.test");
  store_touch(s.w.store, f, FLOW_CHANGED_STATE);
  ui_dirty(s.ui);
  screen_turn(&s);
  assert_false(screen_has(&s, "not yet"));
  assert_has(&s, "TLS_AES_256_GCM_SHA384");
  screen_close(&s);
}

#define BAD "\033[2J\xe2\x80\xae\x9b\xff\n\t\r"

static void hostile(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  struct flow *f = https(&s, "evil.test", "/", 0);
  for (int i = 0; i < 2; i++) {
    struct secure_facts *x = facts(i == 0, "sni" BAD "end");
    snprintf(x->alpn_offered, sizeof x->alpn_offered, "h2" BAD);
    snprintf(x->alpn, sizeof x->alpn, BAD);
    x->problem = mem_dup("because" BAD);
    add_certificate(x, "CN=" BAD ", O=" BAD, BAD, BAD ", " BAD, INT64_MIN, INT64_MAX);
    add_certificate(x, "", NULL, NULL, 0, -1);
    *(i == 0 ? &f->client_tls : &f->server_tls) = x;
  }
  fail_tls(&s, f, 0, "sentence " BAD);
  screen_turn(&s);
  screen_keys(&s, "Enter t");
  screen_golden(&s, "connection_hostile_120x36");
  assert_has(&s, "before 1970 to after 9999");
  screen_keys(&s, "T");
  assert_has(&s, "^[[2J");
  screen_keys(&s, "P q");
  screen_turn(&s);
  screen_golden(&s, "secure_hostile_120x36"); /* the undo line names the host too */
  screen_close(&s);
}

static void pass_through(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  fill(&s);
  screen_keys(&s, "g g 3 j P");
  assert_has(&s, "HTTPS to pay.shop.test passes untouched from its next connection on; P again");
  assert_true(proxy_passthrough(s.w.proxy, "pay.shop.test"));
  screen_keys(&s, "P");
  assert_has(&s, "is decrypted again");
  assert_false(proxy_passthrough(s.w.proxy, "pay.shop.test"));
  assert_has(&s, "u undo: decrypt pay.shop.test");
  screen_keys(&s, "u");
  assert_has(&s, "taken back: decrypt pay.shop.test");
  assert_true(proxy_passthrough(s.w.proxy, "pay.shop.test"));
  screen_keys(&s, "u");
  assert_false(proxy_passthrough(s.w.proxy, "pay.shop.test"));
  proxy_set_passthrough(s.w.proxy, "*.shop.test", true);
  screen_keys(&s, "P");
  assert_has(&s, "a pattern of --passthrough covers it");
  assert_true(proxy_passthrough(s.w.proxy, "pay.shop.test"));
  assert_false(screen_has(&s, "u undo:"));
  screen_close(&s);
}

static void accept_certificate(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  fill(&s);
  screen_keys(&s, "g g 2 j");
  assert_has(&s, "T accept certificate");
  screen_keys(&s, "T");
  assert_has(&s, "any certificate of expired.shop.test is accepted until weir ends");
  assert_true(proxy_insecure(s.w.proxy, "expired.shop.test"));
  assert_false(proxy_insecure(s.w.proxy, "shop.test"));
  screen_keys(&s, "T");
  assert_has(&s, "has to be good again");
  assert_false(proxy_insecure(s.w.proxy, "expired.shop.test"));
  screen_keys(&s, "u");
  assert_true(proxy_insecure(s.w.proxy, "expired.shop.test"));
  screen_keys(&s, "j T");
  assert_has(&s, "#4: the client would not have weir's certificate; F8");
  assert_false(proxy_insecure(s.w.proxy, "pay.shop.test"));
  screen_keys(&s, "k k k");
  assert_false(screen_has(&s, "T accept certificate"));
  screen_flow(&s, &(struct script){.method = "GET", .host = "clear.test", .path = "/", .status = 200, .reason = "OK"});
  screen_turn(&s);
  screen_keys(&s, "G T");
  assert_has(&s, "#7 is not HTTPS");
  screen_close(&s);
}

/* The server is asked by the name that the client gave, whatever address it was reached by. */
static void accepted_by_name(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  struct flow *f = https(&s, "10.0.0.7", "/", 0);
  f->client_tls = facts(true, "named.test");
  fail_tls(&s, f, 0, "named.test: certificate is self-signed");
  screen_turn(&s);
  screen_keys(&s, "T");
  assert_true(proxy_insecure(s.w.proxy, "named.test"));
  assert_false(proxy_insecure(s.w.proxy, "10.0.0.7"));
  screen_close(&s);
}

static void cures(void **state) {
  struct screen s;
  struct buf cure = BUF_INIT;
  (void)state;
  screen_open(&s, 120, 36);
  struct flow *f = tunnel(&s, "a.test");
  fail_tls(&s, f, 70, "the client and weir have no TLS version in common (protocol_version)");
  secure_cure(f, &cure);
  assert_string_equal(buf_text(&cure), "P passes this host untouched"); /* trust would not help */
  buf_reset(&cure);
  f->error_cure = mem_dup("--tls-min 1.1");
  secure_cure(f, &cure);
  assert_string_equal(buf_text(&cure), "start weir with --tls-min 1.1; or P passes this host untouched");
  buf_reset(&cure);
  free(f->error_cure);
  f->error_cure = mem_dup("trust it: F8, or weir ca install");
  free(f->error_text);
  f->os_error = 46;
  f->error_text = mem_dup("the client rejected weir's certificate; P passes this host through untouched");
  secure_cure(f, &cure);
  assert_string_equal(buf_text(&cure), "trust it: F8; or P passes this host untouched");
  assert_true(slice_eq(secure_sentence(f), SLICE("the client rejected weir's certificate"))); /* and is said once */
  buf_reset(&cure);
  f = tunnel(&s, "g.test");
  fail_tls(&s, f, 0, "the client sent what is no TLS record, after a good handshake for g.test (wrong version number)");
  f->error_kind = "other"; /* the certificate was taken */
  secure_cure(f, &cure);
  assert_string_equal(buf_text(&cure), "P passes this host untouched");
  buf_reset(&cure);
  f = https(&s, "b.test", "/", 0);
  fail_tls(&s, f, 116, "b.test: the server wants a client certificate (certificate_required)");
  f->error_cure = mem_dup("--client-cert b.test=FILE");
  secure_cure(f, &cure);
  assert_string_equal(buf_text(&cure), "start weir with --client-cert b.test=FILE");
  buf_reset(&cure);
  f = https(&s, "c.test", "/", 0);
  screen_fail(&s, f, ERROR_REFUSED, "c.test: connection refused");
  secure_cure(f, &cure);
  assert_int_equal(cure.n, 0);
  buf_clear(&cure);
  screen_close(&s);
}

/* nginx asks for a client certificate, and answers 400 when it got none. */
static void one_that_was_not_shown(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  struct flow *f = https(&s, "bank.test", "/", 400);
  f->server_tls = facts(false, "bank.test");
  f->server_tls->wanted = true;
  store_touch(s.w.store, f, FLOW_CHANGED_STATE);
  screen_turn(&s);
  assert_has(&s, "/  no client certificate");
  assert_has(&s, "start weir with --client-cert bank.test=FILE");
  screen_keys(&s, "Enter t");
  assert_has(&s, "Asked for       client certificate");
  assert_has(&s, "Shown           none (--client-cert HOST=FILE)");
  f->server_tls->shown = mem_dup("CN=me");
  screen_keys(&s, "t t");
  assert_has(&s, "Shown           CN=me");
  screen_keys(&s, "q");
  assert_false(screen_has(&s, "no client certificate"));
  assert_false(screen_has(&s, "--client-cert"));
  screen_close(&s);
}

/* TLS is up, and then nothing: both the client that left and the one that waits say what may help. */
static void nothing_was_asked(void **state) {
  struct screen s;
  (void)state;
  for (int width = 120; width >= 80; width -= 40) {
    screen_open(&s, width, width == 80 ? 24 : 36);
    struct flow *f = tunnel(&s, "imap.test");
    f->quiet = true;
    f->state = FLOW_OPEN;
    store_touch(s.w.store, f, FLOW_CHANGED_STATE);
    screen_turn(&s);
    assert_has(&s, "no request yet: P if not HTTP");
    assert_has(&s, "if this is not HTTP, P passes the host through");
    assert_has(&s, "P pass through");
    f->state = FLOW_DONE;
    store_touch(s.w.store, f, FLOW_CHANGED_STATE);
    screen_turn(&s);
    assert_has(&s, "closed after the handshake");
    f = tunnel(&s, "wget.test");
    f->quiet = true;
    fail_tls(&s, f, 0,
             "the client closed after the handshake without asking for anything: it may not accept weir's certificate");
    screen_turn(&s);
    screen_keys(&s, "g g j");
    assert_has(&s, "trust it: F8  the client closed");
    assert_has(&s, "trust it: F8; or P passes this host untouched: #2");
    screen_keys(&s, "Enter"); /* on the side that says why, whole */
    assert_has(&s, "accept weir's certificate");
    assert_has(&s, width == 80 ? "[Response]" : "trust it: F8; or P passes this host untouched");
    screen_close(&s);
  }
}

static void what_a_tunnel_offers(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  fill(&s);
  screen_keys(&s, "g g 5 j"); /* #6, of mail.test, is not decrypted */
  assert_false(screen_has(&s, "e edit"));
  assert_false(screen_has(&s, "r replay"));
  assert_false(screen_has(&s, "P decrypt again"));
  screen_keys(&s, "r");
  assert_has(&s, " #6 is a tunnel: weir does not see what is inside");
  assert_false(screen_has(&s, "#6: #6"));
  screen_keys(&s, "P");
  assert_has(&s, "P decrypt again");
  screen_keys(&s, "P 2 k");
  assert_has(&s, "P pass through");
  screen_close(&s);
}

static void only_https_passes(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_flow(&s, &(struct script){.method = "GET", .host = "clear.test", .port = 80, .path = "/", .status = 200});
  screen_turn(&s);
  screen_keys(&s, "P");
  assert_has(&s, "#1 is not HTTPS: only what is encrypted can pass untouched");
  assert_false(proxy_passthrough(s.w.proxy, "clear.test"));
  screen_close(&s);
}

static void what_it_waits_for(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  struct flow *f = https(&s, "slow.test", "/", 0);
  f->state = FLOW_WAITING;
  f->shaking = true;
  store_touch(s.w.store, f, FLOW_CHANGED_STATE);
  screen_turn(&s);
  assert_has(&s, "/  TLS handshake ");
  assert_false(screen_has(&s, "waiting"));
  screen_close(&s);
}

/* The time from "200 Connection established" to the end is none of a body. */
static void times_of_a_rejected_tunnel(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  struct flow *f = tunnel(&s, "pay.test");
  fail_tls(&s, f, 48, "the client rejected weir's certificate for pay.test (unknown_ca)");
  f->times.first_byte = f->times.start + CLOCK_MS;
  f->times.end = f->times.start + 39 * CLOCK_MS;
  f->times.tls_ns = 38 * CLOCK_MS;
  screen_turn(&s);
  screen_keys(&s, "g g Enter");
  assert_has(&s, "39ms = tls 38ms");
  assert_false(screen_has(&s, "body"));
  screen_close(&s);
}

static void in_the_log(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  fill(&s);
  log_write(LOG_WARN, "tls", 4, NULL, "%s", store_get(s.w.store, 4)->error_text);
  screen_keys(&s, "F7");
  assert_has(&s, "What happened  the client rejected weir's certificate for pay.shop.test (unknown_ca)");
  assert_has(&s, "What to do     trust it: F8; or P passes this host untouched");
  screen_keys(&s, "P");
  assert_true(proxy_passthrough(s.w.proxy, "pay.shop.test"));
  screen_close(&s);
}

/* What is copied leads to the same place. */
static void curl_copy(void **state) {
  static const struct {
    const char *host;
    uint16_t port;
    const char *url;
  } places[] = {{"api.shop.test", 443, " 'https://api.shop.test/login'"},
                {"api.shop.test", 8443, " 'https://api.shop.test:8443/login'"},
                {"::1", 80, " 'https://[::1]:80/login'"}};
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    struct buf command = BUF_INIT;
    struct flow *f = https(&s, "api.shop.test", "/login", 200);
    flow_set_target(f, "https", slice_of(places[i].host), places[i].port);
    assert_true(curl_command(f, &command, NULL));
    if (slice_find(buf_slice(&command), slice_of(places[i].url)) < 0)
      fail_msg("%s", buf_text(&command));
    buf_clear(&command);
  }
  screen_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows),
      cmocka_unit_test(connection),
      cmocka_unit_test(connection_grows),
      cmocka_unit_test(hostile),
      cmocka_unit_test(pass_through),
      cmocka_unit_test(accept_certificate),
      cmocka_unit_test(accepted_by_name),
      cmocka_unit_test(cures),
      cmocka_unit_test(one_that_was_not_shown),
      cmocka_unit_test(nothing_was_asked),
      cmocka_unit_test(what_a_tunnel_offers),
      cmocka_unit_test(only_https_passes),
      cmocka_unit_test(what_it_waits_for),
      cmocka_unit_test(times_of_a_rejected_tunnel),
      cmocka_unit_test(in_the_log),
      cmocka_unit_test(curl_copy),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
