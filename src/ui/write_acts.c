/* Writing one flow to a file: a body, a raw message. */
#include <stdlib.h>
#include <string.h>

#include "ui/actions.h"
#include "ui/commands.h"
#include "ui/list_row.h"
#include "ui/output_file.h"
#include "weir/base/mem.h"
#include "weir/file/raw.h"

struct part { /* of a flow */
  uint64_t id;
  enum flow_side side;
  bool raw;
};

static bool write_part(struct ui *ui, const void *what, const char *path, bool overwrite, struct err *err) {
  const struct part *part = what;
  const struct flow *f = store_get(ui_store(ui), part->id);
  if (f == NULL)
    return err_set(err, "the flow is gone");
  bool done = part->raw ? raw_write_message(f, part->side, path, overwrite, err)
                        : raw_write_body(f, part->side, true, path, overwrite, err);
  if (!done)
    return false;
  const struct body *body = flow_sent_body(flow_side_const(f, part->side));
  char kept[24], seen[24];
  if (body_cut(body))
    ui_warn(ui, "written to %s, but only %s of %s had been kept", path, words_bytes(body->kept, kept, sizeof kept),
            words_bytes(body->seen, seen, sizeof seen));
  else
    ui_say(ui, "written to %s", path);
  return true;
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
