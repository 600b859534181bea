#include "agreement.h"

#include <stdio.h>

enum { PROTOCOL_VERSION = 70, NO_APPLICATION_PROTOCOL = 120 };

#define VERSIONS_TEXT 32

/* ---- versions ---- */

static int minor(int version) {
  return version - TLS1_VERSION;
}

static const char *versions_text(struct tls_versions v, char out[VERSIONS_TEXT]) {
  if (v.most <= SSL3_VERSION)
    snprintf(out, VERSIONS_TEXT, "SSL");
  else if (!v.least)
    snprintf(out, VERSIONS_TEXT, "TLS 1.%d at most", minor(v.most));
  else if (v.least == v.most)
    snprintf(out, VERSIONS_TEXT, "TLS 1.%d", minor(v.most));
  else
    snprintf(out, VERSIONS_TEXT, "TLS 1.%d to 1.%d", minor(v.least), minor(v.most));
  return out;
}

static struct tls_versions allowed(const struct tls_stream *t) {
  return (struct tls_versions){(int)SSL_get_min_proto_version(t->ssl), (int)SSL_get_max_proto_version(t->ssl)};
}

/* Only what weir can speak counts: others are drafts, or put in so that nobody relies on a short list (RFC 8701). */
static void add_version(struct tls_versions *v, int version) {
  if (version < TLS1_VERSION || version > TLS1_3_VERSION)
    return;
  v->least = !v->least || version < v->least ? version : v->least;
  v->most = version > v->most ? version : v->most;
}

/* RFC 8446-4.2.1: a list where the client is new enough; else the newest that it speaks. */
void agreement_take_offer(struct tls_stream *t, SSL *ssl) {
  const unsigned char *list = NULL;
  size_t n = 0;
  t->offered = (struct tls_versions){0, 0};
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_supported_versions, &list, &n) == 1)
    for (size_t i = 1; i + 1 < n; i += 2)
      add_version(&t->offered, list[i] << 8 | list[i + 1]);
  if (!t->offered.most)
    t->offered.most = (int)SSL_client_hello_get0_legacy_version(ssl);
}

/* In a ServerHello: record header, type, length, then the version (RFC 5246-7.4.1.3). */
static int chosen_by_server(const struct tls_stream *t) {
  const uint8_t *p = t->wire.seen;
  bool hello = t->wire.seen_n >= 11 && p[0] == SSL3_RT_HANDSHAKE && p[5] == SSL3_MT_SERVER_HELLO;
  return hello ? p[9] << 8 | p[10] : 0;
}

/* The option that lets weir speak `wanted`; NULL where none does. */
static const char *cure_for(const struct tls_stream *t, int wanted, char out[64]) {
  struct tls_versions ours = allowed(t);
  bool known = wanted >= TLS1_VERSION && wanted <= TLS1_3_VERSION;
  if (!known || (wanted >= ours.least && wanted <= ours.most))
    return NULL;
  snprintf(out, 64, "--%stls-%s 1.%d", t->server ? "" : "upstream-", wanted < ours.least ? "min" : "max",
           minor(wanted));
  return out;
}

static const char *served_name(const struct tls_stream *t) {
  return t->facts->sni ? t->facts->sni : t->host;
}

static void client_versions(struct tls_stream *t) {
  char theirs[VERSIONS_TEXT], ours[VERSIONS_TEXT], cure[64];
  struct tls_versions mine = allowed(t);
  int wanted = t->offered.most < mine.least ? t->offered.most : t->offered.least;
  verdict_set(t, TLS_NO_COMMON, cure_for(t, wanted, cure),
              "no TLS version in common for %s: the client offers %s, weir allows %s", served_name(t),
              versions_text(t->offered, theirs), versions_text(mine, ours));
}

static void server_versions(struct tls_stream *t) {
  char theirs[VERSIONS_TEXT], ours[VERSIONS_TEXT], cure[64];
  struct tls_versions mine = allowed(t);
  int chosen = chosen_by_server(t);
  if (chosen)
    verdict_set(t, TLS_NO_COMMON, cure_for(t, chosen, cure),
                "%s: no TLS version in common: the server speaks %s, weir allows %s", t->host,
                versions_text((struct tls_versions){chosen, chosen}, theirs), versions_text(mine, ours));
  else /* which it would have, an alert does not say */
    verdict_set(t, TLS_NO_COMMON, cure_for(t, mine.most < TLS1_3_VERSION ? TLS1_3_VERSION : TLS1_VERSION, cure),
                "%s: no TLS version in common: the server takes none of %s, which weir allows", t->host,
                versions_text(mine, ours));
}

static void versions(struct tls_stream *t) {
  if (t->server)
    client_versions(t);
  else
    server_versions(t);
}

/* ---- what the peer says ---- */

bool agreement_is_alert(int alert) {
  return alert == 40 || alert == PROTOCOL_VERSION || alert == 71 || alert == 86 || alert == NO_APPLICATION_PROTOCOL;
}

void agreement_alert(struct tls_stream *t, int alert) {
  const char *name = tls_alert_name(alert);
  char ours[VERSIONS_TEXT];
  versions_text(allowed(t), ours);
  if (alert == PROTOCOL_VERSION)
    versions(t);
  else if (t->server)
    verdict_set(t, TLS_NO_COMMON, NULL,
                "the client and weir have no TLS version, cipher or protocol in common (%s): weir allows %s", name,
                ours);
  else if (alert == NO_APPLICATION_PROTOCOL)
    verdict_set(t, TLS_NO_COMMON, NULL, "%s: the server does not speak %s, and weir nothing else (%s)", t->host,
                t->facts->alpn_offered, name);
  else
    verdict_set(t, TLS_NO_COMMON, NULL,
                "%s: the server and weir have no TLS version, cipher or protocol in common (%s): weir allows %s",
                t->host, name, ours);
}

/* ---- what OpenSSL found ---- */

static bool about_versions(int reason) {
  switch (reason) {
  case SSL_R_UNSUPPORTED_PROTOCOL:
  case SSL_R_UNSUPPORTED_SSL_VERSION:
  case SSL_R_WRONG_SSL_VERSION:
  case SSL_R_VERSION_TOO_LOW:
  case SSL_R_VERSION_TOO_HIGH:
    return true;
  default:
    return false;
  }
}

bool agreement_is_reason(int reason) {
  switch (reason) {
  case SSL_R_NO_PROTOCOLS_AVAILABLE:
  case SSL_R_NO_SHARED_CIPHER:
  case SSL_R_NO_CIPHERS_AVAILABLE:
  case SSL_R_NO_SUITABLE_KEY_SHARE:
  case SSL_R_NO_SUITABLE_GROUPS:
  case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
  case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
  case SSL_R_UNSAFE_LEGACY_RENEGOTIATION_DISABLED:
  case SSL_R_DH_KEY_TOO_SMALL:
  case SSL_R_NO_APPLICATION_PROTOCOL:
    return true;
  default:
    return about_versions(reason);
  }
}

void agreement_failed(struct tls_stream *t, int reason, const char *in_words) {
  char cure[320];
  if (t->protocol_refused) {
    snprintf(cure, sizeof cure, "--passthrough %s", served_name(t));
    verdict_set(t, TLS_NO_COMMON, cure, "the client speaks only %s to %s, weir only HTTP/1", t->facts->alpn_offered,
                served_name(t));
  } else if (reason == SSL_R_UNSAFE_LEGACY_RENEGOTIATION_DISABLED) {
    verdict_set(t, TLS_NO_COMMON, NULL, "%s: the server lacks secure renegotiation (RFC 5746)", t->host);
  } else if (about_versions(reason)) {
    versions(t);
  } else if (t->server) {
    verdict_set(t, TLS_NO_COMMON, NULL, "the client and weir have no TLS cipher in common for %s (%s)", served_name(t),
                in_words);
  } else {
    verdict_set(t, TLS_NO_COMMON, NULL, "%s: the server and weir have no TLS cipher in common (%s)", t->host, in_words);
  }
}
