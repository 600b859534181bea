#include "scan.h"

#include <stdlib.h>

#include "json_path.h"
#include "weir/base/clock.h"
#include "weir/body/decode.h"
#include "weir/filter/regex.h"

#define STRIDE_LEAST 64
#define DECODED_MOST ((size_t)1 << 30) /* a bomb may make so much work, in slices */
#define LIMITS_MAX   8 /* parts: a pattern that runs into its limit so often will do so in the next one */
#define WINDOW_KEPT  (2 * SCAN_PART)

static bool open_decoder(struct scan *s) {
  const struct http_head *head = flow_sent_head(s->message);
  struct buf coding = BUF_INIT;
  struct http_field field;
  uint32_t at = 0;
  while (head->raw && http_head_next_named(head, "Content-Encoding", &at, &field)) {
    if (coding.n)
      buf_add_text(&coding, ", ");
    buf_add_slice(&coding, field.value);
  }
  if (coding.n)
    s->decoder = body_decoder_new(buf_slice(&coding), DECODED_MOST, NULL);
  buf_clear(&coding);
  return s->decoder != NULL;
}

void scan_start(struct scan *s, const struct flow_message *message, const struct regex *regex,
                const struct json_path *path) {
  scan_stop(s);
  s->running = true;
  s->message = message;
  s->regex = regex;
  s->path = path;
  if (path)
    s->walk = json_walk_new(path);
  open_decoder(s);
}

void scan_stop(struct scan *s) {
  body_decoder_free(s->decoder);
  json_walk_free(s->walk);
  struct buf window = s->window;
  if (window.cap > 2 * WINDOW_KEPT)
    buf_clear(&window);
  buf_reset(&window);
  *s = (struct scan){.window = window};
}

void scan_clear(struct scan *s) {
  scan_stop(s);
  buf_clear(&s->window);
}

static void take_plain(struct scan *s, size_t n) {
  const struct body *body = flow_sent_body(s->message);
  while (n) {
    struct slice piece = slice_sub(body_at(body, s->taken), 0, n);
    if (!piece.n)
      break;
    buf_add_slice(&s->window, piece);
    s->taken += piece.n;
    n -= piece.n;
  }
  s->ended = s->taken >= body->kept;
}

/* What is no valid coding from the start is searched as it is. */
static void end_decoding(struct scan *s) {
  enum body_decode_code code = body_decoder_end(s->decoder, NULL);
  body_decoder_free(s->decoder);
  s->decoder = NULL;
  if (code == BODY_NOT_DECODED && !s->decoded)
    s->taken = 0;
  else
    s->ended = true;
}

static void take_decoded(struct scan *s, size_t n) {
  const struct body *body = flow_sent_body(s->message);
  size_t before = s->window.n;
  while (s->window.n - before < n && s->decoder) {
    struct slice piece = body_at(body, s->taken), rest = piece;
    bool there = piece.n || body_decoder_waits(s->decoder);
    bool more = there && body_decoder_feed_some(s->decoder, &rest, n - (s->window.n - before), &s->window);
    s->taken += piece.n - rest.n;
    s->decoded |= s->window.n > before;
    if (!more || (s->taken >= body->kept && !body_decoder_waits(s->decoder)))
      end_decoding(s);
  }
}

static void fill(struct scan *s) {
  if (s->decoder)
    take_decoded(s, SCAN_PART);
  else
    take_plain(s, SCAN_PART);
  s->ended |= s->window.n >= BODY_DECODE_MAX; /* only who wants all of it at once gathers so much */
}

/* What lies before `from` is needed no more, but for what the pattern looks back at; a byte tells that the body does
 * not begin there. */
static void forget(struct scan *s) {
  size_t back = s->regex ? regex_looks_back(s->regex) + 1 : 0;
  if (s->from <= back + SCAN_PART / 4)
    return;
  buf_remove(&s->window, 0, s->from - back);
  s->from = back;
}

/* It takes too long: fewer beginnings at once; where even few are too many, those are passed over. */
static int shorten(struct scan *s, size_t until, bool *limit_hit) {
  size_t tried = until - s->from;
  if (tried > STRIDE_LEAST && !regex_wants_all(s->regex)) {
    s->stride = tried / 16 > STRIDE_LEAST ? tried / 16 : STRIDE_LEAST;
    return -1;
  }
  *limit_hit = true;
  s->from = until;
  return ++s->limits == LIMITS_MAX || until == s->window.n ? 0 : -1;
}

static int search_part(struct scan *s, bool *limit_hit) {
  size_t n = s->window.n, open = n, until = s->stride && s->from + s->stride < n ? s->from + s->stride : n;
  if (s->ended && !n)
    return 0; /* where there is no body, nothing matches, not even "" */
  if (regex_wants_all(s->regex) && !s->ended)
    return -1;
  switch (regex_search_part(s->regex, buf_slice(&s->window), s->from, until, s->ended, &open)) {
  case REGEX_YES:
    return 1;
  case REGEX_LIMIT:
    return shorten(s, until, limit_hit);
  case REGEX_NO:
    s->from = until;
    if (until == n)
      s->stride = 0;
    return s->ended && until == n ? 0 : -1;
  case REGEX_OPEN:
    break;
  }
  bool longer = n - open >= 2 * SCAN_PART; /* than what is promised: the front is let go */
  s->from = longer ? n - SCAN_PART : open;
  s->stride = 0;
  return -1;
}

static int walk_part(struct scan *s) {
  enum json_found found = json_walk_feed(s->walk, slice_from(buf_slice(&s->window), s->from));
  if (found == JSON_FOUND || (s->ended && json_walk_end(s->walk)))
    return 1;
  s->from = s->window.n;
  return found == JSON_OVER || s->ended ? 0 : -1;
}

int scan_step(struct scan *s, uint64_t deadline, bool *limit_hit) {
  for (;;) {
    forget(s);
    if (!s->ended && !s->stride)
      fill(s);
    int found = s->path ? walk_part(s) : search_part(s, limit_hit);
    if (found >= 0) {
      scan_stop(s);
      return found;
    }
    if (clock_mono() >= deadline)
      return -1;
  }
}
