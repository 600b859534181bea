/*
 * Keys, mouse and paste, decoded by weir itself from raw terminal bytes (terminfo gives the names of odd terminals'
 * function keys). A lone ESC is told from the start of a sequence by a 25 ms loop timer. Unknown sequences are
 * swallowed whole.
 */
#ifndef WEIR_UI_KEY_H
#define WEIR_UI_KEY_H

#include "weir/base/buf.h"
#include "weir/io/loop.h"

enum key_code {
  KEY_NONE = 0,
  /* 1..0x10ffff: a character; control characters as KEY_CTRL('a') */
  KEY_BASE = 0x110000,
  KEY_UP_,
  KEY_DOWN_,
  KEY_LEFT_,
  KEY_RIGHT_,
  KEY_HOME_,
  KEY_END_,
  KEY_PAGE_UP,
  KEY_PAGE_DOWN,
  KEY_INSERT,
  KEY_DELETE,
  KEY_BACKTAB,
  KEY_ESC_,
  KEY_ENTER_,
  KEY_TAB_,
  KEY_BACKSPACE_,
  KEY_F0,
  KEY_F1_,
  KEY_F2_,
  KEY_F3_,
  KEY_F4_,
  KEY_F5_,
  KEY_F6_,
  KEY_F7_,
  KEY_F8_,
  KEY_F9_,
  KEY_F10_,
  KEY_F11_,
  KEY_F12_,
  KEY_MOUSE_, /* x, y, button, press */
  KEY_PASTE,  /* text */
  KEY_FOCUS_IN,
  KEY_FOCUS_OUT, /* the terminal says that it has the keyboard, or not (mode 1004); no key that could be mapped */
};

#define KEY_CTRL(c) ((c)&0x1f)

enum key_mod { KEY_MOD_ALT = 1, KEY_MOD_CTRL = 2, KEY_MOD_SHIFT = 4 };

struct key {
  /* A character or an enum key_code. Tab, Enter, Esc and Backspace always come as the named codes (so Ctrl-I, Ctrl-M,
   * Ctrl-J, Ctrl-[ and Ctrl-H do too). Ctrl-A is KEY_CTRL('a') without KEY_MOD_CTRL; Ctrl-Space is ' ' with it;
   * Shift-Tab is KEY_BACKTAB. Bytes that are no UTF-8 come as U+FFFD. */
  uint32_t code;
  unsigned mods; /* KEY_MOD_*; shift only for named keys */
  int x, y;      /* mouse: cell, from 0 */
  int button;    /* mouse: 1 left, 2 middle, 3 right, 4 wheel up, 5 wheel down; 0: a release, unknown of which */
  enum { KEY_PRESS, KEY_RELEASE, KEY_DRAG } action;
  struct slice text; /* paste: the bytes, valid during the callback */
  uint8_t byte;      /* of a control character that came as a named code: Ctrl-J, not Enter; 0: unknown */
};

/* A turn of the mouse wheel in rows: negative up, positive down; 0: the key is none. */
long key_wheel(const struct key *key);

struct key_decoder;
typedef void key_fn(void *arg, const struct key *key);

/* Without a loop (NULL) there is no timer: a lone ESC waits for the next byte. fn must not free the decoder. */
struct key_decoder *key_decoder_new(struct loop *loop, key_fn *fn, void *arg);
void key_decoder_free(struct key_decoder *d);
void key_decoder_feed(struct key_decoder *d, const char *bytes, size_t n);
/* The terminal's answers that are no keys: what stands in "OSC ... ST" ("11;rgb:ffff/ffff/ffff"), cut to 64 bytes. */
typedef void key_told_fn(void *arg, struct slice text);
void key_decoder_told(struct key_decoder *d, key_told_fn *fn); /* with the arg of the decoder */
void key_decoder_name(struct key_decoder *d, const char *sequence, uint32_t code, unsigned mods); /* from terminfo */

/* "j", "Ctrl-S", "Alt-U", "Enter", "F8", "PgDn", "Ctrl-Space", "Shift-Tab": for hints, help and scripted tests, both
 * ways. "Alt-U" is the key with U on it (ESC u); "Alt-Shift-U" is its capital. */
bool key_parse(struct slice name, struct key *key);
void key_name(const struct key *key, struct buf *out);

#endif
