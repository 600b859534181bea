#include "interception.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "weir/app/ca.h"
#include "weir/base/log.h"
#include "weir/io/nocore.h"
#include "weir/tls/stream.h"

static void tell(void *arg) {
  const struct weir *w = arg;
  char renew[INVOCATION_TEXT], cure[INVOCATION_TEXT + 40];
  snprintf(cure, sizeof cure, "%s makes another authority", options_command(w->options, "ca new", renew, sizeof renew));
  log_write(LOG_ERROR, "tls", 0,
            w->tls_off.cured        ? NULL
            : ca_exists(w->options) ? cure
                                    : "name a directory that you can write to: --confdir DIR",
            "HTTPS is not read in this run, for weir can have no authority: %s", w->tls_off.text);
}

static const char *keylog_path(void) {
  const char *path = getenv("SSLKEYLOGFILE");
  return path && *path ? path : NULL;
}

static bool open_authority(struct weir *w, struct err *err) {
  struct authority_files files = ca_files(w->options);
  if (!w->authority)
    w->authority = authority_open(&files, true, err);
  return w->authority != NULL;
}

static bool open_tls(struct weir *w, struct err *err) {
  const struct options *o = w->options;
  struct tls_options options = {
      .upstream_ca = o->upstream_ca,
      .client_certs = (const char *const *)o->client_certs,
      .keylog = keylog_path(),
      .client = o->client_tls,
      .server = o->server_tls,
  };
  w->tls = tls_new(w->loop, w->authority, &options, err);
  return w->tls != NULL;
}

static bool not_now(struct err *err, const struct err *why) {
  return err_set(err, "HTTPS cannot be read at the moment: %s", why->text);
}

const struct authority *weir_authority(struct weir *w, struct err *err) {
  struct err why = ERR_INIT;
  if (!w->authority && !w->https)
    err_set(err, "%s", w->tls_off.text);
  else if (!open_authority(w, &why))
    not_now(err, &why);
  return w->authority;
}

static bool needed(void *arg, struct err *err) {
  struct weir *w = arg;
  struct err why = ERR_INIT;
  if (!weir_authority(w, err))
    return false;
  if (!open_tls(w, &why))
    return not_now(err, &why);
  proxy_set_tls(w->proxy, w->tls, w->authority);
  return true;
}

/* ---- at the start ---- */

/* What a person gave may be wrong, and a command that weir starts needs the certificate. weir's own authority is made
 * for this person's first weir, so that the file is there to be named; later its looks are enough. */
static bool due_at_once(const struct options *o) {
  struct authority_files files = ca_files(o);
  return o->command == COMMAND_RUN || o->ca_cert || o->ca_permit || o->client_certs || o->upstream_ca ||
         keylog_path() || !authority_looks_good(&files);
}

/* There is no authority that can be used, and none can be made: that is not worth the rest of weir. */
static bool go_on_without(struct weir *w) {
  w->https = false;
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
  nocore_set();
  w->https = true;
  if (!due_at_once(o))
    return true;
  if (open_authority(w, &w->tls_off))
    return open_tls(w, err);
  /* What the person gave is another matter, and a command that weir starts would be told of an authority in vain. */
  return o->ca_cert || o->ca_permit || (o->command == COMMAND_RUN && ca_exists(o)) ? err_set(err, "%s", w->tls_off.text)
                                                                                   : go_on_without(w);
}

static void set_each(struct proxy *p, char *const *hosts, void (*set)(struct proxy *p, const char *host, bool on)) {
  for (; hosts && *hosts; hosts++)
    set(p, *hosts, true);
}

void interception_start(struct weir *w) {
  set_each(w->proxy, w->options->passthrough, proxy_set_passthrough);
  set_each(w->proxy, w->options->insecure, proxy_set_insecure);
  proxy_set_passthrough_filter(w->proxy, w->options->passthrough_filter, NULL); /* checked when it was read */
  if (w->tls)
    proxy_set_tls(w->proxy, w->tls, w->authority);
  else if (w->https)
    proxy_set_tls_opener(w->proxy, needed, w);
}

void interception_close(struct weir *w) {
  if (w->loop)
    loop_task_cancel(w->loop, &w->tell);
  tls_free(w->tls);
  authority_free(w->authority);
  w->tls = NULL;
  w->authority = NULL;
}
