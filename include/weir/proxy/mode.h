/*
 * What a listener's clients speak, and who says where they want to go: "regular", "socks5", "reverse:http://...". Read
 * once, never changed; shared by its listeners and their connections.
 */
#ifndef WEIR_PROXY_MODE_H
#define WEIR_PROXY_MODE_H

#include "weir/base/err.h"
#include "weir/base/slice.h"

enum mode_kind {
  MODE_AUTO,    /* one of the two below, or TLS to the name in its ClientHello: the first byte says */
  MODE_REGULAR, /* HTTP to a proxy: the requests say where */
  MODE_SOCKS5,  /* a SOCKS greeting, then anything: its request says where */
  MODE_TCP,     /* anything, to one server; both streams are recorded */
  MODE_TLS,     /* anything within TLS, the same */
};

struct mode {
  unsigned refs;
  enum mode_kind kind;
  char *text;            /* as people read it; nothing secret stands in it */
  char *user, *password; /* of MODE_SOCKS5; NULL: nobody is asked */
  char *host;            /* of MODE_TCP and MODE_TLS */
  uint16_t port;
};

/* The caller's reference; NULL with a sentence that says what is wrong, and where. */
struct mode *mode_parse(struct slice text, struct err *err);
struct mode *mode_ref(struct mode *m); /* NULL gives NULL */
void mode_unref(struct mode *m);       /* NULL is fine */
/* The kind's word: "regular". It stands for ever: rows have it. */
const char *mode_word(enum mode_kind kind);

#endif
