/*
 * weir without a screen: loop, names, store, rules and proxy put together from the options. The TUI, the headless mode
 * and the tests drive this.
 */
#ifndef WEIR_APP_WEIR_H
#define WEIR_APP_WEIR_H

#include "weir/app/option.h"
#include "weir/flow/store.h"
#include "weir/io/loop.h"
#include "weir/proxy/proxy.h"
#include "weir/rule/intercept.h"

#define WEIR_VERSION "0.1.0"

struct weir {
  struct options *options; /* not owned */
  struct loop *loop;
  struct resolver *resolver;
  struct store *store;
  struct rules *rules;
  struct proxy *proxy;
};

/* Listens as the options say. On failure everything is undone. */
bool weir_open(struct weir *w, struct options *options, struct err *err);
void weir_close(struct weir *w);
char *weir_path(const struct weir *w, int kind, const char *name); /* path_for() with its confdir */

#endif
