/* The one question at the end, asked only when something would be lost: paused messages are dropped, not sent. */
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

static void quit_draw(const struct view *v, const struct ui *ui, struct canvas *c, struct rect r) {
  size_t paused = store_stats(ui_store(ui)).paused;
  struct proxy_stats proxy = proxy_stats(ui_proxy(ui));
  size_t running = proxy.running > paused ? proxy.running - paused : 0;
  (void)v;
  int w = r.w < 62 ? r.w : 62, h = r.h < 8 ? r.h : 8;
  struct rect box = {r.x + (r.w - w) / 2, r.y + (r.h - h) / 2, w, h}, in = {box.x + 2, box.y + 1, w - 4, h - 2};
  canvas_box(c, box, ROLE_BOX, "quit weir?");
  int y = in.y;
  if (paused > 0)
    canvas_print(c, in, in.x, y++, ROLE_TEXT, "%zu message%s paused: %s will be dropped, not sent", paused,
                 paused == 1 ? " is" : "s are", paused == 1 ? "it" : "they");
  if (editor_pane_count(ui) > 0)
    canvas_print(c, in, in.x, y++, ROLE_TEXT, "%s is open: what is not sent from there is lost", editor_pane_name(ui));
  if (running > 0)
    canvas_print(c, in, in.x, y, ROLE_TEXT, "%zu%s %s in flight", running, paused > 0 ? " more" : "",
                 running == 1 ? "is" : "are");
  canvas_text(c, in, in.x, in.y + 3, ROLE_KEY, SLICE("q, y"));
  canvas_text(c, in, in.x + 5, in.y + 3, ROLE_TEXT, SLICE("quit now"));
  canvas_text(c, in, in.x, in.y + 4, ROLE_KEY, SLICE("Esc"));
  canvas_text(c, in, in.x + 5, in.y + 4, ROLE_TEXT, SLICE("stay"));
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
