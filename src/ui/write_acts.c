/* Writing one flow to a file: a body, a raw message. By a job of the loop, for a body may be long. */
#include <stdlib.h>
#include <string.h>

#include "ui/actions.h"
#include "ui/commands.h"
#include "ui/list_row.h"
#include "ui/output_file.h"
#include "ui/write_list.h"
#include "weir/base/clock.h"
#include "weir/base/mem.h"
#include "weir/file/raw.h"

struct part { /* of a flow */
  uint64_t id;
  enum flow_side side;
  bool raw;
};

#define FIRST_SLICE (3 * CLOCK_MS)

struct part_file {
  struct ui *ui;
  struct loop_job job;
  bool queued, gone; /* gone: the flow has left the list meanwhile */
  struct part part;
  struct raw_writer *writer;
  char *path;
};

/* Pinned as long as it is written. */
static void part_file_free(struct part_file *w) {
  struct flow *f = store_get(ui_store(w->ui), w->part.id);
  if (w->queued)
    loop_job_stop(w->ui->w->loop, &w->job);
  if (f != NULL && !w->gone)
    store_unpin(ui_store(w->ui), f);
  raw_writer_free(w->writer);
  free(w->path);
  w->ui->part_file = NULL;
  free(w);
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
  const struct flow *f = w->gone ? NULL : store_get(ui_store(ui), w->part.id);
  const struct flow_message *m = f != NULL ? flow_side_const(f, w->part.side) : NULL;
  enum raw_step step = RAW_FAILED;
  if (m != NULL)
    step = raw_writer_step(w->writer, m, deadline, err);
  else
    err_set(err, "#%llu is gone, and so is what of it was in %s", (unsigned long long)w->part.id, w->path);
  *good = step != RAW_FAILED;
  if (step == RAW_DONE || step == RAW_PART)
    say_end(ui, w, m, step == RAW_DONE, err);
  return step == RAW_MORE;
}

static bool part_step(void *arg, uint64_t deadline) {
  struct part_file *w = arg;
  struct ui *ui = w->ui;
  struct err err = ERR_INIT;
  bool good;
  ui_dirty(ui);
  if (write_on(w, deadline, &good, &err))
    return true;
  w->queued = false;
  if (!good)
    ui_warn(ui, "%s", err.text);
  part_file_free(w);
  return false;
}

static bool write_part(struct ui *ui, const void *what, const char *path, bool overwrite, struct err *err) {
  const struct part *part = what;
  struct flow *f = store_get(ui_store(ui), part->id);
  bool good;
  if (f == NULL)
    return err_set(err, "the flow is gone");
  if (ui->part_file != NULL)
    return err_set(err, "another file is being written");
  const struct flow_message *m = flow_side_const(f, part->side);
  enum raw_part which = part->raw ? RAW_MESSAGE : RAW_DECODED;
  struct raw_writer *writer = raw_can_write(m, which, part->side == FLOW_REQUEST ? "request" : "response", err)
                                  ? raw_writer_open(m, which, path, overwrite, err)
                                  : NULL;
  if (writer == NULL)
    return false;
  struct part_file *w = mem_zero(1, sizeof *w);
  *w = (struct part_file){.ui = ui, .part = *part, .writer = writer, .path = mem_dup(path)};
  store_pin(ui_store(ui), f);
  ui->part_file = w;
  if (!write_on(w, clock_mono() + FIRST_SLICE, &good, err)) {
    part_file_free(w);
    return good;
  }
  w->job = (struct loop_job){.step = part_step, .arg = w};
  w->queued = true;
  loop_job_start(ui->w->loop, &w->job);
  return true;
}

void write_part_let_go(struct ui *ui, struct flow *f) {
  struct part_file *w = ui->part_file;
  if (w == NULL || w->gone || w->part.id != f->id)
    return;
  w->gone = true;
  store_unpin(ui_store(ui), f);
}

bool write_part_busy(const struct ui *ui, unsigned *percent) {
  if (ui->part_file == NULL)
    return false;
  *percent = raw_writer_percent(ui->part_file->writer);
  return true;
}

void write_part_stop(struct ui *ui) {
  if (ui->part_file != NULL)
    part_file_free(ui->part_file);
}

/* "login-response.json" is the body's name; a whole message is none of that kind. */
static char *raw_name(char *body_name) {
  char *dot = strrchr(body_name, '.');
  struct buf name = BUF_INIT;
  buf_add(&name, body_name, dot != NULL && dot > body_name ? (size_t)(dot - body_name) : strlen(body_name));
  buf_add_text(&name, ".http");
  free(body_name);
  return buf_take(&name);
}

/* What a file is to be written of; NULL: there is nothing, and it was said. */
static struct part *choose(struct ui *ui, struct view *v, bool raw) {
  struct flow *f = act_target(ui, v);
  if (f == NULL)
    return NULL;
  enum flow_side side = act_side(v, f);
  const struct flow_message *m = flow_side(f, side);
  if (!raw && side == FLOW_RESPONSE && v->ops->side == NULL && m->body.kept == 0 &&
      flow_sent_body(&f->request)->kept > 0)
    m = flow_side(f, side = FLOW_REQUEST);
  const char *name = side == FLOW_REQUEST ? "request" : "response";
  bool invalid = flow_invalid(m);
  if (raw ? m->head.raw == NULL && !invalid : flow_sent_body(m)->kept == 0 || invalid) {
    ui_say(ui, raw ? "there is no %s to write" : "the %s has no body", name);
    return NULL;
  }
  struct part *part = mem_zero(1, sizeof *part);
  part->id = f->id;
  part->side = side;
  part->raw = raw;
  return part;
}

static void ask_name(struct ui *ui, struct view *v, bool raw) {
  struct part *part = choose(ui, v, raw);
  const struct flow *f = part != NULL ? store_get(ui_store(ui), part->id) : NULL;
  if (f == NULL)
    return;
  char *file = raw_file_name(f, part->side);
  if (raw)
    file = raw_name(file);
  bool request = part->side == FLOW_REQUEST;
  const char *label = raw ? (request ? "write raw request to: " : "write raw response to: ")
                          : (request ? "write request body to: " : "write response body to: ");
  output_file_ask(ui, (struct output_file){write_part, free, part}, label, file);
  free(file);
}

static bool write_command(struct ui *ui, struct view *v, bool raw, struct slice file, struct err *err) {
  struct part *part = choose(ui, v, raw);
  return part == NULL || output_file_take(ui, (struct output_file){write_part, free, part}, file, err);
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
