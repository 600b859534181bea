/* Where a body's character set is said, and what the label means. */
#include <iconv.h>
#include <string.h>

#include "weir/base/text.h"
#include "weir/body/charset.h"

#define UTF8 "utf-8"

/* Labels that iconv does not know, or takes for less than those who send them mean. */
static const struct meaning {
  const char *label, *name;
} meanings[] = {
    {"utf8", UTF8},
    {"unicode-1-1-utf-8", UTF8},
    {"us-ascii", UTF8},
    {"ascii", UTF8},
    {"binary", UTF8},
    {"iso-8859-1", "windows-1252"},
    {"iso8859-1", "windows-1252"},
    {"iso_8859-1", "windows-1252"},
    {"latin1", "windows-1252"},
    {"latin-1", "windows-1252"},
    {"l1", "windows-1252"},
    {"cp1252", "windows-1252"},
    {"x-cp1252", "windows-1252"},
    {"iso-8859-9", "windows-1254"},
    {"latin5", "windows-1254"},
    {"tis-620", "windows-874"},
    {"iso-8859-11", "windows-874"},
    {"windows-874", "windows-874"},
    {"gb2312", "gb18030"},
    {"gb_2312-80", "gb18030"},
    {"x-gbk", "gb18030"},
    {"gbk", "gb18030"},
    {"big5", "big5-hkscs"},
    {"x-x-big5", "big5-hkscs"},
    {"shift_jis", "windows-31j"},
    {"shift-jis", "windows-31j"},
    {"sjis", "windows-31j"},
    {"x-sjis", "windows-31j"},
    {"ms_kanji", "windows-31j"},
    {"x-euc-jp", "euc-jp"},
    {"ks_c_5601-1987", "uhc"},
    {"ksc5601", "uhc"},
    {"euc-kr", "uhc"},
    {"windows-949", "uhc"},
    {"x-mac-roman", "macintosh"},
    {"x-mac-cyrillic", "mac-cyrillic"},
    {"iso-8859-8-i", "iso-8859-8"},
    {"unicode", "utf-16le"},
    {"ucs-2", "utf-16le"},
    {"iso-10646-ucs-2", "utf-16le"},
};

static bool label_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == ':' || c == '+';
}

/* What may be a label of its own, in lower case; false: it is none. */
static bool take_label(struct slice s, struct body_charset *out) {
  s = slice_trim(s);
  if (!s.n || s.n >= sizeof out->label)
    return false;
  for (size_t i = 0; i < s.n; i++) {
    char c = s.p[i];
    out->label[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
    if (!label_byte(out->label[i]))
      return false;
  }
  out->label[s.n] = 0;
  return true;
}

/* ---- where it is said ---- */

static bool blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

/* The value behind a name and "=", in quotes or not, from *at on. */
static bool value_behind(struct slice s, const char *name, size_t *at, struct slice *value) {
  ptrdiff_t found = slice_find_ascii(slice_from(s, *at), slice_of(name));
  if (found < 0)
    return false;
  size_t i = *at += (size_t)found + strlen(name);
  while (i < s.n && blank(s.p[i]))
    i++;
  *value = (struct slice){NULL, 0};
  if (i == s.n || s.p[i] != '=')
    return true;
  do
    i++;
  while (i < s.n && blank(s.p[i]));
  char quote = i < s.n && (s.p[i] == '"' || s.p[i] == '\'') ? s.p[i++] : 0;
  size_t from = i;
  while (i < s.n && (quote ? s.p[i] != quote : !blank(s.p[i]) && !strchr(";>/\"'", s.p[i])))
    i++;
  *value = slice_sub(s, from, i - from);
  return true;
}

static bool first_label(struct slice s, const char *name, struct body_charset *out) {
  struct slice value;
  for (size_t at = 0; value_behind(s, name, &at, &value);)
    if (take_label(value, out))
      return true;
  return false;
}

static bool said_by_type(struct slice type, struct body_charset *out) {
  ptrdiff_t parameters = slice_find_byte(type, ';');
  return parameters >= 0 && first_label(slice_from(type, (size_t)parameters), "charset", out);
}

static struct slice skip_blanks(struct slice s) {
  while (s.n && blank(*s.p))
    s = slice_from(s, 1);
  return s;
}

/* A page or document that says "utf-16" in bytes that can be read as ASCII is wrong. */
static bool plausible(const struct body_charset *out) {
  return strncmp(out->label, "utf-16", 6) != 0 && strncmp(out->label, "utf-32", 6) != 0;
}

static bool said_by_body(struct slice s, struct body_charset *out) {
  s = skip_blanks(slice_sub(s, 0, BODY_CHARSET_SAMPLE));
  if (slice_starts(s, SLICE("<?xml"))) {
    ptrdiff_t end = slice_find(s, SLICE("?>"));
    return first_label(slice_sub(s, 0, end < 0 ? s.n : (size_t)end), "encoding", out) && plausible(out);
  }
  if (slice_starts(s, SLICE("@charset \"")))
    return take_label(slice_sub(slice_from(s, 10), 0, (size_t)slice_find_byte(slice_from(s, 10), '"')), out) &&
           plausible(out);
  ptrdiff_t meta = s.n && *s.p == '<' ? slice_find_ascii(s, SLICE("<meta")) : -1;
  return meta >= 0 && first_label(slice_from(s, (size_t)meta), "charset", out) && plausible(out);
}

static bool set(struct body_charset *out, const char *label) {
  take_label(slice_of(label), out);
  return true;
}

/* A byte order mark, or the first characters of an XML declaration in two bytes each. */
static bool said_by_mark(struct slice s, struct body_charset *out) {
  if (slice_starts(s, SLICE("\xef\xbb\xbf")))
    return set(out, UTF8);
  if (slice_starts(s, slice_make("\xff\xfe\0\0", 4)))
    return set(out, "utf-32le");
  if (slice_starts(s, slice_make("\0\0\xfe\xff", 4)))
    return set(out, "utf-32be");
  if (slice_starts(s, SLICE("\xff\xfe")) || slice_starts(s, slice_make("<\0?\0", 4)))
    return set(out, "utf-16le");
  return (slice_starts(s, SLICE("\xfe\xff")) || slice_starts(s, slice_make("\0<\0?", 4))) && set(out, "utf-16be");
}

/* ---- what it means ---- */

/* Without a mark: the first character of nearly any text is one of ASCII. */
static void give_order(struct slice s, struct body_charset *out) {
  bool four = strcmp(out->label, "utf-32") == 0 || strcmp(out->label, "ucs-4") == 0;
  bool big = s.n > 1 && !s.p[0] && (!four || !s.p[1]);
  if (four)
    set(out, big ? "utf-32be" : "utf-32le");
  else if (strcmp(out->label, "utf-16") == 0)
    set(out, big ? "utf-16be" : "utf-16le");
}

/* Families of sets in which each byte, or few, are a character: the sender chooses, so that no other converter is opened
 * (UTF-7, ISO-2022-KR, HZ hide text from who looks for it; browsers refuse them too). */
static const char *const families[] = {
    "windows-", "iso-8859-", "iso_8859-", "iso8859-", "cp",     "ibm",     "koi8-",       "mac",    "euc-",
    "gb18030",  "big5",      "uhc",       "johab",    "tis-",   "viscii",  "tcvn",        "utf-16", "utf-32",
    "armscii",  "georgian",  "hp-roman",  "pt154",    "rk1048", "iso-ir-", "iso-2022-jp", "latin",
};

static bool in_family(const char *name) {
  for (size_t i = 0; i < sizeof families / sizeof *families; i++)
    if (strncmp(name, families[i], strlen(families[i])) == 0)
      return true;
  return false;
}

static bool is_known(const char *name) {
  if (!in_family(name))
    return false;
  iconv_t cd = iconv_open("UTF-8", name);
  if (cd == (iconv_t)-1)
    return false;
  iconv_close(cd);
  return true;
}

static void resolve(struct body_charset *out) {
  const char *name = out->label;
  for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
    if (strcmp(meanings[i].label, name) == 0)
      name = meanings[i].name;
  out->known = strcmp(name, UTF8) == 0 || is_known(name);
  if (!out->known || strcmp(name, UTF8) == 0)
    return;
  memcpy(out->name, name, strlen(name) + 1); /* not longer than a label */
}

bool body_charset_find(struct slice content_type, struct slice first_bytes, struct body_charset *out) {
  *out = (struct body_charset){.known = false};
  if (!said_by_mark(first_bytes, out) && !said_by_type(content_type, out) && !said_by_body(first_bytes, out)) {
    out->label[0] = 0;
    return false;
  }
  give_order(first_bytes, out);
  resolve(out);
  return out->name[0] != 0;
}
