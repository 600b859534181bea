#include "certificate.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY            INT64_C(86400)
#define AUTHORITY_DAYS 3652
#define LEAF_DAYS      365 /* from beginning to end; browsers take 397 at most */
#define EARLIER_DAYS   2   /* begins so long ago, for clients whose clock is slow */
#define SERIAL_BYTES   16
#define KEY_ID_BYTES   20
#define CN_MAX         64 /* RFC 5280, ub-common-name */

EVP_PKEY *certificate_key_new(void) {
  return EVP_EC_gen("P-256");
}

/* OpenSSL 3 gives a new certificate its key by encoding and decoding it through providers, which takes six times as long
 * as the signature. A key that was put together from its type, group and point is encoded directly. */
EVP_PKEY *certificate_public_key(EVP_PKEY *key) {
  unsigned char *point = NULL;
  size_t n = EVP_PKEY_get1_encoded_public_key(key, &point);
  EVP_PKEY *half = EVP_PKEY_new();
  bool ok = n > 0 && half && EVP_PKEY_set_type(half, EVP_PKEY_EC) == 1 && EVP_PKEY_copy_parameters(half, key) == 1 &&
            EVP_PKEY_set1_encoded_public_key(half, point, n) == 1 && EVP_PKEY_eq(half, key) == 1;
  OPENSSL_free(point);
  if (ok)
    return half;
  EVP_PKEY_free(half);
  return EVP_PKEY_up_ref(key) == 1 ? key : NULL;
}

int64_t certificate_time(const ASN1_TIME *time) {
  struct tm tm;
  if (!time || !ASN1_TIME_to_tm(time, &tm))
    return 0;
  return (int64_t)timegm(&tm);
}

void certificate_fingerprint(const X509 *certificate, char *out, size_t size) {
  static const char digits[] = "0123456789ABCDEF";
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned n = 0;
  size_t at = 0;
  *out = '\0';
  if (!X509_digest(certificate, EVP_sha256(), digest, &n))
    return;
  for (unsigned i = 0; i < n && at + 4 <= size; i++) {
    if (i)
      out[at++] = ':';
    out[at++] = digits[digest[i] >> 4];
    out[at++] = digits[digest[i] & 15];
  }
  out[at] = '\0';
}

/* ---- parts, each true when it was added ---- */

/* 128 bits of which one is always set and one never: positive, and always as long as it can be. */
static bool set_serial(X509 *x) {
  unsigned char bytes[SERIAL_BYTES];
  if (RAND_bytes(bytes, sizeof bytes) != 1)
    return false;
  bytes[0] = (unsigned char)((bytes[0] & 0x7f) | 0x40);
  BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
  bool ok = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x));
  BN_free(number);
  return ok;
}

static bool set_times(X509 *x, int64_t from, int64_t until) {
  return ASN1_TIME_set(X509_getm_notBefore(x), (time_t)from) && ASN1_TIME_set(X509_getm_notAfter(x), (time_t)until);
}

static bool add_entry(X509_NAME *name, int nid, const char *text) {
  return X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8, (const unsigned char *)text, -1, -1, 0) == 1;
}

/* A whole number of octets of key usage, as RFC 5280 numbers its bits from the left. */
static bool add_key_usage(X509 *x, const int *bits, size_t n) {
  ASN1_BIT_STRING *usage = ASN1_BIT_STRING_new();
  bool ok = usage != NULL;
  for (size_t i = 0; i < n && ok; i++)
    ok = ASN1_BIT_STRING_set_bit(usage, bits[i], 1) == 1;
  ok = ok && X509_add1_ext_i2d(x, NID_key_usage, usage, 1, 0) == 1;
  ASN1_BIT_STRING_free(usage);
  return ok;
}

static bool add_basic_constraints(X509 *x, bool authority) {
  BASIC_CONSTRAINTS *basic = BASIC_CONSTRAINTS_new();
  bool ok = basic != NULL;
  if (ok && authority) {
    basic->ca = 0xff;
    basic->pathlen = ASN1_INTEGER_new();
    ok = basic->pathlen && ASN1_INTEGER_set(basic->pathlen, 0) == 1;
  }
  ok = ok && X509_add1_ext_i2d(x, NID_basic_constraints, basic, 1, 0) == 1;
  BASIC_CONSTRAINTS_free(basic);
  return ok;
}

/* RFC 7093, method 1: the leftmost 160 bits of the SHA-256 of the public key. */
static ASN1_OCTET_STRING *key_id_of(const X509 *x) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned n = 0;
  ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
  if (id && X509_pubkey_digest(x, EVP_sha256(), digest, &n) && n >= KEY_ID_BYTES &&
      ASN1_OCTET_STRING_set(id, digest, KEY_ID_BYTES))
    return id;
  ASN1_OCTET_STRING_free(id);
  return NULL;
}

static bool add_subject_key_id(X509 *x) {
  ASN1_OCTET_STRING *id = key_id_of(x);
  bool ok = id && X509_add1_ext_i2d(x, NID_subject_key_identifier, id, 0, 0) == 1;
  ASN1_OCTET_STRING_free(id);
  return ok;
}

/* What the issuer calls itself where it does; a person's own authority may use another method than ours. */
static bool add_authority_key_id(X509 *x, X509 *issuer) {
  const ASN1_OCTET_STRING *named = X509_get0_subject_key_id(issuer);
  AUTHORITY_KEYID *id = AUTHORITY_KEYID_new();
  bool ok = id != NULL;
  if (ok) {
    id->keyid = named ? ASN1_OCTET_STRING_dup(named) : key_id_of(issuer);
    ok = id->keyid && X509_add1_ext_i2d(x, NID_authority_key_identifier, id, 0, 0) == 1;
  }
  AUTHORITY_KEYID_free(id);
  return ok;
}

static bool add_server_auth(X509 *x) {
  EXTENDED_KEY_USAGE *usage = EXTENDED_KEY_USAGE_new();
  bool ok = usage && sk_ASN1_OBJECT_push(usage, OBJ_nid2obj(NID_server_auth)) > 0 &&
            X509_add1_ext_i2d(x, NID_ext_key_usage, usage, 0, 0) == 1;
  EXTENDED_KEY_USAGE_free(usage);
  return ok;
}

static bool set_general_name(GENERAL_NAME *to, const struct name *name) {
  if (name->address.family) {
    ASN1_OCTET_STRING *ip = ASN1_OCTET_STRING_new();
    if (!ip || !ASN1_OCTET_STRING_set(ip, name->address.ip, name->address.family == 4 ? 4 : 16)) {
      ASN1_OCTET_STRING_free(ip);
      return false;
    }
    GENERAL_NAME_set0_value(to, GEN_IPADD, ip);
    return true;
  }
  ASN1_IA5STRING *dns = ASN1_IA5STRING_new();
  if (!dns || !ASN1_STRING_set(dns, name->text, -1)) {
    ASN1_IA5STRING_free(dns);
    return false;
  }
  GENERAL_NAME_set0_value(to, GEN_DNS, dns);
  return true;
}

bool certificate_add_name(X509 *x, const struct name *name) {
  GENERAL_NAMES *all = GENERAL_NAMES_new();
  GENERAL_NAME *one = GENERAL_NAME_new();
  bool ok = all && one && set_general_name(one, name) && sk_GENERAL_NAME_push(all, one) > 0;
  if (!ok)
    GENERAL_NAME_free(one);
  ok = ok && X509_add1_ext_i2d(x, NID_subject_alt_name, all, 0, 0) == 1;
  GENERAL_NAMES_free(all);
  return ok;
}

/* Keys that sign with a digest of their own (Ed25519) take none; others at least as strong a one as themselves. */
static const EVP_MD *digest_for(EVP_PKEY *key) {
  char name[64];
  int known = EVP_PKEY_get_default_digest_name(key, name, sizeof name);
  if (known == 2 && (name[0] == '\0' || strcmp(name, "UNDEF") == 0))
    return NULL;
  return EVP_PKEY_get_security_bits(key) > 128 ? EVP_sha384() : EVP_sha256();
}

/* ---- whole ones ---- */

static bool add_limits(X509 *x, const NAME_CONSTRAINTS *limits) {
  return !limits || X509_add1_ext_i2d(x, NID_name_constraints, (void *)(uintptr_t)limits, 1, 0) == 1;
}

static bool fill_authority(X509 *x, EVP_PKEY *key, int64_t now, const NAME_CONSTRAINTS *limits) {
  static const int usage[] = {5, 6}; /* keyCertSign, cRLSign */
  unsigned char tag[4];
  char text[32];
  if (RAND_bytes(tag, sizeof tag) != 1)
    return false;
  snprintf(text, sizeof text, "weir CA %02x%02x%02x%02x", tag[0], tag[1], tag[2], tag[3]);
  X509_NAME *subject = X509_get_subject_name(x);
  return X509_set_version(x, X509_VERSION_3) && set_serial(x) &&
         set_times(x, now - EARLIER_DAYS * DAY, now + AUTHORITY_DAYS * DAY) &&
         add_entry(subject, NID_organizationName, "weir") && add_entry(subject, NID_commonName, text) &&
         X509_set_issuer_name(x, subject) && X509_set_pubkey(x, key) && add_basic_constraints(x, true) &&
         add_key_usage(x, usage, 2) && add_limits(x, limits) && add_subject_key_id(x) &&
         X509_sign(x, key, digest_for(key)) > 0;
}

X509 *certificate_authority_new(EVP_PKEY *key, int64_t now, const NAME_CONSTRAINTS *limits) {
  X509 *x = X509_new();
  if (x && key && fill_authority(x, key, now, limits))
    return x;
  X509_free(x);
  return NULL;
}

/* A name that is too long for CN stands in subjectAltName alone, which is the one that counts; so does an address under
 * an authority with limits, since the CN would be held against those for names. */
static bool has_common_name(const struct certificate_issuer *issuer, const struct name *name) {
  bool limited = X509_get_ext_by_NID(issuer->certificate, NID_name_constraints, -1) >= 0;
  return strlen(name->text) <= CN_MAX && !(limited && name->address.family);
}

static bool fill_leaf(X509 *x, const struct certificate_issuer *issuer, EVP_PKEY *key, const struct name *name,
                      int64_t now) {
  static const int usage[] = {0}; /* digitalSignature */
  int64_t from = now - EARLIER_DAYS * DAY, until = from + LEAF_DAYS * DAY;
  int64_t least = certificate_time(X509_get0_notBefore(issuer->certificate));
  int64_t most = certificate_time(X509_get0_notAfter(issuer->certificate));
  if (from < least)
    from = least;
  if (until > most)
    until = most;
  if (until <= now)
    return false;
  X509_NAME *subject = X509_get_subject_name(x);
  return X509_set_version(x, X509_VERSION_3) && set_serial(x) && set_times(x, from, until) &&
         add_entry(subject, NID_organizationName, "weir") &&
         (!has_common_name(issuer, name) || add_entry(subject, NID_commonName, name->text)) &&
         X509_set_issuer_name(x, X509_get_subject_name(issuer->certificate)) && X509_set_pubkey(x, key) &&
         add_basic_constraints(x, false) && add_key_usage(x, usage, 1) && add_server_auth(x) &&
         certificate_add_name(x, name) && add_subject_key_id(x) && add_authority_key_id(x, issuer->certificate) &&
         X509_sign(x, issuer->key, digest_for(issuer->key)) > 0;
}

X509 *certificate_leaf_new(const struct certificate_issuer *issuer, EVP_PKEY *key, const struct name *name,
                           int64_t now) {
  X509 *x = X509_new();
  if (x && fill_leaf(x, issuer, key, name, now))
    return x;
  X509_free(x);
  return NULL;
}
