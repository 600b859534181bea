/* Port, variables, names, terminal. */
#include <errno.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor_report.h"
#include "weir/base/clock.h"
#include "weir/io/process.h"
#include "weir/io/resolve.h"
#include "weir/io/signals.h"
#include "weir/io/tcp.h"

/* ---- port ---- */

static void taken(struct report *r, const struct address *a) {
  char text[ADDRESS_TEXT], cure[80];
  struct buf name = BUF_INIT;
  pid_t pid = 0;
  address_text(a, text, sizeof text);
  snprintf(cure, sizeof cure, "end it, or give weir another port: weir --listen %u",
           a->port < 65535 ? a->port + 1u : a->port - 1u);
  if (!process_at_port(a->port, &pid, &name))
    report_add(r, FOUND_WRONG, "port", cure, "%s is in use by a process that may not be looked at", text);
  else if (strcmp(buf_text(&name), "weir") == 0)
    report_add(r, FOUND_GOOD, "port", NULL, "weir (process %d) listens at %s", (int)pid, text);
  else
    report_add(r, FOUND_WRONG, "port", cure, "%s is in use by %s (process %d)", text, buf_text(&name), (int)pid);
  buf_clear(&name);
}

void doctor_port(struct report *r) {
  struct address a[2];
  size_t n;
  bool second_optional;
  struct err err = ERR_INIT;
  char text[ADDRESS_TEXT];
  if (!options_listen(r->options->listen, a, &n, &second_optional, &err)) {
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
      report_add(r, FOUND_WRONG, "port", "choose another: weir --listen [HOST:]PORT", "%s", err.text);
    }
  }
}

/* ---- environment ---- */

static uint16_t own_port(const struct report *r) {
  struct address a[2];
  size_t n;
  bool optional;
  return options_listen(r->options->listen, a, &n, &optional, NULL) ? a[0].port : 0;
}

/* Does the value of http_proxy lead to where weir listens? */
static bool leads_here(const struct report *r, const char *value) {
  struct slice s = slice_of(value);
  if (slice_starts_ascii(s, SLICE("http://")))
    s = slice_from(s, 7);
  while (s.n && s.p[s.n - 1] == '/')
    s.n--;
  char port[8];
  snprintf(port, sizeof port, ":%u", own_port(r));
  return slice_ends(s, slice_of(port));
}

static void check_proxy(struct report *r, const char *name) {
  const char *value = getenv(name);
  char cure[120];
  snprintf(cure, sizeof cure, "export %s=http://127.0.0.1:%u, or start programs with weir run", name, own_port(r));
  if (!value || !*value)
    report_add(r, FOUND_NOTE, name, cure, "not set: programs of this shell do not go through weir");
  else if (leads_here(r, value))
    report_add(r, FOUND_GOOD, name, NULL, "%s", value);
  else
    report_add(r, FOUND_NOTE, name, cure, "%s is not where weir listens", value);
}

static void check_file_variable(struct report *r, const char *name) {
  const char *value = getenv(name);
  char cure[120];
  snprintf(cure, sizeof cure, "unset %s, or name a file that is there", name);
  if (value && *value && access(value, R_OK) < 0)
    report_add(r, FOUND_WRONG, name, cure, "%s: %s", value, strerror(errno));
}

void doctor_environment(struct report *r) {
  static const char *const around[] = {"no_proxy", "NO_PROXY"};
  static const char *const files[] = {"SSL_CERT_FILE",      "SSL_CERT_DIR",        "CURL_CA_BUNDLE",
                                      "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO"};
  check_proxy(r, "http_proxy");
  check_proxy(r, "https_proxy");
  for (size_t i = 0; i < sizeof around / sizeof *around; i++) {
    const char *value = getenv(around[i]);
    if (value && *value)
      report_add(r, FOUND_NOTE, around[i], "unset it to see them, or use weir run, which does so",
                 "these hosts go around weir: %s", value);
  }
  for (size_t i = 0; i < sizeof files / sizeof *files; i++)
    check_file_variable(r, files[i]);
  const char *keylog = getenv("SSLKEYLOGFILE");
  if (keylog && *keylog)
    report_add(r, FOUND_NOTE, "SSLKEYLOGFILE", "unset it unless you want to read along elsewhere",
               "the keys of all TLS connections are written to %s", keylog);
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

static void ask(struct report *r, struct loop *loop, struct resolver *resolver, const char *name) {
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
    ask(r, loop, resolver, "example.com"); /* RFC 2606: exists for such uses */
  else
    report_add(r, FOUND_WRONG, "names", NULL, "%s", err.text);
  resolver_free(resolver);
  loop_free(loop);
}

/* ---- terminal ---- */

void doctor_terminal(struct report *r) {
  const char *term = getenv("TERM");
  if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
    report_add(r, FOUND_NOTE, "terminal", "--headless prints lines instead", "this is none: there can be no screen");
  else if (!term || !*term || strcmp(term, "dumb") == 0)
    report_add(r, FOUND_WRONG, "terminal", "export TERM=xterm-256color, or what yours is", "TERM is %s",
               term && *term ? term : "not set");
  else if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
    report_add(r, FOUND_NOTE, "terminal", "export LANG=C.UTF-8", "%s, without UTF-8: lines are drawn with ASCII", term);
  else
    report_add(r, FOUND_GOOD, "terminal", NULL, "%s, UTF-8", term);
}
