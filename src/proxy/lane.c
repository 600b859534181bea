/*
 * The two lanes of an exchange. Bytes are recorded and forwarded in the same step; when somebody holds a lane back,
 * they are recorded only, and after the release they are sent from the record until it has caught up.
 */
#include <stdlib.h>

#include "weir/base/mem.h"
#include "weir/http/encode.h"

#include "parts.h"

static struct lane *lane_of(struct exchange *x, enum flow_side side) {
  return side == FLOW_REQUEST ? &x->request : &x->response;
}

static bool lane_held(const struct lane *l) {
  return l->state == LANE_BUFFER || l->state == LANE_PAUSED || l->state == LANE_ASKED || l->state == LANE_JUDGED ||
         l->state == LANE_DELAYED;
}

size_t lane_queued(const struct exchange *x, enum flow_side side) {
  if (side == FLOW_REQUEST)
    return queue_size(&x->to_server);
  return x->conn ? queue_size(&x->conn->out) : 0;
}

/* May more be read from the lane's source? Back-pressure is nothing but the answer "no". */
bool lane_wants_input(const struct exchange *x, enum flow_side side) {
  const struct lane *l = side == FLOW_REQUEST ? &x->request : &x->response;
  if (l->complete || l->state == LANE_JUDGED)
    return false;
  if (l->state == LANE_BUFFER)
    return true; /* lane_data() ends it before it grows too large */
  if (l->state == LANE_PAUSED || l->state == LANE_ASKED || l->state == LANE_DELAYED) {
    const struct flow_message *m = flow_side_const(x->flow, side);
    return m->body.kept < x->proxy->config.body_limit && store_may_record(x->proxy->store);
  }
  if (l->from_record || reshape_works(l) || lane_queued(x, side) >= HIGH_WATER)
    return false;
  return !l->pace || l->state != LANE_FLOW || pace_allows((struct exchange *)x, side) > 0;
}

/* Where the next read of a body of known length, of which so much is to come, may go so that recording it copies
 * nothing: into the record itself. Else into the proxy's scratch. */
char *lane_room(struct exchange *x, enum flow_side side, uint64_t coming, size_t *room) {
  struct proxy *p = x->proxy;
  bool recorded = !x->flow->unrecorded && store_may_record(p->store);
  size_t most = pace_allows(x, side);
  if (coming >= DIRECT_READ && recorded && most >= SCRATCH) {
    struct body *body = &flow_side(x->flow, side)->body;
    char *to = body_room(body, p->config.body_limit, body->seen + coming, room);
    if (*room > coming)
      *room = (size_t)coming;
    if (to && *room >= DIRECT_READ)
      return to;
  }
  *room = most < 1 ? 1 : most < SCRATCH ? most : SCRATCH;
  return p->scratch;
}

/* Held bytes exist nowhere else, so they are kept whatever the limit says; reading stops soon after it is reached. */
static void lane_record(struct exchange *x, struct flow_message *m, struct lane *l, struct slice data) {
  struct proxy *p = x->proxy;
  struct flow *f = x->flow;
  uint64_t limit = p->config.body_limit;
  if (lane_held(l) || l->from_record) {
    limit = UINT64_MAX;
  } else if (f->unrecorded) {
    m->body.seen += data.n;
    return;
  } else if (!store_may_record(p->store)) {
    limit = m->body.kept;
    f->body_missed = true;
  }
  uint64_t before = m->body.kept;
  body_add(&m->body, data.p, data.n, limit, l->in.kind == HTTP_BODY_LENGTH ? l->in.length : 0);
  if (!f->unrecorded && m->body.kept > before)
    store_charge(p->store, f, (size_t)(m->body.kept - before));
}

static void lane_bytes(struct exchange *x, enum flow_side side, struct slice s) {
  if (side == FLOW_REQUEST) {
    if (s.n < DIRECT_SEND || !x->up || !upstream_body_send(x->up, s))
      queue_add(&x->to_server, s.p, s.n);
  } else if (x->conn) {
    conn_body_send(x->conn, s);
  }
}

/* One of them may go out inverted: the record keeps what came. */
static void lane_bytes_with(struct exchange *x, enum flow_side side, struct slice s, size_t flip) {
  if (flip >= s.n) {
    lane_bytes(x, side, s);
    return;
  }
  char wrong = (char)~s.p[flip];
  lane_bytes(x, side, slice_sub(s, 0, flip));
  lane_bytes(x, side, slice_make(&wrong, 1));
  lane_bytes(x, side, slice_from(s, flip + 1));
}

void lane_out(struct exchange *x, enum flow_side side, struct slice data) {
  struct lane *l = lane_of(x, side);
  size_t flip;
  if (l->out.kind == HTTP_BODY_NONE || l->broken)
    return; /* recorded, but its receiver would take it for the next message */
  data = fault_share(x, side, data, &flip);
  l->passed += data.n;
  if (data.n && l->out.kind != HTTP_BODY_CHUNKED) {
    lane_bytes_with(x, side, data, flip);
  } else if (data.n) {
    char head[HTTP_CHUNK_HEAD_MAX];
    size_t n = http_chunk_head(head, data.n);
    lane_bytes(x, side, slice_make(head, n));
    lane_bytes_with(x, side, data, flip);
    lane_bytes(x, side, SLICE("\r\n"));
  }
  fault_due(x, side);
}

void lane_finish(struct exchange *x, enum flow_side side) {
  struct lane *l = lane_of(x, side);
  const struct flow_message *m = flow_side(x->flow, side);
  if (l->broken)
    return;
  fault_end(x, side);
  l->state = LANE_DONE;
  reshape_end(x, side);
  if (l->out.kind == HTTP_BODY_CHUNKED) {
    struct buf *b = &x->proxy->head;
    buf_reset(b);
    http_chunk_end(b, slice_make(m->trailers, m->trailers ? m->trailers_n : 0));
    lane_bytes(x, side, buf_slice(b));
  }
  if (side == FLOW_REQUEST && l->effects.answer)
    answer_by_rule(x);
  else if (side == FLOW_RESPONSE && !exchange_reads_rest(x))
    exchange_end(x);
}

bool lane_pumps(struct exchange *x, enum flow_side side) {
  const struct lane *l = lane_of(x, side);
  return l->state == LANE_FLOW && (l->from_record || reshape_works(l)) && pace_allows(x, side) > 0;
}

void lane_pump(struct exchange *x, enum flow_side side) {
  struct lane *l = lane_of(x, side);
  if (x->done || l->state != LANE_FLOW)
    return;
  if (l->reshape) {
    reshape_pump(x, side);
    return;
  }
  if (!l->from_record)
    return;
  const struct flow_message *m = flow_side(x->flow, side);
  bool replaced = m->sent && m->sent->body_changed;
  const struct body *body = flow_sent_body(m);
  /* A share a turn, as with reading: the wish to write brings the next one. */
  for (uint64_t most = l->sent + READ_BUDGET * SCRATCH; lane_queued(x, side) < HIGH_WATER;) {
    struct slice s = body_at(body, l->sent);
    if (s.n && l->sent >= most)
      return;
    if (!s.n) {
      l->from_record = false;
      if (l->complete || replaced)
        lane_finish(x, side);
      return;
    }
    size_t room = pace_allows(x, side);
    if (!room)
      return;
    if (s.n > SCRATCH)
      s.n = SCRATCH;
    if (s.n > room)
      s.n = room;
    l->sent += s.n;
    pace_took(x, side, s.n);
    lane_out(x, side, s);
    if (x->done)
      return;
  }
}

/* Whether a body follows is decided by the client's own request and the head it gets; an edit may have made another
 * request or another status of them than the server's answer belongs to (RFC 9112-6.3). */
static bool answer_framing(const struct exchange *x, struct http_framing *framing, bool *reframe) {
  const struct flow_message *m = &x->flow->response;
  const struct lane *l = &x->response;
  bool replaced = m->sent && m->sent->body_changed;
  bool expected = http_response_has_body(flow_sent_head(m), x->head_only);
  if (expected && (l->in.kind != HTTP_BODY_NONE || replaced))
    return false;
  *framing = (struct http_framing){expected ? HTTP_BODY_LENGTH : HTTP_BODY_NONE, 0};
  *reframe = expected;
  return true;
}

/* The body that goes out, as the released head says it. */
static struct http_framing lane_framing(const struct exchange *x, enum flow_side side, bool *reframe) {
  const struct flow_message *m = flow_side_const(x->flow, side);
  const struct lane *l = side == FLOW_REQUEST ? &x->request : &x->response;
  *reframe = false;
  if (!m->sent && x->flow->replay && side == FLOW_REQUEST && !x->as_typed) {
    /* A text that was typed may say a length that its body does not have. */
    bool right = l->in.kind == HTTP_BODY_LENGTH ? l->in.length == m->body.kept
                                                : l->in.kind == HTTP_BODY_CHUNKED || !m->body.kept;
    *reframe = !right;
    return right ? l->in : (struct http_framing){HTTP_BODY_LENGTH, m->body.kept};
  }
  struct http_framing answer;
  if (side == FLOW_RESPONSE && !(m->sent && m->sent->keep_length) && answer_framing(x, &answer, reframe))
    return answer;
  if (!m->sent)
    return l->in;
  if (m->sent->keep_length) { /* the bytes go out as they are, whatever the head says of them */
    struct http_framing f = side == FLOW_REQUEST ? http_request_framing(&m->sent->head)
                                                 : http_response_framing(&m->sent->head, x->head_only);
    if (f.kind != HTTP_BODY_CHUNKED)
      f = (struct http_framing){HTTP_BODY_LENGTH, flow_sent_body(m)->kept};
    return f;
  }
  *reframe = true;
  bool says_none = side == FLOW_REQUEST && l->in.kind == HTTP_BODY_NONE &&
                   http_head_count(&m->sent->head, "Content-Length"); /* of a POST it has to be said (RFC 9110-8.6) */
  if (!m->sent->body_changed)
    return says_none ? (struct http_framing){HTTP_BODY_LENGTH, 0} : l->in;
  uint64_t n = m->sent->body.kept;
  if (n && http_head_has_token(&m->sent->head, "Transfer-Encoding", "chunked"))
    return (struct http_framing){HTTP_BODY_CHUNKED, 0};
  if (!n && side == FLOW_REQUEST && !http_head_count(&m->head, "Content-Length") &&
      !http_head_count(&m->head, "Transfer-Encoding"))
    return (struct http_framing){HTTP_BODY_NONE, 0};
  return (struct http_framing){HTTP_BODY_LENGTH, n};
}

/* What a person wrote is recorded with the framing that it goes out with; what a client or server sent is not touched. */
static void record_framing(struct exchange *x, enum flow_side side, const struct http_framing *framing) {
  struct flow_message *m = flow_side(x->flow, side);
  bool typed = side == FLOW_REQUEST && x->flow->replay;
  if (m->sent || typed) {
    http_head_frame(m->sent ? &m->sent->head : &m->head, framing);
    exchange_touch(x, FLOW_CHANGED_HEAD);
  }
}

void lane_frame_edit(struct exchange *x, enum flow_side side) {
  bool reframe;
  struct http_framing framing = lane_framing(x, side, &reframe);
  if (reframe)
    record_framing(x, side, &framing);
}

/* A lane whose body is in the record, in part or whole, begins with that. */
static void lane_begin_body(struct exchange *x, enum flow_side side) {
  struct lane *l = lane_of(x, side);
  const struct flow_message *m = flow_side(x->flow, side);
  bool replaced = m->sent && m->sent->body_changed;
  l->state = LANE_FLOW;
  l->sent = l->passed = 0;
  l->broken = false;
  if (fault_due(x, side))
    return;
  if (l->reshape) {
    l->from_record = m->body.kept > 0;
    reshape_pump(x, side);
  } else if (m->body.kept || replaced) {
    l->from_record = true;
    lane_pump(x, side);
  } else if (l->complete) {
    lane_finish(x, side);
  }
}

void lane_unpause(struct exchange *x) {
  struct flow *f = x->flow;
  if (f->paused == FLOW_RUNNING)
    return;
  f->paused = FLOW_RUNNING;
  f->times.paused_ns += loop_now(x->proxy->loop) - f->times.paused_since;
  f->times.paused_since = 0;
  exchange_touch(x, FLOW_CHANGED_STATE);
}

/* The head of what was changed, as it goes: p->head. */
static void keep_wire(struct exchange *x, enum flow_side side) {
  const struct proxy *p = x->proxy;
  struct flow_edit *sent = flow_side(x->flow, side)->sent;
  struct slice raw = buf_slice(&p->head);
  struct http_fault fault;
  if (!sent)
    return;
  http_head_clear(&sent->wire);
  bool other = !x->flow->unrecorded && !slice_eq(raw, http_head_raw(&sent->head));
  if (other && http_head_parse(side == FLOW_REQUEST ? HTTP_REQUEST : HTTP_RESPONSE, raw, &sent->wire, &fault))
    exchange_touch(x, FLOW_CHANGED_EDIT);
}

static void write_request(struct exchange *x, const struct http_head *head, const struct http_forward *how) {
  struct buf *out = &x->proxy->head;
  struct http_forward shown = *how;
  shown.proxy_authorization = NULL; /* its password is nobody's to see */
  buf_reset(out);
  http_forward_request(out, head, &shown);
  keep_wire(x, FLOW_REQUEST);
  if (how->proxy_authorization) {
    buf_reset(out);
    http_forward_request(out, head, how);
  }
  queue_add(&x->to_server, out->p, out->n);
}

void lane_release_request(struct exchange *x) {
  struct proxy *p = x->proxy;
  struct flow *f = x->flow;
  lane_unpause(x);
  bool reframe;
  x->request.out = lane_framing(x, FLOW_REQUEST, &reframe);
  reshape_begin(x, FLOW_REQUEST, &reframe);
  if (reframe)
    record_framing(x, FLOW_REQUEST, &x->request.out);
  const struct http_head *head = flow_sent_head(&f->request);
  struct url url = x->url;
  struct err err;
  struct slice target = http_head_target(head), host;
  bool inside =
      target.n && (target.p[0] == '/' || target.p[0] == '*'); /* of a tunnel: target and Host stand as they are */
  bool parsed = inside || (!f->request.sent && url.host.n);
  if (!parsed && !url_parse(http_head_target(head), &url, &err)) { /* was checked when it came or was edited */
    exchange_fail(x, (struct failure){STAGE_REQUEST, ERROR_PROTOCOL, 0, 400}, "%s", err.text);
    return;
  }
  if (f->request.sent && f->request.sent->keep_length)
    x->as_typed = true;
  x->upgrade = http_wants_upgrade(head) && !x->flow->replay;
  exchange_choose_way(x);
  bool stands = inside && http_head_find(head, "Host", &host);
  if (inside && x->to_proxy) /* in absolute-form: where the tunnel or the listener leads to is said there */
    url = (struct url){.scheme = SLICE("http"),
                       .host = slice_of(x->host),
                       .port = x->port,
                       .target = *target.p == '*' ? (struct slice){NULL, 0} : target,
                       .ipv6 = strchr(x->host, ':')};
  struct http_forward how = {
      .url = stands && !x->to_proxy ? NULL : &url,
      .to_proxy = x->to_proxy,
      .proxy_authorization = x->to_proxy ? x->way->basic : NULL,
      .keep_host = f->request.sent || f->replay || stands,
      .keep_upgrade = x->upgrade,
      .close = x->fresh || x->as_typed,
      .via = p->config.via,
      .loop_token = p->loop_token,
      .client_minor = 1,
      .framing = x->request.out,
      .reframe = reframe,
  };
  x->head_sent = slice_eq(http_head_method(head), SLICE("HEAD"));
  write_request(x, head, &how);
  if (!x->up && !x->dial && !x->handshake && !x->through)
    exchange_connect(x);
  if (x->done)
    return;
  lane_begin_body(x, FLOW_REQUEST);
  if (x->up && !x->done)
    upstream_flush(x->up);
}

void lane_release_response(struct exchange *x) {
  struct proxy *p = x->proxy;
  struct flow *f = x->flow;
  lane_unpause(x);
  struct lane *l = &x->response;
  bool reframe;
  l->out = lane_framing(x, FLOW_RESPONSE, &reframe);
  reshape_begin(x, FLOW_RESPONSE, &reframe);
  if (reframe)
    record_framing(x, FLOW_RESPONSE, &l->out);
  bool as_typed = f->response.sent && f->response.sent->keep_length;
  if (l->out.kind == HTTP_BODY_CHUNKED && x->client_minor == 0)
    l->out.kind = HTTP_BODY_CLOSE;
  if (l->out.kind == HTTP_BODY_CLOSE || !x->request.complete || as_typed || p->closing)
    x->keep_alive = false;
  if (x->conn) {
    struct http_forward how = {
        .close = !x->keep_alive,
        .via = p->config.via,
        .loop_token = p->loop_token,
        .client_minor = x->client_minor,
        .framing = l->out,
        .reframe = reframe || (l->out.kind != l->in.kind && l->out.kind != HTTP_BODY_NONE),
    };
    buf_reset(&p->head);
    http_forward_response(&p->head, flow_sent_head(&f->response), &how);
    keep_wire(x, FLOW_RESPONSE);
    queue_add(&x->conn->out, p->head.p, p->head.n);
  }
  x->answered = true;
  lane_begin_body(x, FLOW_RESPONSE);
  /* Who reads the server flushes when all that came is fed: head and body then leave in one piece. */
  bool more_comes = x->up && x->up->feeding;
  if (!x->done && x->conn && !more_comes)
    conn_flush(x->conn);
}

/* A rule waits for no more than this of a body. */
static uint64_t judged_most(const struct exchange *x) {
  uint64_t limit = x->proxy->config.body_limit;
  return limit < RULE_BODY_MAX ? limit : RULE_BODY_MAX;
}

/* More came at once than may go on, with the head perhaps: it goes from the record, unless that has not all of it. */
static bool lane_too_fast(struct exchange *x, enum flow_side side, size_t n) {
  const struct lane *l = lane_of(x, side);
  const struct flow_message *m = flow_side(x->flow, side);
  return l->state == LANE_FLOW && !l->from_record && !l->reshape && l->pace && !x->flow->unrecorded &&
         !body_cut(&m->body) && store_may_record(x->proxy->store) && n > pace_allows(x, side);
}

void lane_data(struct exchange *x, enum flow_side side, struct slice data) {
  struct lane *l = lane_of(x, side);
  struct flow_message *m = flow_side(x->flow, side);
  rules_flow_changed(l->inquiry);
  bool paced = lane_too_fast(x, side, data.n);
  if (paced) {
    l->sent = m->body.kept;
    l->from_record = true;
  }
  lane_record(x, m, l, data);
  if (paced) {
    lane_pump(x, side);
  } else if (l->state == LANE_FLOW && !l->from_record && l->reshape) {
    reshape_data(x, side, data);
  } else if (l->state == LANE_FLOW && !l->from_record) {
    pace_took(x, side, data.n);
    lane_out(x, side, data);
  }
  if (l->state == LANE_BUFFER && (m->body.kept >= judged_most(x) || !store_may_record(x->proxy->store)))
    lane_judge(x, side);
  if (!x->done)
    exchange_touch(x, FLOW_CHANGED_BODY);
  if (!x->done && x->rest_until && !exchange_may_read_rest(x))
    exchange_rest_over(x);
}

void lane_end(struct exchange *x, enum flow_side side) {
  struct lane *l = lane_of(x, side);
  struct flow_message *m = flow_side(x->flow, side);
  rules_flow_changed(l->inquiry);
  l->complete = true;
  m->body.complete = true;
  body_seal(&m->body);
  if (l->state == LANE_BUFFER)
    lane_judge(x, side);
  else if (l->state == LANE_FLOW && l->reshape)
    reshape_pump(x, side);
  else if (l->state == LANE_FLOW && !l->from_record)
    lane_finish(x, side);
  else if (l->state == LANE_DONE)
    exchange_rest_over(x);
}
