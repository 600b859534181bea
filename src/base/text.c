/*
 * The sanitiser. What a cluster may hold is decided for a terminal, not for a typesetter: one character with
 * columns of its own, then only code points without columns. A sequence that terminals disagree about (emoji
 * joined by U+200D, skin tones, variation selectors) is shown by its first character, so that what weir counts
 * and what the terminal moves agree. Everything invisible is made visible. (UAX #29, UAX #11, UTR #36)
 */
#include "weir/base/text.h"

#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

#define MARKS_MAX  4  /* combining marks on one character: what a curses cell holds, and more than any script needs */
#define JOINED_MAX 12 /* parts of one joined emoji; families of four have seven */

#define ZWJ  0x200d
#define VS15 0xfe0e
#define VS16 0xfe0f

static bool is_printable_ascii(unsigned char c) {
  return c >= 0x20 && c <= 0x7e;
}

/* Length of the front of s that is printable ASCII, eight bytes at a time. */
static size_t ascii_run(struct slice s) {
  const uint64_t ones = UINT64_C(0x0101010101010101);
  size_t i = 0;
  for (; i + 8 <= s.n; i += 8) {
    uint64_t x;
    memcpy(&x, s.p + i, 8);
    /* the top bit of some byte: set already, borrowed by a control character, or carried into by DEL */
    if ((x | (x - ones * 0x20) | (x + ones)) & (ones * 0x80))
      break;
  }
  while (i < s.n && is_printable_ascii((unsigned char)s.p[i]))
    i++;
  return i;
}

/* The front that is one cluster a byte: a mark could still follow the last byte of a run. */
static size_t simple_run(struct slice s) {
  size_t n = ascii_run(s);
  return n && n < s.n && (unsigned char)s.p[n] >= 0x80 ? n - 1 : n;
}

size_t text_decode(struct slice s, uint32_t *code_point) {
  utf8proc_int32_t c;
  utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s.p, s.n < 4 ? (utf8proc_ssize_t)s.n : 4, &c);
  if (n <= 0)
    return 0;
  *code_point = (uint32_t)c;
  return (size_t)n;
}

bool text_is_utf8(struct slice s) {
  while (s.n) {
    size_t n = ascii_run(s);
    if (n == 0) {
      uint32_t c;
      n = (unsigned char)*s.p < 0x80 ? 1 : text_decode(s, &c);
    }
    if (n == 0)
      return false;
    s = slice_from(s, n);
  }
  return true;
}

size_t text_whole(struct slice s) {
  for (size_t back = 1; back <= 3 && back <= s.n; back++) {
    unsigned char c = (unsigned char)s.p[s.n - back];
    if (c < 0x80 || c >= 0xc0)
      return s.n - (c >= 0xc0 && back < (c >= 0xf0 ? 4u : c >= 0xe0 ? 3u : 2u) ? back : 0);
  }
  return s.n;
}

static size_t put_mark(struct text_cluster *out, const char *text, size_t used) {
  out->n = out->width = (uint8_t)strlen(text);
  memcpy(out->bytes, text, (size_t)out->n + 1);
  out->mark = true;
  return used;
}

static size_t put_byte_mark(struct text_cluster *out, unsigned byte, size_t used) {
  static const char digits[] = "0123456789abcdef";
  char text[5] = {'\\', 'x', digits[byte >> 4 & 15], digits[byte & 15], 0};
  return put_mark(out, text, used);
}

static size_t put_code_mark(struct text_cluster *out, uint32_t c, size_t used) {
  char text[16];
  snprintf(text, sizeof text, "<%04X>", (unsigned)c);
  return put_mark(out, text, used);
}

static size_t control(unsigned char c, unsigned flags, struct text_cluster *out) {
  if (c == '\t' && (flags & TEXT_KEEP_TAB)) {
    *out = (struct text_cluster){.bytes = "\t", .n = 1, .width = 0, .mark = false};
    return 1;
  }
  char text[3] = {'^', (char)(c ^ 0x40), 0};
  return put_mark(out, text, 1);
}

/* Nothing to see, or no agreed way to show it. */
static bool is_hidden(const utf8proc_property_t *p) {
  switch (p->category) {
  case UTF8PROC_CATEGORY_CN: /* unassigned, noncharacters */
  case UTF8PROC_CATEGORY_CC:
  case UTF8PROC_CATEGORY_CF: /* bidi controls, joiners, tags, soft hyphen */
  case UTF8PROC_CATEGORY_CS:
  case UTF8PROC_CATEGORY_CO:
  case UTF8PROC_CATEGORY_ZL:
  case UTF8PROC_CATEGORY_ZP:
    return true;
  default:
    return p->ignorable;
  }
}

static const utf8proc_property_t *property(uint32_t c) {
  return utf8proc_get_property((utf8proc_int32_t)c);
}

/* Columns as wcwidth() counts them in C.UTF-8, because that is what curses and most terminals move by: a spacing
 * mark has a column, a Hangul vowel or final consonant has none, hexagrams have two. utf8proc says otherwise. */
static int columns_of(uint32_t c) {
  const utf8proc_property_t *p = property(c);
  if (p->category == UTF8PROC_CATEGORY_MC)
    return 1;
  if (p->boundclass == UTF8PROC_BOUNDCLASS_V || p->boundclass == UTF8PROC_BOUNDCLASS_T)
    return 0;
  if (c >= 0x4dc0 && c <= 0x4dff)
    return 2;
  return utf8proc_charwidth((utf8proc_int32_t)c);
}

static bool is_pictograph(uint32_t c) {
  return c >= 0x80 && property(c)->boundclass == UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC;
}

static bool is_skin_tone(uint32_t c) {
  return c >= 0x1f3fb && c <= 0x1f3ff;
}

static bool is_keycap_base(uint32_t c) {
  return (c >= '0' && c <= '9') || c == '#' || c == '*';
}

/* Takes one presentation selector and one skin tone behind a pictograph; what they ask for is not shown. */
static size_t presentation(struct slice s, bool *folded) {
  uint32_t c;
  size_t used = 0;
  size_t n = s.n ? text_decode(s, &c) : 0;
  if (n && (c == VS15 || c == VS16)) {
    used = n;
    s = slice_from(s, n);
    n = s.n ? text_decode(s, &c) : 0;
  }
  if (n && is_skin_tone(c)) {
    used += n;
    *folded = true;
  }
  return used;
}

/* The rest of an emoji sequence that started with `base`: bytes used. */
static size_t emoji_rest(struct slice s, uint32_t base, bool *folded) {
  size_t start = s.n;
  if (is_keycap_base(base)) {
    uint32_t c;
    size_t n = s.n ? text_decode(s, &c) : 0;
    return n && c == VS16 ? n : 0;
  }
  if (!is_pictograph(base))
    return 0;
  s = slice_from(s, presentation(s, folded));
  for (unsigned i = 0; i < JOINED_MAX; i++) {
    uint32_t joiner;
    uint32_t next;
    size_t n = s.n ? text_decode(s, &joiner) : 0;
    if (!n || joiner != ZWJ)
      break;
    struct slice rest = slice_from(s, n);
    n = rest.n ? text_decode(rest, &next) : 0;
    if (!n || !is_pictograph(next))
      break;
    *folded = true;
    s = slice_from(rest, n);
    s = slice_from(s, presentation(s, folded));
  }
  return start - s.n;
}

/* Code points without columns that belong to the character before them. */
static size_t combining_rest(struct slice s, uint32_t before, struct text_cluster *out) {
  size_t used = 0;
  for (unsigned i = 0; i < MARKS_MAX && used < s.n && (unsigned char)s.p[used] >= 0x80; i++) {
    uint32_t c;
    size_t n = text_decode(slice_from(s, used), &c);
    if (!n || out->n + n > TEXT_CLUSTER_MAX || columns_of(c) != 0 || is_hidden(property(c)) ||
        utf8proc_grapheme_break((utf8proc_int32_t)before, (utf8proc_int32_t)c))
      break;
    memcpy(out->bytes + out->n, s.p + used, n);
    out->n = (uint8_t)(out->n + n);
    used += n;
    before = c;
  }
  out->bytes[out->n] = 0;
  return used;
}

size_t text_next(struct slice s, unsigned flags, struct text_cluster *out) {
  unsigned char first = (unsigned char)*s.p;
  uint32_t c = first;
  size_t used = 1;
  int width = 1;
  if (first < 0x80) {
    if (!is_printable_ascii(first))
      return control(first, flags, out);
  } else {
    used = text_decode(s, &c);
    if (!used)
      return put_byte_mark(out, first, 1);
    if (c < 0xa0)
      return put_byte_mark(out, c, used);
    width = columns_of(c);
    /* what a terminal may join to the cell before it must not start a cluster */
    if ((flags & TEXT_ASCII) || width <= 0 || is_skin_tone(c) || is_hidden(property(c)))
      return put_code_mark(out, c, used);
  }
  memcpy(out->bytes, s.p, used);
  out->n = (uint8_t)used;
  out->bytes[used] = 0;
  out->width = (uint8_t)width;
  out->mark = false;
  if ((flags & TEXT_ASCII) || used == s.n || (unsigned char)s.p[used] < 0x80)
    return used;
  bool folded = false;
  used += emoji_rest(slice_from(s, used), c, &folded);
  used += combining_rest(slice_from(s, used), c, out);
  out->mark = folded;
  return used;
}

bool text_is_safe(struct slice s) {
  return ascii_run(s) == s.n;
}

void text_safe(struct buf *out, struct slice s, unsigned flags) {
  while (s.n) {
    size_t n = simple_run(s);
    if (n) {
      buf_add(out, s.p, n);
    } else {
      struct text_cluster cluster;
      n = text_next(s, flags, &cluster);
      buf_add(out, cluster.bytes, cluster.n);
    }
    s = slice_from(s, n);
  }
}

size_t text_width(struct slice s, unsigned flags) {
  size_t columns = 0;
  while (s.n) {
    size_t n = simple_run(s);
    columns += n;
    if (!n) {
      struct text_cluster cluster;
      n = text_next(s, flags, &cluster);
      columns += cluster.width;
    }
    s = slice_from(s, n);
  }
  return columns;
}

size_t text_cut(struct slice s, size_t columns, unsigned flags, size_t *used) {
  size_t at = 0;
  size_t taken = 0;
  while (at < s.n) {
    struct slice rest = slice_from(s, at);
    /* one byte more than fits, to see whether a mark follows the last one */
    size_t n = simple_run(slice_sub(rest, 0, columns - taken < SIZE_MAX ? columns - taken + 1 : SIZE_MAX));
    if (n > columns - taken)
      n = columns - taken;
    if (n) {
      taken += n;
    } else {
      struct text_cluster cluster;
      n = text_next(rest, flags, &cluster);
      if (cluster.width > columns - taken)
        break;
      taken += cluster.width;
    }
    at += n;
  }
  if (used)
    *used = taken;
  return at;
}
