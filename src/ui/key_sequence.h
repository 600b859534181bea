/*
 * What one whole control sequence means. Known are xterm, VT220, rxvt and the Linux console, the forms with modifiers
 * ("CSI 1;5A", "CSI 27;5;97~", "CSI 97;5u"), SGR, rxvt and X10 mouse reports. Everything else means nothing.
 */
#ifndef WEIR_SRC_UI_KEY_SEQUENCE_H
#define WEIR_SRC_UI_KEY_SEQUENCE_H

#include "weir/ui/key.h"

#define KEY_SEQUENCE_MAX 64 /* a longer one means nothing */

/* s: ESC [ .. final or ESC O .. final. False: no key (unknown, a report, focus, a mouse movement). */
bool key_sequence(struct slice s, struct key *key);
/* Parameters "200" of ESC [ 200 ~: what follows is pasted text. */
bool key_sequence_starts_paste(struct slice s);
/* ESC [ M and then three bytes: where the three are `after`. */
bool key_sequence_x10(const char after[3], struct key *key);
/* A character with modifiers as every terminal should have sent it: Tab, Enter, Esc and Backspace by name, Ctrl folded
 * in. */
struct key key_character(uint32_t c, unsigned mods);

#endif
