/* Putting weir together, and taking it apart in the right order. */
#include "weir/app/weir.h"

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

#include "interception.h"
#include "listening.h"
#include "option_auth.h"
#include "option_upstream.h"
#include "recorded.h"
#include "rules_file.h"

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
  w->recorded = recorded_new(w->loop, w->store);
  struct rules_recording recording = recorded_for_rules(w->recorded);
  rules_set_recorded(w->rules, &recording);
  if (options->headless)
    intercept_unattended(w->rules);
  if (options->intercept && !intercept_set(w->rules, options->intercept, err))
    goto out;
  for (char **rule = options->rules; rule && *rule; rule++)
    if (!rule_add(w->rules, *rule, RULE_AT_END, err))
      goto out;
  if (!rules_import(w, options->imports, err))
    goto out;
  if (options->rules_file && !rules_file_open(w, options->rules_file, &w->rules_file, err))
    goto out;
  if (!open_file(w, err))
    goto out;
  if (!interception_open(w, err))
    goto out;
  w->proxy = proxy_new(w->loop, w->resolver, w->store, w->rules, &options->proxy);
  proxy_set_gate(w->proxy, option_auth_gate(options));
  proxy_set_ways(w->proxy, option_upstream_ways(options));
  w->processes = process_finder_new(w->loop);
  proxy_set_processes(w->proxy, w->processes);
  interception_start(w);
  if (listening_open(w, err))
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
  rules_file_free(w->rules_file);
  buf_clear(&w->import_notes);
  rules_free(w->rules);
  recorded_free(w->recorded);
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
