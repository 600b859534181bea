/* file: an answer from this machine's files, one or a tree of them. */
#include <stdlib.h>
#include <string.h>

#include "rule/deed.h"
#include "rule/message.h"
#include "rule/tree.h"
#include "rule/words.h"
#include "weir/base/mem.h"
#include "weir/base/path.h"

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
  if (good && words_take(&rest, "else")) {
    good = words_take(&rest, "server") ||
           err_set_at(err, words_place(text, rest), rest.n, "what is not there comes from the server: else server");
    d->how = true;
  }
  if (good && rest.n)
    good = err_set_at(err, words_place(text, rest), rest.n,
                      "behind the path may stand below /PREFIX and else server; one with blanks wants quotes");
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

/* The URL's path without its query, and without the part that the root stands for; false: it is not below that. */
static bool path_below(const struct rule_deed *d, const struct flow *f, struct slice *path) {
  struct slice below = slice_of(d->name);
  *path = flow_path(f);
  ptrdiff_t query = slice_find_byte(*path, '?');
  if (query >= 0)
    path->n = (size_t)query;
  if (below.n && below.p[below.n - 1] == '/')
    below.n--;
  if (!slice_starts(*path, below) || (path->n > below.n && path->p[below.n] != '/'))
    return false;
  *path = slice_from(*path, below.n);
  return true;
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
  bool acted = path_below(d, s->flow, &path);
  enum tree_found found = acted ? tree_open(d->value, path, &file, &name, &why) : TREE_MISSING;
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
    "file PATH [below /PREFIX] [else server]",
    "Answers with a file, or with what lies at the URL's path in a folder: behind PREFIX where one is given, and "
    "index.html of folders. What leads out of the folder (.., links) is refused, what is not there is a 404, or comes "
    "from the server. The type is that of the name's end. A request gets the whole file however long it is, read while "
    "it is sent; "
    "in the place of a response it may have 8 MiB."};
