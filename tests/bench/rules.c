/* What rules cost that do not match, and one that does; how well throttle and delay keep to what they say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

enum { RULES_NONE, RULES_10, RULES_100, RULES_1000, RULES_EDIT, KINDS };

static const struct {
  const char *name;
  unsigned n;
  bool edits;
} kinds[KINDS] = {{"no rules", 0, false},
                  {"10 that do not match", 10, false},
                  {"100 that do not match", 100, false},
                  {"1,000 that do not match", 1000, false},
                  {"1 that edits a header", 0, true}};

/* Half of them look at the host, half at the path: none is ever asked for here. */
static bool write_rules(const char *path, unsigned n, bool edits) {
  FILE *f = fopen(path, "w");
  if (!f)
    return false;
  for (unsigned i = 0; i < n; i++)
    fprintf(f, i % 2 ? "path:/api/v%u/users => set X-Debug: %u\n" : "host:shop-%u.example => set X-Debug: %u\n", i, i);
  if (edits)
    fputs("path:/b/ => set X-Debug: 1\n", f);
  return fclose(f) == 0;
}

static bool start(struct peer *p, const char *folder, int kind) {
  char path[PEER_FOLDER + 16];
  snprintf(path, sizeof path, "%s/%d.rules", folder, kind);
  const char *extra[] = {"--rules", path, NULL};
  return write_rules(path, kinds[kind].n, kinds[kind].edits) && peer_weir(p, extra);
}

static bool round_of(struct peer *p, uint16_t origin, struct series *rate, struct series *cpu) {
  struct load load = {.port = p->port, .origin_port = origin, .connections = 32, .requests = 10000, .size = 1024};
  struct load_result r;
  double before = peer_cpu(p);
  load_run(&load, &r);
  double spent = peer_cpu(p) - before;
  if (r.ok && rate) {
    series_add(rate, (double)r.requests / r.seconds);
    series_add(cpu, spent / (double)r.requests * 1e6);
  }
  return r.ok;
}

void rules_cost(uint16_t origin) {
  struct peer peer[KINDS] = {{0}};
  struct series rate[KINDS] = {{{0}, 0}}, cpu[KINDS] = {{{0}, 0}};
  char folder[PEER_FOLDER];
  print_title("Rules, keep-alive, 1 KB bodies, 32 connections");
  bool ok = folder_new(folder, sizeof folder);
  for (int i = 0; ok && i < KINDS; i++)
    ok = start(&peer[i], folder, i);
  for (int round = 0; ok && round <= ROUNDS; round++)
    for (int i = 0; ok && i < KINDS; i++) {
      int who = (i + round) % KINDS;
      ok = round_of(&peer[who], origin, round ? &rate[who] : NULL, &cpu[who]);
    }
  for (int i = 0; i < KINDS; i++)
    if (peer[i].pid)
      peer_stop(&peer[i]);
  folder_remove(folder);
  if (!ok) {
    print_no_figure("with rules / without", "weir did not start, or failed");
    return;
  }
  for (int i = 0; i < KINDS; i++) {
    print_series(kinds[i].name, &rate[i], "req/s");
    print_series("  processor a request", &cpu[i], "us");
  }
  struct summary none = series_summary(&rate[RULES_NONE]), hundred = series_summary(&rate[RULES_100]);
  struct summary none_cpu = series_summary(&cpu[RULES_NONE]), hundred_cpu = series_summary(&cpu[RULES_100]);
  print_verdict("100 rules / none", hundred.median / none.median, true, 0.9, "", hundred.steady && none.steady);
  struct summary many_cpu = series_summary(&cpu[RULES_1000]);
  print_verdict("processor time, 100 rules / none", hundred_cpu.median / none_cpu.median, false, 1.1, "",
                hundred_cpu.steady && none_cpu.steady);
  print_verdict("processor time, 1,000 rules / none", many_cpu.median / none_cpu.median, false, 1.1, "",
                many_cpu.steady && none_cpu.steady);
}

/* ---- throttle and delay ---- */

#define RATE      100000 /* bytes a second */
#define THROTTLED 1000000
#define BESIDE    200000 /* bytes of those that others are measured beside */
#define FLOWS     8      /* so many of them */
#define DELAY_MS  50
#define DELAYED   2000 /* bytes of the bodies whose requests are delayed: the rule knows them by that */

static bool throttled(const struct peer *p, uint16_t origin, unsigned flows, unsigned size, double *seconds) {
  struct load load = {.port = p->port, .origin_port = origin, .connections = flows, .requests = flows, .size = size};
  struct load_result r;
  load_run(&load, &r);
  *seconds = r.seconds;
  return r.ok;
}

static bool delayed(const struct peer *p, uint16_t origin, struct series *off_ms) {
  struct load load = {.port = p->port, .origin_port = origin, .connections = 1, .requests = 20, .size = DELAYED};
  struct load_result r;
  load_run(&load, &r);
  if (r.ok)
    series_add(off_ms, r.median_us / 1e3 - DELAY_MS);
  return r.ok;
}

/* Of those that no rule is for. */
static bool others(const struct peer *p, uint16_t origin, struct load_result *r) {
  struct load load = {.port = p->port, .origin_port = origin, .connections = 16, .requests = 6000, .size = 1024};
  load_run(&load, r);
  return r->ok;
}

/* The same while throttled flows run, which are fetched by a process of their own. All of them must outlast it. */
static bool others_beside(const struct peer *p, uint16_t origin, struct load_result *r) {
  double seconds;
  int status = 1;
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0)
    _exit(throttled(p, origin, FLOWS, BESIDE, &seconds) ? 0 : 1);
  double began = seconds_now();
  bool ok = pid > 0 && others(p, origin, r) && seconds_now() - began < (double)BESIDE / RATE;
  if (pid > 0)
    waitpid(pid, &status, 0);
  return ok && status == 0;
}

/* What a round is without and with throttled flows, as a share of one just before it. Whatever else the machine does moves
 * both, so that the one says how far the other can be believed. */
struct compared {
  struct series rate, p50, p99;
};

static void compare(struct compared *c, const struct load_result *now, const struct load_result *before) {
  series_add(&c->rate, before->seconds / now->seconds);
  series_add(&c->p50, now->median_us / before->median_us);
  series_add(&c->p99, now->p99_us / before->p99_us);
}

static void print_compared(const char *what, const struct series *with, const struct series *without, bool at_least,
                           double target) {
  double w = series_summary(with).median, c = series_summary(without).median;
  printf("  %-30s %8.3f of the round before, without them %.3f\n", what, w, c);
  print_verdict(what, w / c, at_least, target, "", c > 0.9 && c < 1.1);
}

static bool beside_throttled(const struct peer *p, uint16_t origin) {
  struct compared with = {{{0}, 0}, {{0}, 0}, {{0}, 0}}, without = with;
  struct load_result before, now;
  for (int i = 0; i <= ROUNDS; i++) {
    if (!others(p, origin, &before) || !others(p, origin, &now))
      return false;
    if (i)
      compare(&without, &now, &before);
    if (!others(p, origin, &before) || !others_beside(p, origin, &now))
      return false;
    if (i)
      compare(&with, &now, &before);
  }
  printf("  others beside %d throttled flows, and without\n", FLOWS);
  print_compared("requests a second", &with.rate, &without.rate, true, 0.9);
  print_compared("latency, median", &with.p50, &without.p50, false, 1.1);
  print_compared("latency, 99 of 100", &with.p99, &without.p99, false, 1.25);
  return true;
}

void rules_time(uint16_t origin) {
  static const char *const extra[] = {"--rule", "path:/b/1000000 | path:/b/200000 => throttle down 100000", "--rule",
                                      "path:/b/2000 => delay 50ms", NULL};
  struct peer p;
  struct series off_ms = {{0}, 0};
  double seconds = 0;
  print_title("Throttled to 100,000 bytes a second for ten seconds; others beside some such; a delay of 50 ms");
  bool ok = peer_weir(&p, extra);
  for (int i = 0; ok && i < ROUNDS; i++)
    ok = delayed(&p, origin, &off_ms);
  ok = ok && throttled(&p, origin, 1, THROTTLED, &seconds);
  if (ok) {
    double off = THROTTLED / seconds / RATE;
    printf("  %d bytes in %.3f s\n", THROTTLED, seconds);
    print_verdict("rate / asked for, at most", off, false, 1.05, "", true);
    print_verdict("rate / asked for, at least", off, true, 0.95, "", true);
    print_series("delay, beyond 50 ms", &off_ms, "ms");
    print_verdict_all("delay, beyond 50 ms", &off_ms, 5, "ms");
    ok = beside_throttled(&p, origin);
  }
  peer_stop(&p);
  if (!ok)
    print_no_figure("throttled", "weir did not start, a request failed, or others took too long");
}
