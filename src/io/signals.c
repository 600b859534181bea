#include "weir/io/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "weir/base/vec.h"

#define SIGNALS_MAX 65

struct listener {
  int signal_number;
  signals_fn *fn; /* NULL: gone, its place is used again */
  void *arg;
};

/* The one global of this floor: a handler gets no argument. */
static struct {
  struct loop *loop; /* NULL: closed */
  int pipe[2];
  VEC(struct listener) listeners;
  struct sigaction before[SIGNALS_MAX];
  bool installed[SIGNALS_MAX];
  bool ignored[SIGNALS_MAX];                 /* by whoever started weir */
  volatile sig_atomic_t raised[SIGNALS_MAX]; /* so that a full pipe loses nothing */
  volatile sig_atomic_t by_key[SIGNALS_MAX];
} state;

static void on_signal(int signal_number, siginfo_t *info, void *machine) {
  int saved = errno;
  (void)machine;
  state.raised[signal_number] = 1;
  state.by_key[signal_number] = info->si_code == SI_KERNEL;
  ssize_t n = write(state.pipe[1], "s", 1);
  (void)n; /* when the pipe is full, the loop wakes anyhow */
  errno = saved;
}

static void tell(int signal_number) {
  for (size_t i = 0; i < state.listeners.n; i++) {
    struct listener listener = state.listeners.v[i];
    if (listener.fn && listener.signal_number == signal_number)
      listener.fn(listener.arg, signal_number);
  }
}

static void pipe_ready(void *arg, unsigned events) {
  char bytes[256];
  (void)arg;
  (void)events;
  while (read(state.pipe[0], bytes, sizeof bytes) > 0)
    ;
  for (int i = 1; i < SIGNALS_MAX && state.loop; i++) {
    if (state.raised[i]) {
      state.raised[i] = 0;
      tell(i);
    }
  }
}

static bool install(int signal_number, struct sigaction *before) {
  struct sigaction action = {.sa_flags = SA_RESTART | SA_SIGINFO};
  action.sa_sigaction = on_signal;
  if (signal_number == SIGPIPE)
    action = (struct sigaction){.sa_handler = SIG_IGN, .sa_flags = SA_RESTART};
  sigfillset(&action.sa_mask);
  return sigaction(signal_number, &action, before) == 0;
}

static void note_ignored(void) {
  for (int i = 1; i < SIGNALS_MAX; i++) {
    struct sigaction now;
    state.ignored[i] = sigaction(i, NULL, &now) == 0 && !(now.sa_flags & SA_SIGINFO) && now.sa_handler == SIG_IGN;
  }
}

bool signals_open(struct loop *loop, struct err *err) {
  if (state.loop)
    return err_set(err, "signals are open already");
  if (pipe2(state.pipe, O_NONBLOCK | O_CLOEXEC) < 0)
    return err_set(err, "no pipe for signals: %s", strerror(errno));
  if (!loop_add(loop, state.pipe[0], NULL, pipe_ready, NULL)) {
    close(state.pipe[0]);
    close(state.pipe[1]);
    return err_set(err, "no memory to watch the signal pipe");
  }
  state.loop = loop;
  note_ignored();
  state.installed[SIGPIPE] = install(SIGPIPE, &state.before[SIGPIPE]);
  return true;
}

void signals_close(void) {
  if (!state.loop)
    return;
  for (int i = 1; i < SIGNALS_MAX; i++) {
    if (state.installed[i])
      sigaction(i, &state.before[i], NULL);
    state.installed[i] = false;
    state.raised[i] = 0;
  }
  loop_remove(state.loop, state.pipe[0]);
  close(state.pipe[0]);
  close(state.pipe[1]);
  VEC_CLEAR(&state.listeners);
  state.loop = NULL;
}

bool signals_on(int signal_number, signals_fn *fn, void *arg) {
  if (!state.loop || signal_number < 1 || signal_number >= SIGNALS_MAX || signal_number == SIGPIPE)
    return false;
  if (!state.installed[signal_number]) {
    if (!install(signal_number, &state.before[signal_number]))
      return false;
    state.installed[signal_number] = true;
  }
  struct listener listener = {signal_number, fn, arg};
  for (size_t i = 0; i < state.listeners.n; i++) {
    if (!state.listeners.v[i].fn) {
      state.listeners.v[i] = listener;
      return true;
    }
  }
  VEC_PUSH(&state.listeners, listener);
  return true;
}

void signals_off(int signal_number, signals_fn *fn, void *arg) {
  for (size_t i = 0; i < state.listeners.n; i++) {
    struct listener *l = &state.listeners.v[i];
    if (l->fn == fn && l->arg == arg && l->signal_number == signal_number)
      l->fn = NULL;
  }
}

bool signals_ignored(int signal_number) {
  return signal_number > 0 && signal_number < SIGNALS_MAX && state.ignored[signal_number];
}

bool signals_by_key(int signal_number) {
  return signal_number > 0 && signal_number < SIGNALS_MAX && state.by_key[signal_number];
}

void signals_child(void) {
  for (int i = 1; i < SIGNALS_MAX; i++) {
    struct sigaction action = {.sa_handler = state.ignored[i] ? SIG_IGN : SIG_DFL};
    sigaction(i, &action, NULL); /* refused for a few, which is fine */
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}
