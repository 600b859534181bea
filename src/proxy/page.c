/* What weir answers itself: the page about itself, and TRACE or OPTIONS that may go no further. */
#include <ifaddrs.h>
#include <stdio.h>
#include <string.h>

#include "weir/http/encode.h"
#include "weir/tls/authority.h"

#include "page_text.h"
#include "parts.h"

#define COMMON_FIELDS "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"

/* Does one of this machine's interfaces have that address? */
bool page_is_this_machine(const struct address *a) {
  struct ifaddrs *list = NULL;
  if (getifaddrs(&list))
    return false;
  bool found = false;
  for (struct ifaddrs *i = list; i && !found; i = i->ifa_next) {
    struct address mine;
    if (!i->ifa_addr || !address_from_sockaddr(&mine, i->ifa_addr))
      continue;
    mine.port = a->port;
    mine.scope = a->scope;
    found = address_eq(&mine, a);
  }
  freeifaddrs(list);
  return found;
}

/* The unspecified address connects to this machine; a listener on it has every address of the machine. */
bool page_is_own_address(const struct proxy *p, const struct address *a) {
  for (size_t i = 0; i < p->listeners.n; i++) {
    const struct address *own = &p->listeners.v[i]->address;
    if (own->port != a->port)
      continue;
    if (address_eq(own, a) || address_is_any(a))
      return true;
    if (address_is_any(own) && (address_is_loopback(a) || page_is_this_machine(a)))
      return true;
  }
  return false;
}

static bool is_own_port(const struct proxy *p, uint16_t port) {
  for (size_t i = 0; i < p->listeners.n; i++)
    if (p->listeners.v[i]->address.port == port)
      return true;
  return false;
}

/* Names and literals that need no resolver; others are looked at again when their address is known. */
bool page_is_own_target(const struct proxy *p, const struct url *url) {
  if (slice_eq_ascii(url->host, SLICE("weir.internal")))
    return true;
  if (!is_own_port(p, url->port)) /* most are sorted out here, before an address is read */
    return false;
  struct address a;
  if (address_parse(url->host, url->port, &a) || address_parse_number(url->host, url->port, &a))
    return page_is_own_address(p, &a);
  return slice_eq_ascii(url->host, SLICE("localhost"));
}

const char *page_stands_for(const struct proxy *p, const struct url *url) {
  for (size_t i = 0; i < p->listeners.n && !slice_eq_ascii(url->host, SLICE("weir.internal")); i++) {
    const struct listener *l = p->listeners.v[i];
    bool server = l->mode && (l->mode->kind == MODE_REVERSE || l->mode->kind == MODE_TCP || l->mode->kind == MODE_TLS);
    if (l->address.port == url->port && server)
      return l->mode->text;
  }
  return NULL;
}

/* A page on another site may resolve its own name to this machine and read what it finds (DNS rebinding): only
 * names that mean this machine are answered. */
static bool host_is_ours(const struct exchange *x) {
  struct slice value;
  struct url url;
  const struct http_head *head = &x->flow->request.head;
  if (!http_head_find(head, "Host", &value) || !value.n)
    return head->minor == 0;
  if (!url_parse_host(value, false, &url, NULL))
    return false;
  struct address a;
  return slice_eq_ascii(url.host, SLICE("localhost")) || slice_eq_ascii(url.host, SLICE("weir.internal")) ||
         (address_parse(url.host, 0, &a));
}

/* The address that the client reached us by, where it says one; else the one we listen at. */
static uint16_t find_address(const struct exchange *x, char out[ADDRESS_TEXT]) {
  const struct proxy *p = x->proxy;
  struct slice value;
  struct url url;
  struct address a = {.family = 4, .port = 8888, .ip = {127, 0, 0, 1}}, said;
  if (p->listeners.n)
    a = p->listeners.v[0]->address;
  bool literal = http_head_find(&x->flow->request.head, "Host", &value) && url_parse_host(value, false, &url, NULL) &&
                 url.has_port && address_parse(url.host, url.port, &said);
  address_text(literal ? &said : &a, out, ADDRESS_TEXT);
  return literal ? said.port : a.port;
}

#define NOT_READ "HTTPS is not read in this run"

/* What this machine's own people type; others have a weir of their own, and where this one lies is not for them. */
struct page_words {
  char here[ADDRESS_TEXT], tag[AUTHORITY_TAG + 8];
  char weir[INVOCATION_TEXT], run[INVOCATION_TEXT], install[INVOCATION_TEXT], show[INVOCATION_TEXT];
};

static void find_words(const struct exchange *x, struct page_words *w) {
  bool near = x->conn && address_is_loopback(&x->conn->peer);
  const struct authority *a = x->proxy->authority, *known = near ? a : NULL;
  char tag[AUTHORITY_TAG + 1] = "";
  authority_tag(a ? authority_fingerprint(a) : "", tag);
  snprintf(w->tag, sizeof w->tag, "weir%s%s", a ? "-" : "", tag);
  authority_command(known, NULL, w->weir, sizeof w->weir);
  authority_command(known, "run", w->run, sizeof w->run);
  authority_command(known, "ca install", w->install, sizeof w->install);
  authority_command(known, "ca", w->show, sizeof w->show);
}

static struct page_facts find_facts(const struct exchange *x, struct page_words *words, struct err *why) {
  struct proxy *p = x->proxy;
  struct store_stats s = store_stats(p->store);
  struct page_facts facts = {
      .place = {.proxy = words->here,
                .port = find_address(x, words->here),
                .ca = "ca.pem",
                .tag = words->tag,
                .weir = words->weir,
                .run = words->run,
                .install = words->install,
                .show = words->show},
      .flows = s.flows,
      .paused = s.paused,
      .evicted = s.evicted,
      .requests = p->requests,
      .recording = p->recording,
      .off = secure_on(p) ? why->text : NOT_READ ": it passes as it is",
  };
  if (secure_open(p, why)) {
    facts.name = authority_name(p->authority);
    facts.fingerprint = authority_fingerprint(p->authority);
    facts.until = authority_until(p->authority);
  }
  find_words(x, words);
  return facts;
}

/* Ends the exchange with a response of weir's own, recorded like any other. */
static void answer(struct exchange *x, int status, const char *type, struct slice fields, struct slice body) {
  struct flow *f = x->flow;
  struct conn *c = x->conn;
  exchange_took_request(x);
  bool keep = x->keep_alive && x->request.complete;
  struct buf out = BUF_INIT;
  http_simple_response(&out, status, type, fields, body, x->head_only, !keep);
  struct http_fault fault;
  ptrdiff_t end = slice_find(buf_slice(&out), SLICE("\r\n\r\n"));
  if (end >= 0)
    http_head_parse(HTTP_RESPONSE, slice_sub(buf_slice(&out), 0, (size_t)end + 4), &f->response.head, &fault);
  if (!x->head_only)
    body_add(&f->response.body, body.p, body.n, UINT64_MAX, body.n);
  f->response.body.complete = true;
  f->response.wire = out.n;
  f->times.first_byte = loop_now(x->proxy->loop);
  x->keep_alive = keep;
  if (c)
    queue_add(&c->out, out.p, out.n);
  buf_clear(&out);
  exchange_end(x);
}

static bool wants_html(const struct exchange *x) {
  struct slice accept;
  return http_head_find(&x->flow->request.head, "Accept", &accept) && slice_find_ascii(accept, SLICE("text/html")) >= 0;
}

static void answer_page(struct exchange *x) {
  struct page_words words = {0};
  struct err why;
  struct page_facts facts = find_facts(x, &words, &why);
  struct buf body = BUF_INIT;
  bool html = wants_html(x);
  facts.place.ca = html ? "weir-ca.pem" : "ca.pem"; /* what the download is called, and what curl was told */
  if (html)
    page_html(&body, &facts);
  else
    page_plain(&body, &facts);
  answer(x, 200, html ? "text/html; charset=utf-8" : "text/plain; charset=utf-8",
         SLICE(COMMON_FIELDS "Vary: Accept\r\nContent-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; "
                             "frame-ancestors 'none'\r\n"),
         buf_slice(&body));
  buf_clear(&body);
}

/* The certificate alone: nothing of the key is ever answered. */
static void answer_certificate(struct exchange *x, bool der) {
  struct proxy *p = x->proxy;
  struct buf body = BUF_INIT;
  struct err why;
  if (!secure_open(p, &why)) {
    buf_printf(&body, "weir: %s, so there is no certificate\n", secure_on(p) ? why.text : NOT_READ);
    answer(x, secure_on(p) ? 503 : 404, "text/plain; charset=utf-8", SLICE(COMMON_FIELDS), buf_slice(&body));
    buf_clear(&body);
    return;
  }
  if (der)
    authority_der(p->authority, &body);
  else
    authority_pem(p->authority, &body);
  answer(x, 200, der ? "application/x-x509-ca-cert" : "application/x-pem-file",
         der ? SLICE(COMMON_FIELDS)
             : SLICE(COMMON_FIELDS "Content-Disposition: attachment; filename=\"weir-ca.pem\"\r\n"),
         buf_slice(&body));
  buf_clear(&body);
}

/* Its row needs a target, also where the request itself names none. */
static void set_target(struct exchange *x) {
  struct slice host;
  struct url own;
  uint16_t port = x->proxy->listeners.n ? x->proxy->listeners.v[0]->address.port : 80;
  if (!http_head_find(&x->flow->request.head, "Host", &host))
    host = SLICE("weir.internal");
  if (url_parse_host(host, false, &own, NULL))
    flow_set_target(x->flow, "http", own.host, own.has_port ? own.port : port);
}

void page_answer(struct exchange *x, const struct url *url) {
  struct flow *f = x->flow;
  if (!f->scheme_host)
    set_target(x);
  if (!host_is_ours(x)) {
    exchange_fail(x, (struct failure){STAGE_REQUEST, ERROR_LOOP, 0, 403},
                  "this request is for weir itself under a name that is not its own; a client has to send a whole URL "
                  "to a proxy");
    return;
  }
  struct slice path = url ? url->target : http_head_target(&f->request.head);
  struct slice method = http_head_method(&f->request.head);
  ptrdiff_t query = slice_find_byte(path, '?');
  if (query >= 0)
    path = slice_sub(path, 0, (size_t)query);
  if (!slice_eq(method, SLICE("GET")) && !slice_eq(method, SLICE("HEAD")))
    answer(x, 405, "text/plain; charset=utf-8", SLICE("Allow: GET, HEAD\r\n"),
           SLICE("weir: its own page can be read only\n"));
  else if (slice_eq(path, SLICE("/ca.pem")))
    answer_certificate(x, false);
  else if (slice_eq(path, SLICE("/ca.der")) || slice_eq(path, SLICE("/ca.crt")))
    answer_certificate(x, true);
  else if (path.n > 1)
    answer(x, 404, "text/plain; charset=utf-8", (struct slice){NULL, 0},
           SLICE("weir: there is only its own page here, /, and its certificate, /ca.pem and /ca.der\n\n"
                 "A client that means another server has to send the whole URL (use weir as its proxy).\n"));
  else
    answer_page(x);
}

/* RFC 9110-7.6.2: the last recipient answers. TRACE repeats the request without what may be secret (9110-9.3.8). */
void page_trace(struct exchange *x) {
  const struct http_head *h = &x->flow->request.head;
  if (slice_eq(http_head_method(h), SLICE("OPTIONS"))) {
    answer(x, 200, "text/plain; charset=utf-8",
           SLICE("Allow: GET, HEAD, POST, PUT, DELETE, OPTIONS, TRACE, CONNECT\r\n"), SLICE(""));
    return;
  }
  struct buf body = BUF_INIT;
  buf_add_slice(&body, http_head_start(h));
  buf_add_text(&body, "\r\n");
  uint32_t at = 0;
  struct http_field field;
  while (http_head_next(h, &at, &field)) {
    static const char *const secret[] = {"Authorization", "Proxy-Authorization", "Cookie"};
    bool hide = false;
    for (size_t i = 0; i < sizeof secret / sizeof *secret; i++)
      hide = hide || slice_eq_ascii(field.name, slice_of(secret[i]));
    if (!hide)
      buf_add_slice(&body, field.line);
  }
  buf_add_text(&body, "\r\n");
  answer(x, 200, "message/http", (struct slice){NULL, 0}, buf_slice(&body));
  buf_clear(&body);
}
