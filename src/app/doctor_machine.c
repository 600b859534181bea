/* Port, names, limits, terminal. */
#include <errno.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "doctor_report.h"
#include "weir/base/clock.h"
#include "weir/base/path.h"
#include "weir/base/units.h"
#include "weir/io/fdlimit.h"
#include "weir/io/process.h"
#include "weir/io/resolve.h"
#include "weir/io/signals.h"
#include "weir/io/tcp.h"

/* ---- port ---- */

static void taken(struct report *r, const struct address *a) {
  char text[ADDRESS_TEXT], words[40], command[INVOCATION_TEXT], cure[INVOCATION_TEXT + 60];
  struct buf name = BUF_INIT;
  pid_t pid = 0;
  address_text(a, text, sizeof text);
  snprintf(words, sizeof words, "--listen %u", a->port < 65535 ? a->port + 1u : a->port - 1u);
  snprintf(cure, sizeof cure, "end it, or give weir another port: %s",
           options_command(r->options, words, command, sizeof command));
  if (!process_at_port(a->port, &pid, &name))
    report_add(r, FOUND_WRONG, "port", cure, "%s is in use by a process that may not be looked at", text);
  else if (strcmp(buf_text(&name), "weir") == 0)
    report_add(r, FOUND_GOOD, "port", NULL, "weir (process %d) listens at %s", (int)pid, text);
  else
    report_add(r, FOUND_WRONG, "port", cure, "%s is in use by %s (process %d)", text, buf_text(&name), (int)pid);
  buf_clear(&name);
}

static void look_at_place(struct report *r, const char *place) {
  struct address a[2];
  size_t n;
  bool second_optional;
  struct err err = ERR_INIT;
  char text[ADDRESS_TEXT];
  if (!options_listen(place, a, &n, &second_optional, &err)) {
    report_add(r, FOUND_WRONG, "port", NULL, "%s", err.text);
    return;
  }
  for (size_t i = 0; i < n; i++) {
    errno = 0;
    int fd = tcp_listen(&a[i], 1, &err);
    if (fd >= 0) {
      close(fd);
      report_add(r, FOUND_GOOD, "port", NULL, "%s is free", address_text(&a[i], text, sizeof text));
    } else if (errno == EADDRINUSE) {
      taken(r, &a[i]);
    } else if (i == 0 || !second_optional) {
      char command[INVOCATION_TEXT], cure[INVOCATION_TEXT + 20];
      options_command(r->options, "--listen [HOST:]PORT", command, sizeof command);
      snprintf(cure, sizeof cure, "choose another: %s", command);
      report_add(r, FOUND_WRONG, "port", cure, "%s", err.text);
    }
  }
}

void doctor_port(struct report *r) {
  char place[OPTION_LISTEN_TEXT];
  for (const char *rest = r->options->listen; options_next_listen(&rest, place);)
    look_at_place(r, place);
}

/* ---- names ---- */

#define NAME_WAIT (5 * CLOCK_S)

struct question {
  unsigned answers; /* of two: one a family */
  bool found;
  enum resolve_code code;
};

static void answered(void *arg, const struct resolve_part *part) {
  struct question *q = arg;
  q->answers++;
  q->found = q->found || (part->code == RESOLVE_OK && part->n);
  if (part->family == 4)
    q->code = part->code;
}

void doctor_name(struct report *r, struct loop *loop, struct resolver *resolver, const char *name) {
  struct question q = {.code = RESOLVE_TIMEOUT};
  struct resolve_query *query = resolver_ask(resolver, name, 443, answered, &q);
  uint64_t until = clock_mono() + NAME_WAIT;
  while (q.answers < 2 && !q.found && clock_mono() < until)
    loop_turn(loop, until - clock_mono());
  if (q.answers < 2)
    resolver_cancel(query);
  if (q.found)
    report_add(r, FOUND_GOOD, "names", NULL, "%s resolves", name);
  else
    report_add(r, FOUND_WRONG, "names", "look at /etc/resolv.conf: weir can reach no server by its name", "%s: %s",
               name, resolve_text(q.code));
}

void doctor_names(struct report *r) {
  struct err err = ERR_INIT;
  struct loop *loop = loop_new();
  struct resolver *resolver = resolver_new(loop, &err);
  if (resolver)
    doctor_name(r, loop, resolver, "example.com"); /* RFC 2606: exists for such uses */
  else
    report_add(r, FOUND_WRONG, "names", NULL, "%s", err.text);
  resolver_free(resolver);
  loop_free(loop);
}

/* ---- limits ---- */

#define FEW       256  /* descriptors: weir itself has some, each client needs two */
#define USUAL     1024 /* what systems give when nobody has chosen */
#define AVAILABLE "MemAvailable:"

static void check_descriptors(struct report *r) {
  size_t most = fdlimit_most();
  const char *cure = "ulimit -Hn 4096, LimitNOFILE= for a service, or nofile in /etc/security/limits.conf";
  enum finding found = most < FEW ? FOUND_WRONG : most < USUAL ? FOUND_NOTE : FOUND_GOOD;
  report_add(r, found, "limits", found == FOUND_GOOD ? NULL : cure, "%zu descriptors: about %zu clients at a time",
             most, most / 2 - most / 16);
}

/* Bytes that the system could give without taking them from somebody; 0: it does not say. */
static uint64_t available(void) {
  char *bytes = NULL;
  size_t n = 0;
  uint64_t kib = 0;
  if (!path_read("/proc/meminfo", 65536, &bytes, &n, NULL))
    return 0;
  struct slice rest = slice_make(bytes, n), line;
  while (!kib && slice_split(&rest, '\n', &line))
    if (slice_starts(line, SLICE(AVAILABLE))) {
      line = slice_trim(slice_from(line, sizeof AVAILABLE - 1));
      ptrdiff_t blank = slice_find_byte(line, ' ');
      slice_to_u64(blank < 0 ? line : slice_sub(line, 0, (size_t)blank), &kib);
    }
  free(bytes);
  return kib * 1024;
}

void doctor_limits(struct report *r) {
  char budget[24], there[24];
  uint64_t have = available();
  check_descriptors(r);
  if (have && r->options->memory > have)
    report_add(r, FOUND_NOTE, "memory", "weir --memory with less than that, and close what is not needed",
               "weir may keep %s of traffic, and %s are available",
               units_size(r->options->memory, budget, sizeof budget), units_size(have, there, sizeof there));
}

/* ---- terminal ---- */

static bool is_small(int *columns, int *rows) {
  struct winsize size;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
    return false;
  *columns = size.ws_col;
  *rows = size.ws_row;
  return *columns > 0 && *rows > 0 && (*columns < 40 || *rows < 10); /* 0: it does not say */
}

static void check_looks(struct report *r, const struct doctor_screen *screen, const char *term) {
  const char *no_color = getenv("NO_COLOR");
  bool utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
  int columns = 0, rows = 0;
  if (!utf8)
    report_add(r, FOUND_NOTE, "terminal", "export LANG=C.UTF-8", "%s, without UTF-8: lines are drawn with ASCII", term);
  if (screen->colours == 0)
    report_add(r, FOUND_NOTE, "terminal",
               no_color && *no_color ? "unset NO_COLOR" : "export TERM=xterm-256color, if yours has colours",
               "%s, without colours%s", term, no_color && *no_color ? ": NO_COLOR is set" : "");
  if (is_small(&columns, &rows))
    report_add(r, FOUND_NOTE, "terminal", "make it 80x24 or larger", "%dx%d is small", columns, rows);
  if (utf8 && screen->colours)
    report_add(r, FOUND_GOOD, "terminal", NULL, "%s, UTF-8, %d colours", term, screen->colours);
}

static void check_clipboard(struct report *r, const struct doctor_screen *screen) {
  if (screen->clipboard[0])
    report_add(r, FOUND_GOOD, "clipboard", NULL, "what is copied goes to it by %s", screen->clipboard);
  else
    report_add(r, FOUND_NOTE, "clipboard", "install wl-clipboard, xclip or xsel, or use a terminal that knows OSC 52",
               "nothing leads to it: what is copied goes into a file");
}

void doctor_terminal(struct report *r, const struct doctor_screen *screen) {
  const char *term = getenv("TERM");
  if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
    report_add(r, FOUND_NOTE, "terminal", "--headless prints lines instead", "this is none: there can be no screen");
  } else if (!term || !*term || strcmp(term, "dumb") == 0) {
    report_add(r, FOUND_WRONG, "terminal", "export TERM=xterm-256color, or what yours is", "TERM is %s",
               term && *term ? term : "not set");
  } else if (!screen->known) {
    report_add(r, FOUND_WRONG, "terminal",
               "export TERM=xterm-256color, or install the description of yours (ncurses-term)",
               "TERM is %s, which this machine does not know", term);
  } else {
    check_looks(r, screen, term);
    check_clipboard(r, screen);
  }
}
