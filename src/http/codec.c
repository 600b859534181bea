/*
 * The state machine of one direction of an HTTP/1 connection. Heads are collected here up to their empty line, or
 * parsed straight from the bytes fed where they are whole; the framing of chunks is taken off in place; other bodies
 * are only counted.
 */
#include "weir/http/codec.h"

#include <stdlib.h>
#include <string.h>

#include "http/chunk_decoder.h"
#include "http/fault.h"
#include "http/field_line.h"
#include "http/start_line.h"
#include "weir/base/mem.h"

#define EMPTY_LINES_MAX 8  /* before a request (RFC 9112-2.2) */
#define INFO_MAX        64 /* interim responses before a final one */
#define TRAILERS_MAX    (64 * 1024)

#define BARE_LF "a line that ends with a bare LF"

enum codec_state {
  CODEC_HEAD,    /* between messages, or inside a head */
  CODEC_COUNTED, /* `remaining` body bytes follow */
  CODEC_CLOSE,   /* the body ends with the connection */
  CODEC_CHUNKS,
  CODEC_TRAILERS,
  CODEC_DONE,     /* END was given; waits for http_codec_next() */
  CODEC_DETACHED, /* what follows is not HTTP */
  CODEC_FAILED,
};

struct http_codec {
  http_event_fn *fn;
  void *arg;
  struct buf held;               /* an incomplete head or trailer section */
  struct chunk_decoder *decoder; /* while a chunked body lasts */
  struct http_fault *fault;      /* after ERROR */
  uint64_t remaining;
  uint32_t stream;
  uint32_t line_at; /* where the line that is being collected begins in `held` */
  uint8_t state;
  uint8_t role;
  uint8_t empty_lines;
  uint8_t infos;
  bool request_was_head;
  bool first_line_read; /* of the held head, and found good */
  bool ended;           /* END was given in this feed: it consumes no more, even if the receiver called next */
};

struct http_codec *http_codec_new(enum http_role role, http_event_fn *fn, void *arg) {
  struct http_codec *c = mem_zero(1, sizeof(*c));
  c->role = (uint8_t)role;
  c->fn = fn;
  c->arg = arg;
  c->stream = 1;
  return c;
}

static void drop_held(struct http_codec *c) {
  buf_clear(&c->held);
  c->line_at = 0;
  c->first_line_read = false;
}

void http_codec_free(struct http_codec *c) {
  if (c == NULL)
    return;
  drop_held(c);
  free(c->decoder);
  free(c->fault);
  free(c);
}

/* --- events --- */

static void emit(struct http_codec *c, enum http_event_type type, struct slice data) {
  struct http_event event = {.type = type, .stream = c->stream, .data = data};
  c->fn(c->arg, &event);
}

static void end_message(struct http_codec *c) {
  free(c->decoder);
  c->decoder = NULL;
  drop_held(c);
  c->state = CODEC_DONE;
  c->ended = true;
  emit(c, HTTP_EVENT_END, (struct slice){NULL, 0});
}

static struct http_fault *make_fault(struct http_codec *c) {
  if (c->fault == NULL)
    c->fault = mem_zero(1, sizeof(*c->fault));
  return c->fault;
}

/* raw: the bytes of the head at fault, where they are not the held ones. */
static void fail_at(struct http_codec *c, struct slice raw) {
  struct http_event event = {.type = HTTP_EVENT_ERROR, .stream = c->stream, .data = raw, .fault = c->fault};
  struct buf held = c->held; /* outlives the call, while the codec is done with it */
  if (held.n > 0 && c->state == CODEC_HEAD)
    event.data = buf_slice(&held);
  c->held = (struct buf)BUF_INIT;
  free(c->decoder);
  c->decoder = NULL;
  drop_held(c);
  c->remaining = 0;
  c->state = CODEC_FAILED;
  c->fn(c->arg, &event);
  buf_clear(&held);
}

static void fail(struct http_codec *c) {
  fail_at(c, (struct slice){NULL, 0});
}

static void fail_with(struct http_codec *c, int status, const char *sentence) {
  fault_put(make_fault(c), c->role, status, 0, 0, "%s", sentence);
  fail(c);
}

/* --- heads --- */

static void begin_body(struct http_codec *c, struct http_framing framing) {
  switch (framing.kind) {
  case HTTP_BODY_LENGTH:
    c->remaining = framing.length;
    c->state = CODEC_COUNTED;
    break;
  case HTTP_BODY_CHUNKED:
    c->decoder = mem_zero(1, sizeof(*c->decoder));
    c->state = CODEC_CHUNKS;
    break;
  case HTTP_BODY_CLOSE:
    c->state = CODEC_CLOSE;
    break;
  case HTTP_BODY_NONE:
    c->remaining = 0;
    c->state = CODEC_COUNTED;
    break;
  }
}

static void give_interim(struct http_codec *c, struct http_head *head) {
  struct http_event event = {.type = HTTP_EVENT_INFO, .stream = c->stream, .head = head};
  if (++c->infos > INFO_MAX)
    fail_with(c, 502, "more interim responses (1xx) than anyone needs");
  else
    c->fn(c->arg, &event);
}

static void give_head(struct http_codec *c, struct slice raw) {
  struct http_head head = {0};
  struct http_fault fault = {0};
  if (!http_head_parse(c->role, raw, &head, &fault)) {
    *make_fault(c) = fault;
    fail_at(c, raw);
    return;
  }
  drop_held(c);
  if (head.status >= 100 && head.status < 200 && head.status != 101) {
    give_interim(c, &head);
    http_head_clear(&head);
    return;
  }
  struct http_event event = {.type = HTTP_EVENT_HEAD, .stream = c->stream, .head = &head};
  event.framing =
      c->role == HTTP_REQUEST ? http_request_framing(&head) : http_response_framing(&head, c->request_was_head);
  begin_body(c, event.framing);
  c->fn(c->arg, &event);
  http_head_clear(&head);
  if (c->state == CODEC_COUNTED && c->remaining == 0)
    end_message(c);
}

/* Walks lines from `at`, where a line begins, and finds the end of the empty one: its offset behind, or 0. *line gets
 * where the last, incomplete line begins. False: a line ends with a bare LF. */
static bool find_empty_line(struct slice s, size_t at, size_t searched, size_t *line, size_t *end) {
  *end = 0;
  for (;;) {
    const char *lf = searched < s.n ? memchr(s.p + searched, '\n', s.n - searched) : NULL;
    *line = at;
    if (lf == NULL)
      return true;
    size_t i = (size_t)(lf - s.p);
    if (i == at || s.p[i - 1] != '\r')
      return false;
    if (i == at + 1) {
      *end = i + 1;
      return true;
    }
    at = searched = i + 1;
  }
}

static void refuse_long_head(struct http_codec *c) {
  if (c->line_at == 0)
    fail_with(c, 414, "the first line is longer than 64 KiB");
  else
    fail_with(c, 431, "the head is longer than 256 KiB");
}

/* Says no as early as it can be said, so that a peer which is not HTTP or talks HTTP/0.9 does not wait in vain. */
static bool check_begin(struct http_codec *c) {
  struct slice held = buf_slice(&c->held);
  struct http_fault fault = {0};
  struct http_head scratch = {0};
  bool good = true;
  if (!c->first_line_read) {
    good = start_line_begins(c->role, held, &fault);
    if (good && c->line_at > 0) {
      ptrdiff_t end = slice_find_byte(held, '\n');
      good = start_line_read(c->role, slice_sub(held, 0, (size_t)end - 1), &scratch, &fault);
      c->first_line_read = true;
    }
  }
  if (!good) {
    *make_fault(c) = fault;
    fail(c);
    return false;
  }
  if (c->line_at == 0 && memchr(held.p, '\n', held.n) != NULL)
    return true; /* the first line ends with a bare LF, which is said behind */
  if (held.n >= HTTP_HEAD_MAX || (c->line_at == 0 && held.n > START_LINE_MAX + 1)) {
    refuse_long_head(c);
    return false;
  }
  return true;
}

enum collected { COLLECTED_PART, COLLECTED_WHOLE, COLLECTED_BARE_LF };

/* Adds to `held` until its empty line; *used gets the bytes taken. */
static enum collected collect(struct http_codec *c, struct slice in, size_t max, size_t *used) {
  size_t old = c->held.n, room = max - old, n = in.n < room ? in.n : room;
  size_t line = 0, end = 0;
  buf_add(&c->held, in.p, n);
  bool good = find_empty_line(buf_slice(&c->held), c->line_at, old, &line, &end);
  c->line_at = (uint32_t)line;
  *used = end > 0 ? end - old : n;
  if (end > 0) {
    c->held.n = end;
    return COLLECTED_WHOLE;
  }
  return good ? COLLECTED_PART : COLLECTED_BARE_LF;
}

/* Consumes one empty line, or the first half of one, in front of a request. */
static size_t skip_empty_line(struct http_codec *c, struct slice in) {
  bool half = c->held.n == 1 && c->held.p[0] == '\r';
  size_t at = half ? 0 : 1;
  if (c->role != HTTP_REQUEST || (c->held.n > 0 && !half) || (!half && in.p[0] != '\r'))
    return 0;
  if (at == in.n) {
    buf_add_byte(&c->held, '\r');
    return 1;
  }
  drop_held(c);
  if (in.p[at] != '\n' || ++c->empty_lines > EMPTY_LINES_MAX) {
    fault_put(make_fault(c), c->role, 400, 0, 0, "%s",
              in.p[at] != '\n' ? "a bare CR before the request" : "too many empty lines before the request");
    fail_at(c, in);
  }
  return at + 1;
}

static size_t feed_head(struct http_codec *c, struct slice in) {
  size_t skipped = skip_empty_line(c, in);
  if (skipped > 0)
    return skipped;
  size_t line = 0, end = 0;
  struct http_fault fault = {0};
  if (c->held.n == 0 && !start_line_begins(c->role, in, &fault)) {
    *make_fault(c) = fault;
    fail_at(c, in);
    return in.n;
  }
  if (c->held.n == 0 && find_empty_line(in, 0, 0, &line, &end) && end > 0 && end <= HTTP_HEAD_MAX) {
    give_head(c, slice_sub(in, 0, end));
    return end;
  }
  size_t used = 0;
  enum collected collected = collect(c, in, HTTP_HEAD_MAX, &used);
  if (collected == COLLECTED_WHOLE) {
    struct buf head = c->held; /* `held` is free again when the receiver is called */
    c->held = (struct buf)BUF_INIT;
    give_head(c, buf_slice(&head));
    buf_clear(&head);
  } else if (check_begin(c) && collected == COLLECTED_BARE_LF) {
    fail_with(c, 400, BARE_LF);
  }
  return used;
}

/* --- bodies --- */

static size_t feed_counted(struct http_codec *c, char *bytes, size_t n) {
  size_t used = n < c->remaining ? n : (size_t)c->remaining;
  c->remaining -= used;
  emit(c, HTTP_EVENT_DATA, (struct slice){bytes, used});
  if (c->remaining == 0 && c->state == CODEC_COUNTED)
    end_message(c);
  return used;
}

static size_t feed_chunks(struct http_codec *c, char *bytes, size_t n) {
  struct chunk_piece piece;
  enum chunk_result result = chunk_decoder_feed(c->decoder, bytes, n, &piece);
  if (piece.n > 0)
    emit(c, HTTP_EVENT_DATA, (struct slice){piece.data, piece.n});
  if (result == CHUNK_BAD) {
    fail_with(c, 400, piece.reason);
  } else if (result == CHUNK_LAST) {
    free(c->decoder);
    c->decoder = NULL;
    c->state = CODEC_TRAILERS;
  }
  return piece.used;
}

static size_t feed_trailers(struct http_codec *c, struct slice in) {
  size_t used = 2;
  if (c->held.n == 0 && slice_starts(in, SLICE("\r\n"))) {
    end_message(c);
    return used;
  }
  enum collected collected = collect(c, in, TRAILERS_MAX, &used);
  if (collected != COLLECTED_WHOLE) {
    if (collected == COLLECTED_BARE_LF || c->held.n >= TRAILERS_MAX) {
      fail_with(c, collected == COLLECTED_BARE_LF ? 400 : 431,
                collected == COLLECTED_BARE_LF ? BARE_LF : "the trailer section is longer than 64 KiB");
    }
    return used;
  }
  struct slice lines = slice_sub(buf_slice(&c->held), 0, c->held.n - 2);
  if (!field_lines_check_trailers(c->role, lines, make_fault(c))) {
    fail(c);
    return used;
  }
  if (lines.n > 0)
    emit(c, HTTP_EVENT_TRAILERS, lines);
  end_message(c);
  return used;
}

size_t http_codec_feed(struct http_codec *c, char *bytes, size_t n) {
  size_t used = 0;
  c->ended = false;
  while (used < n && !c->ended) {
    char *at = bytes + used;
    size_t left = n - used;
    switch (c->state) {
    case CODEC_HEAD:
      used += feed_head(c, (struct slice){at, left});
      break;
    case CODEC_COUNTED:
      used += feed_counted(c, at, left);
      break;
    case CODEC_CLOSE:
      emit(c, HTTP_EVENT_DATA, (struct slice){at, left});
      used = n;
      break;
    case CODEC_CHUNKS:
      used += feed_chunks(c, at, left);
      break;
    case CODEC_TRAILERS:
      used += feed_trailers(c, (struct slice){at, left});
      break;
    default:
      return used;
    }
  }
  return used;
}

bool http_codec_finish(struct http_codec *c) {
  bool request = c->role == HTTP_REQUEST;
  switch (c->state) {
  case CODEC_CLOSE:
    end_message(c);
    return true;
  case CODEC_HEAD:
    if (!http_codec_started(c))
      return true;
    fail_with(c, 400,
              http_codec_in_head(c) ? (request ? "the client closed in the middle of the request head"
                                               : "the server closed in the middle of the response head")
                                    : "the server closed after an interim response");
    return false;
  case CODEC_COUNTED:
  case CODEC_CHUNKS:
  case CODEC_TRAILERS:
    fail_with(c, 400,
              request ? "the client closed in the middle of the request body"
                      : "the server closed in the middle of the response body");
    return false;
  default:
    return true;
  }
}

void http_codec_next(struct http_codec *c) {
  if (c->state != CODEC_DONE)
    return;
  c->state = CODEC_HEAD;
  c->stream++;
  c->empty_lines = 0;
  c->infos = 0;
  c->remaining = 0;
  c->request_was_head = false;
}

void http_codec_expect(struct http_codec *c, bool request_was_head) {
  c->request_was_head = request_was_head;
}

void http_codec_detach(struct http_codec *c) {
  free(c->decoder);
  c->decoder = NULL;
  c->remaining = 0;
  c->state = CODEC_DETACHED;
}

bool http_codec_in_head(const struct http_codec *c) {
  bool half_empty_line = c->role == HTTP_REQUEST && c->held.n == 1 && c->held.p[0] == '\r';
  return c->state == CODEC_HEAD && c->held.n > 0 && !half_empty_line;
}

bool http_codec_started(const struct http_codec *c) {
  switch (c->state) {
  case CODEC_HEAD:
    return http_codec_in_head(c) || c->infos > 0;
  case CODEC_DONE:
  case CODEC_DETACHED:
  case CODEC_FAILED:
    return false;
  default:
    return true;
  }
}

struct slice http_codec_head_part(const struct http_codec *c) {
  return http_codec_in_head(c) ? buf_slice(&c->held) : (struct slice){NULL, 0};
}

uint64_t http_codec_remaining(const struct http_codec *c) {
  return c->state == CODEC_COUNTED ? c->remaining : 0;
}

size_t http_codec_cost(const struct http_codec *c) {
  return mem_cost(c) + c->held.cap + mem_cost(c->decoder) + mem_cost(c->fault);
}
