#include "ui/secure_words.h"

#include <string.h>

#include "weir/tls/stream.h"

#define TRUST_FIRST "trust it: F8  " /* where the room ends, the sentence is cut, and not the key */

/* Alerts by which a client says that it does not like a certificate (RFC 8446-6.2). */
static bool about_certificate(int alert) {
  return (alert >= 42 && alert <= 46) || alert == 48;
}

static bool tls_failed(const struct flow *f) {
  return f->state == FLOW_FAILED && f->stage == STAGE_TLS;
}

bool secure_client_failed(const struct flow *f) {
  return tls_failed(f) && f->kind == FLOW_TUNNEL;
}

bool secure_may_accept(const struct flow *f) {
  const struct secure_facts *s = f->server_tls;
  return tls_failed(f) && f->kind != FLOW_TUNNEL && s != NULL && s->problem != NULL && !s->insecure;
}

struct slice secure_server_name(const struct flow *f) {
  if (f->server_tls != NULL && f->server_tls->sni != NULL)
    return slice_of(f->server_tls->sni);
  if (f->client_tls != NULL && f->client_tls->sni != NULL)
    return slice_of(f->client_tls->sni);
  return flow_host(f);
}

/* Other things go wrong without an alert too: what was sent was no TLS, or took too long. */
static bool may_distrust(const struct flow *f) {
  return f->error_kind == NULL || strcmp(f->error_kind, tls_problem_word(TLS_CLIENT_REJECTED)) == 0 ||
         strcmp(f->error_kind, tls_problem_word(TLS_CLIENT_LEFT)) == 0;
}

static bool trust_cures(const struct flow *f) {
  return secure_client_failed(f) && f->error == ERROR_TLS && may_distrust(f) &&
         (f->os_error == 0 || about_certificate(f->os_error));
}

/* An option that no key stands for. */
static bool option_cures(const struct flow *f) {
  struct slice cure = slice_of(f->error_cure);
  return tls_failed(f) && slice_starts(cure, SLICE("--")) && !slice_starts(cure, SLICE("--insecure")) &&
         !slice_starts(cure, SLICE("--passthrough"));
}

static void client_cure(const struct flow *f, struct buf *out) {
  if (option_cures(f))
    buf_printf(out, "start weir with %s; or P passes this host untouched", f->error_cure);
  else
    buf_add_text(out,
                 trust_cures(f) ? "trust it: F8; or P passes this host untouched" : "P passes this host untouched");
}

struct slice secure_sentence(const struct flow *f) {
  struct slice text = slice_of(f->error_text);
  ptrdiff_t end = secure_client_failed(f) ? slice_find(text, SLICE("; P passes ")) : -1;
  return end < 0 ? text : slice_sub(text, 0, (size_t)end);
}

bool secure_silent(const struct flow *f) {
  return f->quiet && (f->state == FLOW_OPEN || (f->state == FLOW_FAILED && f->stage == STAGE_TUNNEL));
}

/* Something in TLS that is no HTTP. */
static bool refused_in_tls(const struct flow *f) {
  return flow_invalid(&f->request) && f->client_tls != NULL;
}

bool secure_may_pass(const struct flow *f) {
  return tls_failed(f) || secure_silent(f) || refused_in_tls(f);
}

bool secure_lacks_certificate(const struct flow *f) {
  const struct secure_facts *s = f->server_tls;
  int status = flow_status(f);
  /* 495 and 496 are nginx's own for this, which it shows as 400 */
  return s != NULL && s->wanted && s->shown == NULL &&
         (status == 400 || status == 401 || status == 403 || status == 495 || status == 496);
}

/* Of a sentence that names no host what comes before the guess. */
static bool left_after_handshake(const struct flow *f, struct slice text, struct buf *out) {
  ptrdiff_t end = slice_find(text, SLICE(" without asking"));
  if (!f->quiet || end < 0 || !trust_cures(f))
    return false;
  buf_add_text(out, TRUST_FIRST);
  buf_add_slice(out, slice_sub(text, 0, (size_t)end));
  return true;
}

bool secure_row_words(const struct flow *f, struct buf *out) {
  struct slice text = secure_sentence(f), host = flow_host(f);
  struct buf whom = BUF_INIT;
  if (secure_silent(f) && f->state == FLOW_OPEN) {
    buf_add_text(out, "no request yet: P if not HTTP");
    return true;
  }
  if (!secure_client_failed(f) || host.n == 0)
    return false;
  if (left_after_handshake(f, text, out))
    return true;
  buf_add_text(&whom, " for ");
  buf_add_slice(&whom, host);
  ptrdiff_t at = slice_find(text, buf_slice(&whom));
  if (at >= 0) {
    struct slice rest = slice_from(text, (size_t)at + whom.n);
    if (trust_cures(f))
      buf_add_text(out, TRUST_FIRST);
    buf_add_slice(out, slice_sub(text, 0, (size_t)at));
    if (!trust_cures(f))
      buf_add_slice(out, rest);
  }
  buf_clear(&whom);
  return at >= 0;
}

void secure_cure(const struct flow *f, struct buf *out) {
  if (secure_client_failed(f))
    client_cure(f, out);
  else if (secure_silent(f) || refused_in_tls(f))
    buf_add_text(out, "if this is not HTTP, P passes the host through");
  else if (secure_may_accept(f))
    buf_add_text(out, "T accepts this host's certificate until weir ends");
  else if (option_cures(f))
    buf_printf(out, "start weir with %s", f->error_cure);
  else if (secure_lacks_certificate(f)) {
    buf_add_text(out, "start weir with --client-cert ");
    buf_add_slice(out, secure_server_name(f));
    buf_add_text(out, "=FILE");
  } else if (tls_failed(f) && f->error == ERROR_TLS)
    buf_add_text(out, "P passes this host untouched");
}
