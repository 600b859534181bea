#include "wire.h"

#include <ctype.h>
#include <signal.h>
#include <sys/wait.h>

#include "app/recorded.h"
#include "weir/base/path.h"
#include "weir/base/vec.h"
#include "weir/io/signals.h"
#include "wire_private.h"

struct transcript {
  const char *file;
  char *name;
  char *steps;
  int line;
  bool bytewise; /* every read and every write moves one byte */
};
static uint64_t wire_clock(void *arg) {
  return ((struct wire *)arg)->now;
}
static bool no_tls(void *arg, struct err *err) {
  (void)arg;
  err_set(err, "transcripts have no TLS");
  return false;
}

static void open_proxy(struct wire *w) {
  if (w->proxy)
    return;
  w->loop = loop_new();
  loop_set_clock(w->loop, wire_clock, w);
  w->store = store_new(w->memory_budget, w->flows);
  w->rules = rules_new();
  w->recorded = recorded_new(w->loop, w->store);
  struct rules_recording recording = recorded_for_rules(w->recorded);
  rules_set_recorded(w->rules, &recording);
  w->proxy = proxy_new(w->loop, NULL, w->store, w->rules, &w->config);
  proxy_set_dial(w->proxy, wire_dial, w);
  turns(w, 1);
}

/* edit 1 request, send 1: what was gathered by e> lines. `words` may end in "!": must be refused, the sentence then
 * follows. */
static void edit_step(struct wire *w, const char *verb, const char *words) {
  struct err err = ERR_INIT;
  bool typed = strstr(verb, "-as-typed") != NULL, head_only = !strcmp(verb, "edit-head");
  bool refused = strstr(words, " refused ") != NULL;
  char side[16] = "";
  unsigned long long id = 0;
  sscanf(words, "%llu %15s", &id, side);
  bool ok;
  if (!strncmp(verb, "edit", 4))
    ok = proxy_edit(w->proxy, id, side[2] == 's' ? FLOW_RESPONSE : FLOW_REQUEST, buf_slice(&w->text), typed, head_only,
                    &err);
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

/* Programs take real time. */
static void ran_step(struct wire *w) {
  uint64_t give_up = clock_mono() + 20 * CLOCK_S;
  while (proxy_stats(w->proxy).programs && clock_mono() < give_up) {
    loop_turn(w->loop, 20 * CLOCK_MS);
    store_deliver(w->store);
  }
  CHECK(w, !proxy_stats(w->proxy).programs, "a program is still running");
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
  if (!strcmp(step, "sniffs"))
    proxy_set_tls_opener(w->proxy, no_tls, NULL);
  else if (!strcmp(step, "intercept"))
    CHECK(w, intercept_set(w->rules, words, &err), "%s", err.text);
  else if (!strcmp(step, "also-intercept"))
    CHECK(w, intercept_add(w->rules, words, &err), "%s", err.text);
  else if (!strcmp(step, "rule"))
    CHECK(w, rule_add(w->rules, words, RULE_AT_END, &err), "%s", err.text);
  else if (!strcmp(step, "commands"))
    CHECK(w, w->commands = signals_open(w->loop, &err), "%s", err.text);
  else if (!strcmp(step, "ran"))
    ran_step(w);
  else if (!strcmp(step, "pause-response"))
    CHECK(w, proxy_pause_response(w->proxy, id, true, &err), "%s", err.text);
  else if (!strcmp(step, "auth")) {
    struct gate *g = gate_new();
    CHECK(w, gate_set_auth(g, slice_of(words), &err), "%s", err.text);
    proxy_set_gate(w->proxy, g);
  } else if (!strcmp(step, "upstream") || !strcmp(step, "no-upstream")) {
    w->ways = w->ways ? w->ways : ways_new();
    bool ok =
        *step == 'u' ? ways_add(w->ways, slice_of(words), &err) : ways_except(w->ways, slice_of(words), false, &err);
    CHECK(w, ok, "%s", err.text);
    proxy_set_ways(w->proxy, w->ways);
  } else if (!strcmp(step, "mode")) {
    mode_unref(w->mode);
    w->mode = mode_parse(slice_of(words), &err);
    CHECK(w, w->mode, "%s", err.text);
  } else if (!strcmp(step, "responses"))
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
  else if (!strcmp(step, "mark"))
    CHECK(w, store_mark(w->store, store_get(w->store, id), true, &err), "%s", err.text);
  else if (!strcmp(step, "traffic"))
    traffic_step(w, (int)id);
  else if (!strcmp(step, "row-gone"))
    CHECK(w, !store_get(w->store, id), "row %s is still there", words);
  else if (!strcmp(step, "replay-refused"))
    CHECK(w, !proxy_replay(w->proxy, id, &err), "was sent");
  else if (!strncmp(step, "edit", 4) || !strncmp(step, "send", 4))
    edit_step(w, step, words);
  else if (!strcmp(step, "refuse") || !strcmp(step, "accept"))
    w->refuse = *step == 'r';
  else if (!strcmp(step, "servers")) {
    turns(w, 60);
    CHECK(w, w->servers == atoi(words), "%d server connections were made", w->servers);
  } else if (!strcmp(step, "refusals")) {
    CHECK(w, w->refusals == atoi(words), "%d server connections were refused", w->refusals);
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
    if (hostile_step(w, line))
      continue;
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

/* Those that were ended have to be fetched too. */
static void no_child_is_left(struct wire *w) {
  siginfo_t info;
  uint64_t give_up = clock_mono() + 20 * CLOCK_S;
  while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && clock_mono() < give_up)
    loop_turn(w->loop, 20 * CLOCK_MS);
  CHECK(w, waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0, "a program is left");
  signals_close();
}

static void run_transcript(void **state) {
  const struct transcript *t = *state;
  struct wire *w = mem_zero(1, sizeof *w);
  w->file = t->file;
  w->line = t->line;
  w->now = 1000 * CLOCK_S;
  w->config = proxy_config_default;
  w->memory_budget = 64u << 20;
  w->flows = 10000;
  w->patience = t->bytewise ? 50 : 1;
  w->memory.most_recv = w->memory.most_send = t->bytewise;
  char *steps = mem_dup(t->steps);
  run_steps(w, steps);
  for (int i = 0; i < PEERS; i++) {
    nothing_left(w, &w->client[i], "client", i);
    nothing_left(w, &w->server[i], "server", i);
  }
  proxy_free(w->proxy);
  turns(w, 5);
  for (int i = 0; i < PEERS; i++) {
    peer_forget(&w->client[i]);
    peer_forget(&w->server[i]);
  }
  peer_forget(&w->guest);
  peer_forget(&w->crowd);
  turns(w, 3);
  mode_unref(w->mode);
  rules_free(w->rules);
  recorded_free(w->recorded);
  store_free(w->store);
  if (w->commands)
    no_child_is_left(w);
  loop_free(w->loop);
  buf_clear(&w->text);
  free(steps);
  free(w);
}

/* Where the size of a read shows in the bytes sent on, or there are too many of them, a transcript runs once only. */
static bool may_run_bytewise(const struct transcript *t) {
  static const char *const not_with[] = {"chunked", ">*", "<*", "\\[", "option ", "traffic "};
  for (size_t i = 0; i < sizeof not_with / sizeof *not_with; i++)
    if (strstr(t->steps, not_with[i]))
      return false;
  return true;
}

static char *name_bytewise(const char *name) {
  size_t n = strlen(name) + 16;
  char *out = mem_alloc(n);
  snprintf(out, n, "%s, byte by byte", name);
  return out;
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
    struct transcript t = {path, mem_dup(at + 3), end ? end + 1 : at + strlen(at), line, false};
    VEC_PUSH(&tests, t);
  }
  for (size_t i = 0, once = tests.n; i < once; i++) {
    struct transcript t = tests.v[i];
    if (!may_run_bytewise(&t))
      continue;
    t.name = name_bytewise(t.name);
    t.bytewise = true;
    VEC_PUSH(&tests, t);
  }
  struct CMUnitTest *group = mem_zero(tests.n, sizeof *group);
  for (size_t i = 0; i < tests.n; i++)
    group[i] = (struct CMUnitTest){tests.v[i].name, run_transcript, NULL, NULL, &tests.v[i]};
  int failed = tests.n ? _cmocka_run_group_tests(path, group, tests.n, NULL, NULL) : 1;
  free(group);
  for (size_t i = 0; i < tests.n; i++)
    free(tests.v[i].name);
  VEC_CLEAR(&tests);
  free(bytes);
  return failed;
}
