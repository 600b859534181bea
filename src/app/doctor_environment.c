/* Variables of the environment: where programs of this shell are led, past whom, and whom they trust. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor_report.h"
#include "trust.h"
#include "weir/base/path.h"
#include "weir/http/url.h"

#define BUNDLE_MAX ((size_t)16 << 20)

/* ---- proxies ---- */

static bool own_address(const struct report *r, struct address *a) {
  struct address all[2];
  size_t n;
  bool optional;
  const char *rest = r->options->listen;
  char first[OPTION_LISTEN_TEXT];
  if (!options_next_listen(&rest, first) || !options_listen(first, all, &n, &optional, NULL))
    return false;
  *a = all[0];
  return true;
}

/* The value of a proxy variable: "http://127.0.0.1:8888", with or without scheme and path. */
struct named {
  char scheme[16];
  struct slice host;
  uint16_t port;
};

static bool read_named(const char *value, struct named *out) {
  struct slice s = slice_of(value);
  ptrdiff_t end = slice_find(s, SLICE("://"));
  struct url url;
  snprintf(out->scheme, sizeof out->scheme, "%.*s", end < 0 ? 4 : (int)(end < 15 ? end : 15), end < 0 ? "http" : s.p);
  s = end < 0 ? s : slice_from(s, (size_t)end + 3);
  ptrdiff_t at = slice_find_byte(s, '@'), slash = slice_find_byte(s, '/');
  s = slash < 0 ? s : slice_sub(s, 0, (size_t)slash);
  s = at < 0 || (size_t)at >= s.n ? s : slice_from(s, (size_t)at + 1);
  if (!url_parse_host(s, false, &url, NULL))
    return false;
  out->host = url.host;
  out->port = url.has_port ? url.port : 80;
  return true;
}

/* Does it name this machine, or the very address that weir listens at? */
static bool leads_here(const struct report *r, const struct named *n) {
  struct address own, a;
  if (!own_address(r, &own) || n->port != own.port)
    return false;
  if (slice_eq_ascii(n->host, SLICE("localhost")))
    return true;
  return address_parse(n->host, n->port, &a) && (address_is_loopback(&a) || address_eq(&a, &own));
}

static void check_proxy(struct report *r, const char *name) {
  const char *value = getenv(name);
  struct address own = {.port = 8888};
  struct named n = {.port = 0};
  char run[INVOCATION_TEXT], cure[INVOCATION_TEXT + 120];
  options_command(r->options, "run", run, sizeof run);
  snprintf(cure, sizeof cure, "start programs with %s", run);
  own_address(r, &own);
  if (own.port)
    snprintf(cure, sizeof cure, "export %s=http://127.0.0.1:%u, or start programs with %s", name, own.port, run);
  if (!value || !*value) {
    report_add(r, FOUND_NOTE, name, cure, "not set: programs of this shell do not go through weir");
  } else if (!read_named(value, &n)) {
    report_add(r, FOUND_WRONG, name, cure, "%s is no address of a proxy", value);
  } else if (!leads_here(r, &n)) {
    report_add(r, FOUND_NOTE, name, cure, "%s is not where weir listens", value);
  } else if (!slice_eq_ascii(slice_of(n.scheme), SLICE("http"))) {
    report_add(r, FOUND_WRONG, name, cure, "%s: weir is spoken to in plain HTTP, also for https:// addresses", value);
  } else {
    report_add(r, FOUND_GOOD, name, NULL, "%s", value);
    r->led_here = true;
  }
}

/* Some programs look at the one spelling, some at the other. */
static void check_spelling(struct report *r, const char *small, const char *large) {
  const char *a = getenv(small), *b = getenv(large);
  char cure[120];
  snprintf(cure, sizeof cure, "unset %s, or give it the value of %s", large, small);
  if (b && *b && strcmp(b, a ? a : "") != 0)
    report_add(r, FOUND_NOTE, large, cure, "%s is not what %s says: programs differ in which they look at", b, small);
}

static void check_around(struct report *r, const char *name) {
  const char *value = getenv(name);
  char run[INVOCATION_TEXT], cure[INVOCATION_TEXT + 60];
  snprintf(cure, sizeof cure, "unset it to see them, or use %s, which does so",
           options_command(r->options, "run", run, sizeof run));
  if (value && *value)
    report_add(r, FOUND_NOTE, name, cure, "these hosts go around weir: %s", value);
}

/* ---- trust ---- */

static void check_bundle(struct report *r, const char *name, const char *value) {
  char cure[2 * INVOCATION_TEXT + 80], first[INVOCATION_TEXT], run[INVOCATION_TEXT], *bytes = NULL,
                                                                                     *system = trust_bundle("/");
  size_t n = 0;
  bool systems = system && strcmp(system + 1, value) == 0;
  free(system);
  if (systems)
    options_command(r->options, "ca install", first, sizeof first);
  else
    snprintf(first, sizeof first, "unset %s", name);
  snprintf(cure, sizeof cure, "%s, or start programs with %s", first,
           options_command(r->options, "run", run, sizeof run));
  bool read = r->led_here && r->authority.n && path_read(value, BUNDLE_MAX, &bytes, &n, NULL);
  if (read && !trust_holds(slice_make(bytes, n), buf_slice(&r->authority)))
    report_add(r, FOUND_WRONG, name, cure,
               "%s does not hold weir's certificate: what goes by it refuses HTTPS through weir", value);
  free(bytes);
}

static void check_file(struct report *r, const char *name) {
  const char *value = getenv(name);
  char cure[120];
  snprintf(cure, sizeof cure, "unset %s, or name a file that is there", name);
  if (!value || !*value)
    return;
  if (access(value, R_OK) < 0)
    report_add(r, FOUND_WRONG, name, cure, "%s: %s", value, strerror(errno));
  else if (strcmp(name, "SSL_CERT_DIR") != 0)
    check_bundle(r, name, value);
}

/* weir ends at its start where it cannot write there. */
static void check_keylog(struct report *r) {
  const char *value = getenv("SSLKEYLOGFILE");
  if (!value || !*value)
    return;
  if (access(value, F_OK) == 0 ? access(value, W_OK) == 0 : path_may_make(value))
    report_add(r, FOUND_NOTE, "SSLKEYLOGFILE", "unset it unless you want to read along elsewhere",
               "the keys of all TLS connections are written to %s", value);
  else
    report_add(r, FOUND_WRONG, "SSLKEYLOGFILE", "unset it, or name a file that can be written",
               "%s cannot be written: weir does not start", value);
}

void doctor_environment(struct report *r) {
  static const char *const files[] = {
      "SSL_CERT_FILE", "SSL_CERT_DIR",   "CURL_CA_BUNDLE",    "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS",
      "PIP_CERT",      "GIT_SSL_CAINFO", "CARGO_HTTP_CAINFO", "AWS_CA_BUNDLE",
  };
  check_proxy(r, "http_proxy");
  check_proxy(r, "https_proxy");
  check_spelling(r, "http_proxy", "HTTP_PROXY");
  check_spelling(r, "https_proxy", "HTTPS_PROXY");
  check_around(r, "no_proxy");
  check_around(r, "NO_PROXY");
  for (size_t i = 0; i < sizeof files / sizeof *files; i++)
    check_file(r, files[i]);
  check_keylog(r);
}
