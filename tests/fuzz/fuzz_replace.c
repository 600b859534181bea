/*
 * Replacing in pieces: whatever the pattern, the subject and the cuts, what comes out is what replacing in the whole gives; and
 * a body in any coding, valid or not, goes through a transform to an end, the same one however it is cut.
 *
 * Input: what it is (regex, caseless, coded), the cuts (two bytes), then pattern, replacement and subject, each behind a NUL.
 */
#include <stdint.h>
#include <stdlib.h>

#include "rule/pattern.h"
#include "weir/body/decode.h"
#include "weir/rule/rule.h"
#include "weir/rule/transform.h"

#define REQUIRE(condition)                                                                                             \
  do {                                                                                                                 \
    if (!(condition))                                                                                                  \
      abort();                                                                                                         \
  } while (0)

#define SUBJECT_MAX 3000
#define PATTERN_MAX 100

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Where the subject is cut, by a small generator of numbers. */
static size_t next_piece(uint32_t *cuts, size_t left) {
  *cuts = *cuts * 1664525u + 1013904223u;
  size_t n = 1 + (*cuts >> 16) % (*cuts & 0x100 ? 200 : 3);
  return n < left ? n : left;
}

static bool in_pieces(struct pattern *p, struct slice subject, uint32_t cuts, struct buf *out) {
  struct pattern_stream *s = pattern_stream_new(p);
  while (subject.n) {
    struct slice piece = slice_sub(subject, 0, next_piece(&cuts, subject.n));
    subject = slice_from(subject, piece.n);
    pattern_stream_put(s, piece);
    while (pattern_stream_take(s, false, 1 + cuts % 300, out))
      ;
  }
  while (pattern_stream_take(s, true, 1 + cuts % 300, out))
    ;
  bool good = !pattern_stream_trouble(s);
  pattern_stream_free(s);
  return good;
}

static void compare(struct pattern *p, struct slice subject, uint32_t cuts) {
  struct buf whole = BUF_INIT, pieces = BUF_INIT;
  enum pattern_done done = pattern_replace(p, subject, 1 << 24, &whole);
  if (done == PATTERN_NONE)
    buf_add_slice(&whole, subject);
  bool good = in_pieces(p, subject, cuts, &pieces);
  REQUIRE(!good || done == PATTERN_LIMIT || slice_eq(buf_slice(&whole), buf_slice(&pieces)));
  buf_clear(&whole);
  buf_clear(&pieces);
}

static struct flow *make_flow(const char *coding) {
  struct flow *f = flow_new();
  struct buf head = BUF_INIT;
  struct http_fault fault;
  buf_printf(&head, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: %s\r\n\r\n", coding);
  REQUIRE(http_head_parse(HTTP_REQUEST, SLICE("GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n"), &f->request.head,
                          &fault));
  REQUIRE(http_head_parse(HTTP_RESPONSE, buf_slice(&head), &f->response.head, &fault));
  flow_set_target(f, "http", SLICE("a.test"), 80);
  buf_clear(&head);
  return f;
}

static enum transform_code run(struct rules *rules, struct flow *f, struct slice body, uint32_t cuts, struct buf *out) {
  struct rules_inquiry *inquiry = NULL;
  struct rule_effects effects = {0};
  struct flow_pause *pause = NULL;
  struct buf says = BUF_INIT;
  enum transform_code code = TRANSFORM_DRY;
  REQUIRE(rules_ask(rules, HOOK_RESPONSE_HEAD, f, UINT64_MAX, &inquiry, &pause, &effects) == HOOK_PASS);
  REQUIRE(effects.transform);
  while (code != TRANSFORM_DONE && code != TRANSFORM_FAILED) {
    struct slice piece = slice_sub(body, 0, cuts ? next_piece(&cuts, body.n) : body.n);
    body = slice_from(body, piece.n);
    do {
      struct transform_step step = {&piece, !body.n, false, 4096, out, false, &says};
      code = rules_transform(rules, f, effects.transform, &step);
    } while (code == TRANSFORM_MORE);
    REQUIRE(code != TRANSFORM_DRY || !piece.n);
  }
  rule_effects_clear(&effects);
  buf_clear(&says);
  return code;
}

static bool give_once(void *arg, struct slice *piece) {
  struct slice *all = arg;
  *piece = *all;
  all->n = 0;
  return piece->n > 0;
}

static void compare_coded(struct slice body, const char *coding, uint32_t cuts) {
  struct rules *rules = rules_new();
  struct buf whole = BUF_INIT, pieces = BUF_INIT, a = BUF_INIT, b = BUF_INIT;
  REQUIRE(rule_add(rules, "=> replace response body \"a\" \"bb\"", RULE_AT_END, NULL));
  REQUIRE(rule_add(rules, "=> replace response body /b+c/ \"<$0>\"", RULE_AT_END, NULL));
  struct flow *f = make_flow(coding);
  enum transform_code first = run(rules, f, body, 0, &whole), second = run(rules, f, body, cuts | 1, &pieces);
  REQUIRE(first == second);
  struct slice x = buf_slice(&whole), y = buf_slice(&pieces);
  body_decode(slice_of(coding), give_once, &x, 0, &a, NULL);
  body_decode(slice_of(coding), give_once, &y, 0, &b, NULL);
  REQUIRE(first == TRANSFORM_FAILED || slice_eq(buf_slice(&a), buf_slice(&b)));
  flow_free(f);
  rules_free(rules);
  buf_clear(&whole);
  buf_clear(&pieces);
  buf_clear(&a);
  buf_clear(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const codings[] = {"gzip", "deflate", "br", "zstd", "gzip, br", "identity"};
  struct slice rest = slice_make((const char *)data, size), from, to;
  if (size < 4)
    return 0;
  uint32_t cuts = (uint32_t)data[1] << 8 | data[2];
  rest = slice_from(rest, 3);
  if (data[0] & 4) {
    compare_coded(slice_sub(rest, 0, SUBJECT_MAX), codings[(data[0] >> 3) % 6], cuts);
    return 0;
  }
  if (!slice_split(&rest, '\0', &from) || !slice_split(&rest, '\0', &to) || from.n > PATTERN_MAX || to.n > PATTERN_MAX)
    return 0;
  struct pattern *p = pattern_new(from, to, data[0] & 1, data[0] & 2, NULL);
  if (p && pattern_flows(p))
    compare(p, slice_sub(rest, 0, SUBJECT_MAX), cuts);
  pattern_free(p);
  return 0;
}
