/* A message as a line for a worker, and the line that comes back, taken apart. */
#include "weir/rule/worker.h"

#include <string.h>

#include "rule/message.h"
#include "rule/worker_reply.h"
#include "weir/base/emit.h"
#include "weir/base/nearest.h"
#include "weir/body/format.h"

/* ---- the message ---- */

static void put_headers(struct emit *j, const struct http_head *head) {
  struct http_field field;
  const char version[] = {'1', '.', (char)('0' + head->minor % 10), 0};
  uint32_t at = 0;
  emit_string(j, "version", slice_of(version));
  emit_open(j, "headers", '[');
  while (http_head_next(head, &at, &field)) {
    emit_open(j, NULL, '[');
    emit_bytes(j, NULL, field.name);
    emit_bytes(j, NULL, field.value);
    emit_close(j, ']');
  }
  emit_close(j, ']');
}

static void put_request(struct emit *j, const struct flow *f) {
  struct buf url = BUF_INIT;
  flow_url(f, &url);
  emit_bytes(j, "method", flow_method(f));
  emit_bytes(j, "url", buf_slice(&url));
  put_headers(j, flow_sent_head(&f->request));
  buf_clear(&url);
}

bool worker_message(struct flow *f, enum flow_side side, uint64_t id, struct buf *out, struct err *err) {
  const struct deed_scene scene = {.flow = f, .side = side};
  struct emit j = {.out = out};
  struct buf body = BUF_INIT;
  bool decoded, there = message_body(&scene, &body, &decoded);
  const struct http_head *head = flow_sent_head(flow_side(f, side));
  if (!there) {
    buf_clear(&body);
    return err_set(err, "the body is too long, cut or in an unknown coding");
  }
  emit_open(&j, NULL, '{');
  emit_number(&j, "id", id);
  emit_number(&j, "flow", f->id);
  emit_string(&j, "side", side == FLOW_REQUEST ? SLICE("request") : SLICE("response"));
  if (side == FLOW_REQUEST) {
    put_request(&j, f);
  } else {
    emit_number(&j, "status", head->status);
    emit_bytes(&j, "reason", http_head_reason(head));
    put_headers(&j, head);
  }
  emit_bytes(&j, "body", buf_slice(&body));
  if (side == FLOW_RESPONSE) {
    emit_open(&j, "request", '{');
    put_request(&j, f);
    emit_close(&j, '}');
  }
  emit_close(&j, '}');
  buf_add_byte(out, '\n');
  buf_clear(&body);
  return true;
}

/* ---- the reply ---- */

static const char *const names[WORKER_PARTS] = {
    [WORKER_ID] = "id",         [WORKER_METHOD] = "method", [WORKER_URL] = "url",
    [WORKER_STATUS] = "status", [WORKER_REASON] = "reason", [WORKER_HEADERS] = "headers",
    [WORKER_BODY] = "body",     [WORKER_ANSWER] = "answer", [WORKER_BODY_BASE64] = "body_base64",
    [WORKER_DROP] = "drop",     [WORKER_NOTE] = "note",     [WORKER_TAG] = "tag",
};
/* What a worker got and may give back, but cannot change. */
static const char *const others[] = {"flow", "side", "version", "request", "url_base64", "reason_base64"};

static bool is_other(struct slice name) {
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    if (slice_eq(name, slice_of(others[i])))
      return true;
  return false;
}

static bool unknown(struct slice name, struct err *err) {
  struct nearest near;
  int n = (int)(name.n < 40 ? name.n : 40);
  nearest_init(&near, name);
  for (size_t i = 0; i < WORKER_PARTS; i++)
    nearest_offer(&near, names[i]);
  return near.name ? err_set(err, "a reply has no \"%.*s\": \"%s\"?", n, name.p, near.name)
                   : err_set(err, "a reply has no \"%.*s\"", n, name.p);
}

static bool take_member(struct slice key, struct slice value, struct slice *part, struct err *err) {
  struct slice name = slice_sub(key, 1, key.n - 2);
  if (is_other(name) || slice_eq(value, SLICE("null")))
    return true;
  for (size_t i = 0; i < WORKER_PARTS; i++)
    if (slice_eq(name, slice_of(names[i]))) {
      if (part[i].n)
        return err_set(err, "\"%s\" stands twice in it", names[i]);
      part[i] = value;
      return true;
    }
  return unknown(name, err);
}

bool worker_members(struct slice object, struct slice *part, struct err *err) {
  struct json_reader r;
  struct slice key, value;
  struct err why = ERR_INIT;
  enum json_read what = JSON_FAULT;
  bool good = true;
  memset(part, 0, WORKER_PARTS * sizeof *part);
  json_reader_init(&r, object);
  while (good && (what = json_next(&r, &key, &value, &why)) == JSON_TOKEN)
    good = key.n ? take_member(key, value, part, err) : err_set(err, "it is no JSON object");
  if (good && what == JSON_FAULT)
    good = err_set(err, "it is no JSON object: %s, at byte %zu", why.text, why.at);
  /* "[]" has no members either */
  if (good && (!object.n || slice_trim(object).p[0] != '{'))
    good = err_set(err, "it is no JSON object");
  json_reader_clear(&r);
  return good;
}

bool worker_reply_read(struct slice line, struct worker_reply *reply, struct err *err) {
  struct err why = ERR_INIT;
  bool good = worker_members(line, reply->part, &why);
  struct slice id = reply->part[WORKER_ID];
  if (!slice_to_u64(id, &reply->id) || (id.n > 1 && id.p[0] == '0'))
    reply->id = 0;
  if (good && !reply->id)
    good = err_set(&why, id.n ? "its \"id\" is no number from 1 on" : "it has no \"id\"");
  return good || err_set(err, "%s", why.text);
}
