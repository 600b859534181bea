/* Whom weir trusts as an authority of servers (the system's store, and what the person adds), and who weir is for
 * servers that ask. */
#include <dirent.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "parts.h"
#include "pem.h"
#include "weir/base/mem.h"
#include "weir/base/path.h"

#define FILES_MAX 4096
#define FILE_MAX  ((size_t)16 << 20)
#define CHAIN_MAX 9 /* with the certificate itself */

/* ---- whom we trust ---- */

/* "a1b2c3d4.0": a folder that OpenSSL looks into when it needs an authority, which costs nothing at the start. */
static bool has_hashed_names(const char *folder) {
  DIR *dir = folder ? opendir(folder) : NULL;
  const struct dirent *entry;
  bool found = false;
  while (dir && !found && (entry = readdir(dir)) != NULL) {
    size_t n = strlen(entry->d_name);
    found = n == 10 && entry->d_name[8] == '.' && strspn(entry->d_name, "0123456789abcdef") == 8;
  }
  if (dir)
    closedir(dir);
  return found;
}

static void offer(X509_STORE_CTX *store, const X509_NAME *subject) {
  SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
  const struct tls *t = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
  bundle_offer(t->bundle, subject, X509_STORE_CTX_get0_store(store));
}

static int find_issuer(X509 **issuer, X509_STORE_CTX *store, X509 *x) {
  offer(store, X509_get_issuer_name(x));
  return X509_STORE_CTX_get1_issuer(issuer, store, x);
}

static STACK_OF(X509) * find_certificates(X509_STORE_CTX *store, const X509_NAME *subject) {
  offer(store, subject);
  return X509_STORE_CTX_get1_certs(store, subject);
}

static void load_system(struct tls *t) {
  const char *folder = getenv(X509_get_default_cert_dir_env()), *file = getenv(X509_get_default_cert_file_env());
  X509_STORE *store = SSL_CTX_get_cert_store(t->client);
  SSL_CTX_set_default_verify_dir(t->client);
  if (!file && has_hashed_names(folder ? folder : X509_get_default_cert_dir()))
    return;
  t->bundle = bundle_new(file ? file : X509_get_default_cert_file());
  X509_STORE_set_get_issuer(store, find_issuer);
  X509_STORE_set_lookup_certs(store, find_certificates);
}

static bool load_file(SSL_CTX *ctx, const char *path, struct err *err) {
  if (SSL_CTX_load_verify_file(ctx, path) == 1)
    return true;
  return err_set(err, "%s holds no certificate in PEM", path);
}

static bool names_a_certificate(const char *name) {
  struct slice s = slice_of(name);
  return slice_ends(s, SLICE(".pem")) || slice_ends(s, SLICE(".crt")) || slice_ends(s, SLICE(".cer"));
}

static bool load_folder(SSL_CTX *ctx, const char *path, struct err *err) {
  DIR *dir = opendir(path);
  const struct dirent *entry;
  size_t loaded = 0;
  if (!dir)
    return err_set(err, "cannot open %s: %s", path, strerror(errno));
  while ((entry = readdir(dir)) != NULL && loaded < FILES_MAX) {
    struct buf file = BUF_INIT;
    buf_printf(&file, "%s/%s", path, entry->d_name);
    if (names_a_certificate(entry->d_name) && load_file(ctx, file.p, NULL))
      loaded++;
    buf_clear(&file);
  }
  closedir(dir);
  return loaded > 0 || err_set(err, "no certificate (.pem, .crt, .cer) is in %s", path);
}

bool tls_trust_load(struct tls *t, const char *upstream_ca, struct err *err) {
  struct stat st;
  load_system(t);
  ERR_clear_error();
  if (!upstream_ca)
    return true;
  char *path = path_expand(upstream_ca);
  bool ok = stat(path, &st) < 0   ? err_set(err, "cannot open %s: %s", path, strerror(errno))
            : S_ISDIR(st.st_mode) ? load_folder(t->client, path, err)
                                  : load_file(t->client, path, err);
  free(path);
  return ok;
}

/* ---- who we are ---- */

static void clear_certificate(struct client_certificate *c) {
  free(c->host);
  X509_free(c->certificate);
  EVP_PKEY_free(c->key);
  sk_X509_pop_free(c->chain, X509_free);
}

static bool load_certificate(const char *path, struct client_certificate *out, struct err *err) {
  char *bytes = NULL;
  size_t n = 0;
  if (!path_read(path, FILE_MAX, &bytes, &n, err))
    return false;
  out->key = pem_key(slice_make(bytes, n));
  out->chain = pem_certificates(slice_make(bytes, n), CHAIN_MAX);
  out->certificate = sk_X509_shift(out->chain);
  OPENSSL_cleanse(bytes, n);
  free(bytes);
  if (!out->key)
    return err_set(err, "%s holds no private key in PEM that can be read without a passphrase", path);
  if (!out->certificate)
    return err_set(err, "%s holds no certificate in PEM", path);
  if (X509_check_private_key(out->certificate, out->key) != 1)
    return err_set(err, "the private key in %s does not belong to the first certificate there", path);
  return true;
}

static char *lower(struct slice s) {
  char *text = mem_dup_n(s.p, s.n);
  for (char *c = text; *c; c++)
    if (*c >= 'A' && *c <= 'Z')
      *c = (char)(*c + ('a' - 'A'));
  return text;
}

static bool load_spec(struct tls *t, const char *spec, struct err *err) {
  ptrdiff_t at = slice_find_byte(slice_of(spec), '=');
  if (at <= 0 || !spec[at + 1])
    return err_set(err, "%s is not HOST=FILE", spec);
  struct client_certificate c = {.host = lower(slice_make(spec, (size_t)at))};
  char *path = path_expand(spec + at + 1);
  bool ok = load_certificate(path, &c, err);
  free(path);
  if (ok)
    VEC_PUSH(&t->client_certificates, c);
  else
    clear_certificate(&c);
  return ok;
}

bool client_certificates_load(struct tls *t, const char *const *specs, struct err *err) {
  for (; *specs; specs++)
    if (!load_spec(t, *specs, err))
      return false;
  return true;
}

static bool pattern_fits(const char *pattern, struct slice host) {
  if (strcmp(pattern, "*") == 0)
    return true;
  if (pattern[0] == '*' && pattern[1] == '.')
    return host.n > strlen(pattern) - 1 && slice_ends(host, slice_of(pattern + 1));
  return slice_eq(host, slice_of(pattern));
}

const struct client_certificate *client_certificate_for(const struct tls *t, const char *host) {
  struct name name;
  struct slice text = name_parse(slice_of(host), &name) ? slice_of(name.text) : slice_of(host);
  for (size_t i = 0; i < t->client_certificates.n; i++)
    if (pattern_fits(t->client_certificates.v[i].host, text))
      return &t->client_certificates.v[i];
  return NULL;
}

void client_certificates_clear(struct tls *t) {
  for (size_t i = 0; i < t->client_certificates.n; i++)
    clear_certificate(&t->client_certificates.v[i]);
  VEC_CLEAR(&t->client_certificates);
}
