/*
 * TLS on both sides: weir beside nginx as a reverse proxy, and beside those who intercept as weir does.
 *
 * All clients do the same: TLS 1.3 with X25519 and a whole handshake each time (no session is offered, and none may be
 * resumed); servers show a P-256 leaf without its authority. What stands between differs:
 *   weir       CONNECT, a connection to the server, and a leaf for the name that was asked for; shakes hands with the
 *              server when the first request comes
 *   nginx      no CONNECT, one certificate for all names; a connection to the server when the first request comes
 *   relay      no CONNECT, passes the bytes of TLS as they are
 *   squid      CONNECT; a handshake with the server first, whose certificate it imitates
 *   mitmdump   CONNECT; the same, and its leaves are RSA
 *   sslsplit   no CONNECT; the same, RSA too
 * So in tls-warm and tls-new-host weir and nginx make one handshake each time; weir has a TCP connection to the server
 * besides, for three seconds the same, and records that nothing was asked. In tls-first-request everybody makes both
 * handshakes: nginx is told to keep and resume nothing there. The relay of tls-keep-alive has the same clients and server,
 * who speak TLS through it.
 */
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "certs.h"

#define ROUND_S      0.6
#define RIVAL_ROUNDS 3
#define MANY         1000000

/* ---- what all share ---- */

static struct tls_lab lab;
static struct peer origin, clear_origin;
static SSL_CTX *client_ctx;

static SSL_CTX *new_client_ctx(void) {
  SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
  if (!ctx)
    abort();
  SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL); /* what the benchmark itself can leave out, it does */
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_read_ahead(ctx, 1);
  return ctx;
}

static SSL_CTX *new_origin_ctx(const struct cert *leaf) {
  SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
  if (!ctx || SSL_CTX_use_certificate(ctx, leaf->x) != 1 || SSL_CTX_use_PrivateKey(ctx, leaf->key) != 1)
    abort();
  return ctx;
}

static bool lab_open(void) {
  if (origin.pid > 0)
    return true;
  if (!folder_new(lab.folder, sizeof lab.folder))
    return false;
  snprintf(lab.ca, sizeof lab.ca, "%s/ca.pem", lab.folder);
  snprintf(lab.ca_key, sizeof lab.ca_key, "%s/ca.key", lab.folder);
  snprintf(lab.leaf, sizeof lab.leaf, "%s/leaf.pem", lab.folder);
  struct cert ca = cert_make(&(struct cert_wish){.cn = "weir-bench CA", .ca = true}, NULL);
  struct cert leaf = cert_make(
      &(struct cert_wish){.cn = "origin", .san = "DNS:*." BENCH_DOMAIN ",IP:127.0.0.1", .eku = "serverAuth"}, &ca);
  const struct cert *only_ca[] = {&ca}, *only_leaf[] = {&leaf};
  cert_write(lab.ca, only_ca, 1, NULL);
  cert_write(lab.ca_key, only_ca, 0, ca.key);
  cert_write(lab.leaf, only_leaf, 1, leaf.key);
  SSL_CTX *ctx = new_origin_ctx(&leaf);
  client_ctx = new_client_ctx();
  bool ok = peer_origin(&origin, ctx) && peer_origin(&clear_origin, NULL);
  SSL_CTX_free(ctx);
  cert_clear(&leaf);
  cert_clear(&ca);
  lab.origin = origin.port;
  return ok;
}

void tls_lab_close(void) {
  if (origin.pid <= 0)
    return;
  peer_stop(&origin);
  peer_stop(&clear_origin);
  SSL_CTX_free(client_ctx);
  folder_remove(lab.folder);
}

/* ---- those who are compared ---- */

enum { WEIR, NGINX, RELAY, CLEAR_RELAY, RIVALS, MITMDUMP = RIVALS, SQUID, SSLSPLIT, ENTRANTS };

struct entrant {
  struct peer peer;
  bool tunnel;
  struct series rate, cpu; /* a second; seconds for 10,000 */
  char why[160];           /* there is no figure */
};

struct contest {
  struct load load;
  bool relays;                    /* take part */
  bool handshakes_towards_server; /* each time: nothing is kept */
  struct entrant entrant[ENTRANTS];
  uint64_t asked, bytes; /* of weir, to compare with its record */
};

static enum peer_start start(const struct contest *c, int who, struct peer *p) {
  const char *const extra[] = {"--upstream-ca", lab.ca, NULL};
  switch (who) {
  case WEIR:
    return peer_weir(p, extra) ? PEER_RUNS : PEER_FAILED;
  case NGINX:
    return peer_nginx_tls(p, &lab, !c->handshakes_towards_server);
  case RELAY:
    return peer_relay(p, origin.port) ? PEER_RUNS : PEER_FAILED;
  case CLEAR_RELAY:
    return peer_relay(p, clear_origin.port) ? PEER_RUNS : PEER_FAILED;
  case MITMDUMP:
    return peer_mitmdump(p, &lab);
  case SQUID:
    return peer_squid(p, &lab);
  default:
    return peer_sslsplit(p, &lab);
  }
}

static bool enter(struct contest *c, int who) {
  static const char *const package[ENTRANTS] = {
      [NGINX] = "nginx-light", [MITMDUMP] = "mitmproxy", [SQUID] = "squid-openssl", [SSLSPLIT] = "sslsplit"};
  struct entrant *e = &c->entrant[who];
  enum peer_start code = start(c, who, &e->peer);
  e->tunnel = who == WEIR || who == MITMDUMP || who == SQUID;
  if (who == CLEAR_RELAY)
    e->peer.name = "relay, all in clear";
  if (code == PEER_ABSENT)
    snprintf(e->why, sizeof e->why, "not installed (apt-get install %s)", package[who]);
  else if (code == PEER_FAILED)
    snprintf(e->why, sizeof e->why, "it did not start");
  return code == PEER_RUNS;
}

static bool measure(struct contest *c, int who, bool keep) {
  struct entrant *e = &c->entrant[who];
  struct load_result r;
  struct load load = c->load;
  load.port = e->peer.port;
  load.origin_port = who == CLEAR_RELAY ? clear_origin.port : origin.port;
  load.tunnel = e->tunnel;
  load.tls = who == CLEAR_RELAY ? NULL : client_ctx;
  double cpu = peer_cpu(&e->peer);
  load_run(&load, &r);
  cpu = peer_cpu(&e->peer) - cpu;
  if (who == WEIR) {
    c->asked += r.requests; /* TLS in which nothing is asked has a row too */
    c->bytes += r.body_bytes;
  }
  if (!r.ok || !r.requests) {
    snprintf(e->why, sizeof e->why, "%s", r.ok ? "nothing was answered in time" : r.why);
    return false;
  }
  if (keep) {
    series_add(&e->rate, (double)r.requests / r.seconds);
    series_add(&e->cpu, cpu / (double)r.requests * 1e4);
  }
  return true;
}

/* What weir recorded must be what was asked. */
static void leave(struct contest *c, int who) {
  struct entrant *e = &c->entrant[who];
  struct recorded r = peer_stop(&e->peer);
  if (who != WEIR || e->why[0] || (r.told && r.flows == c->asked && r.body_bytes == c->bytes))
    return;
  snprintf(e->why, sizeof e->why, "%llu requests with %llu bytes were sent, %llu with %llu recorded",
           (unsigned long long)c->asked, (unsigned long long)c->bytes, (unsigned long long)r.flows,
           (unsigned long long)r.body_bytes);
}

/* These take turns, and who begins changes with each round, after one round to warm up. */
static void run_ours(struct contest *c) {
  int n = c->relays ? RIVALS : RELAY;
  bool running[RIVALS] = {false};
  for (int i = 0; i < n; i++)
    running[i] = enter(c, i);
  for (int round = 0; round <= ROUNDS; round++) {
    c->load.source = (uint8_t)(10 + round);
    for (int i = 0; i < n; i++) {
      int who = (i + round) % n;
      running[who] = running[who] && measure(c, who, round > 0);
    }
  }
  for (int i = 0; i < n; i++)
    leave(c, i);
}

/* They are far away from the targets: a few rounds each, by themselves. */
static void run_rivals(struct contest *c) {
  for (int who = RIVALS; who < ENTRANTS; who++) {
    bool running = enter(c, who);
    for (int round = 0; running && round <= RIVAL_ROUNDS; round++) {
      c->load.source = (uint8_t)(30 + round);
      running = measure(c, who, round > 0);
    }
    leave(c, who);
  }
}

/* ---- what is printed ---- */

static bool figure(const struct entrant *e) {
  return !e->why[0] && e->rate.n > 0;
}

static double rate_of(const struct entrant *e) {
  return series_summary(&e->rate).median;
}

static void print_entrants(const struct contest *c, const char *unit) {
  for (int i = 0; i < ENTRANTS; i++)
    if (figure(&c->entrant[i]))
      print_series(c->entrant[i].peer.name, &c->entrant[i].rate, unit);
    else if (c->entrant[i].why[0])
      printf("  %-30s no figure: %s\n", c->entrant[i].peer.name, c->entrant[i].why);
  printf("  processor time for 10,000\n");
  for (int i = 0; i < ENTRANTS; i++)
    if (figure(&c->entrant[i]))
      print_series(c->entrant[i].peer.name, &c->entrant[i].cpu, "s");
}

static void verdict(const struct contest *c, const char *what, int beside, double target) {
  const struct entrant *weir = &c->entrant[WEIR], *other = &c->entrant[beside];
  if (!figure(weir) || !figure(other)) {
    print_no_figure(what, figure(weir) ? other->why : weir->why);
    return;
  }
  bool steady = series_summary(&weir->rate).steady && series_summary(&other->rate).steady;
  print_verdict(what, rate_of(weir) / rate_of(other), true, target, "", steady);
}

static void verdict_cpu(const struct contest *c) {
  const struct entrant *weir = &c->entrant[WEIR], *nginx = &c->entrant[NGINX];
  static const char what[] = "processor time, weir / nginx";
  if (!figure(weir) || !figure(nginx)) {
    print_no_figure(what, figure(weir) ? nginx->why : weir->why);
    return;
  }
  struct summary a = series_summary(&weir->cpu), b = series_summary(&nginx->cpu);
  print_verdict(what, a.median / b.median, false, 1.6, "", a.steady && b.steady);
}

/* How far the others are, in the same unit as the target; no verdict is due to them. */
static void print_others(const struct contest *c, int beside) {
  const struct entrant *base = &c->entrant[beside];
  for (int i = NGINX; i < ENTRANTS && figure(base); i++)
    if (i != beside && figure(&c->entrant[i]))
      printf("    %s / %s %.3g\n", c->entrant[i].peer.name, base->peer.name, rate_of(&c->entrant[i]) / rate_of(base));
}

static void run(struct contest *c, const char *title, const char *unit, const char *what, int beside, double target) {
  print_title(title);
  c->load.connections = 32;
  c->load.requests = MANY;
  c->load.seconds = ROUND_S;
  if (!lab_open()) {
    print_no_figure(what, "the origin did not start");
    return;
  }
  run_ours(c);
  run_rivals(c);
  print_entrants(c, unit);
  verdict(c, what, beside, target);
  print_others(c, beside);
  verdict_cpu(c);
}

void tls_keep_alive(void) {
  struct contest c = {.load = {.size = 1024}, .relays = true};
  run(&c, "Intercepted keep-alive, TLS on both sides, 1 KB bodies, 32 connections", "req/s", "weir / relay", RELAY,
      0.6);
}

void tls_warm(void) {
  struct contest c = {.load = {.reconnect = true, .handshakes = true}};
  run(&c, "Whole handshakes with a host that is known, 32 at a time", "hs/s", "weir / nginx", NGINX, 0.8);
}

void tls_new_host(void) {
  struct contest c = {.load = {.reconnect = true, .handshakes = true, .new_names = true}};
  run(&c, "Whole handshakes, a new host name each time, 32 at a time", "hs/s", "weir / nginx", NGINX, 0.5);
}

void tls_first_request(void) {
  struct contest c = {.load = {.reconnect = true, .new_names = true, .size = 1024}, .handshakes_towards_server = true};
  run(&c, "A first request to a new host, whole handshakes on both sides, 32 at a time", "req/s", "weir / nginx", NGINX,
      0.5);
}
