/* The one question at the end, asked only when something would be lost: paused messages are dropped, not sent. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "ui/editor_pane.h"
#include "ui/ui_state.h"
#include "weir/base/mem.h"

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
    {"quit-now", "q Q y Y", "quit, drop what is paused", "quit; what is paused is dropped", "PROGRAM", quit_now,
     .word = quit_word},
    {"quit-stay", "Esc", "stay", "stay", "PROGRAM", stay, NULL},
    {.keys = NULL},
};

/* Nothing else is meant: Enter never destroys. */
static bool quit_key(struct ui *ui, struct view *v, const struct key *key) {
  return !dispatch_bound(ui, v, key);
}

/* A sentence at the top of `room`, which becomes what is left below it. */
static __attribute__((format(printf, 3, 4))) void say(struct canvas *c, struct rect *room, const char *format, ...) {
  char text[200];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  int y = canvas_paragraph(c, *room, ROLE_TEXT, slice_of(text));
  room->h -= y - room->y;
  room->y = y;
}

static void quit_draw(const struct view *v, const struct ui *ui, struct canvas *c, struct rect r) {
  size_t paused = store_stats(ui_store(ui)).paused;
  struct proxy_stats proxy = proxy_stats(ui_proxy(ui));
  size_t running = proxy.running > paused ? proxy.running - paused : 0;
  (void)v;
  int w = r.w < 62 ? r.w : 62, h = r.h < 8 ? r.h : 8;
  struct rect box = {r.x + (r.w - w) / 2, r.y + (r.h - h) / 2, w, h}, in = {box.x + 2, box.y + 1, w - 4, h - 2};
  struct rect words = {in.x, in.y, in.w, in.h - 2};
  canvas_box(c, box, ROLE_BOX, "quit weir?");
  if (paused > 0)
    say(c, &words, "%zu message%s paused: %s will be dropped, not sent", paused, paused == 1 ? " is" : "s are",
        paused == 1 ? "it" : "they");
  if (editor_pane_count(ui) > 0)
    say(c, &words, "%s is open: what is not sent from there is lost", editor_pane_name(ui));
  if (running > 0)
    say(c, &words, "%zu%s %s in flight", running, paused > 0 ? " more" : "", running == 1 ? "is" : "are");
  int y = in.h > 5 ? in.y + 3 : in.y + in.h - 2;
  y = words.y > y ? words.y : y;
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
