/*
 * The speed of the hand: a terminal, keys pressed in it, and the time until the screen is quiet again, as a person
 * would feel it; with 100,000 flows in the list, at rest and while requests pass. tig and htop beside, where they are.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define FLOWS    100000u
#define KEYS     400
#define QUIET    0.004 /* seconds without a byte: the screen has settled */
#define NO_PAINT 0.25  /* a key that changes nothing paints nothing */

struct hand {
  struct peer peer;
  int master;
  uint64_t bytes;
};

static bool hand_start(struct hand *h, const char *const *argv) {
  struct winsize size = {.ws_row = 36, .ws_col = 120};
  fflush(stdout);
  h->bytes = 0;
  h->peer.pid = forkpty(&h->master, NULL, NULL, &size);
  if (h->peer.pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setenv("TERM", "xterm-256color", 1);
    setenv("LANG", "C.UTF-8", 1);
    execvp(argv[0], (char *const *)argv);
    _exit(127);
  }
  return h->peer.pid > 0 && fcntl(h->master, F_SETFL, O_NONBLOCK) == 0;
}

static void hand_end(struct hand *h) {
  kill(h->peer.pid, SIGTERM);
  for (int i = 0; i < 200; i++) {
    char bytes[65536];
    if (waitpid(h->peer.pid, NULL, WNOHANG) == h->peer.pid) {
      close(h->master);
      return;
    }
    struct pollfd p = {h->master, POLLIN, 0};
    poll(&p, 1, 10);
    if (read(h->master, bytes, sizeof bytes) == 0)
      usleep(1000);
  }
  kill(h->peer.pid, SIGKILL);
  waitpid(h->peer.pid, NULL, 0);
  close(h->master);
}

/* Reads what comes within `seconds`; false: nothing. */
static bool hand_read(struct hand *h, double seconds) {
  char bytes[65536];
  struct pollfd p = {h->master, POLLIN, 0};
  struct timespec wait = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
  if (ppoll(&p, 1, &wait, NULL) <= 0)
    return false;
  ssize_t n = read(h->master, bytes, sizeof bytes);
  if (n <= 0)
    return false;
  h->bytes += (uint64_t)n;
  return true;
}

/* Until nothing comes for a while; seconds to the last byte, -1 when none came. */
static double hand_settle(struct hand *h, double first, double quiet) {
  double began = seconds_now(), last = -1;
  while (hand_read(h, last < 0 ? first : quiet))
    last = seconds_now() - began;
  return last;
}

static bool hand_press(struct hand *h, const char *keys) {
  return write(h->master, keys, strlen(keys)) == (ssize_t)strlen(keys);
}

/* ---- keys ---- */

struct keys {
  double ms[KEYS];
  unsigned n;
  uint64_t bytes, most_bytes;
};

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Walks up and down a list. `first`: how long a paint may let one wait; others' traffic paints too, so that the first
 * paint after the key is the one that counts then. */
static void walk(struct hand *h, struct keys *k, const char *const *names, unsigned n, bool busy) {
  memset(k, 0, sizeof *k);
  for (unsigned i = 0; i < KEYS; i++) {
    const char *name = names[(i * 7 + i / 5) % n];
    while (hand_read(h, 0))
      ;
    uint64_t before = h->bytes;
    double began = seconds_now();
    if (!hand_press(h, name))
      return;
    double took = busy ? (hand_read(h, NO_PAINT) ? seconds_now() - began : -1) : hand_settle(h, NO_PAINT, QUIET);
    if (took < 0)
      continue; /* at the end of the list */
    k->ms[k->n++] = took * 1e3;
    k->bytes += h->bytes - before;
    k->most_bytes = h->bytes - before > k->most_bytes ? h->bytes - before : k->most_bytes;
  }
  qsort(k->ms, k->n, sizeof k->ms[0], compare);
}

static void print_keys(const char *title, const struct keys *k) {
  if (!k->n) {
    printf("  %-34s no figure: no key painted\n", title);
    return;
  }
  printf("  %-34s p50 %7.3f ms  p99 %7.3f ms  max %7.3f ms  %llu bytes a key, most %llu  (%u keys)\n", title,
         k->ms[k->n / 2], k->ms[k->n * 99 / 100], k->ms[k->n - 1], (unsigned long long)(k->bytes / k->n),
         (unsigned long long)k->most_bytes, k->n);
  fflush(stdout);
}

static const char *const list_keys[] = {"j", "k", "\033[6~", "\033[5~", "j", "\004", "\025"};

/* ---- load ---- */

/* Requests from a process of its own, so many a second; 0: as fast as they go. */
static pid_t load_beside(uint16_t port, uint16_t origin, unsigned requests, unsigned a_second) {
  fflush(stdout);
  pid_t pid = fork();
  if (pid != 0)
    return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  struct load_result r = {.ok = true};
  double began = seconds_now();
  unsigned batch = a_second ? a_second / 50 : requests;
  for (unsigned done = 0; done < requests && r.ok; done += batch) {
    struct load load = {.port = port, .origin_port = origin, .connections = 16, .requests = batch, .size = 100};
    load_run(&load, &r);
    double due = a_second ? began + (double)(done + batch) / a_second : 0;
    if (due > seconds_now())
      usleep((useconds_t)((due - seconds_now()) * 1e6));
  }
  _exit(r.ok ? 0 : 1);
}

static bool fill(struct hand *h, uint16_t origin) {
  int status = 1;
  pid_t pid = load_beside(h->peer.port, origin, FLOWS, 0);
  while (waitpid(pid, &status, WNOHANG) == 0)
    hand_read(h, 0.01);
  hand_settle(h, 0.2, 0.2);
  return status == 0;
}

/* Bursts of output in a second: paints that traffic causes. */
static double paints_a_second(struct hand *h, double seconds) {
  double began = seconds_now();
  unsigned bursts = 0;
  while (seconds_now() - began < seconds)
    if (hand_read(h, 0.05)) {
      bursts++;
      while (hand_read(h, 0.003))
        ;
    }
  return bursts / seconds;
}

/* ---- scenarios ---- */

static bool weir_hand(struct hand *h, double *first_paint) {
  static char folder[PEER_FOLDER];
  char listen[16];
  const char *weir = getenv("WEIR") ? getenv("WEIR") : "build/weir";
  h->peer = (struct peer){.name = "weir", .err = -1, .port = free_port()};
  snprintf(listen, sizeof listen, "%u", h->peer.port);
  if (!folder[0] && !folder_new(folder, sizeof folder))
    return false;
  const char *const argv[] = {weir, "--listen", listen, "--confdir", folder, NULL};
  double began = seconds_now();
  if (!hand_start(h, argv) || !hand_read(h, 5))
    return false;
  while (hand_read(h, 0.002)) /* the first frame, to its end */
    ;
  *first_paint = seconds_now() - began - 0.002;
  hand_settle(h, 0.3, 0.2);
  return true;
}

static void beside(const char *name, const char *const *argv, const char *const *names, unsigned n) {
  struct hand h = {.master = -1};
  struct keys k;
  if (!hand_start(&h, argv) || !hand_read(&h, 5)) {
    printf("  %-34s not installed\n", name);
    if (h.peer.pid > 0)
      hand_end(&h);
    return;
  }
  hand_settle(&h, 0.5, 0.5);
  walk(&h, &k, names, n, false);
  print_keys(name, &k);
  hand_end(&h);
}

static void filter_time(struct hand *h) {
  struct series s = {{0}, 0};
  for (int i = 0; i < 7; i++) {
    char text[32];
    hand_press(h, "f");
    hand_settle(h, 0.2, 0.02);
    snprintf(text, sizeof text, "\025nothing-is-cal");
    hand_press(h, text);
    hand_settle(h, 0.2, 0.3);
    double took = (hand_press(h, "\025/x"), hand_settle(h, 0.5, 0.03));
    hand_press(h, "\033");
    hand_settle(h, 0.2, 0.3);
    if (took >= 0)
      series_add(&s, took * 1e3);
  }
  print_series("a filter on heads typed", &s, "ms");
  print_verdict_all("filter over 100,000 flows", &s, 100, "ms");
}

static void one(const char *what, double value, double target, const char *unit) {
  print_verdict(what, value, false, target, unit, true);
}

void hand(uint16_t origin) {
  struct hand h = {.master = -1};
  struct keys rest, busy;
  struct series paint = {{0}, 0};
  double first;
  print_title("The hand: keys in a terminal of 120x36, 100,000 flows");
  for (int i = 0; i < 7; i++) {
    if (!weir_hand(&h, &first)) {
      print_no_figure("keys", "weir did not start");
      return;
    }
    series_add(&paint, first * 1e3);
    if (i < 6)
      hand_end(&h);
  }
  print_series("first paint", &paint, "ms");
  print_verdict_all("first paint", &paint, 30, "ms");
  one("memory at rest", (double)peer_rss(&h.peer) / 1e6, 12, "MB");
  double cpu = peer_cpu(&h.peer);
  hand_settle(&h, 3, 3);
  one("processor time of 3 s at rest", (peer_cpu(&h.peer) - cpu) * 1e3, 0.5, "ms");
  if (!fill(&h, origin)) {
    print_no_figure("keys", "the flows did not pass");
    hand_end(&h);
    return;
  }
  hand_press(&h, "\033[5~"); /* stop following */
  hand_settle(&h, 0.2, 0.2);
  walk(&h, &rest, list_keys, sizeof list_keys / sizeof *list_keys, false);
  print_keys("weir, at rest", &rest);
  filter_time(&h);
  pid_t load = load_beside(h.peer.port, origin, 5000 * 12, 5000);
  hand_settle(&h, 0.2, 0.01);
  walk(&h, &busy, list_keys, sizeof list_keys / sizeof *list_keys, true);
  print_keys("weir, 5,000 requests a second", &busy);
  double paints = paints_a_second(&h, 3);
  kill(load, SIGKILL);
  waitpid(load, NULL, 0);
  if (rest.n && busy.n) {
    one("key to quiet screen, median", rest.ms[rest.n / 2], 2, "ms");
    one("key to quiet screen, p99", rest.ms[rest.n * 99 / 100], 16, "ms");
    one("key to paint under load, median", busy.ms[busy.n / 2], 2, "ms");
    one("key to paint under load, p99", busy.ms[busy.n * 99 / 100], 16, "ms");
    one("bytes a key to the terminal", (double)rest.bytes / rest.n, 1024, "B");
  }
  one("paints a second under load", paints, 30.5, "");
  hand_end(&h);
  static const char *const tig[] = {"tig", NULL}, *const htop[] = {"htop", NULL};
  static const char *const walking[] = {"j", "k", "\033[B", "\033[A"}, *const arrows[] = {"\033[B", "\033[A"};
  beside("tig, this repository", tig, walking, 4);
  beside("htop", htop, arrows, 2);
}
