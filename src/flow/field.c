#include "weir/flow/field.h"

#include "weir/body/decode.h"
#include "weir/body/kind.h"

/* ---- text ---- */

static bool put(struct buf *out, struct slice s) {
  buf_add_slice(out, s);
  return s.n > 0;
}

static bool method(const struct flow *f, struct buf *out) {
  return put(out, flow_method(f));
}
static bool scheme(const struct flow *f, struct buf *out) {
  return put(out, flow_scheme(f));
}
static bool host(const struct flow *f, struct buf *out) {
  return put(out, flow_host(f));
}
static bool path(const struct flow *f, struct buf *out) {
  return put(out, flow_path(f));
}
static bool note(const struct flow *f, struct buf *out) {
  return put(out, slice_of(f->note));
}
static bool tag(const struct flow *f, struct buf *out) {
  return put(out, slice_of(f->tags));
}
static bool rule(const struct flow *f, struct buf *out) {
  return put(out, slice_of(f->touched));
}

static bool url(const struct flow *f, struct buf *out) {
  size_t before = out->n;
  flow_url(f, out);
  return out->n > before;
}

static bool mode(const struct flow *f, struct buf *out) {
  return put(out, slice_of(f->mode));
}

static bool by(const struct flow *f, struct buf *out) {
  if (!f->mode || !f->listener)
    return false;
  buf_printf(out, "%s:%u", f->mode, f->listener);
  return true;
}

static bool upstream(const struct flow *f, struct buf *out) {
  return put(out, slice_of(f->upstream));
}

static bool reason(const struct flow *f, struct buf *out) {
  const struct http_head *head = &f->response.head;
  return head->raw && put(out, http_head_reason(head));
}

static bool type(const struct flow *f, struct buf *out) {
  struct slice value;
  char word[8];
  if (!f->response.head.raw || !http_head_find(&f->response.head, "content-type", &value))
    return false;
  body_type_short(value, word);
  return put(out, slice_of(word));
}

static bool address(const struct address *a, struct buf *out) {
  char text[ADDRESS_TEXT];
  return a->family && put(out, slice_of(address_text(a, text, sizeof text)));
}

static bool client(const struct flow *f, struct buf *out) {
  return address(&f->client, out);
}
static bool server(const struct flow *f, struct buf *out) {
  return address(&f->server, out);
}

static bool process(const struct flow *f, struct buf *out) {
  return f->process && put(out, slice_of(f->process->name));
}
static bool command(const struct flow *f, struct buf *out) {
  return f->process && put(out, slice_of(f->process->command));
}

/* "Name: value" lines, as a person would write them whatever the white space was. */
static bool header_lines(const struct flow_message *m, struct buf *out) {
  const struct http_head *head = flow_sent_head(m);
  struct http_field field;
  uint32_t at = 0;
  if (!head->raw)
    return false;
  while (http_head_next(head, &at, &field)) {
    buf_add_slice(out, field.name);
    buf_add_text(out, ": ");
    buf_add_slice(out, field.value);
    buf_add_text(out, "\r\n");
  }
  return true;
}

static bool req_header(const struct flow *f, struct buf *out) {
  return header_lines(&f->request, out);
}
static bool resp_header(const struct flow *f, struct buf *out) {
  return header_lines(&f->response, out);
}

static bool header(const struct flow *f, struct buf *out) {
  bool request = header_lines(&f->request, out);
  return header_lines(&f->response, out) || request;
}

/* Decoded; as it is where it cannot be decoded. */
static bool body_text(const struct flow_message *m, struct buf *out) {
  struct err err;
  const struct body *body = flow_sent_body(m);
  if (!body->kept)
    return false;
  size_t before = out->n;
  if (flow_body_decoded(m, true, 0, out, &err) == BODY_NOT_DECODED) {
    out->n = before;
    body_copy(body, out);
  }
  return true;
}

static bool req_body(const struct flow *f, struct buf *out) {
  return body_text(&f->request, out);
}
static bool resp_body(const struct flow *f, struct buf *out) {
  return body_text(&f->response, out);
}

static bool body(const struct flow *f, struct buf *out) {
  bool request = body_text(&f->request, out);
  return body_text(&f->response, out) || request;
}

static void cookie_pairs(struct slice value, char separator, bool first_only, struct buf *out) {
  struct slice rest = value, pair;
  while (slice_split(&rest, separator, &pair)) {
    pair = slice_trim(pair);
    if (pair.n) {
      buf_add_slice(out, pair);
      buf_add_byte(out, '\n');
    }
    if (first_only) /* what follows in Set-Cookie are attributes (RFC 6265 section 4.1.1) */
      return;
  }
}

static bool cookie(const struct flow *f, struct buf *out) {
  const struct http_head *request = flow_sent_head(&f->request), *response = flow_sent_head(&f->response);
  struct http_field field;
  size_t before = out->n;
  uint32_t at = 0;
  while (request->raw && http_head_next_named(request, "cookie", &at, &field))
    cookie_pairs(field.value, ';', false, out);
  at = 0;
  while (response->raw && http_head_next_named(response, "set-cookie", &at, &field))
    cookie_pairs(field.value, ';', true, out);
  if (out->n > before)
    out->n--; /* the last line end */
  return out->n > before;
}

static bool error(const struct flow *f, struct buf *out) {
  if (f->error == ERROR_NONE && f->state != FLOW_FAILED)
    return false;
  buf_add_text(out, flow_error_word(f->error));
  if (f->error_text) {
    buf_add_text(out, ": ");
    buf_add_text(out, f->error_text);
  }
  return true;
}

static bool state(const struct flow *f, struct buf *out) {
  static const char *const word[] = {
      [FLOW_REQUEST_ARRIVING] = "request",
      [FLOW_WAITING] = "waiting",
      [FLOW_RESPONSE_ARRIVING] = "response",
      [FLOW_OPEN] = "open",
      [FLOW_DONE] = "done",
      [FLOW_FAILED] = "failed",
  };
  buf_add_text(out, f->paused != FLOW_RUNNING ? "paused" : word[f->state]);
  return true;
}

/* ---- numbers ---- */

static bool number(int64_t *to, int64_t value) {
  *to = value;
  return true;
}

static bool id(const struct flow *f, uint64_t now, int64_t *v) {
  (void)now;
  return number(v, (int64_t)f->id);
}

static bool port(const struct flow *f, uint64_t now, int64_t *v) {
  (void)now;
  return f->port && number(v, f->port);
}

static bool pid(const struct flow *f, uint64_t now, int64_t *v) {
  (void)now;
  return f->process && number(v, f->process->pid);
}

static bool status(const struct flow *f, uint64_t now, int64_t *v) {
  (void)now;
  return flow_status(f) && number(v, flow_status(f));
}

static bool size(const struct flow *f, uint64_t now, int64_t *v) {
  (void)now;
  if (f->kind == FLOW_TUNNEL)
    return number(v, (int64_t)f->down);
  return f->response.head.raw && number(v, (int64_t)f->response.body.seen);
}

static bool req_size(const struct flow *f, uint64_t now, int64_t *v) {
  (void)now;
  if (f->kind == FLOW_TUNNEL)
    return number(v, (int64_t)f->up);
  return f->request.head.raw && number(v, (int64_t)f->request.body.seen);
}

static bool duration(const struct flow *f, uint64_t now, int64_t *v) {
  return f->times.start && number(v, (int64_t)flow_duration(f, now));
}

static bool age(const struct flow *f, uint64_t now, int64_t *v) {
  return f->times.start && number(v, now > f->times.start ? (int64_t)(now - f->times.start) : 0);
}

static bool ttfb(const struct flow *f, uint64_t now, int64_t *v) {
  (void)now;
  const struct flow_times *t = &f->times;
  return t->start && t->first_byte >= t->start && number(v, (int64_t)(t->first_byte - t->start));
}

static bool time_of(const struct flow *f, uint64_t now, int64_t *v) {
  (void)now;
  return f->wall_us && number(v, (int64_t)f->wall_us);
}

static bool parent(const struct flow *f, uint64_t now, int64_t *v) {
  (void)now;
  return f->parent && number(v, (int64_t)f->parent);
}

static bool marked(const struct flow *f, uint64_t now, int64_t *v) {
  (void)now;
  return number(v, f->marked);
}

static bool paused(const struct flow *f, uint64_t now, int64_t *v) {
  (void)now;
  return number(v, f->paused != FLOW_RUNNING);
}

static bool edited(const struct flow *f, uint64_t now, int64_t *v) {
  (void)now;
  return number(v, flow_edited(f));
}

static bool replay(const struct flow *f, uint64_t now, int64_t *v) {
  (void)now;
  return number(v, f->replay);
}

/* ---- the table ---- */

/* clang-format off: rows are read as a table */
const struct field field_table[] = {
    {"id", FIELD_NUMBER, 6, "#", "number of the flow, counted from the start", NULL, id},
    {"time", FIELD_TIME, 8, "TIME", "wall clock at the first byte of the request", NULL, time_of},
    {"method", FIELD_TEXT, 7, "METHOD", "request method", method, NULL},
    {"status", FIELD_NUMBER, 5, "STAT", "status code of the response, as its client got it", NULL, status},
    {"scheme", FIELD_TEXT, 5, "SCHEME", "scheme of the URL", scheme, NULL},
    {"host", FIELD_TEXT, 18, "HOST", "host that the request goes to", host, NULL},
    {"port", FIELD_NUMBER, 5, "PORT", "port that the request goes to", NULL, port},
    {"path", FIELD_TEXT, 0, "PATH", "path and query", path, NULL},
    {"url", FIELD_TEXT, 0, "URL", "the whole URL, the default port left out", url, NULL},
    {"reason", FIELD_TEXT, 12, "REASON", "reason phrase of the response", reason, NULL},
    {"type", FIELD_TEXT, 5, "TYPE", "kind of the response body, short", type, NULL},
    {"size", FIELD_SIZE, 5, "SIZE", "bytes of the response body, still content-coded", NULL, size},
    {"req.size", FIELD_SIZE, 5, "UP", "bytes of the request body, still content-coded", NULL, req_size},
    {"duration", FIELD_DURATION, 6, "TIME", "from the first byte to the last, pauses included", NULL, duration},
    {"age", FIELD_DURATION, 6, "AGE", "since the first byte of the request", NULL, age},
    {"ttfb", FIELD_DURATION, 6, "TTFB", "from the first byte to the first of the response", NULL, ttfb},
    {"client", FIELD_TEXT, 21, "CLIENT", "address of the client", client, NULL},
    {"server", FIELD_TEXT, 21, "SERVER", "address of the server", server, NULL},
    {"upstream", FIELD_TEXT, 24, "UPSTREAM", "upstream proxy that it went by, http://proxy.test:3128", upstream, NULL},
    {"mode", FIELD_TEXT, 11, "MODE", "mode of the listener that the client came by: regular, socks5, reverse, ...",
     mode, NULL},
    {"by", FIELD_TEXT, 16, "BY", "listener that the client came by, its mode and port: reverse:8000", by, NULL},
    {"process", FIELD_TEXT, 14, "PROCESS", "program that sent the request, where that runs on this machine", process,
     NULL},
    {"pid", FIELD_NUMBER, 7, "PID", "number of that process", NULL, pid},
    {"command", FIELD_TEXT, 0, "COMMAND", "its command line, the first 256 bytes", command, NULL},
    {"req.header", FIELD_TEXT, 0, "REQUEST", "header lines of the request as sent", req_header, NULL},
    {"resp.header", FIELD_TEXT, 0, "RESPONSE", "header lines of the response as sent", resp_header, NULL},
    {"header", FIELD_TEXT, 0, "HEADER", "header lines of both messages", header, NULL},
    {"cookie", FIELD_TEXT, 0, "COOKIE", "cookies sent and set, one name=value a line", cookie, NULL},
    {"req.body", FIELD_TEXT, 0, "REQUEST", "body of the request as sent, decoded", req_body, NULL},
    {"resp.body", FIELD_TEXT, 0, "RESPONSE", "body of the response as sent, decoded", resp_body, NULL},
    {"body", FIELD_TEXT, 0, "BODY", "bodies of both messages, decoded", body, NULL},
    {"error", FIELD_TEXT, 12, "ERROR", "what failed, in a word and a sentence", error, NULL},
    {"note", FIELD_TEXT, 20, "NOTE", "the note that a person put on the flow", note, NULL},
    {"tag", FIELD_TEXT, 12, "TAG", "words that rules put on the flow, one a line", tag, NULL},
    {"rule", FIELD_TEXT, 16, "RULE", "names of the rules that touched it, one a line", rule, NULL},
    {"state", FIELD_TEXT, 8, "STATE", "how far it is: request, waiting, response, open, paused, done, failed", state,
     NULL},
    {"marked", FIELD_FLAG, 1, "M", "marked by a person", NULL, marked},
    {"paused", FIELD_FLAG, 1, "P", "paused now", NULL, paused},
    {"edited", FIELD_FLAG, 1, "E", "changed by a person before it was sent", NULL, edited},
    {"replay", FIELD_FLAG, 1, "R", "sent by weir itself", NULL, replay},
    {"parent", FIELD_NUMBER, 6, "OF", "number of the flow that this one sends again", NULL, parent},
};
/* clang-format on */
const size_t field_table_n = sizeof field_table / sizeof *field_table;

static const struct {
  const char *name, *meant;
} short_names[] = {{"dur", "duration"}, {"code", "status"}, {"src", "client"}, {"dst", "server"}};

const struct field *field_find(struct slice name) {
  for (size_t i = 0; i < sizeof short_names / sizeof *short_names; i++)
    if (slice_eq(name, slice_of(short_names[i].name)))
      name = slice_of(short_names[i].meant);
  for (size_t i = 0; i < field_table_n; i++)
    if (slice_eq(name, slice_of(field_table[i].name)))
      return &field_table[i];
  return NULL;
}
