#include "ui/secure_words.h"

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

static bool trust_cures(const struct flow *f) {
  return secure_client_failed(f) && f->error == ERROR_TLS && (f->os_error == 0 || about_certificate(f->os_error));
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

bool secure_row_words(const struct flow *f, struct buf *out) {
  struct slice text = secure_sentence(f), host = flow_host(f);
  struct buf whom = BUF_INIT;
  if (!secure_client_failed(f) || host.n == 0)
    return false;
  buf_add_text(&whom, " for ");
  buf_add_slice(&whom, host);
  ptrdiff_t at = slice_find(text, buf_slice(&whom));
  if (at >= 0) {
    struct slice rest = slice_from(text, (size_t)at + whom.n);
    buf_add_slice(out, slice_sub(text, 0, (size_t)at));
    if (trust_cures(f))
      buf_add_text(out, "  trust it: F8");
    else
      buf_add_slice(out, rest);
  }
  buf_clear(&whom);
  return at >= 0;
}

void secure_cure(const struct flow *f, struct buf *out) {
  if (secure_client_failed(f))
    client_cure(f, out);
  else if (secure_may_accept(f))
    buf_add_text(out, "T accepts this host's certificate until weir ends");
  else if (option_cures(f))
    buf_printf(out, "start weir with %s", f->error_cure);
  else if (tls_failed(f) && f->error == ERROR_TLS)
    buf_add_text(out, "P passes this host untouched");
}
