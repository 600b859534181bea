#include "ui/send_vars.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "weir/base/path.h"

enum var { VAR_NONE, VAR_N, VAR_UUID, VAR_FILE };

/* The next one from `at` on: its whole extent, and what it is. */
static enum var next_var(struct slice text, size_t *at, struct slice *whole, struct slice *name) {
  for (;;) {
    ptrdiff_t open = slice_find(slice_from(text, *at), SLICE("{{"));
    if (open < 0)
      return VAR_NONE;
    size_t begin = *at + (size_t)open;
    struct slice rest = slice_sub(slice_from(text, begin + 2), 0, 1024);
    ptrdiff_t close = slice_find(rest, SLICE("}}"));
    *at = begin + 2;
    if (close < 0)
      continue;
    struct slice inner = slice_sub(rest, 0, (size_t)close);
    *whole = slice_sub(text, begin, (size_t)close + 4);
    *name = slice_make(NULL, 0);
    enum var kind = slice_eq(inner, SLICE("n")) ? VAR_N : slice_eq(inner, SLICE("uuid")) ? VAR_UUID : VAR_NONE;
    if (slice_starts(inner, SLICE("file:")) && inner.n > 5) {
      kind = VAR_FILE;
      *name = slice_from(inner, 5);
    }
    if (kind == VAR_NONE)
      continue;
    *at = begin + whole->n;
    return kind;
  }
}

bool send_vars_begin(struct slice text) {
  static const char *const begin[] = {"{{n}}", "{{uuid}}", "{{file:"};
  bool any = false;
  for (size_t i = 0; i < sizeof begin / sizeof *begin; i++)
    any = any || slice_find(text, slice_of(begin[i])) >= 0;
  return any;
}

static const struct send_file *find_file(const struct send_vars *v, struct slice name) {
  for (size_t i = 0; i < v->file.n; i++)
    if (slice_eq(slice_of(v->file.v[i].name), name))
      return &v->file.v[i];
  return NULL;
}

static bool read_file(struct send_vars *v, struct slice name, struct err *err) {
  struct send_file f = {.name = mem_dup_n(name.p, name.n)};
  char *path = path_expand(f.name);
  bool ok = path_read(path, SEND_FILE_MAX, &f.bytes, &f.n, err);
  struct slice rest = slice_make(f.bytes, f.n), line;
  while (ok && slice_split(&rest, '\n', &line)) {
    if (line.n > 0 && line.p[line.n - 1] == '\r')
      line.n--;
    if (line.n > 0)
      VEC_PUSH(&f.line, line);
  }
  if (ok && f.line.n == 0)
    ok = err_set(err, "%s has no line to send", f.name);
  VEC_PUSH(&v->file, f);
  free(path);
  return ok;
}

bool send_vars_read(struct send_vars *v, struct slice text, struct err *err) {
  struct slice whole, name;
  size_t at = 0;
  enum var kind;
  *v = (struct send_vars){0};
  while ((kind = next_var(text, &at, &whole, &name)) != VAR_NONE) {
    v->any = true;
    if (kind == VAR_FILE && find_file(v, name) == NULL && !read_file(v, name, err)) {
      send_vars_clear(v);
      return false;
    }
  }
  return true;
}

static void put_uuid(struct buf *out) {
  unsigned char b[16] = {0};
  if (getrandom(b, sizeof b, 0) != (ssize_t)sizeof b)
    return;
  b[6] = (unsigned char)((b[6] & 0x0f) | 0x40); /* RFC 9562-5.4 */
  b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
  for (size_t i = 0; i < sizeof b; i++)
    buf_printf(out, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", b[i]);
}

void send_vars_put(const struct send_vars *v, struct slice text, unsigned n, struct buf *out) {
  struct slice whole, name;
  size_t at = 0, from = 0;
  enum var kind;
  while ((kind = next_var(text, &at, &whole, &name)) != VAR_NONE) {
    const struct send_file *f = kind == VAR_FILE ? find_file(v, name) : NULL;
    buf_add_slice(out, slice_sub(text, from, (size_t)(whole.p - text.p) - from));
    from = at;
    if (kind == VAR_N)
      buf_printf(out, "%u", n);
    else if (kind == VAR_UUID)
      put_uuid(out);
    else if (f != NULL)
      buf_add_slice(out, f->line.v[(n - 1) % f->line.n]);
    else
      buf_add_slice(out, whole);
  }
  buf_add_slice(out, slice_from(text, from));
}

void send_vars_words(const struct send_vars *v, struct slice text, struct buf *out) {
  struct slice whole, name;
  size_t at = 0;
  enum var kind;
  while ((kind = next_var(text, &at, &whole, &name)) != VAR_NONE) {
    if (slice_find(buf_slice(out), whole) >= 0)
      continue;
    buf_add_text(out, out->n > 0 ? " " : "");
    buf_add_slice(out, whole);
    const struct send_file *f = kind == VAR_FILE ? find_file(v, name) : NULL;
    if (f != NULL)
      buf_printf(out, " (%zu lines)", f->line.n);
  }
}

void send_vars_clear(struct send_vars *v) {
  for (size_t i = 0; i < v->file.n; i++) {
    free(v->file.v[i].name);
    free(v->file.v[i].bytes);
    VEC_CLEAR(&v->file.v[i].line);
  }
  VEC_CLEAR(&v->file);
  v->any = false;
}
