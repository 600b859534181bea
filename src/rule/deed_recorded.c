/* recorded: the answer that the same request got before. */
#include <string.h>

#include "rule/deed.h"
#include "rule/message.h"
#include "rule/rules.h"
#include "rule/served.h"
#include "rule/words.h"
#include "weir/base/clock.h"
#include "weir/base/mem.h"

/* Which of several answers. */
enum { NEWEST, IN_ORDER /* the last one stays */, ONCE };

static bool look(const struct rule_deed *d, struct deed_scene *s, struct deed_search *search, uint64_t deadline);

static bool parse(struct rule_deed *d, struct slice text, struct err *err) {
  struct slice rest = text;
  struct buf names = BUF_INIT;
  bool good = true;
  d->ends = true;
  d->look = look;
  d->how = words_take(&rest, "in-order") ? IN_ORDER : words_take(&rest, "once") ? ONCE : NEWEST;
  if (d->how != NEWEST)
    d->served = served_new();
  d->needs_body = words_take(&rest, "body");
  while (good && words_take(&rest, "header")) {
    struct slice name = words_next(&rest);
    good = name.n || err_set_at(err, text.n, 0, "which header? recorded header Accept");
    if (names.n)
      buf_add_byte(&names, '\n');
    buf_add_slice(&names, name);
  }
  if (good && words_take(&rest, "else") && !words_take(&rest, "server"))
    good = deed_take_status(text, &rest, &d->status, err);
  if (good && rest.n)
    good = err_set_at(err, words_place(text, rest), rest.n,
                      "recorded [in-order|once] [body] [header NAME]... [else server|else STATUS]");
  d->name = mem_dup(names.n ? buf_text(&names) : "");
  buf_clear(&names);
  return good;
}

/* ---- what is the same ---- */

static bool same_body(const struct flow *a, const struct flow *b) {
  const struct body *one = flow_sent_body(&a->request), *two = flow_sent_body(&b->request);
  if (one->seen != two->seen || body_cut(one) || body_cut(two))
    return false;
  for (uint64_t at = 0; at < one->kept;) {
    struct slice x = body_at(one, at), y = body_at(two, at);
    size_t n = x.n < y.n ? x.n : y.n;
    if (n == 0 || memcmp(x.p, y.p, n) != 0)
      return false;
    at += n;
  }
  return true;
}

static bool same_fields(const char *names, const struct flow *a, const struct flow *b) {
  struct slice rest = slice_of(names), line;
  while (rest.n && slice_split(&rest, '\n', &line)) {
    struct slice x = SLICE(""), y = SLICE("");
    char name[256];
    if (line.n >= sizeof name)
      return false;
    memcpy(name, line.p, line.n);
    name[line.n] = '\0';
    http_head_find(flow_sent_head(&a->request), name, &x);
    http_head_find(flow_sent_head(&b->request), name, &y);
    if (!slice_eq(x, y))
      return false;
  }
  return true;
}

/* What the answer depends on although nobody asked for that: a part, or "you have it", is for who wanted that part or had
 * it (RFC 9110-13, 14). */
#define OF_PARTS      "Range\nIf-Range"
#define OF_CONDITIONS "If-None-Match\nIf-Modified-Since\nIf-Match\nIf-Unmodified-Since"

static const char *depends_on(int status) {
  return status == 206 || status == 416 ? OF_PARTS : status == 304 || status == 412 ? OF_CONDITIONS : "";
}

/* By a server. */
static bool was_answered(const struct flow *f) {
  const struct flow_message *m = &f->response;
  return f->kind == FLOW_HTTP && f->state == FLOW_DONE && !f->by_rule && !f->deleted && m->head.raw &&
         m->head.status >= 200 && m->body.complete;
}

static bool same_request(const struct rule_deed *d, const struct flow *a, const struct flow *b) {
  return a->port == b->port && slice_eq(flow_path(a), flow_path(b)) && slice_eq(flow_method(a), flow_method(b)) &&
         slice_eq_ascii(flow_host(a), flow_host(b)) && slice_eq(flow_scheme(a), flow_scheme(b)) &&
         same_fields(d->name, a, b) && same_fields(depends_on(a->response.head.status), a, b) &&
         (!d->needs_body || same_body(a, b));
}

/* Eight bytes at a time: bodies are long. */
static uint64_t mix(uint64_t hash, struct slice s) {
  const uint64_t k = UINT64_C(0x9fb21c651e98df25);
  hash = (hash ^ s.n) * k;
  for (; s.n; s = slice_from(s, 8)) {
    uint64_t word = 0;
    memcpy(&word, s.p, s.n < 8 ? s.n : 8);
    hash = (hash ^ word) * k;
    hash ^= hash >> 29;
  }
  return hash;
}

static uint64_t mix_fields(uint64_t hash, const char *names, const struct flow *f) {
  struct slice rest = slice_of(names), name, value;
  while (rest.n && slice_split(&rest, '\n', &name))
    hash = mix(hash, http_head_find_of(flow_sent_head(&f->request), name, &value) ? value : SLICE(""));
  return hash;
}

/* Requests that same_request() cannot tell apart have the same number. */
static uint64_t request_number(const struct rule_deed *d, const struct flow *f) {
  struct buf url = BUF_INIT;
  flow_url(f, &url);
  uint64_t hash = mix(mix(1, flow_method(f)), buf_slice(&url));
  buf_clear(&url);
  hash = mix_fields(mix_fields(mix_fields(hash, d->name, f), OF_PARTS, f), OF_CONDITIONS, f);
  const struct body *body = flow_sent_body(&f->request);
  struct buf whole = BUF_INIT;
  if (d->needs_body) {
    body_copy(body, &whole); /* as one: how it came in pieces must not matter */
    hash = mix(hash, buf_slice(&whole));
  }
  buf_clear(&whole);
  return hash;
}

/* ---- looking for it ---- */

#define BETWEEN_LOOKS 16 /* flows, between two looks at the clock */

/* The first from the place on that fits; NULL: none. False: it takes longer. */
static bool go_through(const struct rule_deed *d, struct deed_scene *s, bool oldest_first, struct deed_search *search,
                       uint64_t deadline) {
  const struct rules_recording *recording = &s->rules->recording;
  const struct flow *f;
  for (unsigned n = 1;; n++) {
    if (!recording->next(recording->arg, s->flow, oldest_first, &search->place, &f))
      return false;
    bool fits = !f || (f != s->flow && was_answered(f) && same_request(d, f, s->flow));
    if (f && fits && body_cut(&f->response.body)) {
      search->cut = true;
      fits = false;
    }
    if (fits) {
      s->cut = search->cut;
      s->found = f;
      return true;
    }
    if (n % BETWEEN_LOOKS == 0 && clock_mono() >= deadline)
      return false;
  }
}

static bool look(const struct rule_deed *d, struct deed_scene *s, struct deed_search *search, uint64_t deadline) {
  if (!s->rules->recording.next)
    return true;
  if (d->how == NEWEST)
    return go_through(d, s, false, search, deadline);
  if (!search->place && !search->again)
    search->place = served_last(d->served, request_number(d, s->flow));
  if (!search->again && !go_through(d, s, true, search, deadline))
    return false;
  if (s->found || d->how == ONCE)
    return true;
  if (!search->again)
    search->place = 0;
  search->again = true;
  return go_through(d, s, false, search, deadline);
}

static void answer_as(const struct flow *f, struct deed_scene *s) {
  struct flow_edit *answer = mem_zero(1, sizeof *answer);
  http_head_copy(&answer->head, &f->response.head);
  body_duplicate(&answer->body, &f->response.body);
  answer->body_changed = answer->by_rule = true;
  message_answer(s, answer);
  if (f->response.trailers) {
    s->effects->trailers = mem_dup_n(f->response.trailers, f->response.trailers_n);
    s->effects->trailers_n = f->response.trailers_n;
  }
  message_say(s, "answered as #%llu was: %s", (unsigned long long)f->id, s->rule->name);
}

static bool act(const struct rule_deed *d, struct deed_scene *s) {
  if (s->found) {
    if (d->served)
      served_note(d->served, request_number(d, s->flow), s->found->id);
    answer_as(s->found, s);
    return true;
  }
  s->rule->misses++;
  s->flow->missed = true;
  message_say(s, "%s%s: %s", s->cut ? "recorded, but its body was cut (--body-limit)" : "not recorded",
              d->status ? "" : ", so its server was asked", s->rule->name);
  if (d->status)
    message_answer(s, message_make(d->status, SLICE("Content-Type: text/plain; charset=utf-8\r\n"),
                                   s->cut ? SLICE("weir: the body that was recorded was cut (--body-limit)\n")
                                          : SLICE("weir: no such request was recorded\n")));
  return d->status != 0;
}

const struct deed_ops deed_recorded = {
    "recorded",
    RULE_RECORDED,
    parse,
    act,
    "recorded [in-order|once] [body] [header NAME]... [else server|else STATUS]",
    "Answers as the newest recorded flow of the same method and URL was answered by its server; the body of the "
    "request "
    "and these fields have to be the same too where that is said. With in-order the oldest answer comes first, then "
    "the "
    "others as they were recorded, and the last one stays; with once each comes once. Switching the rule on begins "
    "anew. A part (206) and \"not modified\" (304) are for requests that ask for them with the same fields. Otherwise "
    "the server is asked, or STATUS is the answer, and the row says that it was not recorded (filter: missed)."};
