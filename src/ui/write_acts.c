/* Writing flows to files: a body, a raw message; of what is selected a file each. By a job of the loop, for a body may be
 * long. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ui/actions.h"
#include "ui/commands.h"
#include "ui/list_row.h"
#include "ui/output_file.h"
#include "ui/prompt.h"
#include "ui/selection.h"
#include "ui/write_list.h"
#include "weir/base/clock.h"
#include "weir/base/mem.h"
#include "weir/base/path.h"
#include "weir/base/vec.h"
#include "weir/file/raw.h"

struct part { /* of a flow */
  uint64_t id;
  enum flow_side side;
};

struct parts {
  VEC(struct part) part;
  size_t none; /* of what is selected: nothing there to write */
  bool raw, several;
  char label[64]; /* of the question for their names */
};

#define FIRST_SLICE (3 * CLOCK_MS)

struct part_file {
  struct ui *ui;
  struct loop_job job;
  bool queued, gone; /* gone: the flow has left the list meanwhile */
  struct parts parts;
  size_t at, written, short_of;
  struct raw_writer *writer;
  char *name, *path; /* as it was typed; of the file being written */
};

static void parts_free(void *what) {
  VEC_CLEAR(&((struct parts *)what)->part);
  free(what);
}

static const struct part *part_now(const struct part_file *w) {
  return &w->parts.part.v[w->at];
}

/* ---- one file ---- */

/* Its flow is pinned as long as it is written. */
static void close_part(struct part_file *w) {
  struct flow *f = store_get(ui_store(w->ui), part_now(w)->id);
  if (w->writer != NULL && f != NULL && !w->gone)
    store_unpin(ui_store(w->ui), f);
  raw_writer_free(w->writer);
  free(w->path);
  w->writer = NULL;
  w->path = NULL;
}

static void part_file_free(struct part_file *w) {
  if (w->queued)
    loop_job_stop(w->ui->w->loop, &w->job);
  close_part(w);
  VEC_CLEAR(&w->parts.part);
  free(w->name);
  w->ui->part_file = NULL;
  free(w);
}

/* True: the file is open. The path becomes its own. */
static bool open_part(struct part_file *w, struct flow *f, char *path, bool overwrite, struct err *err) {
  const struct part *part = part_now(w);
  const struct flow_message *m = flow_side_const(f, part->side);
  enum raw_part which = w->parts.raw ? RAW_MESSAGE : RAW_DECODED;
  w->path = path;
  if (raw_can_write(m, which, part->side == FLOW_REQUEST ? "request" : "response", err))
    w->writer = raw_writer_open(m, which, path, overwrite, err);
  if (w->writer == NULL)
    return false;
  w->gone = false;
  store_pin(ui_store(w->ui), f);
  return true;
}

static void say_end(struct ui *ui, const struct part_file *w, const struct flow_message *m, bool whole,
                    const struct err *err) {
  const struct body *body = flow_sent_body(m);
  char kept[24], seen[24];
  if (!whole)
    ui_warn(ui, "written to %s, but no further than could be decoded: %s", w->path, err->text);
  else if (body_cut(body))
    ui_warn(ui, "written to %s, but only %s of %s had been kept", w->path, words_bytes(body->kept, kept, sizeof kept),
            words_bytes(body->seen, seen, sizeof seen));
  else
    ui_say(ui, "written to %s", w->path);
}

/* True: there is more to write. */
static bool write_on(struct part_file *w, uint64_t deadline, bool *good, struct err *err) {
  struct ui *ui = w->ui;
  const struct part *part = part_now(w);
  const struct flow *f = w->gone ? NULL : store_get(ui_store(ui), part->id);
  const struct flow_message *m = f != NULL ? flow_side_const(f, part->side) : NULL;
  enum raw_step step = RAW_FAILED;
  if (m != NULL)
    step = raw_writer_step(w->writer, m, deadline, err);
  else
    err_set(err, "#%llu is gone, and so is what of it was in %s", (unsigned long long)part->id, w->path);
  *good = step != RAW_FAILED;
  if (step == RAW_DONE || step == RAW_PART) {
    w->written++;
    w->short_of += step == RAW_PART || body_cut(flow_sent_body(m));
    if (!w->parts.several)
      say_end(ui, w, m, step == RAW_DONE, err);
  }
  return step == RAW_MORE;
}

/* ---- a file each ---- */

/* "shop.json" is "shop-7.json" for #7; where no ending was typed it is the one of its kind. */
static char *numbered(const struct part_file *w, const struct flow *f) {
  const char *name = w->name, *base = strrchr(name, '/') != NULL ? strrchr(name, '/') + 1 : name;
  const char *dot = strrchr(base, '.');
  char *own = w->parts.raw ? mem_dup(".http") : raw_file_name(f, part_now(w)->side);
  struct buf path = BUF_INIT;
  if (dot == NULL || dot == base)
    dot = base + strlen(base);
  buf_add(&path, name, (size_t)(dot - name));
  buf_printf(&path, "-%llu%s", (unsigned long long)f->id,
             *dot != '\0'                ? dot
             : strrchr(own, '.') != NULL ? strrchr(own, '.')
                                         : "");
  free(own);
  return buf_take(&path);
}

static void say_several(const struct part_file *w) {
  struct buf words = BUF_INIT;
  if (w->parts.none > 0)
    buf_printf(&words, "; %zu had none", w->parts.none);
  if (w->parts.part.n > w->written)
    buf_printf(&words, "; %zu had left the list", w->parts.part.n - w->written);
  if (w->short_of > 0)
    buf_printf(&words, "; %zu not whole", w->short_of);
  ui_say(w->ui, "%zu file%s written: %s-NUMBER%s", w->written, w->written == 1 ? "" : "s", w->name, buf_text(&words));
  buf_clear(&words);
}

/* Opens the next one that is still there. False: that was the last, or *good is false. */
static bool next_part(struct part_file *w, bool *good, struct err *err) {
  while (w->writer == NULL && w->at < w->parts.part.n) {
    struct flow *f = store_get(ui_store(w->ui), part_now(w)->id);
    *good = f == NULL || open_part(w, f, numbered(w, f), false, err);
    if (!*good)
      return false;
    w->at += f == NULL;
  }
  return w->writer != NULL;
}

/* True: there is more to do. */
static bool several_on(struct part_file *w, uint64_t deadline, bool *good, struct err *err) {
  while (next_part(w, good, err)) {
    if (write_on(w, deadline, good, err))
      return true;
    if (!*good)
      return false;
    close_part(w);
    if (++w->at < w->parts.part.n && clock_mono() >= deadline)
      return true;
  }
  w->at = w->at < w->parts.part.n || w->at == 0 ? w->at : w->at - 1; /* a part of it is closed at the end */
  if (*good)
    say_several(w);
  return false;
}

/* ---- begin and end ---- */

static bool part_step(void *arg, uint64_t deadline) {
  struct part_file *w = arg;
  struct ui *ui = w->ui;
  struct err err = ERR_INIT;
  bool good = true;
  ui_dirty(ui);
  if ((w->parts.several ? several_on : write_on)(w, deadline, &good, &err))
    return true;
  w->queued = false;
  if (!good && w->written > 0)
    ui_warn(ui, "%s; %zu were written before that", err.text, w->written);
  else if (!good)
    ui_warn(ui, "%s", err.text);
  part_file_free(w);
  return false;
}

static struct part_file *part_file_new(struct ui *ui, const struct parts *parts, const char *path) {
  struct part_file *w = mem_zero(1, sizeof *w);
  *w = (struct part_file){.ui = ui, .name = mem_dup(path)};
  w->parts.raw = parts->raw;
  w->parts.several = parts->several;
  w->parts.none = parts->none;
  for (size_t i = 0; i < parts->part.n; i++)
    VEC_PUSH(&w->parts.part, parts->part.v[i]);
  w->job = (struct loop_job){.step = part_step, .arg = w};
  ui->part_file = w;
  return w;
}

/* None is written where one of them is there already: nobody was asked about each. */
static bool all_new(struct part_file *w, struct err *err) {
  for (w->at = 0; w->at < w->parts.part.n; w->at++) {
    const struct flow *f = store_get(ui_store(w->ui), part_now(w)->id);
    char *path = f != NULL ? numbered(w, f) : NULL;
    bool there = path != NULL && access(path, F_OK) == 0;
    if (there)
      err_set(err, "%s exists: type another name", path);
    free(path);
    if (there)
      return false;
  }
  w->at = 0;
  return true;
}

static bool write_parts(struct ui *ui, const void *what, const char *path, bool overwrite, struct err *err) {
  const struct parts *parts = what;
  struct flow *f = store_get(ui_store(ui), parts->part.v[0].id);
  bool good = true;
  if (f == NULL && !parts->several)
    return err_set(err, "the flow is gone");
  if (ui->part_file != NULL)
    return err_set(err, "another file is being written");
  struct part_file *w = part_file_new(ui, parts, path);
  good = parts->several ? all_new(w, err) : open_part(w, f, mem_dup(path), overwrite, err);
  if (!good || (!parts->several && !write_on(w, clock_mono() + FIRST_SLICE, &good, err))) {
    part_file_free(w);
    return good;
  }
  w->queued = true;
  loop_job_start(ui->w->loop, &w->job);
  return true;
}

void write_part_let_go(struct ui *ui, struct flow *f) {
  struct part_file *w = ui->part_file;
  if (w == NULL || w->writer == NULL || w->gone || part_now(w)->id != f->id)
    return;
  w->gone = true;
  store_unpin(ui_store(ui), f);
}

bool write_part_busy(const struct ui *ui, unsigned *percent) {
  const struct part_file *w = ui->part_file;
  if (w == NULL)
    return false;
  *percent = w->parts.several    ? (unsigned)(w->at * 100 / w->parts.part.n)
             : w->writer != NULL ? raw_writer_percent(w->writer)
                                 : 0;
  return true;
}

void write_part_stop(struct ui *ui) {
  if (ui->part_file != NULL)
    part_file_free(ui->part_file);
}

/* ---- what is written ---- */

/* "login-response.json" is the body's name; a whole message is none of that kind. */
static char *raw_name(char *body_name) {
  char *dot = strrchr(body_name, '.');
  struct buf name = BUF_INIT;
  buf_add(&name, body_name, dot != NULL && dot > body_name ? (size_t)(dot - body_name) : strlen(body_name));
  buf_add_text(&name, ".http");
  free(body_name);
  return buf_take(&name);
}

/* What there is to write of one flow: false, with the side that has nothing. */
static bool part_of(const struct view *v, const struct flow *f, bool raw, struct part *part) {
  enum flow_side side = act_side(v, f);
  const struct flow_message *m = flow_side_const(f, side);
  if (!raw && side == FLOW_RESPONSE && v->ops->side == NULL && m->body.kept == 0 &&
      flow_sent_body(&f->request)->kept > 0)
    m = flow_side_const(f, side = FLOW_REQUEST);
  bool invalid = flow_invalid(m);
  *part = (struct part){f->id, side};
  return raw ? m->head.raw != NULL || invalid : flow_sent_body(m)->kept > 0 && !invalid;
}

static bool choose_one(struct ui *ui, struct view *v, struct parts *parts) {
  const struct flow *f = act_target(ui, v);
  struct part part;
  if (f == NULL)
    return false;
  if (part_of(v, f, parts->raw, &part)) {
    VEC_PUSH(&parts->part, part);
    return true;
  }
  ui_say(ui, parts->raw ? "there is no %s to write" : "the %s has no body",
         part.side == FLOW_REQUEST ? "request" : "response");
  return false;
}

static bool choose_selected(struct ui *ui, const struct view *v, const struct id_vec *ids, struct parts *parts) {
  for (size_t i = 0; i < ids->n; i++) {
    const struct flow *f = store_get(ui_store(ui), ids->v[i]);
    struct part part;
    if (f != NULL && part_of(v, f, parts->raw, &part))
      VEC_PUSH(&parts->part, part);
    else
      parts->none++;
  }
  if (parts->part.n == 0)
    ui_say(ui, "none of the %zu selected has %s", ids->n, parts->raw ? "a message to write" : "a body");
  return parts->part.n > 0;
}

/* What is selected, else the flow under the cursor; NULL: there is nothing, and it was said. */
static struct parts *choose(struct ui *ui, struct view *v, bool raw) {
  struct parts *parts = mem_zero(1, sizeof *parts);
  struct id_vec ids;
  parts->raw = raw;
  parts->several = selection_targets(ui, v, &ids);
  if (parts->several ? choose_selected(ui, v, &ids, parts) : choose_one(ui, v, parts)) {
    VEC_CLEAR(&ids);
    return parts;
  }
  VEC_CLEAR(&ids);
  parts_free(parts);
  return NULL;
}

/* ---- asking for the name ---- */

static bool several_named(struct ui *ui, void *arg, struct slice text, struct err *err) {
  if (text.n == 0)
    return err_set(err, "type how the files' names begin");
  char *typed = mem_dup_n(text.p, text.n), *path = path_expand(typed);
  bool good = write_parts(ui, arg, path, false, err);
  free(typed);
  free(path);
  return good;
}

static void ask_several(struct ui *ui, struct parts *parts) {
  snprintf(parts->label, sizeof parts->label, "write %zu %s as NAME-NUMBER: ", parts->part.n,
           parts->raw ? "messages" : "bodies");
  prompt_open(ui, &(struct prompt_options){.label = parts->label,
                                           .text = parts->raw ? "message" : "body",
                                           .accept = "write",
                                           .cancel = "leave it",
                                           .taken = several_named,
                                           .complete = completion_file_name,
                                           .drop = parts_free,
                                           .arg = parts});
}

static void ask_name(struct ui *ui, struct view *v, bool raw) {
  struct parts *parts = choose(ui, v, raw);
  if (parts == NULL)
    return;
  if (parts->several) {
    ask_several(ui, parts);
    return;
  }
  bool request = parts->part.v[0].side == FLOW_REQUEST;
  char *file = raw_file_name(store_get(ui_store(ui), parts->part.v[0].id), parts->part.v[0].side);
  if (raw)
    file = raw_name(file);
  const char *label = raw ? (request ? "write raw request to: " : "write raw response to: ")
                          : (request ? "write request body to: " : "write response body to: ");
  output_file_ask(ui, (struct output_file){write_parts, parts_free, parts}, label, file);
  free(file);
}

static bool write_command(struct ui *ui, struct view *v, bool raw, struct slice file, struct err *err) {
  struct parts *parts = choose(ui, v, raw);
  if (parts == NULL)
    return true;
  if (!parts->several)
    return output_file_take(ui, (struct output_file){write_parts, parts_free, parts}, file, err);
  bool good = several_named(ui, parts, file, err);
  parts_free(parts);
  return good;
}

bool command_write_body(struct ui *ui, struct view *v, struct slice argument, struct err *err) {
  return write_command(ui, v, false, argument, err);
}

bool command_write_raw(struct ui *ui, struct view *v, struct slice argument, struct err *err) {
  return write_command(ui, v, true, argument, err);
}

void act_write_body(struct ui *ui, struct view *v, int count) {
  (void)count;
  ask_name(ui, v, false);
}

void act_write_raw(struct ui *ui, struct view *v, int count) {
  (void)count;
  ask_name(ui, v, true);
}
