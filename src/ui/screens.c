/* The keys that hold everywhere: other screens, help, recording, suspend, redraw, quit. */
#include "ui/actions.h"
#include "ui/commands.h"
#include "ui/editor_pane.h"
#include "ui/repeater.h"
#include "ui/ui_state.h"

/* Closes what stands above the list, unless one of them wants to stay. */
static bool to_list(struct ui *ui) {
  while (ui->top != NULL && ui->top->below != NULL) {
    struct view *v = ui->top;
    if (v->ops->leave != NULL && !v->ops->leave(ui, v))
      return false;
    if (ui->top == v)
      ui_pop(ui);
  }
  return true;
}

void screen_flows(struct ui *ui, struct view *v, int count) {
  (void)count;
  if (v->ops == &list_view_ops)
    ui_say(ui, "this is the flow list");
  else
    to_list(ui);
}

void screen_paused(struct ui *ui, struct view *v, int count) {
  (void)count;
  if (v->ops == &paused_view_ops)
    ui_say(ui, "these are the paused messages");
  else if (to_list(ui))
    ui_push(ui, paused_view_new(ui));
}

void screen_repeater(struct ui *ui, struct view *v, int count) {
  (void)count;
  if (v->ops == &repeater_view_ops)
    ui_say(ui, "this is what was sent again");
  else if (to_list(ui))
    ui_push(ui, repeater_view_new(ui));
}

void repeater_show(struct ui *ui, uint64_t id) {
  struct replay_tab *t = repeater_tab(ui->repeater, id);
  for (size_t i = 0; i < ui->repeater->tab.n; i++)
    if (ui->repeater->tab.v[i] == t)
      ui->repeater->current = i;
  if (ui->top->ops != &repeater_view_ops && to_list(ui)) {
    ui->cursor = id;
    ui_push(ui, repeater_view_new(ui));
  }
}

void screen_rules(struct ui *ui, struct view *v, int count) {
  (void)count;
  if (v->ops == &rules_view_ops)
    ui_say(ui, "these are the rules");
  else if (to_list(ui))
    ui_push(ui, rules_view_new(ui));
}

void screen_log(struct ui *ui, struct view *v, int count) {
  (void)count;
  if (v->ops == &log_view_ops)
    ui_say(ui, "this is the log");
  else if (to_list(ui))
    ui_push(ui, log_view_new(ui));
}

void screen_stats(struct ui *ui, struct view *v, int count) {
  (void)count;
  if (v->ops == &stats_view_ops)
    ui_say(ui, "these are the statistics");
  else if (to_list(ui))
    ui_push(ui, stats_view_new(ui));
}

void screen_setup(struct ui *ui, struct view *v, int count) {
  (void)count;
  if (v->ops == &setup_view_ops)
    ui_say(ui, "this is the setup");
  else if (to_list(ui))
    ui_push(ui, setup_view_new(ui));
}

static void screen_next(struct ui *ui, struct view *v, int count) {
  (void)v;
  status_tab_step(ui, count > 0 ? count : 1);
}

static void screen_previous(struct ui *ui, struct view *v, int count) {
  (void)v;
  status_tab_step(ui, count > 0 ? -count : -1);
}

void screen_help(struct ui *ui, struct view *v, int count) {
  (void)v;
  (void)count;
  ui_push(ui, help_view_new(ui));
}

static void recording(struct ui *ui, struct view *v, int count) {
  (void)v;
  (void)count;
  bool on = !proxy_recording(ui_proxy(ui));
  proxy_set_recording(ui_proxy(ui), on);
  ui_say(ui, on ? "recording" : "not recording: traffic passes unseen and unpaused; p records again");
}

static void suspend(struct ui *ui, struct view *v, int count) {
  (void)v;
  (void)count;
  struct proxy_stats proxy = proxy_stats(ui_proxy(ui));
  if ((proxy.tunnels || proxy.clients > 0) && ui->armed != 'z') {
    ui_say(ui, "clients are connected and the proxy would stop too: Ctrl-Z again suspends");
    ui->armed_next = 'z';
    return;
  }
  ui->t->ops->suspend(ui->t);
}

static void redraw(struct ui *ui, struct view *v, int count) {
  (void)v;
  (void)count;
  ui->t->ops->redraw(ui->t);
}

static void quit(struct ui *ui, struct view *v, int count) {
  (void)v;
  (void)count;
  ui_quit(ui, true);
}

static void quit_now(struct ui *ui, struct view *v, int count) {
  (void)v;
  (void)count;
  ui_quit(ui, false);
}

static void interrupt(struct ui *ui, struct view *v, int count) {
  (void)v;
  (void)count;
  if (ui->armed == 'c') {
    ui_quit(ui, true);
    return;
  }
  ui_say(ui, "q quits; so does Ctrl-C again");
  ui->armed_next = 'c';
}

const struct binding global_bindings[] = {
    {"screen-flows", "gf F2", NULL, "flows", "SCREEN", screen_flows, NULL},
    {"screen-paused", "gh F3", NULL, "paused", "SCREEN", screen_paused, NULL},
    {"screen-repeater", "gr F4", NULL, "what was sent again", "SCREEN", screen_repeater, NULL},
    {"screen-rules", "gu F5", NULL, "rules: what they do, and would do", "SCREEN", screen_rules, NULL},
    {"screen-stats", "gs F6", NULL, "statistics: hosts, answers, slowest, waterfall", "SCREEN", screen_stats, NULL},
    {"intercepts", "gi", NULL, "intercepts: the list of them", "SCREEN", act_intercepts, NULL},
    {"screen-log", "gl F7", NULL, "log", "SCREEN", screen_log, NULL},
    {"screen-setup", "go F8", NULL, "setup: proxy, certificate, clients", "SCREEN", screen_setup, NULL},
    {"screen-next", "gt", NULL, "the next screen", "SCREEN", screen_next, NULL},
    {"screen-previous", "gT", NULL, "the screen before", "SCREEN", screen_previous, NULL},
    {"editor-back", "Ctrl-]", "editor", "back to the editor that is open", "SCREEN", act_editor_back,
     act_editor_is_open, "no editor is open"},
    {"editor-external-end", "Alt-K", NULL, "end the editor that is open", "SCREEN", act_editor_end, act_editor_is_open,
     "no editor is open"},
    {"help", "? F1", NULL, "these keys", "SCREEN", screen_help, NULL},
    {"command-line", ":", NULL, "command line: any act by name, set, map", "PROGRAM", act_command_line, NULL},
    {"palette", "Ctrl-P F9", NULL, "find an act by a few letters", "PROGRAM", act_palette, NULL},
    {"record", "p", NULL, "recording on and off", "PROGRAM", recording, NULL},
    {"redraw", "Ctrl-L", NULL, "redraw", "SCREEN", redraw, NULL},
    {"suspend", "Ctrl-Z", NULL, "suspend", "PROGRAM", suspend, NULL},
    {"interrupt", "Ctrl-C", NULL, "twice: quit", "PROGRAM", interrupt, NULL},
    {"quit", "", NULL, "quit; asks once when something would be lost", "PROGRAM", quit, NULL},
    {"quit-now", "Q", NULL, "quit now", "PROGRAM", quit_now, NULL},
    {.keys = NULL},
};

/* The same where letters are text. */
const struct binding typing_bindings[] = {
    {"editor-back", "Ctrl-]", "editor", "back to the editor that is open", "SCREEN", act_editor_back,
     act_editor_is_open, "no editor is open"},
    {"help", "F1", NULL, "these keys", "SCREEN", screen_help, NULL},
    {"screen-flows", "F2", NULL, "flows", "SCREEN", screen_flows, NULL},
    {"screen-paused", "F3", NULL, "paused", "SCREEN", screen_paused, NULL},
    {"screen-repeater", "F4", NULL, "what was sent again", "SCREEN", screen_repeater, NULL},
    {"screen-rules", "F5", NULL, "rules: what they do, and would do", "SCREEN", screen_rules, NULL},
    {"screen-stats", "F6", NULL, "statistics: hosts, answers, slowest, waterfall", "SCREEN", screen_stats, NULL},
    {"screen-log", "F7", NULL, "log", "SCREEN", screen_log, NULL},
    {"screen-setup", "F8", NULL, "setup: proxy, certificate, clients", "SCREEN", screen_setup, NULL},
    {"palette", "F9", NULL, "find an act by a few letters", "PROGRAM", act_palette, NULL},
    {"command-line", "", NULL, "command line: any act by name, set, map", "PROGRAM", act_command_line, NULL},
    {"redraw", "Ctrl-L", NULL, "redraw", "SCREEN", redraw, NULL},
    {"suspend", "Ctrl-Z", NULL, "suspend", "PROGRAM", suspend, NULL},
    {"interrupt", "Ctrl-C", NULL, "twice: quit", "PROGRAM", interrupt, NULL},
    {.keys = NULL},
};
