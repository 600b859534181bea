/* The clients and servers of a transcript: memory streams, what came over them and what should have. */
#include "wire_private.h"

/* ---- peers ---- */

static unsigned peer_want(void *arg) {
  const struct peer *p = arg;
  unsigned want = p->to_send.n ? STREAM_WRITE : 0;
  if (!p->eof && !p->broke && !p->deaf)
    want |= STREAM_READ;
  return want;
}

static void peer_push(struct peer *p) {
  while (p->to_send.n && !p->broke) {
    size_t done = 0;
    enum io_code code = stream_send(p->stream, p->to_send.p, p->to_send.n, &done);
    if (code == IO_AGAIN)
      break;
    if (code != IO_OK) {
      buf_reset(&p->to_send); /* whoever closed does not want the rest */
      p->broke = code == IO_ERROR;
      break;
    }
    buf_remove(&p->to_send, 0, done);
  }
  if (p->fin && !p->to_send.n) {
    stream_shutdown(p->stream);
    p->fin = false;
  }
}

static void peer_ready(void *arg, unsigned events) {
  struct peer *p = arg;
  if (events & STREAM_WRITE)
    peer_push(p);
  while ((events & STREAM_READ) && !p->eof && !p->broke && !p->deaf) {
    char piece[8192];
    size_t n = 0;
    enum io_code code = stream_recv(p->stream, piece, sizeof piece, &n);
    if (code == IO_AGAIN)
      break;
    p->eof = code == IO_EOF;
    p->broke = code == IO_ERROR;
    if (code == IO_OK)
      buf_add(&p->got, piece, n);
  }
  if (p->serves && slice_ends(buf_slice(&p->got), SLICE("\r\n\r\n"))) {
    buf_reset(&p->got);
    buf_add_text(&p->to_send, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    peer_push(p);
  }
}

static void peer_open(struct wire *w, struct peer *p, struct stream *ours) {
  (void)w;
  p->stream = ours;
  stream_set_user(ours, (struct stream_user){peer_want, peer_ready, p});
  stream_touch(ours);
}

void peer_forget(struct peer *p) {
  stream_free(p->stream);
  buf_clear(&p->got);
  buf_clear(&p->expect);
  buf_clear(&p->to_send);
  *p = (struct peer){0};
}

struct stream *wire_dial(void *arg, const char *host, uint16_t port) {
  (void)port;
  struct wire *w = arg;
  struct stream *theirs, *ours;
  if (!strcmp(host, "traffic.test")) {
    peer_forget(&w->crowd);
    memory_stream_pair(w->loop, &w->memory, &theirs, &ours);
    peer_open(w, &w->crowd, ours);
    w->crowd.serves = true;
    return theirs;
  }
  if (w->refuse || w->servers == PEERS || !strncmp(host, "dead.", 5)) {
    w->refusals++;
    return NULL;
  }
  memory_stream_pair(w->loop, &w->memory, &theirs, &ours);
  peer_open(w, &w->server[w->servers++], ours);
  return theirs;
}

/* ---- turning ---- */

void turns(struct wire *w, int n) {
  for (int i = 0; i < n * w->patience; i++) {
    loop_turn(w->loop, 0);
    store_deliver(w->store);
  }
}
bool until(struct wire *w, condition_fn *holds, struct peer *p, const void *arg) {
  for (int i = 0; i < TURNS; i++) {
    if (holds(w, p, arg))
      return true;
    turns(w, 1);
  }
  return holds(w, p, arg);
}

static bool got_enough(struct wire *w, struct peer *p, const void *arg) {
  (void)w;
  (void)arg;
  return p->got.n >= p->expect.n || p->eof || p->broke;
}
bool has_ended(struct wire *w, struct peer *p, const void *arg) {
  (void)w;
  (void)arg;
  return p->eof || p->broke;
}
bool server_is_there(struct wire *w, struct peer *p, const void *arg) {
  (void)p;
  return w->servers > *(const int *)arg;
}
/* ---- text ---- */

void show(const char *what, struct slice s) {
  print_error("  %s (%zu bytes): ", what, s.n);
  for (size_t i = 0; i < s.n && i < 1500; i++) {
    unsigned char c = (unsigned char)s.p[i];
    if (c == '\r')
      print_error("\\r");
    else if (c == '\n')
      print_error("\\n\n      ");
    else if (c < 32 || c > 126)
      print_error("\\x%02x", c);
    else
      print_error("%c", c);
  }
  print_error("\n");
}

/* "N:TEXT]", behind its bracket; returns where the closing one stands. */
static const char *unescape_repeated(struct buf *out, const char *s) {
  char *text, piece[200];
  long times = strtol(s, &text, 10);
  size_t n = strcspn(text, "]");
  snprintf(piece, sizeof piece, "%.*s", n ? (int)n - 1 : 0, text + 1);
  struct buf one = BUF_INIT;
  unescape(&one, piece);
  while (times-- > 0)
    buf_add_slice(out, buf_slice(&one));
  buf_clear(&one);
  return text[n] ? text + n : text + n - 1;
}

void unescape(struct buf *out, const char *s) {
  for (; *s; s++) {
    if (*s != '\\') {
      buf_add_byte(out, *s);
      continue;
    }
    s++;
    unsigned value;
    if (*s == 'r')
      buf_add_byte(out, '\r');
    else if (*s == 'n')
      buf_add_byte(out, '\n');
    else if (*s == 't')
      buf_add_byte(out, '\t');
    else if (*s == '0')
      buf_add_byte(out, '\0');
    else if (*s == 'x' && sscanf(s + 1, "%2x", &value) == 1)
      buf_add_byte(out, (char)value), s += 2;
    else if (*s == '[')
      s = unescape_repeated(out, s + 1);
    else
      buf_add_byte(out, *s);
  }
}

/* "> x", ">> x", ">*3 x": the bytes meant. */
void operand(const char *step, struct buf *out) {
  const char *s = step + 1;
  long times = 1;
  bool line = true;
  if (*s == '>' || *s == '<')
    line = false, s++;
  else if (*s == '*')
    line = false, times = strtol(s + 1, (char **)(void *)&s, 10);
  if (*s == ' ')
    s++;
  struct buf one = BUF_INIT;
  unescape(&one, s);
  while (times-- > 0)
    buf_add(out, one.p, one.n);
  if (line)
    buf_add_text(out, "\r\n");
  buf_clear(&one);
}

static bool has_text(struct wire *w, struct peer *p, const void *arg) {
  (void)w;
  struct buf wanted = BUF_INIT;
  unescape(&wanted, arg);
  bool there = slice_find(buf_slice(&p->got), buf_slice(&wanted)) >= 0;
  buf_clear(&wanted);
  return there;
}

static bool ends_with_text(struct wire *w, struct peer *p, const void *arg) {
  (void)w;
  struct buf wanted = BUF_INIT;
  unescape(&wanted, arg);
  bool there = slice_ends(buf_slice(&p->got), buf_slice(&wanted));
  buf_clear(&wanted);
  return there;
}

/* ---- steps ---- */

void open_client(struct wire *w, struct peer *p) {
  if (p->stream)
    return;
  struct stream *theirs, *ours;
  memory_stream_pair(w->loop, &w->memory, &theirs, &ours);
  peer_open(w, p, ours);
  proxy_accept_as(w->proxy, theirs, w->mode);
}

static void settle(struct wire *w, struct peer *p) {
  if (!p->expect.n)
    return;
  until(w, got_enough, p, NULL);
  bool same = p->got.n >= p->expect.n && !memcmp(p->got.p, p->expect.p, p->expect.n);
  if (!same) {
    show("expected", buf_slice(&p->expect));
    show("got     ", buf_slice(&p->got));
  }
  CHECK(w, same, "%s: not the expected bytes", p >= w->server ? "server" : "client");
  buf_remove(&p->got, 0, p->expect.n);
  buf_reset(&p->expect);
}

void settle_all(struct wire *w) {
  for (int i = 0; i < PEERS; i++) {
    if (w->client[i].stream)
      settle(w, &w->client[i]);
    if (w->server[i].stream)
      settle(w, &w->server[i]);
  }
}

/* A complete response: its head, and the body that its Content-Length says. */
size_t response_size(struct slice s, int *status) {
  ptrdiff_t end = slice_find(s, SLICE("\r\n\r\n"));
  if (end < 0 || sscanf(s.p, "HTTP/1.1 %d", status) != 1)
    return 0;
  ptrdiff_t at = slice_find_ascii(slice_sub(s, 0, (size_t)end), SLICE("\r\nContent-Length: "));
  size_t body = at >= 0 ? strtoul(s.p + at + 18, NULL, 10) : 0;
  size_t size = (size_t)end + 4 + body;
  return size <= s.n ? size : 0;
}

bool response_is_there(struct wire *w, struct peer *p, const void *arg) {
  (void)w;
  (void)arg;
  int status;
  return response_size(buf_slice(&p->got), &status) != 0;
}

static void expect_status(struct wire *w, struct peer *p, const char *text) {
  int status = 0;
  until(w, response_is_there, p, NULL);
  size_t size = response_size(buf_slice(&p->got), &status);
  if (!size || status != atoi(text))
    show("got", buf_slice(&p->got));
  CHECK(w, size, "no complete response came");
  CHECK(w, status == atoi(text), "status %d, expected %s", status, text);
  buf_remove(&p->got, 0, size);
}

void peer_send(struct peer *p, struct slice bytes) {
  buf_add_slice(&p->to_send, bytes);
  if (!p->broke)
    peer_push(p), stream_touch(p->stream);
}

/* Until nothing of what the peer has to send moves any more. */
static void still(struct wire *w, struct peer *p) {
  size_t left;
  do {
    left = p->to_send.n;
    turns(w, 60);
  } while (p->to_send.n && p->to_send.n != left);
}

void peer_step(struct wire *w, struct peer *p, const char *rest) {
  if (*rest == '>') {
    settle_all(w);
    operand(rest, &p->to_send);
    if (!p->broke)
      peer_push(p), stream_touch(p->stream);
    return;
  }
  if (rest[0] == '<' && rest[1] == '?') {
    settle_all(w);
    expect_status(w, p, rest + 2);
    return;
  }
  if (rest[0] == '<' && rest[1] == '$') {
    settle_all(w);
    until(w, ends_with_text, p, rest + 3);
    turns(w, 20);
    bool there = ends_with_text(w, p, rest + 3);
    if (!there)
      show("got", buf_slice(&p->got));
    CHECK(w, there, "does not end with: %s", rest + 3);
    buf_reset(&p->got);
    return;
  }
  if (rest[0] == '<' && rest[1] == '~') {
    settle_all(w);
    bool there = until(w, has_text, p, rest + 3);
    if (!there)
      show("got", buf_slice(&p->got));
    CHECK(w, there, "did not get: %s", rest + 3);
    turns(w, 20);
    buf_reset(&p->got);
    return;
  }
  if (*rest == '<') {
    operand(rest, &p->expect);
    return;
  }
  settle_all(w);
  while (*rest == ' ')
    rest++;
  if (!strcmp(rest, "fin")) {
    p->fin = true;
    peer_push(p);
  } else if (!strcmp(rest, "reset")) {
    stream_abort(p->stream);
    p->stream = NULL;
    p->broke = true;
  } else if (!strcmp(rest, "closed") || !strcmp(rest, "cut")) {
    until(w, has_ended, p, NULL);
    bool cut = *rest == 'c' && rest[1] == 'u';
    CHECK(w, cut ? p->broke : p->eof, "%s", p->broke ? "was reset" : p->eof ? "ended in order" : "is still open");
  } else if (!strcmp(rest, "open")) {
    turns(w, 60);
    CHECK(w, !p->eof && !p->broke, "has ended");
  } else if (!strcmp(rest, "deaf") || !strcmp(rest, "hears")) {
    p->deaf = *rest == 'd';
    stream_touch(p->stream);
  } else if (!strcmp(rest, "waits")) {
    still(w, p);
    CHECK(w, p->to_send.n, "could send all that it had");
  } else if (!strcmp(rest, "heard")) {
    still(w, p);
    CHECK(w, !p->to_send.n && !p->broke, "what it sent was not taken");
  } else if (!strncmp(rest, "repeats s", 9)) {
    repeat_step(w, p, &w->server[0]);
  } else {
    CHECK(w, false, "unknown step: %s", rest);
  }
}
