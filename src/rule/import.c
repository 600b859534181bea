#include "weir/rule/import.h"

#include "weir/base/vec.h"
#include "weir/rule/rule.h"

enum { FILTER, FIRST, SECOND, PARTS };

struct import {
  struct slice part[PARTS];
  bool filtered;
  bool request, response; /* which directions it is for */
};

/* ---- what is shared ---- */

/* Two parts, or three with the filter in front; the last takes what is left, separators too. */
static bool split(struct slice value, unsigned least, struct import *in, struct err *err) {
  struct slice v[PARTS] = {{"", 0}, {"", 0}, {"", 0}};
  unsigned n = 0;
  *in = (struct import){0};
  if (value.n < 2)
    return err_set(err, "begins with what separates its parts: /~q/X-Debug/1");
  char separator = value.p[0];
  struct slice rest = slice_from(value, 1);
  for (ptrdiff_t at; n < least && (at = slice_find_byte(rest, separator)) >= 0;) {
    v[n++] = slice_sub(rest, 0, (size_t)at);
    rest = slice_from(rest, (size_t)at + 1);
  }
  v[n++] = rest;
  if (n < least)
    return err_set(err, "has too few parts between its %c", separator);
  in->filtered = n > least;
  unsigned first = in->filtered ? 1 : 0;
  if (in->filtered)
    in->part[FILTER] = v[0];
  in->part[FIRST] = v[first];
  if (least > 1)
    in->part[SECOND] = v[first + 1];
  return true;
}

static bool has_operator(struct slice filter, const char *operator) {
  struct slice rest = filter;
  for (ptrdiff_t at; (at = slice_find(rest, slice_of(operator))) >= 0;) {
    rest = slice_from(rest, (size_t)at + 2);
    if (rest.n == 0 || rest.p[0] == ' ' || rest.p[0] == ')')
      return true;
  }
  return false;
}

/* ~q and ~s choose the direction; without either a modification is for both. */
static void directions(struct import *in) {
  bool q = has_operator(in->part[FILTER], "~q"), s = has_operator(in->part[FILTER], "~s");
  in->request = !s || q;
  in->response = !q || s;
}

static void put_filter(struct buf *out, struct slice filter) {
  filter = slice_trim(filter);
  /* As the whole of a filter they say no more than the direction, which the action names. */
  if (slice_eq(filter, SLICE("~q")) || slice_eq(filter, SLICE("~s")))
    filter.n = 0;
  if (filter.n)
    buf_add_slice(out, filter);
  else
    buf_add_byte(out, '*');
}

static void put_quoted(struct buf *out, struct slice text, bool references) {
  buf_add_byte(out, '"');
  for (size_t i = 0; i < text.n; i++) {
    char c = text.p[i];
    bool digit = i + 1 < text.n && text.p[i + 1] >= '0' && text.p[i + 1] <= '9';
    if (references && c == '\\' && digit)
      buf_add_byte(out, '$'); /* \1 is $1 */
    else if (references && c == '$')
      buf_add_text(out, "$$");
    else if (c == '"' || c == '\\')
      buf_printf(out, "\\%c", c);
    else
      buf_add_byte(out, c);
  }
  buf_add_byte(out, '"');
}

static void put_regex(struct buf *out, struct slice regex) {
  buf_add_byte(out, '/');
  for (size_t i = 0; i < regex.n; i++) {
    if (regex.p[i] == '\\' && i + 1 < regex.n) {
      buf_add_byte(out, '\\');
      buf_add_byte(out, regex.p[++i]);
      continue;
    }
    if (regex.p[i] == '/')
      buf_add_byte(out, '\\');
    buf_add_byte(out, regex.p[i]);
  }
  buf_add_byte(out, '/');
}

static bool from_file(struct slice value, struct err *err) {
  return value.n > 0 && value.p[0] == '@' &&
         !err_set(err, "takes its text from a file (@), which no rule of weir does here: put the text in its place");
}

/* ---- one option each ---- */

static bool modify_headers(struct slice value, struct buf *lines, struct err *err) {
  struct import in;
  if (!split(value, 2, &in, err) || from_file(in.part[SECOND], err))
    return false;
  directions(&in);
  for (int side = 0; side < 2; side++) {
    if (side ? !in.response : !in.request)
      continue;
    put_filter(lines, in.part[FILTER]);
    buf_printf(lines, " => %s %s %.*s", in.part[SECOND].n ? "set" : "remove", side ? "response" : "request",
               (int)in.part[FIRST].n, in.part[FIRST].p);
    if (in.part[SECOND].n)
      buf_printf(lines, ": %.*s", (int)in.part[SECOND].n, in.part[SECOND].p);
    buf_add_byte(lines, '\n');
  }
  return true;
}

static bool modify_body(struct slice value, struct buf *lines, struct err *err) {
  struct import in;
  if (!split(value, 2, &in, err) || from_file(in.part[SECOND], err))
    return false;
  directions(&in);
  for (int side = 0; side < 2; side++) {
    if (side ? !in.response : !in.request)
      continue;
    put_filter(lines, in.part[FILTER]);
    buf_printf(lines, " => replace %s body ", side ? "response" : "request");
    put_regex(lines, in.part[FIRST]);
    buf_add_byte(lines, ' ');
    put_quoted(lines, in.part[SECOND], true);
    buf_add_byte(lines, '\n');
  }
  return true;
}

static bool map_local(struct slice value, struct buf *lines, struct err *err) {
  struct import in;
  if (!split(value, 2, &in, err))
    return false;
  if (in.filtered) {
    buf_add_byte(lines, '(');
    buf_add_slice(lines, in.part[FILTER]);
    buf_add_text(lines, ") & ");
  }
  buf_add_text(lines, "~u ");
  put_quoted(lines, in.part[FIRST], false);
  buf_printf(lines, " => file %.*s\n", (int)in.part[SECOND].n, in.part[SECOND].p);
  return true;
}

static bool map_remote(struct slice value, struct buf *lines, struct err *err) {
  struct import in;
  if (!split(value, 2, &in, err))
    return false;
  put_filter(lines, in.part[FILTER]);
  buf_add_text(lines, " => send-to ");
  put_regex(lines, in.part[FIRST]);
  buf_add_byte(lines, ' ');
  put_quoted(lines, in.part[SECOND], true);
  buf_add_byte(lines, '\n');
  return true;
}

static bool block_list(struct slice value, struct buf *lines, struct err *err) {
  struct import in;
  if (!split(value, 1, &in, err))
    return false;
  if (!in.filtered)
    return err_set(err, "needs a filter and a status: /~d example.org/404");
  put_filter(lines, in.part[FILTER]);
  if (slice_eq(in.part[FIRST], SLICE("444")))
    buf_add_text(lines, " => block\n");
  else
    buf_printf(lines, " => block %.*s\n", (int)in.part[FIRST].n, in.part[FIRST].p);
  return true;
}

static const struct {
  const char *name;
  bool (*read)(struct slice value, struct buf *lines, struct err *err);
} options[] = {{"modify_headers", modify_headers},
               {"modify_body", modify_body},
               {"map_local", map_local},
               {"map_remote", map_remote},
               {"block_list", block_list}};

static bool import_one(struct slice name, struct slice value, struct buf *lines, struct err *err) {
  for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
    if (!slice_eq(name, slice_of(options[i].name)))
      continue;
    struct err why = ERR_INIT;
    size_t before = lines->n;
    bool good = options[i].read(value, lines, &why);
    struct slice made = slice_from(buf_slice(lines), before), line;
    while (good && made.n && slice_split(&made, '\n', &line))
      good = line.n == 0 || rule_check(line, &why);
    if (good)
      return true;
    lines->n = before;
    return err_set(err, "%s: %.*s: %s", options[i].name, (int)(value.n > 80 ? 80 : value.n), value.p ? value.p : "",
                   why.text);
  }
  return err_set(err, "modify_headers, modify_body, map_local, map_remote and block_list are read, as NAME=VALUE");
}

bool rule_import(struct slice option, struct buf *lines, struct err *err) {
  ptrdiff_t equals = slice_find_byte(option, '=');
  size_t n = equals < 0 ? 0 : (size_t)equals;
  return import_one(slice_trim(slice_sub(option, 0, n)), slice_trim(slice_from(option, n + 1)), lines, err);
}

/* ---- a file ---- */

static bool is_option(struct slice name) {
  for (size_t i = 0; i < sizeof options / sizeof *options; i++)
    if (slice_eq(name, slice_of(options[i].name)))
      return true;
  return false;
}

/* 'a' or "a" of YAML; escapes in the latter are left as they are. */
static struct slice unquoted(struct slice s) {
  s = slice_trim(s);
  bool quoted = s.n > 1 && (s.p[0] == '\'' || s.p[0] == '"') && s.p[s.n - 1] == s.p[0];
  return quoted ? slice_sub(s, 1, s.n - 2) : s;
}

bool rule_import_file(struct slice text, struct buf *lines, struct err *err) {
  struct slice line, name = {NULL, 0};
  unsigned number = 0;
  while (text.n && slice_split(&text, '\n', &line)) {
    struct err why = ERR_INIT;
    number++;
    if (line.n && line.p[line.n - 1] == '\r')
      line.n--;
    struct slice trimmed = slice_trim(line);
    if (trimmed.n == 0 || trimmed.p[0] == '#')
      continue;
    bool good = true;
    ptrdiff_t colon = slice_find_byte(trimmed, ':'), equals = slice_find_byte(trimmed, '=');
    struct slice before_colon = slice_trim(slice_sub(trimmed, 0, colon < 0 ? 0 : (size_t)colon));
    if (trimmed.p[0] == '-' && trimmed.n > 1 && name.p)
      good = import_one(name, unquoted(slice_from(trimmed, 1)), lines, &why);
    else if (equals > 0 && is_option(slice_trim(slice_sub(trimmed, 0, (size_t)equals))))
      good = rule_import(trimmed, lines, &why);
    else if (is_option(before_colon))
      name = before_colon;
    else
      name = (struct slice){NULL, 0}; /* another option of mitmproxy's */
    if (!good)
      return err_set(err, "line %u: %s", number, why.text);
  }
  return true;
}
