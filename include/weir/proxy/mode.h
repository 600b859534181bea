/*
 * What a listener's clients speak, and who says where they want to go: "regular", "socks5", "reverse:http://...". Read
 * once, and never changed but for how its servers are doing; shared by its listeners and their connections.
 */
#ifndef WEIR_PROXY_MODE_H
#define WEIR_PROXY_MODE_H

#include "weir/base/err.h"
#include "weir/base/slice.h"

enum mode_kind {
  MODE_AUTO,        /* one of the two below, or TLS to the name in its ClientHello: the first byte says */
  MODE_REGULAR,     /* HTTP to a proxy: the requests say where */
  MODE_SOCKS5,      /* a SOCKS greeting, then anything: its request says where */
  MODE_REVERSE,     /* HTTP, or HTTP in TLS, as to a server: it goes to one of the mode's */
  MODE_TCP,         /* anything, to one server; both streams are recorded */
  MODE_TLS,         /* anything within TLS, the same */
  MODE_TRANSPARENT, /* anything: the kernel says where it was going */
};

#define MODE_SERVERS_MAX 64

struct mode_server {
  bool secure;
  char *host;
  char *path; /* what stands before the path of each request: "/app"; "": nothing */
  uint16_t port;
  /* how it is doing; the proxy's */
  unsigned running;    /* exchanges with it now */
  uint64_t dead_until; /* it could not be reached; monotonic ns, 0: it could */
};

struct mode {
  unsigned refs;
  enum mode_kind kind;
  bool proxy_header;          /* a PROXY header stands before all of it */
  char *text;                 /* as people read it; nothing secret stands in it */
  char *user, *password;      /* of MODE_SOCKS5; NULL: nobody is asked */
  struct mode_server *server; /* of MODE_REVERSE */
  size_t servers, next;
  bool keep_host;  /* Host goes on as the client said it */
  bool least_busy; /* else in turn */
  char *host;      /* of MODE_TCP and MODE_TLS */
  uint16_t port;
};

/* The caller's reference; NULL with a sentence that says what is wrong, and where. */
struct mode *mode_parse(struct slice text, struct err *err);
struct mode *mode_ref(struct mode *m); /* NULL gives NULL */
void mode_unref(struct mode *m);       /* NULL is fine */
/* The kind's word: "regular". It stands for ever: rows have it. */
const char *mode_word(enum mode_kind kind);

#endif
