/* The variables by which programs of all kinds learn of a proxy, and of an authority. */
#include <stdlib.h>

#include "weir/app/run.h"
#include "weir/base/vec.h"
#include "weir/tls/truststore.h"

struct list {
  char **v;
  size_t n, cap;
};

static void add(struct list *l, const char *name, const char *value) {
  struct buf entry = BUF_INIT;
  buf_printf(&entry, "%s=%s", name, value);
  VEC_PUSH(l, buf_take(&entry));
}

static void add_proxy(struct list *l, const struct run_place *place) {
  static const char *const names[] = {"http_proxy", "https_proxy", "all_proxy",
                                      "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"};
  struct buf url = BUF_INIT;
  buf_printf(&url, "http://%s", place->proxy);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    add(l, names[i], url.p);
  buf_clear(&url);
  add(l, "no_proxy", "");
  add(l, "NO_PROXY", "");
  add(l, "NODE_USE_ENV_PROXY", "1"); /* Node 24: fetch() and https use the variables above */
}

/* A JVM reads no variable but this one. An empty nonProxyHosts: else requests to localhost go around. */
static void add_java(struct list *l, const struct run_place *place) {
  struct buf value = BUF_INIT;
  if (place->java_options && *place->java_options)
    buf_printf(&value, "%s ", place->java_options);
  static const char *const kinds[] = {"http", "https"};
  for (size_t i = 0; i < 2; i++)
    buf_printf(&value, "-D%s.proxyHost=%s -D%s.proxyPort=%u ", kinds[i], place->host, kinds[i], (unsigned)place->port);
  buf_add_text(&value, "-Dhttp.nonProxyHosts=");
  if (place->truststore)
    buf_printf(&value,
               " -Djavax.net.ssl.trustStore=%s -Djavax.net.ssl.trustStoreType=PKCS12 "
               "-Djavax.net.ssl.trustStorePassword=" TRUSTSTORE_PASSWORD,
               place->truststore);
  add(l, "JAVA_TOOL_OPTIONS", value.p);
  buf_clear(&value);
}

static void add_authority(struct list *l, const struct run_place *place) {
  /* In the place of the system's authorities: these want them all. */
  static const char *const whole[] = {
      "SSL_CERT_FILE",      /* OpenSSL, Go, Ruby, PHP, Rust */
      "CURL_CA_BUNDLE",     /* curl */
      "REQUESTS_CA_BUNDLE", /* Python requests, pip */
      "PIP_CERT",           "GIT_SSL_CAINFO", "CARGO_HTTP_CAINFO", "AWS_CA_BUNDLE",
  };
  static const char *const extra[] = {"NODE_EXTRA_CA_CERTS", "DENO_CERT"}; /* beside them */
  for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
    add(l, whole[i], place->bundle);
  for (size_t i = 0; i < sizeof extra / sizeof *extra; i++)
    add(l, extra[i], place->ca);
}

char **run_environment(const struct run_place *place) {
  struct list l = {0};
  add_proxy(&l, place);
  add_java(&l, place);
  if (place->mark)
    VEC_PUSH(&l, mem_dup(place->mark));
  if (place->ca)
    add_authority(&l, place);
  VEC_PUSH(&l, NULL);
  return l.v;
}

void run_environment_free(char **list) {
  for (size_t i = 0; list && list[i]; i++)
    free(list[i]);
  free(list);
}
