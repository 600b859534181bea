/* Putting weir together, and taking it apart in the right order. */
#include "weir/app/weir.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "weir/app/output.h"
#include "weir/base/log.h"
#include "weir/base/mem.h"
#include "weir/base/path.h"
#include "weir/io/fdlimit.h"
#include "weir/io/process.h"
#include "weir/io/resolve.h"
#include "weir/io/signals.h"
#include "weir/io/tcp.h"

#include "interception.h"

/* What the ring gives up should go back to the system: a fixed threshold keeps large blocks in mappings of their own
 * (glibc would otherwise raise it to 32 MB after the first one is freed), and one thread needs one arena. */
static void tune_allocator(void) {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  mallopt(M_TRIM_THRESHOLD, 2 << 20);
  mallopt(M_TOP_PAD, 256 << 10);
#endif
}

static void deliver(void *arg) {
  store_deliver(arg);
}

/* weir run: what the command has sent, itself or by those it started. Notes are what a person filters and reads by; one
 * of their own stays. */
static void tag(void *arg, struct flow *f) {
  const struct weir *w = arg;
  const char *path = w->options->run[0], *slash = strrchr(path, '/');
  if (f->note || !f->process || !f->process->followed)
    return;
  f->note = mem_dup(slash && slash[1] ? slash + 1 : path);
}

static void tag_later(void *arg, struct flow *f, unsigned mask) {
  if (mask & FLOW_CHANGED_CLIENT)
    tag(arg, f);
}

static void file_ended(void *arg) {
  struct weir *w = arg;
  log_write(LOG_ERROR, "write", 0, "make room and start weir again", "%s: nothing more is written to it",
            w->options->write);
}

/* A port above `port` that can be had now, so that the advice works when it is typed; 0: none nearby. */
static uint16_t free_port_near(const struct address *taken) {
  for (unsigned port = taken->port + 1u; port <= 65535 && port <= taken->port + 20u; port++) {
    struct address a = *taken;
    a.port = (uint16_t)port;
    int fd = tcp_listen(&a, 1, NULL);
    if (fd >= 0) {
      close(fd);
      return a.port;
    }
  }
  return 0;
}

static bool busy(const struct options *o, const struct address *a, struct err *err) {
  char text[ADDRESS_TEXT], host[ADDRESS_TEXT];
  address_text(a, text, sizeof text);
  address_host(a, host, sizeof host);
  unsigned port = free_port_near(a);
  const char *open = "", *end = "", *colon = "";
  if (address_is_loopback(a))
    host[0] = '\0';
  else {
    colon = ":";
    open = a->family == 6 ? "[" : "";
    end = a->family == 6 ? "]" : "";
  }
  char words[ADDRESS_TEXT + 40], command[INVOCATION_TEXT];
  snprintf(words, sizeof words, "--listen %s%s%s%s%u", open, host, end, colon, port);
  return err_set(err, "%s is in use by another program; type instead: %s", text,
                 options_command(o, words, command, sizeof command));
}

static bool listen_at(struct weir *w, struct address *a, bool optional, struct err *err) {
  struct err why = ERR_INIT;
  errno = 0;
  if (proxy_listen(w->proxy, a, &why))
    return true;
  int code = errno;
  if (optional && code != EADDRINUSE)
    return true;
  if (code == EADDRINUSE)
    return busy(w->options, a, err);
  char text[ADDRESS_TEXT], command[INVOCATION_TEXT];
  if (code == EACCES)
    return err_set(err, "%s: this port needs root; type instead: %s", address_text(a, text, sizeof text),
                   options_command(w->options, "--listen 8888", command, sizeof command));
  if (code == EADDRNOTAVAIL)
    return err_set(err, "%s is no address of this machine; ip addr lists them", address_text(a, text, sizeof text));
  return err_set(err, "%s", why.text);
}

/* A command that weir starts itself is told the port: it need not be the usual one, which another weir may have. */
static bool listen_first(struct weir *w, struct address *a, struct err *err) {
  struct err why = ERR_INIT;
  errno = 0;
  if (w->options->command != COMMAND_RUN || !options_is_default(w->options, "listen"))
    return listen_at(w, a, false, err);
  if (proxy_listen(w->proxy, a, &why))
    return true;
  a->port = 0;
  return listen_at(w, a, false, err);
}

static bool listen_all(struct weir *w, struct err *err) {
  struct address a[2];
  size_t n;
  bool second_optional;
  if (!options_listen(w->options->listen, a, &n, &second_optional, err))
    return false;
  bool any_port = a[0].port == 0;
  if (!listen_first(w, &a[0], err))
    return false;
  if (n < 2)
    return true;
  a[1].port = a[0].port;
  /* A port that was free for IPv4 may be taken for IPv6; nobody asked for that number, so it is left out. */
  struct err why = ERR_INIT;
  return listen_at(w, &a[1], second_optional, &why) || any_port || err_set(err, "%s", why.text);
}

static bool open_file(struct weir *w, struct err *err) {
  const char *path = w->options->write;
  if (!path)
    return true;
  w->file_fd = path_open_private(path, O_WRONLY | O_APPEND | O_NOCTTY, err);
  if (w->file_fd < 0)
    return false;
  struct output_options o = {w->file_fd, w->options->json, w->options->json_bodies, file_ended, w};
  w->file = output_new(w->loop, w->store, &o);
  return true;
}

bool weir_open(struct weir *w, struct options *options, struct err *err) {
  memset(w, 0, sizeof *w);
  w->options = options;
  w->file_fd = -1;
  tune_allocator();
  fdlimit_raise();
  w->loop = loop_new();
  if (!signals_open(w->loop, err))
    goto out;
  w->signals = true;
  if (!(w->resolver = resolver_new(w->loop, err)))
    goto out;
  w->store = store_new(options->memory, (size_t)options->flows);
  loop_add_hook(w->loop, deliver, w->store);
  if (options->run) /* before anybody who writes lines */
    store_observe(w->store, &(struct store_observer){.added = tag, .changed = tag_later, .arg = w});
  w->rules = rules_new();
  if (options->intercept && !intercept_set(w->rules, options->intercept, err))
    goto out;
  if (!open_file(w, err))
    goto out;
  if (!interception_open(w, err))
    goto out;
  w->proxy = proxy_new(w->loop, w->resolver, w->store, w->rules, &options->proxy);
  w->processes = process_finder_new(w->loop);
  proxy_set_processes(w->proxy, w->processes);
  interception_start(w);
  if (listen_all(w, err))
    return true;
out:
  weir_close(w);
  return false;
}

void weir_stop(struct weir *w) {
  proxy_free(w->proxy);
  w->proxy = NULL;
  if (w->store)
    store_deliver(w->store);
}

void weir_close(struct weir *w) {
  weir_stop(w);
  process_finder_free(w->processes);
  interception_close(w);
  output_free(w->file);
  if (w->file_fd >= 0)
    close(w->file_fd);
  rules_free(w->rules);
  resolver_free(w->resolver);
  if (w->store) {
    loop_remove_hook(w->loop, deliver, w->store);
    store_free(w->store);
  }
  if (w->signals)
    signals_close();
  loop_free(w->loop);
  struct options *options = w->options;
  memset(w, 0, sizeof *w);
  w->options = options;
  w->file_fd = -1;
}
