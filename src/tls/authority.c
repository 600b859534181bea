#include "weir/tls/authority.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "authority_file.h"
#include "certificate.h"
#include "facts.h"
#include "leaf.h"
#include "lru.h"
#include "permit.h"
#include "weir/base/clock.h"
#include "weir/base/mem.h"
#include "weir/base/path.h"
#include "weir/base/text.h"

#define LEAVES_MAX 1000
#define PEM_MOST   ((size_t)1 << 20)
#define LEAF_SPARE INT64_C(86400) /* a leaf that ends within a day is minted anew */

struct authority {
  char *path, *key_path, *name;
  char *program, *confdir; /* as given; NULL: were not */
  bool own;                /* the person gave it */
  char fingerprint[96];
  int64_t until;
  struct authority_pair pair;
  EVP_PKEY *leaf_key, *leaf_public;
  NAME_CONSTRAINTS *limits; /* NULL: none */
  char *permit;             /* the same in words */
  STACK_OF(X509) * chain;   /* borrows from the pair */
  struct lru leaves;
  uint64_t minted;
};

static int64_t wall_now(void) {
  return (int64_t)(clock_wall() / 1000000);
}

static char *file_path(const struct authority_files *files, const char *given, const char *name) {
  char *path = given ? path_expand(given) : path_for(PATH_DATA, files->confdir, name), *whole = path_absolute(path);
  free(path);
  return whole;
}

static bool fits_together(const struct authority_files *files, struct err *err) {
  if (files->cert && files->permit)
    return err_set(err,
                   "--ca-permit is for weir's own authority: the limits of one of your own stand in its certificate");
  if (!files->cert == !files->key)
    return true;
  return err_set(err, "an authority of your own needs both its certificate and its key: --ca-cert and --ca-key");
}

static struct invocation way_to(const struct authority *a) {
  return (struct invocation){a->program, a->confdir, a->own ? a->path : NULL, a->own ? a->key_path : NULL};
}

const char *authority_command(const struct authority *a, const char *words, char *out, size_t size) {
  struct invocation v = a ? way_to(a) : (struct invocation){NULL, NULL, NULL, NULL};
  return invocation_text(&v, words, out, size);
}

bool authority_is_own(const struct authority *a) {
  return a->own;
}

/* ---- making ---- */

static bool make_pair(const char *path, const char *key_path, const char *permit, struct err *err) {
  NAME_CONSTRAINTS *limits = permit ? permit_parse(permit, err) : NULL;
  if (permit && !limits)
    return false;
  EVP_PKEY *key = certificate_key_new();
  X509 *x = key ? certificate_authority_new(key, wall_now(), limits) : NULL;
  bool ok = x ? authority_pair_write(path, key_path, x, key, err) : err_set(err, "OpenSSL made no authority");
  NAME_CONSTRAINTS_free(limits);
  X509_free(x);
  EVP_PKEY_free(key);
  ERR_clear_error();
  return ok;
}

static bool keep_old(const char *path, struct err *err) {
  struct buf old = BUF_INIT;
  buf_printf(&old, "%s.old", path);
  bool ok = rename(path, old.p) == 0 || errno == ENOENT;
  if (!ok)
    err_set(err, "cannot rename %s: %s", path, strerror(errno));
  buf_clear(&old);
  return ok;
}

bool authority_renew(const struct authority_files *files, struct err *err) {
  if (files->cert || files->key)
    return err_set(err, "an authority of your own (--ca-cert, --ca-key) is not weir's to replace");
  char *path = file_path(files, NULL, "ca.pem"), *key_path = file_path(files, NULL, "ca.key");
  int lock = path_make_parents(path, err) ? authority_lock(path, err) : -1;
  bool ok =
      lock >= 0 && keep_old(key_path, err) && keep_old(path, err) && make_pair(path, key_path, files->permit, err);
  if (lock >= 0)
    authority_unlock(lock);
  free(path);
  free(key_path);
  return ok;
}

/* ---- loading ---- */

static bool day_of(int64_t seconds, char *out, size_t size) {
  time_t t = (time_t)seconds;
  struct tm tm;
  return gmtime_r(&t, &tm) && strftime(out, size, "%Y-%m-%d", &tm) > 0;
}

static bool check_authority(struct authority *a, X509 *x, struct err *err) {
  char day[32] = "";
  uint32_t usage = X509_get_key_usage(x);
  if (X509_check_ca(x) != 1 || !(usage & KU_KEY_CERT_SIGN))
    return err_set(err, "the certificate in %s is not an authority's: it may not sign others", a->path);
  a->until = certificate_time(X509_get0_notAfter(x));
  day_of(a->until, day, sizeof day);
  if (a->until > wall_now())
    return true;
  char renew[INVOCATION_TEXT];
  if (a->own)
    return err_set_cured(
        err,
        "your own authority in %s ended on %s: renew it where you made it, name another with --ca-cert "
        "and --ca-key, or leave both out for weir's own",
        a->path, day);
  return err_set_cured(err, "the authority in %s ended on %s: %s makes another", a->path, day,
                       authority_command(a, "ca new", renew, sizeof renew));
}

static char *common_name(X509 *x) {
  X509_NAME *subject = X509_get_subject_name(x);
  int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  unsigned char *text = NULL;
  int n = at < 0 ? -1 : ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  char *name = mem_dup_n(n > 0 ? (const char *)text : "", n > 0 ? (size_t)n : 0);
  OPENSSL_free(text);
  return name;
}

static void set_chain(struct authority *a) {
  a->chain = sk_X509_new_null();
  for (int i = 0; i < sk_X509_num(a->pair.certificates); i++) {
    X509 *x = sk_X509_value(a->pair.certificates, i);
    if (!(X509_get_extension_flags(x) & EXFLAG_SS))
      sk_X509_push(a->chain, x);
  }
}

static void set_limits(struct authority *a, const X509 *x) {
  struct buf raw = BUF_INIT, safe = BUF_INIT;
  a->limits = permit_of(x);
  if (!a->limits)
    return;
  permit_text(a->limits, &raw);
  text_safe(&safe, buf_slice(&raw), TEXT_PLAIN);
  a->permit = buf_take(&safe);
  buf_clear(&raw);
}

static void free_leaf(void *leaf) {
  leaf_unref(leaf);
}

static bool load(struct authority *a, struct err *err) {
  if (!authority_pair_load(a->path, a->key_path, &a->pair, err))
    return false;
  X509 *x = sk_X509_value(a->pair.certificates, 0);
  if (!check_authority(a, x, err))
    return false;
  certificate_fingerprint(x, a->fingerprint, sizeof a->fingerprint);
  a->name = common_name(x);
  a->leaf_key = certificate_key_new();
  a->leaf_public = a->leaf_key ? certificate_public_key(a->leaf_key) : NULL;
  if (!a->leaf_public)
    return err_set(err, "OpenSSL made no key");
  set_chain(a);
  set_limits(a, x);
  return true;
}

static bool made_already(const struct authority *a) {
  return access(a->path, F_OK) == 0;
}

/* Where the sentence has no cure yet: weir's own pair can be made anew. */
static bool load_own(struct authority *a, struct err *err) {
  struct err why = ERR_INIT;
  if (load(a, &why))
    return true;
  char renew[INVOCATION_TEXT];
  if (why.cured)
    return err_set_cured(err, "%s", why.text);
  return err_set_cured(err, "%s; %s makes another, and keeps what is there beside it", why.text,
                       authority_command(a, "ca new", renew, sizeof renew));
}

/* It was made with other limits, or with none. */
static bool is_limited_so(const struct authority *a, const char *permit, struct err *err) {
  if (!permit)
    return true;
  NAME_CONSTRAINTS *asked = permit_parse(permit, err);
  if (!asked)
    return false;
  bool same = permit_same(asked, a->limits);
  NAME_CONSTRAINTS_free(asked);
  if (same)
    return true;
  struct buf words = BUF_INIT;
  char renew[INVOCATION_TEXT];
  buf_add_text(&words, "ca new --ca-permit ");
  text_shell_word(&words, slice_of(permit));
  authority_command(a, buf_text(&words), renew, sizeof renew);
  buf_clear(&words);
  return err_set_cured(err, "the authority in %s may sign for %s: %s makes another", a->path,
                       a->permit ? a->permit : "any name", renew);
}

/* Under the lock, so that of two weirs that start at once the second finds what the first has made. */
static bool load_or_make(struct authority *a, const char *permit, bool make, struct err *err) {
  if (make && !path_make_parents(a->path, err))
    return false;
  char renew[INVOCATION_TEXT];
  if (!make && !made_already(a))
    return err_set_cured(err, "there is no authority yet at %s: weir makes it when it starts, or type %s", a->path,
                         authority_command(a, "ca new", renew, sizeof renew));
  int lock = authority_lock(a->path, err);
  if (lock < 0)
    return false;
  /* A key without its certificate is what a stop in between left; it signed nothing, but is kept all the same. */
  bool ok = made_already(a) || (keep_old(a->key_path, err) && make_pair(a->path, a->key_path, permit, err));
  ok = ok && load_own(a, err) && is_limited_so(a, permit, err);
  authority_unlock(lock);
  return ok;
}

bool authority_looks_good(const struct authority_files *files) {
  char *path = file_path(files, NULL, "ca.pem"), *key_path = file_path(files, NULL, "ca.key");
  bool good = authority_pair_looks_good(path, key_path);
  free(path);
  free(key_path);
  return good;
}

struct authority *authority_open(const struct authority_files *files, bool make, struct err *err) {
  if (!fits_together(files, err))
    return NULL;
  struct authority *a = mem_zero(1, sizeof *a);
  a->leaves = (struct lru){.most = LEAVES_MAX, .free_value = free_leaf};
  a->own = files->cert != NULL;
  a->program = mem_dup(files->program);
  a->confdir = mem_dup(files->confdir);
  a->path = file_path(files, files->cert, "ca.pem");
  a->key_path = file_path(files, files->key, "ca.key");
  bool ok = files->cert ? load(a, err) : load_or_make(a, files->permit, make, err);
  ERR_clear_error();
  if (ok)
    return a;
  authority_free(a);
  return NULL;
}

void authority_free(struct authority *a) {
  if (!a)
    return;
  lru_clear(&a->leaves);
  sk_X509_free(a->chain);
  authority_pair_clear(&a->pair);
  EVP_PKEY_free(a->leaf_key);
  EVP_PKEY_free(a->leaf_public);
  NAME_CONSTRAINTS_free(a->limits);
  free(a->permit);
  free(a->program);
  free(a->confdir);
  free(a->path);
  free(a->key_path);
  free(a->name);
  free(a);
}

/* ---- leaves ---- */

bool authority_permits(const struct authority *a, const struct name *name) {
  return permit_allows(a->limits, name);
}

static struct leaf *mint(struct authority *a, const struct name *name) {
  if (!authority_permits(a, name))
    return NULL;
  struct certificate_issuer issuer = {authority_certificate(a), a->pair.key};
  X509 *x = certificate_leaf_new(&issuer, a->leaf_public, name, wall_now());
  ERR_clear_error();
  if (!x)
    return NULL;
  struct leaf *leaf = mem_zero(1, sizeof *leaf);
  leaf->refs = 1;
  leaf->certificate = x;
  leaf->until = certificate_time(X509_get0_notAfter(x));
  facts_describe(&leaf->described, x);
  a->minted++;
  return leaf;
}

struct leaf *authority_leaf(struct authority *a, const struct name *name) {
  struct leaf *leaf = lru_get(&a->leaves, name->text);
  if (!leaf || leaf->until < wall_now() + LEAF_SPARE) {
    struct leaf *fresh = mint(a, name);
    if (fresh) {
      lru_put(&a->leaves, name->text, fresh);
      leaf = fresh;
    }
  }
  if (leaf)
    leaf->refs++;
  return leaf;
}

void leaf_unref(struct leaf *leaf) {
  if (!leaf || --leaf->refs > 0)
    return;
  X509_free(leaf->certificate);
  secure_certificate_clear(&leaf->described);
  free(leaf);
}

EVP_PKEY *authority_leaf_key(const struct authority *a) {
  return a->leaf_key;
}

STACK_OF(X509) * authority_chain(const struct authority *a) {
  return a->chain;
}

X509 *authority_certificate(const struct authority *a) {
  return sk_X509_value(a->pair.certificates, 0);
}

/* ---- what others are told ---- */

const char *authority_path(const struct authority *a) {
  return a->path;
}

const char *authority_fingerprint(const struct authority *a) {
  return a->fingerprint;
}

void authority_tag(const char *fingerprint, char out[AUTHORITY_TAG + 1]) {
  size_t n = 0;
  for (; *fingerprint && n < AUTHORITY_TAG; fingerprint++)
    if (*fingerprint != ':')
      out[n++] = (char)(*fingerprint >= 'A' && *fingerprint <= 'F' ? *fingerprint - 'A' + 'a' : *fingerprint);
  out[n] = '\0';
}

const char *authority_name(const struct authority *a) {
  return a->name;
}

bool authority_check_permit(const char *permit, struct err *err) {
  NAME_CONSTRAINTS *limits = permit_parse(permit, err);
  NAME_CONSTRAINTS_free(limits);
  return limits != NULL;
}

const char *authority_permit(const struct authority *a) {
  return a->permit;
}

int64_t authority_until(const struct authority *a) {
  return a->until;
}

size_t authority_leaves(const struct authority *a) {
  return lru_count(&a->leaves);
}

uint64_t authority_minted(const struct authority *a) {
  return a->minted;
}

/* certificate_authority_new() names it so. */
bool authority_is_weirs(struct slice pem) {
  static const char prefix[] = "weir CA ";
  BIO *text = BIO_new_mem_buf(pem.p, (int)slice_sub(pem, 0, PEM_MOST).n);
  X509 *x = text ? PEM_read_bio_X509(text, NULL, NULL, NULL) : NULL;
  char *name = x ? common_name(x) : NULL;
  bool is = name && strncmp(name, prefix, strlen(prefix)) == 0 && X509_check_ca(x) == 1 &&
            (X509_get_extension_flags(x) & EXFLAG_SS);
  free(name);
  X509_free(x);
  BIO_free(text);
  ERR_clear_error();
  return is;
}

void authority_pem(const struct authority *a, struct buf *out) {
  BIO *text = BIO_new(BIO_s_mem());
  char *bytes = NULL;
  long n = text && PEM_write_bio_X509(text, authority_certificate(a)) == 1 ? BIO_get_mem_data(text, &bytes) : 0;
  if (n > 0)
    buf_add(out, bytes, (size_t)n);
  BIO_free(text);
}

void authority_der(const struct authority *a, struct buf *out) {
  unsigned char *bytes = NULL;
  int n = i2d_X509(authority_certificate(a), &bytes);
  if (n > 0)
    buf_add(out, bytes, (size_t)n);
  OPENSSL_free(bytes);
}
