#include "weir/app/run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run_browser.h"
#include "run_files.h"
#include "trust.h"
#include "weir/base/clock.h"
#include "weir/base/log.h"
#include "weir/base/mem.h"
#include "weir/io/child.h"
#include "weir/io/process.h"
#include "weir/io/signals.h"

#include "option_auth.h"

#define LAST_BYTES (500 * CLOCK_MS) /* what the command's connections still may take to end */
#define LAST_WORDS (2 * CLOCK_S)    /* what the command may take to end when weir does */
#define LINE_MAX_  4000

enum { EXIT_NOT_STARTED = 127, EXIT_BY_SIGNAL = 128 };

struct spoken { /* one of the command's two outputs, which goes into the log */
  struct run *run;
  int fd; /* -1: ended */
  struct buf line;
};

struct run {
  struct weir *w;
  bool screen;
  struct loop_task start;
  struct loop_timer give_up;
  struct child *child; /* NULL: not started, or ended */
  bool started, ended;
  uint64_t requests; /* that have come through weir */
  int status;
  char address[ADDRESS_TEXT]; /* that the command was told */
  struct run_files files;
  char mark[64]; /* "WEIR_RUN=...", in its environment */
  struct spoken spoken[2];
};

static const char *name_of(const struct run *r) {
  const char *path = r->w->options->run[0], *slash = strrchr(path, '/');
  return slash && slash[1] ? slash + 1 : path;
}

/* ---- what it says, with a screen ---- */

static void say_line(const struct spoken *s) {
  log_write(LOG_INFO, "run", 0, NULL, "%s: %.*s", name_of(s->run), (int)s->line.n, buf_text(&s->line));
}

static void hear(struct spoken *s, struct slice bytes) {
  for (size_t i = 0; i < bytes.n; i++) {
    bool end = bytes.p[i] == '\n';
    if (!end)
      buf_add_byte(&s->line, bytes.p[i]);
    if (end || s->line.n == LINE_MAX_) {
      say_line(s);
      buf_reset(&s->line);
    }
  }
}

static void deafen(struct spoken *s) {
  if (s->fd < 0)
    return;
  if (s->line.n)
    say_line(s);
  loop_remove(s->run->w->loop, s->fd);
  close(s->fd);
  s->fd = -1;
  buf_clear(&s->line);
}

static void spoken_ready(void *arg, unsigned events) {
  struct spoken *s = arg;
  char piece[4096];
  (void)events;
  ssize_t n = read(s->fd, piece, sizeof piece);
  if (n > 0)
    hear(s, slice_make(piece, (size_t)n));
  else if (n == 0 || (errno != EAGAIN && errno != EINTR))
    deafen(s);
}

static bool listen_to(struct run *r, int fd[3], struct err *err) {
  for (int i = 0; i < 2; i++) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
      return err_set(err, "no pipe: %s", strerror(errno));
    fd[1 + i] = ends[1];
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    if (!loop_add(r->w->loop, ends[0], NULL, spoken_ready, &r->spoken[i])) {
      close(ends[0]);
      return err_set(err, "no memory to listen to %s", name_of(r));
    }
    r->spoken[i].fd = ends[0];
  }
  return true;
}

/* ---- nothing came ---- */

/* Whoever looks for traffic and sees none is told where to look; in a script that would only be noise. */
static void tell_of_silence(const struct run *r) {
  char doctor[INVOCATION_TEXT], cure[INVOCATION_TEXT + 60];
  static const char text[] = "%s made no request through weir: it made none, or asks none of http_proxy, https_proxy "
                             "and the like, which were set to %s";
  if (!r->started || r->requests || (!r->screen && !isatty(STDERR_FILENO)))
    return;
  snprintf(cure, sizeof cure, "does it have a setting for a proxy? What is in the way: %s",
           options_command(r->w->options, "doctor", doctor, sizeof doctor));
  if (r->screen) {
    log_write(LOG_WARN, "run", 0, cure, text, name_of(r), r->address);
    return;
  }
  fputs("weir: ", stderr);
  fprintf(stderr, text, name_of(r), r->address);
  fprintf(stderr, "; %s\n", cure);
}

/* ---- its end ---- */

static void settle(void *arg) {
  struct run *r = arg;
  struct proxy_stats s = {0};
  if (r->w->proxy) {
    s = proxy_stats(r->w->proxy);
    r->requests = s.requests;
  }
  if (r->ended && !s.running && !s.clients)
    loop_stop(r->w->loop);
}

static void give_up(void *arg) {
  loop_stop(((struct run *)arg)->w->loop);
}

static void end(struct run *r, int status) {
  r->status = status;
  r->ended = true;
  if (!r->screen)
    loop_timer_arm(r->w->loop, &r->give_up, LAST_BYTES);
}

static void child_changed(void *arg, struct child *child, int status) {
  struct run *r = arg;
  (void)child;
  if (WIFSTOPPED(status))
    return;
  r->child = NULL;
  process_finder_follow(r->w->processes, 0, r->mark); /* what it has left behind still has the mark */
  end(r, WIFSIGNALED(status) ? EXIT_BY_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status));
  if (!r->screen)
    return;
  if (!r->w->proxy) /* weir ended first */
    return;
  r->requests = proxy_stats(r->w->proxy).requests;
  tell_of_silence(r);
  if (WIFSIGNALED(status))
    log_write(LOG_WARN, "run", 0, NULL, "%s was ended by signal %d (%s)", name_of(r), WTERMSIG(status),
              strsignal(WTERMSIG(status)));
  else
    log_write(WEXITSTATUS(status) ? LOG_WARN : LOG_INFO, "run", 0, NULL, "%s ended with status %d", name_of(r),
              WEXITSTATUS(status));
}

/* Keys of the terminal reach the command too, and it decides; what is sent to weir alone is passed on. */
static void on_signal(void *arg, int number) {
  struct run *r = arg;
  if (!r->child)
    loop_stop(r->w->loop);
  else if (!signals_by_key(number))
    child_signal(r->child, number);
}

static const int passed_on[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};
#define PASSED_ON (sizeof passed_on / sizeof *passed_on)

/* ---- its start ---- */

static void find_place(const struct run *r, struct run_place *place, char text[ADDRESS_TEXT], char host[ADDRESS_TEXT]) {
  struct proxy_stats s = proxy_stats(r->w->proxy);
  struct address a = proxy_usual(&s)->address; /* listening_open() sees to it that there is one */
  if (address_is_any(&a)) {
    memset(a.ip, 0, sizeof a.ip);
    a.ip[a.family == 6 ? 15 : 3] = 1;
    if (a.family == 4)
      a.ip[0] = 127;
  }
  place->proxy = address_text(&a, text, ADDRESS_TEXT);
  place->host = address_host(&a, host, ADDRESS_TEXT);
  place->port = a.port;
}

static bool start_child(struct run *r, struct err *err) {
  struct run_place place = {.mark = r->mark,
                            .java_options = getenv("JAVA_TOOL_OPTIONS"),
                            .node_options = getenv("NODE_OPTIONS"),
                            .git_count = getenv("GIT_CONFIG_COUNT")};
  char host[ADDRESS_TEXT];
  int fd[3] = {r->screen ? -1 : 0, r->screen ? -1 : 1, r->screen ? -1 : 2};
  find_place(r, &place, r->address, host);
  struct buf proxy = BUF_INIT;
  option_auth_url(r->w->options, &proxy);
  buf_add_text(&proxy, place.proxy);
  place.proxy = buf_text(&proxy);
  char *system = trust_bundle("");
  bool made = run_files_make(&r->files, r->w->tls ? r->w->authority : NULL, system, err);
  free(system);
  if (!made) {
    buf_clear(&proxy);
    return false;
  }
  place.ca = r->w->tls ? authority_path(r->w->authority) : NULL;
  place.bundle = r->files.bundle;
  place.truststore = r->files.truststore;
  place.wgetrc = r->files.wgetrc;
  place.node = r->files.node;
  char **env = run_environment(&place);
  buf_clear(&proxy);
  struct child_options options = {
      .argv = (const char *const *)r->w->options->run,
      .env = (const char *const *)env,
      .own_session = r->screen, /* /dev/tty would be weir's screen */
      .foreground_tty = -1,
  };
  bool ok = !r->screen || listen_to(r, fd, err);
  memcpy(options.fd, fd, sizeof fd);
  if (ok)
    r->child = child_start(r->w->loop, &options, child_changed, r, err);
  for (int i = 1; r->screen && i < 3; i++)
    if (fd[i] >= 0)
      close(fd[i]);
  r->started = r->child != NULL;
  if (r->child)
    process_finder_follow(r->w->processes, child_pid(r->child), r->mark);
  run_environment_free(env);
  return r->child != NULL;
}

static void tell_of_browser(const struct run *r) {
  static const char text[] = "%s asks servers of this machine (localhost, 127.0.0.1) without a proxy";
  const char *cure = run_browser_cure(r->w->options->run);
  if (!cure)
    return;
  if (r->screen) {
    log_write(LOG_WARN, "run", 0, cure, text, name_of(r));
    return;
  }
  fputs("weir: ", stderr);
  fprintf(stderr, text, name_of(r));
  fprintf(stderr, "; %s\n", cure);
}

static void start(void *arg) {
  struct run *r = arg;
  struct err err = ERR_INIT;
  if (start_child(r, &err)) {
    tell_of_browser(r);
    return;
  }
  if (r->screen)
    log_write(LOG_ERROR, "run", 0, NULL, "%s", err.text);
  else
    fprintf(stderr, "weir: %s\n", err.text);
  end(r, EXIT_NOT_STARTED);
}

static void make_mark(char *out, size_t size) {
  uint64_t token = 0;
  if (getrandom(&token, sizeof token, 0) != (ssize_t)sizeof token)
    token = clock_mono();
  snprintf(out, size, "WEIR_RUN=%d.%016llx", (int)getpid(), (unsigned long long)token);
}

struct run *run_new(struct weir *w) {
  struct run *r = mem_zero(1, sizeof *r);
  make_mark(r->mark, sizeof r->mark);
  r->w = w;
  r->screen = !w->options->headless;
  r->status = EXIT_NOT_STARTED;
  r->files.lock = -1;
  r->start = (struct loop_task){.fn = start, .arg = r};
  r->give_up = (struct loop_timer){.fn = give_up, .arg = r};
  for (int i = 0; i < 2; i++)
    r->spoken[i] = (struct spoken){r, -1, BUF_INIT};
  if (!r->screen) {
    loop_add_hook(w->loop, settle, r);
    for (size_t i = 0; i < PASSED_ON; i++)
      if (!signals_ignored(passed_on[i]))
        signals_on(passed_on[i], on_signal, r);
  }
  loop_defer(w->loop, &r->start);
  return r;
}

/* weir ends first: the command has lost its way to the network. It is asked to end, and then made to. */
static void end_child(struct run *r) {
  uint64_t until = clock_mono() + LAST_WORDS;
  child_signal(r->child, SIGTERM);
  while (r->child && clock_mono() < until)
    loop_turn(r->w->loop, until - clock_mono());
  if (!r->child)
    return;
  child_signal(r->child, SIGKILL);
  child_forget(r->child);
  r->status = EXIT_BY_SIGNAL + SIGKILL;
}

int run_close(struct run *r) {
  struct loop *loop = r->w->loop;
  loop_task_cancel(loop, &r->start);
  if (r->child)
    end_child(r);
  loop_timer_cancel(loop, &r->give_up);
  for (int i = 0; i < 2; i++)
    deafen(&r->spoken[i]);
  run_files_remove(&r->files); /* while signals still wait */
  if (!r->screen) {
    loop_remove_hook(loop, settle, r);
    for (size_t i = 0; i < PASSED_ON; i++)
      signals_off(passed_on[i], on_signal, r);
  }
  if (!r->screen && r->ended)
    tell_of_silence(r);
  int status = r->status;
  free(r);
  return status;
}
