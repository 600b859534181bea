/* Words of state: what became of a flow, in one word. */
#include <string.h>

#include "tree.h"

static bool match_paused(const struct node *n, struct look *l) {
  (void)n;
  return l->flow->paused != FLOW_RUNNING;
}

static bool match_gone(const struct node *n, struct look *l) {
  (void)n;
  return l->flow->client_gone || l->flow->error == ERROR_CLIENT;
}

static bool match_marked(const struct node *n, struct look *l) {
  (void)n;
  return l->flow->marked;
}

static bool match_selected(const struct node *n, struct look *l) {
  (void)n;
  return l->flow->selected;
}

static bool match_noted(const struct node *n, struct look *l) {
  (void)n;
  return l->flow->note != NULL;
}

static bool match_replay(const struct node *n, struct look *l) {
  (void)n;
  return l->flow->replay;
}

static bool match_edited(const struct node *n, struct look *l) {
  (void)n;
  return flow_edited(l->flow);
}

static bool match_ruled(const struct node *n, struct look *l) {
  (void)n;
  return l->flow->touched != NULL;
}

static bool match_mocked(const struct node *n, struct look *l) {
  (void)n;
  return l->flow->by_rule;
}

static bool match_missed(const struct node *n, struct look *l) {
  (void)n;
  return l->flow->missed;
}

static bool match_running(const struct node *n, struct look *l) {
  (void)n;
  return !flow_finished(l->flow);
}

static bool match_failed(const struct node *n, struct look *l) {
  (void)n;
  return flow_is_failure(l->flow);
}

static bool match_error(const struct node *n, struct look *l) {
  (void)n;
  return l->flow->state == FLOW_FAILED || l->flow->error != ERROR_NONE;
}

/* The word is that of flow_error_word(). */
static bool match_kind(const struct node *n, struct look *l) {
  return l->flow->error != ERROR_NONE && strcmp(flow_error_word(l->flow->error), n->term->name) == 0;
}

static bool match_tunnel(const struct node *n, struct look *l) {
  (void)n;
  return l->flow->kind == FLOW_TUNNEL;
}

static bool match_untouched(const struct node *n, struct look *l) {
  (void)n;
  return l->flow->untouched;
}

static bool match_insecure(const struct node *n, struct look *l) {
  (void)n;
  return flow_unverified(l->flow);
}

static bool match_scheme(const struct node *n, struct look *l) {
  return slice_eq(flow_scheme(l->flow), slice_of(n->term->name));
}

static bool match_ws(const struct node *n, struct look *l) {
  (void)n;
  return look_is_websocket(l);
}

static bool match_assets(const struct node *n, struct look *l) {
  (void)n;
  return look_is_asset(l);
}

static bool match_sse(const struct node *n, struct look *l) {
  const struct http_head *head = flow_sent_head(&l->flow->response);
  struct slice type;
  (void)n;
  return head->raw && http_head_find(head, "content-type", &type) &&
         slice_starts_ascii(type, SLICE("text/event-stream"));
}

#define QHEAD FILTER_NEEDS_REQUEST_HEAD
#define SHEAD FILTER_NEEDS_RESPONSE_HEAD
#define END   FILTER_NEEDS_END
#define PLAIN(name, help, match, needs, response)                                                                      \
  { name, help, TERM_PLAIN, match, needs, RANK_FLAG, 0, 0, response, NULL }
#define KIND(name, help) PLAIN(name, help, match_kind, END, false)

static const struct term states[] = {
    PLAIN("failed", "an error, or a status of 400 and up", match_failed, SHEAD | END, true),
    PLAIN("err", "ended with an error instead of an answer", match_error, END, false),
    KIND("dns", "error: the name is not known"),
    KIND("refused", "error: the server refused the connection"),
    KIND("unreach", "error: the server cannot be reached"),
    KIND("timeout", "error: it took too long"),
    KIND("reset", "error: the server reset the connection"),
    KIND("closed", "error: the server closed too early"),
    KIND("tls", "error: no TLS, or no trust"),
    KIND("proto", "error: not valid HTTP"),
    KIND("dropped", "dropped by a person"),
    KIND("loop", "error: to weir itself"),
    PLAIN("paused", "paused now", match_paused, 0, false),
    PLAIN("gone", "its client has gone away", match_gone, 0, false),
    PLAIN("running", "not finished", match_running, 0, false),
    PLAIN("marked", "marked", match_marked, 0, false),
    PLAIN("selected", "selected in the list", match_selected, 0, false),
    PLAIN("noted", "has a note", match_noted, 0, false),
    PLAIN("replay", "sent by weir itself", match_replay, 0, false),
    PLAIN("edited", "changed by a person before it was sent", match_edited, 0, false),
    PLAIN("ruled", "a rule acted on it", match_ruled, 0, false),
    PLAIN("mocked", "a rule answered it: no server was asked", match_mocked, 0, false),
    PLAIN("missed", "a rule looked for it among the recorded flows, and found none", match_missed, 0, false),
    PLAIN("assets", "CSS, JavaScript, images and fonts", match_assets, SHEAD, true),
    PLAIN("ws", "a WebSocket", match_ws, SHEAD, true),
    PLAIN("sse", "a stream of events", match_sse, SHEAD, true),
    PLAIN("tunnel", "a tunnel: bytes that weir does not read", match_tunnel, QHEAD, false),
    PLAIN("untouched", "a tunnel that was to be let pass", match_untouched, QHEAD, false),
    PLAIN("http", "not encrypted", match_scheme, QHEAD, false),
    PLAIN("https", "over TLS", match_scheme, QHEAD, false),
    PLAIN("insecure", "the certificate is not good, and was let pass", match_insecure, SHEAD, true),
};

static const struct {
  const char *name, *meant;
} others[] = {
    {"held", "paused"},         {"star", "marked"},  {"fail", "failed"},  {"error", "err"},       {"asset", "assets"},
    {"unreachable", "unreach"}, {"websocket", "ws"}, {"aborted", "gone"}, {"replayed", "replay"}, {"sel", "selected"},
};

const struct term *state_nth(size_t i, const char **other_name) {
  const struct term *state = i < sizeof states / sizeof *states ? &states[i] : NULL;
  *other_name = NULL;
  for (size_t k = 0; state && k < sizeof others / sizeof *others; k++)
    if (strcmp(others[k].meant, state->name) == 0)
      *other_name = others[k].name;
  return state;
}

const struct term *state_find(struct slice word) {
  for (size_t i = 0; i < sizeof states / sizeof *states; i++)
    if (slice_eq(word, slice_of(states[i].name)))
      return &states[i];
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    if (slice_eq(word, slice_of(others[i].name)))
      return state_find(slice_of(others[i].meant));
  return NULL;
}
