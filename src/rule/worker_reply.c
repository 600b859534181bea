#include "rule/worker_reply.h"

#include <string.h>

#include "rule/message.h"
#include "rule/words.h"
#include "weir/base/vec.h"
#include "weir/body/format.h"
#include "weir/http/encode.h"
#include "weir/http/url.h"

#define TAG_MAX 40

/* ---- values ---- */

static bool has(const struct slice *part, enum worker_part which) {
  return part[which].n > 0;
}

/* A string, or {"base64": "..."}: bytes that a worker was given so. */
static bool take_bytes(struct slice value, struct buf *out) {
  struct json_reader r;
  struct slice key, inner;
  struct buf text = BUF_INIT;
  if (value.p[0] == '"')
    return json_unescape(value, out);
  json_reader_init(&r, value);
  bool good = json_next(&r, &key, &inner, NULL) == JSON_TOKEN && slice_eq(key, SLICE("\"base64\"")) &&
              json_unescape(inner, &text) && buf_add_from_base64(out, buf_slice(&text)) &&
              json_next(&r, &key, &inner, NULL) == JSON_END;
  buf_clear(&text);
  json_reader_clear(&r);
  return good;
}

/* Without control bytes: what may stand in a line of a head. */
static bool take_line(struct slice value, struct buf *out) {
  size_t before = out->n;
  if (!take_bytes(value, out))
    return false;
  for (size_t i = before; i < out->n; i++)
    if (((unsigned char)out->p[i] < 0x20 && out->p[i] != '\t') || out->p[i] == 0x7f)
      return false;
  return true;
}

static bool take_word(const struct slice *part, enum worker_part which, const char *name, struct buf *out,
                      struct err *err) {
  if (!take_line(part[which], out) || !out->n || slice_find_byte(buf_slice(out), ' ') >= 0 ||
      slice_find_byte(buf_slice(out), '\t') >= 0)
    return err_set(err, "\"%s\" is no word", name);
  return true;
}

static bool take_status(struct slice value, int *status, struct err *err) {
  uint64_t n;
  if (!slice_to_u64(value, &n) || n < 200 || n > 999)
    return err_set(err, "\"status\" is no number from 200 to 999");
  *status = (int)n;
  return true;
}

static bool take_body(const struct slice *part, struct buf *out, struct err *err) {
  struct buf text = BUF_INIT;
  bool good = true;
  if (has(part, WORKER_BODY) && has(part, WORKER_BODY_BASE64))
    return err_set(err, "it has a \"body\" and a \"body_base64\": one of them has to be taken out");
  if (has(part, WORKER_BODY) && !json_unescape(part[WORKER_BODY], out))
    good = err_set(err, "\"body\" is no text: bytes stand in \"body_base64\"");
  else if (has(part, WORKER_BODY_BASE64) &&
           (!json_unescape(part[WORKER_BODY_BASE64], &text) || !buf_add_from_base64(out, buf_slice(&text))))
    good = err_set(err, "\"body_base64\" is no base64");
  buf_clear(&text);
  return good;
}

/* ---- headers ---- */

/* The fields that the message has, so that those which are given back as they were keep their bytes. */
struct fields {
  const struct http_head *head; /* NULL: an answer, which had none */
  uint32_t at;
  struct slice host;     /* the authority of a URL that was changed, in the place of Host; empty: it stays */
  struct slice host_was; /* ... where that is still this one */
};

static bool put_same(struct fields *f, struct slice name, struct slice value, struct buf *out) {
  struct http_field field;
  for (uint32_t at = f->at; f->head && http_head_next(f->head, &at, &field);)
    if (slice_eq(field.name, name) && slice_eq(field.value, value)) {
      buf_add(out, field.line.p, field.line.n - 2);
      buf_add_byte(out, '\n');
      f->at = at;
      return true;
    }
  return false;
}

static void put_field(struct fields *f, struct slice name, struct slice value, struct buf *out) {
  bool moved = f->host.n && slice_eq_ascii(name, SLICE("Host")) && slice_eq(value, f->host_was);
  if (!moved && put_same(f, name, value, out))
    return;
  buf_add_slice(out, name);
  buf_add_text(out, ": ");
  buf_add_slice(out, moved ? f->host : value);
  buf_add_byte(out, '\n');
}

/* ["Name", "value"] */
static bool take_pair(struct slice pair, struct buf *name, struct buf *value) {
  struct json_reader r;
  struct slice key, one, two;
  json_reader_init(&r, pair);
  bool good = json_next(&r, &key, &one, NULL) == JSON_TOKEN && !key.n && take_line(one, name) &&
              json_next(&r, &key, &two, NULL) == JSON_TOKEN && take_line(two, value) &&
              json_next(&r, &key, &two, NULL) == JSON_END && http_is_token(buf_slice(name));
  json_reader_clear(&r);
  return good;
}

static bool put_given(struct slice list, struct fields *f, struct buf *out, struct err *err) {
  struct json_reader r;
  struct slice key, pair;
  struct buf name = BUF_INIT, value = BUF_INIT;
  enum json_read what = JSON_FAULT;
  size_t n = 0;
  bool good = list.p[0] == '[';
  json_reader_init(&r, list);
  while (good && (what = json_next(&r, &key, &pair, NULL)) == JSON_TOKEN) {
    buf_reset(&name);
    buf_reset(&value);
    good = (pair.p[0] == '[') && take_pair(pair, &name, &value) && ++n <= HTTP_FIELDS_MAX && out->n <= HTTP_HEAD_MAX;
    if (good)
      put_field(f, buf_slice(&name), slice_trim(buf_slice(&value)), out);
  }
  good = good && what == JSON_END;
  json_reader_clear(&r);
  buf_clear(&name);
  buf_clear(&value);
  return good || err_set(err, "\"headers\" is no list of [\"Name\", \"value\"], without control characters");
}

static void put_old(struct fields *f, struct buf *out) {
  struct http_field field;
  for (uint32_t at = 0; http_head_next(f->head, &at, &field);)
    put_field(f, field.name, field.value, out);
}

/* ---- the message ---- */

static bool start_of_request(const struct deed_scene *s, const struct slice *part, struct fields *f, struct buf *url,
                             struct buf *out, struct err *err) {
  struct buf method = BUF_INIT, was = BUF_INIT;
  struct url to, from;
  flow_url(s->flow, &was);
  buf_add_slice(&method, flow_method(s->flow));
  bool good = true, moved = false;
  if (has(part, WORKER_METHOD)) {
    buf_reset(&method);
    good = take_word(part, WORKER_METHOD, "method", &method, err);
  }
  if (good && has(part, WORKER_URL)) {
    good = take_word(part, WORKER_URL, "url", url, err);
    moved = good && !slice_eq(buf_slice(url), buf_slice(&was));
  }
  if (moved) {
    good = url_parse(buf_slice(url), &to, err);
    if (good && url_parse(buf_slice(&was), &from, NULL) && !slice_eq(to.authority, from.authority) &&
        http_head_find(f->head, "Host", &f->host_was))
      f->host = to.authority;
  }
  if (good && (moved || !slice_eq(buf_slice(&method), flow_method(s->flow)))) {
    buf_reset(out);
    buf_add_slice(out, buf_slice(&method));
    buf_add_byte(out, ' ');
    buf_add_slice(out, buf_slice(moved ? url : &was));
    buf_printf(out, " HTTP/1.%u\n", f->head->minor);
  }
  buf_clear(&method);
  buf_clear(&was);
  return good;
}

static bool start_of_response(const struct slice *part, const struct http_head *head, struct buf *out,
                              struct err *err) {
  struct buf reason = BUF_INIT;
  int status = head->status;
  bool good = true;
  if (has(part, WORKER_STATUS))
    good = take_status(part[WORKER_STATUS], &status, err);
  if (has(part, WORKER_REASON))
    good = good && (take_line(part[WORKER_REASON], &reason) || err_set(err, "\"reason\" is no line of text"));
  else if (status == head->status)
    buf_add_slice(&reason, http_head_reason(head));
  else
    buf_add_text(&reason, http_reason(status));
  if (good && (status != head->status || !slice_eq(buf_slice(&reason), http_head_reason(head)))) {
    buf_reset(out);
    buf_printf(out, "HTTP/1.%u %d ", head->minor, status);
    buf_add_slice(out, buf_slice(&reason));
    buf_add_byte(out, '\n');
  }
  buf_clear(&reason);
  return good;
}

static bool fits_side(const struct slice *part, bool request, struct err *err) {
  if (request && (has(part, WORKER_STATUS) || has(part, WORKER_REASON)))
    return err_set(err, "a request has no status and no reason; \"answer\" has");
  if (!request && (has(part, WORKER_METHOD) || has(part, WORKER_URL)))
    return err_set(err, "a response has no method and no url");
  return request || !has(part, WORKER_ANSWER) || err_set(err, "only a request can be answered");
}

/* The head as text: the line that it begins with, the fields, an empty line. */
static bool make_head(struct deed_scene *s, const struct slice *part, struct buf *out, struct err *err) {
  struct fields f = {.head = flow_sent_head(flow_side(s->flow, s->side))};
  struct buf url = BUF_INIT;
  message_head_text(s, out);
  ptrdiff_t end = slice_find_byte(buf_slice(out), '\n');
  buf_remove(out, (size_t)end + 1, out->n - (size_t)end - 1);
  bool good = s->side == FLOW_REQUEST ? start_of_request(s, part, &f, &url, out, err)
                                      : start_of_response(part, f.head, out, err);
  if (good && has(part, WORKER_HEADERS))
    good = put_given(part[WORKER_HEADERS], &f, out, err);
  else if (good)
    put_old(&f, out);
  buf_add_byte(out, '\n');
  buf_clear(&url);
  return good;
}

static bool change(struct deed_scene *s, const struct slice *part, struct err *err) {
  struct buf head = BUF_INIT, body = BUF_INIT;
  bool with_body = has(part, WORKER_BODY) || has(part, WORKER_BODY_BASE64);
  bool good = take_body(part, &body, err) && make_head(s, part, &head, err);
  struct slice bytes = buf_slice(&body);
  if (good)
    good = message_set_parts(s, buf_slice(&head), with_body ? &bytes : NULL, err);
  buf_clear(&head);
  buf_clear(&body);
  return good;
}

/* ---- an answer instead of the server's ---- */

static bool is_framing(struct slice line) {
  return slice_starts_ascii(line, SLICE("Content-Length:")) || slice_starts_ascii(line, SLICE("Transfer-Encoding:"));
}

static bool answer(struct deed_scene *s, struct slice object, struct err *err) {
  struct slice part[WORKER_PARTS], line;
  struct buf lines = BUF_INIT, fields = BUF_INIT, body = BUF_INIT;
  struct fields none = {.head = NULL};
  int status = 200;
  bool good = worker_members(object, part, err) && take_body(part, &body, err) &&
              (!has(part, WORKER_STATUS) || take_status(part[WORKER_STATUS], &status, err)) &&
              (!has(part, WORKER_HEADERS) || put_given(part[WORKER_HEADERS], &none, &lines, err));
  for (struct slice rest = buf_slice(&lines); good && rest.n && slice_split(&rest, '\n', &line);)
    if (line.n && !is_framing(line)) { /* how long it is, weir says */
      buf_add_slice(&fields, line);
      buf_add_text(&fields, "\r\n");
    }
  struct flow_edit *made = good ? message_make(status, buf_slice(&fields), buf_slice(&body)) : NULL;
  if (good && !made)
    good = err_set(err, "its \"answer\" is none");
  message_answer(s, made);
  buf_clear(&lines);
  buf_clear(&fields);
  buf_clear(&body);
  return good;
}

/* ---- what else it says ---- */

static bool take_tag(struct slice value, struct buf *out) {
  size_t before = out->n;
  if (value.p[0] != '"' || !take_line(value, out))
    return false;
  struct slice word = slice_from(buf_slice(out), before), rest = word;
  bool good = word.n && word.n <= TAG_MAX && words_next(&rest).n == word.n;
  buf_add_byte(out, '\0');
  return good;
}

/* One word, or a list of them; *out has them with a NUL behind each. */
static bool take_tags(struct slice value, struct buf *out) {
  struct json_reader r;
  struct slice key, word;
  enum json_read what = JSON_FAULT;
  if (value.p[0] != '[')
    return take_tag(value, out);
  bool good = true;
  json_reader_init(&r, value);
  while (good && (what = json_next(&r, &key, &word, NULL)) == JSON_TOKEN)
    good = take_tag(word, out) && out->n < FLOW_SAYS_MAX;
  json_reader_clear(&r);
  return good && what == JSON_END;
}

static bool take_truth(struct slice value, bool *truth, struct err *err) {
  *truth = slice_eq(value, SLICE("true"));
  return *truth || slice_eq(value, SLICE("false")) || err_set(err, "\"drop\" is true or false");
}

bool worker_apply(struct deed_scene *s, const struct worker_reply *reply, bool *ends, struct err *err) {
  const struct slice *part = reply->part;
  struct buf tags = BUF_INIT, note = BUF_INIT;
  bool drop = false;
  bool good = fits_side(part, s->side == FLOW_REQUEST, err) &&
              (!has(part, WORKER_DROP) || take_truth(part[WORKER_DROP], &drop, err));
  if (good && has(part, WORKER_TAG) && !take_tags(part[WORKER_TAG], &tags))
    good = err_set(err, "\"tag\" is no word of up to %d letters, nor a list of them", TAG_MAX);
  if (good && has(part, WORKER_NOTE) && !json_unescape(part[WORKER_NOTE], &note))
    good = err_set(err, "\"note\" is no text");
  if (good && !drop)
    good = has(part, WORKER_ANSWER) ? answer(s, part[WORKER_ANSWER], err) : change(s, part, err);
  if (good) {
    if (drop)
      s->effects->block = BLOCK_CLOSE;
    *ends = drop || has(part, WORKER_ANSWER);
    for (size_t at = 0; at < tags.n; at += strlen(tags.p + at) + 1)
      flow_add_tag(s->flow, tags.p + at);
    if (note.n)
      message_say(s, "%s", buf_text(&note));
  }
  buf_clear(&tags);
  buf_clear(&note);
  return good;
}
