/* An answer that a rule gives in the server's place: a response like any other, whose bytes come from the record, or from a
 * file (served.c). */
#include <stdlib.h>
#include <string.h>

#include "weir/http/framing.h"

#include "parts.h"

/* The rest of the request is read first and recorded, so that the connection can go on. */
static bool request_is_read(struct exchange *x) {
  struct lane *l = &x->request;
  if (l->state == LANE_DONE)
    return true;
  l->out = (struct http_framing){HTTP_BODY_NONE, 0};
  if (!l->complete && l->in.kind != HTTP_BODY_NONE) {
    l->state = LANE_FLOW;
    lane_invite_body(x);
    return false;
  }
  l->state = LANE_DONE;
  return true;
}

void answer_by_rule(struct exchange *x) {
  struct flow *f = x->flow;
  struct flow_message *m = &f->response;
  struct lane *l = &x->response;
  if (!request_is_read(x))
    return; /* lane_finish() comes back here */
  exchange_took_request(x);
  struct flow_edit *answer = x->request.effects.answer;
  struct rule_source *from = x->request.effects.from;
  x->request.effects.answer = NULL;
  x->request.effects.from = NULL;
  m->head = answer->head;
  m->body = answer->body;
  memset(&answer->head, 0, sizeof answer->head);
  memset(&answer->body, 0, sizeof answer->body);
  flow_edit_free(answer);
  free(m->trailers);
  m->trailers = x->request.effects.trailers;
  m->trailers_n = x->request.effects.trailers_n;
  x->request.effects.trailers = NULL;
  m->wire = m->head.n + m->body.kept;
  f->times.first_byte = loop_now(x->proxy->loop);
  f->state = FLOW_RESPONSE_ARRIVING;
  f->by_rule = true;
  l->in = http_response_framing(&m->head, x->head_only);
  l->complete = !from || l->in.kind == HTTP_BODY_NONE;
  l->effects.down = x->request.effects.down;
  if (l->complete)
    rule_source_free(from);
  else
    served_begin(x, from);
  m->body.complete = l->complete;
  exchange_touch(x, FLOW_CHANGED_HEAD | FLOW_CHANGED_BODY | FLOW_CHANGED_STATE);
  lane_start(x, FLOW_RESPONSE);
  if (!x->done)
    served_touch(x);
}
