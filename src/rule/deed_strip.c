/* anticache, anticompression: what makes a server send everything, and so that it can be read. */
#include "rule/deed.h"
#include "rule/message.h"
#include "weir/http/head_edit.h"

static bool parse(struct rule_deed *d, struct slice text, struct err *err) {
  d->response = false;
  return text.n == 0 || err_set_at(err, 0, text.n, "this action stands alone");
}

static bool take_out(struct deed_scene *s, const char *name) {
  if (!http_head_count(flow_sent_head(flow_side(s->flow, s->side)), name))
    return false;
  http_head_set(&message_edit(s)->head, name, NULL);
  return true;
}

static bool anticache(const struct rule_deed *d, struct deed_scene *s) {
  (void)d;
  bool since = take_out(s, "If-Modified-Since"), match = take_out(s, "If-None-Match");
  return since || match;
}

static bool anticompression(const struct rule_deed *d, struct deed_scene *s) {
  (void)d;
  if (!http_head_count(flow_sent_head(flow_side(s->flow, s->side)), "Accept-Encoding"))
    return false;
  http_head_set(&message_edit(s)->head, "Accept-Encoding", "identity");
  return true;
}

const struct deed_ops deed_anticache = {
    "anticache", RULE_STRIP,  parse,
    anticache,   "anticache", "Takes If-Modified-Since and If-None-Match out, so that the server sends everything."};
const struct deed_ops deed_anticompression = {
    "anticompression", RULE_STRIP,        parse,
    anticompression,   "anticompression", "Asks for an answer without a content coding (Accept-Encoding: identity)."};
