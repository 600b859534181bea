/* What went wrong, as a kind for the program and a sentence for the person: reasons and alerts of a connection. */
#include <openssl/err.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "agreement.h"
#include "parts.h"
#include "weir/base/mem.h"
#include "weir/base/text.h"

#define ALERT_REASONS 1000 /* OpenSSL: an alert that came is reason 1000 and its number */
#define TRUST_CURE    (INVOCATION_TEXT + 24)

/* RFC 8446-6, with those of TLS 1.2 that are still said. */
static const struct {
  int number;
  const char *name;
} alerts[] = {
    {0, "close_notify"},
    {10, "unexpected_message"},
    {20, "bad_record_mac"},
    {22, "record_overflow"},
    {40, "handshake_failure"},
    {41, "no_certificate"},
    {42, "bad_certificate"},
    {43, "unsupported_certificate"},
    {44, "certificate_revoked"},
    {45, "certificate_expired"},
    {46, "certificate_unknown"},
    {47, "illegal_parameter"},
    {48, "unknown_ca"},
    {49, "access_denied"},
    {50, "decode_error"},
    {51, "decrypt_error"},
    {70, "protocol_version"},
    {71, "insufficient_security"},
    {80, "internal_error"},
    {86, "inappropriate_fallback"},
    {90, "user_canceled"},
    {100, "no_renegotiation"},
    {109, "missing_extension"},
    {110, "unsupported_extension"},
    {112, "unrecognized_name"},
    {113, "bad_certificate_status_response"},
    {115, "unknown_psk_identity"},
    {116, "certificate_required"},
    {120, "no_application_protocol"},
};

const char *tls_problem_word(enum tls_problem problem) {
  static const char *const word[] = {
      [TLS_OK] = NULL,
      [TLS_CLIENT_REJECTED] = "client_rejected",
      [TLS_CLIENT_LEFT] = "client_left",
      [TLS_NO_COMMON] = "no_common",
      [TLS_EXPIRED] = "expired",
      [TLS_WRONG_HOST] = "wrong_host",
      [TLS_SELF_SIGNED] = "self_signed",
      [TLS_UNKNOWN_ISSUER] = "unknown_issuer",
      [TLS_BAD_CERTIFICATE] = "bad_certificate",
      [TLS_WANTS_CERTIFICATE] = "wants_certificate",
      [TLS_NOT_TLS] = "not_tls",
      [TLS_TIMEOUT] = "timeout",
      [TLS_RESET] = "reset",
      [TLS_OTHER] = "other",
      [TLS_CLOSED] = "closed",
  };
  return (size_t)problem < sizeof word / sizeof *word ? word[problem] : "other";
}

const char *tls_alert_name(int alert) {
  for (size_t i = 0; i < sizeof alerts / sizeof *alerts; i++)
    if (alerts[i].number == alert)
      return alerts[i].name;
  return "unknown alert";
}

void verdict_set(struct tls_stream *t, enum tls_problem problem, const char *cure, const char *format, ...) {
  struct buf raw = BUF_INIT, safe = BUF_INIT;
  char text[1024];
  va_list args;
  if (t->result.problem != TLS_OK)
    return;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  buf_add_text(&raw, text);
  text_safe(&safe, buf_slice(&raw), TEXT_PLAIN);
  buf_clear(&raw);
  t->text = buf_take(&safe);
  t->cure = mem_dup(cure);
  t->result = (struct tls_result){.problem = problem, .alert = t->result.alert, .text = t->text, .cure = t->cure};
}

/* ---- alerts ---- */

static bool about_certificate(int alert) {
  return (alert >= 42 && alert <= 46) || alert == 48;
}

static const char *served_name(const struct tls_stream *t) {
  return t->facts->sni ? t->facts->sni : t->host;
}

static const char *trust_cure(const struct tls_stream *t, char out[TRUST_CURE]) {
  char install[INVOCATION_TEXT];
  snprintf(out, TRUST_CURE, "trust it: F8, or %s",
           authority_command(t->tls->authority, "ca install", install, sizeof install));
  return out;
}

static void client_alert(struct tls_stream *t, int alert) {
  const char *name = tls_alert_name(alert);
  char cure[TRUST_CURE];
  if (about_certificate(alert))
    verdict_set(t, TLS_CLIENT_REJECTED, trust_cure(t, cure), "the client rejected weir's certificate for %s (%s)",
                served_name(t), name);
  else if (agreement_is_alert(alert) && t->state == TLS_HANDSHAKE)
    agreement_alert(t, alert);
  else
    verdict_set(t, alert == 90 ? TLS_CLIENT_LEFT : TLS_OTHER, NULL, "the client ended TLS for %s (%s)", served_name(t),
                name);
}

static void wants_certificate(struct tls_stream *t, const char *how) {
  char cure[320];
  snprintf(cure, sizeof cure, "--client-cert %s=FILE", t->host);
  verdict_set(t, TLS_WANTS_CERTIFICATE, cure, "%s: the server wants a client certificate (%s)", t->host, how);
}

static void server_alert(struct tls_stream *t, int alert) {
  const char *name = tls_alert_name(alert);
  bool refused = about_certificate(alert) || alert == 40 || alert == 41 || alert == 49;
  if (alert == 116 || (t->certificate_asked && refused))
    wants_certificate(t, name);
  else if (about_certificate(alert))
    verdict_set(t, TLS_OTHER, NULL, "%s: the server rejected the client certificate (%s)", t->host, name);
  else if (agreement_is_alert(alert) && t->state == TLS_HANDSHAKE)
    agreement_alert(t, alert);
  else if (alert == 112)
    verdict_set(t, TLS_OTHER, NULL, "%s: the server does not know this name (%s)", t->host, name);
  else
    verdict_set(t, TLS_OTHER, NULL, "%s: the server ended TLS (%s)", t->host, name);
}

/* ---- what OpenSSL found ---- */

static bool looks_like_tls(const struct tls_stream *t) {
  const uint8_t *p = t->wire.seen;
  return t->wire.seen_n == 0 || (p[0] >= 20 && p[0] <= 23 && (t->wire.seen_n < 2 || p[1] == 3));
}

static bool begins(const struct tls_stream *t, const char *text) {
  size_t n = strlen(text);
  return t->wire.seen_n >= n && memcmp(t->wire.seen, text, n) == 0;
}

static void not_tls(struct tls_stream *t) {
  if (t->server)
    verdict_set(t, TLS_NOT_TLS, NULL, "the client sent something that is not TLS for %s", t->host);
  else if (begins(t, "HTTP/"))
    verdict_set(t, TLS_NOT_TLS, "http:// instead of https://", "%s: the server speaks plain HTTP on port %u, not TLS",
                t->host, t->port);
  else
    verdict_set(t, TLS_NOT_TLS, NULL, "%s: the server does not speak TLS on port %u", t->host, t->port);
}

static void left_after_certificate(struct tls_stream *t, const char *how) {
  char cure[TRUST_CURE];
  verdict_set(t, TLS_CLIENT_LEFT, trust_cure(t, cure),
              "the client %s the connection when it saw weir's certificate for %s: it may not trust it", how,
              served_name(t));
}

static void went_away(struct tls_stream *t) {
  bool reset = t->wire.in_error != 0, in_handshake = t->state == TLS_HANDSHAKE;
  const char *how = reset ? "reset" : "closed";
  const char *where = in_handshake ? " in the handshake" : reset ? "" : " without close_notify";
  if (t->server && in_handshake && t->leaf)
    left_after_certificate(t, how);
  else if (t->server)
    verdict_set(t, TLS_CLIENT_LEFT, NULL, "the client %s the connection%s", how, where);
  else if (t->certificate_asked)
    wants_certificate(t, reset ? "it reset the connection" : "it closed the connection");
  else
    verdict_set(t, reset ? TLS_RESET : TLS_CLOSED, NULL, "%s: the server %s the connection%s", t->host, how, where);
}

/* After the handshake all that arrives has to be a record that the agreed keys open. */
static void other(struct tls_stream *t, const char *words) {
  const char *what = "sent what is no TLS record, or one that was changed on its way";
  if (t->server && t->state != TLS_HANDSHAKE)
    verdict_set(t, TLS_OTHER, NULL, "the client %s, after a good handshake for %s (%s)", what, served_name(t), words);
  else if (t->state != TLS_HANDSHAKE)
    verdict_set(t, TLS_OTHER, NULL, "%s: the server %s, after a good handshake (%s)", t->host, what, words);
  else if (t->server)
    verdict_set(t, TLS_OTHER, NULL, "TLS with the client failed for %s: %s", served_name(t), words);
  else
    verdict_set(t, TLS_OTHER, NULL, "%s: TLS with the server failed: %s", t->host, words);
}

void verdict_failure(struct tls_stream *t, int ssl_error) {
  unsigned long first = ERR_peek_error();
  int reason = ERR_GET_LIB(first) == ERR_LIB_SSL ? ERR_GET_REASON(first) : 0;
  const char *words = ERR_reason_error_string(first);
  bool alerted = reason > ALERT_REASONS && reason <= ALERT_REASONS + 255;
  if (alerted)
    t->result.alert = reason - ALERT_REASONS;
  if (alerted && t->server)
    client_alert(t, t->result.alert);
  else if (alerted)
    server_alert(t, t->result.alert);
  else if (!looks_like_tls(t) && t->state == TLS_HANDSHAKE)
    not_tls(t);
  else if (agreement_is_reason(reason))
    agreement_failed(t, reason, words ? words : "");
  else if (ssl_error != SSL_ERROR_SSL || reason == SSL_R_UNEXPECTED_EOF_WHILE_READING || t->wire.in_error)
    went_away(t);
  else
    other(t, words ? words : "no reason is known");
}

void verdict_cut(struct tls_stream *t) {
  went_away(t);
}

void verdict_timeout(struct tls_stream *t) {
  if (t->server)
    verdict_set(t, TLS_TIMEOUT, NULL, "the client did not finish the handshake for %s in time", served_name(t));
  else
    verdict_set(t, TLS_TIMEOUT, NULL, "%s: the server did not finish the handshake in time", t->host);
}
