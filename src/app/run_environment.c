/* The variables by which programs of all kinds learn of a proxy, and of an authority. */
#include <stdio.h>
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
  static const char *const names[] = {
      "http_proxy",
      "https_proxy",
      "all_proxy",
      "HTTP_PROXY",
      "HTTPS_PROXY",
      "ALL_PROXY",
      /* what these find in their own files would have the last word */
      "npm_config_proxy",
      "npm_config_https_proxy",
      "PIP_PROXY",
      "CARGO_HTTP_PROXY",
  };
  struct buf url = BUF_INIT;
  buf_printf(&url, "http://%s", place->proxy);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    add(l, names[i], url.p);
  buf_clear(&url);
  add(l, "no_proxy", "");
  add(l, "NO_PROXY", "");
  add(l, "npm_config_noproxy", "");
}

/* A proxy in git's configuration counts more than the variables; one that comes by GIT_CONFIG_... counts more still. */
static void add_git(struct list *l, const struct run_place *place) {
  uint64_t n = 0;
  char name[48], value[32];
  struct buf url = BUF_INIT;
  if (place->git_count && (!slice_to_u64(slice_of(place->git_count), &n) || n > 1000))
    n = 0;
  snprintf(value, sizeof value, "%llu", (unsigned long long)n + 1);
  add(l, "GIT_CONFIG_COUNT", value);
  snprintf(name, sizeof name, "GIT_CONFIG_KEY_%llu", (unsigned long long)n);
  add(l, name, "http.proxy");
  snprintf(name, sizeof name, "GIT_CONFIG_VALUE_%llu", (unsigned long long)n);
  buf_printf(&url, "http://%s", place->proxy);
  add(l, name, url.p);
  buf_clear(&url);
}

/* From version 24 on Node asks the variables itself, when it is told to. Before that a script does. */
static void add_node(struct list *l, const struct run_place *place) {
  struct buf value = BUF_INIT;
  add(l, "NODE_USE_ENV_PROXY", "1");
  if (!place->node)
    return;
  if (place->node_options && *place->node_options)
    buf_printf(&value, "%s ", place->node_options);
  buf_add_text(&value, "--require=\"");
  for (const char *p = place->node; *p; p++) {
    if (*p == '"' || *p == '\\')
      buf_add_byte(&value, '\\');
    buf_add_byte(&value, *p);
  }
  buf_add_byte(&value, '"');
  add(l, "NODE_OPTIONS", value.p);
  buf_clear(&value);
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
      "PIP_CERT",           "npm_config_cafile",
      "GIT_SSL_CAINFO",     "CARGO_HTTP_CAINFO",
      "AWS_CA_BUNDLE",      "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE",
      "NIX_SSL_CERT_FILE",  "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
      "HTTPLIB2_CA_CERTS",  "BUNDLE_SSL_CA_CERT",
      "HEX_CACERTS_PATH",   "PERL_LWP_SSL_CA_FILE",
  };
  static const char *const extra[] = {"NODE_EXTRA_CA_CERTS", "DENO_CERT"}; /* beside them */
  for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
    add(l, whole[i], place->bundle);
  for (size_t i = 0; i < sizeof extra / sizeof *extra; i++)
    add(l, extra[i], place->ca);
  if (place->wgetrc)
    add(l, "WGETRC", place->wgetrc);
}

char **run_environment(const struct run_place *place) {
  struct list l = {0};
  add_proxy(&l, place);
  add_java(&l, place);
  add_git(&l, place);
  add_node(&l, place);
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
