/*
 * The one sanitiser. Every byte that came from the wire passes through here before it is drawn, logged,
 * printed or put on a command line for a person to read.
 *
 * Bytes are read as UTF-8 and cut into clusters: one character that has columns and at most four combining marks
 * (what a curses cell holds, so a flood of marks stays bounded; the fifth becomes "<0301>"). An emoji sequence
 * (joined by U+200D, skin tone) is one cluster that shows its first character and is flagged as a mark, because
 * terminals disagree about its width; U+FE0E/F behind an emoji or keycap base is dropped. What must not reach a
 * terminal becomes a visible mark: C0 as "^[" "^A", DEL as "^?", C1 and invalid UTF-8 bytes as "\x9b", bidi controls,
 * zero-width and other invisible characters, a combining mark with nothing before it, line separators, tags,
 * unassigned and private code points as "<202E>". Ambiguous widths are 1. Marks are plain ASCII. (CWE-150, CWE-1007)
 */
#ifndef WEIR_BASE_TEXT_H
#define WEIR_BASE_TEXT_H

#include "weir/base/buf.h"
#include "weir/base/slice.h"

#define TEXT_CLUSTER_MAX 32

enum text_flags {
  TEXT_PLAIN = 0,
  TEXT_KEEP_TAB = 1, /* HTAB comes back as one cluster "\t" with width 0: the caller expands it */
  TEXT_ASCII = 2,    /* nothing above 0x7f comes out: such characters become "<5C71>" */
};

struct text_cluster {
  char bytes[TEXT_CLUSTER_MAX + 1]; /* valid UTF-8, NUL-terminated, safe for a terminal */
  uint8_t n;                        /* length of bytes */
  uint8_t width;                    /* columns: 1 or 2 for a character, more for a mark such as "<202E>" */
  bool mark;                        /* stands for something that may not be shown; drawn in another style */
};

/* Reads one cluster from the front of s (s.n > 0); returns the number of input bytes used, at least 1. */
size_t text_next(struct slice s, unsigned flags, struct text_cluster *out);

/* Appends the safe form of s. Newlines become "^J": one input is one line of output. */
void text_safe(struct buf *out, struct slice s, unsigned flags);

/* Printable ASCII throughout: the safe form is s itself, one column a byte. */
bool text_is_safe(struct slice s);

/* Columns of the safe form. */
size_t text_width(struct slice s, unsigned flags);

/* Longest prefix of s (in bytes) whose safe form fits in `columns`; *used gets its columns (may be NULL). */
size_t text_cut(struct slice s, size_t columns, unsigned flags, size_t *used);

/* Decodes one code point; returns bytes used (1..4), or 0 when the front is not valid UTF-8. n > 0. */
size_t text_decode(struct slice s, uint32_t *code_point);
bool text_is_utf8(struct slice s);
/* Of text that comes in pieces: how much of this one there is before a character that the next one may complete. */
size_t text_whole(struct slice s);

/* Appends one quoted word for a POSIX shell, safe for any bytes but NUL, which is left out; *lost is then set to true
 * (and never to false, so that one flag serves several words; may be NULL). A word that holds anything but readable
 * text uses $'..' quoting (bash, zsh, ksh, busybox). */
void text_shell_quote(struct buf *out, struct slice s, bool *lost);
/* The same, but bare where every character of it means itself to a shell: a path that a person reads. */
void text_shell_word(struct buf *out, struct slice s);

#endif
