#include "wire.h"

#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/base/clock.h"
#include "weir/base/mem.h"
#include "weir/base/path.h"
#include "weir/base/units.h"
#include "weir/base/vec.h"
#include "weir/io/memory_stream.h"
#include "weir/proxy/proxy.h"
#include "weir/rule/intercept.h"

#define PEERS 80
#define TURNS 4000

struct peer {
  struct stream *stream;
  struct buf got;
  struct buf expect; /* gathered "<" lines, checked together */
  struct buf to_send;
  bool eof, broke, fin;
};

struct wire {
  struct loop *loop;
  struct store *store;
  struct rules *rules;
  struct proxy *proxy;
  struct proxy_config config;
  struct memory_options memory;
  struct peer client[PEERS], server[PEERS];
  int servers;
  bool refuse;
  uint64_t now;
  struct buf text;
  uint64_t memory_budget;
  const char *file;
  int line;
};

struct transcript {
  const char *file;
  char *name;
  char *steps;
  int line;
};

#define CHECK(w, condition, ...)                                                                                       \
  do {                                                                                                                 \
    if (!(condition)) {                                                                                                \
      print_error("%s:%d: ", (w)->file, (w)->line);                                                                    \
      print_error(__VA_ARGS__);                                                                                        \
      print_error("\n");                                                                                               \
      fail();                                                                                                          \
    }                                                                                                                  \
  } while (0)

static uint64_t wire_clock(void *arg) {
  return ((struct wire *)arg)->now;
}

/* ---- peers ---- */

static unsigned peer_want(void *arg) {
  const struct peer *p = arg;
  unsigned want = p->to_send.n ? STREAM_WRITE : 0;
  if (!p->eof && !p->broke)
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
  while ((events & STREAM_READ) && !p->eof && !p->broke) {
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
}

static void peer_open(struct wire *w, struct peer *p, struct stream *ours) {
  (void)w;
  p->stream = ours;
  stream_set_user(ours, (struct stream_user){peer_want, peer_ready, p});
  stream_touch(ours);
}

static struct stream *wire_dial(void *arg, const char *host, uint16_t port) {
  (void)host;
  (void)port;
  struct wire *w = arg;
  if (w->refuse || w->servers == PEERS)
    return NULL;
  struct stream *theirs, *ours;
  memory_stream_pair(w->loop, &w->memory, &theirs, &ours);
  peer_open(w, &w->server[w->servers++], ours);
  return theirs;
}

/* ---- turning ---- */

static void turns(struct wire *w, int n) {
  for (int i = 0; i < n; i++) {
    loop_turn(w->loop, 0);
    store_deliver(w->store);
  }
}

typedef bool condition_fn(struct wire *w, struct peer *p, const void *arg);

static bool until(struct wire *w, condition_fn *holds, struct peer *p, const void *arg) {
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
static bool has_ended(struct wire *w, struct peer *p, const void *arg) {
  (void)w;
  (void)arg;
  return p->eof || p->broke;
}
static bool server_is_there(struct wire *w, struct peer *p, const void *arg) {
  (void)p;
  return w->servers > *(const int *)arg;
}
/* ---- text ---- */

static void show(const char *what, struct slice s) {
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

static void unescape(struct buf *out, const char *s) {
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
    else
      buf_add_byte(out, *s);
  }
}

/* "> x", ">> x", ">*3 x": the bytes meant. */
static void operand(const char *step, struct buf *out) {
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

/* ---- steps ---- */

static void open_client(struct wire *w, struct peer *p) {
  if (p->stream)
    return;
  struct stream *theirs, *ours;
  memory_stream_pair(w->loop, &w->memory, &theirs, &ours);
  peer_open(w, p, ours);
  proxy_accept(w->proxy, theirs);
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

static void settle_all(struct wire *w) {
  for (int i = 0; i < PEERS; i++) {
    if (w->client[i].stream)
      settle(w, &w->client[i]);
    if (w->server[i].stream)
      settle(w, &w->server[i]);
  }
}

/* A complete response: its head, and the body that its Content-Length says. */
static size_t response_size(struct slice s, int *status) {
  ptrdiff_t end = slice_find(s, SLICE("\r\n\r\n"));
  if (end < 0 || sscanf(s.p, "HTTP/1.1 %d", status) != 1)
    return 0;
  ptrdiff_t at = slice_find_ascii(slice_sub(s, 0, (size_t)end), SLICE("\r\nContent-Length: "));
  size_t body = at >= 0 ? strtoul(s.p + at + 18, NULL, 10) : 0;
  size_t size = (size_t)end + 4 + body;
  return size <= s.n ? size : 0;
}

static bool response_is_there(struct wire *w, struct peer *p, const void *arg) {
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

static void peer_step(struct wire *w, struct peer *p, const char *rest) {
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
  } else {
    CHECK(w, false, "unknown step: %s", rest);
  }
}

static const char *state_name(const struct flow *f) {
  static const char *const names[] = {"request", "waiting", "response", "open", "done", "failed"};
  return names[f->state];
}

static void value_of(const struct flow *f, const char *key, char *out, size_t size) {
  const char *text = NULL;
  unsigned long long n = 0;
  if (!strcmp(key, "state"))
    text = state_name(f);
  else if (!strcmp(key, "status"))
    n = (unsigned)flow_status(f);
  else if (!strcmp(key, "error"))
    text = f->error ? flow_error_word(f->error) : "none";
  else if (!strcmp(key, "stage"))
    text = f->stage ? flow_stage_word(f->stage) : "none";
  else if (!strcmp(key, "paused"))
    text = f->paused == FLOW_PAUSED_REQUEST ? "request" : f->paused == FLOW_PAUSED_RESPONSE ? "response" : "no";
  else if (!strcmp(key, "gone"))
    n = f->client_gone;
  else if (!strcmp(key, "reused"))
    n = f->reused;
  else if (!strcmp(key, "kept"))
    n = f->response.body.kept;
  else if (!strcmp(key, "seen"))
    n = f->response.body.seen;
  else if (!strcmp(key, "req-kept"))
    n = f->request.body.kept;
  else if (!strcmp(key, "req-seen"))
    n = f->request.body.seen;
  else if (!strcmp(key, "wire"))
    n = f->response.wire;
  else if (!strcmp(key, "req-wire"))
    n = f->request.wire;
  else if (!strcmp(key, "up"))
    n = f->up;
  else if (!strcmp(key, "down"))
    n = f->down;
  else if (!strcmp(key, "edited"))
    n = flow_edited(f);
  else if (!strcmp(key, "parent"))
    n = f->parent;
  else if (!strcmp(key, "method")) {
    snprintf(out, size, "%.*s", (int)flow_method(f).n, flow_method(f).p);
    return;
  } else if (!strcmp(key, "host")) {
    snprintf(out, size, "%.*s", (int)flow_host(f).n, flow_host(f).p);
    return;
  } else {
    text = "unknown key";
  }
  if (text)
    snprintf(out, size, "%s", text);
  else
    snprintf(out, size, "%llu", n);
}

static bool row_matches(struct wire *w, const char *words, char *problem, size_t size) {
  char *rest;
  uint64_t id = strtoull(words, &rest, 10);
  const struct flow *f = store_get(w->store, id);
  if (!f) {
    snprintf(problem, size, "there is no row %llu", (unsigned long long)id);
    return false;
  }
  if (!strncmp(rest, " says ", 6)) {
    snprintf(problem, size, "it says: %s", f->error_text ? f->error_text : "nothing");
    return f->error_text && strstr(f->error_text, rest + 6);
  }
  char copy[400];
  snprintf(copy, sizeof copy, "%s", rest);
  for (char *save = NULL, *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
    char *equals = strchr(word, '='), is[200];
    if (!equals) {
      snprintf(problem, size, "no '=' in %s", word);
      return false;
    }
    *equals = '\0';
    value_of(f, word, is, sizeof is);
    if (strcmp(is, equals + 1)) {
      snprintf(problem, size, "%s is %s, expected %s (%s)", word, is, equals + 1,
               f->error_text ? f->error_text : "no error");
      return false;
    }
  }
  return true;
}

static void row_step(struct wire *w, const char *words) {
  char problem[600] = "";
  settle_all(w);
  for (int i = 0; i < TURNS && !row_matches(w, words, problem, sizeof problem); i++)
    turns(w, 1);
  CHECK(w, row_matches(w, words, problem, sizeof problem), "row %s: %s", words, problem);
}

static void option_step(struct wire *w, const char *name, const char *value) {
  struct err err;
  uint64_t n = 0;
  struct proxy_config *c = &w->config;
  if (!strcmp(name, "via")) {
    c->via = value;
    return;
  }
  static const struct {
    const char *name;
    size_t offset;
  } times[] = {
      {"head-timeout", offsetof(struct proxy_config, head_timeout)},
      {"idle-timeout", offsetof(struct proxy_config, idle_timeout)},
      {"send-timeout", offsetof(struct proxy_config, send_timeout)},
      {"body-timeout", offsetof(struct proxy_config, body_timeout)},
      {"response-timeout", offsetof(struct proxy_config, response_timeout)},
      {"tunnel-timeout", offsetof(struct proxy_config, tunnel_timeout)},
      {"grace", offsetof(struct proxy_config, client_grace)},
  };
  for (size_t i = 0; i < sizeof times / sizeof *times; i++)
    if (!strcmp(name, times[i].name)) {
      CHECK(w, units_parse_duration(slice_of(value), (uint64_t *)(void *)((char *)c + times[i].offset), &err), "%s",
            err.text);
      return;
    }
  CHECK(w, units_parse_size(slice_of(value), &n, &err), "%s", err.text);
  if (!strcmp(name, "body-limit"))
    c->body_limit = n;
  else if (!strcmp(name, "pool"))
    c->pool_idle_per_host = (unsigned)n;
  else if (!strcmp(name, "most-recv"))
    w->memory.most_recv = n;
  else if (!strcmp(name, "most-send"))
    w->memory.most_send = n;
  else if (!strcmp(name, "capacity"))
    w->memory.capacity = n;
  else if (!strcmp(name, "memory"))
    w->memory_budget = n;
  else
    CHECK(w, false, "unknown option %s", name);
}

static void open_proxy(struct wire *w) {
  if (w->proxy)
    return;
  w->loop = loop_new();
  loop_set_clock(w->loop, wire_clock, w);
  w->store = store_new(w->memory_budget, 10000);
  w->rules = rules_new();
  w->proxy = proxy_new(w->loop, NULL, w->store, w->rules, &w->config);
  proxy_set_dial(w->proxy, wire_dial, w);
  turns(w, 1);
}

/* edit 1 request, send 1: what was gathered by e> lines. `words` may end in "!": must be refused, the sentence then
 * follows. */
static void edit_step(struct wire *w, const char *verb, const char *words) {
  struct err err = ERR_INIT;
  bool typed = strstr(verb, "-as-typed") != NULL;
  bool refused = strstr(words, " refused ") != NULL;
  char side[16] = "";
  unsigned long long id = 0;
  sscanf(words, "%llu %15s", &id, side);
  bool ok;
  if (!strncmp(verb, "edit", 4))
    ok = proxy_edit(w->proxy, id, side[2] == 's' ? FLOW_RESPONSE : FLOW_REQUEST, buf_slice(&w->text), typed, &err);
  else
    ok = proxy_send(w->proxy, id, buf_slice(&w->text), typed, &err) != 0;
  buf_reset(&w->text);
  if (refused) {
    CHECK(w, !ok, "was not refused");
    CHECK(w, strstr(err.text, strstr(words, " refused ") + 9), "refused with: %s", err.text);
  } else {
    CHECK(w, ok, "refused: %s", err.text);
  }
}

static void word_step(struct wire *w, char *step) {
  struct err err = ERR_INIT;
  char *words = strchr(step, ' ');
  if (words)
    *words++ = '\0';
  else
    words = step + strlen(step);
  uint64_t id = strtoull(words, NULL, 10);
  settle_all(w);
  if (!strcmp(step, "row")) {
    row_step(w, words);
    return;
  }
  turns(w, 20);
  if (!strcmp(step, "intercept"))
    CHECK(w, intercept_set(w->rules, words, &err), "%s", err.text);
  else if (!strcmp(step, "responses"))
    intercept_responses(w->rules, !strcmp(words, "on"));
  else if (!strcmp(step, "recording"))
    proxy_set_recording(w->proxy, !strcmp(words, "on"));
  else if (!strcmp(step, "resume"))
    CHECK(w, proxy_resume(w->proxy, id, &err), "%s", err.text);
  else if (!strcmp(step, "resume-gone"))
    CHECK(w, !proxy_resume(w->proxy, id, &err), "was resumed");
  else if (!strcmp(step, "drop"))
    CHECK(w, proxy_drop(w->proxy, id, &err), "%s", err.text);
  else if (!strcmp(step, "abort"))
    CHECK(w, proxy_abort(w->proxy, id, &err), "%s", err.text);
  else if (!strcmp(step, "replay"))
    CHECK(w, proxy_replay(w->proxy, id, &err), "%s", err.text);
  else if (!strcmp(step, "replay-refused"))
    CHECK(w, !proxy_replay(w->proxy, id, &err), "was sent");
  else if (!strncmp(step, "edit", 4) || !strncmp(step, "send", 4))
    edit_step(w, step, words);
  else if (!strcmp(step, "refuse") || !strcmp(step, "accept"))
    w->refuse = *step == 'r';
  else if (!strcmp(step, "servers")) {
    turns(w, 60);
    CHECK(w, w->servers == atoi(words), "%d server connections were made", w->servers);
  } else if (!strcmp(step, "rows")) {
    turns(w, 60);
    CHECK(w, store_count(w->store) == id, "%zu rows", store_count(w->store));
  } else if (!strcmp(step, "wait")) {
    uint64_t ns = 0;
    CHECK(w, units_parse_duration(slice_of(words), &ns, &err), "%s", err.text);
    w->now += ns;
  } else
    CHECK(w, false, "unknown step: %s", step);
  turns(w, 20);
}

/* "c", "c2", "s", "s12" followed by something that is no letter. */
static struct peer *peer_of(struct wire *w, const char *step, const char **rest) {
  if (*step != 'c' && *step != 's')
    return NULL;
  const char *s = step + 1;
  int n = 1;
  if (isdigit((unsigned char)*s))
    n = (int)strtol(s, (char **)(void *)&s, 10);
  if (*s != '>' && *s != '<' && *s != ' ')
    return NULL;
  *rest = s;
  n--;
  CHECK(w, n >= 0 && n < PEERS, "no such peer");
  if (*step == 's') {
    until(w, server_is_there, NULL, &n);
    CHECK(w, w->servers > n, "no connection to a server was made");
    return &w->server[n];
  }
  open_client(w, &w->client[n]);
  return &w->client[n];
}

static void run_steps(struct wire *w, char *steps) {
  for (char *line = steps, *next; line && *line; line = next) {
    next = strchr(line, '\n');
    if (next)
      *next++ = '\0';
    w->line++;
    if (!*line || *line == '#')
      continue;
    if (!strncmp(line, "option ", 7)) {
      char *value = strchr(line + 7, ' ');
      CHECK(w, value && !w->proxy, "options come first");
      *value++ = '\0';
      option_step(w, line + 7, value);
      continue;
    }
    open_proxy(w);
    const char *rest;
    struct peer *p = peer_of(w, line, &rest);
    if (p) {
      peer_step(w, p, rest);
    } else if (line[0] == 'e' && line[1] == '>') {
      struct buf one = BUF_INIT;
      operand(line + 1, &one);
      if (one.n >= 2 && line[2] != '>' && line[2] != '*')
        buf_remove(&one, one.n - 2, 1); /* an edited line ends in LF */
      buf_add(&w->text, one.p, one.n);
      buf_clear(&one);
    } else {
      word_step(w, line);
    }
  }
  open_proxy(w);
  settle_all(w);
  turns(w, 60);
}

static void nothing_left(struct wire *w, struct peer *p, const char *who, int n) {
  if (p->got.n)
    show("unread", buf_slice(&p->got));
  CHECK(w, !p->got.n, "%s %d got more than the transcript says", who, n + 1);
}

static void run_transcript(void **state) {
  const struct transcript *t = *state;
  struct wire *w = mem_zero(1, sizeof *w);
  w->file = t->file;
  w->line = t->line;
  w->now = 1000 * CLOCK_S;
  w->config = proxy_config_default;
  w->memory_budget = 64u << 20;
  char *steps = mem_dup(t->steps);
  run_steps(w, steps);
  for (int i = 0; i < PEERS; i++) {
    nothing_left(w, &w->client[i], "client", i);
    nothing_left(w, &w->server[i], "server", i);
  }
  proxy_free(w->proxy);
  turns(w, 5);
  for (int i = 0; i < PEERS; i++) {
    struct peer *both[] = {&w->client[i], &w->server[i]};
    for (int k = 0; k < 2; k++) {
      stream_free(both[k]->stream);
      buf_clear(&both[k]->got);
      buf_clear(&both[k]->expect);
      buf_clear(&both[k]->to_send);
    }
  }
  turns(w, 3);
  rules_free(w->rules);
  store_free(w->store);
  loop_free(w->loop);
  buf_clear(&w->text);
  free(steps);
  free(w);
}

int wire_run_file(const char *path) {
  char *bytes;
  size_t n;
  struct err err;
  if (!path_read(path, 4u << 20, &bytes, &n, &err)) {
    print_error("%s\n", err.text);
    return 1;
  }
  VEC(struct transcript) tests = {0};
  int line = 0;
  for (char *at = bytes, *end; at && *at; at = end ? end + 1 : NULL) {
    end = strchr(at, '\n');
    line++;
    if (strncmp(at, "## ", 3) != 0)
      continue;
    if (at > bytes)
      at[-1] = '\0'; /* ends the steps of the test before */
    if (end)
      *end = '\0';
    struct transcript t = {path, at + 3, end ? end + 1 : at + strlen(at), line};
    VEC_PUSH(&tests, t);
  }
  struct CMUnitTest *group = mem_zero(tests.n, sizeof *group);
  for (size_t i = 0; i < tests.n; i++)
    group[i] = (struct CMUnitTest){tests.v[i].name, run_transcript, NULL, NULL, &tests.v[i]};
  int failed = tests.n ? _cmocka_run_group_tests(path, group, tests.n, NULL, NULL) : 1;
  free(group);
  VEC_CLEAR(&tests);
  free(bytes);
  return failed;
}
