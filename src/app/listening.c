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
  const char *text;  /* "8888" */
  struct mode *mode; /* not owned */
  const char *shown; /* what stands before it in --mode, without a password; NULL: it is of --listen */
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

static void put_place(const struct address *a, unsigned port, char out[ADDRESS_TEXT]) {
  struct address other = *a;
  other.port = (uint16_t)port;
  if (address_is_loopback(a))
    snprintf(out, ADDRESS_TEXT, "%u", port);
  else
    address_text(&other, out, ADDRESS_TEXT);
}

/* One of weir's own listeners that has this port at that address, or at all of them. */
static const struct proxy_listening *own_at(const struct place *l, const struct address *a) {
  struct proxy_stats s = proxy_stats(l->w->proxy);
  const struct proxy_listening *listening = s.listening;
  for (size_t i = 0; i < s.listeners; i++) {
    const struct address *own = &listening[i].address;
    if (own->port == a->port && (address_eq(own, a) || address_is_any(own) || address_is_any(a)))
      return listening + i;
  }
  return NULL;
}

/* Only what has to change is proposed: the rest of the command line is the person's, and may hold a password. */
static bool busy(const struct place *l, const struct address *a, struct err *err) {
  char text[ADDRESS_TEXT], at[ADDRESS_TEXT];
  const struct proxy_listening *own = own_at(l, a);
  unsigned port = free_port_near(a);
  address_text(a, text, sizeof text);
  put_place(a, port, at);
  if (own && l->shown)
    return err_set(err,
                   "%s: weir itself listens on port %u already (%s), and a port has one mode; use --mode %s@%s in the "
                   "place of @%s",
                   text, a->port, own->mode, l->shown, at, l->text);
  if (own)
    return err_set(err, "%s: weir itself listens on port %u already (%s); use --listen %s in the place of %s", text,
                   a->port, own->mode, at, l->text);
  if (l->shown)
    return err_set(err, "%s is in use by another program; use --mode %s@%s in the place of @%s", text, l->shown, at,
                   l->text);
  if (!options_is_default(l->w->options, "listen"))
    return err_set(err, "%s is in use by another program; use --listen %s in the place of %s", text, at, l->text);
  return err_set(err, "%s is in use by another program; add --listen %s", text, at);
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
    return err_set(err, "%s: this port needs root; use %s%s%s8888 in the place of %s",
                   address_text(a, text, sizeof text), l->shown ? "--mode " : "--listen ", l->shown ? l->shown : "",
                   l->shown ? "@" : "", l->text);
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
  bool any = o->command == COMMAND_RUN && options_is_default(o, "listen"), ok = mode || !given;
  char piece[OPTION_LISTEN_TEXT];
  for (const char *rest = o->listen; ok && options_next_listen(&rest, piece);) {
    struct place l = {.w = w, .text = piece, .mode = mode};
    ok = listen_place(&l, any, err);
  }
  mode_unref(mode);
  struct proxy_stats stats = proxy_stats(w->proxy);
  if (ok && o->command == COMMAND_RUN && !proxy_usual(&stats))
    return err_set(err, "weir run points its command at an HTTP proxy, and %s is none: put a port behind it", given);
  return ok;
}

static bool open_mode(struct weir *w, const char *text, struct err *err) {
  struct place l = {.w = w};
  struct buf shown = BUF_INIT;
  l.mode = option_mode_read(text, &l.text, err);
  bool ok = l.mode;
  if (ok && l.text) {
    if (l.mode->password)
      buf_printf(&shown, "%ssocks5:%s:***", l.mode->proxy_header ? "proxy+" : "", l.mode->user);
    else
      buf_add_text(&shown, l.mode->text);
    l.shown = buf_text(&shown);
    ok = listen_place(&l, false, err);
  }
  mode_unref(l.mode);
  buf_clear(&shown);
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
