/* Writing one flow to a file: a body, a raw message. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ui/actions.h"
#include "ui/commands.h"
#include "ui/list_row.h"
#include "ui/prompt.h"
#include "weir/base/mem.h"
#include "weir/base/path.h"
#include "weir/file/raw.h"

struct write_prompt {
  uint64_t id;
  enum flow_side side;
  bool raw;
  char *path; /* being asked about */
};

static void write_drop(void *arg) {
  struct write_prompt *w = arg;
  free(w->path);
  free(w);
}

static bool write_now(struct ui *ui, const struct write_prompt *w, const char *path, bool overwrite, struct err *err) {
  const struct flow *f = store_get(ui_store(ui), w->id);
  if (f == NULL)
    return err_set(err, "the flow is gone");
  bool done = w->raw ? raw_write_message(f, w->side, path, overwrite, err)
                     : raw_write_body(f, w->side, true, path, overwrite, err);
  if (!done)
    return false;
  const struct body *body = flow_sent_body(flow_side_const(f, w->side));
  char kept[24], seen[24];
  if (body_cut(body))
    ui_warn(ui, "written to %s, but only %s of %s had been kept", path, words_bytes(body->kept, kept, sizeof kept),
            words_bytes(body->seen, seen, sizeof seen));
  else
    ui_say(ui, "written to %s", path);
  return true;
}

static void write_over(struct ui *ui, void *arg) {
  const struct write_prompt *w = arg;
  struct err err = ERR_INIT;
  if (!write_now(ui, w, w->path, true, &err))
    ui_warn(ui, "%s", err.text);
}

static bool write_taken(struct ui *ui, void *arg, struct slice text, struct err *err) {
  struct write_prompt *w = arg;
  if (text.n == 0)
    return err_set(err, "type a file name");
  char *typed = mem_dup_n(text.p, text.n), *path = path_expand(typed);
  bool good = true;
  free(typed);
  if (access(path, F_OK) == 0) {
    struct write_prompt *again = mem_alloc(sizeof *again);
    *again = *w;
    again->path = path;
    prompt_ask(ui, 0, write_over, write_drop, again, "%s exists: overwrite it?", path);
    return true;
  }
  good = write_now(ui, w, path, false, err);
  free(path);
  return good;
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
static struct write_prompt *choose(struct ui *ui, struct view *v, bool raw) {
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
  struct write_prompt *w = mem_zero(1, sizeof *w);
  w->id = f->id;
  w->side = side;
  w->raw = raw;
  return w;
}

static void ask_name(struct ui *ui, struct view *v, bool raw) {
  struct write_prompt *w = choose(ui, v, raw);
  const struct flow *f = w != NULL ? store_get(ui_store(ui), w->id) : NULL;
  if (f == NULL)
    return;
  char *file = raw_file_name(f, w->side);
  if (raw)
    file = raw_name(file);
  bool request = w->side == FLOW_REQUEST;
  const char *label = raw ? (request ? "write raw request to: " : "write raw response to: ")
                          : (request ? "write request body to: " : "write response body to: ");
  prompt_open(ui, &(struct prompt_options){.label = label,
                                           .text = file,
                                           .accept = "write",
                                           .cancel = "leave it",
                                           .taken = write_taken,
                                           .complete = completion_file_name,
                                           .drop = write_drop,
                                           .arg = w});
  free(file);
}

static bool write_command(struct ui *ui, struct view *v, bool raw, struct slice file, struct err *err) {
  struct write_prompt *w = choose(ui, v, raw);
  bool good = w == NULL || write_taken(ui, w, file, err);
  if (w != NULL)
    write_drop(w);
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
