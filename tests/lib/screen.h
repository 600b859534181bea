/*
 * weir's screen on a terminal without a tty: a store filled by script, a clock that stands still until it is told to
 * go on, keys by name, frames as text.
 */
#ifndef WEIR_TESTS_SCREEN_H
#define WEIR_TESTS_SCREEN_H

#include "terminal_fake.h"
#include "weir/app/weir.h"
#include "weir/base/clock.h"
#include "weir/io/stream.h"
#include "weir/ui/view.h"

#define PEERS 16

struct peer { /* the far end of a connection in memory */
  struct stream *stream;
  struct buf got;
  bool ended; /* orderly or not */
};

struct screen {
  struct options options;
  struct weir w;
  struct terminal *t;
  struct ui *ui;
  uint64_t now; /* what the loop's clock says */
  struct peer client[PEERS], server[PEERS];
  size_t clients, servers;
  struct mode *client_mode; /* of the listener that clients come by; NULL: regular. Not owned */
  bool stopped;             /* somebody has quit */
};

void screen_open(struct screen *s, int width, int height);
void screen_open_sized(struct screen *s, int width, int height, uint64_t memory, size_t flows);
void screen_close(struct screen *s);
void screen_turn(struct screen *s);                   /* turns until nothing is left to do at this moment */
void screen_keys(struct screen *s, const char *keys); /* names with blanks between, a turn after each */
void screen_type(struct screen *s, const char *text); /* characters, blanks too */
void screen_wait(struct screen *s, uint64_t ns);      /* the clock goes on */
char *screen_text(struct screen *s);                  /* malloc'ed */
bool screen_has(struct screen *s, const char *text);
/* Fails where the test stands, and shows the screen, unless it has the text. */
#define assert_has(s, text) screen_must_have(s, text, __FILE__, __LINE__)
void screen_must_have(struct screen *s, const char *text, const char *file, int line);
void screen_until(struct screen *s, const char *text); /* real time passes: what children of weir do comes then */
/* Fails unless the screen is as in tests/screen/golden/NAME.txt; UPDATE_GOLDEN=1 writes it. Looks for bytes that must
 * never be on a screen, too. */
void screen_golden(struct screen *s, const char *name);

/* ---- traffic by script: clients and servers in memory ---- */
struct peer *screen_client(struct screen *s);                         /* connects */
void screen_send(struct screen *s, struct peer *p, const char *text); /* and turns */
void screen_hang_up(struct screen *s, struct peer *p);
bool screen_got(struct screen *s, struct peer *p, const char *text); /* among all that has arrived */

/* ---- flows by script ---- */
struct script {
  const char *method, *scheme, *host, *path;
  unsigned port;      /* 0: the scheme's own */
  const char *fields; /* of the request, "Name: value\r\n" */
  const char *body;
  size_t body_n; /* 0: strlen(body) */
  int status;    /* 0: no response */
  const char *reason, *response_fields, *response_body;
  size_t response_body_n;
  unsigned ms; /* how long it took */
};
/* A finished exchange; the next one starts a second later. */
struct flow *screen_flow(struct screen *s, const struct script *script);
/* The shop of the examples: twenty flows of every kind. */
void screen_shop(struct screen *s);
void screen_fail(struct screen *s, struct flow *f, enum flow_error error, const char *text);
void screen_pause(struct screen *s, struct flow *f, enum flow_paused side, uint64_t ns_ago);

#endif
