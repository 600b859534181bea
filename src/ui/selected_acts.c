/* What is done to several flows at once. Each act says how many it was done to, and why not to the others. */
#include <stdio.h>
#include <stdlib.h>

#include "ui/actions.h"
#include "ui/prompt.h"
#include "ui/repeater.h"
#include "ui/selection.h"
#include "ui/undo_kinds.h"
#include "weir/base/mem.h"
#include "weir/base/vec.h"

#define UNSAFE_MAX 20  /* sends that may change something, without a question */
#define SENDS_MAX  200 /* at once */

static const char *flows(size_t n) {
  return n == 1 ? "flow" : "flows";
}

bool selected_resume(struct ui *ui, struct view *v) {
  struct id_vec ids;
  size_t done = 0, failed = 0;
  struct err err = ERR_INIT;
  if (!selection_targets(ui, v, &ids))
    return false;
  for (size_t i = 0; i < ids.n; i++) {
    const struct flow *f = store_get(ui_store(ui), ids.v[i]);
    if (f == NULL || f->paused == FLOW_RUNNING)
      continue;
    bool good = !f->client_gone && proxy_resume(ui_proxy(ui), f->id, &err);
    done += good;
    failed += !good;
  }
  if (failed > 0)
    ui_warn(ui, "%zu went on; %zu did not%s%s", done, failed, err.text[0] != '\0' ? ": " : ": the client has gone",
            err.text);
  else if (done > 0)
    ui_say(ui, "%zu went on", done);
  else
    ui_say(ui, "none of the %zu selected is paused", ids.n);
  VEC_CLEAR(&ids);
  return true;
}

bool selected_delete(struct ui *ui, struct view *v) {
  struct id_vec ids;
  size_t dropped = 0, out = 0, kept = 0;
  if (!selection_targets(ui, v, &ids))
    return false;
  undo_begin(ui->undo, "delete %zu %s", ids.n, flows(ids.n));
  for (size_t i = ids.n; i > 0; i--) {
    struct flow *f = store_get(ui_store(ui), ids.v[i - 1]);
    if (f == NULL)
      continue;
    if (f->paused != FLOW_RUNNING)
      dropped += proxy_drop(ui_proxy(ui), f->id, NULL);
    else if (f->live != NULL || !flow_take_out(ui, f))
      kept++;
    else
      out++;
  }
  undo_end(ui->undo);
  VEC_CLEAR(&ids);
  char words[160];
  int n = 0;
  if (dropped > 0)
    n += snprintf(words + n, sizeof words - (size_t)n, "%zu dropped%s", dropped, out + kept > 0 ? ", " : "");
  if (out > 0)
    n += snprintf(words + n, sizeof words - (size_t)n, "%zu deleted; u brings %s back%s", out, out == 1 ? "it" : "them",
                  kept > 0 ? ", " : "");
  if (kept > 0)
    snprintf(words + n, sizeof words - (size_t)n, "%zu in flight %s", kept, kept == 1 ? "stays" : "stay");
  ui_say(ui, "%s", words);
  return true;
}

/* All of them marked: then none. */
bool selected_mark(struct ui *ui, struct view *v) {
  struct id_vec ids;
  struct err err = ERR_INIT;
  size_t marked = 0, changed = 0;
  if (!selection_targets(ui, v, &ids))
    return false;
  for (size_t i = 0; i < ids.n; i++)
    marked += store_get(ui_store(ui), ids.v[i])->marked;
  bool on = marked < ids.n;
  undo_begin(ui->undo, "%s %zu %s", on ? "mark" : "unmark", ids.n, flows(ids.n));
  for (size_t i = 0; i < ids.n && err.text[0] == '\0'; i++) {
    struct flow *f = store_get(ui_store(ui), ids.v[i]);
    if (f->marked == on || !store_mark(ui_store(ui), f, on, &err))
      continue;
    f->marked = !on; /* what is there before the change is what is kept */
    undo_mark(ui, f);
    f->marked = on;
    changed++;
  }
  undo_end(ui->undo);
  if (err.text[0] != '\0')
    ui_warn(ui, "%zu marked, then: %s", changed, err.text);
  else
    ui_say(ui, "%zu %s", changed, on ? "marked: they stay in the ring" : "unmarked");
  VEC_CLEAR(&ids);
  return true;
}

/* ---- notes ---- */

static void drop_ids(void *arg) {
  free(((struct id_vec *)arg)->v);
  free(arg);
}

static bool note_taken(struct ui *ui, void *arg, struct slice text, struct err *err) {
  const struct id_vec *ids = arg;
  size_t n = 0;
  (void)err;
  undo_begin(ui->undo, "note on %zu %s", ids->n, flows(ids->n));
  for (size_t i = 0; i < ids->n; i++) {
    struct flow *f = store_get(ui_store(ui), ids->v[i]);
    if (f == NULL)
      continue;
    undo_note(ui, f);
    free(f->note);
    f->note = text.n > 0 ? mem_dup_n(text.p, text.n) : NULL;
    store_touch(ui_store(ui), f, FLOW_CHANGED_NOTE);
    n++;
  }
  undo_end(ui->undo);
  ui_say(ui, text.n > 0 ? "%zu noted" : "%zu without a note", n);
  return true;
}

bool selected_note(struct ui *ui, struct view *v) {
  struct id_vec ids;
  if (!selection_targets(ui, v, &ids))
    return false;
  struct id_vec *kept = mem_alloc(sizeof *kept);
  *kept = ids;
  prompt_open(ui, &(struct prompt_options){.label = "note on all that is selected: ",
                                           .accept = "keep",
                                           .cancel = "leave it",
                                           .taken = note_taken,
                                           .drop = drop_ids,
                                           .arg = kept});
  return true;
}

/* ---- sending ---- */

struct sending {
  struct id_vec ids;
  int times;
};

static void drop_sending(void *arg) {
  VEC_CLEAR(&((struct sending *)arg)->ids);
  free(arg);
}

static void send_now(struct ui *ui, void *arg) {
  const struct sending *s = arg;
  struct err err = ERR_INIT;
  uint64_t first = 0, last = 0, failed = 0;
  for (int turn = 0; turn < s->times && failed == 0; turn++)
    for (size_t i = 0; i < s->ids.n && failed == 0; i++) {
      uint64_t id = proxy_replay(ui_proxy(ui), s->ids.v[i], &err);
      if (id == 0)
        failed = s->ids.v[i];
      else
        repeater_sent(ui->repeater, id, 0, 1);
      first = first != 0 ? first : id;
      last = id != 0 ? id : last;
    }
  if (failed != 0 && slice_find(slice_of(err.text), SLICE("#")) >= 0)
    ui_warn(ui, "%s", err.text); /* it names the flow itself */
  else if (failed != 0)
    ui_warn(ui, "#%llu: %s", (unsigned long long)failed, err.text);
  else
    repeater_say_sent(ui, first, last);
}

/* GET, HEAD and their like change nothing (RFC 9110 section 9.2.1). */
static bool is_safe(const struct flow *f) {
  static const char *const safe[] = {"GET", "HEAD", "OPTIONS", "TRACE"};
  for (size_t i = 0; i < sizeof safe / sizeof *safe; i++)
    if (slice_eq(flow_method(f), slice_of(safe[i])))
      return true;
  return false;
}

void selected_replay(struct ui *ui, struct view *v, uint64_t id, int times) {
  struct sending *s = mem_zero(1, sizeof *s);
  s->times = times;
  size_t unsafe = 0;
  if (!selection_targets(ui, v, &s->ids))
    VEC_PUSH(&s->ids, id);
  for (size_t i = 0; i < s->ids.n; i++) {
    const struct flow *f = store_get(ui_store(ui), s->ids.v[i]);
    unsafe += f != NULL && !is_safe(f);
  }
  size_t all = s->ids.n * (size_t)times;
  unsafe *= (size_t)times;
  if (times > SENDS_MAX || all > SENDS_MAX) {
    ui_warn(ui, "at most %d at once", SENDS_MAX);
    drop_sending(s);
  } else if (unsafe > UNSAFE_MAX) {
    prompt_ask(ui, 'r', send_now, drop_sending, s, "send %zu requests, %zu of which may change something?", all,
               unsafe);
  } else {
    send_now(ui, s);
    drop_sending(s);
  }
}
