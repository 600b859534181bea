#include "weir/io/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "weir/base/clock.h"
#include "weir/base/vec.h"
#include "weir/io/fdlimit.h"
#include "weir/io/nocore.h"
#include "weir/io/signals.h"

struct child {
  struct loop *loop;
  pid_t pid;
  bool own_group;
  child_fn *fn; /* NULL: forgotten */
  void *arg;
};

/* What the new process still has to do; everything that allocates was done before fork(). */
struct plan {
  const struct child_options *options;
  char **env;
  int report; /* gets errno and the step that failed; closed by exec */
};

struct failure {
  int code;
  enum { STEP_DESCRIPTORS, STEP_DIRECTORY, STEP_TERMINAL, STEP_EXEC } step;
};

/* ---- in the child, between fork and exec: async-signal-safe calls only ---- */

static void give_up(const struct plan *plan, int step) {
  struct failure failure = {.code = errno};
  failure.step = step;
  ssize_t n = write(plan->report, &failure, sizeof failure);
  (void)n;
  _exit(127);
}

static void set_descriptors(const struct plan *plan) {
  int fd[3];
  /* First out of the way: one of them may be 0, 1 or 2 itself. */
  for (int i = 0; i < 3; i++) {
    int from = plan->options->fd[i];
    fd[i] = from < 0 ? open("/dev/null", O_RDWR | O_CLOEXEC) : from;
    if (fd[i] >= 0)
      fd[i] = fcntl(fd[i], F_DUPFD_CLOEXEC, 3);
    if (fd[i] < 0)
      give_up(plan, STEP_DESCRIPTORS);
  }
  for (int i = 0; i < 3; i++)
    if (dup2(fd[i], i) < 0)
      give_up(plan, STEP_DESCRIPTORS);
  close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
}

static void become(struct plan *plan) {
  const struct child_options *o = plan->options;
  if (plan->report < 3) /* weir was started without 0, 1 or 2 */
    plan->report = fcntl(plan->report, F_DUPFD_CLOEXEC, 3);
  if (o->ends_with_us)
    prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (o->own_session)
    setsid();
  else if (o->own_group)
    setpgid(0, 0);
  /* SIGTTOU is still blocked here, so a group that is not yet in the foreground may do this. */
  if (o->foreground_tty >= 0 && tcsetpgrp(o->foreground_tty, getpgrp()) < 0)
    give_up(plan, STEP_TERMINAL);
  set_descriptors(plan);
  if (o->own_terminal && ioctl(STDIN_FILENO, TIOCSCTTY, 0) < 0)
    give_up(plan, STEP_TERMINAL);
  if (o->directory && chdir(o->directory) < 0)
    give_up(plan, STEP_DIRECTORY);
  fdlimit_restore();
  nocore_restore();
  signals_child();
  execvpe(o->argv[0], (char *const *)(uintptr_t)o->argv, plan->env);
  give_up(plan, STEP_EXEC);
}

/* ---- in weir ---- */

static bool same_name(const char *a, const char *b) {
  size_t n = strcspn(a, "=");
  return n == strcspn(b, "=") && memcmp(a, b, n) == 0;
}

static char **make_env(const char *const *more) {
  VEC(char *) env = {0};
  for (char **e = environ; *e; e++) {
    bool replaced = false;
    for (const char *const *m = more; m && *m && !replaced; m++)
      replaced = same_name(*e, *m);
    if (!replaced)
      VEC_PUSH(&env, *e);
  }
  for (const char *const *m = more; m && *m; m++)
    if (strchr(*m, '='))
      VEC_PUSH(&env, (char *)(uintptr_t)*m);
  VEC_PUSH(&env, NULL);
  return env.v;
}

static bool report_failure(const char *const *argv, const struct child_options *o, const struct failure *failure,
                           struct err *err) {
  const char *why = strerror(failure->code);
  switch (failure->step) {
  case STEP_DIRECTORY:
    return err_set(err, "cannot start %s in %s: %s", argv[0], o->directory, why);
  case STEP_TERMINAL:
    return err_set(err, "cannot give the terminal to %s: %s", argv[0], why);
  case STEP_DESCRIPTORS:
    return err_set(err, "cannot set up descriptors for %s: %s", argv[0], why);
  default:
    return err_set(err, "cannot run %s: %s", argv[0], why);
  }
}

static void on_sigchld(void *arg, int signal_number) {
  struct child *child = arg;
  int status;
  pid_t pid;
  (void)signal_number;
  do
    pid = waitpid(child->pid, &status, WNOHANG | WUNTRACED);
  while (pid < 0 && errno == EINTR);
  if (pid == 0)
    return;
  if (pid < 0)
    status = 0; /* somebody else waited for it: gone, nobody knows how */
  bool stopped = pid > 0 && WIFSTOPPED(status);
  if (!stopped) {
    signals_off(SIGCHLD, on_sigchld, child);
    child->pid = -1;
    loop_bury(child->loop, free, child);
  }
  if (child->fn)
    child->fn(child->arg, child, status);
}

/* Forks with all signals blocked: none may run our handlers in the child, and SIGCHLD must find the pid. */
static bool fork_it(struct child *child, struct plan *plan) {
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  child->pid = fork();
  if (child->pid == 0)
    become(plan);
  int code = errno;
  if (child->pid > 0 && plan->options->own_group && !plan->options->own_session)
    setpgid(child->pid, child->pid); /* in both: whoever comes first */
  sigprocmask(SIG_SETMASK, &before, NULL);
  errno = code;
  return child->pid > 0;
}

/* A child that took the terminal and then could not exec leaves it to a group that is gone. */
static void take_terminal_back(int tty) {
  sigset_t ttou, before;
  if (tty < 0)
    return;
  sigemptyset(&ttou);
  sigaddset(&ttou, SIGTTOU);
  sigprocmask(SIG_BLOCK, &ttou, &before);
  tcsetpgrp(tty, getpgrp());
  sigprocmask(SIG_SETMASK, &before, NULL);
}

/* Waits until exec closed the pipe or the child said what failed: a fork and an exec, no more. */
static bool started(struct child *child, int report, const struct child_options *o, struct err *err) {
  struct failure failure;
  ssize_t n;
  do
    n = read(report, &failure, sizeof failure);
  while (n < 0 && errno == EINTR);
  if (n != (ssize_t)sizeof failure)
    return true;
  while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
    ;
  take_terminal_back(o->foreground_tty);
  return report_failure(o->argv, o, &failure, err);
}

struct child *child_start(struct loop *loop, const struct child_options *options, child_fn *fn, void *arg,
                          struct err *err) {
  int report[2] = {-1, -1};
  struct child *child = mem_zero(1, sizeof *child);
  struct plan plan = {.options = options};
  bool ok = false;

  *child = (struct child){
      .loop = loop, .pid = -1, .own_group = options->own_group || options->own_session, .fn = fn, .arg = arg};
  if (!signals_on(SIGCHLD, on_sigchld, child)) {
    err_set(err, "cannot run %s: signals are not watched", options->argv[0]);
    goto out;
  }
  if (pipe2(report, O_CLOEXEC) < 0) {
    err_set(err, "cannot run %s: %s", options->argv[0], strerror(errno));
    goto out;
  }
  plan.env = make_env(options->env);
  plan.report = report[1];
  if (!fork_it(child, &plan)) {
    err_set(err, "cannot run %s: %s", options->argv[0], strerror(errno));
    goto out;
  }
  close(report[1]);
  report[1] = -1;
  ok = started(child, report[0], options, err);
out:
  if (report[0] >= 0)
    close(report[0]);
  if (report[1] >= 0)
    close(report[1]);
  free(plan.env);
  if (ok)
    return child;
  signals_off(SIGCHLD, on_sigchld, child);
  free(child);
  return NULL;
}

pid_t child_pid(const struct child *child) {
  return child->pid;
}

void child_signal(struct child *child, int signal_number) {
  if (child->pid > 0)
    kill(child->own_group ? -child->pid : child->pid, signal_number);
}

void child_forget(struct child *child) {
  child->fn = NULL;
}

bool child_wait(struct child *child, uint64_t deadline) {
  for (;;) {
    pid_t pid = waitpid(child->pid, NULL, WNOHANG);
    if (pid == child->pid || (pid < 0 && errno != EINTR))
      break;
    if (clock_mono() >= deadline)
      return false;
    poll(NULL, 0, 2);
  }
  signals_off(SIGCHLD, on_sigchld, child);
  free(child);
  return true;
}

void child_say_end(int status, char *said, size_t size) {
  if (WIFSIGNALED(status))
    snprintf(said, size, "was ended by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
  else
    snprintf(said, size, "ended with status %d%s", WEXITSTATUS(status),
             WEXITSTATUS(status) == 127   ? ": there is no such command"
             : WEXITSTATUS(status) == 126 ? ": that cannot be run"
                                          : "");
}
