/* mitmproxy's operators. */
#include "tree.h"
#include "weir/http/url.h"

static bool match_method(const struct node *n, struct look *l) {
  return look_search(n, l, flow_method(l->flow));
}
static bool match_comment(const struct node *n, struct look *l) {
  return look_search(n, l, slice_of(l->flow->note));
}
static bool match_hq(const struct node *n, struct look *l) {
  return look_search_head(n, l, FLOW_REQUEST);
}
static bool match_hs(const struct node *n, struct look *l) {
  return look_search_head(n, l, FLOW_RESPONSE);
}
static bool match_h(const struct node *n, struct look *l) {
  return match_hq(n, l) || match_hs(n, l);
}
static bool match_tq(const struct node *n, struct look *l) {
  return look_search_type(n, l, FLOW_REQUEST);
}
static bool match_ts(const struct node *n, struct look *l) {
  return look_search_type(n, l, FLOW_RESPONSE);
}
static bool match_t(const struct node *n, struct look *l) {
  return match_tq(n, l) || match_ts(n, l);
}

static bool match_domain(const struct node *n, struct look *l) {
  if (look_search(n, l, flow_host(l->flow)))
    return true;
  const struct http_head *head = flow_sent_head(&l->flow->request);
  struct slice value;
  struct url host;
  struct err err;
  return head->raw && http_head_find(head, "host", &value) && url_parse_host(value, true, &host, &err) &&
         look_search(n, l, host.host);
}

static bool search_address(const struct node *n, struct look *l, const struct address *a) {
  char text[ADDRESS_TEXT];
  return a->family && look_search(n, l, slice_of(address_text(a, text, sizeof text)));
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
    if (look_search(n, l, buf_slice(&l->text)))
      return true;
  }
  return search_address(n, l, &l->flow->server);
}

static bool match_code(const struct node *n, struct look *l) {
  int status = flow_status(l->flow);
  return status && status >= n->low && status <= n->high;
}

static bool match_asset(const struct node *n, struct look *l) {
  (void)n;
  return look_is_asset(l);
}

static bool match_websocket(const struct node *n, struct look *l) {
  (void)n;
  return look_is_websocket(l);
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
#define BQ    BODY_OF_REQUEST
#define BS    BODY_OF_RESPONSE
#define PARTS (REGEX_DOT_ALL | REGEX_PARTS)

/* clang-format off: rows are read as a table; ~u first, it is what a naked word means beside them */
static const struct term terms[] = {
    {"u", "the URL", TERM_REGEX, look_search_url, QHEAD, RANK_TEXT, 0, 0, false, NULL},
    {"d", "host, by the URL or the Host field", TERM_REGEX, match_domain, QHEAD, RANK_TEXT, 0, 0, false, NULL},
    {"m", "method", TERM_REGEX, match_method, QHEAD, RANK_TEXT, 0, 0, false, NULL},
    {"c", "status: 404, 4xx or 500-503", TERM_STATUS, match_code, SHEAD, RANK_FLAG, 0, 0, true, NULL},
    {"h", "a header line: \"Name: value\"", TERM_REGEX, match_h, QHEAD | SHEAD, RANK_HEAD, REGEX_LINES, 0, false, NULL},
    {"hq", "a header line of the request", TERM_REGEX, match_hq, QHEAD, RANK_HEAD, REGEX_LINES, 0, false, "h"},
    {"hs", "a header line of the response", TERM_REGEX, match_hs, SHEAD, RANK_HEAD, REGEX_LINES, 0, true, "h"},
    {"b", "body of either message, decoded", TERM_REGEX, NULL, QBODY | SBODY, RANK_BODY, PARTS, BQ | BS, false, NULL},
    {"bq", "body of the request, decoded", TERM_REGEX, NULL, QBODY, RANK_BODY, PARTS, BQ, false, "b"},
    {"bs", "body of the response, decoded", TERM_REGEX, NULL, SBODY, RANK_BODY, PARTS, BS, true, "b"},
    {"t", "Content-Type of either message", TERM_REGEX, match_t, QHEAD | SHEAD, RANK_HEAD, 0, 0, false, NULL},
    {"tq", "Content-Type of the request", TERM_REGEX, match_tq, QHEAD, RANK_HEAD, 0, 0, false, "t"},
    {"ts", "Content-Type of the response", TERM_REGEX, match_ts, SHEAD, RANK_HEAD, 0, 0, true, "t"},
    {"a", "asset: CSS, JavaScript, image or font", TERM_PLAIN, match_asset, SHEAD, RANK_HEAD, 0, 0, true, NULL},
    {"e", "ended with an error", TERM_PLAIN, match_error, END, RANK_FLAG, 0, 0, false, NULL},
    {"q", "has no response (yet)", TERM_PLAIN, match_q, QHEAD, RANK_FLAG, 0, 0, false, NULL},
    {"s", "has a response", TERM_PLAIN, match_s, SHEAD, RANK_FLAG, 0, 0, true, NULL},
    {"marked", "marked", TERM_PLAIN, match_marked, 0, RANK_FLAG, 0, 0, false, NULL},
    {"comment", "the note on the flow", TERM_REGEX, match_comment, 0, RANK_TEXT, REGEX_LINES, 0, false, NULL},
    {"replay", "sent by weir itself", TERM_PLAIN, match_replay, 0, RANK_FLAG, 0, 0, false, NULL},
    {"src", "address of the client, as address:port", TERM_REGEX, match_src, QHEAD, RANK_TEXT, 0, 0, false, NULL},
    {"dst", "server, as host:port or address:port", TERM_REGEX, match_dst, QHEAD, RANK_TEXT, 0, 0, false, NULL},
    {"http", "HTTP, no tunnel", TERM_PLAIN, match_http, QHEAD, RANK_FLAG, 0, 0, false, NULL},
    {"tcp", "a tunnel", TERM_PLAIN, match_tcp, QHEAD, RANK_FLAG, 0, 0, false, NULL},
    {"websocket", "a WebSocket", TERM_PLAIN, match_websocket, SHEAD, RANK_HEAD, 0, 0, true, NULL},
    {"all", "every flow", TERM_PLAIN, match_all, 0, RANK_FLAG, 0, 0, false, NULL},
};
/* clang-format on */

const struct term *term_nth(size_t i) {
  return i < sizeof terms / sizeof *terms ? &terms[i] : NULL;
}

const struct term *term_find(struct slice name) {
  const struct term *term;
  for (size_t i = 0; (term = term_nth(i)) != NULL; i++)
    if (slice_eq(name, slice_of(term->name)))
      return term;
  return NULL;
}

const struct term *term_of_words(void) {
  return &terms[0];
}
