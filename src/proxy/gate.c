/* Who may use the proxy, and how those are told and recorded who may not. */
#include "weir/proxy/gate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"
#include "weir/base/text.h"
#include "weir/base/vec.h"
#include "weir/http/encode.h"
#include "weir/http/head_edit.h"
#include "weir/tls/secret.h"

#include "parts.h"

#define NETS_MAX    1000
#define REFUSED_MAX 256 /* addresses remembered; the one of the longest time ago is forgotten */
#define ROW_NS      (60 * CLOCK_S)

#define ROWS_MOST 16 /* of one address within that time: what differs more counts in the last */

/* A row that stands for all that this address was refused for this reason, and on its way to this host, since. */
struct refused {
  struct address address;
  uint64_t since, row;
  unsigned count;
  char *text, *host;
};

struct gate {
  char *user, *password;
  char *token; /* base64 of both */
  struct {
    struct address_net *v;
    size_t n, cap;
  } nets;
  struct refused refused[REFUSED_MAX];
  size_t next;
};

static void refused_clear(struct refused *r) {
  free(r->text);
  free(r->host);
}

struct gate *gate_new(void) {
  return mem_zero(1, sizeof(struct gate));
}

static void free_secret(char *s) {
  if (s)
    explicit_bzero(s, strlen(s));
  free(s);
}

void gate_free(struct gate *g) {
  if (!g)
    return;
  free_secret(g->user);
  free_secret(g->password);
  free_secret(g->token);
  VEC_CLEAR(&g->nets);
  for (size_t i = 0; i < REFUSED_MAX; i++)
    refused_clear(&g->refused[i]);
  free(g);
}

bool gate_set_auth(struct gate *g, struct slice text, struct err *err) {
  ptrdiff_t colon = slice_find_byte(text, ':');
  size_t user_n = colon < 0 ? text.n : (size_t)colon;
  struct slice password = slice_from(text, user_n + 1);
  if (colon < 1 || !password.n)
    return err_set(err, "a user name and a password are needed: USER:PASSWORD");
  if (user_n > 255 || password.n > 255)
    return err_set(err, "user name and password have at most 255 bytes each");
  for (size_t i = 0; i < text.n; i++)
    if ((unsigned char)text.p[i] < 0x20 || text.p[i] == 0x7f)
      return err_set(err, "user name and password have no control characters (RFC 7617)");
  struct buf token = BUF_INIT;
  buf_add_base64(&token, text);
  free_secret(g->user);
  free_secret(g->password);
  free_secret(g->token);
  g->user = mem_dup_n(text.p, user_n);
  g->password = mem_dup_n(password.p, password.n);
  g->token = buf_take(&token);
  return true;
}

bool gate_allow(struct gate *g, struct slice nets, struct err *err) {
  struct slice part;
  while (slice_split(&nets, ',', &part)) {
    struct address_net net;
    part = slice_trim(part);
    if (!address_parse_net(part, &net)) {
      struct buf safe = BUF_INIT;
      text_safe(&safe, slice_sub(part, 0, 80), TEXT_PLAIN);
      err_set(err, "\"%s\" is no network: 192.168.1.0/24, fd00::/8, or an address alone", buf_text(&safe));
      buf_clear(&safe);
      return false;
    }
    if (g->nets.n < NETS_MAX)
      VEC_PUSH(&g->nets, net);
  }
  return true;
}

const char *gate_user(const struct gate *g) {
  return g ? g->user : NULL;
}

const char *gate_password(const struct gate *g) {
  return g ? g->password : NULL;
}

bool gate_keeps_out(const struct gate *g) {
  bool all = false;
  for (size_t i = 0; g && i < g->nets.n; i++)
    all |= g->nets.v[i].bits == 0;
  return gate_has_list(g) && !all;
}

bool gate_has_list(const struct gate *g) {
  return g && g->nets.n;
}

void proxy_set_gate(struct proxy *p, struct gate *gate) {
  gate_free(p->gate);
  p->gate = gate;
}

/* ---- rows ---- */

/* Also where nobody is asked, some are refused: by a listener with a password of its own, or from far away. */
static struct gate *gate_of(struct proxy *p) {
  p->gate = p->gate ? p->gate : gate_new();
  return p->gate;
}

/* The row that counts it; NULL: one has to be made. */
static struct refused *find(struct gate *g, const struct address *peer, const char *text, struct slice host,
                            uint64_t now) {
  struct refused *last = NULL;
  size_t rows = 0;
  for (size_t i = 0; i < REFUSED_MAX; i++) {
    struct refused *r = &g->refused[i];
    struct address same = r->address;
    same.port = peer->port;
    if (!r->text || now - r->since >= ROW_NS || !address_eq(&same, peer))
      continue;
    if (!strcmp(r->text, text) && slice_eq_ascii(slice_of(r->host), host))
      return r;
    rows++;
    last = !last || r->row > last->row ? r : last;
  }
  return rows >= ROWS_MOST ? last : NULL;
}

bool gate_counts(struct proxy *p, const struct address *peer, const char *text, struct slice host) {
  uint64_t now = loop_now(p->loop);
  struct refused *r = find(gate_of(p), peer, text, host, now);
  if (!r)
    return false;
  struct flow *f = store_get(p->store, r->row);
  r->count++;
  if (!f)
    return true;
  struct buf sentence = BUF_INIT;
  buf_printf(&sentence, "%s (%u times within a minute)", r->text, r->count);
  free(f->error_text);
  f->error_text = buf_take(&sentence);
  f->refusals = r->count < UINT16_MAX ? (uint16_t)r->count : UINT16_MAX;
  f->times.end = now;
  store_touch(p->store, f, FLOW_CHANGED_STATE);
  return true;
}

void gate_remember(struct proxy *p, const struct flow *f, const char *text) {
  struct gate *g = gate_of(p);
  struct refused *r = &g->refused[g->next++ % REFUSED_MAX];
  struct slice host = flow_host(f);
  refused_clear(r);
  *r = (struct refused){f->client, loop_now(p->loop), f->id, 1, mem_dup(text), mem_dup_n(host.n ? host.p : "", host.n)};
}

/* A row of its own; `head` NULL: nothing was read. */
static void record(struct proxy *p, struct flow *f, const char *text, const char *cure) {
  f->wall_us = clock_wall();
  if (!f->times.start)
    f->times.start = loop_now(p->loop);
  f->error_cure = mem_dup(cure);
  gate_remember(p, f, text);
  fail_flow(p, f, (struct failure){STAGE_REQUEST, ERROR_DENIED, 0, 407}, text);
}

/* ---- addresses ---- */

static bool listed(const struct gate *g, const struct address *peer) {
  for (size_t i = 0; i < g->nets.n; i++)
    if (address_in_net(peer, &g->nets.v[i]))
      return true;
  return false;
}

bool gate_admits(struct proxy *p, const struct address *peer, const struct mode *mode, uint16_t port) {
  const struct gate *g = p->gate;
  char text[200], host[ADDRESS_TEXT], cure[ADDRESS_TEXT + 20];
  if (address_is_loopback(peer)) /* weir's own commands come from there */
    return true;
  if (gate_has_list(g) ? listed(g, peer) : !address_is_global(peer))
    return true;
  address_host(peer, host, sizeof host);
  snprintf(text, sizeof text,
           gate_has_list(g) ? "refused: the client's address %s is not among those of --allow"
                            : "refused: the client's address %s is not one of a local network",
           host);
  snprintf(cure, sizeof cure, "--allow %s", host);
  if (!p->recording || gate_counts(p, peer, text, (struct slice){NULL, 0}))
    return false;
  struct flow *f = store_add_as(p->store, 0);
  f->client = *peer;
  f->mode = mode ? mode_word(mode->kind) : NULL;
  f->listener = port;
  record(p, f, text, cure);
  return false;
}

/* ---- passwords ---- */

static bool knows(const struct gate *g, struct slice value) {
  if (!slice_starts_ascii(value, SLICE("Basic ")))
    return false;
  return secret_equal(slice_of(g->token), slice_trim(slice_from(value, 6)));
}

/* A request for a server's path is for weir's own page, by who does not take it for a proxy. */
static bool for_page(const struct http_head *head) {
  struct slice target = http_head_target(head);
  return target.n && (target.p[0] == '/' || target.p[0] == '*');
}

static void answer(struct conn *c, bool page, const char *text, bool head_only) {
  struct buf body = BUF_INIT, out = BUF_INIT;
  buf_printf(&body, "weir: %s\n", text);
  http_simple_response(&out, page ? 401 : 407, "text/plain; charset=utf-8",
                       page ? SLICE("WWW-Authenticate: Basic realm=\"weir\", charset=\"UTF-8\"\r\n")
                            : SLICE("Proxy-Authenticate: Basic realm=\"weir\", charset=\"UTF-8\"\r\n"),
                       buf_slice(&body), head_only, true);
  queue_add(&c->out, out.p, out.n);
  buf_clear(&body);
  buf_clear(&out);
}

static void refuse(struct conn *c, struct http_head *head, bool page, const char *text) {
  struct proxy *p = c->proxy;
  struct slice method = http_head_method(head);
  struct url url = {.port = 0};
  bool head_only = slice_eq(method, SLICE("HEAD")), connect = slice_eq(method, SLICE("CONNECT"));
  struct slice target = http_head_target(head);
  bool aimed = connect ? url_parse_authority(target, &url, NULL) : !page && url_parse(target, &url, NULL);
  if (p->recording && !gate_counts(p, &c->peer, text, aimed ? url.host : (struct slice){NULL, 0})) {
    struct flow *f = store_add_as(p->store, 0);
    f->client = c->peer;
    f->mode = c->word;
    f->listener = c->listener;
    f->kind = connect ? FLOW_TUNNEL : FLOW_HTTP;
    f->times.start = c->first_byte;
    f->request.wire = c->wire;
    f->request.head = *head;
    memset(head, 0, sizeof *head);
    if (aimed) /* the text of the head is the flow's now, and where it was */
      flow_set_target(f, connect ? "https" : "http", url.host, url.port);
    client_of_flow(c, f);
    record(p, f, text, "the client's proxy settings take USER:PASSWORD@ before the host, or curl --proxy-user");
  }
  answer(c, page, text, head_only);
  conn_finish(c, false);
}

bool gate_lets(struct conn *c, struct http_head *head) {
  const struct gate *g = c->proxy->gate;
  struct slice value;
  if (!gate_user(g) || c->origin)
    return true;
  bool page = for_page(head);
  const char *name = page ? "Authorization" : "Proxy-Authorization";
  bool given = http_head_find(head, name, &value), right = given && knows(g, value);
  if (given) /* for weir alone, and none of the traffic: nobody should read it in the record */
    http_head_set(head, name, "Basic (hidden)");
  if (!right)
    refuse(c, head, page,
           given ? "refused: the client gave a wrong user name or password for the proxy"
                 : "refused: the client gave no user name and password for the proxy");
  return right;
}
