/*
 * Editing and sending again. A message is edited as one text with its body decoded; what was received stays, what
 * goes out instead stands beside it (struct flow_edit).
 */
#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"
#include "weir/base/units.h"
#include "weir/body/decode.h"
#include "weir/http/message.h"

#include "parts.h"

static bool has_message(const struct flow *f, enum flow_side side, struct err *err) {
  unsigned long long id = f->id;
  if (f->kind == FLOW_TUNNEL)
    return err_set(err,
                   f->request.stream ? "#%llu is a stream of bytes: only HTTP messages can be edited or sent again"
                                     : "#%llu is a tunnel: weir does not see what is inside",
                   id);
  return flow_side_const(f, side)->head.raw ||
         err_set(err, side == FLOW_REQUEST ? "#%llu has no valid request" : "#%llu has no answer yet", id);
}

static struct flow *editable(struct proxy *p, uint64_t id, enum flow_side side, struct err *err) {
  struct flow *f = store_get(p->store, id);
  if (!f)
    err_set(err, "there is no flow #%llu any more", (unsigned long long)id);
  return f && has_message(f, side, err) ? f : NULL;
}

static struct slice coding_of(const struct http_head *head) {
  struct slice coding = {NULL, 0};
  http_head_find(head, "Content-Encoding", &coding);
  return coding;
}

/* ---- the body as a person sees it, piece by piece ---- */

struct edit_source {
  struct proxy *p;
  uint64_t id;
  enum flow_side side;
  struct body_reader reader;
  uint64_t kept; /* by the body when reading began */
  struct slice raw;
  struct body_decoder *decoder; /* NULL: the bytes are as they are */
  bool plain;                   /* the coding cannot be taken off, as was seen */
};

void edit_source_free(struct edit_source *s) {
  if (s)
    body_decoder_free(s->decoder);
  free(s);
}

bool edit_source_decoded(const struct edit_source *s) {
  return s->decoder != NULL;
}

unsigned edit_source_percent(const struct edit_source *s) {
  uint64_t done = s->reader.offset - s->raw.n;
  return s->kept ? (unsigned)(done * 100 / s->kept) : 100;
}

static void source_begin(struct edit_source *s, const struct flow_message *m) {
  struct slice coding = coding_of(flow_sent_head(m));
  s->reader = (struct body_reader){flow_sent_body(m), 0};
  s->kept = s->reader.body->kept;
  s->raw = (struct slice){NULL, 0};
  body_decoder_free(s->decoder);
  s->decoder = NULL;
  if (coding.n && s->kept && !s->plain && body_coding_known(coding))
    s->decoder = body_decoder_new(coding, 0, NULL);
}

static bool is_whole(const struct flow_message *m, struct err *err) {
  const struct body *body = flow_sent_body(m);
  if (m->sent && m->sent->body_changed)
    return true;
  if (!m->body.complete)
    return err_set(err, "the body is still arriving: only the head can be edited");
  if (body_cut(body))
    return err_set(err, "the record of the body is cut (kept %llu of %llu bytes): only the head can be edited",
                   (unsigned long long)body->kept, (unsigned long long)body->seen);
  return true;
}

static enum edit_piece anew(struct edit_source *s, const struct flow_message *m) {
  source_begin(s, m);
  return EDIT_ANEW;
}

static enum edit_piece read_decoded(struct edit_source *s, const struct flow_message *m, size_t most, struct buf *out) {
  bool more = true;
  if (!s->raw.n && !body_decoder_waits(s->decoder))
    more = body_read(&s->reader, &s->raw);
  if (more && body_decoder_feed_some(s->decoder, &s->raw, most, out))
    return EDIT_PIECE;
  if (body_decoder_end(s->decoder, NULL) == BODY_DECODED)
    return EDIT_END;
  s->plain = true; /* damaged, or too much: its bytes as they are */
  return anew(s, m);
}

static enum edit_piece read_piece(struct edit_source *s, const struct flow_message *m, size_t most, struct buf *out) {
  if (flow_sent_body(m) != s->reader.body || s->reader.body->kept != s->kept)
    return anew(s, m); /* changed by somebody else meanwhile */
  if (s->decoder)
    return read_decoded(s, m, most, out);
  if (!s->raw.n && !body_read(&s->reader, &s->raw))
    return EDIT_END;
  struct slice piece = slice_sub(s->raw, 0, most);
  buf_add_slice(out, piece);
  s->raw = slice_from(s->raw, piece.n);
  return EDIT_PIECE;
}

enum edit_piece proxy_edit_read(struct edit_source *s, size_t most, struct buf *out) {
  return read_piece(s, flow_side(store_get(s->p->store, s->id), s->side), most, out);
}

static void read_all(struct edit_source *s, const struct flow_message *m, struct buf *out) {
  size_t before = out->n;
  source_begin(s, m);
  for (enum edit_piece piece; (piece = read_piece(s, m, SIZE_MAX, out)) != EDIT_END;)
    if (piece == EDIT_ANEW)
      out->n = before;
}

/* The body as a person sees it; *decoded: its content coding was taken off. False: only the head can be edited. */
static bool visible_body(const struct flow_message *m, struct buf *out, bool *decoded, struct err *err) {
  struct edit_source s = {.p = NULL};
  *decoded = false;
  if (!is_whole(m, err))
    return false;
  read_all(&s, m, out);
  *decoded = edit_source_decoded(&s);
  body_decoder_free(s.decoder);
  return true;
}

/* A paused body is read no further than it may be recorded: it will never be whole. */
static bool above_limit(const struct proxy *p, const struct flow_message *m) {
  struct slice length;
  uint64_t n = 0;
  if (m->body.complete)
    return false;
  if (http_head_find(&m->head, "Content-Length", &length))
    slice_to_u64(length, &n);
  return m->body.kept >= p->config.body_limit || n > p->config.body_limit;
}

/* Inside a tunnel a request says its path only. A person edits the whole address, since the start line decides where a
 * message goes; sent again, it has to say it too. */
static void absolute_text(const struct flow *f, const struct http_head *head, struct buf *out) {
  struct slice target = http_head_target(head);
  if (!target.n || target.p[0] != '/' || !f->scheme_host) {
    http_message_text(out, head);
    return;
  }
  struct buf text = BUF_INIT, url = BUF_INIT;
  http_message_text(&text, head);
  flow_url(f, &url);
  size_t at = http_head_method(head).n + 1;
  buf_remove(&text, at, target.n);
  buf_insert(&text, at, url.p, url.n);
  buf_add_slice(out, buf_slice(&text));
  buf_clear(&text);
  buf_clear(&url);
}

static bool absolute_head(const struct flow *f, struct http_head *head, struct err *err) {
  const struct http_head *sent = flow_sent_head(&f->request);
  struct slice target = http_head_target(sent);
  if (!target.n || target.p[0] != '/') {
    http_head_copy(head, sent);
    return true;
  }
  struct buf text = BUF_INIT;
  size_t body_at;
  absolute_text(f, sent, &text);
  bool ok = http_message_parse(HTTP_REQUEST, buf_slice(&text), true, head, &body_at, err);
  buf_clear(&text);
  return ok;
}

struct edit_source *proxy_edit_open(struct proxy *p, uint64_t id, enum flow_side side, struct buf *head,
                                    bool *head_only, struct err *err) {
  *head_only = false;
  struct flow *f = editable(p, id, side, err);
  if (!f)
    return NULL;
  const struct flow_message *m = flow_side(f, side);
  if (side == FLOW_REQUEST)
    absolute_text(f, flow_sent_head(m), head);
  else
    http_message_text(head, flow_sent_head(m));
  struct edit_source *s = mem_zero(1, sizeof *s);
  *s = (struct edit_source){.p = p, .id = id, .side = side};
  source_begin(s, m);
  if (!is_whole(m, err)) {
    *head_only = true;
    char size[24];
    if (above_limit(p, m))
      err_set(err, "the body is longer than --body-limit (%s): only the head can be edited",
              units_size(p->config.body_limit, size, sizeof size));
  }
  return s;
}

/* A text parsed: the head, and the body as it goes on the wire where it differs from `like`'s. */
struct edited {
  struct http_head head;
  struct buf body;
  bool body_changed;
};

static void edited_clear(struct edited *e) {
  http_head_clear(&e->head);
  buf_clear(&e->body);
}

static bool check_target(const struct proxy *p, const struct http_head *head, struct err *err) {
  struct url url;
  struct slice target = http_head_target(head);
  size_t at = (size_t)(target.p - head->raw);
  if (!url_parse(target, &url, err)) {
    if (err) {
      err->at = at;
      err->span = target.n;
    }
    return false;
  }
  if (!url_scheme_is(&url, "http") && !(secure_on(p) && url_scheme_is(&url, "https")))
    return err_set_at(err, at, url.scheme.n, "only http://%s can be asked for here",
                      secure_on(p) ? " and https://" : "");
  if (url.has_userinfo)
    return err_set_at(err, at, target.n, "a user name in the address is not allowed: use an Authorization field");
  return true;
}

/* ready: the text is a head, whose body somebody has made already. `like` (may be NULL): the message that the text was made from; its bytes are kept where the text of the body is
 * unchanged, and its content coding is put on again where it was taken off. */
static bool edited_parse(const struct proxy *p, struct edited *e, enum flow_side side, struct slice text,
                         bool keep_length, bool head_only, bool ready, const struct flow_message *like,
                         struct err *err) {
  size_t body_at = 0;
  memset(e, 0, sizeof *e);
  if (!http_message_parse(side == FLOW_REQUEST ? HTTP_REQUEST : HTTP_RESPONSE, text, keep_length, &e->head, &body_at,
                          err))
    return false;
  if (side == FLOW_REQUEST && !check_target(p, &e->head, err))
    return false;
  if (side == FLOW_RESPONSE && e->head.status < 200)
    return err_set_at(err, 9, 3,
                      "1xx is no answer: others wait behind it (RFC 9110-15.2); 200 or above ends the exchange");
  if (ready) {
    e->body_changed = true;
    return true;
  }
  struct slice body = slice_from(text, body_at);
  struct buf before = BUF_INIT;
  bool decoded = false, whole = true, ok = true;
  struct err why = ERR_INIT;
  if (head_only)
    whole = err_set(&why, "this text was opened as a head only: leave it and open it again to edit the body");
  else if (like)
    whole = visible_body(like, &before, &decoded, &why);
  struct slice coding = coding_of(&e->head);
  struct slice coding_before = like ? coding_of(flow_sent_head(like)) : (struct slice){NULL, 0};
  if (!whole && body.n) {
    ok = err_set_at(err, body_at, body.n, "%s", why.text);
  } else if (whole && like && slice_eq(body, buf_slice(&before)) && slice_eq(coding, coding_before)) {
    e->body_changed = false;
  } else if (whole) {
    e->body_changed = true;
    if (decoded && coding.n && body_coding_known(coding))
      ok = body_encode(coding, body, &e->body, err);
    else
      buf_add_slice(&e->body, body);
  }
  buf_clear(&before);
  return ok;
}

static void body_from(struct body *to, struct slice bytes) {
  body_add(to, bytes.p, bytes.n, UINT64_MAX, bytes.n);
  to->complete = true;
  body_seal(to);
}

static bool edit_place(struct proxy *p, uint64_t id, enum flow_side side, struct slice text, bool keep_length,
                       bool head_only, struct body *ready, struct err *err) {
  struct flow *f = editable(p, id, side, err);
  if (!f)
    return false;
  struct exchange *x = f->live;
  enum flow_paused wanted = side == FLOW_REQUEST ? FLOW_PAUSED_REQUEST : FLOW_PAUSED_RESPONSE;
  if (!x || f->paused != wanted)
    return err_set(err, "#%llu is not paused any more", (unsigned long long)id);
  struct flow_message *m = flow_side(f, side);
  struct edited e;
  bool ok = edited_parse(p, &e, side, text, keep_length, head_only, ready != NULL, m, err) &&
            (side == FLOW_RESPONSE || exchange_retarget(x, &e.head, err));
  if (ok) {
    struct flow_edit *edit = mem_zero(1, sizeof *edit);
    edit->head = e.head;
    memset(&e.head, 0, sizeof e.head);
    edit->keep_length = keep_length;
    edit->body_changed = e.body_changed;
    if (ready) {
      edit->body = *ready;
      memset(ready, 0, sizeof *ready);
    } else if (e.body_changed) {
      body_from(&edit->body, buf_slice(&e.body));
    } else if (m->sent && m->sent->body_changed) { /* unchanged against an earlier edit, which therefore stays */
      edit->body = m->sent->body;
      memset(&m->sent->body, 0, sizeof m->sent->body);
      edit->body_changed = true;
    }
    flow_edit_free(m->sent);
    m->sent = edit;
    lane_frame_edit(x, side);
    exchange_touch(x, FLOW_CHANGED_EDIT | FLOW_CHANGED_HEAD | FLOW_CHANGED_BODY);
  }
  edited_clear(&e);
  return ok;
}

bool proxy_edit(struct proxy *p, uint64_t id, enum flow_side side, struct slice text, bool keep_length, bool head_only,
                struct err *err) {
  return edit_place(p, id, side, text, keep_length, head_only, NULL, err);
}

bool proxy_edit_body(struct proxy *p, uint64_t id, enum flow_side side, struct slice head, struct body *body,
                     bool keep_length, struct err *err) {
  return edit_place(p, id, side, head, keep_length, false, body, err);
}

bool proxy_edit_swap(struct proxy *p, uint64_t id, enum flow_side side, struct flow_edit **edit, struct err *err) {
  struct flow *f = editable(p, id, side, err);
  if (!f)
    return false;
  struct exchange *x = f->live;
  if (!x || f->paused != (side == FLOW_REQUEST ? FLOW_PAUSED_REQUEST : FLOW_PAUSED_RESPONSE))
    return err_set(err, "#%llu is not paused any more", (unsigned long long)id);
  struct flow_message *m = flow_side(f, side);
  if (side == FLOW_REQUEST && !exchange_retarget(x, *edit ? &(*edit)->head : &m->head, err))
    return false;
  struct flow_edit *now = m->sent;
  m->sent = *edit;
  *edit = now;
  exchange_touch(x, FLOW_CHANGED_EDIT | FLOW_CHANGED_HEAD | FLOW_CHANGED_BODY);
  return true;
}

/* ---- again ---- */

/* A flow without a client: its request is there whole, and goes out on a connection of its own. */
static uint64_t send_new(struct proxy *p, struct flow *f, const struct flow *like, bool keep_length, struct err *err) {
  struct exchange *x = exchange_new(p, f);
  uint64_t id = f->id;
  uint64_t now = loop_now(p->loop);
  f->replay = true;
  f->wall_us = clock_wall();
  f->times.start = f->times.request_end = now;
  f->state = FLOW_WAITING;
  f->request.wire = f->request.head.n + f->request.body.kept;
  x->fresh = true;
  x->as_typed = keep_length;
  x->keep_alive = false;
  x->request.complete = true;
  x->request.in = http_request_framing(&f->request.head);
  if (!exchange_retarget(x, &f->request.head, err)) {
    exchange_fail(x, (struct failure){STAGE_REQUEST, ERROR_PROTOCOL, 0, 0}, "%s",
                  err ? err->text : "this cannot be sent");
    return 0;
  }
  if (like && like->aimed.family && like->port == f->port && slice_eq_ascii(flow_host(f), flow_host(like)))
    exchange_aim_at_address(x, &like->aimed); /* no name server may know the name */
  const struct secure_facts *tls = like ? like->client_tls : NULL;
  if (x->secure && tls && tls->sni && slice_eq_ascii(flow_host(f), flow_host(like)))
    x->sni = mem_dup(tls->sni);
  exchange_touch(x, FLOW_CHANGED_HEAD | FLOW_CHANGED_STATE);
  lane_release_request(x);
  return id;
}

/* While another one is made of it; what is not in the store needs no pin. */
static struct flow *pin(struct proxy *p, const struct flow *old) {
  struct flow *f = old ? store_get(p->store, old->id) : NULL;
  if (f != old || !f)
    return NULL;
  store_pin(p->store, f);
  return f;
}

static void unpin(struct proxy *p, struct flow *f) {
  if (f)
    store_unpin(p->store, f);
}

uint64_t proxy_replay(struct proxy *p, uint64_t id, struct err *err) {
  const struct flow *old = editable(p, id, FLOW_REQUEST, err);
  return old ? proxy_replay_of(p, old, err) : 0;
}

uint64_t proxy_replay_of(struct proxy *p, const struct flow *old, struct err *err) {
  if (!has_message(old, FLOW_REQUEST, err))
    return 0;
  uint64_t id = old->id;
  const struct flow_message *m = &old->request;
  bool replaced = m->sent && m->sent->body_changed;
  if (!replaced && !m->body.complete) {
    err_set(err, "the request of #%llu did not arrive whole: it cannot be sent again", (unsigned long long)id);
    return 0;
  }
  if (!replaced && body_cut(&m->body)) {
    err_set(err, "the record of #%llu's body is cut (kept %llu of %llu bytes): it cannot be sent again",
            (unsigned long long)id, (unsigned long long)m->body.kept, (unsigned long long)m->body.seen);
    return 0;
  }
  struct http_head head = {0};
  if (!absolute_head(old, &head, err))
    return 0;
  struct flow *pinned = pin(p, old);
  struct flow *f = store_add(p->store);
  f->parent = id;
  f->request.head = head;
  body_duplicate(&f->request.body, flow_sent_body(m));
  bool keep_length = m->sent && m->sent->keep_length;
  if (m->trailers) {
    f->request.trailers = mem_dup_n(m->trailers, m->trailers_n);
    f->request.trailers_n = m->trailers_n;
  }
  id = send_new(p, f, old, keep_length, err);
  unpin(p, pinned);
  return id;
}

static uint64_t send_edited(struct proxy *p, const struct flow *old, struct slice text, struct body *ready,
                            bool keep_length, struct err *err) {
  struct edited e;
  uint64_t id = 0;
  if (edited_parse(p, &e, FLOW_REQUEST, text, keep_length, false, ready != NULL,
                   old && old->request.head.raw ? &old->request : NULL, err)) {
    struct flow *pinned = pin(p, old);
    struct flow *f = store_add(p->store);
    f->parent = old ? old->id : 0;
    f->request.head = e.head;
    memset(&e.head, 0, sizeof e.head);
    if (ready) {
      f->request.body = *ready;
      memset(ready, 0, sizeof *ready);
    } else if (e.body_changed || !old)
      body_from(&f->request.body, buf_slice(&e.body));
    else
      body_duplicate(&f->request.body, flow_sent_body(&old->request));
    id = send_new(p, f, old, keep_length, err);
    unpin(p, pinned);
  }
  edited_clear(&e);
  return id;
}

uint64_t proxy_send(struct proxy *p, uint64_t parent, struct slice text, bool keep_length, struct err *err) {
  return send_edited(p, store_get(p->store, parent), text, NULL, keep_length, err);
}

uint64_t proxy_send_of(struct proxy *p, const struct flow *old, struct slice text, bool keep_length, struct err *err) {
  return send_edited(p, old, text, NULL, keep_length, err);
}

uint64_t proxy_send_body(struct proxy *p, uint64_t parent, struct slice head, struct body *body, bool keep_length,
                         struct err *err) {
  return send_edited(p, store_get(p->store, parent), head, body, keep_length, err);
}
