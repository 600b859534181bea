#include "rule/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rule/tree.h"
#include "weir/base/mem.h"
#include "weir/base/path.h"
#include "weir/body/decode.h"
#include "weir/http/encode.h"
#include "weir/http/head_edit.h"
#include "weir/http/message.h"
#include "weir/http/url.h"

static struct flow_message *side_of(const struct deed_scene *s) {
  return flow_side(s->flow, s->side);
}

void message_say(struct deed_scene *s, const char *format, ...) {
  struct buf *says = &s->effects->says;
  char text[FLOW_SAYS_MAX];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  buf_printf(says, "%s%s", says->n ? "; " : "", text);
}

struct flow_edit *message_edit(struct deed_scene *s) {
  struct flow_message *m = side_of(s);
  if (!m->sent) {
    m->sent = mem_zero(1, sizeof *m->sent);
    http_head_copy(&m->sent->head, &m->head);
    m->sent->by_rule = true;
  }
  s->effects->edited = true;
  return m->sent;
}

static struct slice coding_of(const struct http_head *head) {
  struct slice coding = {NULL, 0};
  http_head_find(head, "Content-Encoding", &coding);
  return coding;
}

bool message_has_body(const struct deed_scene *s) {
  const struct flow_message *m = side_of(s);
  const struct body *body = flow_sent_body(m);
  bool replaced = m->sent && m->sent->body_changed;
  return (replaced || m->body.complete) && !body_cut(body) && body->kept <= RULE_BODY_MAX;
}

bool message_body(const struct deed_scene *s, struct buf *out, bool *decoded) {
  const struct flow_message *m = side_of(s);
  const struct body *body = flow_sent_body(m);
  *decoded = false;
  if (!message_has_body(s))
    return false;
  struct slice coding = coding_of(flow_sent_head(m));
  if (coding.n == 0 || body->kept == 0) {
    body_copy(body, out);
    return true;
  }
  struct body_reader reader = {body, 0};
  *decoded = true;
  return body_decode(coding, body_read, &reader, RULE_BODY_MAX, out, NULL) == BODY_DECODED;
}

bool message_is_part(struct deed_scene *s) {
  if (s->side != FLOW_RESPONSE || flow_sent_head(side_of(s))->status != 206)
    return false;
  message_say(s, "a part of a body: passed as it came");
  return true;
}

void message_drop_digests(struct deed_scene *s) {
  static const char *const names[] = {"Content-MD5", "Digest", "Content-Digest", "Repr-Digest"};
  struct slice value;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (http_head_find(flow_sent_head(side_of(s)), names[i], &value))
      http_head_set(&message_edit(s)->head, names[i], NULL);
}

static void put_body(struct flow_edit *edit, struct slice bytes) {
  body_clear(&edit->body);
  body_add(&edit->body, bytes.p, bytes.n, UINT64_MAX, bytes.n);
  edit->body.complete = true;
  body_seal(&edit->body);
  edit->body_changed = true;
}

bool message_set_body(struct deed_scene *s, struct slice body, bool decoded) {
  struct buf coded = BUF_INIT;
  struct slice coding = coding_of(flow_sent_head(side_of(s)));
  if (decoded && !body_encode(coding, body, &coded, NULL))
    return false;
  put_body(message_edit(s), decoded ? buf_slice(&coded) : body);
  message_drop_digests(s);
  buf_clear(&coded);
  return true;
}

bool message_set_target(struct deed_scene *s, struct slice target, bool keep_host) {
  struct url url;
  struct buf text = BUF_INIT, host = BUF_INIT;
  struct http_head head = {0};
  size_t body_at;
  if (!url_parse(target, &url, NULL) || url.has_userinfo || !url.authority.n)
    return false;
  const struct http_head *now = flow_sent_head(side_of(s));
  http_message_text(&text, now);
  size_t at = http_head_method(now).n + 1u;
  buf_remove(&text, at, http_head_target(now).n);
  buf_insert(&text, at, target.p, target.n);
  bool good = http_message_parse(HTTP_REQUEST, buf_slice(&text), true, &head, &body_at, NULL);
  buf_clear(&text);
  if (!good)
    return false;
  struct flow_edit *edit = message_edit(s);
  http_head_clear(&edit->head);
  edit->head = head;
  if (!keep_host) {
    buf_add_slice(&host, url.authority);
    http_head_set(&edit->head, "Host", buf_text(&host));
    buf_clear(&host);
  }
  s->effects->retargeted = true;
  return true;
}

size_t message_head_text(const struct deed_scene *s, struct buf *out) {
  const struct http_head *head = flow_sent_head(side_of(s));
  size_t before = out->n;
  http_message_text(out, head);
  struct slice target = s->side == FLOW_REQUEST ? http_head_target(head) : (struct slice){NULL, 0};
  if (target.n && target.p[0] == '/') { /* inside a tunnel it says its path only */
    struct buf url = BUF_INIT;
    size_t at = before + http_head_method(head).n + 1u;
    flow_url(s->flow, &url);
    buf_remove(out, at, target.n);
    buf_insert(out, at, url.p, url.n);
    buf_clear(&url);
  }
  return out->n - before;
}

bool message_text(const struct deed_scene *s, struct buf *out, bool *decoded) {
  message_head_text(s, out);
  return message_body(s, out, decoded);
}

static bool is_goal(const struct http_head *head, struct err *err) {
  struct url url;
  if (!url_parse(http_head_target(head), &url, err))
    return false;
  if ((!url_scheme_is(&url, "http") && !url_scheme_is(&url, "https")) || url.has_userinfo)
    return err_set(err, "only http:// and https:// can be asked for, without a user name");
  return true;
}

/* All of it can be done, or none is. The head is taken over. */
static bool put_parts(struct deed_scene *s, struct http_head *head, bool same_head, const struct slice *body,
                      struct err *err) {
  struct buf was = BUF_INIT, coded = BUF_INIT;
  struct slice coding = coding_of(head), old_coding = coding_of(flow_sent_head(side_of(s)));
  bool same_coding = slice_eq(coding, old_coding), decoded = false, good = true;
  bool asked = body || !same_coding, there = asked && message_body(s, &was, &decoded);
  struct slice now = body ? *body : buf_slice(&was);
  bool changed = asked && (!there || !same_coding || !slice_eq(now, buf_slice(&was)));
  bool codes = changed && coding.n && old_coding.n && now.n; /* else it is as the program wrote it */
  if (changed && !body && !there)
    good = err_set(err, "its body is not here to be coded anew");
  else if (codes && !body_encode(coding, now, &coded, NULL))
    good = err_set(err, "its Content-Encoding is not known here");
  if (good && !same_head) {
    struct flow_edit *edit = message_edit(s);
    http_head_clear(&edit->head);
    edit->head = *head;
    memset(head, 0, sizeof *head);
    s->effects->retargeted = s->effects->retargeted || s->side == FLOW_REQUEST;
  }
  if (good && changed)
    put_body(message_edit(s), codes ? buf_slice(&coded) : now);
  http_head_clear(head);
  buf_clear(&coded);
  buf_clear(&was);
  return good;
}

static bool set_parts(struct deed_scene *s, struct slice text, bool with_body, const struct slice *body,
                      struct err *err) {
  struct buf before = BUF_INIT;
  struct http_head head = {0};
  size_t body_at = 0;
  bool request = s->side == FLOW_REQUEST;
  message_head_text(s, &before);
  bool good = http_message_parse(request ? HTTP_REQUEST : HTTP_RESPONSE, text, false, &head, &body_at, err);
  if (good && request)
    good = is_goal(&head, err);
  else if (good && head.status < 200)
    good = err_set(err, "1xx is no answer: others wait behind it");
  struct slice behind = slice_from(text, body_at);
  bool same = good && slice_eq(slice_sub(text, 0, body_at), buf_slice(&before));
  buf_clear(&before);
  if (good)
    return put_parts(s, &head, same, with_body ? &behind : body, err);
  http_head_clear(&head);
  return false;
}

bool message_set_text(struct deed_scene *s, struct slice text, struct err *err) {
  return set_parts(s, text, true, NULL, err);
}

bool message_set_parts(struct deed_scene *s, struct slice head, const struct slice *body, struct err *err) {
  return set_parts(s, head, false, body, err);
}

static struct flow_edit *make_head(int status, struct slice fields, uint64_t length) {
  struct buf raw = BUF_INIT;
  struct http_fault fault;
  struct flow_edit *edit = mem_zero(1, sizeof *edit);
  buf_printf(&raw, "HTTP/1.1 %d %s\r\n", status, http_reason(status));
  buf_add_slice(&raw, fields);
  if (status != 204 && status != 304)
    buf_printf(&raw, "Content-Length: %llu\r\n", (unsigned long long)length);
  buf_add_text(&raw, "\r\n");
  bool good = http_head_parse(HTTP_RESPONSE, buf_slice(&raw), &edit->head, &fault);
  buf_clear(&raw);
  edit->by_rule = true;
  if (good)
    return edit;
  flow_edit_free(edit);
  return NULL;
}

struct flow_edit *message_make(int status, struct slice fields, struct slice body) {
  struct flow_edit *edit = make_head(status, fields, body.n);
  if (edit)
    put_body(edit, body);
  return edit;
}

void message_answer(struct deed_scene *s, struct flow_edit *answer) {
  if (!answer)
    return;
  if (s->side == FLOW_REQUEST) {
    flow_edit_free(s->effects->answer);
    rule_source_free(s->effects->from);
    s->effects->answer = answer;
    s->effects->from = NULL;
    return;
  }
  struct flow_message *m = side_of(s);
  flow_edit_free(m->sent);
  m->sent = answer;
  s->effects->edited = true;
}

bool message_answer_file(struct deed_scene *s, int status, struct slice fields, const struct tree_file *file,
                         const char *path) {
  struct buf bytes = BUF_INIT;
  struct err err = ERR_INIT;
  if (s->side == FLOW_REQUEST) {
    struct rule_source *from = mem_alloc(sizeof *from);
    *from = (struct rule_source){file->fd, file->size, mem_dup(path)};
    message_answer(s, make_head(status, fields, file->size));
    s->effects->from = from;
    return true;
  }
  bool good = file->size <= RULE_BODY_MAX
                  ? path_read_fd(file->fd, path, RULE_BODY_MAX, &bytes, &err)
                  : err_set(&err, "%s is longer than %d MiB, the most that can stand in the place of a response", path,
                            RULE_BODY_MAX >> 20);
  if (good)
    message_answer(s, message_make(status, fields, buf_slice(&bytes)));
  else
    message_say(s, "%s", err.text);
  close(file->fd);
  buf_clear(&bytes);
  return good;
}
