#include "ui/completion.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "weir/base/mem.h"
#include "weir/base/path.h"
#include "weir/base/text.h"
#include "weir/filter/datum.h"

#define ROWS_MAX 12

static void forget(struct completion *c) {
  for (size_t i = 0; i < c->candidate.n; i++) {
    free(c->candidate.v[i].text);
    free(c->candidate.v[i].help);
  }
  VEC_CLEAR(&c->candidate);
  c->chosen = 0;
}

void completion_clear(struct completion *c) {
  forget(c);
  *c = (struct completion){.from = 0};
}

void completion_begin(struct completion *c, struct slice before, size_t from) {
  forget(c);
  c->from = from < before.n ? from : before.n;
  c->word = slice_from(before, c->from);
}

void completion_add(struct completion *c, struct slice text, const char *help, bool open) {
  if (c->candidate.n == COMPLETION_MAX || !slice_starts_ascii(text, c->word))
    return;
  struct candidate one = {mem_dup_n(text.p, text.n), mem_dup(help), open};
  VEC_PUSH(&c->candidate, one);
  c->chosen = c->candidate.n;
}

bool completion_has(const struct completion *c, struct slice text) {
  for (size_t i = 0; i < c->candidate.n; i++)
    if (slice_eq(slice_of(c->candidate.v[i].text), text))
      return true;
  return false;
}

/* ---- files ---- */

static bool is_folder(const char *folder, const char *name) {
  struct buf path = BUF_INIT;
  struct stat st;
  buf_printf(&path, "%s/%s", folder, name);
  bool is = stat(buf_text(&path), &st) == 0 && S_ISDIR(st.st_mode);
  buf_clear(&path);
  return is;
}

static size_t name_begins(struct slice word) {
  size_t n = word.n;
  while (n > 0 && word.p[n - 1] != '/')
    n--;
  return n;
}

void completion_add_files(struct completion *c) {
  size_t name_at = name_begins(c->word);
  struct slice name = slice_from(c->word, name_at);
  char *typed = name_at > 0 ? mem_dup_n(c->word.p, name_at) : mem_dup("."), *folder = path_expand(typed);
  DIR *dir = opendir(folder);
  struct buf text = BUF_INIT;
  for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
    bool hidden = e->d_name[0] == '.' && (name.n == 0 || name.p[0] != '.');
    bool self = slice_eq(slice_of(e->d_name), SLICE(".")) || slice_eq(slice_of(e->d_name), SLICE(".."));
    if (hidden || self || !slice_starts_ascii(slice_of(e->d_name), name))
      continue;
    bool open = is_folder(folder, e->d_name);
    buf_reset(&text);
    buf_add_slice(&text, slice_sub(c->word, 0, name_at));
    buf_printf(&text, "%s%s", e->d_name, open ? "/" : "");
    completion_add(c, buf_slice(&text), NULL, open);
  }
  if (dir != NULL)
    closedir(dir);
  buf_clear(&text);
  free(typed);
  free(folder);
  completion_sort(c);
}

void completion_add_fields(struct completion *c) {
  for (size_t i = 0; i < field_table_n; i++) {
    struct datum *d = datum_new(slice_of(field_table[i].name), NULL);
    if (d != NULL)
      completion_add(c, slice_of(field_table[i].name), field_table[i].help, false);
    datum_free(d);
  }
  completion_add(c, SLICE("req.header:"), "a header of the request: req.header:accept", true);
  completion_add(c, SLICE("resp.header:"), "a header of the response: resp.header:server", true);
  completion_add(c, SLICE("header:"), "a header of the response, else of the request", true);
  completion_add(c, SLICE("json:."), "a value in the JSON body of the response: json:.user.name", true);
}

void completion_file_name(struct ui *ui, void *arg, struct slice before, struct completion *out) {
  (void)ui;
  (void)arg;
  completion_begin(out, before, 0);
  completion_add_files(out);
}

static int compare(const void *a, const void *b) {
  return strcmp(((const struct candidate *)a)->text, ((const struct candidate *)b)->text);
}

void completion_sort(struct completion *c) {
  if (c->candidate.n > 1)
    qsort(c->candidate.v, c->candidate.n, sizeof *c->candidate.v, compare);
}

size_t completion_common(const struct completion *c) {
  if (c->candidate.n == 0)
    return 0;
  const char *first = c->candidate.v[0].text;
  size_t n = strlen(first);
  for (size_t i = 1; i < c->candidate.n; i++) {
    size_t same = 0;
    while (same < n && c->candidate.v[i].text[same] == first[same])
      same++;
    n = same;
  }
  while (n > 0 && ((unsigned char)first[n] & 0xc0) == 0x80) /* not within a character */
    n--;
  return n;
}

/* ---- the list ---- */

static size_t rows_of(const struct completion *c, struct rect room) {
  size_t rows = c->candidate.n < ROWS_MAX ? c->candidate.n : ROWS_MAX;
  size_t fit = room.h > 2 ? (size_t)room.h - 2 : 0;
  return rows < fit ? rows : fit;
}

static int width_of(const char *text) {
  return (int)text_width(slice_of(text), TEXT_PLAIN);
}

static void widths(const struct completion *c, int *text, int *help) {
  *text = *help = 0;
  for (size_t i = 0; i < c->candidate.n; i++) {
    int t = width_of(c->candidate.v[i].text), h = c->candidate.v[i].help != NULL ? width_of(c->candidate.v[i].help) : 0;
    *text = t > *text ? t : *text;
    *help = h > *help ? h : *help;
  }
}

struct rect completion_box(const struct completion *c, struct completion_room room) {
  int text, help;
  struct rect all = room.rect;
  size_t rows = c->shown ? rows_of(c, all) : 0;
  if (rows == 0)
    return (struct rect){0, 0, 0, 0};
  widths(c, &text, &help);
  int w = text + (help > 0 ? help + 2 : 0) + 4;
  if (w < 24)
    w = 24;
  if (w > all.w)
    w = all.w;
  int h = (int)rows + 2, x = room.column - 2; /* frame and a blank, then the words */
  x = x + w > all.x + all.w ? all.x + all.w - w : x;
  return (struct rect){x > all.x ? x : all.x, room.hangs ? all.y : all.y + all.h - h, w, h};
}

static size_t first_row(const struct completion *c, size_t rows) {
  size_t chosen = c->chosen < c->candidate.n ? c->chosen : 0;
  return chosen >= rows ? chosen - rows + 1 : 0;
}

void completion_draw(const struct completion *c, struct canvas *canvas, struct completion_room room) {
  struct rect box = completion_box(c, room);
  int text, help;
  char title[48];
  if (box.h == 0)
    return;
  size_t rows = (size_t)box.h - 2, first = first_row(c, rows);
  widths(c, &text, &help);
  snprintf(title, sizeof title, c->chosen < c->candidate.n ? "%zu of %zu" : "%zu", //
           c->chosen < c->candidate.n ? c->chosen + 1 : c->candidate.n, c->candidate.n);
  canvas_box(canvas, box, ROLE_BOX, title);
  for (size_t i = 0; i < rows && first + i < c->candidate.n; i++) {
    const struct candidate *one = &c->candidate.v[first + i];
    struct rect row = {box.x + 2, box.y + 1 + (int)i, box.w - 4, 1};
    canvas_text(canvas, row, row.x, row.y, ROLE_TEXT, slice_of(one->text));
    if (one->help != NULL)
      canvas_text(canvas, row, row.x + text + 2, row.y, ROLE_DIM, slice_of(one->help));
    if (first + i == c->chosen)
      canvas_role(canvas, row, ROLE_SELECTED);
  }
}

size_t completion_at(const struct completion *c, struct completion_room room, int x, int y) {
  struct rect box = completion_box(c, room);
  bool inside = x > box.x && x < box.x + box.w - 1 && y > box.y && y < box.y + box.h - 1;
  size_t i = inside ? first_row(c, (size_t)box.h - 2) + (size_t)(y - box.y - 1) : c->candidate.n;
  return i < c->candidate.n ? i : c->candidate.n;
}
