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

static void client_cure(const struct flow *f, struct buf *out) {
  bool trust = f->error == ERROR_TLS && (f->os_error == 0 || about_certificate(f->os_error));
  if (trust)
    buf_add_text(out, "trust it: F8");
  if (slice_find(slice_of(f->error_text), SLICE("; P passes ")) < 0) /* the sentence offers it where it is the second */
    buf_printf(out, "%sP passes this host through untouched", trust ? "; " : "");
}

void secure_cure(const struct flow *f, struct buf *out) {
  if (secure_client_failed(f))
    client_cure(f, out);
  else if (secure_may_accept(f))
    buf_add_text(out, "T accepts this host's certificate until weir ends");
  else if (tls_failed(f) && slice_find(slice_of(f->error_text), SLICE("wants a client certificate")) >= 0)
    buf_add_text(out, "start weir with --client-cert HOST=FILE");
  else if (tls_failed(f) && f->error == ERROR_TLS)
    buf_add_text(out, "P passes this host through untouched");
}
