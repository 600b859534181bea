/*
 * A program on a pseudo terminal, its screen read through libvterm: what a person would see, cell by cell. Nothing
 * sleeps: every wait is for a state, with a deadline. Functions that wait return false when it passed; pty_dump() then
 * shows why.
 *
 * libvterm 0.1.4 honours only the first parameter of "CSI ? 1006;1000 h": such sequences are split before it sees them,
 * and the modes that tests ask for (alternate screen, mouse, bracketed paste, cursor) are followed here.
 */
#ifndef WEIR_TESTS_PTY_SCREEN_H
#define WEIR_TESTS_PTY_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <termios.h>

struct pty;

struct pty_options {
  const char *const *argv; /* argv[0] is the file, searched in PATH; NULL-terminated */
  const char *const *env;  /* "NAME=value" set, "NAME" removed; may be NULL. TERM=xterm-256color and C.UTF-8 else */
  int width, height;       /* 0: 80x24 */
  int keep_fd;             /* >= 0: stays open in the program as descriptor 3; -1: none */
};

#define PTY_DEADLINE 10.0 /* seconds, for waits that should take none */

/* Never NULL: aborts when there is no pty. */
struct pty *pty_start(const struct pty_options *options);
void pty_free(struct pty *p); /* kills what still runs */
pid_t pty_pid(const struct pty *p);
void pty_hang_up(struct pty *p); /* closes the terminal under the program */

void pty_send(struct pty *p, const char *bytes);
void pty_send_n(struct pty *p, const char *bytes, size_t n);
void pty_resize(struct pty *p, int width, int height);
/* Reads what is there, waiting at most so long for the first byte; false: nothing came or the program is gone. */
bool pty_read(struct pty *p, double seconds);
/* Waits until `until` holds while nobody reads the terminal. */
bool pty_wait_unread(struct pty *p, bool (*until)(void *arg), void *arg, double seconds);

bool pty_wait(struct pty *p, bool (*holds)(struct pty *p, void *arg), void *arg, double seconds);
bool pty_wait_text(struct pty *p, const char *text);             /* somewhere on the screen, within a row */
bool pty_wait_times(struct pty *p, const char *text, int times); /* in so many rows, not counting old ones as new */
bool pty_wait_gone(struct pty *p, const char *text);             /* nowhere any more */
bool pty_wait_row(struct pty *p, int y, const char *text);       /* in that row; negative: from the bottom */
bool pty_settle(struct pty *p, double quiet);                    /* no byte for so long */
/* Ended: the status as of waitpid(2). False: it runs on. */
bool pty_wait_exit(struct pty *p, int *status, double seconds);

struct pty_cell {
  char text[40]; /* UTF-8; "" for nothing drawn or the right half */
  int width;
  int fg, bg; /* colour index; -1: default; 0x1000000 | rgb */
  bool bold, underline, reverse;
};

void pty_size(const struct pty *p, int *width, int *height);
struct pty_cell pty_cell(const struct pty *p, int x, int y);
const char *pty_row(struct pty *p, int y); /* blanks at the end cut; valid until the next call */
const char *pty_text(struct pty *p);       /* all rows; valid until the next call */
bool pty_find(struct pty *p, const char *text, int *x, int *y);

bool pty_alternate(const struct pty *p);
bool pty_mouse(const struct pty *p); /* any mouse mode on */
bool pty_paste_mode(const struct pty *p);
bool pty_cursor(const struct pty *p, int *x, int *y); /* visible */
const char *pty_title(const struct pty *p);
bool pty_cooked(const struct pty *p); /* ICANON, ECHO, ISIG and OPOST are on */
void pty_modes(const struct pty *p, struct termios *out);
size_t pty_bytes(const struct pty *p);                /* read so far */
bool pty_saw(const struct pty *p, const char *bytes); /* in the last 256 kB of raw output */
void pty_forget(struct pty *p);                       /* starts that record anew */
void pty_dump(struct pty *p);                         /* the screen to stderr */

/* $WEIR_TESTS/tui/NAME, or build/release/tests/tui/NAME. Static buffer. */
const char *pty_beside(const char *name);

#endif
