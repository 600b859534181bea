/* weir without a screen: lines on stdout, words on stderr, until a signal or the end of stdout. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "weir/app/output.h"
#include "weir/app/weir.h"
#include "weir/base/clock.h"
#include "weir/base/log.h"
#include "weir/io/signals.h"

#define LAST_LINES (1 * CLOCK_S) /* how long a slow reader may take for what is queued at the end */

static void say(void *arg, const struct log_line *line) {
  (void)arg;
  if (line->flow)
    return; /* its own line on stdout tells it */
  fprintf(stderr, "weir: %s: %s%s%s\n", log_level_name(line->level), line->text, line->cure ? "; " : "",
          line->cure ? line->cure : "");
}

static void stop(void *arg) {
  struct weir *w = arg;
  loop_stop(w->loop);
}

static void on_signal(void *arg, int number) {
  (void)number;
  stop(arg);
}

static void warn_open(const struct proxy_stats *stats, bool listed) {
  for (size_t i = 0; i < stats->listeners; i++)
    if (stats->listening[i].open_to_all) {
      char text[ADDRESS_TEXT];
      fprintf(stderr,
              "weir: warning: %s can be reached from other machines, and whoever reaches it can use this proxy; "
              "%s--allow 192.168.1.0/24 says who may\n",
              address_text(&stats->listening[i].address, text, sizeof text),
              listed                         ? "--allow lets everybody in, "
              : !stats->listening[i].can_ask ? "it cannot ask for a password, "
                                             : "--auth USER:PASSWORD asks them, ");
    }
}

static void warn_tproxy(const struct proxy_stats *stats) {
  bool lacks = false;
  for (size_t i = 0; i < stats->listeners; i++)
    lacks |= stats->listening[i].no_tproxy;
  if (lacks)
    fprintf(stderr,
            "weir: warning: weir has no CAP_NET_ADMIN: REDIRECT rules work, but what TPROXY rules catch goes past "
            "weir; setcap cap_net_admin+ep gives its program that\n");
}

int headless_run(struct weir *w) {
  log_add_sink(say, w, LOG_WARN);
  bool command = w->options->command == COMMAND_RUN; /* stdout and signals are the command's */
  static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
  for (size_t i = 0; !command && i < sizeof ends / sizeof *ends; i++)
    if (!signals_ignored(ends[i]))
      signals_on(ends[i], on_signal, w);
  struct output_options options = {command ? STDERR_FILENO : STDOUT_FILENO, w->options->json, w->options->json_bodies,
                                   stop, w};
  struct output *out = output_new(w->loop, w->store, &options);

  struct proxy_stats stats = proxy_stats(w->proxy);
  warn_open(&stats, w->options->allow);
  bool named = false; /* the usual one alone needs no name */
  for (size_t i = 0; i < stats.listeners; i++)
    named |= stats.listening[i].kind != MODE_AUTO;
  for (size_t i = 0; i < stats.listeners; i++) {
    char text[ADDRESS_TEXT];
    const struct proxy_listening *l = &stats.listening[i];
    address_text(&l->address, text, sizeof text);
    if (named || l->header)
      fprintf(stderr, "weir: listening on %s (%s%s)\n", text,
              l->header && strncmp(l->mode, "proxy+", 6) != 0 ? "proxy+" : "", l->mode);
    else
      fprintf(stderr, "weir: listening on %s\n", text);
  }
  warn_tproxy(&stats);
  loop_run(w->loop);

  weir_stop(w);
  uint64_t until = clock_mono() + LAST_LINES;
  while (!output_idle(out) && clock_mono() < until)
    loop_turn(w->loop, until - clock_mono());
  struct output_tally tally = output_tally(out);
  fprintf(stderr, "weir: %llu flow%s recorded, %llu bytes of bodies\n", (unsigned long long)tally.flows,
          tally.flows == 1 ? "" : "s", (unsigned long long)tally.body_bytes);
  output_free(out);
  log_remove_sink(say, w);
  return 0;
}
