/* file: an answer from this machine's files, one or a tree of them. */
#include <stdlib.h>
#include <string.h>

#include "rule/deed.h"
#include "rule/message.h"
#include "rule/tree.h"
#include "rule/words.h"
#include "weir/base/mem.h"
#include "weir/base/path.h"
#include "weir/http/url.h"

static bool parse(struct rule_deed *d, struct slice text, struct err *err) {
  struct slice rest = text;
  struct buf path = BUF_INIT, below = BUF_INIT;
  d->ends = true;
  bool good = words_text(text, &rest, &path, err);
  if (good && !path.n)
    good = err_set_at(err, text.n, 0, "which file or folder? file ./dist");
  if (good && words_take(&rest, "below")) {
    good = words_text(text, &rest, &below, err);
    if (good && (!below.n || below.p[0] != '/'))
      good = err_set_at(err, text.n - rest.n, 0, "below which path of the URL? below /static");
  }
  if (good && !below.n && words_take(&rest, "after")) {
    d->pattern = pattern_parse_regex(text, &rest, err);
    good = d->pattern != NULL;
  }
  if (good && words_take(&rest, "else")) {
    good = words_take(&rest, "server") ||
           err_set_at(err, words_place(text, rest), rest.n, "what is not there comes from the server: else server");
    d->how = true;
  }
  if (good && rest.n)
    good = err_set_at(
        err, words_place(text, rest), rest.n,
        "behind the path may stand below /PREFIX or after /REGEX/, and else server; one with blanks wants quotes");
  if (good) {
    char *expanded = path_expand(buf_text(&path));
    d->value = path_absolute(expanded);
    d->name = mem_dup(below.n ? buf_text(&below) : "");
    free(expanded);
  }
  buf_clear(&path);
  buf_clear(&below);
  return good;
}

static struct slice without_query(struct slice path) {
  ptrdiff_t query = slice_find_byte(path, '?');
  return query < 0 ? path : slice_sub(path, 0, (size_t)query);
}

/* The URL's path without its query, and without the part that the root stands for; false: it is not below that. */
static bool path_below(const struct rule_deed *d, const struct flow *f, struct slice *path) {
  struct slice below = slice_of(d->name);
  *path = without_query(flow_path(f));
  if (below.n && below.p[below.n - 1] == '/')
    below.n--;
  if (!slice_starts(*path, below) || (path->n > below.n && path->p[below.n] != '/'))
    return false;
  *path = slice_from(*path, below.n);
  return true;
}

/* A name as tools that save pages spell it: with _ for what is not plain. False: all of it is. */
static bool plain_name(struct slice path, struct buf *out) {
  struct buf name = BUF_INIT;
  bool changed = false;
  url_decode(path, false, &name);
  for (size_t i = 0; i < name.n; i++) {
    char c = name.p[i];
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c && strchr("0123456789-_.=(),/", c));
    buf_add_byte(out, plain ? c : '_');
    changed = changed || !plain;
  }
  buf_clear(&name);
  return changed;
}

/* A part behind a pattern is what a person made of the URL, and nothing can be said of the links in such a folder: it is
 * asked for with the slash at its end at once. */
static enum tree_found open_part(const char *root, struct slice part, struct tree_file *file, struct buf *name,
                                 struct buf *why) {
  struct buf path = BUF_INIT;
  buf_reset(name);
  buf_reset(why);
  enum tree_found found = tree_open(root, part, file, name, why);
  if (found == TREE_FOLDER) {
    buf_printf(&path, "%.*s/", (int)part.n, part.p);
    buf_reset(name);
    buf_reset(why);
    found = tree_open(root, buf_slice(&path), file, name, why);
  }
  buf_clear(&path);
  return found;
}

/* False: the URL has no match. */
static bool open_after(const struct rule_deed *d, const struct flow *f, struct tree_file *file, struct buf *name,
                       struct buf *why, enum tree_found *found) {
  struct buf url = BUF_INIT, plain = BUF_INIT, other = BUF_INIT;
  struct slice part;
  flow_url(f, &url);
  bool matches = pattern_behind(d->pattern, buf_slice(&url), &part);
  if (matches) {
    part = without_query(part);
    *found = open_part(d->value, part, file, name, why);
    if (*found == TREE_MISSING && plain_name(part, &plain) &&
        open_part(d->value, buf_slice(&plain), file, name, &other) == TREE_FILE) {
      *found = TREE_FILE;
      buf_reset(why);
    }
  }
  buf_clear(&url);
  buf_clear(&plain);
  buf_clear(&other);
  return matches;
}

static void answer_text(struct deed_scene *s, int status, const char *text, struct slice why) {
  struct buf body = BUF_INIT;
  buf_printf(&body, "weir: %s (%.*s)\n", text, (int)why.n, why.p);
  message_answer(s, message_make(status, SLICE("Content-Type: text/plain; charset=utf-8\r\n"), buf_slice(&body)));
  buf_clear(&body);
}

/* With a slash at its end, so that what it links to is found. */
static void answer_folder(struct deed_scene *s) {
  struct buf fields = BUF_INIT;
  struct slice path = flow_path(s->flow);
  ptrdiff_t query = slice_find_byte(path, '?');
  size_t n = query < 0 ? path.n : (size_t)query, first = 0;
  while (first + 1 < n && path.p[first + 1] == '/')
    first++; /* "//host/" would be another host */
  buf_add_text(&fields, "Location: ");
  buf_add(&fields, path.p + first, n - first);
  buf_add_byte(&fields, '/');
  buf_add_slice(&fields, slice_from(path, n));
  buf_add_text(&fields, "\r\n");
  message_answer(s, message_make(301, buf_slice(&fields), SLICE("")));
  buf_clear(&fields);
}

static bool answer_file(struct deed_scene *s, struct slice name, const struct tree_file *file, const char *path) {
  struct buf fields = BUF_INIT;
  buf_printf(&fields, "Content-Type: %s\r\n", tree_type(name));
  bool good = message_answer_file(s, 200, buf_slice(&fields), file, path);
  buf_clear(&fields);
  return good;
}

static bool act(const struct rule_deed *d, struct deed_scene *s) {
  struct buf name = BUF_INIT, why = BUF_INIT;
  struct slice path;
  struct tree_file file = {.fd = -1};
  enum tree_found found = TREE_MISSING;
  bool acted = d->pattern ? open_after(d, s->flow, &file, &name, &why, &found) : path_below(d, s->flow, &path);
  if (acted && !d->pattern)
    found = tree_open(d->value, path, &file, &name, &why);
  if (d->how && found == TREE_MISSING)
    acted = false;
  if (why.n && acted)
    message_say(s, "%s", buf_text(&why));
  if (acted)
    switch (found) {
    case TREE_FILE:
      acted = answer_file(s, buf_slice(&name), &file, buf_text(&name));
      break;
    case TREE_FOLDER:
      answer_folder(s);
      break;
    case TREE_MISSING:
      answer_text(s, 404, "there is no such file", buf_slice(&why));
      break;
    case TREE_REFUSED: /* what lies outside is nobody's business but the person's, who has it on the row */
      answer_text(s, 404, "there is no such file", SLICE("the row in weir says more"));
      break;
    case TREE_DENIED:
      answer_text(s, 403, "this file may not be read", buf_slice(&why));
      break;
    }
  buf_clear(&name);
  buf_clear(&why);
  return acted;
}

const struct deed_ops deed_file = {
    "file",
    RULE_FILE,
    parse,
    act,
    "file PATH [below /PREFIX|after /REGEX/] [else server]",
    "Answers with a file, or with what lies at the URL's path in a folder: behind PREFIX where one is given, and "
    "index.html of folders. With after it is what stands behind the first match in the whole URL, without the query, "
    "or the "
    "pattern's first group, and a URL without a match is none of the action's. What leads out of the folder (.., "
    "links) is refused, what is not there is a 404, or comes "
    "from the server. The type is that of the name's end. A request gets the whole file however long it is, read while "
    "it is sent; "
    "in the place of a response it may have 8 MiB."};
