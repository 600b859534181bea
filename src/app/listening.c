#include "listening.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "weir/io/tcp.h"

#include "option_mode.h"

/* One [HOST:]PORT that is to be opened. */
struct place {
  struct weir *w;
  const char *text;   /* "8888" */
  struct mode *mode;  /* not owned */
  const char *option; /* "--listen ", "--mode socks5@": what a person types before another port */
};

/* A port above `port` that can be had now, so that the advice works when it is typed; 0: none nearby. */
static uint16_t free_port_near(const struct address *taken) {
  for (unsigned port = taken->port + 1u; port <= 65535 && port <= taken->port + 20u; port++) {
    struct address a = *taken;
    a.port = (uint16_t)port;
    int fd = tcp_listen(&a, 1, NULL);
    if (fd >= 0) {
      close(fd);
      return a.port;
    }
  }
  return 0;
}

static bool busy(const struct place *l, const struct address *a, struct err *err) {
  char text[ADDRESS_TEXT], host[ADDRESS_TEXT];
  address_text(a, text, sizeof text);
  address_host(a, host, sizeof host);
  unsigned port = free_port_near(a);
  const char *open = "", *end = "", *colon = "";
  if (address_is_loopback(a))
    host[0] = '\0';
  else {
    colon = ":";
    open = a->family == 6 ? "[" : "";
    end = a->family == 6 ? "]" : "";
  }
  char words[ADDRESS_TEXT + 200], command[INVOCATION_TEXT];
  snprintf(words, sizeof words, "%s%s%s%s%s%u", l->option, open, host, end, colon, port);
  return err_set(err, "%s is in use by another program; type instead: %s", text,
                 options_command(l->w->options, words, command, sizeof command));
}

static bool listen_at(const struct place *l, struct address *a, bool optional, struct err *err) {
  struct err why = ERR_INIT;
  errno = 0;
  if (proxy_listen_as(l->w->proxy, a, l->mode, &why))
    return true;
  int code = errno;
  if (optional && code != EADDRINUSE)
    return true;
  if (code == EADDRINUSE)
    return busy(l, a, err);
  char text[ADDRESS_TEXT];
  if (code == EACCES) {
    char words[200], command[INVOCATION_TEXT];
    snprintf(words, sizeof words, "%s8888", l->option);
    return err_set(err, "%s: this port needs root; type instead: %s", address_text(a, text, sizeof text),
                   options_command(l->w->options, words, command, sizeof command));
  }
  if (code == EADDRNOTAVAIL)
    return err_set(err, "%s is no address of this machine; ip addr lists them", address_text(a, text, sizeof text));
  return err_set(err, "%s", why.text);
}

/* A command that weir starts itself is told the port: it need not be the usual one, which another weir may have. */
static bool listen_first(const struct place *l, struct address *a, bool any, struct err *err) {
  struct err why = ERR_INIT;
  errno = 0;
  if (!any)
    return listen_at(l, a, false, err);
  if (proxy_listen_as(l->w->proxy, a, l->mode, &why))
    return true;
  a->port = 0;
  return listen_at(l, a, false, err);
}

static bool listen_place(const struct place *l, bool any, struct err *err) {
  struct address a[2];
  size_t n;
  bool second_optional;
  if (!options_listen(l->text, a, &n, &second_optional, err))
    return false;
  bool any_port = a[0].port == 0;
  if (!listen_first(l, &a[0], any, err))
    return false;
  if (n < 2)
    return true;
  a[1].port = a[0].port;
  /* A port that was free for IPv4 may be taken for IPv6; nobody asked for that number, so it is left out. */
  struct err why = ERR_INIT;
  return listen_at(l, &a[1], second_optional, &why) || any_port || err_set(err, "%s", why.text);
}

/* A mode without a port is what is served where --listen says. */
static const char *mode_of_listen(const struct options *o) {
  for (size_t i = 0; o->modes && o->modes[i]; i++)
    if (!strchr(o->modes[i], '@'))
      return o->modes[i];
  return NULL;
}

/* Who names ports for modes wants those alone, unless --listen was given too. A command is started to go through the
 * usual one. */
static bool wants_listen(const struct weir *w) {
  const struct options *o = w->options;
  return !o->modes || mode_of_listen(o) || !options_is_default(o, "listen") || o->command == COMMAND_RUN;
}

static bool open_listen(struct weir *w, struct err *err) {
  const struct options *o = w->options;
  const char *none, *given = mode_of_listen(o);
  struct mode *mode = given ? option_mode_read(given, &none, err) : NULL;
  struct place l = {w, o->listen, mode, "--listen "};
  bool ok = (mode || !given) && listen_place(&l, o->command == COMMAND_RUN && options_is_default(o, "listen"), err);
  mode_unref(mode);
  struct proxy_stats stats = proxy_stats(w->proxy);
  if (ok && o->command == COMMAND_RUN && !proxy_usual(&stats))
    return err_set(err, "weir run points its command at an HTTP proxy, and %s is none: put a port behind it", given);
  return ok;
}

static bool open_mode(struct weir *w, const char *text, struct err *err) {
  struct place l = {.w = w};
  struct buf option = BUF_INIT;
  l.mode = option_mode_read(text, &l.text, err);
  bool ok = l.mode;
  if (ok && l.text) {
    buf_printf(&option, "--mode %.*s", (int)(l.text - text), text);
    l.option = buf_text(&option);
    ok = listen_place(&l, false, err);
  }
  mode_unref(l.mode);
  buf_clear(&option);
  return ok;
}

bool listening_open(struct weir *w, struct err *err) {
  char *const *modes = w->options->modes;
  if (wants_listen(w) && !open_listen(w, err))
    return false;
  for (size_t i = 0; modes && modes[i]; i++)
    if (!open_mode(w, modes[i], err))
      return false;
  return true;
}
