#include "ui/connection.h"

#include <stdio.h>
#include <string.h>

#include "weir/base/clock.h"
#include "weir/base/units.h"
#include "weir/flow/field.h"

#define LAST_SECOND INT64_C(253402300799) /* of the year 9999 */

struct lines {
  const struct flow *flow;
  connection_fn *put;
  void *arg;
};

static void put(const struct lines *l, const char *name, const char *text) {
  l->put(l->arg, name, slice_of(text), CONNECTION_PLAIN);
}

static void put_tone(const struct lines *l, const char *name, const char *text, enum connection_tone tone) {
  l->put(l->arg, name, slice_of(text), tone);
}

static void put_known(const struct lines *l, const char *name, const char *text) {
  if (text != NULL && text[0] != '\0')
    put(l, name, text);
}

static void put_took(const struct lines *l, const char *name, uint64_t ns) {
  char text[16];
  if (ns > 0)
    put(l, name, units_duration(ns, text, sizeof text));
}

/* ---- certificates ---- */

/* As many bytes a row as a pane beside another one has room for, so that they stand below each other. */
#define PRINT_ROW ((size_t)11 * 3)

static void put_print(const struct lines *l, const char *print) {
  struct slice rest = slice_of(print);
  for (const char *name = "  sha256"; rest.n > 0; name = "") {
    l->put(l->arg, name, slice_sub(rest, 0, rest.n > PRINT_ROW ? PRINT_ROW - 1 : rest.n), CONNECTION_PLAIN);
    rest = slice_from(rest, rest.n > PRINT_ROW ? PRINT_ROW : rest.n);
  }
}

static void day(int64_t seconds, char out[32]) {
  if (seconds < 0 || seconds > LAST_SECOND) {
    snprintf(out, 32, seconds < 0 ? "before 1970" : "after 9999");
    return;
  }
  clock_iso((uint64_t)seconds * 1000000, out, 32);
  out[10] = '\0'; /* the day is enough */
}

static void put_dates(const struct lines *l, const struct secure_certificate *c) {
  char from[32], to[32], text[96];
  int64_t then = (int64_t)(l->flow->wall_us / 1000000);
  bool over = c->not_after<then, early = c->not_before> then;
  day(c->not_before, from);
  day(c->not_after, to);
  snprintf(text, sizeof text, "%s to %s%s", from, to, over ? ": expired" : early ? ": not valid yet" : "");
  put_tone(l, "  valid", text, over || early ? CONNECTION_BAD : CONNECTION_PLAIN);
}

static void put_certificate(const struct lines *l, const struct secure_certificate *c, size_t number) {
  char name[32];
  snprintf(name, sizeof name, "Certificate %zu", number);
  put(l, "", "");
  put(l, name, c->subject != NULL && c->subject[0] != '\0' ? c->subject : "(no subject)");
  put_known(l, "  issuer", c->issuer);
  put_known(l, "  names", c->names);
  put_dates(l, c);
  put_known(l, "  key", c->key);
  put_print(l, c->fingerprint);
}

static void put_chain(const struct lines *l, const struct secure_facts *s) {
  for (size_t i = 0; i < s->certificates && i < SECURE_CHAIN_MAX; i++)
    put_certificate(l, &s->certificate[i], i + 1);
}

/* ---- TLS ---- */

static void put_alpn(const struct lines *l, const struct secure_facts *s) {
  char text[256];
  const char *agreed = s->alpn[0] != '\0' ? s->alpn : "none agreed";
  if (s->alpn_offered[0] != '\0' && strcmp(s->alpn_offered, agreed) != 0)
    snprintf(text, sizeof text, "%s (%s asked for %s)", agreed, s->server ? "client" : "weir", s->alpn_offered);
  else
    snprintf(text, sizeof text, "%s", agreed);
  put(l, "ALPN", text);
}

/* The connection's own, and what of it went by before this request could be sent. */
static void put_handshake(const struct lines *l, const struct secure_facts *s) {
  char whole[16], waited[16], text[80];
  uint64_t part = l->flow->times.tls_ns;
  if (s->server || s->handshake_ns == 0)
    put_took(l, "Handshake", s->handshake_ns);
  else {
    units_duration(s->handshake_ns, whole, sizeof whole);
    if (part == 0)
      snprintf(text, sizeof text, "%s; this request did not wait for it", whole);
    else if (part >= s->handshake_ns)
      snprintf(text, sizeof text, "%s; this request waited for all of it", whole);
    else
      snprintf(text, sizeof text, "%s; this request waited %s of it", whole,
               units_duration(part, waited, sizeof waited));
    put(l, "Handshake", text);
  }
}

static void put_agreed(const struct lines *l, const struct secure_facts *s) {
  put(l, "TLS", s->version[0] != '\0' ? s->version : "no version agreed");
  put_known(l, "Cipher", s->cipher);
  put_alpn(l, s);
  put(l, "SNI", s->sni != NULL ? s->sni : "none");
  put(l, "Session", s->resumed ? "resumed" : "new");
  put_handshake(l, s);
  if (s->cut)
    put(l, "Ended", "without close_notify");
}

static void put_verdict(const struct lines *l, const struct secure_facts *s) {
  if (s->verified) {
    put_tone(l, "Verified", "yes: chain and name are good", CONNECTION_GOOD);
    return;
  }
  put_tone(l, "Verified", s->insecure ? "NO; T or --insecure does not ask for it" : "NO", CONNECTION_BAD);
  if (s->problem != NULL)
    put_tone(l, "  because", s->problem, CONNECTION_BAD);
}

static void put_wanted(const struct lines *l, const struct secure_facts *s) {
  if (!s->wanted)
    return;
  put(l, "Asked for", "client certificate");
  if (s->shown != NULL)
    put(l, "Shown", s->shown);
  else
    put_tone(l, "Shown", "none (--client-cert HOST=FILE)", CONNECTION_BAD);
}

static const char *without_tls(const struct flow *f, enum flow_side side) {
  if (f->untouched)
    return "passed untouched: weir did not look into it";
  if (f->kind == FLOW_TUNNEL && side == FLOW_RESPONSE && f->client_tls != NULL)
    return "not begun: the client refused";
  if (f->kind == FLOW_TUNNEL)
    return "none that weir took part in";
  if (!slice_eq(flow_scheme(f), SLICE("https")))
    return "none: in the clear";
  if (side == FLOW_REQUEST)
    return f->replay ? "none: weir itself sent this" : "none: in the clear as far as weir";
  return flow_finished(f) ? "none: it did not come to that" : "not yet";
}

static void put_address(const struct lines *l, const char *name, const struct address *a, bool reused) {
  char address[ADDRESS_TEXT], text[ADDRESS_TEXT + 32];
  if (a->family == 0)
    put(l, name, "not connected");
  else {
    snprintf(text, sizeof text, "%s%s", address_text(a, address, sizeof address), reused ? ", connection reused" : "");
    put(l, name, text);
  }
}

static void put_process(const struct lines *l, const struct process *p) {
  struct buf text = BUF_INIT;
  if (p == NULL)
    return;
  buf_printf(&text, "%s, process %d", p->name, (int)p->pid);
  put(l, "Program", buf_text(&text));
  put_known(l, "  command", p->command);
  buf_clear(&text);
}

static void client_lines(const struct lines *l) {
  const struct flow *f = l->flow;
  if (f->replay)
    put(l, "Client", "weir itself");
  else
    put_address(l, "Client", &f->client, false);
  struct buf by = BUF_INIT;
  if (field_find(SLICE("by"))->text(f, &by))
    put(l, "Came by", buf_text(&by));
  buf_clear(&by);
  put_process(l, f->process);
  if (f->client_tls == NULL) {
    put(l, "TLS", without_tls(f, FLOW_REQUEST));
    return;
  }
  put_agreed(l, f->client_tls);
  if (f->client_tls->certificates > 0) {
    put(l, "", "");
    put(l, "Presented", "by weir, in the place of the server's:");
  }
  put_chain(l, f->client_tls);
}

static void server_lines(const struct lines *l) {
  const struct flow *f = l->flow;
  if (f->by_rule && f->server.family == 0) {
    put(l, "Server", "not asked: a rule answered");
    return;
  }
  if (f->upstream != NULL)
    put(l, "By proxy", f->upstream);
  put_address(l, f->upstream != NULL ? "  address" : "Server", &f->server, f->reused);
  put_took(l, "Name", f->times.name_ns);
  put_took(l, "Connect", f->times.connect_ns);
  if (f->server_tls == NULL) {
    put(l, "TLS", without_tls(f, FLOW_RESPONSE));
    return;
  }
  put_agreed(l, f->server_tls);
  put_verdict(l, f->server_tls);
  put_wanted(l, f->server_tls);
  put_chain(l, f->server_tls);
}

void connection_lines(const struct flow *f, enum flow_side side, connection_fn *put_line, void *arg) {
  struct lines l = {f, put_line, arg};
  if (side == FLOW_REQUEST)
    client_lines(&l);
  else
    server_lines(&l);
}
