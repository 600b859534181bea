#include "facts.h"

#include <arpa/inet.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "certificate.h"
#include "weir/base/mem.h"

#define TEXT_MAX 4096 /* a certificate may name thousands of hosts; a person reads the first */

void facts_subject(struct buf *out, const X509_NAME *name) {
  BIO *text = BIO_new(BIO_s_mem());
  char *bytes = NULL;
  if (text && X509_NAME_print_ex(text, name, 0,
                                 XN_FLAG_SEP_CPLUS_SPC | XN_FLAG_DN_REV | XN_FLAG_FN_SN | ASN1_STRFLGS_ESC_2253 |
                                     ASN1_STRFLGS_ESC_CTRL | ASN1_STRFLGS_UTF8_CONVERT | ASN1_STRFLGS_DUMP_UNKNOWN |
                                     ASN1_STRFLGS_DUMP_DER) >= 0) {
    long n = BIO_get_mem_data(text, &bytes);
    if (n > 0)
      buf_add(out, bytes, (size_t)n < TEXT_MAX ? (size_t)n : TEXT_MAX);
  }
  BIO_free(text);
}

/* A NUL or a comma inside of a name must not look like the end of it. */
static void put_escaped(struct buf *out, const ASN1_STRING *s) {
  const unsigned char *p = ASN1_STRING_get0_data(s);
  int n = ASN1_STRING_length(s);
  for (int i = 0; i < n; i++)
    if (p[i] < 0x20 || p[i] == 0x7f || p[i] == ',')
      buf_printf(out, "\\%02X", p[i]);
    else
      buf_add_byte(out, (char)p[i]);
}

static void put_ip(struct buf *out, const ASN1_OCTET_STRING *ip) {
  char text[INET6_ADDRSTRLEN];
  int n = ASN1_STRING_length(ip);
  int family = n == 4 ? AF_INET : n == 16 ? AF_INET6 : AF_UNSPEC;
  if (family != AF_UNSPEC && inet_ntop(family, ASN1_STRING_get0_data(ip), text, sizeof text))
    buf_add_text(out, text);
  else
    buf_printf(out, "an address of %d bytes", n);
}

static void put_name(struct buf *out, const GENERAL_NAME *name) {
  switch (name->type) {
  case GEN_DNS:
    put_escaped(out, name->d.dNSName);
    break;
  case GEN_IPADD:
    put_ip(out, name->d.iPAddress);
    break;
  case GEN_URI:
    buf_add_text(out, "URI:");
    put_escaped(out, name->d.uniformResourceIdentifier);
    break;
  case GEN_EMAIL:
    buf_add_text(out, "email:");
    put_escaped(out, name->d.rfc822Name);
    break;
  default:
    buf_add_text(out, "(another kind of name)");
    break;
  }
}

void facts_names(struct buf *out, const X509 *x) {
  GENERAL_NAMES *all = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
  int n = sk_GENERAL_NAME_num(all);
  size_t start = out->n;
  for (int i = 0; i < n; i++) {
    if (out->n - start > TEXT_MAX) {
      buf_printf(out, ", and %d more", n - i);
      break;
    }
    if (i)
      buf_add_text(out, ", ");
    put_name(out, sk_GENERAL_NAME_value(all, i));
  }
  GENERAL_NAMES_free(all);
}

static void describe_key(char *out, size_t size, const X509 *x) {
  EVP_PKEY *key = X509_get0_pubkey(x);
  char group[64] = "";
  if (!key) {
    snprintf(out, size, "not readable");
    return;
  }
  int kind = EVP_PKEY_get_base_id(key);
  if (kind == EVP_PKEY_EC && EVP_PKEY_get_group_name(key, group, sizeof group, NULL)) {
    const char *nist = EC_curve_nid2nist(OBJ_txt2nid(group));
    snprintf(out, size, "EC %s", nist ? nist : group);
  } else if (kind == EVP_PKEY_RSA || kind == EVP_PKEY_RSA_PSS) {
    snprintf(out, size, "RSA %d", EVP_PKEY_get_bits(key));
  } else {
    const char *name = EVP_PKEY_get0_type_name(key);
    snprintf(out, size, "%s %d", name ? name : "unknown", EVP_PKEY_get_bits(key));
  }
}

void facts_describe(struct secure_certificate *out, const X509 *x) {
  struct buf text = BUF_INIT;
  *out = (struct secure_certificate){0};
  facts_subject(&text, X509_get_subject_name(x));
  out->subject = mem_dup(buf_text(&text));
  buf_reset(&text);
  facts_subject(&text, X509_get_issuer_name(x));
  out->issuer = mem_dup(buf_text(&text));
  buf_reset(&text);
  facts_names(&text, x);
  out->names = mem_dup(buf_text(&text));
  buf_clear(&text);
  out->not_before = certificate_time(X509_get0_notBefore(x));
  out->not_after = certificate_time(X509_get0_notAfter(x));
  certificate_fingerprint(x, out->fingerprint, sizeof out->fingerprint);
  describe_key(out->key, sizeof out->key, x);
}

void facts_set_chain(struct secure_facts *facts, const STACK_OF(X509) * chain) {
  while (facts->certificates > 0)
    secure_certificate_clear(&facts->certificate[--facts->certificates]);
  for (int i = 0; i < sk_X509_num(chain) && facts->certificates < SECURE_CHAIN_MAX; i++)
    facts_describe(&facts->certificate[facts->certificates++], sk_X509_value(chain, i));
}

void facts_set_agreed(struct secure_facts *facts, const SSL *ssl) {
  const unsigned char *alpn = NULL;
  unsigned n = 0;
  const char *cipher = SSL_get_cipher_name(ssl);
  snprintf(facts->version, sizeof facts->version, "%s", SSL_get_version(ssl));
  snprintf(facts->cipher, sizeof facts->cipher, "%s", cipher ? cipher : "");
  SSL_get0_alpn_selected(ssl, &alpn, &n);
  snprintf(facts->alpn, sizeof facts->alpn, "%.*s", (int)n, n ? (const char *)alpn : "");
  facts->resumed = SSL_session_reused(ssl) == 1;
}
