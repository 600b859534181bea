/*
 * Does a body have to be there as a whole? Held back is a body of known and bearable length, since then its length can be
 * said; one of unknown length only where a rule or a person has to see all of it.
 */
#include "rule/flowing.h"

#include "rule/message.h"
#include "rule/sieve.h"
#include "weir/filter/filter.h"
#include "weir/http/framing.h"

static bool flows(const struct rule *r) {
  return r->kind == RULE_BODY && r->deed->pattern && pattern_flows(r->deed->pattern);
}

static bool is_long(const struct flow *f, enum flow_side side) {
  const struct flow_message *m = flow_side_const(f, side);
  bool head_only = slice_eq(flow_method(f), SLICE("HEAD"));
  struct http_framing framing =
      side == FLOW_REQUEST ? http_request_framing(&m->head) : http_response_framing(&m->head, head_only);
  return framing.kind == HTTP_BODY_CHUNKED || framing.kind == HTTP_BODY_CLOSE ||
         (framing.kind == HTTP_BODY_LENGTH && framing.length > RULE_BODY_MAX);
}

/* It may be mistaken where a rule between changes what the filter of another asks for: flowing_refuse(). */
static bool wants_all(const struct rules *rules, const struct rule *r, const struct flow *f, enum flow_side side,
                      const struct sieve *url) {
  const unsigned own = side == FLOW_REQUEST ? FILTER_NEEDS_REQUEST_BODY : FILTER_NEEDS_RESPONSE_BODY;
  const unsigned bodies = FILTER_NEEDS_REQUEST_BODY | FILTER_NEEDS_RESPONSE_BODY;
  if (!sieve_lets(url, &r->sieve) || !rule_concerns(rules, r, f, side))
    return false;
  if (filter_needs(r->filter) & own)
    return true;
  if (r->kind != RULE_PAUSE && (!r->deed->needs_body || flows(r)))
    return false;
  return (filter_needs(r->filter) & bodies) || filter_match(r->filter, f, NULL); /* a body may be long to ask */
}

static bool is_settled(const struct flow_message *m) {
  return m->sent && (m->sent->body_changed || m->sent->keep_length);
}

bool flowing_may(const struct deed_scene *s, bool head, bool paused, const struct sieve *url) {
  const struct rules *rules = s->rules;
  const struct flow_message *m = flow_side_const(s->flow, s->side);
  if (!flows(s->rule) || is_settled(m) || m->body.complete)
    return false;
  if (!head)
    return !body_cut(&m->body); /* it was waited for, and is longer than may be kept back */
  if (paused || !is_long(s->flow, s->side))
    return false;
  for (size_t i = 0; i < rules->list.n; i++) {
    const struct rule *r = &rules->list.v[i];
    if ((r > s->rule || r->kind == RULE_PAUSE) && wants_all(rules, r, s->flow, s->side, url))
      return false;
  }
  return true;
}

bool flowing_may_still(const struct deed_scene *s) {
  const struct flow_message *m = flow_side_const(s->flow, s->side);
  return flows(s->rule) && !is_settled(m) && !body_cut(&m->body);
}

void flowing_refuse(struct deed_scene *s) {
  message_say(s, "%s needs the whole body, and a rule above it changes that as it flows: not asked", s->rule->name);
}

void flowing_note_wait(struct deed_scene *s) {
  struct slice type;
  if (s->side == FLOW_RESPONSE && is_long(s->flow, s->side) &&
      http_head_find(&flow_side(s->flow, s->side)->head, "Content-Type", &type) &&
      slice_starts_ascii(type, SLICE("text/event-stream")))
    message_say(s, "these events are held back until their end, or %d MiB: the whole body is asked for by %s",
                RULE_BODY_MAX >> 20, s->rule->name);
}
