#include "weir/base/emit.h"

#include <string.h>

#include "weir/base/text.h"

static void put_name(struct emit *j, const char *name, const char *suffix) {
  if (j->comma)
    buf_add_byte(j->out, ',');
  j->comma = true;
  if (name)
    buf_printf(j->out, "\"%s%s\":", name, suffix);
}

void emit_open(struct emit *j, const char *name, char bracket) {
  put_name(j, name, "");
  buf_add_byte(j->out, bracket);
  j->comma = false;
}

void emit_close(struct emit *j, char bracket) {
  buf_add_byte(j->out, bracket);
  j->comma = true;
}

/* Controls, bidi and zero-width characters, line separators, fillers, tags: what a terminal or an eye may stumble on.
 */
static bool must_escape(uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad || c == 0x61c || (c >= 0x115f && c <= 0x1160) ||
         c == 0x180e || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
         c == 0x3164 || c == 0xfeff || c == 0xffa0 || (c >= 0xfff0 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe0fff);
}

/* At most twelve bytes. */
static char *put_escape(char *to, uint32_t c) {
  static const char digits[] = "0123456789abcdef";
  if (c == '\n' || c == '\r' || c == '\t') {
    *to++ = '\\';
    *to++ = c == '\n' ? 'n' : c == '\r' ? 'r' : 't';
    return to;
  }
  if (c >= 0x10000) {
    to = put_escape(to, 0xd800 + ((c - 0x10000) >> 10));
    c = 0xdc00 + ((c - 0x10000) & 0x3ff);
  }
  *to++ = '\\';
  *to++ = 'u';
  for (int shift = 12; shift >= 0; shift -= 4)
    *to++ = digits[c >> shift & 15];
  return to;
}

#define CHUNK ((size_t)4096)

/* One character of the text, or as many bytes as it has been found to be. */
static char *put_other(char *to, struct slice *s) {
  uint32_t c = 0;
  size_t n = text_decode(*s, &c);
  if (must_escape(c)) {
    to = put_escape(to, c);
  } else {
    memcpy(to, s->p, n);
    to += n;
  }
  *s = slice_from(*s, n ? n : 1);
  return to;
}

/* Bodies of megabytes go this way. */
static void put_letters(struct buf *out, struct slice s) {
  while (s.n) {
    size_t n = s.n < CHUNK ? s.n : CHUNK;
    char *room = buf_reserve(out, 12 * n), *to = room;
    for (size_t i = 0; i < n && s.n; i++) {
      unsigned char c = (unsigned char)*s.p;
      if (c < 0x20 || c >= 0x7f) {
        to = put_other(to, &s);
        continue;
      }
      if (c == '"' || c == '\\')
        *to++ = '\\';
      *to++ = (char)c;
      s = slice_from(s, 1);
    }
    out->n += (size_t)(to - room);
  }
}

static void put_string(struct buf *out, struct slice s) {
  buf_add_byte(out, '"');
  put_letters(out, s);
  buf_add_byte(out, '"');
}

/* A control character takes six bytes: where there are many, base64 is the shorter form by far, and soon made. */
static bool is_text(struct slice s) {
  size_t controls = 0, most = 64 + s.n / 16;
  for (size_t i = 0; i < s.n; i++) {
    unsigned char c = (unsigned char)s.p[i];
    controls += (c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7f;
  }
  return controls <= most && text_is_utf8(s);
}

void emit_bytes(struct emit *j, const char *name, struct slice s) {
  if (is_text(s)) {
    put_name(j, name, "");
    put_string(j->out, s);
    return;
  }
  if (name) {
    put_name(j, name, "_base64");
  } else { /* in an array there is no name to carry the mark */
    put_name(j, NULL, "");
    buf_add_text(j->out, "{\"base64\":");
  }
  buf_add_byte(j->out, '"');
  buf_add_base64(j->out, s);
  buf_add_text(j->out, name ? "\"" : "\"}");
}

void emit_string(struct emit *j, const char *name, struct slice utf8) {
  put_name(j, name, "");
  put_string(j->out, utf8);
}

void emit_string_begin(struct emit *j, const char *name) {
  put_name(j, name, "");
  buf_add_byte(j->out, '"');
}

void emit_string_more(struct emit *j, struct slice utf8) {
  put_letters(j->out, utf8);
}

void emit_string_end(struct emit *j) {
  buf_add_byte(j->out, '"');
}

void emit_raw(struct emit *j, const char *name, const char *json) {
  put_name(j, name, "");
  buf_add_text(j->out, json);
}

void emit_number(struct emit *j, const char *name, uint64_t value) {
  put_name(j, name, "");
  buf_printf(j->out, "%llu", (unsigned long long)value);
}

void emit_ms(struct emit *j, const char *name, uint64_t ns) {
  put_name(j, name, "");
  uint64_t us = ns / 1000;
  buf_printf(j->out, "%llu.%03u", (unsigned long long)(us / 1000), (unsigned)(us % 1000));
}

void emit_flag(struct emit *j, const char *name, bool value) {
  put_name(j, name, "");
  buf_add_text(j->out, value ? "true" : "false");
}

void emit_null(struct emit *j, const char *name) {
  put_name(j, name, "");
  buf_add_text(j->out, "null");
}
