/* Both sides' TLS as JSON: what was agreed, whether the server was verified, and the certificates that were shown. */
#include "secure_line.h"

#include <string.h>

#include "weir/base/clock.h"

#define LAST_SECOND INT64_C(253402300799) /* of the year 9999 */

static void put_text(struct emit *j, const char *name, const char *text) {
  if (text && *text)
    emit_bytes(j, name, slice_of(text));
  else
    emit_null(j, name);
}

/* "h2, http/1.1": commas within an item are escaped. */
static void put_list(struct emit *j, const char *name, const char *text) {
  struct slice rest = slice_of(text), part;
  emit_open(j, name, '[');
  while (rest.n && slice_split(&rest, ',', &part))
    if (slice_trim(part).n)
      emit_bytes(j, NULL, slice_trim(part));
  emit_close(j, ']');
}

static void put_second(struct emit *j, const char *name, int64_t seconds) {
  char iso[40];
  if (seconds < 0 || seconds > LAST_SECOND) {
    emit_null(j, name);
    return;
  }
  clock_iso((uint64_t)seconds * 1000000, iso, sizeof iso);
  char *fraction = strchr(iso, '.');
  if (fraction)
    memcpy(fraction, "Z", 2);
  emit_bytes(j, name, slice_of(iso));
}

static void put_certificate(struct emit *j, const struct secure_certificate *c) {
  emit_open(j, NULL, '{');
  put_text(j, "subject", c->subject);
  put_text(j, "issuer", c->issuer);
  put_list(j, "names", c->names);
  put_second(j, "not_before", c->not_before);
  put_second(j, "not_after", c->not_after);
  put_text(j, "sha256", c->fingerprint);
  put_text(j, "key", c->key);
  emit_close(j, '}');
}

static void put_side(struct emit *j, const char *name, const struct secure_facts *s, const struct flow *f) {
  if (!s) {
    emit_null(j, name);
    return;
  }
  emit_open(j, name, '{');
  put_text(j, "version", s->version);
  put_text(j, "cipher", s->cipher);
  put_text(j, "alpn", s->alpn);
  put_list(j, "alpn_offered", s->alpn_offered);
  put_text(j, "sni", s->sni);
  emit_flag(j, "resumed", s->resumed);
  emit_ms(j, "handshake", s->handshake_ns);
  if (!s->server) {
    emit_ms(j, "handshake_waited", f->times.tls_ns);
    emit_flag(j, "verified", s->verified);
    emit_flag(j, "insecure", s->insecure);
    put_text(j, "problem", s->problem);
    emit_flag(j, "client_certificate_wanted", s->wanted);
    put_text(j, "client_certificate", s->shown);
  }
  emit_open(j, "certificates", '[');
  for (size_t i = 0; i < s->certificates && i < SECURE_CHAIN_MAX; i++)
    put_certificate(j, &s->certificate[i]);
  emit_close(j, ']');
  emit_close(j, '}');
}

void secure_line(struct emit *j, const struct flow *f) {
  if (!f->client_tls && !f->server_tls) {
    emit_null(j, "tls");
    return;
  }
  emit_open(j, "tls", '{');
  put_side(j, "client", f->client_tls, f);
  put_side(j, "server", f->server_tls, f);
  emit_close(j, '}');
}
