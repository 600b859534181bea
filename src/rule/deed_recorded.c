/* recorded: the answer that the same request got before. */
#include <string.h>

#include "rule/deed.h"
#include "rule/message.h"
#include "rule/rules.h"
#include "rule/words.h"
#include "weir/base/mem.h"

static bool parse(struct rule_deed *d, struct slice text, struct err *err) {
  struct slice rest = text;
  struct buf names = BUF_INIT;
  bool good = true;
  d->ends = true;
  d->needs_body = words_take(&rest, "body");
  while (good && words_take(&rest, "header")) {
    struct slice name = words_next(&rest);
    good = name.n || err_set_at(err, text.n, 0, "which header? recorded header Accept");
    if (names.n)
      buf_add_byte(&names, '\n');
    buf_add_slice(&names, name);
  }
  if (good && words_take(&rest, "else") && !words_take(&rest, "server"))
    good = deed_take_status(text, &rest, &d->status, err);
  if (good && rest.n)
    good =
        err_set_at(err, words_place(text, rest), rest.n, "recorded [body] [header NAME]... [else server|else STATUS]");
  d->name = mem_dup(names.n ? buf_text(&names) : "");
  buf_clear(&names);
  return good;
}

static bool same_body(const struct flow *a, const struct flow *b) {
  const struct body *one = flow_sent_body(&a->request), *two = flow_sent_body(&b->request);
  if (one->seen != two->seen || body_cut(one) || body_cut(two))
    return false;
  for (uint64_t at = 0; at < one->kept;) {
    struct slice x = body_at(one, at), y = body_at(two, at);
    size_t n = x.n < y.n ? x.n : y.n;
    if (n == 0 || memcmp(x.p, y.p, n) != 0)
      return false;
    at += n;
  }
  return true;
}

static bool same_fields(const char *names, const struct flow *a, const struct flow *b) {
  struct slice rest = slice_of(names), line;
  while (rest.n && slice_split(&rest, '\n', &line)) {
    struct slice x = SLICE(""), y = SLICE("");
    char name[256];
    if (line.n >= sizeof name)
      return false;
    memcpy(name, line.p, line.n);
    name[line.n] = '\0';
    http_head_find(flow_sent_head(&a->request), name, &x);
    http_head_find(flow_sent_head(&b->request), name, &y);
    if (!slice_eq(x, y))
      return false;
  }
  return true;
}

/* By a server, and all of it is here. */
static bool was_answered(const struct flow *f) {
  const struct flow_message *m = &f->response;
  return f->kind == FLOW_HTTP && f->state == FLOW_DONE && !f->by_rule && !f->deleted && m->head.raw &&
         m->head.status >= 200 && m->body.complete && !body_cut(&m->body);
}

static bool same_request(const struct rule_deed *d, const struct flow *a, const struct flow *b) {
  return a->port == b->port && slice_eq(flow_path(a), flow_path(b)) && slice_eq(flow_method(a), flow_method(b)) &&
         slice_eq_ascii(flow_host(a), flow_host(b)) && slice_eq(flow_scheme(a), flow_scheme(b)) &&
         same_fields(d->name, a, b) && (!d->needs_body || same_body(a, b));
}

static const struct flow *find(const struct rule_deed *d, const struct deed_scene *s) {
  const struct flow *f;
  if (!s->rules->recorded)
    return NULL;
  size_t place = 0;
  while ((f = s->rules->recorded(s->rules->recorded_arg, s->flow, &place)) != NULL)
    if (f != s->flow && was_answered(f) && same_request(d, f, s->flow))
      return f;
  return NULL;
}

static bool act(const struct rule_deed *d, struct deed_scene *s) {
  const struct flow *f = find(d, s);
  if (f) {
    struct flow_edit *answer = mem_zero(1, sizeof *answer);
    http_head_copy(&answer->head, &f->response.head);
    body_duplicate(&answer->body, &f->response.body);
    answer->body_changed = answer->by_rule = true;
    message_answer(s, answer);
    message_say(s, "answered as #%llu was: %s", (unsigned long long)f->id, s->rule->name);
    return true;
  }
  message_say(s, "not recorded%s: %s", d->status ? "" : ", so its server was asked", s->rule->name);
  if (d->status)
    message_answer(s, message_make(d->status, SLICE("Content-Type: text/plain; charset=utf-8\r\n"),
                                   SLICE("weir: no such request was recorded\n")));
  return d->status != 0;
}

const struct deed_ops deed_recorded = {"recorded",
                                       RULE_RECORDED,
                                       parse,
                                       act,
                                       "recorded [body] [header NAME]... [else server|else STATUS]",
                                       "Answers as the newest recorded flow of the same method and URL was answered by "
                                       "its server; the body of the request "
                                       "and these fields have to be the same too where that is said. Otherwise the "
                                       "server is asked, or STATUS is the answer, "
                                       "and the row says that it was not recorded."};
