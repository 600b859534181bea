/* replace: text in a field's values, or in the body as it reads without its content coding. */
#include <stdlib.h>

#include "rule/deed.h"
#include "rule/flowing.h"
#include "rule/message.h"
#include "rule/words.h"
#include "weir/base/mem.h"
#include "weir/http/head_edit.h"

enum { IN_BODY, IN_FIELD };

static bool parse(struct rule_deed *d, struct slice text, struct err *err) {
  struct slice rest = text;
  bool of_response = d->response;
  deed_take_side(d, &rest);
  bool said = rest.p != text.p;
  if (words_take(&rest, "header")) {
    struct slice name = words_next(&rest);
    if (!name.n)
      return err_set_at(err, text.n, 0, "in which field? replace header NAME /from/ \"to\"");
    d->how = IN_FIELD;
    d->name = mem_dup_n(name.p, name.n);
  } else if (words_take(&rest, "body")) {
    d->how = IN_BODY;
    d->both = !said && !of_response;
    d->needs_body = true;
  } else {
    return err_set_at(err, words_place(text, rest), 0, "replace where? body, or header NAME");
  }
  d->pattern = pattern_parse(text, &rest, err);
  if (!d->pattern)
    return false;
  return rest.n == 0 || err_set_at(err, words_place(text, rest), rest.n,
                                   "nothing stands behind that; a text with blanks wants quotes");
}

static void note_limit(struct deed_scene *s) {
  message_say(s, "its pattern takes too long here: passed as it came");
}

static bool in_body(const struct rule_deed *d, struct deed_scene *s) {
  struct buf body = BUF_INIT, out = BUF_INIT;
  bool decoded, acted = false;
  if (message_is_part(s))
    return false;
  if (!message_body(s, &body, &decoded)) {
    if (body.n >= RULE_BODY_MAX && flowing_may_still(s))
      transform_add(s); /* a hit is counted at its first match */
    else if (flow_side(s->flow, s->side)->body.kept)
      message_say(s, "the body is too long, cut or in an unknown coding: passed as it came");
  } else {
    bool nothing = d->both && body.n == 0; /* a GET gets no body by that */
    switch (nothing ? PATTERN_NONE : pattern_replace(d->pattern, buf_slice(&body), RULE_BODY_MAX * 2, &out)) {
    case PATTERN_REPLACED:
      acted = message_set_body(s, buf_slice(&out), decoded);
      break;
    case PATTERN_LIMIT:
      note_limit(s);
      break;
    case PATTERN_NONE:
      break;
    }
  }
  buf_clear(&body);
  buf_clear(&out);
  return acted;
}

static bool is_value(struct slice s) {
  for (size_t i = 0; i < s.n; i++)
    if (((unsigned char)s.p[i] < 0x20 && s.p[i] != '\t') || s.p[i] == 0x7f)
      return false;
  return true;
}

static bool in_field(const struct rule_deed *d, struct deed_scene *s) {
  struct http_head *head = NULL;
  struct http_field field;
  bool acted = false;
  for (size_t nth = 0;; nth++) {
    const struct http_head *now = flow_sent_head(flow_side(s->flow, s->side));
    uint32_t at = 0;
    size_t i = 0;
    bool there;
    while ((there = http_head_next_named(now, d->name, &at, &field)) && i < nth)
      i++;
    if (!there)
      return acted;
    struct buf out = BUF_INIT;
    enum pattern_done done = pattern_replace(d->pattern, field.value, HTTP_HEAD_MAX / 4, &out);
    if (done == PATTERN_REPLACED && is_value(buf_slice(&out))) {
      head = &message_edit(s)->head;
      http_head_set_nth(head, d->name, nth, buf_text(&out));
      acted = true;
    } else if (done == PATTERN_LIMIT) {
      note_limit(s);
    }
    buf_clear(&out);
  }
}

static bool act(const struct rule_deed *d, struct deed_scene *s) {
  return d->how == IN_BODY ? in_body(d, s) : in_field(d, s);
}

const struct deed_ops deed_replace = {
    "replace",
    RULE_BODY,
    parse,
    act,
    "replace [request|response] body|header NAME \"TEXT\"|/REGEX/[i] \"TEXT\"",
    "Replaces every match, in the body as it reads without its content coding, or in "
    "a field's values. $1 and ${name} stand for groups. A 206 keeps its body, and a body "
    "that is replaced loses its Content-MD5, Digest, Content-Digest and Repr-Digest."};
