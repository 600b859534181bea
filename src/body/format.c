#include "weir/body/format.h"

#include <string.h>

#include "line.h"

#define INDENT        2u
#define INDENT_LEVELS 100u /* deeper levels stay there: else a few bytes of brackets become megabytes of blanks */

/* ---- JSON ---- */

static void new_line(struct buf *out, size_t depth) {
  static const char blanks[] = "                                ";
  buf_add_byte(out, '\n');
  size_t n = (depth < INDENT_LEVELS ? depth : INDENT_LEVELS) * INDENT;
  for (size_t piece; n > 0; n -= piece) {
    piece = n < sizeof blanks - 1 ? n : sizeof blanks - 1;
    buf_add(out, blanks, piece);
  }
}

static void put_token(const struct json_reader *r, const struct json_token *t, enum json_token_kind before,
                      struct buf *out) {
  bool opened = before == JSON_OPEN;
  bool breaks = t->kind == JSON_CLOSE
                    ? !opened
                    : t->kind != JSON_COLON && t->kind != JSON_COMMA && (opened || before == JSON_COMMA);
  if (breaks)
    new_line(out, r->in.n - (t->kind == JSON_OPEN));
  buf_add_slice(out, t->text);
  if (t->kind == JSON_COLON)
    buf_add_byte(out, ' ');
}

static bool format_json(struct slice bytes, enum body_layout layout, struct buf *out, struct err *err) {
  struct json_reader r;
  struct json_token token;
  enum json_token_kind before = JSON_VALUE;
  enum json_read got;
  json_reader_init(&r, bytes);
  while ((got = json_read(&r, &token, err)) == JSON_TOKEN) {
    if (layout == BODY_COMPACT)
      buf_add_slice(out, token.text);
    else
      put_token(&r, &token, before, out);
    before = token.kind;
  }
  json_reader_clear(&r);
  return got == JSON_END;
}

/* A value a line: each stays on its line. */
static bool format_ndjson(struct slice bytes, struct buf *out, struct err *err) {
  struct slice rest = bytes;
  while (rest.n) {
    ptrdiff_t end = slice_find_byte(rest, '\n');
    struct slice line = slice_trim(end < 0 ? rest : slice_sub(rest, 0, (size_t)end));
    if (line.n && !format_json(line, BODY_COMPACT, out, err)) {
      if (err)
        err->at += (size_t)(line.p - bytes.p);
      return false;
    }
    if (end < 0)
      break;
    buf_add_byte(out, '\n');
    rest = slice_from(rest, (size_t)end + 1);
  }
  return true;
}

/* ---- the others ---- */

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Are both the same but for white space? */
static bool alike(struct slice a, struct slice b) {
  size_t i = 0, j = 0;
  for (;; i++, j++) {
    while (i < a.n && is_blank(a.p[i]))
      i++;
    while (j < b.n && is_blank(b.p[j]))
      j++;
    if (i == a.n || j == b.n)
      return i == a.n && j == b.n;
    if (a.p[i] != b.p[j])
      return false;
  }
}

static bool format_lines(struct slice bytes, enum body_kind kind, struct buf *out, struct err *err) {
  struct line_state state = {.kind = (uint8_t)kind};
  struct body_line line = {.text = BUF_INIT};
  size_t from = out->n;
  bool good = true, first = true;
  while (good && state.at < bytes.n) {
    size_t at = state.at;
    buf_reset(&line.text);
    line.spans = 0;
    bool some = line_next(slice_from(bytes, state.at), &state, &line);
    good = state.kind == (uint8_t)kind && state.at > at;
    if (!good) {
      err_set_at(err, at, 1, "from here on it is not what its kind (%s) should be", body_kind_name(kind));
    } else if (some) {
      if (!first && !state.goes_on)
        buf_add_byte(out, '\n');
      buf_add_slice(out, buf_slice(&line.text));
      first = false;
    }
  }
  body_line_clear(&line);
  if (good && !alike(bytes, slice_from(buf_slice(out), from)))
    good = err_set(err, "laying this %s out would change more than white space", body_kind_name(kind));
  return good;
}

bool body_format(struct slice bytes, enum body_kind kind, enum body_layout layout, struct buf *out, struct err *err) {
  switch (kind) {
  case BODY_JSON:
    return format_json(bytes, layout, out, err);
  case BODY_NDJSON:
    return format_ndjson(bytes, out, err);
  case BODY_XML:
  case BODY_HTML:
  case BODY_CSS:
  case BODY_JS:
    return layout == BODY_INDENTED ? format_lines(bytes, kind, out, err)
                                   : err_set(err, "%s is not made compact", body_kind_name(kind));
  case BODY_EMPTY:
    return err_set(err, "there is no body to lay out");
  default:
    return err_set(err, "%s has no white space that could be changed", body_kind_name(kind));
  }
}
