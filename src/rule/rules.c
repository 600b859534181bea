/* Asking the rules, in their order, and letting those that match act. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rule/deed.h"
#include "rule/flowing.h"
#include "rule/message.h"
#include "rule/rules.h"
#include "rule/shortlist.h"
#include "rule/sieve.h"
#include "rule/worker_reply.h"
#include "weir/base/mem.h"
#include "weir/filter/filter.h"

#define WORTH_SIEVING 4 /* rules; fewer are asked at once */

bool rules_want_process(const struct rules *rules) {
  for (size_t i = 0; i < rules->list.n; i++) {
    const struct rule *r = &rules->list.v[i];
    if (r->on && (r->kind == RULE_PAUSE ? rules->enabled : !rules->off) &&
        (filter_needs(r->filter) & FILTER_NEEDS_PROCESS))
      return true;
  }
  return false;
}

void rules_set_recorded(struct rules *rules, const struct rules_recording *recording) {
  rules->recording = *recording;
}

void rule_source_free(struct rule_source *source) {
  if (!source)
    return;
  close(source->fd);
  free(source->path);
  free(source);
}

void rule_effects_clear(struct rule_effects *e) {
  rule_source_free(e->from);
  flow_edit_free(e->answer);
  free(e->trailers);
  buf_clear(&e->says);
  rule_transform_free(e->transform);
  free(e->command);
  free(e->worker);
  buf_clear(&e->input);
  free(e->fault.break_by);
  free(e->fault.flip_by);
  *e = (struct rule_effects){0};
}

/* Where the asking goes on: at a long body, or when the body is there. It has a filter of its own: the rule's is asked
 * about other flows meanwhile, and a filter knows only where it is in one. */
struct rules_inquiry {
  unsigned id;
  size_t place;          /* where the rule stood, in case it is gone */
  struct filter *filter; /* NULL: it was not begun */
  unsigned paused;       /* the rule above it that will pause the message; 0: none */
  bool ran;              /* its program has run: the next one is asked */
  bool ended;            /* ... and has answered, or dropped it: none is */
  bool matched;          /* its filter is answered: what it looks for is looked for */
  struct deed_search search;
};

void rules_forget(struct rules_inquiry **inquiry) {
  if (*inquiry)
    filter_free((*inquiry)->filter);
  free(*inquiry);
  *inquiry = NULL;
}

void rules_flow_changed(struct rules_inquiry *inquiry) {
  if (!inquiry)
    return;
  filter_free(inquiry->filter);
  inquiry->filter = NULL;
  inquiry->matched = false;
}

static void ran(struct rules_inquiry *inquiry, struct rule_effects *effects, bool ended) {
  free(effects->command);
  free(effects->worker);
  effects->command = effects->worker = NULL;
  buf_clear(&effects->input);
  if (inquiry) {
    inquiry->ran = true;
    inquiry->ended = ended;
  }
}

void rules_ran(struct rules_inquiry *inquiry, struct flow *f, enum flow_side side, struct rule_effects *effects,
               struct slice output, const char *failed) {
  struct deed_scene scene = {.flow = f, .side = side, .effects = effects};
  struct err err = ERR_INIT;
  if (failed)
    message_say(&scene, "%s: passed as it was", failed);
  else if (!message_set_text(&scene, output, &err))
    message_say(&scene, "%s printed no valid message (%s): passed as it was", effects->command, err.text);
  ran(inquiry, effects, false);
}

void rules_worker_ran(struct rules_inquiry *inquiry, struct flow *f, enum flow_side side, struct rule_effects *effects,
                      const struct worker_reply *reply, const char *failed) {
  struct deed_scene scene = {.flow = f, .side = side, .effects = effects};
  struct err err = ERR_INIT;
  bool ends = false;
  if (failed)
    message_say(&scene, "%s %s: passed as it was", effects->command, failed);
  else if (!worker_apply(&scene, reply, &ends, &err))
    message_say(&scene, "%s gave no valid reply (%s): passed as it was", effects->command, err.text);
  ran(inquiry, effects, ends);
}

bool rules_want_worker(const struct rules *rules, const char *text) {
  for (size_t i = 0; !rules->off && i < rules->list.n; i++) {
    const struct rule *r = &rules->list.v[i];
    if (r->kind == RULE_PIPE && r->on && r->deed->how && strcmp(r->text, text) == 0)
      return true;
  }
  return false;
}

static size_t resume(const struct rules *rules, struct rules_inquiry *inquiry) {
  if (!inquiry)
    return 0;
  const struct rule *r = rule_find(rules, inquiry->id);
  if (!r || (inquiry->filter && strcmp(r->condition, filter_text(inquiry->filter)) != 0))
    rules_flow_changed(inquiry);
  return r ? (size_t)(r - rules->list.v) + inquiry->ran : inquiry->place;
}

static void leave_at(struct rules_inquiry **inquiry, const struct rules *rules, const struct rule *r) {
  if (*inquiry && (*inquiry)->id == r->id && !(*inquiry)->ran)
    return;
  rules_forget(inquiry);
  *inquiry = mem_zero(1, sizeof **inquiry);
  (*inquiry)->id = r->id;
  (*inquiry)->place = (size_t)(r - rules->list.v);
}

static bool is_head(enum hook_point point) {
  return point == HOOK_REQUEST_HEAD || point == HOOK_RESPONSE_HEAD;
}

static enum flow_side side_of(enum hook_point point) {
  return point == HOOK_RESPONSE_HEAD || point == HOOK_RESPONSE ? FLOW_RESPONSE : FLOW_REQUEST;
}

bool rule_concerns(const struct rules *rules, const struct rule *r, const struct flow *f, enum flow_side side) {
  if (!r->on || r->at_end)
    return false;
  if (r->kind == RULE_PAUSE)
    return rules->enabled && !f->unrecorded &&
           (r->response ? side == FLOW_RESPONSE : side == FLOW_REQUEST || r->responses);
  return !rules->off && (r->deed->hears || r->deed->both || r->response == (side == FLOW_RESPONSE));
}

/* At the head: a condition that looks into the body has to wait for it, any other is final. */
static enum hook_verdict ask(const struct rules *rules, struct rule *r, enum hook_point point, const struct flow *f,
                             uint64_t deadline, struct rules_inquiry **inquiry) {
  unsigned body = side_of(point) == FLOW_RESPONSE ? FILTER_NEEDS_RESPONSE_BODY : FILTER_NEEDS_REQUEST_BODY;
  if (is_head(point) && (filter_needs(r->filter) & body))
    return HOOK_WANT_BODY;
  bool same = *inquiry && (*inquiry)->id == r->id, resumed = same && (*inquiry)->filter;
  if (same && (*inquiry)->matched)
    return HOOK_PAUSE;
  struct filter *filter = resumed ? (*inquiry)->filter : r->filter;
  switch (filter_step(filter, f, deadline, NULL)) {
  case FILTER_NO:
    return HOOK_PASS;
  case FILTER_YES:
    return HOOK_PAUSE;
  case FILTER_MORE:
    break;
  }
  if (!resumed) {
    filter_forget(r->filter);
    leave_at(inquiry, rules, r);
    (*inquiry)->filter = filter_compile(slice_of(r->condition), NULL);
  }
  return HOOK_MORE;
}

/* What it has to look for is found, or is not there. False: that takes longer. */
static bool looked(const struct rules *rules, struct rule *r, struct deed_scene *scene, uint64_t deadline,
                   struct rules_inquiry **inquiry) {
  bool same = *inquiry && (*inquiry)->id == r->id && !(*inquiry)->ran;
  struct deed_search search = same ? (*inquiry)->search : (struct deed_search){0};
  if (!r->deed->look || r->deed->look(r->deed, scene, &search, deadline))
    return true;
  leave_at(inquiry, rules, r);
  (*inquiry)->matched = true;
  (*inquiry)->search = search;
  return false;
}

/* True: no rule below it is asked. */
static bool act(struct rule *r, struct deed_scene scene) {
  enum flow_side side = scene.side;
  struct flow *f = scene.flow;
  if (r->deed->hears && side == FLOW_RESPONSE)
    return r->deed->ops->act(r->deed, &scene);
  if (!rule_lets(r) || !r->deed->ops->act(r->deed, &scene))
    return false;
  rule_hit(r);
  flow_add_rule(f, r->name);
  return r->deed->ends;
}

/* It wants the body and matches: can it do without all of it? True: that is settled. */
static bool act_on_flowing(const struct rules *rules, struct rule *r, enum hook_point point, struct flow *f,
                           bool paused, const struct sieve *url, struct rule_effects *effects) {
  struct deed_scene scene = {.rules = rules, .flow = f, .side = side_of(point), .rule = r, .effects = effects};
  if (flowing_may(&scene, is_head(point), paused, url)) {
    if (rule_lets(r))
      transform_add(&scene);
    return true;
  }
  if (!effects->transform || !is_head(point))
    return false;
  flowing_refuse(&scene);
  return true;
}

/* An escape in a URL may stand for a letter: then nothing is ruled out. */
static struct sieve sieve_of_flow(struct rules *rules, const struct flow *f, struct shortlisted *may) {
  may->all = true;
  if (rules->list.n < WORTH_SIEVING)
    return sieve_open();
  struct buf url = BUF_INIT;
  struct sieve s = sieve_open();
  flow_url(f, &url);
  if (slice_find_byte(buf_slice(&url), '%') < 0) {
    s = sieve_of(buf_slice(&url));
    shortlist_pick(rules, buf_slice(&url), may);
  }
  buf_clear(&url);
  return s;
}

static enum hook_verdict leave_for(enum hook_verdict why, struct rules_inquiry **inquiry, const struct rule *paused) {
  (*inquiry)->paused = paused ? paused->id : 0;
  return why;
}

enum hook_verdict rules_ask(struct rules *rules, enum hook_point point, struct flow *f, uint64_t deadline,
                            struct rules_inquiry **inquiry, struct flow_pause **pause, struct rule_effects *effects) {
  enum flow_side side = side_of(point);
  struct rule *waits = NULL; /* it wants the body */
  struct rule *paused = *inquiry ? rule_at_id(rules, (*inquiry)->paused) : NULL;
  bool ended = f->replay || (*inquiry && (*inquiry)->ended);
  struct shortlisted may;
  struct sieve url = sieve_of_flow(rules, f, &may);
  for (size_t i = resume(rules, *inquiry); !ended && i < rules->list.n; i++) {
    if ((i = shortlist_next(&may, i, rules->list.n)) == rules->list.n)
      break;
    struct rule *r = &rules->list.v[i];
    bool pauses = r->kind == RULE_PAUSE;
    if (!sieve_lets(&url, &r->sieve) || !rule_concerns(rules, r, f, side) || (pauses && paused))
      continue;
    if (waits && !pauses)
      break; /* what those above make of the message comes first */
    enum hook_verdict one = ask(rules, r, point, f, deadline, inquiry);
    bool wants = one == HOOK_WANT_BODY || (one == HOOK_PAUSE && !pauses && r->deed->needs_body);
    if (wants && !waits && (one == HOOK_PAUSE || effects->transform) &&
        act_on_flowing(rules, r, point, f, paused, &url, effects))
      continue;
    if (one == HOOK_PAUSE && wants && is_head(point))
      one = HOOK_WANT_BODY;
    if (one == HOOK_MORE)
      return leave_for(one, inquiry, paused);
    if (one == HOOK_WANT_BODY && !waits)
      waits = r;
    if (waits && waits->kind != RULE_PAUSE)
      break;
    if (one == HOOK_PAUSE && !pauses) {
      struct deed_scene scene = {.rules = rules, .flow = f, .side = side, .rule = r, .effects = effects};
      if (!looked(rules, r, &scene, deadline, inquiry))
        return leave_for(HOOK_MORE, inquiry, paused);
      ended = act(r, scene);
      if (effects->retargeted) {
        url = sieve_open();
        may.all = true;
      }
      if (effects->command) {
        leave_at(inquiry, rules, r);
        return leave_for(HOOK_RUN, inquiry, paused);
      }
    }
    if (one == HOOK_PAUSE && pauses && rule_lets(r))
      paused = r;
  }
  if (waits && (!paused || waits->kind != RULE_PAUSE)) {
    struct deed_scene scene = {.rules = rules, .flow = f, .side = side, .rule = waits, .effects = effects};
    flowing_note_wait(&scene);
    leave_at(inquiry, rules, waits);
    return leave_for(HOOK_WANT_BODY, inquiry, paused);
  }
  rules_forget(inquiry);
  if (!paused)
    return HOOK_PASS;
  rule_hit(paused);
  *pause = intercept_hit(rules, paused);
  return HOOK_PAUSE;
}
