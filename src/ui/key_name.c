/* Keys as people write them: "j", "Ctrl-S", "Alt-U", "Shift-Tab", "F8", "PgDn", "Space". */
#include <string.h>

#include "key_sequence.h"
#include "weir/base/text.h"
#include "weir/ui/key.h"

static const struct {
  const char *name;
  uint32_t code;
} names[] = {
    /* the first of a code is the one that key_name() gives */
    {"Up", KEY_UP_},
    {"Down", KEY_DOWN_},
    {"Left", KEY_LEFT_},
    {"Right", KEY_RIGHT_},
    {"Home", KEY_HOME_},
    {"End", KEY_END_},
    {"PgUp", KEY_PAGE_UP},
    {"PgDn", KEY_PAGE_DOWN},
    {"Ins", KEY_INSERT},
    {"Del", KEY_DELETE},
    {"Tab", KEY_TAB_},
    {"Enter", KEY_ENTER_},
    {"Esc", KEY_ESC_},
    {"Space", ' '},
    {"Backspace", KEY_BACKSPACE_},
    {"Mouse", KEY_MOUSE_},
    {"Paste", KEY_PASTE},
    {"FocusIn", KEY_FOCUS_IN},
    {"FocusOut", KEY_FOCUS_OUT},
    {"PageUp", KEY_PAGE_UP},
    {"PageDown", KEY_PAGE_DOWN},
    {"Insert", KEY_INSERT},
    {"Delete", KEY_DELETE},
    {"Return", KEY_ENTER_},
    {"Escape", KEY_ESC_},
};

static const struct {
  const char *prefix;
  unsigned mod;
} prefixes[] = {{"Ctrl-", KEY_MOD_CTRL}, {"Alt-", KEY_MOD_ALT}, {"Shift-", KEY_MOD_SHIFT}};

enum { NAMES = sizeof names / sizeof names[0], PREFIXES = sizeof prefixes / sizeof prefixes[0] };

static bool strip_prefix(struct slice *s, unsigned *mods) {
  for (int i = 0; i < PREFIXES; i++) {
    struct slice prefix = slice_of(prefixes[i].prefix);
    if (s->n > prefix.n && slice_starts_ascii(*s, prefix)) {
      *s = slice_from(*s, prefix.n);
      *mods |= prefixes[i].mod;
      return true;
    }
  }
  return false;
}

static uint32_t named_code(struct slice s) {
  for (int i = 0; i < NAMES; i++)
    if (slice_eq_ascii(s, slice_of(names[i].name)))
      return names[i].code;
  uint64_t n;
  if (s.n > 1 && (s.p[0] == 'F' || s.p[0] == 'f') && slice_to_u64(slice_from(s, 1), &n) && n >= 1 && n <= 12)
    return KEY_F0 + (uint32_t)n;
  return KEY_NONE;
}

bool key_parse(struct slice name, struct key *key) {
  unsigned mods = 0;
  uint32_t c;
  memset(key, 0, sizeof *key);
  while (strip_prefix(&name, &mods))
    ;
  if (name.n == 0)
    return false;
  bool one = text_decode(name, &c) == name.n;
  if (!one)
    c = named_code(name);
  if (c == KEY_NONE || (one && (c < 0x20 || c == 0x7f)))
    return false;
  if (c == KEY_TAB_ && mods & KEY_MOD_SHIFT) {
    *key = (struct key){.code = KEY_BACKTAB, .mods = mods & ~(unsigned)KEY_MOD_SHIFT};
    return true;
  }
  if (c > KEY_BASE) {
    *key = (struct key){.code = c, .mods = mods};
    return true;
  }
  /* "Alt-U" is the key with U on it, as hints write it; the capital letter is "Alt-Shift-U" */
  if (one && mods & (KEY_MOD_ALT | KEY_MOD_CTRL) && c >= 'A' && c <= 'Z')
    c += 'a' - 'A';
  *key = key_character(c, mods);
  return true;
}

static void add_code(const struct key *key, struct buf *out) {
  uint32_t c = key->code;
  for (int i = 0; i < NAMES; i++)
    if (names[i].code == c) {
      buf_add_text(out, names[i].name);
      return;
    }
  if (c > KEY_F0 && c <= KEY_F12_)
    buf_printf(out, "F%u", (unsigned)(c - KEY_F0));
  else if (c < 0x20)
    buf_add_byte(out, (char)(c + '@'));
  else if (c < 0x7f)
    buf_add_byte(out, (char)(key->mods & KEY_MOD_ALT && c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c));
  else {
    char bytes[4];
    size_t n = 0;
    if (c < 0x800) {
      bytes[n++] = (char)(0xc0 | c >> 6);
    } else if (c < 0x10000) {
      bytes[n++] = (char)(0xe0 | c >> 12);
      bytes[n++] = (char)(0x80 | (c >> 6 & 0x3f));
    } else {
      bytes[n++] = (char)(0xf0 | c >> 18);
      bytes[n++] = (char)(0x80 | (c >> 12 & 0x3f));
      bytes[n++] = (char)(0x80 | (c >> 6 & 0x3f));
    }
    bytes[n++] = (char)(0x80 | (c & 0x3f));
    text_safe(out, slice_make(bytes, n), TEXT_PLAIN);
  }
}

void key_name(const struct key *key, struct buf *out) {
  struct key k = *key;
  if (k.code == KEY_BACKTAB) {
    k.code = KEY_TAB_;
    k.mods |= KEY_MOD_SHIFT;
  }
  if (k.code > 0 && k.code < 0x20)
    k.mods |= KEY_MOD_CTRL;
  if (k.mods & KEY_MOD_ALT && k.code >= 'A' && k.code <= 'Z')
    k.mods |= KEY_MOD_SHIFT;
  for (int i = 0; i < PREFIXES; i++)
    if (k.mods & prefixes[i].mod)
      buf_add_text(out, prefixes[i].prefix);
  add_code(&k, out);
}
