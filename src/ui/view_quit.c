/* The one question at the end, asked only when something would be lost: paused messages are dropped, not sent; what runs
 * is cut; flows that were written nowhere are gone. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/editor_pane.h"
#include "ui/receiving.h"
#include "ui/ui_state.h"
#include "weir/app/output.h"
#include "weir/base/mem.h"
#include "weir/base/units.h"

static void quit_now(struct ui *ui, struct view *v, int count) {
  (void)v;
  (void)count;
  loop_stop(ui->w->loop);
}

static void stay(struct ui *ui, struct view *v, int count) {
  (void)v;
  (void)count;
  ui_pop(ui);
}

static const char *quit_word(const struct ui *ui, const struct view *v) {
  (void)v;
  return store_stats(ui_store(ui)).paused > 0 ? NULL : "quit";
}

static const struct binding quit_bindings[] = {
    {"quit-now", "q Q y Y Ctrl-C", "quit, drop what is paused", "quit; what is paused is dropped", "PROGRAM", quit_now,
     .word = quit_word},
    {"quit-stay", "Esc", "stay", "stay", "PROGRAM", stay, NULL},
    {.keys = NULL},
};

/* Nothing else is meant: Enter never destroys. */
static bool quit_key(struct ui *ui, struct view *v, const struct key *key) {
  return !dispatch_bound(ui, v, key);
}

/* ---- what would be lost ---- */

struct losses {
  size_t paused, transfers, tunnels, unsaved;
  uint64_t seen, total, passed; /* bytes of the transfers that arrive, and of the tunnels */
  bool endless;                 /* a transfer of which nobody said how long it is */
};

static void count_running(struct losses *l, const struct flow *f) {
  uint64_t seen, total;
  if (f->kind == FLOW_TUNNEL) {
    l->tunnels++;
    l->passed += f->up + f->down;
    return;
  }
  l->transfers++;
  if (!receiving(f, FLOW_RESPONSE, &seen, &total) && !receiving(f, FLOW_REQUEST, &seen, &total))
    return;
  l->seen += seen;
  l->total += total;
  l->endless |= total == 0;
}

/* Of all flows, while the question stands and at no other time. */
static void find_running(const struct ui *ui, struct losses *l) {
  const struct store *store = ui_store(ui);
  struct proxy_stats proxy = proxy_stats(ui_proxy(ui));
  for (size_t i = 0, n = proxy.tunnels || proxy.clients + proxy.running > 0 ? store_count(store) : 0; i < n; i++) {
    const struct flow *f = store_nth(store, i);
    if (!flow_finished(f) && f->paused == FLOW_RUNNING && !f->quiet)
      count_running(l, f);
  }
}

static size_t unsaved(const struct ui *ui) {
  const struct weir *w = ui->w;
  if (w->file != NULL && output_lost(w->file) == 0)
    return 0;
  size_t all = store_stats(w->store).flows, since = store_count(w->store) - store_index(w->store, ui->saved + 1);
  return since < all ? since : all;
}

static struct losses losses(const struct ui *ui) {
  struct losses l = {.paused = store_stats(ui_store(ui)).paused, .unsaved = unsaved(ui)};
  find_running(ui, &l);
  return l;
}

bool quit_asks(const struct ui *ui) {
  struct losses l = losses(ui);
  return l.paused + l.transfers + l.tunnels + l.unsaved + editor_pane_count(ui) > 0;
}

/* ---- the box ---- */

#define SENTENCES 5
struct sentences {
  char text[SENTENCES][120];
  size_t n;
};

static __attribute__((format(printf, 2, 3))) void say(struct sentences *s, const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(s->text[s->n++], sizeof s->text[0], format, args);
  va_end(args);
}

static void say_transfers(struct sentences *s, const struct losses *l) {
  char seen[16], total[16], how_far[48] = "";
  if (l->seen > 0 && l->endless)
    snprintf(how_far, sizeof how_far, ": %s so far", units_size(l->seen, seen, sizeof seen));
  else if (l->total > 0)
    snprintf(how_far, sizeof how_far, ": %s of %s", units_size(l->seen, seen, sizeof seen),
             units_size(l->total, total, sizeof total));
  say(s, "%zu transfer%s running%s", l->transfers, l->transfers == 1 ? " is" : "s are", how_far);
}

static void say_losses(const struct ui *ui, struct sentences *s) {
  struct losses l = losses(ui);
  char passed[16];
  if (l.paused > 0)
    say(s, "%zu message%s paused: %s will be dropped, not sent", l.paused, l.paused == 1 ? " is" : "s are",
        l.paused == 1 ? "it" : "they");
  if (editor_pane_count(ui) > 0)
    say(s, "%.60s is open: what is not sent from there is lost", editor_pane_name(ui));
  if (l.transfers > 0)
    say_transfers(s, &l);
  if (l.tunnels > 0)
    say(s, "%zu tunnel%s open: %s passed", l.tunnels, l.tunnels == 1 ? " is" : "s are",
        units_size(l.passed, passed, sizeof passed));
  if (l.unsaved > 0)
    say(s, "%zu flow%s not saved", l.unsaved, l.unsaved == 1 ? " is" : "s are");
}

static void quit_draw(const struct view *v, const struct ui *ui, struct canvas *c, struct rect r) {
  struct sentences s = {.n = 0};
  (void)v;
  say_losses(ui, &s);
  int w = r.w < 62 ? r.w : 62, h = 5;
  for (size_t i = 0; i < s.n; i++) /* words that wrap need some room more */
    h += 1 + (int)(strlen(s.text[i]) + 4) / (w - 4);
  h = h < r.h ? h : r.h;
  struct rect box = {r.x + (r.w - w) / 2, r.y + (r.h - h) / 2, w, h}, in = {box.x + 2, box.y + 1, w - 4, h - 2};
  int y = in.y, last = in.y + in.h - 2;
  canvas_box(c, box, ROLE_BOX, "quit weir?");
  for (size_t i = 0; i < s.n; i++)
    y = canvas_paragraph(c, (struct rect){in.x, y, in.w, last - y}, ROLE_TEXT, slice_of(s.text[i]));
  y = y < last - 1 ? y + 1 : last;
  canvas_text(c, in, in.x, y, ROLE_KEY, SLICE("q, y"));
  canvas_text(c, in, in.x + 5, y, ROLE_TEXT, SLICE("quit now"));
  canvas_text(c, in, in.x, y + 1, ROLE_KEY, SLICE("Esc"));
  canvas_text(c, in, in.x + 5, y + 1, ROLE_TEXT, SLICE("stay"));
}

static void quit_free(struct ui *ui, struct view *v) {
  (void)ui;
  free(v);
}

const struct view_ops quit_view_ops = {
    .name = "quit",
    .overlay = true,
    .bindings = quit_bindings,
    .draw = quit_draw,
    .key = quit_key,
    .free = quit_free,
};

struct view *quit_view_new(struct ui *ui) {
  struct view *v = mem_zero(1, sizeof *v);
  (void)ui;
  view_init(v, &quit_view_ops);
  return v;
}
