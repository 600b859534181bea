/*
 * The real weir on a pty, with a misbehaving origin beside it, and the requests that tests send through it. Every wait
 * is for a state, with a deadline; what does not come fails the test and shows the screen.
 */
#ifndef WEIR_TESTS_TUI_H
#define WEIR_TESTS_TUI_H

#include "net.h"
#include "pty_screen.h"

struct tui {
  struct pty *pty;
  pid_t weir;
  int port;
  struct net_program origin;
  struct termios before; /* the modes of a terminal that nothing has touched */
};

struct tui_options {
  const char *const *arguments; /* beside --listen 127.0.0.1:0 --confdir; NULL-terminated, may be NULL */
  const char *const *env;       /* as pty_options has it */
  int width, height;            /* 0: 120x36 */
};

#define SEE(t, what)                                                                                                   \
  do {                                                                                                                 \
    bool seen_ = (what);                                                                                               \
    if (!seen_)                                                                                                        \
      pty_dump((t)->pty);                                                                                              \
    assert_true(seen_);                                                                                                \
  } while (0)

/* Everything runs; the first screen is there. `options` may be NULL. */
void tui_open(struct tui *t, const struct tui_options *options);
/* "weir --listen ..." as words for a shell, for tests that start it otherwise; static buffer. */
const char *tui_command(const char *arguments);
/* Reads the port off the first screen. */
void tui_first_screen(struct tui *t);
void tui_close(struct tui *t); /* kills what still runs */

void tui_keys(struct tui *t, const char *keys); /* as a terminal sends them */
void tui_see(struct tui *t, const char *text);  /* waits until it stands in a row */
void tui_see_not(struct tui *t, const char *text);
/* Waits for the end: the exit status, 1000 + the number for a signal. The terminal must be as it was. */
int tui_ended(struct tui *t);
bool tui_given_back(const struct tui *t); /* screen, mouse, paste, cursor, and every mode of the line */
void tui_quit(struct tui *t);             /* q, status 0 */

/* "METHOD http://127.0.0.1:PORT/path" with further field lines ("A: b\r\n") and a body, on a new connection. */
int tui_request(const struct tui *t, int port, const char *method, const char *path, const char *fields,
                const void *body, size_t n);
void tui_get(const struct tui *t, const char *path, int status); /* from the origin; this status comes back */
/* A body that no editor keeps by chance: every byte, ends of lines of all kinds, no end of the last; its length. */
#define TUI_EVERY_BYTE 300
size_t tui_every_byte(char out[TUI_EVERY_BYTE]);
/* So many, on one connection; the slowest in seconds. */
double tui_pass(const struct tui *t, int requests, const char *path);
/* One request as a server sees it: head and body (Content-Length) together, malloc'ed; NULL: none came. */
char *tui_received(int served, size_t *head_n, size_t *n);
void tui_reply(int served, const char *body);

#endif
