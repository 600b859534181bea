#include "copy_ways.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "weir/base/clock.h"
#include "weir/base/mem.h"
#include "weir/base/path.h"
#include "weir/io/child.h"

#define PROGRAM_TIME (3 * CLOCK_S)

enum place { IN_TMUX, ON_WAYLAND, ON_X11, ON_MAC };

static const struct program {
  enum place place;
  const char *argv[5];
} programs[] = {
    {IN_TMUX, {"tmux", "load-buffer", "-w", "-"}},
    {ON_WAYLAND, {"wl-copy"}},
    {ON_X11, {"xclip", "-selection", "clipboard"}},
    {ON_X11, {"xsel", "-i", "-b"}},
    {ON_MAC, {"pbcopy"}},
};

enum { PROGRAMS = sizeof programs / sizeof programs[0] };

/* The ways in their order: 0 to PROGRAMS - 1 are the programs here, then OSC 52, then the programs over ssh, then the
 * file. */
enum { WAY_OSC52 = PROGRAMS, WAY_REMOTE, WAY_FILE = WAY_REMOTE + PROGRAMS };

struct copy_ways {
  struct loop *loop;
  struct terminal *terminal;
  char *confdir, *text;
  size_t n;
  int way;
  struct child *child;
  struct loop_timer timer;
  copy_fn *fn;
  void *arg;
  bool starting; /* copy_start() has not returned: nobody else knows of us */
};

static bool is_set(const char *name) {
  const char *value = getenv(name);
  return value && *value;
}

static bool fits(enum place place, bool remote) {
  bool over_ssh = is_set("SSH_CONNECTION") || is_set("SSH_TTY");
  switch (place) {
  case IN_TMUX:
    return !remote && is_set("TMUX");
  case ON_WAYLAND:
    return remote == over_ssh && is_set("WAYLAND_DISPLAY");
  case ON_X11:
    return remote == over_ssh && is_set("DISPLAY");
  case ON_MAC:
    break;
  }
#ifdef __APPLE__
  return !remote && !over_ssh;
#else
  return false;
#endif
}

/* Consoles and old terminals know no OSC and some would print it. */
static bool terminal_takes_osc(void) {
  const char *term = getenv("TERM");
  struct slice t = slice_of(term);
  return t.n > 0 && !slice_eq(t, SLICE("linux")) && !slice_starts(t, SLICE("vt1")) && !slice_starts(t, SLICE("vt2")) &&
         !slice_eq(t, SLICE("dumb"));
}

static void free_copy(void *what) {
  struct copy_ways *c = what;
  free(c->confdir);
  free(c->text);
  free(c);
}

static void finish(struct copy_ways *c, const struct copy_result *result) {
  loop_timer_cancel(c->loop, &c->timer);
  c->way = -1; /* for copy_start() */
  c->fn(c->arg, result);
  if (!c->starting)
    loop_bury(c->loop, free_copy, c);
}

static bool by_terminal(struct copy_ways *c) {
  struct buf out = BUF_INIT;
  if (c->n > COPY_OSC52_MAX || !terminal_takes_osc())
    return false;
  buf_add_text(&out, "\033]52;c;");
  buf_add_base64(&out, slice_make(c->text, c->n));
  buf_add_byte(&out, '\a');
  c->terminal->ops->send(c->terminal, out.p, out.n);
  buf_clear(&out);
  finish(c, &(struct copy_result){.ok = true, .how = "by OSC 52"});
  return true;
}

static void by_file(struct copy_ways *c) {
  struct err err = ERR_INIT;
  char *path = path_for(PATH_CACHE, c->confdir, "clip");
  int fd = path_make_parents(path, &err) ? path_open_private(path, O_WRONLY | O_TRUNC, &err) : -1;
  bool ok = fd >= 0 && path_write_all(fd, slice_make(c->text, c->n));
  if (fd >= 0 && !ok)
    err_set(&err, "cannot write %s: %s", path, strerror(errno));
  if (fd >= 0)
    close(fd);
  finish(c, &(struct copy_result){.ok = ok, .how = ok ? "into a file" : err.text, .path = ok ? path : NULL});
  free(path);
}

/* A file without a name holds the text for the program's stdin: no pipe that could fill. */
static int text_file(const struct copy_ways *c) {
#ifdef __linux__
  int fd = memfd_create("weir copy", MFD_CLOEXEC);
#else
  char name[] = "/tmp/weir-copy-XXXXXX";
  int fd = mkstemp(name);
  if (fd >= 0)
    unlink(name);
#endif
  if (fd >= 0 && path_write_all(fd, slice_make(c->text, c->n)) && lseek(fd, 0, SEEK_SET) == 0)
    return fd;
  if (fd >= 0)
    close(fd);
  return -1;
}

static void go_on(struct copy_ways *c);

static const struct program *program_of(int way) {
  return &programs[way < WAY_OSC52 ? way : way - WAY_REMOTE];
}

static void on_end(void *arg, struct child *child, int status) {
  struct copy_ways *c = arg;
  (void)child;
  if (WIFSTOPPED(status))
    return;
  c->child = NULL;
  loop_timer_cancel(c->loop, &c->timer);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    char how[64];
    snprintf(how, sizeof how, "by %s", program_of(c->way)->argv[0]);
    finish(c, &(struct copy_result){.ok = true, .how = how});
  } else {
    c->way++;
    go_on(c);
  }
}

static void on_late(void *arg) {
  struct copy_ways *c = arg;
  if (c->child)
    child_signal(c->child, SIGKILL); /* on_end() goes on */
}

static bool start_program(struct copy_ways *c) {
  const struct program *p = program_of(c->way);
  if (!fits(p->place, c->way >= WAY_REMOTE))
    return false;
  int fd = text_file(c);
  if (fd < 0)
    return false;
  struct child_options options = {.argv = p->argv, .fd = {fd, -1, -1}, .own_group = true, .foreground_tty = -1};
  c->child = child_start(c->loop, &options, on_end, c, NULL);
  close(fd);
  if (c->child)
    loop_timer_arm(c->loop, &c->timer, PROGRAM_TIME);
  return c->child != NULL;
}

/* Tries from c->way on until something is under way or done. */
static void go_on(struct copy_ways *c) {
  for (; c->way < WAY_FILE; c->way++)
    if (c->way == WAY_OSC52 ? by_terminal(c) : start_program(c))
      return;
  by_file(c);
}

static bool in_path(const char *name) {
  struct slice rest = slice_of(getenv("PATH")), folder;
  bool found = false;
  while (!found && slice_split(&rest, ':', &folder)) {
    struct buf path = BUF_INIT;
    buf_add_slice(&path, folder);
    buf_printf(&path, "/%s", name);
    found = folder.n > 0 && access(path.p, X_OK) == 0;
    buf_clear(&path);
  }
  return found;
}

const char *copy_way(void) {
  for (int way = 0; way < WAY_FILE; way++) {
    if (way == WAY_OSC52) {
      if (terminal_takes_osc())
        return "OSC 52, through the terminal";
      continue;
    }
    const struct program *p = program_of(way);
    if (fits(p->place, way >= WAY_REMOTE) && in_path(p->argv[0]))
      return p->argv[0];
  }
  return NULL;
}

struct copy_ways *copy_start(struct loop *loop, struct terminal *t, const char *confdir, struct buf *text, copy_fn *fn,
                             void *arg) {
  struct copy_ways *c = mem_zero(1, sizeof *c);
  *c = (struct copy_ways){.loop = loop, .terminal = t, .n = text->n, .fn = fn, .arg = arg, .starting = true};
  c->confdir = mem_dup(confdir);
  c->text = buf_take(text);
  c->timer.fn = on_late;
  c->timer.arg = c;
  go_on(c);
  c->starting = false;
  if (c->way >= 0)
    return c;
  free_copy(c);
  return NULL;
}

void copy_cancel(struct copy_ways *c) {
  if (!c)
    return;
  loop_timer_cancel(c->loop, &c->timer);
  if (c->child)
    child_forget(c->child);
  free_copy(c);
}
