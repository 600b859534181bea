#include "ui/copy_job.h"

#include <stdio.h>
#include <stdlib.h>

#include "ui/actions.h"
#include "weir/base/clock.h"
#include "weir/base/mem.h"
#include "weir/base/text.h"
#include "weir/base/units.h"
#include "weir/body/decode.h"
#include "weir/file/har.h"
#include "weir/flow/plain.h"

#define PIECE   ((size_t)64 << 10)
#define AT_ONCE (2 * CLOCK_MS) /* the key's own turn */

static const char *const file_keys[] = {[COPY_RAW] = "wr", [COPY_BODY] = "wb", [COPY_HAR] = "wh"};

struct copy_job {
  struct ui *ui;
  struct loop_job job;
  const struct copy_kind *kind;
  struct copy_targets target;
  size_t at, copied; /* of the targets */
  struct buf out;
  bool begun, too_long; /* the target is begun, and pinned */
  size_t from, checked; /* where its text begins in out; up to where it is known to be text */
  struct har_entry *entry;
  struct plain_body plain;
  struct err err; /* why the last one that was not copied was not */
};

static struct flow *flow_of(const struct copy_job *c) {
  return store_get(ui_store(c->ui), c->target.v[c->at].id);
}

static void close_target(struct copy_job *c, struct flow *f) {
  if (c->begun && f != NULL)
    store_unpin(ui_store(c->ui), f);
  har_entry_free(c->entry);
  c->entry = NULL;
  plain_body_close(&c->plain);
  c->begun = false;
}

static void job_free(struct copy_job *c) {
  if (c->begun)
    close_target(c, flow_of(c));
  buf_clear(&c->out);
  VEC_CLEAR(&c->target);
  c->ui->copy_job = NULL;
  free(c);
}

/* ---- one flow ---- */

static bool fits(const struct copy_job *c, const struct flow_message *m, struct err *err) {
  char size[16];
  uint64_t n = flow_sent_body(m)->kept;
  return n <= COPY_MOST || err_set(err, "its body is too long to be copied (%s): %s writes it to a file",
                                   units_size(n, size, sizeof size), file_keys[c->kind->form]);
}

static bool open_message(struct copy_job *c, const struct flow *f) {
  const struct flow_message *m = flow_side_const(f, c->kind->side);
  bool body = c->kind->form == COPY_BODY;
  if (body && (!flow_sent_body(m)->kept || flow_invalid(m)))
    return err_set(&c->err, "it has no body");
  if (!body && !flow_sent_head(m)->raw && !m->body.kept)
    return err_set(&c->err, "there is no such message");
  if (!fits(c, m, &c->err) || !plain_body_open(&c->plain, m, body, COPY_MOST, &c->err))
    return false;
  if (!body && flow_sent_head(m)->raw)
    buf_add_slice(&c->out, http_head_raw(flow_sent_head(m)));
  return true;
}

static bool open_entry(struct copy_job *c, const struct flow *f) {
  c->entry = har_entry_new(f, c->copied == 0);
  return c->entry != NULL || err_set(&c->err, "a HAR tells of requests alone, and this is none");
}

static bool open_target(struct copy_job *c, const struct flow *f) {
  if (f == NULL)
    return err_set(&c->err, "the flow is gone");
  if (c->kind->form == COPY_HAR)
    return fits(c, &f->request, &c->err) && fits(c, &f->response, &c->err) && open_entry(c, f);
  if (c->out.n > 0 && c->out.p[c->out.n - 1] != '\n')
    buf_add_byte(&c->out, '\n');
  if (c->kind->form == COPY_MADE)
    return c->kind->make(f, c->target.v[c->at].side, &c->out, &c->err);
  return open_message(c, f);
}

/* The bytes as they were sent are the truth, but a clipboard carries text. */
static bool only_text(struct copy_job *c, bool more) {
  struct slice fresh = slice_from(buf_slice(&c->out), c->checked);
  if (more)
    fresh.n = text_whole(fresh);
  c->checked += fresh.n;
  return (text_is_utf8(fresh) && slice_find_byte(fresh, 0) < 0) ||
         err_set(&c->err, "it is binary: %s writes it to a file", file_keys[c->kind->form]);
}

/* What there was of it is undone unless it ends well. *more: there is more of it. */
static bool step_message(struct copy_job *c, const struct flow *f, bool *more) {
  const struct flow_message *m = flow_side_const(f, c->kind->side);
  *more = plain_body_read(&c->plain, m, PIECE, &c->out);
  if (!only_text(c, *more))
    return false;
  struct err why = ERR_INIT;
  return *more || c->kind->form == COPY_RAW || plain_body_result(&c->plain, m, &why) == BODY_DECODED ||
         err_set(&c->err, "it cannot be copied whole (%s): wb writes it to a file", why.text);
}

/* A part of the flow that c->at says. False: it is done with, copied or not. */
static bool step_target(struct copy_job *c) {
  struct flow *f = flow_of(c);
  bool more = false, good = true;
  if (!c->begun) {
    size_t from = c->out.n;
    good = open_target(c, f);
    c->from = from;
    c->checked = from;
    if (good) {
      store_pin(ui_store(c->ui), f);
      c->begun = true;
    }
    more = good && c->kind->form != COPY_MADE;
  } else if (c->entry != NULL) {
    more = har_entry_step(c->entry, f, &c->out);
  } else {
    good = step_message(c, f, &more);
  }
  c->too_long = c->out.n > COPY_MOST;
  if (more && good && !c->too_long)
    return true;
  close_target(c, f);
  if (!good)
    c->out.n = c->from < c->out.n ? c->from : c->out.n;
  c->copied += good;
  return false;
}

/* ---- all of them ---- */

static void say_too_long(const struct copy_job *c) {
  const char *what = c->target.n > 1 ? c->kind->many : c->kind->what, *key = file_keys[c->kind->form];
  if (key != NULL)
    ui_warn(c->ui, "more than %zu MB are not copied: %s writes the %s to a file", COPY_MOST >> 20, key, what);
  else
    ui_warn(c->ui, "more than %zu MB are not copied: fewer flows at once are", COPY_MOST >> 20);
}

static void finish(struct copy_job *c) {
  if (c->too_long)
    say_too_long(c);
  else if (c->copied == 0 && c->target.n == 1)
    ui_warn(c->ui, "#%llu: %s", (unsigned long long)c->target.v[0].id, c->err.text);
  else if (c->copied == 0)
    ui_warn(c->ui, "%s", c->err.text);
  else {
    if (c->kind->form == COPY_HAR)
      har_end(&c->out);
    clipboard_take(c->ui, &c->out, c->target.n > 1 ? c->kind->many : c->kind->what);
  }
}

static bool step(void *arg, uint64_t deadline_ns) {
  struct copy_job *c = arg;
  while (c->at < c->target.n && !c->too_long && clock_mono() < deadline_ns)
    if (!step_target(c))
      c->at++;
  ui_dirty(c->ui);
  if (c->at < c->target.n && !c->too_long)
    return true;
  finish(c);
  job_free(c);
  return false;
}

void copy_job_start(struct ui *ui, const struct copy_kind *kind, struct copy_targets targets) {
  copy_job_stop(ui);
  struct copy_job *c = mem_zero(1, sizeof *c);
  *c = (struct copy_job){.ui = ui, .kind = kind, .target = targets};
  c->job = (struct loop_job){.step = step, .arg = c};
  ui->copy_job = c;
  if (kind->form == COPY_HAR)
    har_begin(&c->out);
  if (step(c, clock_mono() + AT_ONCE))
    loop_job_start(ui->w->loop, &c->job);
}

bool copy_job_busy(const struct ui *ui, char out[static 40]) {
  const struct copy_job *c = ui->copy_job;
  if (c == NULL)
    return false;
  snprintf(out, 40, "%zu of %zu", c->at, c->target.n);
  if (c->target.n == 1)
    units_size(c->out.n, out, 16);
  return true;
}

void copy_job_let_go(struct ui *ui, struct flow *f) {
  struct copy_job *c = ui->copy_job;
  if (c == NULL || !c->begun || c->target.v[c->at].id != f->id)
    return;
  err_set(&c->err, "the flow left the list");
  close_target(c, f);
  c->out.n = c->from;
  c->at++;
}

void copy_job_stop(struct ui *ui) {
  if (ui->copy_job == NULL)
    return;
  loop_job_stop(ui->w->loop, &ui->copy_job->job);
  job_free(ui->copy_job);
}
