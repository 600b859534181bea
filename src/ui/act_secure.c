/* What a person says about a host's TLS: pass it through untouched, accept its certificate. Both hold until weir ends,
 * and u takes them back. */
#include <stdlib.h>

#include "ui/actions.h"
#include "ui/secure_words.h"
#include "ui/undo_kinds.h"
#include "weir/base/mem.h"

struct host_list {
  bool (*holds)(const struct proxy *p, const char *host);
  undo_host_fn *set;
  const char *on, *off; /* for the undo line */
};

static const struct host_list passing = {proxy_passthrough, proxy_set_passthrough, "pass through", "decrypt"};
static const struct host_list accepting = {proxy_insecure, proxy_set_insecure, "accept", "verify"};

/* Whether the host is in the list now. It stays there where a pattern holds it that covers more than this host: then
 * nothing has changed, which *stuck tells. */
static bool toggle(struct ui *ui, const struct host_list *list, const char *host, bool *stuck) {
  struct proxy *p = ui_proxy(ui);
  bool on = !list->holds(p, host);
  list->set(p, host, on);
  *stuck = list->holds(p, host) != on;
  if (*stuck)
    return !on;
  undo_begin(ui->undo, "%s %.40s", on ? list->on : list->off, host);
  undo_host(ui, list->set, host, !on);
  undo_end(ui->undo);
  return on;
}

static bool passes(const struct ui *ui, const struct flow *f) {
  struct slice name = flow_host(f);
  char *host = mem_dup_n(name.p, name.n);
  bool yes = name.n > 0 && proxy_passthrough(ui->w->proxy, host);
  free(host);
  return yes;
}

void act_pass(struct ui *ui, struct view *v, int count) {
  struct flow *f = act_target(ui, v);
  bool stuck;
  (void)count;
  if (f == NULL)
    return;
  struct slice name = flow_host(f);
  if (name.n == 0) {
    ui_say(ui, "#%llu: its host is not known", (unsigned long long)f->id);
    return;
  }
  if (slice_eq(flow_scheme(f), SLICE("http")) && f->kind != FLOW_TUNNEL && !passes(ui, f)) {
    ui_say(ui, "#%llu is not HTTPS: only what is encrypted can pass untouched", (unsigned long long)f->id);
    return;
  }
  char *host = mem_dup_n(name.p, name.n);
  if (f->untouched && !proxy_passthrough(ui_proxy(ui), host)) {
    ui_warn(ui, "a filter lets it pass: :set passthrough-filter changes that");
    free(host);
    return;
  }
  bool on = toggle(ui, &passing, host, &stuck);
  if (stuck)
    ui_warn(ui, "%s goes on to pass untouched: a pattern of --passthrough covers it", host);
  else if (on)
    ui_say(ui, "HTTPS to %s passes untouched from its next connection on; P again decrypts it", host);
  else
    ui_say(ui, "HTTPS to %s is decrypted again from its next connection on", host);
  free(host);
}

void act_accept(struct ui *ui, struct view *v, int count) {
  struct flow *f = act_target(ui, v);
  bool stuck;
  (void)count;
  if (f == NULL)
    return;
  unsigned long long n = f->id;
  if (f->kind == FLOW_TUNNEL) {
    ui_say(ui,
           secure_client_failed(f) ? "#%llu: the client would not have weir's certificate; F8 shows how to trust it"
                                   : "#%llu is a tunnel: weir checks no certificate in it",
           n);
    return;
  }
  if (!slice_eq(flow_scheme(f), SLICE("https"))) {
    ui_say(ui, "#%llu is not HTTPS: there is no certificate to accept", n);
    return;
  }
  struct slice name = secure_server_name(f);
  char *host = mem_dup_n(name.p, name.n);
  bool on = toggle(ui, &accepting, host, &stuck);
  if (stuck)
    ui_warn(ui, "%s need not be verified: a pattern of --insecure covers it", host);
  else if (on)
    ui_say(ui, "any certificate of %s is accepted until weir ends; r sends again, T demands a good one", host);
  else
    ui_say(ui, "the certificate of %s has to be good again", host);
  free(host);
}

bool act_may_accept(const struct ui *ui, const struct view *v) {
  const struct flow *f = view_flow(ui, v);
  return f != NULL && secure_may_accept(f);
}

const char *act_pass_word(const struct ui *ui, const struct view *v) {
  uint64_t id = v->ops->flow != NULL ? v->ops->flow(v, ui) : 0;
  const struct flow *f = id != 0 ? store_get(ui_store(ui), id) : NULL;
  return f != NULL && passes(ui, f) ? "decrypt again" : NULL;
}

bool act_may_pass(const struct ui *ui, const struct view *v) {
  const struct flow *f = view_flow(ui, v);
  return f != NULL && (secure_may_pass(f) || passes(ui, f));
}
