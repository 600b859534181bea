#include "ui/rule_notes.h"

#include "weir/base/text.h"

#define NAME_MOST 32 /* columns; who gives no name has the whole action as one */

bool rule_note(const struct flow *f, struct buf *out) {
  struct slice rest = slice_of(f->touched), name;
  if (f->touched == NULL)
    return false;
  buf_add_text(out, slice_find_byte(rest, '\n') >= 0 ? "rules " : "rule ");
  for (size_t n = 0; slice_split(&rest, '\n', &name); n++) {
    size_t cut = text_cut(name, NAME_MOST, TEXT_PLAIN, NULL);
    buf_add_text(out, n > 0 ? ", " : "");
    buf_add_slice(out, slice_sub(name, 0, cut));
    buf_add_text(out, cut < name.n ? ".." : "");
  }
  return true;
}

bool rule_story(const struct flow *f, struct buf *out) {
  size_t begin = out->n;
  if (f->by_rule)
    buf_add_text(out, "answered by a rule, no server was asked");
  if (f->rule_says != NULL)
    buf_printf(out, "%s%s", out->n > begin ? "; " : "", f->rule_says);
  if (f->response.head.raw != NULL && flow_status(f) != f->response.head.status)
    buf_printf(out, "%sthe server said %d", out->n > begin ? "; " : "", f->response.head.status);
  return out->n > begin;
}

static void put_messages(size_t n, const char *what, struct buf *out) {
  if (n > 0)
    buf_printf(out, ", %zu message%s %s", n, n == 1 ? "" : "s", what);
}

enum worker_state rule_worker_note(const struct weir *w, const struct rule *r, struct buf *out) {
  struct proxy_worker worker;
  if (r->kind != RULE_PIPE || !r->on || w->proxy == NULL || !proxy_worker(w->proxy, r->text, &worker))
    return WORKER_NONE;
  if (worker.pid > 0) {
    buf_printf(out, "its worker is process %ld, %llu answered", (long)worker.pid, (unsigned long long)worker.answered);
    put_messages(worker.has, "with it", out);
    put_messages(worker.waiting, "waiting", out);
    if (worker.failed != NULL)
      buf_printf(out, "; the one before %s", worker.failed);
    return WORKER_FINE;
  }
  if (worker.failed == NULL)
    return WORKER_NONE;
  buf_printf(out, "its worker %s; %s", worker.failed,
             worker.again > 0 ? "messages pass as they came until it is started again"
                              : "the next message starts it again");
  return WORKER_FELL;
}
