#include "ui/actions.h"
#include "ui/write_list.h"

#include <stdio.h>
#include <stdlib.h>

#include "ui/commands.h"
#include "ui/compose.h"
#include "ui/filter_acts.h"
#include "ui/prompt.h"
#include "ui/repeater.h"
#include "ui/rule_acts.h"
#include "ui/undo_kinds.h"
#include "ui/view_diff.h"
#include "ui/view_edit.h"
#include "ui/view_pipe.h"
#include "weir/base/mem.h"

static unsigned long long number(const struct flow *f) {
  return f->id;
}

struct flow *act_target(struct ui *ui, struct view *v) {
  struct flow *f = view_flow(ui, v);
  if (f == NULL)
    ui_say(ui, "there is no flow under the cursor");
  return f != NULL && list_show_cursor(ui, v) ? NULL : f;
}

/* The side in focus; on the list the one that is paused, else the response when there is one. */
enum flow_side act_side(const struct view *v, const struct flow *f) {
  if (v->ops->side != NULL)
    return v->ops->side(v);
  if (f->paused != FLOW_RUNNING)
    return f->paused == FLOW_PAUSED_REQUEST ? FLOW_REQUEST : FLOW_RESPONSE;
  return f->response.head.raw != NULL ? FLOW_RESPONSE : FLOW_REQUEST;
}

/* ---- paused ---- */

static void resume(struct ui *ui, struct view *v, int count) {
  if (selected_resume(ui, v))
    return;
  struct flow *f = act_target(ui, v);
  struct err err = ERR_INIT;
  (void)count;
  if (f == NULL)
    return;
  unsigned long long n = number(f);
  if (f->paused == FLOW_RUNNING)
    ui_say(ui, "#%llu is not paused", n);
  else if (f->client_gone)
    ui_warn(ui, "#%llu: its client has gone, so nothing was sent; r sends it again, d drops it", n);
  else if (proxy_resume(ui_proxy(ui), f->id, &err))
    ui_say(ui, "#%llu goes on", n);
  else
    ui_warn(ui, "#%llu: %s", n, err.text);
}

static void resume_all(struct ui *ui, struct view *v, int count) {
  (void)v;
  (void)count;
  size_t n = proxy_resume_all(ui_proxy(ui));
  if (n > 0)
    ui_say(ui, "%zu went on", n);
  else
    ui_say(ui, "nothing is paused");
}

static void oldest_paused(struct ui *ui, struct view *v, int count) {
  (void)count;
  if (filter_index_count(ui->paused) == 0) {
    ui_say(ui, "nothing is paused");
    return;
  }
  if (v->ops == &log_view_ops)
    screen_flows(ui, v, 0);
  list_select(ui, filter_index_nth(ui->paused, 0));
  ui_say(ui, "#%llu is the oldest paused", (unsigned long long)ui->cursor);
}

/* ---- deleting ---- */

static void drop(struct ui *ui, struct flow *f) {
  struct err err = ERR_INIT;
  unsigned long long n = number(f);
  if (proxy_drop(ui_proxy(ui), f->id, &err))
    ui_say(ui, "#%llu dropped", n);
  else
    ui_warn(ui, "#%llu: %s", n, err.text);
}

static void abort_running(struct ui *ui, struct flow *f) {
  struct err err = ERR_INIT;
  unsigned long long n = number(f);
  if (ui->armed != 'd' || ui->armed_for != f->id) {
    ui_say(ui, "#%llu is still running: d again ends it", n);
    ui->armed_next = 'd';
    ui->armed_for = f->id;
  } else if (proxy_abort(ui_proxy(ui), f->id, &err)) {
    ui_say(ui, "#%llu ended", n);
  } else {
    ui_warn(ui, "#%llu: %s", n, err.text);
  }
}

bool flow_take_out(struct ui *ui, struct flow *f) {
  ui->removing = true;
  bool out = store_detach(ui_store(ui), f);
  ui->removing = false;
  if (out)
    undo_add_flow(ui->undo, f);
  return out;
}

static void delete_flow(struct ui *ui, struct view *v, int count) {
  if (repeater_act_close(ui, v) || selected_delete(ui, v))
    return;
  struct flow *f = act_target(ui, v);
  (void)count;
  if (f == NULL)
    return;
  unsigned long long n = number(f);
  if (f->paused != FLOW_RUNNING) {
    drop(ui, f);
  } else if (f->live != NULL) {
    abort_running(ui, f);
  } else {
    undo_begin(ui->undo, "delete #%llu", n);
    bool out = flow_take_out(ui, f);
    undo_end(ui->undo);
    if (out)
      ui_say(ui, "#%llu deleted; u brings it back", n);
  }
}

/* From the newest to the oldest: the ring then only gets shorter. */
static void clear_list(struct ui *ui, struct view *v, int count) {
  struct store *store = ui_store(ui);
  size_t out = 0, kept = 0;
  (void)v;
  (void)count;
  undo_begin(ui->undo, "clear the list");
  for (size_t i = store_count(store); i > 0; i--) {
    struct flow *f = store_nth(store, i - 1);
    if (f->live != NULL || f->paused != FLOW_RUNNING || !flow_take_out(ui, f))
      kept++;
    else
      out++;
  }
  undo_end(ui->undo);
  ui->following = true;
  if (out > 0 && kept > 0)
    ui_say(ui, "%zu %s cleared, %zu in flight %s; u brings back", out, out == 1 ? "flow" : "flows", kept,
           kept == 1 ? "stays" : "stay");
  else if (out > 0)
    ui_say(ui, "%zu %s cleared; u brings back", out, out == 1 ? "flow" : "flows");
  else
    ui_say(ui, kept > 0 ? "only flows in flight are left: they stay" : "the list is empty");
}

/* What was taken back, or done again: the flows it brought back, or what had to be left out. */
static void tell_step(struct ui *ui, const struct undo_told *told, const char *verb) {
  if (told->why.text[0] != '\0')
    ui_warn(ui, "%s: %s", told->phrase, told->why.text);
  else if (told->lost > 0)
    ui_say(ui, "%zu flows are back; %zu older ones had to make room for what came since", told->back, told->lost);
  else if (told->back > 1)
    ui_say(ui, "%zu flows are back", told->back);
  else
    ui_say(ui, "%s: %s", verb, told->phrase);
  if (told->back > 0)
    list_select(ui, told->flow);
}

typedef bool step_fn(struct undo *u, struct ui *ui, struct undo_told *told);

static void take_steps(struct ui *ui, int count, step_fn *step, const char *verb, const char *nothing) {
  struct undo_told told;
  bool any = false;
  for (long i = 0; i < view_times(count) && step(ui->undo, ui, &told); i++)
    any = true;
  if (any)
    tell_step(ui, &told, verb);
  else
    ui_say(ui, "%s", nothing);
}

void act_undo(struct ui *ui, struct view *v, int count) {
  (void)v;
  take_steps(ui, count, undo_step, "taken back", "nothing to undo");
}

void act_redo(struct ui *ui, struct view *v, int count) {
  (void)v;
  take_steps(ui, count, redo_step, "done again", "nothing to do again: Ctrl-R takes back what u did last");
}

static bool can_undo(const struct ui *ui, const struct view *v) {
  (void)v;
  return undo_phrase(ui->undo, ui).n > 0;
}

static bool can_redo(const struct ui *ui, const struct view *v) {
  (void)v;
  return redo_phrase(ui->undo, ui).n > 0;
}

/* ---- marks and notes ---- */

static void mark(struct ui *ui, struct view *v, int count) {
  if (selected_mark(ui, v))
    return;
  struct flow *f = act_target(ui, v);
  struct err err = ERR_INIT;
  (void)count;
  if (f == NULL)
    return;
  undo_begin(ui->undo, f->marked ? "unmark #%llu" : "mark #%llu", number(f));
  undo_mark(ui, f);
  if (!store_mark(ui_store(ui), f, !f->marked, &err)) {
    undo_cancel(ui->undo);
    ui_warn(ui, "%s", err.text);
    return;
  }
  undo_end(ui->undo);
  ui_say(ui, f->marked ? "#%llu marked: it stays in the ring" : "#%llu unmarked", number(f));
}

struct note {
  uint64_t id;
};

static bool note_taken(struct ui *ui, void *arg, struct slice text, struct err *err) {
  struct flow *f = store_get(ui_store(ui), ((struct note *)arg)->id);
  if (f == NULL)
    return err_set(err, "the flow is gone");
  undo_begin(ui->undo, "note on #%llu", number(f));
  undo_note(ui, f);
  undo_end(ui->undo);
  free(f->note);
  f->note = text.n > 0 ? mem_dup_n(text.p, text.n) : NULL;
  store_touch(ui_store(ui), f, FLOW_CHANGED_NOTE);
  ui_say(ui, text.n > 0 ? "#%llu noted" : "#%llu has no note", number(f));
  return true;
}

bool command_note(struct ui *ui, struct view *v, struct slice argument, struct err *err) {
  const struct flow *f = act_target(ui, v);
  return f == NULL || note_taken(ui, &(struct note){f->id}, argument, err);
}

static void note(struct ui *ui, struct view *v, int count) {
  if (selected_note(ui, v))
    return;
  struct flow *f = act_target(ui, v);
  (void)count;
  if (f == NULL)
    return;
  struct note *n = mem_alloc(sizeof *n);
  n->id = f->id;
  prompt_open(ui, &(struct prompt_options){.label = "note: ",
                                           .text = f->note,
                                           .accept = "keep",
                                           .cancel = "leave it",
                                           .taken = note_taken,
                                           .drop = free,
                                           .arg = n});
}

/* ---- sending ---- */

static void replay(struct ui *ui, struct view *v, int count) {
  if (repeater_act_send(ui, v, count))
    return;
  if (selection_count(ui) > 0 && v->ops == &list_view_ops) {
    const struct flow *at = view_flow(ui, v);
    selected_replay(ui, v, at != NULL ? at->id : 0, count > 0 ? count : 1);
    return;
  }
  const struct flow *f = act_target(ui, v);
  if (f != NULL)
    repeater_send_flow(ui, f->id, &(struct send_options){.count = count > 0 ? (unsigned)count : 1});
}

static bool is_paused(const struct ui *ui, const struct view *v) {
  const struct flow *f = view_flow(ui, v);
  return f != NULL && f->paused != FLOW_RUNNING;
}

static bool any_paused(const struct ui *ui, const struct view *v) {
  (void)v;
  return store_stats(ui_store(ui)).paused > 0;
}

static bool has_flow(const struct ui *ui, const struct view *v) {
  return v->ops->flow != NULL && v->ops->flow(v, ui) != 0;
}

/* A tunnel holds nothing that could be edited or sent again. */
static bool is_message(const struct ui *ui, const struct view *v) {
  uint64_t id = v->ops->flow != NULL ? v->ops->flow(v, ui) : 0;
  const struct flow *f = id != 0 ? store_get(ui_store(ui), id) : NULL;
  return f != NULL && f->kind != FLOW_TUNNEL;
}

/* What is paused comes first. */
static bool may_break(const struct ui *ui, const struct view *v) {
  return is_message(ui, v) && !any_paused(ui, v);
}

static void write_session(struct ui *ui, struct view *v, int count) {
  (void)v;
  (void)count;
  ui_say(ui, "weir keeps no session files: wh writes the flows as HAR, wr one message as it is, --write FILE all of "
             "them as they end");
}

static void open_file(struct ui *ui, struct view *v, int count) {
  (void)v;
  (void)count;
  ui_say(ui,
         "weir opens no session files: what it shows has passed through it; c takes a curl command or a raw request");
}

const struct binding flow_bindings[] = {
    {"flow-resume", "a", "resume", "resume the paused message", "ACT ON A FLOW", resume, is_paused, "it is not paused"},
    {"flow-edit", "e", "edit", "edit: paused in place, else a copy", "ACT ON A FLOW", act_edit, has_flow,
     "there is no flow", is_message},
    {"flow-edit-external", "E", NULL, "edit in $VISUAL or $EDITOR", "ACT ON A FLOW", act_edit_external, has_flow,
     "there is no flow"},
    {"host-accept", "T", "accept certificate", "accept this host's certificate, or not", "ACT ON A FLOW", act_accept,
     has_flow, "there is no flow", act_may_accept},
    {"host-pass", "P", "pass through", "pass this host through untouched, or not", "ACT ON A FLOW", act_pass, has_flow,
     "there is no flow", act_may_pass, act_pass_word},
    {"resume-all", "A", "resume all", "resume all that is paused", "ACT ON A FLOW", resume_all, any_paused,
     "nothing is paused"},
    {"flow-delete", "d", "drop", "paused: drop; finished: delete; repeater: close the tab", "ACT ON A FLOW",
     delete_flow, has_flow, "there is no flow", is_paused},
    {"flow-replay", "r", "replay", "send again as a new flow (10r: ten times, one after the other)", "ACT ON A FLOW",
     replay, has_flow, "there is no flow", is_message},
    {"compose", "c", NULL, "a new request: paste curl, a URL or raw text, or type", "ACT ON A FLOW", act_compose, NULL},
    {"replay-options", "R", NULL, "send again: how often, with which gap, several at once", "ACT ON A FLOW",
     act_replay_options, has_flow, "there is no flow"},
    {"filter", "f", "filter", "filter the list as you type", "FIND", act_filter, NULL},
    {"filter-toggle", "F", NULL, "filter off and on again", "FIND", act_filter_toggle, NULL},
    {"only-failures", "!", NULL, "only failures, or all again", "FIND", act_only_failures, NULL},
    {"intercept", "i", "intercept", "intercept: what is to be paused", "ACT ON A FLOW", act_intercept, NULL},
    {"intercept-toggle", "I", NULL, "intercept on and off", "ACT ON A FLOW", act_intercept_toggle, NULL},
    {"intercept-responses", "H", NULL, "paused request: its response too; else: all responses", "ACT ON A FLOW",
     act_intercept_responses, NULL},
    {"break-once", "b", "break", "pause the next one like this, once", "ACT ON A FLOW", act_break_once, has_flow,
     "there is no flow", may_break},
    {"break-always", "B", NULL, "pause every one like this", "ACT ON A FLOW", act_break_always, has_flow,
     "there is no flow"},
    {"flow-mark", "m", "mark", "mark: it stays in the ring", "ACT ON A FLOW", mark, has_flow, "there is no flow"},
    {"flow-note", ";", NULL, "write a note", "ACT ON A FLOW", note, has_flow, "there is no flow"},
    {"flow-diff", "D", "diff", "compare: with its origin, with itself unchanged, or two flows (D, D)", "ACT ON A FLOW",
     act_diff, has_flow, "there is no flow"},
    {"copy-url", "yu", NULL, "copy the URL", "ACT ON A FLOW", act_copy_url, has_flow, "there is no flow"},
    {"copy-curl", "yc", "copy curl", "copy as a curl command", "ACT ON A FLOW", act_copy_curl, has_flow,
     "there is no flow", is_message},
    {"copy-request", "yr", NULL, "copy the raw request", "ACT ON A FLOW", act_copy_raw_request, has_flow,
     "there is no flow"},
    {"copy-response", "yR", NULL, "copy the raw response", "ACT ON A FLOW", act_copy_raw_response, has_flow,
     "there is no flow"},
    {"copy-response-body", "yb", NULL, "copy the response's body, decoded", "ACT ON A FLOW", act_copy_response_body,
     has_flow, "there is no flow"},
    {"copy-request-body", "yB", NULL, "copy the request's body, decoded", "ACT ON A FLOW", act_copy_request_body,
     has_flow, "there is no flow"},
    {"copy-headers", "yh", NULL, "copy the headers of the side in focus", "ACT ON A FLOW", act_copy_headers, has_flow,
     "there is no flow"},
    {"copy-cookies", "yk", NULL, "copy the cookies as a Cookie field", "ACT ON A FLOW", act_copy_cookies, has_flow,
     "there is no flow"},
    {"copy-har", "yj", NULL, "copy as a HAR entry", "ACT ON A FLOW", act_copy_har, has_flow, "there is no flow"},
    {"copy-python", "yp", NULL, "copy as Python (requests)", "ACT ON A FLOW", act_copy_python, has_flow,
     "there is no flow"},
    {"copy-fetch", "yf", NULL, "copy as fetch()", "ACT ON A FLOW", act_copy_fetch, has_flow, "there is no flow"},
    {"copy-httpie", "yi", NULL, "copy as an HTTPie command", "ACT ON A FLOW", act_copy_httpie, has_flow,
     "there is no flow"},
    {"copy-markdown", "ym", NULL, "copy both messages as Markdown", "ACT ON A FLOW", act_copy_markdown, has_flow,
     "there is no flow"},
    {"copy-again", "yy", NULL, "copy in the way used last", "ACT ON A FLOW", act_copy_again, has_flow,
     "there is no flow"},
    {"write-body", "wb", NULL, "write the body to a file", "ACT ON A FLOW", act_write_body, has_flow,
     "there is no flow"},
    {"write-raw", "wr", NULL, "write the raw message to a file", "ACT ON A FLOW", act_write_raw, has_flow,
     "there is no flow"},
    {"write-har", "wh", NULL, "write the flows of the list as a HAR file", "ACT ON A FLOW", act_write_har, NULL},
    {"write-csv", "wc", NULL, "write the flows of the list as CSV", "ACT ON A FLOW", act_write_csv, NULL},
    {"write-session", "ws", NULL, "session files: not there; says what is", "ACT ON A FLOW", write_session, NULL},
    {"open-file", "o", NULL, "session files: not there; says what is", "ACT ON A FLOW", open_file, NULL},
    {"flow-pipe", "|", NULL, "run the body through a command and look at what it writes", "ACT ON A FLOW", act_pipe,
     has_flow, "there is no flow"},
    {"rule-answer", "Mm", "mock", "mock: answer it without the server", "RULES", act_rule_answer, has_flow,
     "there is no flow", is_message},
    {"rule-delay", "Md", NULL, "delay it", "RULES", act_rule_delay, has_flow, "there is no flow"},
    {"rule-header", "Mh", NULL, "set a header", "RULES", act_rule_header, has_flow, "there is no flow"},
    {"rule-replace", "Ms", NULL, "substitute in the body", "RULES", act_rule_replace, has_flow, "there is no flow"},
    {"rule-block", "Mb", NULL, "block it", "RULES", act_rule_block, has_flow, "there is no flow"},
    {"rule-send-to", "Mr", NULL, "remap: ask another server", "RULES", act_rule_send_to, has_flow, "there is no flow"},
    {"rule-file", "Mf", NULL, "answer from a file", "RULES", act_rule_file, has_flow, "there is no flow"},
    {"rule-throttle", "Mt", NULL, "throttle: a slow line", "RULES", act_rule_throttle, has_flow, "there is no flow"},
    {"rule-pass", "Mp", NULL, "pass: no rule below touches it", "RULES", act_rule_pass, has_flow, "there is no flow"},
    {"rules-toggle", "MM", NULL, "all rules on and off", "RULES", act_rules_toggle, NULL},
    {"paused-oldest", "'", "oldest paused", "to the oldest paused flow", "MOVE", oldest_paused, any_paused,
     "nothing is paused"},
    {"undo", "u", NULL, "take back what changed last", "ACT ON A FLOW", act_undo, can_undo, "nothing to undo"},
    {"redo", "Ctrl-R", NULL, "do again what u took back", "ACT ON A FLOW", act_redo, can_redo,
     "nothing was taken back"},
    {"clear", "X", NULL, "clear the list (u undoes it)", "PROGRAM", clear_list, NULL},
    {"only-host", "=h", NULL, "only this host", "SHOW ONLY, HIDE", act_only_host, has_flow},
    {"only-path", "=p", NULL, "only this path", "SHOW ONLY, HIDE", act_only_path, has_flow},
    {"only-method", "=m", NULL, "only this method", "SHOW ONLY, HIDE", act_only_method, has_flow},
    {"only-status", "=s", NULL, "only this status", "SHOW ONLY, HIDE", act_only_status, has_flow},
    {"only-type", "=t", NULL, "only this type", "SHOW ONLY, HIDE", act_only_type, has_flow},
    {"only-client", "=c", NULL, "only this program, or client", "SHOW ONLY, HIDE", act_only_client, has_flow},
    {"only-assets", "=a", NULL, "only CSS, JavaScript, images, fonts", "SHOW ONLY, HIDE", act_only_assets, NULL},
    {"hide-host", "-h", NULL, "hide this host", "SHOW ONLY, HIDE", act_hide_host, has_flow},
    {"hide-path", "-p", NULL, "hide this path", "SHOW ONLY, HIDE", act_hide_path, has_flow},
    {"hide-method", "-m", NULL, "hide this method", "SHOW ONLY, HIDE", act_hide_method, has_flow},
    {"hide-status", "-s", NULL, "hide this status", "SHOW ONLY, HIDE", act_hide_status, has_flow},
    {"hide-type", "-t", NULL, "hide this type", "SHOW ONLY, HIDE", act_hide_type, has_flow},
    {"hide-client", "-c", NULL, "hide this program, or client", "SHOW ONLY, HIDE", act_hide_client, has_flow},
    {"hide-assets", "-a", NULL, "hide CSS, JavaScript, images, fonts", "SHOW ONLY, HIDE", act_hide_assets, NULL},
    {.keys = NULL},
};
