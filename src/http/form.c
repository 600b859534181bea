#include "weir/http/form.h"

bool http_form_next(struct slice *rest, struct slice *name, struct slice *value) {
  struct slice part;
  while (rest->n > 0 && slice_split(rest, '&', &part)) {
    if (part.n == 0)
      continue;
    ptrdiff_t equals = slice_find_byte(part, '=');
    *name = slice_sub(part, 0, equals < 0 ? part.n : (size_t)equals);
    *value = equals < 0 ? slice_make(NULL, 0) : slice_from(part, (size_t)equals + 1);
    return true;
  }
  return false;
}

static int digit(char c) {
  char lower = (char)(c | 0x20);
  if (c >= '0' && c <= '9')
    return c - '0';
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

void http_form_decode(struct slice s, struct buf *out) {
  for (size_t i = 0; i < s.n; i++) {
    int high = s.p[i] == '%' && i + 2 < s.n ? digit(s.p[i + 1]) : -1;
    int low = high >= 0 ? digit(s.p[i + 2]) : -1;
    if (low >= 0) {
      buf_add_byte(out, (char)(high << 4 | low));
      i += 2;
    } else
      buf_add_byte(out, s.p[i] == '+' ? ' ' : s.p[i]);
  }
}

/* ---- multipart ---- */

bool http_parameter(struct slice value, const char *name, struct slice *found) {
  ptrdiff_t semicolon = slice_find_byte(value, ';');
  struct slice rest = semicolon < 0 ? slice_make(NULL, 0) : slice_from(value, (size_t)semicolon + 1);
  while (rest.n > 0) {
    ptrdiff_t equals = slice_find_byte(rest, '=');
    if (equals < 0)
      return false;
    struct slice key = slice_trim(slice_sub(rest, 0, (size_t)equals));
    rest = slice_trim(slice_from(rest, (size_t)equals + 1));
    bool quoted = rest.n > 0 && *rest.p == '"';
    rest = slice_from(rest, quoted);
    size_t n = 0;
    while (n < rest.n && rest.p[n] != (quoted ? '"' : ';'))
      n += quoted && rest.p[n] == '\\' && n + 1 < rest.n ? 2 : 1;
    *found = quoted ? slice_sub(rest, 0, n) : slice_trim(slice_sub(rest, 0, n));
    if (slice_eq_ascii(key, slice_of(name)))
      return true;
    semicolon = slice_find_byte(slice_from(rest, n), ';');
    rest = semicolon < 0 ? slice_make(NULL, 0) : slice_from(rest, n + (size_t)semicolon + 1);
  }
  return false;
}

static struct slice chomp(struct slice line) {
  while (line.n > 0 && (line.p[line.n - 1] == '\r' || line.p[line.n - 1] == ' ' || line.p[line.n - 1] == '\t'))
    line.n--;
  return line;
}

/* The next line that is a boundary, and what stood before it without its line's end. */
static bool to_boundary(struct slice *rest, struct slice *boundary, struct slice *before, bool *last) {
  size_t at = 0;
  while (at < rest->n) {
    struct slice look = slice_from(*rest, at);
    ptrdiff_t end = slice_find_byte(look, '\n');
    struct slice line = chomp(slice_sub(look, 0, end < 0 ? look.n : (size_t)end));
    bool first = boundary->n == 0 && line.n > 2 && slice_starts(line, SLICE("--"));
    if (first)
      *boundary = line;
    *last = line.n == boundary->n + 2 && slice_ends(line, SLICE("--"));
    if (first || (boundary->n > 0 && slice_starts(line, *boundary) && (line.n == boundary->n || *last))) {
      size_t n = at > 0 && rest->p[at - 1] == '\n' ? at - 1 : at;
      *before = slice_sub(*rest, 0, n > 0 && rest->p[n - 1] == '\r' ? n - 1 : n);
      *rest = slice_from(look, end < 0 ? look.n : (size_t)end + 1);
      return true;
    }
    at = end < 0 ? rest->n : at + (size_t)end + 1;
  }
  return false;
}

/* Reads the head of a part; what follows it stays in *rest. */
static void part_head(struct slice *rest, struct http_part *part) {
  struct slice line;
  while (slice_split(rest, '\n', &line)) {
    line = chomp(line);
    ptrdiff_t colon = slice_find_byte(line, ':');
    if (line.n == 0)
      return;
    if (colon < 0)
      continue;
    struct slice name = slice_sub(line, 0, (size_t)colon), value = slice_trim(slice_from(line, (size_t)colon + 1));
    if (slice_eq_ascii(name, SLICE("Content-Type")))
      part->type = value;
    if (slice_eq_ascii(name, SLICE("Content-Disposition"))) {
      if (!http_parameter(value, "name", &part->name))
        part->name = slice_make(NULL, 0);
      if (!http_parameter(value, "filename", &part->filename))
        part->filename = slice_make(NULL, 0);
    }
  }
}

bool http_part_next(struct slice *rest, struct slice *boundary, struct http_part *part) {
  struct slice before, look;
  bool last = false;
  *part = (struct http_part){.name = {NULL, 0}};
  if (boundary->n == 0 && (!to_boundary(rest, boundary, &before, &last) || last))
    return false;
  if (rest->n == 0)
    return false;
  part_head(rest, part);
  look = *rest;
  if (!to_boundary(&look, boundary, &part->body, &last)) {
    part->body = *rest;
    look = slice_make(NULL, 0);
  }
  *rest = last ? slice_make(NULL, 0) : look;
  return true;
}
