/* What a person does to a flow that is paused or running: let it go, drop it, end it. Editing is in edit.c. */
#include <stdlib.h>

#include "weir/base/log.h"
#include "weir/base/units.h"

#include "parts.h"

static struct flow *find(struct proxy *p, uint64_t id, struct err *err) {
  struct flow *f = store_get(p->store, id);
  if (!f)
    err_set(err, "there is no flow #%llu any more", (unsigned long long)id);
  return f;
}

static struct exchange *find_paused(struct proxy *p, uint64_t id, struct err *err) {
  struct flow *f = find(p, id, err);
  if (!f)
    return NULL;
  if (f->paused == FLOW_RUNNING || !f->live) {
    err_set(err, "#%llu is not paused", (unsigned long long)id);
    return NULL;
  }
  return f->live;
}

bool proxy_resume(struct proxy *p, uint64_t id, struct err *err) {
  struct exchange *x = find_paused(p, id, err);
  if (!x)
    return false;
  if (x->flow->client_gone) {
    bool request = x->flow->paused == FLOW_PAUSED_REQUEST;
    exchange_fail(x, (struct failure){STAGE_PAUSED, ERROR_CLIENT, 0, 0}, "the client closed while this was paused: %s",
                  request ? "nothing was sent to the server" : "nobody got the answer");
    return err_set(err, "the client of #%llu has gone: nothing was sent; r sends it again without it",
                   (unsigned long long)id);
  }
  if (x->flow->paused == FLOW_PAUSED_REQUEST) {
    lane_go_on(x, FLOW_REQUEST);
    if (!x->done && x->conn)
      conn_continue(x->conn);
  } else {
    lane_go_on(x, FLOW_RESPONSE);
    lane_read_on(x, FLOW_RESPONSE);
  }
  return true;
}

size_t proxy_resume_all(struct proxy *p) {
  size_t n = 0;
  for (size_t i = 0; i < store_count(p->store); i++) {
    struct flow *f = store_nth(p->store, i);
    if (f->paused != FLOW_RUNNING && f->live && proxy_resume(p, f->id, NULL))
      n++;
  }
  return n;
}

bool proxy_drop(struct proxy *p, uint64_t id, struct err *err) {
  struct exchange *x = find_paused(p, id, err);
  if (!x)
    return false;
  bool request = x->flow->paused == FLOW_PAUSED_REQUEST;
  exchange_fail(x, (struct failure){STAGE_PAUSED, ERROR_DROPPED, 0, 502},
                request ? "dropped by hand: nothing was sent to the server"
                        : "dropped by hand: the answer was not passed on");
  return true;
}

bool proxy_pause_response(struct proxy *p, uint64_t id, bool on, struct err *err) {
  struct exchange *x = find_paused(p, id, err);
  if (!x)
    return false;
  struct flow *f = x->flow;
  if (f->paused != FLOW_PAUSED_REQUEST || !f->pause)
    return err_set(err, "#%llu is not a request that is paused", (unsigned long long)id);
  f->pause->response_too = on;
  exchange_touch(x, FLOW_CHANGED_STATE);
  return true;
}

/* The intercept said for how long, and what then. */
void person_absent(struct exchange *x) {
  struct flow *f = x->flow;
  bool request = f->paused == FLOW_PAUSED_REQUEST;
  char time[16];
  units_duration(f->pause->after, time, sizeof time);
  f->pause->ended = true;
  if (f->client_gone || f->pause->end == PAUSE_SENDS) {
    bool gone = f->client_gone;
    if (!gone)
      log_write(LOG_WARN, "proxy", f->id, NULL, "paused for %s and nobody let it go: sent", time);
    proxy_resume(x->proxy, f->id, NULL);
    return;
  }
  bool answers = f->pause->end == PAUSE_ANSWERS;
  exchange_fail(x, (struct failure){STAGE_PAUSED, answers ? ERROR_TIMEOUT : ERROR_DROPPED, 0, answers ? 504 : 502},
                "paused for %s and nobody let it go: %s", time,
                request ? "nothing was sent to the server" : "the answer was not passed on");
}

bool proxy_abort(struct proxy *p, uint64_t id, struct err *err) {
  struct flow *f = find(p, id, err);
  if (!f)
    return false;
  if (!f->live)
    return err_set(err, "#%llu is over already", (unsigned long long)id);
  if (sniff_is(p, f))
    sniff_abort(f);
  else if (quiet_is(p, f))
    quiet_abort(f);
  else if (f->state == FLOW_OPEN)
    tunnel_abort(f);
  else
    exchange_fail(f->live, (struct failure){STAGE_NONE, ERROR_DROPPED, 0, 502}, "ended by hand");
  return true;
}
