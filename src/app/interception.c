#include "interception.h"

#include <stdlib.h>
#include <unistd.h>

#include "weir/app/ca.h"
#include "weir/base/log.h"
#include "weir/io/nocore.h"
#include "weir/tls/stream.h"

static void tell(void *arg) {
  const struct weir *w = arg;
  log_write(LOG_ERROR, "tls", 0, "name a directory that you can write to: --confdir DIR",
            "HTTPS is not read in this run, for weir can have no authority: %s", w->tls_off.text);
}

static bool open_authority(struct weir *w, struct err *err) {
  const struct options *o = w->options;
  struct authority_files files = ca_files(o);
  nocore_set();
  w->authority = authority_open(&files, true, &w->tls_off);
  if (w->authority)
    return true;
  /* One that is there and cannot be used is a matter for the person; one that cannot be had is not worth the rest. */
  if (o->ca_cert || ca_exists(o))
    return err_set(err, "%s", w->tls_off.text);
  w->tell = (struct loop_task){.fn = tell, .arg = w};
  loop_defer(w->loop, &w->tell);
  return true;
}

bool interception_open(struct weir *w, struct err *err) {
  const struct options *o = w->options;
  if (o->no_tls) {
    err_set(&w->tls_off, "--no-tls was given");
    return true;
  }
  if (!open_authority(w, err))
    return false;
  if (!w->authority)
    return true;
  const char *keylog = getenv("SSLKEYLOGFILE");
  struct tls_options options = {
      .upstream_ca = o->upstream_ca,
      .client_certs = (const char *const *)o->client_certs,
      .keylog = keylog && *keylog ? keylog : NULL,
      .client = o->client_tls,
      .server = o->server_tls,
  };
  w->tls = tls_new(w->loop, w->authority, &options, err);
  return w->tls != NULL;
}

static void set_each(struct proxy *p, char *const *hosts, void (*set)(struct proxy *p, const char *host, bool on)) {
  for (; hosts && *hosts; hosts++)
    set(p, *hosts, true);
}

void interception_start(struct weir *w) {
  set_each(w->proxy, w->options->passthrough, proxy_set_passthrough);
  set_each(w->proxy, w->options->insecure, proxy_set_insecure);
  if (w->tls)
    proxy_set_tls(w->proxy, w->tls, w->authority);
}

void interception_close(struct weir *w) {
  if (w->loop)
    loop_task_cancel(w->loop, &w->tell);
  tls_free(w->tls);
  authority_free(w->authority);
  w->tls = NULL;
  w->authority = NULL;
}
