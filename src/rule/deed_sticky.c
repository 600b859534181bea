/* sticky-cookie, sticky-auth: what a client once got or sent goes with its later requests too. */
#include <stdlib.h>

#include "rule/deed.h"
#include "rule/jar.h"
#include "rule/message.h"
#include "weir/http/head_edit.h"

static bool parse_cookie(struct rule_deed *d, struct slice text, struct err *err) {
  d->response = false;
  d->hears = true;
  d->jar = jar_new();
  return text.n == 0 || err_set_at(err, 0, text.n, "sticky-cookie stands alone");
}

static bool cookie(const struct rule_deed *d, struct deed_scene *s) {
  if (s->side == FLOW_RESPONSE) {
    jar_take_cookies(d->jar, s->flow);
    return false;
  }
  struct buf value = BUF_INIT;
  struct slice now;
  bool any = false;
  if (http_head_find(flow_sent_head(&s->flow->request), "Cookie", &now))
    any = now.n > 0;
  if (any) {
    buf_add_slice(&value, now);
    buf_add_text(&value, "; ");
  }
  struct buf kept = BUF_INIT;
  bool more = jar_put_cookies(d->jar, s->flow, &kept);
  if (more) {
    buf_add_slice(&value, buf_slice(&kept));
    struct http_head *head = &message_edit(s)->head;
    if (any)
      http_head_set_nth(head, "Cookie", 0, buf_text(&value));
    else
      http_head_set(head, "Cookie", buf_text(&value));
  }
  buf_clear(&kept);
  buf_clear(&value);
  return more;
}

static bool parse_auth(struct rule_deed *d, struct slice text, struct err *err) {
  d->response = false;
  d->jar = jar_new();
  return text.n == 0 || err_set_at(err, 0, text.n, "sticky-auth stands alone");
}

static bool authorization(const struct rule_deed *d, struct deed_scene *s) {
  struct slice value;
  if (http_head_find(flow_sent_head(&s->flow->request), "Authorization", &value)) {
    jar_take_authorization(d->jar, s->flow, value);
    return false;
  }
  const char *kept = jar_authorization(d->jar, s->flow);
  if (kept)
    http_head_set(&message_edit(s)->head, "Authorization", kept);
  return kept != NULL;
}

const struct deed_ops deed_sticky_cookie = {
    "sticky-cookie",
    RULE_STICKY,
    parse_cookie,
    cookie,
    "sticky-cookie",
    "Keeps the cookies that servers set in answer to what the filter matches, and sends them with later such requests "
    "to that domain and path that lack them."};
const struct deed_ops deed_sticky_auth = {
    "sticky-auth",
    RULE_STICKY,
    parse_auth,
    authorization,
    "sticky-auth",
    "Keeps the Authorization that was sent to a server, and sends it with later requests to it that have none."};
