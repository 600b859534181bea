#include "weir/base/emit.h"

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

static void put_escape(struct buf *out, uint32_t c) {
  if (c == '\n')
    buf_add_text(out, "\\n");
  else if (c == '\r')
    buf_add_text(out, "\\r");
  else if (c == '\t')
    buf_add_text(out, "\\t");
  else if (c < 0x10000)
    buf_printf(out, "\\u%04x", c);
  else
    buf_printf(out, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10), 0xdc00 + ((c - 0x10000) & 0x3ff));
}

static void put_string(struct buf *out, struct slice s) {
  buf_add_byte(out, '"');
  while (s.n) {
    size_t plain = 0;
    while (plain < s.n && (unsigned char)s.p[plain] >= 0x20 && (unsigned char)s.p[plain] < 0x7f && s.p[plain] != '"' &&
           s.p[plain] != '\\')
      plain++;
    buf_add(out, s.p, plain);
    s = slice_from(s, plain);
    if (!s.n)
      break;
    uint32_t c = 0;
    size_t n = text_decode(s, &c);
    if (c == '"' || c == '\\') {
      const char escaped[] = {'\\', (char)c};
      buf_add(out, escaped, 2);
    } else if (must_escape(c))
      put_escape(out, c);
    else
      buf_add(out, s.p, n);
    s = slice_from(s, n ? n : 1);
  }
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
