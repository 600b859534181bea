#include "crash.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static const struct {
  int number;
  const char *name;
} deadly[] = {{SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"},   {SIGILL, "SIGILL"}, {SIGFPE, "SIGFPE"},
              {SIGABRT, "SIGABRT"}, {SIGTRAP, "SIGTRAP"}, {SIGSYS, "SIGSYS"}, {SIGQUIT, "SIGQUIT"}};

enum { DEADLY = sizeof deadly / sizeof deadly[0], STACK = 64 * 1024, WRITE_TRIES = 1000 };

static struct {
  struct crash_rescue rescue;
  volatile sig_atomic_t armed;
  bool installed, at_exit;
  pid_t pid;
  struct sigaction before[DEADLY];
  stack_t stack_before;
  char stack[STACK];
} state;

/* The terminal is non-blocking: one that takes nothing is given up after a moment. */
static void write_all(int fd, const char *p, size_t n) {
  for (int tries = 0; n > 0 && tries < WRITE_TRIES; tries++) {
    ssize_t done = write(fd, p, n);
    if (done > 0) {
      p += done;
      n -= (size_t)done;
    } else if (done < 0 && errno != EAGAIN && errno != EINTR) {
      return;
    }
  }
}

static void write_text(int fd, const char *text) {
  write_all(fd, text, strlen(text));
}

static bool give_back(void) {
  if (!state.armed || getpid() != state.pid)
    return false;
  state.armed = 0;
  write_text(state.rescue.tty, "\033\\"); /* whatever string was under way ends here */
  write_text(state.rescue.tty, state.rescue.restore);
  tcsetattr(state.rescue.tty, TCSANOW, &state.rescue.modes);
  return true;
}

/* What libraries and abort messages wrote to stderr, and nobody read, is often the reason. */
static void last_words(const char *name) {
  char bytes[512];
  int out = state.rescue.real_stderr >= 0 ? state.rescue.real_stderr : STDERR_FILENO;
  ssize_t n;
  while (state.rescue.stderr_pipe >= 0 && (n = read(state.rescue.stderr_pipe, bytes, sizeof bytes)) > 0)
    write_all(out, bytes, (size_t)n);
  if (out != STDERR_FILENO)
    dup2(out, STDERR_FILENO); /* for a sanitizer's report, which comes next */
  write_text(out, "weir: killed by ");
  write_text(out, name);
  write_text(out, "; the terminal has been given back\n");
}

static void on_deadly(int number, siginfo_t *info, void *unused) {
  (void)unused;
  int i = 0;
  while (i < DEADLY - 1 && deadly[i].number != number)
    i++;
  signal(SIGTTOU, SIG_IGN); /* in the background tcsetattr() would stop us here */
  bool mine = getpid() == state.pid;
  give_back();
  if (mine)
    last_words(deadly[i].name);
  sigaction(number, &state.before[i], NULL);
  bool fault = number == SIGSEGV || number == SIGBUS || number == SIGILL || number == SIGFPE;
  if (!(fault && info->si_code > 0)) /* a fault happens again by itself, with the true place in the core file */
    raise(number);
}

static void on_exit_call(void) {
  give_back();
}

static void install(void) {
  stack_t stack = {.ss_sp = state.stack, .ss_size = STACK};
  sigaltstack(&stack, &state.stack_before);
  struct sigaction action = {.sa_sigaction = on_deadly, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigfillset(&action.sa_mask);
  for (int i = 0; i < DEADLY; i++)
    sigaction(deadly[i].number, &action, &state.before[i]);
  state.installed = true;
  if (!state.at_exit)
    state.at_exit = atexit(on_exit_call) == 0;
}

void crash_arm(const struct crash_rescue *rescue) {
  state.armed = 0;
  state.rescue = *rescue;
  state.pid = getpid();
  if (!state.installed)
    install();
  state.armed = 1;
}

void crash_pause(void) {
  state.armed = 0;
}

void crash_disarm(void) {
  state.armed = 0;
  if (!state.installed)
    return;
  for (int i = 0; i < DEADLY; i++)
    sigaction(deadly[i].number, &state.before[i], NULL);
  sigaltstack(&state.stack_before, NULL);
  state.installed = false;
}
