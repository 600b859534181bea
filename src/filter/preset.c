#include "weir/filter/preset.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "weir/base/buf.h"
#include "weir/base/path.h"
#include "weir/filter/filter.h"

#define FILE_MAX (256u * 1024)

void filter_presets_init(struct filter_presets *p, char *path) {
  *p = (struct filter_presets){.path = path};
}

static void forget_all(struct filter_presets *p) {
  for (size_t i = 0; i < p->list.n; i++) {
    free(p->list.v[i].name);
    free(p->list.v[i].text);
  }
  VEC_CLEAR(&p->list);
}

void filter_presets_clear(struct filter_presets *p) {
  forget_all(p);
  free(p->path);
  p->path = NULL;
}

/* ---- lines ---- */

static bool is_name(struct slice s) {
  for (size_t i = 0; i < s.n; i++) {
    char c = s.p[i];
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
          c == '.'))
      return false;
  }
  return s.n > 0 && s.n <= 40;
}

/* False: a line without a preset. */
static bool split_line(struct slice line, struct slice *name, struct slice *text) {
  size_t n = 0;
  if (line.n && line.p[line.n - 1] == '\r')
    line.n--;
  line = slice_trim(line);
  while (n < line.n && line.p[n] != ' ' && line.p[n] != '\t')
    n++;
  *name = slice_sub(line, 0, n);
  *text = slice_trim(slice_from(line, n));
  return line.n && *line.p != '#' && is_name(*name) && text->n;
}

static bool read_file(const struct filter_presets *p, char **bytes, size_t *n, struct err *err) {
  *bytes = NULL;
  *n = 0;
  return (access(p->path, F_OK) < 0 && errno == ENOENT) || path_read(p->path, FILE_MAX, bytes, n, err);
}

static void read_lines(struct filter_presets *p, struct slice rest) {
  struct slice line, name, text;
  while (slice_split(&rest, '\n', &line)) {
    if (!split_line(line, &name, &text))
      continue;
    struct filter_preset one = {mem_dup_n(name.p, name.n), mem_dup_n(text.p, text.n)};
    VEC_PUSH(&p->list, one);
  }
}

bool filter_presets_read(struct filter_presets *p, struct err *err) {
  char *bytes;
  size_t n;
  forget_all(p);
  if (!read_file(p, &bytes, &n, err))
    return false;
  read_lines(p, slice_make(bytes, n));
  free(bytes);
  return true;
}

const char *filter_presets_find(const struct filter_presets *p, struct slice name) {
  for (size_t i = p->list.n; i > 0; i--)
    if (slice_eq(slice_of(p->list.v[i - 1].name), name))
      return p->list.v[i - 1].text;
  return NULL;
}

/* ---- writing ---- */

static bool write_file(const char *path, struct slice bytes, struct err *err) {
  struct buf beside = BUF_INIT;
  buf_printf(&beside, "%s.new", path);
  unlink(beside.p);
  int fd = path_open_private(beside.p, O_WRONLY | O_EXCL | O_NOFOLLOW, err);
  bool good = fd >= 0;
  if (good && !(path_write_all(fd, bytes) && fsync(fd) == 0))
    good = err_set(err, "cannot write %s: %s", beside.p, strerror(errno));
  if (fd >= 0)
    close(fd);
  if (good && rename(beside.p, path) < 0)
    good = err_set(err, "cannot write %s: %s", path, strerror(errno));
  if (fd >= 0 && !good)
    unlink(beside.p);
  buf_clear(&beside);
  return good;
}

/* A link leads to the file that a person keeps elsewhere: that one is written. */
static bool write_where_it_is(const struct filter_presets *p, struct slice bytes, struct err *err) {
  char *real = realpath(p->path, NULL);
  bool good = path_make_parents(p->path, err) && write_file(real ? real : p->path, bytes, err);
  free(real);
  return good;
}

/* All lines but those of `name`; `instead` (may be empty) stands where the first of them stood, or at the end. */
static bool replace_line(struct slice all, struct slice name, struct slice instead, struct buf *out) {
  struct slice rest = all, line, own, text;
  bool found = false;
  if (rest.n && slice_ends(rest, SLICE("\n")))
    rest.n--;
  while (all.n && slice_split(&rest, '\n', &line)) {
    bool same = split_line(line, &own, &text) && slice_eq(own, name);
    if (!same) {
      buf_add_slice(out, line);
      buf_add_byte(out, '\n');
    } else if (!found) {
      buf_add_slice(out, instead);
    }
    found |= same;
  }
  if (!found)
    buf_add_slice(out, instead);
  return found;
}

static bool write_with(struct filter_presets *p, struct slice name, struct slice instead, bool *found,
                       struct err *err) {
  static const char head[] = "# Filters by name, one a line: NAME FILTER. weir changes only lines that it is told to "
                             "(:filter save, :filter forget).\n";
  struct buf out = BUF_INIT;
  char *bytes;
  size_t n;
  if (!read_file(p, &bytes, &n, err))
    return false;
  if (!bytes)
    buf_add_text(&out, head);
  *found = replace_line(slice_make(bytes, n), name, instead, &out);
  bool good = (!*found && !instead.n) || write_where_it_is(p, buf_slice(&out), err);
  free(bytes);
  buf_clear(&out);
  return good && filter_presets_read(p, err);
}

bool filter_presets_save(struct filter_presets *p, struct slice name, struct slice text, struct err *err) {
  struct buf line = BUF_INIT;
  bool found;
  text = slice_trim(text);
  if (!is_name(name))
    return err_set(err, "a name is a word of letters, digits, - _ and . (40 at most)");
  if (!text.n || slice_find_byte(text, '\n') >= 0)
    return err_set(err, "there is no filter to save");
  struct filter *filter = filter_compile(text, err);
  if (!filter)
    return false;
  filter_free(filter);
  buf_printf(&line, "%.*s %.*s\n", (int)name.n, name.p, (int)text.n, text.p);
  bool good = write_with(p, name, buf_slice(&line), &found, err);
  buf_clear(&line);
  return good;
}

bool filter_presets_forget(struct filter_presets *p, struct slice name, struct err *err) {
  bool found;
  if (!write_with(p, name, SLICE(""), &found, err))
    return false;
  return found || err_set(err, "there is no filter of the name %.*s", (int)(name.n < 40 ? name.n : 40), name.p);
}
