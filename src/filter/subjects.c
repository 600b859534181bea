/* What weir's own words look at: parts of the URL, anything at all, and the fields of the field table. */
#include <stdlib.h>
#include <string.h>

#include "tree.h"
#include "weir/base/mem.h"
#include "weir/http/url.h"

/* ---- the URL ---- */

static int hex(char c) {
  return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* As it stands, or with its %xx undone: "caf\u00e9" is found in "/caf%C3%A9". (Text in quotes, which mitmproxy knows
 * too, only where it cannot stand in a URL otherwise.) */
static bool undoes_escapes(const struct node *n) {
  for (size_t i = 0; n->shape == SHAPE_LITERAL && i < n->pattern_n; i++)
    if ((unsigned char)n->pattern[i] >= 0x80)
      return true;
  return n->shape != SHAPE_LITERAL;
}

static bool search_path(const struct node *n, struct look *l) {
  struct slice path = flow_path(l->flow);
  if (n->trim) {
    ptrdiff_t end = slice_find_byte(path, n->trim);
    path = end < 0 ? path : slice_sub(path, 0, (size_t)end);
  }
  if (look_search(n, l, path))
    return true;
  if (slice_find_byte(path, '%') < 0 || !undoes_escapes(n))
    return false;
  buf_reset(&l->text);
  for (size_t i = 0; i < path.n; i++) {
    int high = path.p[i] == '%' && i + 2 < path.n ? hex(path.p[i + 1]) : -1, low = high < 0 ? -1 : hex(path.p[i + 2]);
    buf_add_byte(&l->text, low < 0 ? path.p[i] : (char)(high << 4 | low));
    i += low < 0 ? 0 : 2;
  }
  return look_search(n, l, buf_slice(&l->text));
}

static bool match_path(const struct node *n, struct look *l) {
  return search_path(n, l);
}

static bool match_host(const struct node *n, struct look *l) {
  return look_search(n, l, flow_host(l->flow));
}

static bool match_word(const struct node *n, struct look *l) {
  return match_host(n, l) || search_path(n, l);
}

static void put_authority(struct look *l) {
  buf_reset(&l->text);
  url_put_authority(&l->text, flow_host(l->flow), 0, "");
  if (l->flow->port)
    buf_printf(&l->text, ":%u", l->flow->port);
}

static bool match_authority(const struct node *n, struct look *l) {
  put_authority(l);
  return look_search(n, l, buf_slice(&l->text)) || search_path(n, l);
}

/* With its port, and as people write it where that is the scheme's own. */
static bool match_address(const struct node *n, struct look *l) {
  struct slice host = flow_host(l->flow), path = flow_path(l->flow);
  put_authority(l);
  buf_add_slice(&l->text, path);
  if (look_search(n, l, buf_slice(&l->text)))
    return true;
  buf_reset(&l->text);
  url_put_authority(&l->text, host, 0, "");
  buf_add_slice(&l->text, path);
  return look_search(n, l, buf_slice(&l->text));
}

static bool match_method(const struct node *n, struct look *l) {
  return look_search(n, l, flow_method(l->flow));
}

/* All but the bodies, which scan.c reads. */
static bool match_anywhere(const struct node *n, struct look *l) {
  return look_search_url(n, l) || search_path(n, l) || look_search_head(n, l, FLOW_REQUEST) ||
         look_search_head(n, l, FLOW_RESPONSE) || (l->flow->note && look_search(n, l, slice_of(l->flow->note))) ||
         (l->flow->error_text && look_search(n, l, slice_of(l->flow->error_text)));
}

/* ---- fields ---- */

/* An address without its port, where no port was asked for. */
static struct slice trimmed(struct slice text, char trim) {
  if (!trim)
    return text;
  size_t n = text.n;
  while (n && text.p[n - 1] != trim)
    n--;
  return n ? slice_sub(text, 0, n - 1) : text;
}

static bool match_host_and_port(const struct node *n, struct look *l) {
  struct slice host = flow_host(l->flow);
  bool ipv6 = slice_find_byte(host, ':') >= 0;
  buf_printf(&l->text, ipv6 ? "[%.*s]:%u" : "%.*s:%u", (int)host.n, host.p, l->flow->port);
  return host.n > 0 && look_search(n, l, buf_slice(&l->text));
}

static bool match_text(const struct node *n, struct look *l) {
  buf_reset(&l->text);
  if (n->port)
    return match_host_and_port(n, l);
  return n->field->text(l->flow, &l->text) && look_search(n, l, trimmed(buf_slice(&l->text), n->trim));
}

static bool match_number(const struct node *n, struct look *l) {
  int64_t value;
  uint64_t now = subject_needs_clock(n) ? look_now(l) : 0;
  return n->field->number(l->flow, now, &value) && value >= n->low && value <= n->high;
}

static bool match_type(const struct node *n, struct look *l) {
  return look_search_type(n, l, FLOW_RESPONSE);
}

static bool match_lines(const struct node *n, struct look *l, enum flow_side side) {
  const struct http_head *head = flow_sent_head(flow_side_const(l->flow, side));
  struct http_field field;
  uint32_t at = 0;
  if (!n->name)
    return look_search_head(n, l, side);
  while (head->raw && http_head_next_named(head, n->name, &at, &field))
    if (!n->regex || look_search(n, l, field.value))
      return true;
  return false;
}

static bool match_header_q(const struct node *n, struct look *l) {
  return match_lines(n, l, FLOW_REQUEST);
}
static bool match_header_s(const struct node *n, struct look *l) {
  return match_lines(n, l, FLOW_RESPONSE);
}
static bool match_header(const struct node *n, struct look *l) {
  return match_header_q(n, l) || match_header_s(n, l);
}

/* The field's text is one "name=value" a line. */
static bool match_cookie(const struct node *n, struct look *l) {
  buf_reset(&l->text);
  if (!n->field->text(l->flow, &l->text))
    return false;
  struct slice rest = buf_slice(&l->text), line;
  while (slice_split(&rest, '\n', &line)) {
    ptrdiff_t equals = slice_find_byte(line, '=');
    struct slice name = slice_sub(line, 0, equals < 0 ? line.n : (size_t)equals);
    if (!n->name ? look_search(n, l, line)
                 : slice_eq(name, slice_of(n->name)) &&
                       (!n->regex || look_search(n, l, slice_from(line, name.n + (equals >= 0)))))
      return true;
  }
  return false;
}

#define QHEAD FILTER_NEEDS_REQUEST_HEAD
#define SHEAD FILTER_NEEDS_RESPONSE_HEAD
#define QBODY FILTER_NEEDS_REQUEST_BODY
#define SBODY FILTER_NEEDS_RESPONSE_BODY
#define BQ    BODY_OF_REQUEST
#define BS    BODY_OF_RESPONSE
#define ALL   (QHEAD | SHEAD | QBODY | SBODY)
#define PARTS (REGEX_DOT_ALL | REGEX_PARTS)
#define LINES REGEX_LINES

/* clang-format off: rows are read as a table */
static const struct term subjects[SUBJECTS] = {
    [SUBJECT_WORD] = {"host, path", NULL, TERM_REGEX, match_word, QHEAD, RANK_TEXT, 0, 0, false, NULL},
    [SUBJECT_AUTHORITY] = {"host:port, path", NULL, TERM_REGEX, match_authority, QHEAD, RANK_TEXT, 0, 0, false, NULL},
    [SUBJECT_ADDRESS] = {"host and path", NULL, TERM_REGEX, match_address, QHEAD, RANK_TEXT, 0, 0, false, NULL},
    [SUBJECT_PATH] = {"path", NULL, TERM_REGEX, match_path, QHEAD, RANK_TEXT, 0, 0, false, NULL},
    [SUBJECT_URL] = {"URL", NULL, TERM_REGEX, look_search_url, QHEAD, RANK_TEXT, 0, 0, false, NULL},
    [SUBJECT_METHOD] = {"method", NULL, TERM_REGEX, match_method, QHEAD, RANK_TEXT, 0, 0, false, NULL},
    [SUBJECT_ANYWHERE] = {"anywhere", NULL, TERM_REGEX, match_anywhere, ALL, RANK_BODY, PARTS | LINES, BQ | BS, false,
                          NULL},
    [SUBJECT_TEXT] = {"field", NULL, TERM_REGEX, match_text, QHEAD, RANK_TEXT, 0, 0, false, NULL},
    [SUBJECT_NUMBER] = {"number", NULL, TERM_PLAIN, match_number, QHEAD, RANK_FLAG, 0, 0, false, NULL},
    [SUBJECT_TYPE] = {"media type", NULL, TERM_REGEX, match_type, SHEAD, RANK_HEAD, 0, 0, true, NULL},
    [SUBJECT_HEADER] = {"header", NULL, TERM_REGEX, match_header, QHEAD | SHEAD, RANK_HEAD, LINES, 0, false, NULL},
    [SUBJECT_HEADER_Q] = {"req.header", NULL, TERM_REGEX, match_header_q, QHEAD, RANK_HEAD, LINES, 0, false, "header"},
    [SUBJECT_HEADER_S] = {"resp.header", NULL, TERM_REGEX, match_header_s, SHEAD, RANK_HEAD, LINES, 0, true, "header"},
    [SUBJECT_COOKIE] = {"cookie", NULL, TERM_REGEX, match_cookie, QHEAD | SHEAD, RANK_HEAD, 0, 0, false, NULL},
    [SUBJECT_BODY] = {"body", NULL, TERM_REGEX, NULL, QBODY | SBODY, RANK_BODY, PARTS, BQ | BS, false, NULL},
    [SUBJECT_BODY_Q] = {"req.body", NULL, TERM_REGEX, NULL, QBODY, RANK_BODY, PARTS, BQ, false, "body"},
    [SUBJECT_BODY_S] = {"resp.body", NULL, TERM_REGEX, NULL, SBODY, RANK_BODY, PARTS, BS, true, "body"},
    [SUBJECT_JSON] = {"json", NULL, TERM_PLAIN, NULL, QBODY | SBODY, RANK_BODY, 0, BQ | BS, false, NULL},
    [SUBJECT_JSON_Q] = {"req.json", NULL, TERM_PLAIN, NULL, QBODY, RANK_BODY, 0, BQ, false, "json"},
    [SUBJECT_JSON_S] = {"resp.json", NULL, TERM_PLAIN, NULL, SBODY, RANK_BODY, 0, BS, true, "json"},
};
/* clang-format on */

const struct term *subject_term(enum subject subject) {
  return &subjects[subject];
}

/* ---- what a field needs, and what it speaks of ---- */

enum { STATIC, PROCESS, AGE, CLOCK, STATUS, REQUEST_SIZE, SIZE, END };

static const struct {
  const char *name;
  int when;
} times[] = {
    {"age", AGE},     {"duration", CLOCK},  {"status", STATUS},         {"reason", STATUS},
    {"type", STATUS}, {"process", PROCESS}, {"pid", PROCESS},           {"command", PROCESS},
    {"size", SIZE},   {"ttfb", STATUS},     {"req.size", REQUEST_SIZE}, {"error", END},
    {"state", END},
};

static int when_known(const struct node *node) {
  for (size_t i = 0; node->field && i < sizeof times / sizeof *times; i++)
    if (strcmp(node->field->name, times[i].name) == 0)
      return times[i].when;
  return STATIC;
}

bool subject_needs_clock(const struct node *node) {
  int when = when_known(node);
  return when == CLOCK || when == AGE;
}

unsigned subject_needs(const struct node *node) {
  if (node->term != &subjects[SUBJECT_TEXT] && node->term != &subjects[SUBJECT_NUMBER])
    return node->term->needs;
  switch (when_known(node)) {
  case STATUS:
    return SHEAD;
  case SIZE:
    return SBODY;
  case REQUEST_SIZE:
    return QBODY;
  case END:
    return FILTER_NEEDS_END;
  case PROCESS:
    return FILTER_NEEDS_PROCESS;
  case CLOCK:
    return QHEAD | FILTER_NEEDS_CLOCK;
  case AGE:
    return QHEAD | FILTER_NEEDS_AGE;
  default:
    return QHEAD;
  }
}

bool subject_of_response(const struct node *node) {
  int when = when_known(node);
  return node->term->of_response || when == STATUS || when == SIZE || when == CLOCK;
}
