/* mitmproxy's options become rules: read one by one, written out together and in the order in which mitmproxy asks. */
#include "weir/rule/import.h"

#include <stdlib.h>
#include <string.h>

#include "rule/import_yaml.h"
#include "weir/base/mem.h"
#include "weir/base/nearest.h"
#include "weir/base/path.h"
#include "weir/base/vec.h"
#include "weir/filter/filter.h"
#include "weir/rule/rule.h"

enum { FILTER, FIRST, SECOND, PARTS };
enum option { BLOCK_LIST, MAP_REMOTE, MAP_LOCAL, MODIFY_BODY, MODIFY_HEADERS, OPTIONS }; /* mitmproxy's order */

static const struct {
  const char *name;
  unsigned parts; /* without the filter */
} options[] = {[BLOCK_LIST] = {"block_list", 1},
               [MAP_REMOTE] = {"map_remote", 2},
               [MAP_LOCAL] = {"map_local", 2},
               [MODIFY_BODY] = {"modify_body", 2},
               [MODIFY_HEADERS] = {"modify_headers", 2}};

struct entry {
  enum option option;
  char *part[PARTS]; /* "" where there is none */
  size_t second_n;   /* a file may have NUL */
  bool read;         /* part[SECOND] is a file's */
  bool request, response;
};

struct rule_import {
  VEC(struct entry) v;
};

/* ---- reading ---- */

/* "!~q" is "~s", and the other way round: so only these two are to be looked for. */
static char *without_not(struct slice filter) {
  struct buf out = BUF_INIT;
  for (size_t i = 0; i < filter.n; i++) {
    struct slice rest = slice_trim(slice_from(filter, i + 1));
    bool turned = filter.p[i] == '!' && (slice_starts(rest, SLICE("~q")) || slice_starts(rest, SLICE("~s"))) &&
                  (rest.n == 2 || rest.p[2] == ' ' || rest.p[2] == ')');
    if (turned) {
      buf_add_text(&out, rest.p[1] == 'q' ? "~s" : "~q");
      i = (size_t)(rest.p - filter.p) + 1;
    } else {
      buf_add_byte(&out, filter.p[i]);
    }
  }
  char *text = mem_dup_n(out.n ? buf_text(&out) : "", out.n);
  buf_clear(&out);
  return text;
}

/* Two parts, or three with the filter in front; the last takes what is left, separators too. */
static bool split(struct slice value, unsigned least, struct entry *e, struct err *err) {
  struct slice v[PARTS] = {{"", 0}, {"", 0}, {"", 0}};
  unsigned n = 0;
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
  if (n == least) { /* no filter */
    v[SECOND] = v[FIRST];
    v[FIRST] = v[FILTER];
    v[FILTER] = SLICE("");
  }
  if (e->option == BLOCK_LIST && n == least)
    return err_set(err, "needs a filter and a status: /~d example.org/404");
  e->part[FILTER] = without_not(slice_trim(v[FILTER]));
  e->part[FIRST] = mem_dup_n(v[FIRST].p ? v[FIRST].p : "", v[FIRST].n);
  e->part[SECOND] = mem_dup_n(v[SECOND].p ? v[SECOND].p : "", v[SECOND].n);
  e->second_n = v[SECOND].n;
  return true;
}

/* "@~/token": what is in the file now. */
static bool read_file(struct entry *e, struct err *err) {
  bool modifies = e->option == MODIFY_BODY || e->option == MODIFY_HEADERS;
  if (!modifies || e->part[SECOND][0] != '@')
    return true;
  char *path = path_expand(e->part[SECOND] + 1), *bytes;
  bool good = path_read(path, RULE_TEXT_MAX, &bytes, &e->second_n, err);
  free(path);
  if (!good)
    return false;
  free(e->part[SECOND]);
  e->part[SECOND] = bytes;
  e->read = true;
  if (e->option == MODIFY_HEADERS) { /* the end of its line is none of the value's */
    struct slice value = slice_trim(slice_make(bytes, e->second_n));
    while (value.n && (value.p[value.n - 1] == '\n' || value.p[value.n - 1] == '\r'))
      value.n--;
    memmove(bytes, value.p ? value.p : "", value.n);
    bytes[e->second_n = value.n] = '\0';
  }
  return true;
}

/* A rule is a line. What is looked for, and put in a body, has escapes for the rest. */
static bool is_line(const struct entry *e, struct err *err) {
  for (unsigned i = 0; i < PARTS; i++) {
    bool escaped = i == FIRST ? e->option != MODIFY_HEADERS && e->option != BLOCK_LIST
                              : i == SECOND && (e->option == MODIFY_BODY || e->option == MAP_REMOTE);
    size_t n = i == SECOND ? e->second_n : e->part[i] ? strlen(e->part[i]) : 0;
    for (size_t at = 0; at < n && !escaped; at++)
      if ((unsigned char)e->part[i][at] < 0x20 && e->part[i][at] != '\t')
        return err_set(err, "a control byte or a second line may not stand in a %s",
                       i == FILTER                   ? "filter"
                       : e->option == MODIFY_HEADERS ? "field"
                                                     : "name");
  }
  return true;
}

static bool has_operator(const char *filter, const char *operator) {
  struct slice rest = slice_of(filter);
  for (ptrdiff_t at; (at = slice_find(rest, slice_of(operator))) >= 0;) {
    rest = slice_from(rest, (size_t)at + 2);
    if (rest.n == 0 || rest.p[0] == ' ' || rest.p[0] == ')')
      return true;
  }
  return false;
}

/* ~q and ~s choose the direction, and so does a filter that asks for something of the response; without either a
 * modification is for both. */
static bool directions(struct entry *e, struct err *err) {
  struct filter *filter = filter_compile(slice_of(e->part[FILTER]), err);
  if (!filter)
    return false;
  bool s = filter_speaks_of_response(filter);
  filter_free(filter);
  e->request = !s;
  e->response = s || !has_operator(e->part[FILTER], "~q");
  return true;
}

/* ---- writing ---- */

static void put_filter(struct buf *out, const char *filter) {
  /* As the whole of a filter they say no more than the direction, which the action names. */
  bool direction = !strcmp(filter, "~q") || !strcmp(filter, "~s");
  buf_add_text(out, direction || !*filter ? "*" : filter);
}

static void put_byte(struct buf *out, char c) {
  if (c == '"' || c == '\\')
    buf_printf(out, "\\%c", c);
  else if ((unsigned char)c < 0x20 || c == 0x7f)
    buf_printf(out, "\\x%02x", (unsigned char)c);
  else
    buf_add_byte(out, c);
}

static void put_quoted(struct buf *out, struct slice text) {
  buf_add_byte(out, '"');
  for (size_t i = 0; i < text.n; i++)
    put_byte(out, text.p[i]);
  buf_add_byte(out, '"');
}

/* "\g<name>": how long it is, 0: it is none. */
static size_t long_group(struct slice s) {
  ptrdiff_t end = slice_find_byte(s, '>');
  return slice_starts(s, SLICE("g<")) && end > 2 ? (size_t)end + 1 : 0;
}

/* A template of Python's: \1 and \g<name> are groups, \n is a new line. `inner`: where the text stands in the option
 * mitmproxy takes its backslashes off once before, so that \\1 is a group there; it would make a control byte of \1, which
 * nobody means. */
static void put_template(struct buf *out, struct slice text, bool inner) {
  static const char from[] = "nrt", to[] = "\n\r\t";
  buf_add_byte(out, '"');
  for (size_t i = 0; i < text.n; i++) {
    size_t at = i + 1;
    if (text.p[i] == '$')
      buf_add_byte(out, '$');
    if (text.p[i] != '\\' || at == text.n) {
      put_byte(out, text.p[i]);
      continue;
    }
    if (inner && text.p[at] == '\\' && at + 1 < text.n)
      at++;
    struct slice rest = slice_from(text, at);
    const char *known = *rest.p ? strchr(from, *rest.p) : NULL;
    size_t group = long_group(rest);
    if (group) {
      buf_printf(out, "${%.*s}", (int)(group - 3), rest.p + 2);
      at += group - 1;
    } else if (*rest.p >= '0' && *rest.p <= '9') {
      buf_printf(out, "${%c", *rest.p);
      if (rest.n > 1 && rest.p[1] >= '0' && rest.p[1] <= '9')
        buf_add_byte(out, text.p[++at]);
      buf_add_byte(out, '}');
    } else {
      if (!known && *rest.p != '\\')
        put_byte(out, '\\');
      put_byte(out, known ? to[known - from] : *rest.p);
    }
    i = at;
  }
  buf_add_byte(out, '"');
}

/* `inner`: \\d is \d, as above. */
static void put_regex(struct buf *out, const char *regex, bool inner) {
  buf_add_byte(out, '/');
  for (const char *c = regex; *c; c++) {
    if (inner && c[0] == '\\' && c[1] == '\\' && c[2])
      c++;
    if (c[0] == '\\' && c[1])
      buf_add_byte(out, *c++);
    else if (*c == '/')
      buf_add_byte(out, '\\');
    if ((unsigned char)*c < 0x20)
      buf_printf(out, "\\x%02x", (unsigned char)*c);
    else
      buf_add_byte(out, *c);
  }
  buf_add_byte(out, '/');
}

static struct slice second(const struct entry *e) {
  return slice_make(e->part[SECOND], e->second_n);
}

/* mitmproxy takes all fields out that it has values for, and puts all of these at the end. */
static void put_header(const struct entry *e, const char *verb, int side, struct buf *lines) {
  put_filter(lines, e->part[FILTER]);
  buf_printf(lines, " => %s %s %s", verb, side ? "response" : "request", e->part[FIRST]);
  if (strcmp(verb, "remove") != 0) {
    buf_add_text(lines, ": ");
    buf_add_slice(lines, second(e));
  }
  buf_add_byte(lines, '\n');
}

static bool is_again(const struct rule_import *in, const struct entry *e, int side) {
  for (size_t i = 0; i < in->v.n; i++) {
    const struct entry *other = &in->v.v[i];
    if (other != e && other->option == MODIFY_HEADERS && (side ? other->response : other->request) &&
        slice_eq_ascii(slice_of(other->part[FIRST]), slice_of(e->part[FIRST])))
      return true;
  }
  return false;
}

static void put_headers(const struct rule_import *in, struct buf *lines) {
  for (int adding = 0; adding < 2; adding++)
    for (size_t i = 0; i < in->v.n; i++)
      for (int side = 0; side < 2; side++) {
        const struct entry *e = &in->v.v[i];
        if (e->option != MODIFY_HEADERS || !(side ? e->response : e->request))
          continue;
        bool again = is_again(in, e, side);
        if (!adding && (again || !e->second_n))
          put_header(e, "remove", side, lines);
        else if (adding && e->second_n)
          put_header(e, again ? "add" : "set", side, lines);
      }
}

static void put_body(const struct entry *e, struct buf *lines) {
  for (int side = 0; side < 2; side++) {
    if (side ? !e->response : !e->request)
      continue;
    put_filter(lines, e->part[FILTER]);
    buf_printf(lines, " => replace %s body ", side ? "response" : "request");
    put_regex(lines, e->part[FIRST], true);
    buf_add_byte(lines, ' ');
    put_template(lines, second(e), !e->read);
    buf_add_byte(lines, '\n');
  }
}

static void put_url_filter(const struct entry *e, struct buf *lines) {
  if (*e->part[FILTER])
    buf_printf(lines, "(%s) & ", e->part[FILTER]);
  buf_add_text(lines, "~u ");
  put_quoted(lines, slice_of(e->part[FIRST]));
}

/* The first that has such a file answers; 404 where one was asked, and none has it. */
static void put_locals(const struct rule_import *in, struct buf *lines) {
  size_t n = 0;
  for (size_t i = 0; i < in->v.n; i++)
    n += in->v.v[i].option == MAP_LOCAL;
  for (size_t i = 0; i < in->v.n; i++) {
    const struct entry *e = &in->v.v[i];
    if (e->option != MAP_LOCAL)
      continue;
    put_url_filter(e, lines);
    buf_add_text(lines, " => file ");
    if (strpbrk(e->part[SECOND], " \t\"") || !e->second_n)
      put_quoted(lines, second(e));
    else
      buf_add_slice(lines, second(e));
    buf_add_text(lines, " after ");
    put_regex(lines, e->part[FIRST], false);
    buf_add_text(lines, n > 1 ? " else server\n" : "\n");
  }
  for (size_t i = 0; n > 1 && i < in->v.n; i++)
    if (in->v.v[i].option == MAP_LOCAL) {
      put_url_filter(&in->v.v[i], lines);
      buf_add_text(lines, " => answer 404\n");
    }
}

static void put_remote(const struct entry *e, struct buf *lines) {
  put_filter(lines, e->part[FILTER]);
  buf_add_text(lines, " => send-to ");
  put_regex(lines, e->part[FIRST], false);
  buf_add_byte(lines, ' ');
  put_template(lines, second(e), false);
  buf_add_byte(lines, '\n');
}

static void put_block(const struct entry *e, struct buf *lines) {
  put_filter(lines, e->part[FILTER]);
  if (!strcmp(e->part[FIRST], "444"))
    buf_add_text(lines, " => block\n");
  else
    buf_printf(lines, " => block %s\n", e->part[FIRST]);
}

void rule_import_lines(const struct rule_import *in, struct buf *lines) {
  for (unsigned o = 0; o < OPTIONS; o++)
    for (size_t i = 0; i < in->v.n; i++) {
      const struct entry *e = &in->v.v[i];
      if (e->option != o)
        continue;
      if (o == BLOCK_LIST)
        put_block(e, lines);
      else if (o == MAP_REMOTE)
        put_remote(e, lines);
      else if (o == MODIFY_BODY)
        put_body(e, lines);
      else { /* these look at each other */
        (o == MAP_LOCAL ? put_locals : put_headers)(in, lines);
        break;
      }
    }
}

/* ---- one option ---- */

static void entry_clear(struct entry *e) {
  for (size_t i = 0; i < PARTS; i++)
    free(e->part[i]);
}

/* Alone it makes rules that can be read. */
static bool check(struct entry *e, struct err *err) {
  struct rule_import one = {{e, 1, 1}};
  struct buf lines = BUF_INIT;
  struct slice rest, line;
  bool good = true;
  rule_import_lines(&one, &lines);
  rest = buf_slice(&lines);
  while (good && rest.n && slice_split(&rest, '\n', &line))
    good = line.n == 0 || rule_check(line, err);
  buf_clear(&lines);
  return good;
}

static bool find_option(struct slice name, enum option *option) {
  for (unsigned i = 0; i < OPTIONS; i++)
    if (slice_eq(name, slice_of(options[i].name))) {
      *option = i;
      return true;
    }
  return false;
}

static bool import_one(struct rule_import *in, struct slice name, struct slice value, struct err *err) {
  struct entry e = {0};
  struct err why = ERR_INIT;
  if (!find_option(name, &e.option))
    return err_set(err, "modify_headers, modify_body, map_local, map_remote and block_list are read, as NAME=VALUE");
  if (split(value, options[e.option].parts, &e, &why) && read_file(&e, &why) && is_line(&e, &why) &&
      directions(&e, &why) && check(&e, &why)) {
    VEC_PUSH(&in->v, e);
    return true;
  }
  entry_clear(&e);
  return err_set(err, "%s: %.*s: %s", options[e.option].name, (int)(value.n > 80 ? 80 : value.n),
                 value.p ? value.p : "", why.text);
}

bool rule_import_option(struct rule_import *in, struct slice option, struct err *err) {
  ptrdiff_t equals = slice_find_byte(option, '=');
  size_t n = equals < 0 ? 0 : (size_t)equals;
  return import_one(in, slice_trim(slice_sub(option, 0, n)), slice_trim(slice_from(option, n + 1)), err);
}

struct rule_import *rule_import_new(void) {
  return mem_zero(1, sizeof(struct rule_import));
}

void rule_import_free(struct rule_import *in) {
  if (!in)
    return;
  for (size_t i = 0; i < in->v.n; i++)
    entry_clear(&in->v.v[i]);
  VEC_CLEAR(&in->v);
  free(in);
}

/* ---- a file ---- */

struct importing {
  struct rule_import *in;
  struct buf *notes;
};

/* A key that is none of the five: misspelt, or of an older mitmproxy? */
static void note_key(struct buf *notes, struct slice key, size_t line) {
  const char *meant = slice_eq(key, SLICE("replacements")) ? "modify_body"
                      : slice_eq(key, SLICE("setheaders")) ? "modify_headers"
                                                           : NULL;
  struct nearest nearest;
  nearest_init(&nearest, key);
  for (size_t i = 0; i < OPTIONS && !meant; i++)
    nearest_offer(&nearest, options[i].name);
  meant = meant ? meant : nearest.name;
  if (meant && notes)
    buf_printf(notes, "line %zu: %.*s is not read; did you mean %s?\n", line, (int)(key.n < 60 ? key.n : 60), key.p,
               meant);
}

static bool found(void *arg, struct slice key, struct slice value, size_t line, struct err *err) {
  struct importing *i = arg;
  struct err why = ERR_INIT;
  enum option option;
  bool known = find_option(key, &option);
  if (!value.p && !known)
    note_key(i->notes, key, line);
  if (!value.p || !known || import_one(i->in, key, value, &why))
    return true;
  return err_set(err, "line %zu: %s", line, why.text);
}

static bool is_option_line(struct slice line) {
  ptrdiff_t equals = slice_find_byte(line, '=');
  enum option option;
  return equals > 0 && find_option(slice_trim(slice_sub(line, 0, (size_t)equals)), &option);
}

bool rule_import_file(struct rule_import *in, struct slice text, struct buf *notes, struct err *err) {
  struct importing importing = {in, notes};
  struct buf yaml = BUF_INIT; /* without the lines NAME=VALUE, but as many */
  struct slice line;
  bool good = true;
  for (unsigned number = 1; good && text.n && slice_split(&text, '\n', &line); number++) {
    struct err why = ERR_INIT;
    if (is_option_line(line))
      good = rule_import_option(in, slice_trim(line), &why) || err_set(err, "line %u: %s", number, why.text);
    else
      buf_add_slice(&yaml, line);
    buf_add_byte(&yaml, '\n');
  }
  good = good && import_yaml_read(buf_slice(&yaml), found, &importing, err);
  buf_clear(&yaml);
  return good;
}
