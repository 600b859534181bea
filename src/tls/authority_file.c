#include "authority_file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pem.h"
#include "weir/base/buf.h"
#include "weir/base/mem.h"
#include "weir/base/path.h"

#define FILE_MAX         ((size_t)1 << 20)
#define CERTIFICATES_MAX 8

static bool check_owner(const char *path, const struct stat *st, struct err *err) {
  if (st->st_uid != geteuid() && st->st_uid != 0)
    return err_set(err, "%s belongs to another user (uid %u)", path, (unsigned)st->st_uid);
  return true;
}

static bool check_key_file(const char *path, int fd, struct err *err) {
  struct stat st;
  if (fstat(fd, &st) < 0)
    return err_set(err, "cannot look at %s: %s", path, strerror(errno));
  if (!S_ISREG(st.st_mode))
    return err_set(err, "%s is not a file", path);
  if (st.st_mode & 077)
    return err_set(err,
                   "%s can be reached by others (mode %04o) and is not used: chmod 600 %s where nobody else can have "
                   "read it",
                   path, (unsigned)(st.st_mode & 07777), path);
  return check_owner(path, &st, err);
}

static EVP_PKEY *load_key(const char *path, struct err *err) {
  struct buf bytes = BUF_INIT;
  EVP_PKEY *key = NULL;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    err_set(err, "cannot open %s: %s", path, strerror(errno));
    return NULL;
  }
  if (check_key_file(path, fd, err) && path_read_fd(fd, path, FILE_MAX, &bytes, err)) {
    key = pem_key(buf_slice(&bytes));
    if (!key)
      err_set(err, "%s holds no private key in PEM that can be read without a passphrase", path);
  }
  close(fd);
  if (bytes.p)
    OPENSSL_cleanse(bytes.p, bytes.cap);
  buf_clear(&bytes);
  return key;
}

static STACK_OF(X509) * load_certificates(const char *path, struct err *err) {
  char *bytes = NULL;
  size_t n = 0;
  if (!path_read(path, FILE_MAX, &bytes, &n, err))
    return NULL;
  STACK_OF(X509) *all = pem_certificates(slice_make(bytes, n), CERTIFICATES_MAX);
  free(bytes);
  if (sk_X509_num(all) > 0)
    return all;
  sk_X509_pop_free(all, X509_free);
  err_set(err, "%s holds no certificate in PEM", path);
  return NULL;
}

/* A file that was cut, emptied or overwritten is told from a whole one. */
static bool framed_as_pem(int fd) {
  char begin[11], end[6];
  off_t size = lseek(fd, 0, SEEK_END);
  return size > (off_t)(sizeof begin + sizeof end) && pread(fd, begin, sizeof begin, 0) == (ssize_t)sizeof begin &&
         memcmp(begin, "-----BEGIN ", sizeof begin) == 0 &&
         pread(fd, end, sizeof end, size - (off_t)sizeof end) == (ssize_t)sizeof end &&
         memcmp(end, "-----\n", sizeof end) == 0;
}

static bool looks_good(const char *path, bool key) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  bool good = fd >= 0 && (!key || check_key_file(path, fd, NULL)) && framed_as_pem(fd);
  if (fd >= 0)
    close(fd);
  return good;
}

bool authority_pair_looks_good(const char *certificate, const char *key) {
  int lock = authority_lock(certificate, NULL);
  bool good = lock >= 0 && looks_good(key, true) && looks_good(certificate, false);
  if (lock >= 0)
    authority_unlock(lock);
  return good;
}

void authority_pair_clear(struct authority_pair *pair) {
  sk_X509_pop_free(pair->certificates, X509_free);
  EVP_PKEY_free(pair->key);
  *pair = (struct authority_pair){0};
}

bool authority_pair_load(const char *certificate, const char *key, struct authority_pair *out, struct err *err) {
  *out = (struct authority_pair){0};
  out->key = load_key(key, err);
  out->certificates = out->key ? load_certificates(certificate, err) : NULL;
  if (out->certificates && X509_check_private_key(sk_X509_value(out->certificates, 0), out->key) == 1)
    return true;
  if (out->certificates)
    err_set(err, "the key in %s does not belong to the certificate in %s", key, certificate);
  authority_pair_clear(out);
  return false;
}

/* ---- writing ---- */

/* Whole or not at all, also when the machine stops in between. */
static bool write_file(const char *path, mode_t mode, BIO *content, struct err *err) {
  struct buf beside = BUF_INIT;
  char *bytes = NULL;
  long n = BIO_get_mem_data(content, &bytes);
  buf_printf(&beside, "%s.new", path);
  unlink(beside.p); /* of one that was stopped; we hold the lock */
  int fd = open(beside.p, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  bool ok = fd >= 0 && n > 0 && path_write_all(fd, slice_make(bytes, (size_t)n)) && fsync(fd) == 0;
  int why = errno;
  if (fd >= 0)
    close(fd);
  if (ok && rename(beside.p, path) < 0) {
    why = errno;
    ok = false;
  }
  if (!ok) {
    err_set(err, "cannot write %s: %s", path, strerror(why));
    if (fd >= 0)
      unlink(beside.p);
  }
  buf_clear(&beside);
  return ok;
}

bool authority_pair_write(const char *certificate, const char *key, X509 *x, EVP_PKEY *pkey, struct err *err) {
  BIO *key_text = BIO_new(BIO_s_secmem()), *text = BIO_new(BIO_s_mem());
  bool ok = key_text && text && PEM_write_bio_PrivateKey(key_text, pkey, NULL, NULL, 0, NULL, NULL) == 1 &&
            PEM_write_bio_X509(text, x) == 1;
  if (!ok)
    err_set(err, "cannot encode the new authority");
  /* The certificate last: where it stands, its key stands too. */
  ok = ok && write_file(key, 0600, key_text, err) && write_file(certificate, 0644, text, err);
  BIO_free(key_text);
  BIO_free(text);
  return ok;
}

/* ---- one at a time ---- */

int authority_lock(const char *certificate, struct err *err) {
  struct stat st;
  char *folder = mem_dup(certificate);
  char *slash = strrchr(folder, '/');
  int fd = -1;
  if (slash)
    slash[slash == folder] = '\0';
  const char *path = slash ? folder : ".";
  fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &st) < 0) {
    err_set(err, "cannot open %s: %s", path, strerror(errno));
    goto refused;
  }
  if (st.st_mode & 022) {
    err_set(err, "others may write to %s (mode %04o), so the authority's key is not safe there: chmod 700 %s", path,
            (unsigned)(st.st_mode & 07777), path);
    goto refused;
  }
  if (!check_owner(path, &st, err))
    goto refused;
  while (flock(fd, LOCK_EX) < 0 && errno == EINTR)
    ; /* where the file system has no locks, two weirs that make one in the same moment may disagree once */
  free(folder);
  return fd;
refused:
  if (fd >= 0)
    close(fd);
  free(folder);
  return -1;
}

void authority_unlock(int lock) {
  close(lock);
}
