#include <string.h>

#include "tree.h"
#include "weir/body/decode.h"
#include "weir/body/kind.h"
#include "weir/flow/field.h"
#include "weir/http/url.h"

const struct filter_operator filter_operators[] = {
    {"~u", "regex", "URL; a plain word means the same"},
    {"~d", "regex", "host, by the URL or the Host field"},
    {"~m", "regex", "method"},
    {"~c", "code", "status: 404, 4xx or 500-503"},
    {"~h", "regex", "a header line: \"Name: value\""},
    {"~hq", "regex", "a header line of the request"},
    {"~hs", "regex", "a header line of the response"},
    {"~b", "regex", "body of either message, decoded"},
    {"~bq", "regex", "body of the request, decoded"},
    {"~bs", "regex", "body of the response, decoded"},
    {"~t", "regex", "Content-Type of either message"},
    {"~tq", "regex", "Content-Type of the request"},
    {"~ts", "regex", "Content-Type of the response"},
    {"~a", NULL, "asset: CSS, JavaScript, image or font"},
    {"~e", NULL, "ended with an error"},
    {"~q", NULL, "has no response (yet)"},
    {"~s", NULL, "has a response"},
    {"~marked", NULL, "marked"},
    {"~comment", "regex", "the note on the flow"},
    {"~replay", NULL, "sent by weir itself"},
    {"~src", "regex", "address of the client, as address:port"},
    {"~dst", "regex", "server, as host:port or address:port"},
    {"~http", NULL, "HTTP, no tunnel"},
    {"~tcp", NULL, "a tunnel"},
    {"~websocket", NULL, "a WebSocket"},
    {"~all", NULL, "every flow"},
};
const size_t filter_operators_n = sizeof filter_operators / sizeof *filter_operators;

/* ---- what terms look at ---- */

static bool search(const struct node *node, struct look *look, struct slice subject) {
  return regex_search(node->regex, subject, &look->limit_hit);
}

static bool search_field(const struct node *node, struct look *look, const char *name) {
  buf_reset(&look->text);
  field_find(slice_of(name))->text(look->flow, &look->text);
  return search(node, look, buf_slice(&look->text));
}

/* Stands the line in the raw head as "Name: value" already? Then it need not be copied. */
static bool is_plain(const struct http_field *field) {
  return field->line.n == field->name.n + field->value.n + 4 && field->line.p[field->name.n] == ':' &&
         field->line.p[field->name.n + 1] == ' ';
}

static bool search_head(const struct node *node, struct look *look, enum flow_side side) {
  const struct http_head *head = flow_sent_head(flow_side_const(look->flow, side));
  struct http_field field;
  uint32_t at = 0;
  bool plain = true;
  if (!head->raw)
    return false;
  while (plain && http_head_next(head, &at, &field))
    plain = is_plain(&field);
  if (!plain)
    return search_field(node, look, side == FLOW_REQUEST ? "req.header" : "resp.header");
  struct slice lines = slice_from(http_head_raw(head), head->fields);
  return search(node, look, slice_sub(lines, 0, lines.n >= 2 ? lines.n - 2 : 0));
}

static bool search_type(const struct node *node, struct look *look, enum flow_side side) {
  const struct http_head *head = flow_sent_head(flow_side_const(look->flow, side));
  struct http_field field;
  uint32_t at = 0;
  while (head->raw && http_head_next(head, &at, &field)) {
    if (slice_eq_ascii(field.name, SLICE("content-type")) && search(node, look, field.value))
      return true;
  }
  return false;
}

/* Most bodies are one block without a content coding: those are searched where they lie. */
static struct slice find_body(struct look *look, enum flow_side side) {
  const struct flow_message *m = flow_side_const(look->flow, side);
  const struct body *body = flow_sent_body(m);
  const struct http_head *head = flow_sent_head(m);
  struct slice first = body_at(body, 0);
  if (first.n == body->kept && !(head->raw && http_head_count(head, "content-encoding")))
    return first;
  struct buf *out = &look->decoded[side];
  buf_reset(out);
  field_find(side == FLOW_REQUEST ? SLICE("req.body") : SLICE("resp.body"))->text(look->flow, out);
  return buf_slice(out);
}

static bool search_body(const struct node *node, struct look *look, enum flow_side side) {
  if (!look->have_body[side]) {
    look->body[side] = find_body(look, side);
    look->have_body[side] = true;
  }
  return look->body[side].n && search(node, look, look->body[side]);
}

/* ---- the operators ---- */

static bool match_url(const struct node *n, struct look *l) {
  return search_field(n, l, "url");
}
static bool match_method(const struct node *n, struct look *l) {
  return search_field(n, l, "method");
}
static bool match_comment(const struct node *n, struct look *l) {
  return search_field(n, l, "note");
}
static bool match_hq(const struct node *n, struct look *l) {
  return search_head(n, l, FLOW_REQUEST);
}
static bool match_hs(const struct node *n, struct look *l) {
  return search_head(n, l, FLOW_RESPONSE);
}
static bool match_h(const struct node *n, struct look *l) {
  return match_hq(n, l) || match_hs(n, l);
}
static bool match_tq(const struct node *n, struct look *l) {
  return search_type(n, l, FLOW_REQUEST);
}
static bool match_ts(const struct node *n, struct look *l) {
  return search_type(n, l, FLOW_RESPONSE);
}
static bool match_t(const struct node *n, struct look *l) {
  return match_tq(n, l) || match_ts(n, l);
}
static bool match_bq(const struct node *n, struct look *l) {
  return search_body(n, l, FLOW_REQUEST);
}
static bool match_bs(const struct node *n, struct look *l) {
  return search_body(n, l, FLOW_RESPONSE);
}
static bool match_b(const struct node *n, struct look *l) {
  return match_bq(n, l) || match_bs(n, l);
}

static bool match_domain(const struct node *n, struct look *l) {
  if (search(n, l, flow_host(l->flow)))
    return true;
  const struct http_head *head = flow_sent_head(&l->flow->request);
  struct slice value;
  struct url host;
  struct err err;
  return head->raw && http_head_find(head, "host", &value) && url_parse_host(value, true, &host, &err) &&
         search(n, l, host.host);
}

static bool search_address(const struct node *n, struct look *l, const struct address *a) {
  char text[ADDRESS_TEXT];
  return a->family && search(n, l, slice_of(address_text(a, text, sizeof text)));
}

static bool match_src(const struct node *n, struct look *l) {
  return search_address(n, l, &l->flow->client);
}

static bool match_dst(const struct node *n, struct look *l) {
  struct slice host = flow_host(l->flow);
  if (host.n) {
    buf_reset(&l->text);
    url_put_authority(&l->text, host, 0, "");
    if (l->flow->port)
      buf_printf(&l->text, ":%u", l->flow->port);
    if (search(n, l, buf_slice(&l->text)))
      return true;
  }
  return search_address(n, l, &l->flow->server);
}

static bool match_code(const struct node *n, struct look *l) {
  int status = flow_status(l->flow);
  return status && status >= n->low && status <= n->high;
}

static bool match_asset(const struct node *n, struct look *l) {
  const struct http_head *head = flow_sent_head(&l->flow->response);
  struct http_field field;
  uint32_t at = 0;
  (void)n;
  while (head->raw && http_head_next(head, &at, &field)) {
    if (slice_eq_ascii(field.name, SLICE("content-type")) && body_is_asset(field.value))
      return true;
  }
  return false;
}

static bool match_websocket(const struct node *n, struct look *l) {
  const struct http_head *head = flow_sent_head(&l->flow->request);
  (void)n;
  return flow_status(l->flow) == 101 && head->raw && http_head_has_token(head, "upgrade", "websocket");
}

static bool match_error(const struct node *n, struct look *l) {
  (void)n;
  return l->flow->state == FLOW_FAILED || l->flow->error != ERROR_NONE;
}

static bool match_s(const struct node *n, struct look *l) {
  (void)n;
  return l->flow->response.head.raw != NULL;
}

static bool match_q(const struct node *n, struct look *l) {
  return !match_s(n, l);
}

static bool match_marked(const struct node *n, struct look *l) {
  (void)n;
  return l->flow->marked;
}

static bool match_replay(const struct node *n, struct look *l) {
  (void)n;
  return l->flow->replay;
}

static bool match_http(const struct node *n, struct look *l) {
  (void)n;
  return l->flow->kind == FLOW_HTTP;
}

static bool match_tcp(const struct node *n, struct look *l) {
  (void)n;
  return l->flow->kind == FLOW_TUNNEL;
}

static bool match_all(const struct node *n, struct look *l) {
  (void)n;
  (void)l;
  return true;
}

#define QHEAD FILTER_NEEDS_REQUEST_HEAD
#define SHEAD FILTER_NEEDS_RESPONSE_HEAD
#define QBODY FILTER_NEEDS_REQUEST_BODY
#define SBODY FILTER_NEEDS_RESPONSE_BODY
#define END   FILTER_NEEDS_END

/* clang-format off: rows are read as a table; ~u first, it is what a naked word means */
static const struct term terms[] = {
    {"u", TERM_REGEX, match_url, QHEAD, RANK_TEXT, 0, false, NULL},
    {"d", TERM_REGEX, match_domain, QHEAD, RANK_TEXT, 0, false, NULL},
    {"m", TERM_REGEX, match_method, QHEAD, RANK_TEXT, 0, false, NULL},
    {"c", TERM_STATUS, match_code, SHEAD, RANK_FLAG, 0, true, NULL},
    {"h", TERM_REGEX, match_h, QHEAD | SHEAD, RANK_HEAD, REGEX_LINES, false, NULL},
    {"hq", TERM_REGEX, match_hq, QHEAD, RANK_HEAD, REGEX_LINES, false, "h"},
    {"hs", TERM_REGEX, match_hs, SHEAD, RANK_HEAD, REGEX_LINES, true, "h"},
    {"b", TERM_REGEX, match_b, QBODY | SBODY, RANK_BODY, REGEX_DOT_ALL, false, NULL},
    {"bq", TERM_REGEX, match_bq, QBODY, RANK_BODY, REGEX_DOT_ALL, false, "b"},
    {"bs", TERM_REGEX, match_bs, SBODY, RANK_BODY, REGEX_DOT_ALL, true, "b"},
    {"t", TERM_REGEX, match_t, QHEAD | SHEAD, RANK_HEAD, 0, false, NULL},
    {"tq", TERM_REGEX, match_tq, QHEAD, RANK_HEAD, 0, false, "t"},
    {"ts", TERM_REGEX, match_ts, SHEAD, RANK_HEAD, 0, true, "t"},
    {"a", TERM_PLAIN, match_asset, SHEAD, RANK_HEAD, 0, true, NULL},
    {"e", TERM_PLAIN, match_error, END, RANK_FLAG, 0, false, NULL},
    {"q", TERM_PLAIN, match_q, QHEAD, RANK_FLAG, 0, false, NULL},
    {"s", TERM_PLAIN, match_s, SHEAD, RANK_FLAG, 0, true, NULL},
    {"marked", TERM_PLAIN, match_marked, 0, RANK_FLAG, 0, false, NULL},
    {"comment", TERM_REGEX, match_comment, 0, RANK_TEXT, REGEX_LINES, false, NULL},
    {"replay", TERM_PLAIN, match_replay, 0, RANK_FLAG, 0, false, NULL},
    {"src", TERM_REGEX, match_src, QHEAD, RANK_TEXT, 0, false, NULL},
    {"dst", TERM_REGEX, match_dst, QHEAD, RANK_TEXT, 0, false, NULL},
    {"http", TERM_PLAIN, match_http, QHEAD, RANK_FLAG, 0, false, NULL},
    {"tcp", TERM_PLAIN, match_tcp, QHEAD, RANK_FLAG, 0, false, NULL},
    {"websocket", TERM_PLAIN, match_websocket, SHEAD, RANK_HEAD, 0, true, NULL},
    {"all", TERM_PLAIN, match_all, 0, RANK_FLAG, 0, false, NULL},
};
/* clang-format on */

const struct term *term_find(struct slice name) {
  for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
    if (slice_eq(name, slice_of(terms[i].name)))
      return &terms[i];
  }
  return NULL;
}

const struct term *term_of_words(void) {
  return &terms[0];
}

#define LOOK_KEPT 65536

void look_end(struct look *look) {
  for (int side = 0; side < 2; side++) {
    if (look->decoded[side].cap > LOOK_KEPT)
      buf_clear(&look->decoded[side]);
    look->have_body[side] = false;
  }
}

void look_clear(struct look *look) {
  buf_clear(&look->text);
  buf_clear(&look->decoded[0]);
  buf_clear(&look->decoded[1]);
}
