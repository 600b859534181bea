/* send-to, pass: which way a request goes. */
#include <stdlib.h>

#include "rule/deed.h"
#include "rule/message.h"
#include "rule/words.h"
#include "weir/base/mem.h"
#include "weir/http/url.h"

enum { TO_SERVER, BY_PATTERN };

static bool parse_send_to(struct rule_deed *d, struct slice text, struct err *err) {
  struct slice rest = text;
  struct url url;
  d->response = false;
  if (rest.n && (rest.p[0] == '/' || rest.p[0] == '"')) {
    d->how = BY_PATTERN;
    d->pattern = pattern_parse(text, &rest, err);
    if (!d->pattern)
      return false;
  } else {
    struct slice word = words_next(&rest);
    struct err why = ERR_INIT;
    if (!url_parse(word, &url, &why))
      return err_set_at(err, words_place(text, word) + why.at, why.span, "%s",
                        why.text[0] ? why.text : "to which URL?");
    if ((!url_scheme_is(&url, "http") && !url_scheme_is(&url, "https")) || url.has_userinfo)
      return err_set_at(err, words_place(text, word), word.n, "a URL with http:// or https://, without a user name");
    d->value = mem_dup_n(word.p, word.n);
  }
  d->keep_host = words_take(&rest, "keep-host");
  return rest.n == 0 || err_set_at(err, words_place(text, rest), rest.n, "behind the URL stands keep-host or nothing");
}

/* http://other:3000 keeps the path; http://other:3000/v2 stands in front of it. */
static void put_target(const struct rule_deed *d, const struct flow *f, struct buf *out) {
  struct slice to = slice_of(d->value), path = flow_path(f);
  if (to.p[to.n - 1] == '/')
    to.n--;
  buf_add_slice(out, to);
  if (path.n && path.p[0] == '/')
    buf_add_slice(out, path);
}

static bool send_to(const struct rule_deed *d, struct deed_scene *s) {
  struct buf target = BUF_INIT, url = BUF_INIT;
  bool good = true;
  if (d->how == TO_SERVER) {
    put_target(d, s->flow, &target);
  } else {
    flow_url(s->flow, &url);
    good = pattern_replace(d->pattern, buf_slice(&url), HTTP_HEAD_MAX / 4, &target) == PATTERN_REPLACED;
  }
  if (good && !message_set_target(s, buf_slice(&target), d->keep_host)) {
    message_say(s, "what it makes of the URL cannot be asked for");
    good = false;
  }
  buf_clear(&target);
  buf_clear(&url);
  return good;
}

/* A request that it let pass has a response that passes too. */
static bool parse_pass(struct rule_deed *d, struct slice text, struct err *err) {
  d->ends = true;
  d->tunnels = !d->response;
  d->hears = !d->response;
  return text.n == 0 || err_set_at(err, 0, text.n, "pass stands alone");
}

static bool pass(const struct rule_deed *d, struct deed_scene *s) {
  struct slice rest = slice_of(s->flow->touched), line;
  if (s->side == FLOW_REQUEST || d->response)
    return true;
  while (rest.n && slice_split(&rest, '\n', &line))
    if (slice_eq(line, slice_of(s->rule->name)))
      return true;
  return false;
}

const struct deed_ops deed_send_to = {"send-to",
                                      RULE_SEND_TO,
                                      parse_send_to,
                                      send_to,
                                      "send-to URL|/REGEX/ \"TEXT\" [keep-host]",
                                      "Asks another server; the path follows the URL's own. The second form replaces "
                                      "in the whole URL. Host is made to fit unless it is to be kept."};
const struct deed_ops deed_pass = {"pass",     RULE_PASS,
                                   parse_pass, pass,
                                   "pass",     "Lets it go as it is: no rule below is asked, of its response neither."};
