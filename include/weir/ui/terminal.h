/*
 * The terminal: shows canvases, gives keys. weir's own is ncurses onto a memory file, copied to a non-blocking tty through
 * a byte queue, so that a stuck terminal stops nothing; tests have one without a tty (tests/lib/terminal_fake.h).
 *
 * The callbacks of `user` may be set after opening; none of them is called from inside terminal_open(). After suspend()
 * and lend(false) the size has been read anew and resized() is called, even when it is the same: lay out and show.
 */
#ifndef WEIR_UI_TERMINAL_H
#define WEIR_UI_TERMINAL_H

#include "weir/base/err.h"
#include "weir/io/loop.h"
#include "weir/ui/canvas.h"
#include "weir/ui/key.h"

struct terminal_user {
  void (*key)(void *arg, const struct key *key);
  void (*resized)(void *arg, int width, int height);
  void (*ready)(void *arg); /* the last frame has left: another may be shown */
  void (*gone)(void *arg);  /* hang-up: the terminal is no more */
  void *arg;
};

struct terminal;

struct terminal_ops {
  /* True: taken, and another may be shown at any time. False: the last frame has not left yet (ready() will tell), or
   * the terminal is lent (resized() will tell). */
  bool (*show)(struct terminal *t, const struct canvas *c);
  void (*size)(struct terminal *t, int *width, int *height);
  void (*suspend)(struct terminal *t);         /* Ctrl-Z: gives the terminal back, stops the process, takes it again */
  void (*lend)(struct terminal *t, bool lent); /* a child has the terminal: nothing is drawn or read */
  void (*redraw)(struct terminal *t);          /* the next show() repaints everything */
  void (*send)(struct terminal *t, const char *bytes, size_t n); /* OSC 52 and the like, after the frame */
  void (*title)(struct terminal *t, const char *text);
  void (*bell)(struct terminal *t);
  void (*mouse)(struct terminal *t, bool on); /* off: clicks are the terminal's own. On at first */
  void (*free)(struct terminal *t);
};

struct terminal {
  const struct terminal_ops *ops;
  struct terminal_user user;
  bool ascii;  /* no UTF-8 locale */
  bool mono;   /* shows no colours, or shall not */
  int colours; /* that may be drawn with: 0, 8, 16, 256 */
  bool light;  /* on a light ground */
};

struct terminal_options {
  bool ascii, mono;
  const char *theme; /* "dark", "light", "high", "mono"; NULL or another: by the environment */
};
/*
 * On stdin/stdout; a sentence when they are no tty or TERM is unknown. signals_open() first: SIGWINCH, SIGCONT and
 * SIGTSTP are the terminal's own; SIGHUP is gone(); SIGTERM and SIGINT stop the loop unless signals_on() says otherwise
 * afterwards. While it is open, a stderr that is a terminal is read into the log, and a fatal signal gives the terminal
 * back first. One at a time; ops->free() gives the terminal back.
 */
struct terminal *terminal_open(struct loop *loop, const struct terminal_options *options, struct err *err);

/* Has this machine a description of it? Nothing is opened. *colours: how many weir would use, 0 none. */
bool terminal_known(const char *term, int *colours);

#endif
