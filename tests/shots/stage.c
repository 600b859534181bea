/*
 * Linked in front of weir for pictures only (-Wl,--wrap, see the Makefile), so that the program itself knows nothing of
 * it: a clock that stands still until the script moves it, names that lead to the script's own server, and addresses,
 * processes, fingerprints and an authority's name that are the same in every run. The script and weir share a small file, named by
 * WEIR_STAGE.
 */
#include <fcntl.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "weir/base/buf.h"
#include "weir/base/clock.h"
#include "weir/base/mem.h"
#include "weir/io/process.h"
#include "weir/io/resolve.h"
#include "weir/proxy/proxy.h"
#include "weir/tls/authority.h"

struct stage {
  _Atomic uint64_t now; /* ns since the curtain rose; only the play moves it */
  uint64_t weir_port;   /* weir tells */
  uint64_t origin_port; /* the script tells; for HTTP, and for HTTPS */
  uint64_t secure_port;
  uint64_t weir_pid; /* weir tells */
};

#define CURTAIN UINT64_C(1793534467000000) /* 2026-11-01 12:01:07 UTC, in microseconds */

static struct stage *stage(void) {
  static struct stage *s;
  if (s)
    return s;
  const char *path = getenv("WEIR_STAGE");
  int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  void *map = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (map == MAP_FAILED) {
    fputs("this weir is for pictures: tests/shots/shots.py starts it\n", stderr);
    _exit(2);
  }
  close(fd);
  s = map;
  return s;
}

/* The names that the linker gives to what stands in front and what stands behind. */
uint64_t __wrap_clock_mono(void);
uint64_t __wrap_clock_wall(void);
bool __wrap_proxy_listen_as(struct proxy *p, struct address *a, struct mode *mode, struct err *err);
bool __real_proxy_listen_as(struct proxy *p, struct address *a, struct mode *mode, struct err *err);
char *__wrap_address_text(const struct address *a, char *out, size_t size);
char *__real_address_text(const struct address *a, char *out, size_t size);
char *__wrap_address_host(const struct address *a, char *out, size_t size);
char *__real_address_host(const struct address *a, char *out, size_t size);
struct resolve_query *__wrap_resolver_ask(struct resolver *r, const char *name, uint16_t port, resolve_fn *fn,
                                          void *arg);
struct resolve_query *__real_resolver_ask(struct resolver *r, const char *name, uint16_t port, resolve_fn *fn,
                                          void *arg);
enum process_answer __wrap_process_ask(struct process_finder *f, struct process_query *q, struct process **found);
int __wrap_RAND_bytes(unsigned char *out, int n);
SSL *__wrap_SSL_new(SSL_CTX *ctx);
SSL *__real_SSL_new(SSL_CTX *ctx);
void __wrap_certificate_fingerprint(const X509 *certificate, char *out, size_t size);
const char *__wrap_authority_path(const struct authority *a);

uint64_t __wrap_clock_mono(void) {
  return CLOCK_S + atomic_load(&stage()->now);
}

uint64_t __wrap_clock_wall(void) {
  return CURTAIN + atomic_load(&stage()->now) / 1000;
}

bool __wrap_proxy_listen_as(struct proxy *p, struct address *a, struct mode *mode, struct err *err) {
  bool ok = __real_proxy_listen_as(p, a, mode, err);
  if (ok)
    stage()->weir_port = a->port, stage()->weir_pid = (uint64_t)getpid();
  return ok;
}

enum { CLOSED_PORT = 1 }; /* nobody listens there */

/* What a person reads: weir where it is by default, servers at addresses that are for documentation (RFC 5737). */
char *__wrap_address_text(const struct address *a, char *out, size_t size) {
  if (a->port == stage()->weir_port)
    snprintf(out, size, "127.0.0.1:8888");
  else if (a->port == stage()->origin_port)
    snprintf(out, size, "192.0.2.10:80");
  else if (a->port == stage()->secure_port)
    snprintf(out, size, "192.0.2.10:443");
  else if (a->port == CLOSED_PORT)
    snprintf(out, size, "192.0.2.77:80");
  else if (a->port >= 1024)
    snprintf(out, size, "127.0.0.1:40312");
  else
    return __real_address_text(a, out, size);
  return out;
}

char *__wrap_address_host(const struct address *a, char *out, size_t size) {
  if (a->port != CLOSED_PORT)
    return __real_address_host(a, out, size);
  snprintf(out, size, "192.0.2.77");
  return out;
}

static void takes(uint64_t ms) {
  atomic_fetch_add(&stage()->now, ms * CLOCK_MS);
}

struct unknown {
  resolve_fn *fn;
  void *arg;
  int parts;
};

static void answer_unknown(void *arg, const struct resolve_part *part) {
  struct unknown *u = arg;
  struct resolve_part nothing = {.family = part->family, .code = RESOLVE_UNKNOWN};
  struct unknown now = *u;
  if (++u->parts == 2)
    free(u);
  now.fn(now.arg, &nothing);
}

static bool ends(const char *name, const char *end) {
  size_t n = strlen(name), e = strlen(end);
  return n >= e && strcmp(name + n - e, end) == 0;
}

struct resolve_query *__wrap_resolver_ask(struct resolver *r, const char *name, uint16_t port, resolve_fn *fn,
                                          void *arg) {
  if (ends(name, ".invalid")) {
    struct unknown *u = calloc(1, sizeof *u);
    if (!u)
      abort();
    *u = (struct unknown){fn, arg, 0};
    takes(12);
    return __real_resolver_ask(r, "127.0.0.1", CLOSED_PORT, answer_unknown, u);
  }
  if (strncmp(name, "down.", 5) == 0) {
    takes(1);
    return __real_resolver_ask(r, "127.0.0.1", CLOSED_PORT, fn, arg);
  }
  return __real_resolver_ask(r, "127.0.0.1", (uint16_t)(port == 443 ? stage()->secure_port : stage()->origin_port), fn,
                             arg);
}

/* Who asks is the play itself. */
enum process_answer __wrap_process_ask(struct process_finder *f, struct process_query *q, struct process **found) {
  static struct process *app;
  (void)f;
  (void)q;
  if (!app) {
    app = mem_zero(1, sizeof *app);
    *app = (struct process){.refs = 1, .pid = 4711, .started = 1};
    app->name = mem_dup("shopapp");
    app->command = mem_dup("/opt/shop/shopapp --staging");
  }
  *found = app;
  return PROCESS_FOUND;
}

/* ---- TLS ---- */

/* The authority's name and the serial numbers; the keys come from OpenSSL itself and are true ones. */
int __wrap_RAND_bytes(unsigned char *out, int n) {
  for (int i = 0; i < n; i++)
    out[i] = (unsigned char)(0x4f + 0x35 * i);
  return 1;
}

/* Certificates are good or not at the hour of the play. */
SSL *__wrap_SSL_new(SSL_CTX *ctx) {
  SSL *ssl = __real_SSL_new(ctx);
  if (ssl)
    X509_VERIFY_PARAM_set_time(SSL_get0_param(ssl), (time_t)(__wrap_clock_wall() / 1000000));
  return ssl;
}

static void put_name(struct buf *out, const X509_NAME *name) {
  unsigned char *der = NULL;
  int n = i2d_X509_NAME(name, &der);
  buf_add(out, der, n > 0 ? (size_t)n : 0);
  OPENSSL_free(der);
}

/* Keys are new in every run: what stands for them is made of the names. */
void __wrap_certificate_fingerprint(const X509 *certificate, char *out, size_t size) {
  struct buf names = BUF_INIT;
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned n = 0;
  put_name(&names, X509_get_subject_name(certificate));
  put_name(&names, X509_get_issuer_name(certificate));
  if (EVP_Digest(names.p, names.n, digest, &n, EVP_sha256(), NULL) != 1)
    abort();
  buf_clear(&names);
  for (size_t i = 0, at = 0; i < n && at + 4 <= size; i++)
    at += (size_t)snprintf(out + at, size - at, i ? ":%02X" : "%02X", digest[i]);
}

const char *__wrap_authority_path(const struct authority *a) {
  (void)a;
  return "/home/ann/.local/share/weir/ca.pem";
}
