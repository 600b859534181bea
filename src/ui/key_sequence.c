/* The tables of control sequences. */
#include "key_sequence.h"

#include <string.h>

enum { PARAMS_MAX = 4 };

struct params {
  unsigned v[PARAMS_MAX]; /* 0 where left out */
  int n;
};

/* "1;5", "97:65;5:1": sub-parameters are dropped, except that the second one of the second parameter is the kind of
 * event (kitty's protocol: 3 is a release). */
static bool parse_params(struct slice s, struct params *p, unsigned *event) {
  memset(p, 0, sizeof *p);
  *event = 1;
  unsigned sub = 0, value = 0;
  int at = 0;
  for (size_t i = 0; i <= s.n; i++) {
    char c = i < s.n ? s.p[i] : ';';
    if (c >= '0' && c <= '9') {
      value = value > 0x110000 ? value : value * 10 + (unsigned)(c - '0');
      continue;
    }
    if (c != ';' && c != ':')
      return false;
    if (sub == 0 && at < PARAMS_MAX)
      p->v[at] = value;
    if (sub == 1 && at == 1)
      *event = value;
    sub = c == ':' ? sub + 1 : 0;
    at += c == ';';
    value = 0;
  }
  p->n = at < PARAMS_MAX ? at : PARAMS_MAX;
  return true;
}

/* xterm's modifier parameter: 1 plus a bit set of shift, alt, ctrl, meta; the locks of kitty's protocol are left out.
 */
static unsigned modifiers(unsigned parameter) {
  unsigned bits = parameter > 0 ? parameter - 1 : 0;
  return (bits & 1 ? (unsigned)KEY_MOD_SHIFT : 0u) | (bits & 10 ? (unsigned)KEY_MOD_ALT : 0u) |
         (bits & 4 ? (unsigned)KEY_MOD_CTRL : 0u);
}

static struct key named(uint32_t code, unsigned mods) {
  if (code == KEY_TAB_ && mods & KEY_MOD_SHIFT) {
    code = KEY_BACKTAB;
    mods &= ~(unsigned)KEY_MOD_SHIFT;
  }
  return (struct key){.code = code, .mods = mods};
}

static uint32_t control_name(uint32_t c) {
  switch (c) {
  case 0x08:
  case 0x7f:
    return KEY_BACKSPACE_;
  case 0x09:
    return KEY_TAB_;
  case 0x0a:
  case 0x0d:
    return KEY_ENTER_;
  case 0x1b:
    return KEY_ESC_;
  default:
    return KEY_NONE;
  }
}

struct key key_character(uint32_t c, unsigned mods) {
  uint32_t name = control_name(c);
  if (name != KEY_NONE)
    return named(name, mods);
  if (c == 0)
    return (struct key){.code = ' ', .mods = (mods & KEY_MOD_ALT) | KEY_MOD_CTRL};
  if (c < 0x20)
    return (struct key){.code = c, .mods = mods & KEY_MOD_ALT};
  if (mods & KEY_MOD_SHIFT && c >= 'a' && c <= 'z')
    c -= 'a' - 'A';
  mods &= ~(unsigned)KEY_MOD_SHIFT;
  bool has_control = (c >= '@' && c <= '_') || (c >= 'a' && c <= 'z');
  if (mods & KEY_MOD_CTRL && has_control && c != '@') {
    mods &= ~(unsigned)KEY_MOD_CTRL;
    c = KEY_CTRL(c);
    name = control_name(c);
    if (name != KEY_NONE)
      return named(name, mods);
  }
  if (mods & KEY_MOD_CTRL && c == '@')
    c = ' ';
  return (struct key){.code = c, .mods = mods};
}

/* ESC [ n ~; from F13 on the Linux console's and VT220's shifted function keys. */
static uint32_t tilde_code(unsigned n, unsigned *mods) {
  static const uint32_t codes[35] = {
      [1] = KEY_HOME_, [2] = KEY_INSERT, [3] = KEY_DELETE, [4] = KEY_END_, [5] = KEY_PAGE_UP, [6] = KEY_PAGE_DOWN,
      [7] = KEY_HOME_, [8] = KEY_END_,   [11] = KEY_F1_,   [12] = KEY_F2_, [13] = KEY_F3_,    [14] = KEY_F4_,
      [15] = KEY_F5_,  [17] = KEY_F6_,   [18] = KEY_F7_,   [19] = KEY_F8_, [20] = KEY_F9_,    [21] = KEY_F10_,
      [23] = KEY_F11_, [24] = KEY_F12_,  [25] = KEY_F1_,   [26] = KEY_F2_, [28] = KEY_F3_,    [29] = KEY_F4_,
      [31] = KEY_F5_,  [32] = KEY_F6_,   [33] = KEY_F7_,   [34] = KEY_F8_,
  };
  if (n >= sizeof codes / sizeof codes[0])
    return KEY_NONE;
  if (n >= 25)
    *mods |= KEY_MOD_SHIFT;
  return codes[n];
}

/* ESC [ 1;m X and ESC O X. */
static uint32_t letter_code(char final) {
  static const char letters[] = "ABCDHFPQRS";
  static const uint32_t codes[] = {KEY_UP_,  KEY_DOWN_, KEY_RIGHT_, KEY_LEFT_, KEY_HOME_,
                                   KEY_END_, KEY_F1_,   KEY_F2_,    KEY_F3_,   KEY_F4_};
  const char *at = strchr(letters, final);
  return at && final ? codes[at - letters] : (uint32_t)KEY_NONE;
}

/* rxvt: small letters are arrows with a modifier. */
static uint32_t rxvt_code(char final) {
  return final >= 'a' && final <= 'd' ? letter_code((char)(final - 'a' + 'A')) : (uint32_t)KEY_NONE;
}

/* The keypad in application mode: ESC O j is "*". */
static uint32_t keypad_character(char final) {
  if (final >= 'j' && final <= 'y')
    return (uint32_t)(final - 'j' + '*');
  return final == 'X' ? '=' : final == 'M' ? 0x0d : final == 'I' ? 0x09 : final == ' ' ? ' ' : 0;
}

static bool answer(struct key *key, uint32_t code, unsigned mods) {
  *key = named(code, mods);
  return code != KEY_NONE;
}

/* kitty's numbers for keys without a character are private-use code points: only what legacy forms cannot say stays
 * unknown. */
static bool unicode_key(uint32_t c, unsigned mods, struct key *key) {
  if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) || (c >= 57344 && c <= 63743))
    return false;
  *key = key_character(c, mods);
  return true;
}

/* b: the button byte of the protocols without its offset of 32. */
static bool mouse(unsigned b, unsigned x, unsigned y, bool release, struct key *key) {
  unsigned low = b & 3;
  if (x < 1 || y < 1 || x > 32767 || y > 32767 || b > 127 || (b & 64 && low > 1))
    return false;
  if (b & 32 && (low == 3 || b & 64)) /* a movement without a button */
    return false;
  *key = (struct key){.code = KEY_MOUSE_, .x = (int)x - 1, .y = (int)y - 1};
  key->mods = (b & 4 ? (unsigned)KEY_MOD_SHIFT : 0u) | (b & 8 ? (unsigned)KEY_MOD_ALT : 0u) |
              (b & 16 ? (unsigned)KEY_MOD_CTRL : 0u);
  if (!(b & 64) && low == 3) /* X10: some button went up, nobody knows which */
    key->action = KEY_RELEASE;
  else
    key->button = (int)(b & 64 ? low + 4 : low + 1);
  if (b & 32)
    key->action = KEY_DRAG;
  if (release)
    key->action = KEY_RELEASE;
  return true;
}

bool key_sequence_x10(const char after[3], struct key *key) {
  unsigned char b = (unsigned char)after[0], x = (unsigned char)after[1], y = (unsigned char)after[2];
  return b >= 32 && x >= 33 && y >= 33 && mouse(b - 32u, x - 32u, y - 32u, false, key);
}

static bool csi_tilde(const struct params *p, struct key *key) {
  unsigned mods = modifiers(p->v[1]);
  if (p->v[0] == 27 && p->n >= 3)
    return unicode_key(p->v[2], mods, key);
  uint32_t code = tilde_code(p->v[0], &mods);
  return answer(key, code, mods);
}

static bool csi(struct slice body, char final, struct key *key) {
  struct params p;
  unsigned event;
  if (body.n == 1 && body.p[0] == '[') /* Linux console: ESC [ [ A is F1 */
    return final >= 'A' && final <= 'E' && answer(key, KEY_F1_ + (uint32_t)(final - 'A'), 0);
  bool sgr = body.n > 0 && body.p[0] == '<';
  if (!parse_params(slice_from(body, sgr), &p, &event) || event == 3)
    return false;
  if (sgr)
    return p.n >= 3 && (final == 'M' || final == 'm') && mouse(p.v[0], p.v[1], p.v[2], final == 'm', key);
  switch (final) {
  case '~':
    return csi_tilde(&p, key);
  case '$':
  case '^':
  case '@': {
    unsigned mods = final == '$' ? KEY_MOD_SHIFT : final == '^' ? KEY_MOD_CTRL : KEY_MOD_CTRL | KEY_MOD_SHIFT;
    uint32_t code = tilde_code(p.v[0], &mods);
    return answer(key, code, mods);
  }
  case 'u':
    return unicode_key(p.v[0], modifiers(p.v[1]), key);
  case 'Z':
    return answer(key, KEY_TAB_, KEY_MOD_SHIFT | modifiers(p.v[1]));
  case 'M': /* rxvt's mouse */
    return p.n >= 3 && p.v[0] >= 32 && mouse(p.v[0] - 32, p.v[1], p.v[2], false, key);
  default:
    if (p.v[0] > 1) /* ESC [ 5;7R tells where the cursor is */
      return false;
    if (rxvt_code(final) != KEY_NONE)
      return answer(key, rxvt_code(final), KEY_MOD_SHIFT);
    return answer(key, letter_code(final), modifiers(p.v[1]));
  }
}

static bool ss3(struct slice body, char final, struct key *key) {
  struct params p;
  unsigned event;
  if (!parse_params(body, &p, &event))
    return false;
  unsigned mods = modifiers(p.v[p.n > 1 ? 1 : 0]); /* ESC O 5 A and ESC O 1;5 A */
  if (rxvt_code(final) != KEY_NONE)
    return answer(key, rxvt_code(final), KEY_MOD_CTRL);
  if (letter_code(final) != KEY_NONE)
    return answer(key, letter_code(final), mods);
  uint32_t c = keypad_character(final);
  if (c == 0)
    return false;
  *key = key_character(c, mods);
  return true;
}

bool key_sequence(struct slice s, struct key *key) {
  memset(key, 0, sizeof *key);
  if (s.n < 3)
    return false;
  struct slice body = slice_sub(s, 2, s.n - 3);
  char final = s.p[s.n - 1];
  return s.p[1] == 'O' ? ss3(body, final, key) : csi(body, final, key);
}

bool key_sequence_starts_paste(struct slice s) {
  return slice_eq(s, SLICE("\033[200~"));
}
