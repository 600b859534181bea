/*
 * Runs test programs, some at a time, and adds up what they say (TAP, which cmocka prints when asked to).
 *
 * run [-j PROGRAMS] [-t SECONDS] [-o FOLDER] [-m PART] PROGRAM...
 *
 * Each program gets a session, a home and a temporary folder of its own, no configuration and no proxy variables, and
 * its output goes to FOLDER/log/. A crash, a timeout, a test without a result and a status that no failed test explains
 * are failures. The last line is "N passed, N failed, N skipped". With CI set a skipped test fails the run.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "remove_tree.h"

#define TAIL_LINES 60
#define LINE_SHOWN 400
#define PATH_SIZE  1024
#define NAMES_MAX  512

struct program {
  const char *path;
  const char *name; /* the path below FOLDER */
  char log[PATH_SIZE];
  char home[PATH_SIZE];
  pid_t pid; /* 0: not running */
  double started, deadline;
  bool timed_out, died;
  unsigned passed, failed, skipped;
};

static struct {
  const char *folder, *part;
  unsigned at_once, seconds;
  unsigned passed, failed, skipped;
  char *failures[NAMES_MAX], *skips[NAMES_MAX];
  unsigned failures_n, skips_n;
} run = {"build/tests", NULL, 2, 120, 0, 0, 0, {NULL}, {NULL}, 0, 0};

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *what) {
  fprintf(stderr, "run: %s: %s\n", what, strerror(errno));
  exit(2);
}

static void note(char **names, unsigned *n, const struct program *p, const char *what) {
  if (*n == NAMES_MAX)
    return;
  size_t size = strlen(p->name) + strlen(what) + 3;
  char *text = malloc(size);
  if (!text)
    die("malloc");
  snprintf(text, size, "%s: %s", p->name, what);
  names[(*n)++] = text;
}

static void fail(struct program *p, const char *what) {
  p->failed++;
  note(run.failures, &run.failures_n, p, what);
}

/* ---- starting ---- */

static void make_folder(const char *path) {
  if (mkdir(path, 0700) < 0 && errno != EEXIST)
    die(path);
}

static void prepare(struct program *p) {
  size_t n = strlen(run.folder);
  p->name = strncmp(p->path, run.folder, n) == 0 && p->path[n] == '/' ? p->path + n + 1 : p->path;
  int length = snprintf(p->log, sizeof p->log, "%s/log/", run.folder);
  if (length < 0 || (size_t)length + strlen(p->name) + 5 > sizeof p->log)
    die(p->name);
  char *to = p->log + length;
  for (const char *from = p->name; *from; from++)
    *to++ = *from == '/' ? '-' : *from;
  memcpy(to, ".log", 5);
}

static void clean_environment(const struct program *p) {
  static const char *const unset[] = {"http_proxy",      "https_proxy",   "all_proxy",      "no_proxy",
                                      "HTTP_PROXY",      "HTTPS_PROXY",   "ALL_PROXY",      "NO_PROXY",
                                      "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME",
                                      "VISUAL",          "EDITOR",        "TMUX",           "NO_COLOR",
                                      "LC_ALL",          "LC_CTYPE",      "LANGUAGE",       "MAKEFLAGS",
                                      "MFLAGS",          "SSLKEYLOGFILE"};
  for (size_t i = 0; i < sizeof unset / sizeof unset[0]; i++)
    unsetenv(unset[i]);
  setenv("CMOCKA_MESSAGE_OUTPUT", "TAP", 1);
  setenv("LANG", "C.UTF-8", 1);
  setenv("TZ", "UTC", 1);
  setenv("TERM", "xterm-256color", 1);
  setenv("HOME", p->home, 1);
  setenv("TMPDIR", p->home, 1);
}

static void start(struct program *p) {
  snprintf(p->home, sizeof p->home, "/tmp/weir-test.XXXXXX");
  if (!mkdtemp(p->home))
    die(p->home);
  p->started = now();
  p->deadline = p->started + run.seconds;
  fflush(stdout);
  p->pid = fork();
  if (p->pid < 0)
    die("fork");
  if (p->pid > 0)
    return;
  setsid();
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  int in = open("/dev/null", O_RDONLY), out = open(p->log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
  if (in < 0 || out < 0)
    _exit(126);
  dup2(in, 0);
  dup2(out, 1);
  dup2(out, 2);
  close(in);
  close(out);
  clean_environment(p);
  execl(p->path, p->path, (char *)NULL);
  dprintf(2, "%s: %s\n", p->path, strerror(errno));
  _exit(127);
}

/* ---- what it said ---- */

static const char *after_number(const char *s) {
  s += strspn(s, " ");
  s += strspn(s, "0123456789");
  s += strspn(s, " ");
  if (*s == '-')
    s += 1 + strspn(s + 1, " ");
  return s;
}

static void read_line(struct program *p, const char *line, unsigned *planned) {
  bool ok = strncmp(line, "ok ", 3) == 0, bad = strncmp(line, "not ok ", 7) == 0;
  if (strncmp(line, "1..", 3) == 0)
    *planned += (unsigned)strtoul(line + 3, NULL, 10);
  if (!ok && !bad)
    return;
  const char *name = after_number(line + (ok ? 3 : 7));
  if (strncasecmp(name, "# skip", 6) == 0) {
    p->skipped++;
    note(run.skips, &run.skips_n, p, name + 6 + strspn(name + 6, " "));
  } else if (ok) {
    p->passed++;
  } else {
    fail(p, name);
  }
}

static void read_log(struct program *p, int status) {
  unsigned planned = 0, before;
  char *line = NULL, text[64];
  size_t cap = 0;
  ssize_t n;
  FILE *f = fopen(p->log, "r");
  while (f && (n = getline(&line, &cap, f)) > 0) {
    if (line[n - 1] == '\n')
      line[n - 1] = '\0';
    read_line(p, line, &planned);
  }
  free(line);
  if (f)
    fclose(f);
  before = p->failed;
  unsigned told = p->passed + p->failed + p->skipped;
  if (p->timed_out) {
    snprintf(text, sizeof text, "timed out after %u s", run.seconds);
    fail(p, text);
  } else if (WIFSIGNALED(status)) {
    p->died = true;
    snprintf(text, sizeof text, "died of signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    fail(p, text);
  } else if (WEXITSTATUS(status) != 0 && before == 0) {
    p->died = true;
    snprintf(text, sizeof text, "exit status %d though no test failed", WEXITSTATUS(status));
    fail(p, text);
  } else if (told < planned) {
    snprintf(text, sizeof text, "%u of %u tests gave no result", planned - told, planned);
    fail(p, text);
  } else if (told == 0) {
    fail(p, "reported no test");
  }
}

/* A line of the log, without what could change the terminal. */
static void show_line(const char *line) {
  fputs("    | ", stdout);
  for (const char *end = line + LINE_SHOWN; *line && line < end; line++)
    putchar(*line == '\t' || (*line >= ' ' && *line != 0x7f) || (*line & 0x80) ? *line : '?');
  putchar('\n');
}

static bool begins_result(const char *line) {
  return strncmp(line, "ok ", 3) == 0 || strncmp(line, "not ok ", 7) == 0 || strncmp(line, "1..", 3) == 0;
}

/* What belongs to each failed test: the lines before its result, back to the one before, and the comments after it.
 * Where none failed by its own word, the end of the log. */
static void show_reason(const struct program *p) {
  char **line = NULL, *next = NULL;
  size_t n = 0, cap = 0, shown = 0;
  FILE *f = fopen(p->log, "r");
  for (ssize_t got; f && (got = getline(&next, &cap, f)) > 0;) {
    if (next[got - 1] == '\n')
      next[got - 1] = '\0';
    line = realloc(line, (n + 1) * sizeof *line);
    if (!line || !(line[n++] = strdup(next)))
      die("malloc");
  }
  for (size_t i = 0; i < n; i++) {
    if (strncmp(line[i], "not ok ", 7) != 0 || strncasecmp(after_number(line[i] + 7), "# skip", 6) == 0)
      continue;
    size_t from = i, to = i + 1;
    while (from > 0 && i - from < TAIL_LINES && !begins_result(line[from - 1]))
      from--;
    while (to < n && line[to][0] == '#')
      to++;
    for (; from < to; from++, shown++)
      show_line(line[from]);
  }
  for (size_t i = n > TAIL_LINES ? n - TAIL_LINES : 0; i < n && (!shown || p->timed_out || p->died); i++)
    show_line(line[i]);
  for (size_t i = 0; i < n; i++)
    free(line[i]);
  free(line);
  free(next);
  if (f)
    fclose(f);
}

static void finish(struct program *p, int status) {
  kill(-p->pid, SIGKILL); /* what it left behind in its group */
  p->pid = 0;
  read_log(p, status);
  remove_tree(p->home);
  printf("%-6s %-36s %4u passed", p->failed ? "FAILED" : "ok", p->name, p->passed);
  if (p->failed)
    printf(", %u failed", p->failed);
  if (p->skipped)
    printf(", %u skipped", p->skipped);
  printf("  %.1f s\n", now() - p->started);
  if (p->failed)
    show_reason(p);
  fflush(stdout);
  run.passed += p->passed;
  run.failed += p->failed;
  run.skipped += p->skipped;
}

/* ---- all of them ---- */

static void reap(struct program *programs, size_t n) {
  int status;
  pid_t pid;
  while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
    for (size_t i = 0; i < n; i++)
      if (programs[i].pid == pid)
        finish(&programs[i], status);
}

static void stop_all(struct program *programs, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (programs[i].pid) {
      kill(-programs[i].pid, SIGKILL);
      remove_tree(programs[i].home);
    }
}

static void run_all(struct program *programs, size_t n) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  sigprocmask(SIG_BLOCK, &set, NULL);
  for (size_t next = 0;;) {
    size_t running = 0;
    for (size_t i = 0; i < n; i++)
      running += programs[i].pid != 0;
    for (; next < n && running < run.at_once; next++, running++)
      start(&programs[next]);
    if (!running)
      return;
    struct timespec wait = {0, 200 * 1000 * 1000};
    int got = sigtimedwait(&set, NULL, &wait);
    if (got > 0 && got != SIGCHLD) {
      stop_all(programs, n);
      printf("stopped by signal %d\n", got);
      exit(128 + got);
    }
    for (size_t i = 0; i < n; i++)
      if (programs[i].pid && now() > programs[i].deadline) {
        programs[i].timed_out = true;
        kill(-programs[i].pid, SIGKILL);
      }
    reap(programs, n);
  }
}

/* Programs that outlived their test are our children now (subreaper): they are ended, and said. */
static void end_orphans(void) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
  for (int round = 0; round < 20; round++) {
    FILE *f = fopen(path, "r");
    int pid;
    bool any = false;
    while (f && fscanf(f, "%d", &pid) == 1) {
      any = true;
      kill(pid, SIGKILL);
      if (waitpid(pid, NULL, 0) == pid && round == 0)
        printf("note: process %d had outlived its test and was ended\n", pid);
    }
    if (f)
      fclose(f);
    if (!any)
      return;
  }
}

static void list(const char *title, char **names, unsigned n) {
  if (n)
    printf("%s:\n", title);
  for (unsigned i = 0; i < n; i++) {
    printf("  %s\n", names[i]);
    free(names[i]);
  }
}

static bool in_ci(void) {
  const char *ci = getenv("CI");
  return ci && *ci && strcmp(ci, "0") != 0 && strcmp(ci, "false") != 0;
}

int main(int argc, char **argv) {
  int option;
  while ((option = getopt(argc, argv, "j:t:o:m:")) != -1) {
    switch (option) {
    case 'j':
      run.at_once = (unsigned)strtoul(optarg, NULL, 10);
      break;
    case 't':
      run.seconds = (unsigned)strtoul(optarg, NULL, 10);
      break;
    case 'o':
      run.folder = optarg;
      break;
    case 'm':
      run.part = optarg;
      break;
    default:
      return 2;
    }
  }
  struct program *programs = calloc((size_t)argc, sizeof *programs);
  if (!programs || run.at_once == 0 || run.seconds == 0)
    return 2;
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  char logs[PATH_SIZE];
  snprintf(logs, sizeof logs, "%s/log", run.folder);
  make_folder(logs);
  size_t n = 0;
  for (int i = optind; i < argc; i++) {
    programs[n].path = argv[i];
    prepare(&programs[n]);
    if (!run.part || strstr(programs[n].name, run.part))
      n++;
    else
      memset(&programs[n], 0, sizeof programs[n]);
  }
  double began = now();
  run_all(programs, n);
  end_orphans();
  printf("%zu programs, %.0f s; their output is in %s\n", n, now() - began, logs);
  list("skipped", run.skips, run.skips_n);
  list("failed", run.failures, run.failures_n);
  if (run.skipped && in_ci())
    printf("a skipped test fails here, for CI is set\n");
  printf("%u passed, %u failed, %u skipped\n", run.passed, run.failed, run.skipped);
  free(programs);
  return run.failed || run.passed == 0 || (run.skipped && in_ci());
}
