/* pipe: a program of the person's own makes of a message what it likes. Here is what it gets; who asks the rules runs it. */
#include "rule/deed.h"
#include "rule/message.h"
#include "weir/base/mem.h"

static bool parse(struct rule_deed *d, struct slice text, struct err *err) {
  struct slice rest = text;
  deed_take_side(d, &rest);
  d->needs_body = true;
  if (!rest.n)
    return err_set_at(err, text.n, 0, "through which command? pipe ./fix.py");
  d->value = mem_dup_n(rest.p, rest.n);
  return true;
}

static bool act(const struct rule_deed *d, struct deed_scene *s) {
  struct buf text = BUF_INIT;
  bool decoded;
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
    "pipe [request|response] COMMAND",
    "Gives the message to a command of sh as one text: head, empty line, and the body without its content coding. What "
    "it prints goes on instead. When it fails, prints no valid message or takes longer than --timeout-command, the "
    "message passes as it was and the row says why."};
