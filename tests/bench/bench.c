/* make bench: weir beside others, in rounds that take turns. `bench NAME...` runs some scenarios only. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench.h"

static struct peer origin;

/* ---- weir, relay and nginx under the same load ---- */

enum { WEIR, RELAY, NGINX, PEERS };

struct contest {
  const char *title;
  struct load load;
  struct peer peer[PEERS];
  struct series rate[PEERS], cpu[PEERS], latency[PEERS], direct;
  uint64_t asked, bytes; /* of weir, to compare with its record */
  char why[160];
};

static bool contest_open(struct contest *c, const char *const *extra) {
  print_title(c->title);
  bool ok = peer_weir(&c->peer[WEIR], extra) && peer_relay(&c->peer[RELAY], origin.port) &&
            peer_nginx(&c->peer[NGINX], origin.port);
  if (!ok)
    snprintf(c->why, sizeof c->why, "weir or nginx did not start");
  return ok;
}

static bool measure(struct contest *c, int who, bool keep) {
  struct load_result r;
  struct load load = c->load;
  load.port = c->peer[who].port;
  load.origin_port = origin.port;
  double cpu = peer_cpu(&c->peer[who]);
  load_run(&load, &r);
  cpu = peer_cpu(&c->peer[who]) - cpu;
  if (who == WEIR) {
    c->asked += r.requests;
    c->bytes += r.body_bytes;
  }
  if (!r.ok) {
    snprintf(c->why, sizeof c->why, "%s: %s", c->peer[who].name, r.why);
    return false;
  }
  if (keep) {
    series_add(&c->rate[who], (double)r.requests / r.seconds);
    series_add(&c->cpu[who], cpu / (double)r.requests * 1e6);
    series_add(&c->latency[who], r.median_us);
  }
  return true;
}

static bool measure_direct(struct contest *c, bool keep) {
  struct load_result r;
  struct load load = c->load;
  load.port = load.origin_port = origin.port;
  load_run(&load, &r);
  if (!r.ok)
    snprintf(c->why, sizeof c->why, "origin: %s", r.why);
  else if (keep)
    series_add(&c->direct, r.median_us);
  return r.ok;
}

/* One round to warm up, then those that count. Who begins changes with each round. */
static bool contest_run(struct contest *c, bool direct) {
  for (int round = 0; round <= ROUNDS; round++) {
    c->load.source = (uint8_t)(10 + round);
    if (direct && !measure_direct(c, round > 0))
      return false;
    for (int i = 0; i < PEERS; i++)
      if (!measure(c, (i + round) % PEERS, round > 0))
        return false;
  }
  return true;
}

/* False, with the reason: what weir recorded is not what was asked. */
static bool contest_close(struct contest *c) {
  struct recorded r = peer_stop(&c->peer[WEIR]);
  peer_stop(&c->peer[RELAY]);
  peer_stop(&c->peer[NGINX]);
  if (c->why[0])
    return false;
  /* wait_for_port() connects once without a request: that is no flow */
  if (!r.told || r.flows != c->asked || r.body_bytes != c->bytes) {
    snprintf(c->why, sizeof c->why, "%llu requests with %llu bytes were sent, %llu with %llu recorded",
             (unsigned long long)c->asked, (unsigned long long)c->bytes, (unsigned long long)r.flows,
             (unsigned long long)r.body_bytes);
    return false;
  }
  return true;
}

static bool contest(struct contest *c, const char *const *extra, bool direct) {
  bool ok = contest_open(c, extra) && contest_run(c, direct);
  return contest_close(c) && ok;
}

static void print_rates(const struct contest *c, const char *unit, double scale) {
  for (int i = 0; i < PEERS; i++) {
    struct series s = c->rate[i];
    for (unsigned j = 0; j < s.n; j++)
      s.v[j] *= scale;
    print_series(c->peer[i].name, &s, unit);
  }
}

static void verdict_rate(const struct contest *c, double target) {
  struct summary weir = series_summary(&c->rate[WEIR]), relay = series_summary(&c->rate[RELAY]);
  print_verdict("weir / relay", weir.median / relay.median, true, target, "", weir.steady && relay.steady);
}

static void verdict_cpu(const struct contest *c) {
  struct summary weir = series_summary(&c->cpu[WEIR]), nginx = series_summary(&c->cpu[NGINX]);
  print_series("weir, processor a request", &c->cpu[WEIR], "us");
  print_series("nginx, processor a request", &c->cpu[NGINX], "us");
  print_verdict("processor time, weir / nginx", weir.median / nginx.median, false, 1.25, "",
                weir.steady && nginx.steady);
}

static void keep_alive(unsigned connections, unsigned requests) {
  char title[80];
  snprintf(title, sizeof title, "Keep-alive, 1 KB bodies, %u connections", connections);
  struct contest c = {.title = title, .load = {.connections = connections, .requests = requests, .size = 1024}};
  if (!contest(&c, NULL, false)) {
    print_no_figure("weir / relay", c.why);
    return;
  }
  print_rates(&c, "req/s", 1);
  verdict_rate(&c, 0.75);
  verdict_cpu(&c);
}

static void keep_alive_32(void) {
  keep_alive(32, 15000);
}
static void keep_alive_256(void) {
  keep_alive(256, 15000);
}

static void reconnect(void) {
  struct contest c = {.title = "A connection for each request, 1 KB bodies, 32 at a time",
                      .load = {.connections = 32, .requests = 4000, .size = 1024, .reconnect = true}};
  if (!contest(&c, NULL, false)) {
    print_no_figure("weir / relay", c.why);
    return;
  }
  print_rates(&c, "req/s", 1);
  verdict_rate(&c, 0.8);
}

static void latency(void) {
  struct contest c = {.title = "Latency that is added, one connection, 1 KB bodies",
                      .load = {.connections = 1, .requests = 4000, .size = 1024}};
  if (!contest(&c, NULL, true)) {
    print_no_figure("added by weir", c.why);
    return;
  }
  struct summary direct = series_summary(&c.direct), weir = series_summary(&c.latency[WEIR]),
                 nginx = series_summary(&c.latency[NGINX]);
  print_series("origin, direct", &c.direct, "us");
  for (int i = 0; i < PEERS; i++)
    print_series(c.peer[i].name, &c.latency[i], "us");
  double target = nginx.median - direct.median + 8;
  print_verdict("added by weir (target: by nginx + 8 us)", weir.median - direct.median, false, target, "us",
                direct.steady && weir.steady && nginx.steady);
}

static void large(void) {
  struct contest c = {.title = "1 MB bodies, 8 connections",
                      .load = {.connections = 8, .requests = 400, .size = 1 << 20}};
  if (!contest(&c, NULL, false)) {
    print_no_figure("weir / relay", c.why);
    return;
  }
  print_rates(&c, "MB/s", 1.048576);
  verdict_rate(&c, 0.85);
}

/* ---- weir alone ---- */

#define IDLE_STEPS 4

struct idle {
  struct peer weir;
  int *fd;
  size_t n;
};

static bool idle_grow(struct idle *idle, size_t to) {
  while (idle->n < to) {
    int fd = load_connect(idle->weir.port, (uint8_t)(100 + idle->n / 5000));
    if (fd < 0)
      return false;
    idle->fd[idle->n++] = fd;
  }
  /* The listener has taken them all when a request on a connection made after them is answered. */
  uint64_t flows;
  return peer_ask_flows(&idle->weir, &flows);
}

static bool idle_measure(struct idle *idle, struct series *out, uint64_t *asked) {
  struct load load = {
      .port = idle->weir.port, .origin_port = origin.port, .connections = 1, .requests = 1500, .size = 1024};
  struct load_result r;
  load_run(&load, &r);
  *asked += r.requests;
  if (out)
    series_add(out, r.median_us);
  return r.ok;
}

static void idle_close(struct idle *idle) {
  while (idle->n)
    close(idle->fd[--idle->n]);
}

/* weir keeps a descriptor for the server of each client, and some for itself: more clients than that it leaves waiting. */
static size_t idle_most(void) {
  struct rlimit limit;
  return getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur < 1000 ? 0 : (size_t)(limit.rlim_cur - 600) / 2;
}

static void idle(void) {
  size_t steps[IDLE_STEPS] = {0, 1000, 5000, 9900}, most = idle_most(), all = steps[IDLE_STEPS - 1];
  static const char *const extra[] = {"--timeout-head", "0", "--timeout-idle", "0", NULL};
  struct idle idle = {.fd = calloc(10000, sizeof(int))};
  struct series latency[IDLE_STEPS] = {{{0}, 0}};
  double memory = 0;
  uint64_t asked = 0;
  print_title("A lone client beside idle connections, and what each of them takes");
  if (most < all)
    printf("  the limit of descriptors leaves room for %zu connections\n", most);
  if (most < all)
    steps[IDLE_STEPS - 1] = all = most;
  bool ok = idle.fd && all > steps[IDLE_STEPS - 2] && peer_weir(&idle.weir, extra);
  for (int round = 0; ok && round <= ROUNDS; round++) {
    uint64_t before = 0;
    for (int i = 0; ok && i < IDLE_STEPS; i++) {
      ok = idle_grow(&idle, steps[i]) && (round > 0 || idle_measure(&idle, NULL, &asked)) &&
           idle_measure(&idle, round > 0 ? &latency[i] : NULL, &asked);
      if (i == 0)
        before = peer_rss(&idle.weir);
    }
    if (round == 0) /* memory of the first time: later the allocator has it at hand already */
      memory = ((double)peer_rss(&idle.weir) - (double)before) / (double)all;
    idle_close(&idle);
  }
  peer_stop(&idle.weir);
  free(idle.fd);
  if (!ok) {
    print_no_figure("lone client",
                    all > steps[IDLE_STEPS - 2] ? "a connection failed" : "the descriptor limit is too low");
    return;
  }
  for (int i = 0; i < IDLE_STEPS; i++) {
    char name[64];
    snprintf(name, sizeof name, "beside %zu", steps[i]);
    print_series(name, &latency[i], "us");
  }
  for (int i = 1; i < IDLE_STEPS; i++) {
    char name[64];
    struct series ratio = {{0}, 0}; /* of what was measured within one round, a second or two apart */
    for (unsigned round = 0; round < latency[i].n; round++)
      series_add(&ratio, latency[i].v[round] / latency[0].v[round]);
    snprintf(name, sizeof name, "beside %zu / alone", steps[i]);
    print_verdict_all(name, &ratio, 1.5, "");
  }
  /* The flows of the lone client are recorded meanwhile; they are small beside the connections, and count against
   * weir. */
  print_verdict("memory for each idle connection", memory / 1024, false, 4, "KB", true);
}

static void start(void) {
  static const char *const name[] = {"without a screen", "with the screen"};
  struct series accept_ms[2] = {{{0}, 0}}, memory[2] = {{{0}, 0}};
  print_title("From exec to the first accepted connection, and memory at rest");
  for (int i = 0; i < 2 * 2 * ROUNDS; i++) {
    struct peer weir;
    int who = i % 2;
    if (!(who ? peer_weir_screen(&weir) : peer_weir(&weir, NULL)) || !peer_answers(&weir)) {
      print_no_figure("first accept", "weir did not start");
      return;
    }
    series_add(&accept_ms[who], weir.accept_s * 1e3);
    series_add(&memory[who], (double)peer_rss(&weir) / (1 << 20));
    peer_stop(&weir);
  }
  for (int i = 0; i < 2; i++) {
    printf(" %s\n", name[i]);
    print_series("first accept", &accept_ms[i], "ms");
    print_series("memory at rest", &memory[i], "MB");
    print_verdict_all("first accept", &accept_ms[i], 10, "ms");
    print_verdict_all("memory at rest", &memory[i], i ? 12 : 8, "MB");
  }
}

static void per_flow(void) {
  static const char *const extra[] = {"--memory", "1G", "--flows", "1000000", NULL};
  struct peer weir;
  struct load load = {.origin_port = origin.port, .connections = 16, .requests = 1000, .size = 1024};
  struct load_result first, r;
  print_title("What a recorded flow takes beyond its own bytes");
  if (!peer_weir(&weir, extra)) {
    print_no_figure("a recorded flow", "weir did not start");
    return;
  }
  load.port = weir.port;
  load_run(&load, &first); /* buffers and pools are there now */
  double before = (double)peer_rss(&weir);
  load.requests = 50000;
  load_run(&load, &r);
  double grown = (double)peer_rss(&weir) - before, own = (double)(r.sent_bytes + r.received_bytes);
  struct recorded rec = peer_stop(&weir);
  if (!first.ok || !r.ok || !rec.told || rec.flows != first.requests + r.requests) {
    print_no_figure("a recorded flow", "the record does not hold what was sent");
    return;
  }
  printf("  heads and body                 %10.4g bytes; in memory %.4g\n", own / (double)r.requests,
         grown / (double)r.requests);
  print_verdict("a recorded flow, beyond its bytes", (grown - own) / (double)r.requests, false, 1024, "B", true);
}

static void screen(void) {
  struct peer weir[2];
  struct series rate[2] = {{{0}, 0}, {{0}, 0}};
  uint64_t asked = 0, flows = 0;
  bool ok = peer_weir(&weir[0], NULL);
  print_title("With the screen drawing, 1 KB bodies, 32 connections");
  ok = peer_weir_screen(&weir[1]) && ok;
  for (int round = 0; ok && round <= ROUNDS; round++)
    for (int i = 0; ok && i < 2; i++) {
      int who = (i + round) % 2;
      struct load load = {
          .port = weir[who].port, .origin_port = origin.port, .connections = 32, .requests = 15000, .size = 1024};
      struct load_result r;
      load_run(&load, &r);
      ok = r.ok;
      asked += who == 1 ? r.requests : 0;
      if (round > 0)
        series_add(&rate[who], (double)r.requests / r.seconds);
    }
  bool counted =
      ok && peer_ask_flows(&weir[1], &flows) && (flows == asked || flows == asked + 1); /* its own page may count */
  peer_stop(&weir[0]);
  peer_stop(&weir[1]);
  if (!counted) {
    print_no_figure("with the screen / headless",
                    ok ? "the record does not hold what was sent" : "weir did not start, or failed");
    return;
  }
  print_series("headless", &rate[0], "req/s");
  print_series("with the screen", &rate[1], "req/s");
  struct summary a = series_summary(&rate[0]), b = series_summary(&rate[1]);
  print_verdict("with the screen / headless", b.median / a.median, true, 0.9, "", a.steady && b.steady);
}

static void the_hand(void) {
  hand(origin.port);
}

static void the_rules(void) {
  rules_cost(origin.port);
}
static void the_rules_in_time(void) {
  rules_time(origin.port);
}

static const struct {
  const char *name;
  void (*run)(void);
} scenarios[] = {{"keep-alive-32", keep_alive_32},
                 {"keep-alive-256", keep_alive_256},
                 {"reconnect", reconnect},
                 {"latency", latency},
                 {"large", large},
                 {"idle", idle},
                 {"start", start},
                 {"flow", per_flow},
                 {"screen", screen},
                 {"hand", the_hand},
                 {"rules", the_rules},
                 {"rules-time", the_rules_in_time},
                 {"tls-keep-alive", tls_keep_alive},
                 {"tls-warm", tls_warm},
                 {"tls-new-host", tls_new_host},
                 {"tls-first-request", tls_first_request}};

static bool wanted(const char *name, int argc, char **argv) {
  for (int i = 1; i < argc; i++)
    if (strcmp(argv[i], name) == 0)
      return true;
  return argc < 2;
}

int main(int argc, char **argv) {
  struct rlimit limit;
  signal(SIGPIPE, SIG_IGN);
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  if (!peer_origin(&origin, NULL))
    return 1;
  printf("%d rounds that take turns, after one to warm up; medians. A spread above %.0f %% is unsteady.\n", ROUNDS,
         SPREAD_MAX * 100);
  double began = seconds_now();
  for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++)
    if (wanted(scenarios[i].name, argc, argv))
      scenarios[i].run();
  print_total();
  printf("%.0f s\n", seconds_now() - began);
  tls_lab_close();
  peer_stop(&origin);
  return 0;
}
