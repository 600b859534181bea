/* What a transcript says about rows, and the options it sets. */
#include "wire_private.h"

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
  else if (!strcmp(key, "sent-kept") || !strcmp(key, "sent-seen") || !strcmp(key, "req-sent-kept")) {
    const struct flow_edit *sent = *key == 'r' ? f->request.sent : f->response.sent;
    if (!sent || !sent->body_changed)
      text = "none";
    else
      n = strcmp(key, "sent-seen") ? sent->body.kept : sent->body.seen;
  } else if (!strcmp(key, "wire"))
    n = f->response.wire;
  else if (!strcmp(key, "req-wire"))
    n = f->request.wire;
  else if (!strcmp(key, "up"))
    n = f->up;
  else if (!strcmp(key, "down"))
    n = f->down;
  else if (!strcmp(key, "edited"))
    n = flow_edited(f);
  else if (!strcmp(key, "client")) {
    address_text(&f->client, out, size);
    return;
  } else if (!strcmp(key, "mode"))
    text = f->mode;
  else if (!strcmp(key, "colour"))
    text = f->colour ? f->colour : "none";
  else if (!strcmp(key, "upstream"))
    text = f->upstream ? f->upstream : "";
  else if (!strcmp(key, "missed"))
    n = f->missed;
  else if (!strcmp(key, "mark"))
    n = f->marked;
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
  if (!strncmp(rest, " rules ", 7)) {
    snprintf(problem, size, "rules: %s", f->touched ? f->touched : "none");
    return f->touched && strstr(f->touched, rest + 7);
  }
  if (!strncmp(rest, " tags ", 6)) {
    char tags[200];
    snprintf(tags, sizeof tags, "%s", f->tags ? f->tags : "none");
    for (char *end = tags; (end = strchr(end, '\n')) != NULL;)
      *end = ' ';
    snprintf(problem, size, "tags: %s", tags);
    return !strcmp(tags, rest + 6);
  }
  if (!strncmp(rest, " note ", 6)) {
    snprintf(problem, size, "a rule says: %s", f->rule_says ? f->rule_says : "nothing");
    return f->rule_says && strstr(f->rule_says, rest + 6);
  }
  bool went = !strncmp(rest, " went ", 6);
  if (went || !strncmp(rest, " never ", 7)) {
    const char *what = rest + (went ? 6 : 7);
    const struct flow_message *m = !strncmp(what, "request ", 8) ? &f->request : &f->response;
    struct slice head = http_head_raw(flow_wire_head(m));
    snprintf(problem, size, "the head that was written is %.*s", (int)head.n, head.n ? head.p : "");
    return (slice_find(head, slice_of(strchr(what, ' ') + 1)) >= 0) == went;
  }
  bool came = !strncmp(rest, " came ", 6);
  if (came || !strncmp(rest, " sent ", 6)) {
    const struct flow_message *m = !strncmp(rest + 6, "request ", 8) ? &f->request : &f->response;
    struct slice head = http_head_raw(came ? &m->head : flow_sent_head(m));
    snprintf(problem, size, "the head that %s is %.*s", came ? "came" : "goes out", (int)head.n, head.n ? head.p : "");
    return slice_find(head, slice_of(strchr(rest + 6, ' ') + 1)) >= 0;
  }
  char copy[400];
  snprintf(copy, sizeof copy, "%s", rest);
  for (char *save = NULL, *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
    char *equals = strpbrk(word, "=<"), is[300];
    if (!equals) {
      snprintf(problem, size, "no '=' in %s", word);
      return false;
    }
    bool below = *equals == '<';
    *equals = '\0';
    value_of(f, word, is, sizeof is);
    if (below ? strtoull(is, NULL, 10) >= strtoull(equals + 1, NULL, 10) : strcmp(is, equals + 1) != 0) {
      snprintf(problem, size, "%s is %s, expected %s (%s)", word, is, equals + 1,
               f->error_text ? f->error_text : "no error");
      return false;
    }
  }
  return true;
}

void row_step(struct wire *w, const char *words) {
  char problem[600] = "";
  settle_all(w);
  for (int i = 0; i < TURNS && !row_matches(w, words, problem, sizeof problem); i++)
    turns(w, 1);
  CHECK(w, row_matches(w, words, problem, sizeof problem), "row %s: %s", words, problem);
}

void option_step(struct wire *w, const char *name, const char *value) {
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
  else if (!strcmp(name, "flows"))
    w->flows = n;
  else if (!strcmp(name, "memory"))
    w->memory_budget = n;
  else
    CHECK(w, false, "unknown option %s", name);
}
