#include "ui/setup_lines.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "weir/base/mem.h"
#include "weir/tls/authority.h"

void setup_lines_clear(struct setup_lines *s) {
  for (size_t i = 0; i < s->list.n; i++)
    free(s->list.v[i].text);
  VEC_CLEAR(&s->list);
}

__attribute__((format(printf, 5, 6))) static void add(struct setup_lines *s, enum setup_kind kind, char key,
                                                      const char *label, const char *format, ...) {
  struct buf text = BUF_INIT;
  char piece[INVOCATION_TEXT + 64];
  va_list args;
  va_start(args, format);
  vsnprintf(piece, sizeof piece, format, args);
  va_end(args);
  buf_add_text(&text, piece);
  struct setup_line line = {.kind = kind, .key = key, .label = label, .text = buf_take(&text)};
  VEC_PUSH(&s->list, line);
}

/* A client on this machine reaches an address of any interface by loopback. */
static const char *near_text(const struct address *a, char *out, size_t size) {
  if (a->family == 0)
    snprintf(out, size, "127.0.0.1:8888");
  else if (address_is_any(a))
    snprintf(out, size, a->family == 6 ? "[::1]:%u" : "127.0.0.1:%u", a->port);
  else
    address_text(a, out, size);
  return out;
}

const struct proxy_listening *setup_first(const struct ui *ui) {
  struct proxy_stats s = proxy_stats(ui_proxy(ui));
  return proxy_usual(&s) != NULL || s.listeners == 0 ? NULL : &s.listening[0];
}

void setup_address(const struct ui *ui, char *out, size_t size) {
  struct proxy_stats s = proxy_stats(ui_proxy(ui));
  const struct proxy_listening *usual = proxy_usual(&s), *first = usual != NULL ? usual : setup_first(ui);
  struct address none = {0};
  near_text(first != NULL ? &first->address : &none, out, size);
}

bool setup_reach(const struct proxy_listening *l, char *out, size_t size) {
  char text[ADDRESS_TEXT], host[ADDRESS_TEXT];
  struct address a = l->address;
  near_text(&a, text, sizeof text);
  if (address_is_any(&a))
    snprintf(host, sizeof host, a.family == 6 ? "::1" : "127.0.0.1");
  else
    address_host(&a, host, sizeof host);
  switch (l->kind) {
  case MODE_AUTO:
  case MODE_REGULAR:
    snprintf(out, size, "export http_proxy=http://%s https_proxy=http://%s", text, text);
    return true;
  case MODE_SOCKS5:
    snprintf(out, size, "export all_proxy=socks5h://%s", text);
    return true;
  case MODE_REVERSE:
    snprintf(out, size, "curl http://%s/", text);
    return true;
  case MODE_TCP:
    snprintf(out, size, "nc %s %u", host, a.port);
    return true;
  case MODE_TLS:
    snprintf(out, size, "openssl s_client -connect %s", text);
    return true;
  case MODE_TRANSPARENT:
    break;
  }
  snprintf(out, size, "port %u takes what the kernel redirects there%s: doc/transparent.md has the rules", a.port,
           l->no_tproxy ? ", but nothing by TPROXY (no CAP_NET_ADMIN)" : "");
  return false;
}

static void title(struct setup_lines *s, const char *text) {
  if (s->list.n > 0)
    add(s, SETUP_SAY, 0, "", "%s", "");
  add(s, SETUP_TITLE, 0, "", "%s", text);
}

/* Where only the usual port is open, the lines above say all of it. */
static void add_listening(struct setup_lines *s, const struct ui *ui) {
  struct proxy_stats stats = proxy_stats(ui_proxy(ui));
  bool others = false;
  for (size_t i = 0; i < stats.listeners; i++)
    others |= !stats.listening[i].usual || stats.listening[i].header;
  if (others)
    title(s, "Where weir listens");
  for (size_t i = 0; others && i < stats.listeners; i++) {
    char text[ADDRESS_TEXT];
    add(s, SETUP_SAY, 0, "", "%-22s  %s%s", address_text(&stats.listening[i].address, text, sizeof text),
        stats.listening[i].mode,
        stats.listening[i].header ? ", behind a PROXY header (through a load balancer, not directly)" : "");
  }
}

static void add_who(struct setup_lines *s, const struct ui *ui) {
  bool asked = ui->w->options->auth != NULL, listed = ui->w->options->allow != NULL;
  struct proxy_stats stats = proxy_stats(ui_proxy(ui));
  bool all_can_ask = true;
  for (size_t i = 0; i < stats.listeners; i++)
    all_can_ask &= !stats.listening[i].open_to_all || stats.listening[i].can_ask;
  if (stats.open_to_all && listed)
    add(s, SETUP_SAY, 0, "who may",
        "WHOEVER REACHES IT: --allow lets everybody in; narrower is --allow 192.168.1.0/24");
  else if (stats.open_to_all && !all_can_ask)
    add(s, SETUP_SAY, 0, "who may",
        "WHOEVER REACHES a listener that cannot ask: start weir with --allow 192.168.1.0/24");
  else if (stats.open_to_all)
    add(s, SETUP_SAY, 0, "who may",
        "WHOEVER REACHES IT: start weir with --auth USER:PASSWORD, or --allow 192.168.1.0/24");
  else
    add(s, SETUP_SAY, 0, "who may", "%s%s",
        !stats.off_loopback ? "programs on this machine only"
        : listed            ? "this machine and the addresses of --allow"
                            : "other machines too",
        asked ? ", with the user name and password of --auth" : "");
}

/* Without an HTTP proxy among them nothing can be pointed at one. */
static void add_reaches(struct setup_lines *s, const struct ui *ui) {
  struct proxy_stats stats = proxy_stats(ui_proxy(ui));
  char text[INVOCATION_TEXT], own[INVOCATION_TEXT];
  title(s, "How to reach weir here");
  char key = 's';
  for (size_t i = 0; i < stats.listeners; i++) {
    const struct proxy_listening *l = &stats.listening[i];
    bool copies = setup_reach(l, text, sizeof text);
    add(s, copies ? SETUP_COPY : SETUP_SAY, copies ? key : 0, mode_word(l->kind), "%s", text);
    key = copies ? 0 : key;
  }
  add(s, SETUP_SAY, 0, "as a proxy", "none of them is an HTTP proxy: start weir with --mode auto@8888 too");
  add_who(s, ui);
  add(s, SETUP_COPY, 'w', "own weir", "%s -- COMMAND", options_command(ui->w->options, "run", own, sizeof own));
}

static void add_programs(struct setup_lines *s, const struct ui *ui, const char *address) {
  char own[INVOCATION_TEXT];
  const char *who = ui->w->options->auth != NULL ? "USER:PASSWORD@" : ""; /* never the real ones */
  title(s, "Point a program at the proxy");
  add(s, SETUP_COPY, 's', "shell", "export http_proxy=http://%s%s https_proxy=http://%s%s", who, address, who, address);
  add(s, SETUP_COPY, 'b', "browser", "chromium --proxy-server=%s '--proxy-bypass-list=<-loopback>'", address);
  add(s, SETUP_SAY, 0, "Firefox", "settings, network: this address as HTTP proxy, also for HTTPS");
  add_who(s, ui);
  add(s, SETUP_COPY, 'w', "own weir", "%s -- COMMAND", options_command(ui->w->options, "run", own, sizeof own));
}

/* Whoever has that file can read what passes. */
static void add_keylog(struct setup_lines *s, const struct ui *ui) {
  const char *path = getenv("SSLKEYLOGFILE");
  if (ui->w->https && path != NULL && path[0] != '\0')
    add(s, SETUP_SAY, 0, "key log", "%s  the secrets of all connections go there (SSLKEYLOGFILE)", path);
}

static void add_authority(struct setup_lines *s, const struct ui *ui, const struct authority *a) {
  bool network = proxy_stats(ui_proxy(ui)).off_loopback;
  char until[40], own[INVOCATION_TEXT];
  int64_t end = authority_until(a);
  clock_iso((uint64_t)(end > 0 ? end : 0) * 1000000, until, sizeof until);
  until[10] = '\0';
  title(s, "Trust the certificate authority (only for HTTPS; it is yours alone)");
  add(s, SETUP_COPY, 'i', "this machine", "%s", options_command(ui->w->options, "ca install", own, sizeof own));
  add(s, SETUP_SAY, 0, "other device", "%s",
      setup_first(ui) != NULL ? "copy the file there"
      : network               ? "open http://weir.internal/ there, through the proxy"
                : "first weir --listen with an address of your network; then http://weir.internal/ there");
  add(s, SETUP_COPY, 'f', "file", "%s", authority_path(a));
  add(s, SETUP_COPY, 'v', "sha256", "%s", authority_fingerprint(a));
  add(s, SETUP_SAY, 0, "valid", "to %s", until);
  add_keylog(s, ui);
}

/* A JVM reads no PEM: its store is made first. */
static void add_java(struct setup_lines *s, const char *ca) {
  add(s, SETUP_COPY, 'a', "Java",
      "keytool -importcert -noprompt -alias weir -file %s -keystore weir.p12 -storepass changeit && "
      "export JAVA_TOOL_OPTIONS=\"-Djavax.net.ssl.trustStore=$PWD/weir.p12 "
      "-Djavax.net.ssl.trustStorePassword=changeit\"",
      ca);
}

/* address NULL: nothing is a proxy here. */
static void add_runtimes(struct setup_lines *s, const struct authority *a, const char *address) {
  struct buf path = BUF_INIT;
  text_shell_word(&path, slice_of(authority_path(a)));
  const char *ca = buf_text(&path);
  title(s, "Or trust it in one shell or program only");
  add(s, SETUP_COPY, 'e', "shell",
      "export SSL_CERT_FILE=%s CURL_CA_BUNDLE=%s REQUESTS_CA_BUNDLE=%s NODE_EXTRA_CA_CERTS=%s GIT_SSL_CAINFO=%s", ca,
      ca, ca, ca, ca);
  if (address != NULL)
    add(s, SETUP_COPY, 'c', "curl", "curl -x http://%s --cacert %s https://example.com/", address, ca);
  add(s, SETUP_COPY, 'n', "Node", "export NODE_EXTRA_CA_CERTS=%s", ca);
  add(s, SETUP_COPY, 'o', "OpenSSL, Go", "export SSL_CERT_FILE=%s", ca);
  add(s, SETUP_COPY, 'r', "Python", "export REQUESTS_CA_BUNDLE=%s", ca);
  add_java(s, ca);
  if (address != NULL)
    add(s, SETUP_COPY, 't', "git", "git -c http.proxy=http://%s -c http.sslCAInfo=%s fetch", address, ca);
  buf_clear(&path);
}

static const char *s_of(unsigned n) {
  return n == 1 ? "" : "s";
}

static void add_client(struct setup_lines *s, const struct proxy_client *c) {
  char text[ADDRESS_TEXT];
  const char *host = c->program != NULL ? c->program : address_host(&c->address, text, sizeof text);
  const char *last = c->rejected_host != NULL ? c->rejected_host : "";
  if (c->rejected == 0)
    add(s, SETUP_SAY, 0, "", "%-15s  trusts weir (%u connection%s)", host, c->accepted, s_of(c->accepted));
  else if (c->accepted == 0)
    add(s, SETUP_SAY, 0, "", "%-15s  does not trust weir: refused it %u time%s, last for %s", host, c->rejected,
        s_of(c->rejected), last);
  else
    add(s, SETUP_SAY, 0, "", "%-15s  %u connection%s trusted weir, %u did not, last for %s", host, c->accepted,
        s_of(c->accepted), c->rejected, last);
}

static void add_clients(struct setup_lines *s, const struct ui *ui) {
  const struct proxy_client *client;
  size_t n = proxy_clients(ui_proxy(ui), &client);
  title(s, "Clients that have tried HTTPS");
  if (n == 0)
    add(s, SETUP_SAY, 0, "", "none yet");
  for (size_t i = 0; i < n; i++)
    add_client(s, &client[i]);
}

void setup_lines_make(struct setup_lines *s, const struct ui *ui) {
  char address[ADDRESS_TEXT];
  struct err why = ERR_INIT;
  const struct authority *a = weir_authority(ui->w, &why);
  setup_lines_clear(s);
  setup_address(ui, address, sizeof address);
  bool proxy = setup_first(ui) == NULL;
  if (proxy)
    add_programs(s, ui, address);
  else
    add_reaches(s, ui);
  add_listening(s, ui);
  if (a != NULL) {
    add_authority(s, ui, a);
    add_runtimes(s, a, proxy ? address : NULL);
    add_clients(s, ui);
  } else {
    title(s, "HTTPS");
    add(s, SETUP_SAY, 0, "",
        ui->w->https ? "is not let through: weir cannot decrypt it"
                     : "passes as a tunnel in this run and is not decrypted");
    if (why.text[0] != '\0')
      add(s, SETUP_SAY, 0, "why", "%s", why.text);
  }
}
