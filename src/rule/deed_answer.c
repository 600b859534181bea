/* answer, redirect, block: what comes back without the server, or instead of what it said. */
#include <stdlib.h>
#include <string.h>

#include "rule/deed.h"
#include "rule/message.h"
#include "rule/tree.h"
#include "rule/words.h"
#include "weir/base/mem.h"
#include "weir/http/url.h"

enum { BODY_TEXT, BODY_FILE };

bool deed_take_status(struct slice whole, struct slice *rest, int *status, struct err *err) {
  struct slice word = words_next(rest);
  uint64_t n;
  if (word.n != 3 || !slice_to_u64(word, &n) || n < 200)
    return err_set_at(err, words_place(whole, word), word.n, "a status has three digits, from 200 on");
  *status = (int)n;
  return true;
}

static bool is_media_type(struct slice s) {
  ptrdiff_t slash = slice_find_byte(s, '/');
  if (slash <= 0 || (size_t)slash + 1 == s.n || s.p[0] == '@')
    return false;
  for (size_t i = 0; i < s.n; i++) {
    char c = s.p[i];
    bool good =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("/+-.;=_", c));
    if (!good)
      return false;
  }
  return true;
}

/* with "NAME: VALUE", any number of them */
static bool take_fields(struct slice whole, struct slice *rest, struct buf *fields, struct err *err) {
  while (words_take(rest, "with")) {
    struct buf one = BUF_INIT;
    size_t place = words_place(whole, *rest);
    bool good = words_text(whole, rest, &one, err);
    ptrdiff_t colon = slice_find_byte(buf_slice(&one), ':');
    if (good &&
        (colon <= 0 || slice_find_byte(buf_slice(&one), '\n') >= 0 || slice_find_byte(buf_slice(&one), '\r') >= 0))
      good = err_set_at(err, place, 0, "with \"NAME: VALUE\"");
    if (good) {
      buf_add_slice(fields, buf_slice(&one));
      buf_add_text(fields, "\r\n");
    }
    buf_clear(&one);
    if (!good)
      return false;
  }
  return true;
}

static bool take_type(struct slice *rest, struct buf *fields) {
  struct slice after = *rest, type = words_next(&after);
  if (!is_media_type(type))
    return false;
  buf_printf(fields, "Content-Type: %.*s\r\n", (int)type.n, type.p);
  *rest = after;
  return true;
}

static bool says_type(struct slice fields) {
  struct slice line;
  while (fields.n && slice_split(&fields, '\n', &line))
    if (slice_starts_ascii(line, SLICE("Content-Type:")))
      return true;
  return false;
}

static bool parse_answer(struct rule_deed *d, struct slice text, struct err *err) {
  struct slice rest = text;
  struct buf fields = BUF_INIT;
  d->ends = true;
  if (!deed_take_status(text, &rest, &d->status, err))
    return false;
  bool typed = take_type(&rest, &fields);
  size_t before = fields.n;
  bool good = take_fields(text, &rest, &fields, err);
  /* On either side of the fields, but not where nobody wrote fields: then the body may begin with such a word. */
  if (good && !typed && fields.n > before && !says_type(buf_slice(&fields)) && take_type(&rest, &fields))
    good = take_fields(text, &rest, &fields, err);
  struct flow_edit *trial = good ? message_make(d->status, buf_slice(&fields), SLICE("")) : NULL;
  if (good && !trial)
    good = err_set_at(err, 0, text.n, "these fields make no valid answer");
  flow_edit_free(trial);
  d->how = rest.n > 1 && rest.p[0] == '@' ? BODY_FILE : BODY_TEXT;
  if (d->how == BODY_FILE)
    rest = slice_from(rest, 1);
  d->name = buf_take(&fields);
  d->value = mem_dup_n(rest.p ? rest.p : "", rest.n);
  d->value_n = rest.n;
  return good;
}

static bool answer_file(const struct rule_deed *d, struct deed_scene *s) {
  struct tree_file file;
  struct buf why = BUF_INIT;
  bool good = tree_open_file(d->value, &file, &why) == TREE_FILE;
  if (good)
    good = message_answer_file(s, d->status, slice_of(d->name), &file, d->value);
  else
    message_say(s, "%s", buf_text(&why));
  if (!good && s->side == FLOW_REQUEST) { /* the rule is there so that the server is not asked */
    struct buf body = BUF_INIT;
    buf_printf(&body, "weir: the rule \"%s\" has no answer: %s\n", s->rule->name, buf_text(&why));
    message_answer(s, message_make(502, SLICE("Content-Type: text/plain; charset=utf-8\r\n"), buf_slice(&body)));
    buf_clear(&body);
    good = true;
  }
  buf_clear(&why);
  return good;
}

static bool answer(const struct rule_deed *d, struct deed_scene *s) {
  if (d->how == BODY_FILE)
    return answer_file(d, s);
  message_answer(s, message_make(d->status, slice_of(d->name), slice_make(d->value, d->value_n)));
  return true;
}

/* ---- redirect ---- */

enum hole { HOLE_SCHEME, HOLE_HOST, HOLE_PORT, HOLE_PATH, HOLE_QUERY, HOLES };
static const char *const holes[HOLES] = {"{scheme}", "{host}", "{port}", "{path}", "{query}"};

/* What stands in front of the next { goes to *before; false: no more. HOLES: it is none of ours. */
static bool next_hole(struct slice *rest, struct slice *before, enum hole *hole) {
  ptrdiff_t at = slice_find_byte(*rest, '{');
  *before = at < 0 ? *rest : slice_sub(*rest, 0, (size_t)at);
  *rest = slice_from(*rest, before->n);
  *hole = HOLES;
  for (unsigned i = 0; at >= 0 && i < HOLES; i++)
    if (slice_starts(*rest, slice_of(holes[i])))
      *hole = (enum hole)i;
  if (*hole != HOLES)
    *rest = slice_from(*rest, strlen(holes[*hole]));
  return at >= 0;
}

static bool check_location(struct slice whole, struct slice url, struct err *err) {
  struct slice rest = url, before;
  enum hole hole;
  for (size_t i = 0; i < url.n; i++)
    if ((unsigned char)url.p[i] <= 0x20 || url.p[i] == 0x7f)
      return err_set_at(err, words_place(whole, url) + i, 1, "a control byte may not stand in a URL");
  while (next_hole(&rest, &before, &hole))
    if (hole == HOLES)
      return err_set_at(err, words_place(whole, rest), 1,
                        "behind { stands one of {scheme} {host} {port} {path} {query}; the byte itself is %%7B");
  return true;
}

static bool parse_redirect(struct rule_deed *d, struct slice text, struct err *err) {
  struct slice rest = text, after = text, word = words_next(&after);
  uint64_t n;
  d->status = 302;
  d->ends = true;
  if (word.n == 3 && slice_to_u64(word, &n)) {
    if (n < 300 || n > 399)
      return err_set_at(err, words_place(text, word), 3, "a redirect has a status from 300 to 399");
    d->status = (int)n;
    rest = after;
  }
  struct slice url = words_next(&rest);
  if (!url.n || rest.n)
    return err_set_at(err, words_place(text, url), 0,
                      "where to? One URL, {path} stands for the path that was asked for");
  d->value = mem_dup_n(url.p, url.n);
  return check_location(text, url, err);
}

static void put_hole(const struct flow *f, enum hole hole, struct buf *out) {
  struct slice path = flow_path(f), host = flow_host(f);
  ptrdiff_t query = slice_find_byte(path, '?');
  bool v6 = slice_find_byte(host, ':') >= 0;
  switch (hole) {
  case HOLE_SCHEME:
    buf_add_slice(out, flow_scheme(f));
    break;
  case HOLE_HOST:
    buf_printf(out, "%s%.*s%s", v6 ? "[" : "", (int)host.n, host.p, v6 ? "]" : "");
    break;
  case HOLE_PORT:
    buf_printf(out, "%u", f->port);
    break;
  case HOLE_PATH: /* one slash where it would be two */
    if (out->n && out->p[out->n - 1] == '/' && path.n && path.p[0] == '/')
      path = slice_from(path, 1);
    buf_add_slice(out, path);
    break;
  case HOLE_QUERY:
    if (query >= 0)
      buf_add_slice(out, slice_from(path, (size_t)query + 1));
    break;
  case HOLES:
    break;
  }
}

static bool redirect(const struct rule_deed *d, struct deed_scene *s) {
  struct buf fields = BUF_INIT;
  struct slice rest = slice_of(d->value), before;
  enum hole hole;
  buf_add_text(&fields, "Location: ");
  bool more;
  do {
    more = next_hole(&rest, &before, &hole);
    buf_add_slice(&fields, before);
    if (more)
      put_hole(s->flow, hole, &fields);
  } while (more);
  buf_add_text(&fields, "\r\n");
  message_answer(s, message_make(d->status, buf_slice(&fields), SLICE("")));
  buf_clear(&fields);
  return true;
}

/* ---- block ---- */

static bool parse_block(struct rule_deed *d, struct slice text, struct err *err) {
  struct slice rest = text;
  d->ends = d->tunnels = true;
  d->how = BLOCK_CLOSE;
  if (words_take(&rest, "reset"))
    d->how = BLOCK_RESET;
  else if (rest.n && !words_take(&rest, "close") && !deed_take_status(text, &rest, &d->status, err))
    return false;
  return rest.n == 0 || err_set_at(err, words_place(text, rest), rest.n, "block takes close, reset or a status");
}

static bool block(const struct rule_deed *d, struct deed_scene *s) {
  if (d->status)
    message_answer(
        s, message_make(d->status, SLICE("Content-Type: text/plain\r\n"), SLICE("blocked by a rule of weir\n")));
  else
    s->effects->block = (enum rule_block)d->how;
  return true;
}

const struct deed_ops deed_answer = {
    "answer",
    RULE_ANSWER,
    parse_answer,
    answer,
    "answer STATUS [TYPE] [with \"NAME: VALUE\"]... [BODY|@FILE]",
    "Answers without asking the server; of a response, puts this in its place. The "
    "body is all that stands behind, as it is; of a file, all of it, read while it "
    "is sent, and 8 MiB at most in the place of a response. The type may stand behind the fields, too."};
const struct deed_ops deed_redirect = {
    "redirect",
    RULE_REDIRECT,
    parse_redirect,
    redirect,
    "redirect [STATUS] URL",
    "Sends the client elsewhere (302). {path} stands for the path and query, {query} for the query alone, {scheme}, "
    "{host} and {port} for those that were asked: redirect https://{host}{path}."};
const struct deed_ops deed_block = {"block",
                                    RULE_BLOCK,
                                    parse_block,
                                    block,
                                    "block [close|reset|STATUS]",
                                    "Ends the client's connection, with a reset, or with an answer."};
