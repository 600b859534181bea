/* What is wrong with a server's certificate, with its names and dates. */
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "certificate.h"
#include "facts.h"
#include "parts.h"
#include "weir/base/mem.h"

#define NAMES_SHOWN 200

struct fault {
  struct tls_stream *t;
  int error, depth;
  X509 *leaf, *at; /* the server's, and the one at fault */
  char insecure[320];
};

static void put_day(char *out, size_t size, const ASN1_TIME *time) {
  time_t seconds = (time_t)certificate_time(time);
  struct tm tm;
  if (!gmtime_r(&seconds, &tm) || strftime(out, size, "%Y-%m-%d", &tm) == 0)
    *out = '\0';
}

/* "the certificate" or "the authority CN=... above it". */
static char *which(const struct fault *f) {
  struct buf text = BUF_INIT;
  if (f->depth == 0) {
    buf_add_text(&text, "certificate");
  } else {
    buf_add_text(&text, "certificate of its authority ");
    facts_subject(&text, X509_get_subject_name(f->at));
  }
  return buf_take(&text);
}

static void say_date(const struct fault *f, bool expired) {
  char day[32];
  char *whose = which(f);
  put_day(day, sizeof day, expired ? X509_get0_notAfter(f->at) : X509_get0_notBefore(f->at));
  verdict_set(f->t, TLS_EXPIRED, f->insecure, expired ? "%s: %s expired on %s" : "%s: %s is not valid before %s",
              f->t->host, whose, day);
  free(whose);
}

static bool in_common_name(const struct fault *f) {
  return X509_check_host(f->leaf, f->t->host, 0, X509_CHECK_FLAG_ALWAYS_CHECK_SUBJECT, NULL) == 1;
}

static void say_host(const struct fault *f) {
  struct buf names = BUF_INIT;
  facts_names(&names, f->leaf);
  if (names.n > NAMES_SHOWN) {
    names.n = NAMES_SHOWN;
    buf_add_text(&names, "...");
  }
  if (names.n > 0)
    verdict_set(f->t, TLS_WRONG_HOST, f->insecure, "%s: certificate is for %s", f->t->host, names.p);
  else if (in_common_name(f))
    verdict_set(f->t, TLS_BAD_CERTIFICATE, f->insecure,
                "%s: certificate names the host in CN only and not in subjectAltName, where it counts", f->t->host);
  else
    verdict_set(f->t, TLS_WRONG_HOST, f->insecure, "%s: certificate names no host", f->t->host);
  buf_clear(&names);
}

static void say_issuer(const struct fault *f, enum tls_problem problem, const char *what) {
  struct buf name = BUF_INIT;
  X509 *last = f->at ? f->at : f->leaf;
  facts_subject(&name, problem == TLS_SELF_SIGNED ? X509_get_subject_name(last) : X509_get_issuer_name(last));
  verdict_set(f->t, problem, problem == TLS_UNKNOWN_ISSUER ? "--upstream-ca FILE" : f->insecure, "%s: %s (%s)",
              f->t->host, what, buf_text(&name));
  buf_clear(&name);
}

static void say_other(const struct fault *f) {
  char *whose = which(f);
  const char *words =
      f->error == X509_V_ERR_INVALID_PURPOSE ? "not meant for servers" : X509_verify_cert_error_string(f->error);
  verdict_set(f->t, TLS_BAD_CERTIFICATE, f->insecure, "%s: %s is refused: %s", f->t->host, whose, words);
  free(whose);
}

static void say(const struct fault *f) {
  switch (f->error) {
  case X509_V_ERR_CERT_HAS_EXPIRED:
  case X509_V_ERR_CERT_NOT_YET_VALID:
    say_date(f, f->error == X509_V_ERR_CERT_HAS_EXPIRED);
    break;
  case X509_V_ERR_HOSTNAME_MISMATCH:
  case X509_V_ERR_IP_ADDRESS_MISMATCH:
    say_host(f);
    break;
  case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    say_issuer(f, TLS_SELF_SIGNED, "certificate is self-signed");
    break;
  case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    say_issuer(f, TLS_UNKNOWN_ISSUER, "certificate issuer is not trusted here");
    break;
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
  case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
  case X509_V_ERR_CERT_UNTRUSTED:
    say_issuer(f, TLS_UNKNOWN_ISSUER, "certificate issuer is not trusted here, or the server left out an intermediate");
    break;
  default:
    say_other(f);
    break;
  }
}

void verdict_certificate(struct tls_stream *t, X509_STORE_CTX *store) {
  struct fault f = {.t = t,
                    .error = X509_STORE_CTX_get_error(store),
                    .depth = X509_STORE_CTX_get_error_depth(store),
                    .leaf = X509_STORE_CTX_get0_cert(store),
                    .at = X509_STORE_CTX_get_current_cert(store)};
  if (!f.at) {
    f.at = f.leaf;
    f.depth = 0;
  }
  snprintf(f.insecure, sizeof f.insecure, "--insecure %s", t->host);
  say(&f);
  t->facts->problem = mem_dup(t->text);
  if (t->insecure) { /* told, not demanded */
    free(t->text);
    free(t->cure);
    t->text = t->cure = NULL;
    t->result = (struct tls_result){.problem = TLS_OK};
  }
}
