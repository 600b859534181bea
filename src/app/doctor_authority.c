/* The authority, and who trusts it. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "doctor_report.h"
#include "trust.h"
#include "weir/app/ca.h"
#include "weir/base/clock.h"
#include "weir/base/path.h"

#define SOON (30 * INT64_C(86400))

static void check_store(struct report *r, const struct trust_store *s, const struct trust_certificate *c) {
  char install[INVOCATION_TEXT], makes[INVOCATION_TEXT + 16];
  options_command(r->options, "ca install", install, sizeof install);
  snprintf(makes, sizeof makes, "%s makes it", install);
  if (!s->tool && !s->missing)
    report_add(r, FOUND_WRONG, "trust", "apt install libnss3-tools, or dnf install nss-tools",
               "%s (%s): cannot be looked into without certutil", s->name, s->path);
  else if (s->missing)
    report_add(r, FOUND_NOTE, "trust", makes, "%s has no database of authorities yet (%s)", s->name, s->path);
  else if (trust_has(s, c, ""))
    report_add(r, FOUND_GOOD, "trust", NULL, "%s (%s) trusts weir", s->name, s->path);
  else
    report_add(r, FOUND_WRONG, "trust", install, "%s (%s) does not trust weir: its programs refuse HTTPS through it",
               s->name, s->path);
}

static void check_stores(struct report *r, const struct authority *a) {
  struct buf pem = BUF_INIT;
  struct trust stores;
  struct trust_certificate c = {.path = authority_path(a)};
  char *home = path_expand("~");
  authority_pem(a, &pem);
  authority_pem(a, &r->authority);
  c.pem = buf_slice(&pem);
  authority_tag(authority_fingerprint(a), c.tag);
  trust_find(&stores, "", home);
  for (size_t i = 0; i < stores.n; i++)
    check_store(r, &stores.v[i], &c);
  if (!stores.n)
    report_add(r, FOUND_NOTE, "trust", "http://weir.internal/ through the proxy shows the steps",
               "no store was found that weir can fill by itself");
  trust_clear(&stores);
  buf_clear(&pem);
  free(home);
}

static void check_end(struct report *r, const struct authority *a) {
  int64_t left = authority_until(a) - (int64_t)(clock_wall() / 1000000);
  char renew[INVOCATION_TEXT], install[INVOCATION_TEXT], cure[2 * INVOCATION_TEXT + 8];
  options_command(r->options, "ca new", renew, sizeof renew);
  options_command(r->options, "ca install", install, sizeof install);
  snprintf(cure, sizeof cure, "%s, then %s", renew, install);
  if (left >= SOON)
    report_add(r, FOUND_GOOD, "authority", NULL, "%s, SHA-256 %.23s...", authority_path(a), authority_fingerprint(a));
  else
    report_add(r, FOUND_NOTE, "authority",
               r->options->ca_cert ? "it is your own: renew it where you made it, or name another with --ca-cert and "
                                     "--ca-key"
                                   : cure,
               "%s ends in %lld days", authority_path(a), (long long)(left / 86400));
}

static void check_place(struct report *r) {
  char *path = path_for(PATH_DATA, r->options->confdir, "ca.key");
  char make[INVOCATION_TEXT], install[INVOCATION_TEXT], cure[2 * INVOCATION_TEXT + 50];
  options_command(r->options, "ca", make, sizeof make);
  options_command(r->options, "ca install", install, sizeof install);
  snprintf(cure, sizeof cure, "%s makes it now, %s makes programs trust it", make, install);
  if (path_may_make(path))
    report_add(r, FOUND_NOTE, "authority", cure, "there is none yet: weir makes it when it starts");
  else
    report_add(r, FOUND_WRONG, "authority", "name a directory that you can write to: --confdir DIR",
               "%s cannot be made: HTTPS is not read", path);
  free(path);
}

void doctor_authority(struct report *r) {
  const struct options *o = r->options;
  struct err err = ERR_INIT;
  struct authority_files files = ca_files(o);
  if (o->no_tls) {
    report_add(r, FOUND_NOTE, "authority", "leave --no-tls out", "HTTPS is not read: --no-tls is set");
    return;
  }
  if (!o->ca_cert && !ca_exists(o)) {
    check_place(r);
    return;
  }
  struct authority *a = authority_open(&files, false, &err);
  if (!a) {
    report_add(r, FOUND_WRONG, "authority", NULL, "%s", err.text);
    return;
  }
  check_end(r, a);
  check_stores(r, a);
  authority_free(a);
}
