/*
 * The decoder: one byte at a time through a small machine, so that it does not matter how read() cut the bytes.
 * Only the timer looks at time: it ends what may be a lone ESC or Alt with a character that also starts sequences.
 */
#include "weir/ui/key.h"

#include <stdlib.h>
#include <string.h>

#include "key_sequence.h"
#include "weir/base/clock.h"
#include "weir/base/log.h"
#include "weir/base/text.h"
#include "weir/base/vec.h"

#define ESC_WAIT    (25 * CLOCK_MS)
#define WHEEL_ROWS  3
#define STRING_WAIT (1 * CLOCK_S) /* a string that stops in the middle must not eat keys for ever */
#define STRING_MAX  (1u << 20)
#define PASTE_MAX   (64u << 20)

static const char paste_end[] = "\033[201~";

struct name {
  char *sequence;
  uint32_t code;
  unsigned mods;
};

enum state { GROUND, UTF8, ESC, ESC_ESC, CSI, SS3, MOUSE_X10, STRING, STRING_ESC, PASTE };

struct key_decoder {
  struct loop *loop; /* NULL: no time, tests and fuzzing */
  struct loop_timer timer;
  key_fn *fn;
  void *arg;
  enum state state;
  bool alt;      /* the sequence or character came after an ESC of its own */
  bool overlong; /* swallowed, though it goes on to its end */
  char seq[KEY_SEQUENCE_MAX + 1];
  size_t n;        /* bytes in seq: of a character, a sequence, an X10 report */
  size_t string;   /* bytes of the string swallowed so far */
  bool string_bel; /* OSC: BEL ends it too */
  char text[KEY_SEQUENCE_MAX];
  key_told_fn *told;
  struct buf paste;
  size_t paste_matched; /* bytes of paste_end seen */
  size_t paste_lost;
  VEC(struct name) names;
};

static void on_timer(void *arg);

struct key_decoder *key_decoder_new(struct loop *loop, key_fn *fn, void *arg) {
  struct key_decoder *d = mem_zero(1, sizeof *d);
  d->loop = loop;
  d->fn = fn;
  d->arg = arg;
  d->timer.fn = on_timer;
  d->timer.arg = d;
  return d;
}

void key_decoder_free(struct key_decoder *d) {
  if (!d)
    return;
  if (d->loop)
    loop_timer_cancel(d->loop, &d->timer);
  for (size_t i = 0; i < d->names.n; i++)
    free(d->names.v[i].sequence);
  VEC_CLEAR(&d->names);
  buf_clear(&d->paste);
  free(d);
}

void key_decoder_name(struct key_decoder *d, const char *sequence, uint32_t code, unsigned mods) {
  size_t n = strlen(sequence);
  if (n < 2 || n > KEY_SEQUENCE_MAX || sequence[0] != 0x1b)
    return; /* single bytes are characters, whatever terminfo says */
  VEC_PUSH(&d->names, ((struct name){mem_dup(sequence), code, mods}));
}

void key_decoder_told(struct key_decoder *d, key_told_fn *fn) {
  d->told = fn;
}

static bool find_name(const struct key_decoder *d, struct key *key) {
  for (size_t i = 0; i < d->names.n; i++)
    if (slice_eq(slice_of(d->names.v[i].sequence), slice_make(d->seq, d->n))) {
      *key = (struct key){.code = d->names.v[i].code, .mods = d->names.v[i].mods};
      return true;
    }
  return false;
}

static void go(struct key_decoder *d, enum state state) {
  d->state = state;
  if (state == GROUND) {
    d->alt = d->overlong = false;
    d->n = 0;
  }
}

static void emit(struct key_decoder *d, struct key key) {
  if (d->alt)
    key.mods |= KEY_MOD_ALT;
  go(d, GROUND); /* before the callback: it may feed again */
  d->fn(d->arg, &key);
}

static void emit_character(struct key_decoder *d, uint32_t c) {
  struct key key = key_character(c, 0);
  key.byte = c < 0x20 || c == 0x7f ? (uint8_t)c : 0;
  emit(d, key);
}

static void begin(struct key_decoder *d, enum state state, const char *start) {
  d->n = strlen(start);
  memcpy(d->seq, start, d->n);
  d->state = state;
}

static void ground(struct key_decoder *d, unsigned char c) {
  if (c == 0x1b && !d->alt) {
    begin(d, ESC, "\033");
  } else if (c < 0x80) {
    emit_character(d, c);
  } else if (c >= 0xc2 && c <= 0xf4) {
    d->seq[0] = (char)c;
    d->n = 1;
    d->state = UTF8;
  } else {
    emit_character(d, 0xfffd);
  }
}

/* Leaves a sequence that turned out to be none: its bytes mean nothing, `c` is read anew. */
static void abandon(struct key_decoder *d, unsigned char c) {
  go(d, GROUND);
  if (c != 0x18 && c != 0x1a) /* CAN and SUB did their work */
    ground(d, c);
}

static void utf8(struct key_decoder *d, unsigned char c) {
  uint32_t code = 0;
  unsigned char lead = (unsigned char)d->seq[0];
  size_t want = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if ((c & 0xc0) != 0x80) {
    emit_character(d, 0xfffd);
    ground(d, c);
    return;
  }
  d->seq[d->n++] = (char)c;
  if (d->n < want)
    return;
  size_t used = text_decode(slice_make(d->seq, d->n), &code);
  emit_character(d, used == want ? code : 0xfffd);
}

static void start_string(struct key_decoder *d, bool bel) {
  go(d, STRING);
  d->string = 0;
  d->string_bel = bel;
  d->alt = false;
}

static void esc(struct key_decoder *d, unsigned char c) {
  struct key key;
  switch (c) {
  case '[':
    begin(d, CSI, "\033[");
    return;
  case 'O':
    begin(d, SS3, "\033O");
    return;
  case ']':
  case 'P':
  case '_':
  case '^':
  case 'X':
    start_string(d, c == ']');
    d->seq[1] = (char)c; /* should nothing follow, it was Alt with this character */
    d->n = 2;
    return;
  case 0x1b:
    d->state = ESC_ESC;
    return;
  default:
    d->seq[1] = (char)c;
    d->n = 2;
    if (find_name(d, &key)) {
      emit(d, key);
      return;
    }
    d->alt = true;
    ground(d, c);
  }
}

/* ESC ESC: with a sequence behind it is Alt and that key; else the first ESC stood alone. */
static void esc_esc(struct key_decoder *d, unsigned char c) {
  if (c == '[' || c == 'O') {
    d->alt = true;
    esc(d, c);
    return;
  }
  emit_character(d, 0x1b);
  begin(d, ESC, "\033");
  esc(d, c);
}

static void finish_sequence(struct key_decoder *d) {
  struct slice s = slice_make(d->seq, d->n);
  struct key key;
  bool focus = slice_eq(s, SLICE("\033[I")) || slice_eq(s, SLICE("\033[O"));
  if (focus) {
    d->alt = false;
    emit(d, (struct key){.code = s.p[2] == 'I' ? KEY_FOCUS_IN : KEY_FOCUS_OUT});
    return;
  }
  bool known = !d->overlong && (find_name(d, &key) || key_sequence(s, &key));
  if (known) {
    emit(d, key);
  } else if (!d->overlong && key_sequence_starts_paste(s)) {
    go(d, PASTE);
    d->alt = false;
    d->paste_matched = d->paste_lost = 0;
    buf_reset(&d->paste);
  } else {
    go(d, GROUND);
  }
}

static void keep(struct key_decoder *d, unsigned char c) {
  if (d->n < KEY_SEQUENCE_MAX)
    d->seq[d->n++] = (char)c;
  else
    d->overlong = true;
}

static void csi(struct key_decoder *d, unsigned char c) {
  bool second_bracket = d->n == 3 && d->seq[2] == '['; /* the Linux console's F1 to F5 */
  if (c < 0x20 || c >= 0x7f) {
    abandon(d, c);
    return;
  }
  keep(d, c);
  if (c == 'M' && d->n == 3) {
    d->state = MOUSE_X10;
    return;
  }
  bool rxvt_shift = c == '$' && d->n > 3 && d->seq[2] >= '0' && d->seq[2] <= '9';
  bool final = c >= 0x40 && !(c == '[' && d->n == 3 && !second_bracket);
  if (final || (rxvt_shift && !memchr(d->seq, ';', d->n)))
    finish_sequence(d);
}

static void ss3(struct key_decoder *d, unsigned char c) {
  if (c < 0x20 || c >= 0x7f) {
    abandon(d, c);
    return;
  }
  keep(d, c);
  if (!(c >= '0' && c <= '9') && c != ';')
    finish_sequence(d);
}

static void mouse_x10(struct key_decoder *d, unsigned char c) {
  keep(d, c);
  struct key key;
  if (d->n < 6)
    return;
  if (key_sequence_x10(d->seq + 3, &key))
    emit(d, key);
  else
    go(d, GROUND);
}

static void string_ends(struct key_decoder *d) {
  size_t n = d->string < sizeof d->text ? d->string : sizeof d->text;
  go(d, GROUND);
  if (d->string_bel && d->told)
    d->told(d->arg, slice_make(d->text, n));
}

static void string(struct key_decoder *d, unsigned char c) {
  if (c == 0x07 && d->string_bel) {
    string_ends(d);
  } else if (d->string >= STRING_MAX || c == 0x18 || c == 0x1a) {
    go(d, GROUND);
  } else if (c == 0x1b) {
    d->state = STRING_ESC;
  } else {
    if (d->string < sizeof d->text)
      d->text[d->string] = (char)c;
    d->string++;
  }
}

static void string_esc(struct key_decoder *d, unsigned char c) {
  if (c == '\\') {
    string_ends(d);
    return;
  }
  go(d, GROUND);
  begin(d, ESC, "\033"); /* no terminator: something new began */
  esc(d, c);
}

static void paste_add(struct key_decoder *d, const char *p, size_t n) {
  size_t room = PASTE_MAX - d->paste.n;
  size_t fits = n < room ? n : room;
  buf_add(&d->paste, p, fits);
  d->paste_lost += n - fits;
}

static void finish_paste(struct key_decoder *d) {
  struct key key = {.code = KEY_PASTE, .text = buf_slice(&d->paste)};
  struct buf text = d->paste;
  d->paste = (struct buf)BUF_INIT;
  if (d->paste_lost)
    log_write(LOG_WARN, "ui", 0, NULL, "a paste was cut: %zu bytes beyond the first 64 MiB were left out",
              d->paste_lost);
  emit(d, key);
  buf_clear(&text);
}

/* Takes what belongs to the paste from the front; the end marker may be cut anywhere. */
static size_t paste(struct key_decoder *d, const char *p, size_t n) {
  if (d->paste_matched == 0) {
    const char *mark = memchr(p, 0x1b, n);
    size_t run = mark ? (size_t)(mark - p) : n;
    paste_add(d, p, run);
    if (run > 0)
      return run;
  }
  if (*p == paste_end[d->paste_matched]) {
    if (++d->paste_matched == sizeof paste_end - 1)
      finish_paste(d);
    return 1;
  }
  paste_add(d, paste_end, d->paste_matched); /* it only looked like the end */
  d->paste_matched = 0;
  return 0;
}

static void byte(struct key_decoder *d, unsigned char c) {
  switch (d->state) {
  case GROUND:
    ground(d, c);
    break;
  case UTF8:
    utf8(d, c);
    break;
  case ESC:
    esc(d, c);
    break;
  case ESC_ESC:
    esc_esc(d, c);
    break;
  case CSI:
    csi(d, c);
    break;
  case SS3:
    ss3(d, c);
    break;
  case MOUSE_X10:
    mouse_x10(d, c);
    break;
  case STRING:
    string(d, c);
    break;
  case STRING_ESC:
    string_esc(d, c);
    break;
  case PASTE:
    break;
  }
}

/* Nothing came after it: what looked like the start of a sequence was a key by itself. */
static void on_timer(void *arg) {
  struct key_decoder *d = arg;
  switch (d->state) {
  case ESC:
    emit_character(d, 0x1b);
    break;
  case ESC_ESC:
    emit_character(d, 0x1b);
    emit_character(d, 0x1b);
    break;
  case CSI:
  case SS3:
  case STRING:
    if (d->n == 2 && (d->state != STRING || d->string == 0)) {
      unsigned char c = (unsigned char)d->seq[1];
      d->alt = true;
      emit_character(d, c);
    } else if (d->state == STRING) {
      go(d, GROUND);
    }
    break;
  case STRING_ESC:
    go(d, GROUND);
    break;
  default:
    break;
  }
}

static void arm(struct key_decoder *d) {
  if (!d->loop)
    return;
  bool key_so_far = d->state == ESC || d->state == ESC_ESC || ((d->state == CSI || d->state == SS3) && d->n == 2) ||
                    (d->state == STRING && d->string == 0);
  if (key_so_far)
    loop_timer_arm(d->loop, &d->timer, ESC_WAIT);
  else if (d->state == STRING || d->state == STRING_ESC)
    loop_timer_arm(d->loop, &d->timer, STRING_WAIT);
}

void key_decoder_feed(struct key_decoder *d, const char *bytes, size_t n) {
  if (n == 0)
    return;
  if (d->loop)
    loop_timer_cancel(d->loop, &d->timer);
  while (n > 0) {
    size_t used = 1;
    if (d->state == PASTE)
      used = paste(d, bytes, n);
    else
      byte(d, (unsigned char)*bytes);
    bytes += used;
    n -= used;
  }
  arm(d);
}

long key_wheel(const struct key *key) {
  bool wheel = key->code == KEY_MOUSE_ && (key->button == 4 || key->button == 5);
  return !wheel ? 0 : key->button == 4 ? -WHEEL_ROWS : WHEEL_ROWS;
}
