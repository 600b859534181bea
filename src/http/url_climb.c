/* Paths that lead out of the folder they stand behind. */
#include "weir/http/url.h"

/* Servers differ in these. Each reading is gone through by itself: where a slash is none, a name with it in counts once. */
enum { ESCAPED_SLASH = 1, BACKSLASH = 2, PARAMETERS = 4, READINGS = 8 };

static int digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  c = (char)(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static unsigned char next_byte(struct slice *rest, bool *escaped) {
  *escaped = rest->n >= 3 && rest->p[0] == '%' && digit(rest->p[1]) >= 0 && digit(rest->p[2]) >= 0;
  int c = *escaped ? digit(rest->p[1]) * 16 + digit(rest->p[2]) : (unsigned char)rest->p[0];
  *rest = slice_from(*rest, *escaped ? 3 : 1);
  return (unsigned char)c;
}

static bool parts(unsigned char c, bool escaped, unsigned reading) {
  return (c == '/' && (!escaped || (reading & ESCAPED_SLASH))) || (c == '\\' && (reading & BACKSLASH));
}

/* A name of dots alone has so many of them; any other has none, and more than two are a name too. */
struct name {
  size_t dots;
  bool other, cut;
};

static bool climbs_as(struct slice rest, unsigned reading) {
  size_t depth = 0;
  struct name name = {0};
  for (bool more = true; more;) {
    bool escaped = false;
    more = rest.n > 0;
    unsigned char c = more ? next_byte(&rest, &escaped) : '/';
    if (!more || parts(c, escaped, reading)) {
      if (name.dots == 2 && !name.other && depth-- == 0)
        return true;
      depth += name.other || name.dots > 2;
      name = (struct name){0};
    } else if (c == ';' && !escaped && (reading & PARAMETERS)) {
      name.cut = true;
    } else if (!name.cut) {
      name.dots += c == '.';
      name.other |= c != '.';
    }
  }
  return false;
}

bool url_climbs(struct slice path) {
  ptrdiff_t query = slice_find_byte(path, '?');
  if (query >= 0)
    path.n = (size_t)query;
  if (slice_find(path, SLICE("..")) < 0 && slice_find_ascii(path, SLICE("%2e")) < 0)
    return false;
  for (unsigned reading = 0; reading < READINGS; reading++)
    if (climbs_as(path, reading))
      return true;
  return false;
}
