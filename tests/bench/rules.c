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
  print_verdict("processor time, 100 rules / none", hundred_cpu.median / none_cpu.median, false, 1.1, "",
                hundred_cpu.steady && none_cpu.steady);
}

/* ---- throttle and delay ---- */

#define RATE      100000 /* bytes a second */
#define THROTTLED 1000000
#define DELAY_MS  50
#define DELAYED   2000 /* bytes of the bodies whose requests are delayed: the rule knows them by that */

static bool one_throttled(const struct peer *p, uint16_t origin, double *seconds) {
  struct load load = {.port = p->port, .origin_port = origin, .connections = 1, .requests = 1, .size = THROTTLED};
  struct load_result r;
  load_run(&load, &r);
  *seconds = r.seconds;
  return r.ok;
}

/* In a process of its own, so that others can be measured meanwhile; -1: it did not start. */
static pid_t throttled_begin(const struct peer *p, uint16_t origin, int to[2]) {
  fflush(stdout);
  if (pipe(to) < 0)
    return -1;
  pid_t pid = fork();
  if (pid == 0) {
    double seconds = 0;
    bool ok = one_throttled(p, origin, &seconds) && write(to[1], &seconds, sizeof seconds) == sizeof seconds;
    _exit(ok ? 0 : 1);
  }
  close(to[1]);
  return pid;
}

static bool delayed(const struct peer *p, uint16_t origin, struct series *off_ms) {
  struct load load = {.port = p->port, .origin_port = origin, .connections = 1, .requests = 20, .size = DELAYED};
  struct load_result r;
  load_run(&load, &r);
  if (r.ok)
    series_add(off_ms, r.median_us / 1e3 - DELAY_MS);
  return r.ok;
}

void rules_time(uint16_t origin) {
  static const char *const extra[] = {"--rule", "path:/b/1000000 => throttle down 100000", "--rule",
                                      "path:/b/2000 => delay 50ms", NULL};
  struct peer p;
  struct series alone = {{0}, 0}, beside = {{0}, 0}, cpu = {{0}, 0}, off_ms = {{0}, 0};
  double seconds = 0;
  int from[2];
  print_title("Throttled to 100,000 bytes a second for ten seconds; others beside it; a delay of 50 ms");
  bool ok = peer_weir(&p, extra) && round_of(&p, origin, NULL, NULL);
  for (int i = 0; ok && i < ROUNDS; i++)
    ok = round_of(&p, origin, &alone, &cpu) && delayed(&p, origin, &off_ms);
  pid_t child = ok ? throttled_begin(&p, origin, from) : -1;
  for (int i = 0; child > 0 && ok && i < ROUNDS; i++)
    ok = round_of(&p, origin, &beside, &cpu);
  if (child > 0) {
    ok = read(from[0], &seconds, sizeof seconds) == sizeof seconds && ok;
    close(from[0]);
    waitpid(child, NULL, 0);
  }
  peer_stop(&p);
  if (!ok || child <= 0) {
    print_no_figure("throttled", "weir did not start, or a request failed");
    return;
  }
  double off = THROTTLED / seconds / RATE;
  printf("  %d bytes in %.3f s\n", THROTTLED, seconds);
  print_verdict("rate / asked for, at most", off, false, 1.05, "", true);
  print_verdict("rate / asked for, at least", off, true, 0.95, "", true);
  print_series("delay, beyond 50 ms", &off_ms, "ms");
  print_verdict_all("delay, beyond 50 ms", &off_ms, 5, "ms");
  print_series("others, alone", &alone, "req/s");
  print_series("others, beside it", &beside, "req/s");
  struct summary a = series_summary(&alone), b = series_summary(&beside);
  print_verdict("others beside it / alone", b.median / a.median, true, 0.9, "", a.steady && b.steady);
}
