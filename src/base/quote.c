/*
 * Shell quoting. Text that is fine to read stands between single quotes; anything that a person could not read
 * safely (control bytes, invalid UTF-8, invisible characters) makes the whole word $'..' with octal escapes:
 * always three digits, because shells differ on where \x ends. In that form ! and ' are escaped too: history
 * expansion in some shells loses count of the quotes after a backslash.
 */
#include "weir/base/text.h"

#include <stdio.h>
#include <string.h>

/* Bytes that stand for themselves in both forms; for them no cluster need be read. */
static size_t plain_run(struct slice s) {
  size_t n = 0;
  while (n < s.n && (unsigned char)s.p[n] >= 0x20 && (unsigned char)s.p[n] <= 0x7e && s.p[n] != '\'' &&
         s.p[n] != '\\' && s.p[n] != '!')
    n++;
  return n && n < s.n && (unsigned char)s.p[n] >= 0x80 ? n - 1 : n;
}

static bool needs_escapes(struct slice s) {
  while (s.n) {
    size_t n = plain_run(s);
    if (!n) {
      struct text_cluster cluster;
      n = text_next(s, TEXT_PLAIN, &cluster);
      if (cluster.mark && !(n == 1 && *s.p == 0))
        return true;
    }
    s = slice_from(s, n);
  }
  return false;
}

static void add_octal(struct buf *out, struct slice s) {
  for (size_t i = 0; i < s.n; i++)
    buf_printf(out, "\\%03o", (unsigned)(unsigned char)s.p[i]);
}

/* One cluster in the $'..' form. */
static void add_escaped(struct buf *out, struct slice s, bool mark) {
  if (s.n == 1 && *s.p == '\n')
    buf_add_text(out, "\\n");
  else if (s.n == 1 && *s.p == '\r')
    buf_add_text(out, "\\r");
  else if (s.n == 1 && *s.p == '\t')
    buf_add_text(out, "\\t");
  else if (s.n == 1 && *s.p == '\\')
    buf_add_text(out, "\\\\");
  else if (mark || (s.n == 1 && (*s.p == '\'' || *s.p == '!')))
    add_octal(out, s);
  else
    buf_add_slice(out, s);
}

void text_shell_quote(struct buf *out, struct slice s, bool *lost) {
  bool escapes = needs_escapes(s);
  buf_add_text(out, escapes ? "$'" : "'");
  while (s.n) {
    size_t n = plain_run(s);
    struct text_cluster cluster = {.mark = false};
    if (!n)
      n = text_next(s, TEXT_PLAIN, &cluster);
    struct slice part = slice_sub(s, 0, n);
    if (n == 1 && *s.p == 0) {
      if (lost)
        *lost = true;
    } else if (escapes) {
      add_escaped(out, part, cluster.mark);
    } else if (n == 1 && *s.p == '\'') {
      buf_add_text(out, "'\\''");
    } else {
      buf_add_slice(out, part);
    }
    s = slice_from(s, n);
  }
  buf_add_byte(out, '\'');
}

void text_shell_word(struct buf *out, struct slice s) {
  static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@%+:,./_-";
  bool bare = s.n > 0;
  for (size_t i = 0; i < s.n; i++)
    bare = bare && s.p[i] && strchr(plain, s.p[i]);
  if (bare)
    buf_add_slice(out, s);
  else
    text_shell_quote(out, s, NULL);
}
