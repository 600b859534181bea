/* pipe: a program of the person's own makes of a message what it likes, one for each message or a worker that stays. Here
 * is what it gets; who asks the rules runs it. */
#include "rule/deed.h"
#include "rule/message.h"
#include "rule/words.h"
#include "weir/base/mem.h"

static bool parse(struct rule_deed *d, struct slice text, struct err *err) {
  struct slice rest = text;
  deed_take_side(d, &rest);
  d->needs_body = true;
  d->how = words_take(&rest, "worker");
  if (!rest.n)
    return err_set_at(err, text.n, 0, "through which command? pipe %s./fix.py", d->how ? "worker " : "");
  d->value = mem_dup_n(rest.p, rest.n);
  return true;
}

/* Its line is made when it is its turn, so that those which wait cost nothing. */
static bool act_worker(const struct rule_deed *d, struct deed_scene *s) {
  if (!message_has_body(s)) {
    message_say(s, "the body is too long or cut: passed as it came, not through %s", d->value);
    return false;
  }
  s->effects->command = mem_dup(d->value);
  s->effects->worker = mem_dup(s->rule->text);
  return true;
}

static bool act(const struct rule_deed *d, struct deed_scene *s) {
  struct buf text = BUF_INIT;
  bool decoded;
  if (d->how)
    return act_worker(d, s);
  if (!message_text(s, &text, &decoded)) {
    message_say(s, "the body is too long, cut or in an unknown coding: passed as it came, not through %s", d->value);
    buf_clear(&text);
    return false;
  }
  s->effects->command = mem_dup(d->value);
  s->effects->input = text;
  return true;
}

const struct deed_ops deed_pipe = {
    "pipe",
    RULE_PIPE,
    parse,
    act,
    "pipe [request|response] [worker] COMMAND",
    "Gives the message to a command of sh as one text: head, empty line, and the body without its content coding. What "
    "it prints goes on instead. When it fails, prints no valid message or takes longer than --timeout-command, the "
    "message passes as it was and the row says why. A worker is started once and gets a line of JSON for each message; "
    "WORKERS below says what it answers with. A command of that name wants its path: ./worker."};
