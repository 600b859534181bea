/*
 * weir without a screen: loop, names, store, rules and proxy put together from the options. The TUI, the headless mode
 * and the tests drive this.
 *
 * At the end of each turn the store's events are delivered first, then whoever registered later acts on them. The file
 * of
 * --write is fed here, so that it is the same with and without a screen.
 */
#ifndef WEIR_APP_WEIR_H
#define WEIR_APP_WEIR_H

#include "weir/app/option.h"
#include "weir/flow/store.h"
#include "weir/io/loop.h"
#include "weir/proxy/proxy.h"
#include "weir/rule/intercept.h"

struct authority;
struct process_finder;
struct output;
struct tls;

struct weir {
  struct options *options; /* not owned */
  struct loop *loop;
  struct resolver *resolver;
  struct store *store;
  struct rules *rules;
  struct recorded *recorded;     /* for rules that answer from the recording */
  struct rules_file *rules_file; /* NULL: none */
  struct buf import_notes;       /* what --import-mitmproxy-rules passed over, a line each */
  struct loop_task tell_notes;   /* ... in the log, once somebody listens to it */
  /* Told when that file is read again: before (`said` NULL), and then how it went. NULL: nobody listens. */
  void (*on_rules)(void *arg, bool good, const char *said);
  void *on_rules_arg;
  struct process_finder *processes;
  struct proxy *proxy;
  bool https;                  /* is read in this run, as far as weir knows; else tls_off says why not */
  struct authority *authority; /* NULL: not open yet; ask weir_authority() */
  struct tls *tls;             /* NULL: not open yet, the proxy has it opened */
  struct err tls_off;
  struct loop_task tell; /* ... in the log, once somebody listens to it */
  struct output *file;   /* --write; NULL: none, or it ended (the log says why) */
  int file_fd;
  bool signals; /* weir_open() opened them */
};

/* Listens as the options say, and makes the authority when there is none. On failure everything is undone. A person who
 * can have no data directory gets a weir that does not read HTTPS, and a line in the log. */
bool weir_open(struct weir *w, struct options *options, struct err *err);
/* Opened where it was not yet: most runs never pay for OpenSSL. NULL: HTTPS is not read in this run, or cannot be at the
 * moment; then a later call tries again. */
const struct authority *weir_authority(struct weir *w, struct err *err);
/* Ends the proxy: what is paused is dropped, what runs is aborted and recorded so. The rest stays usable. */
void weir_stop(struct weir *w);
void weir_close(struct weir *w);

#endif
