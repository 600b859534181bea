#include "option_lines.h"

#include <stdlib.h>

#include "weir/base/mem.h"
#include "weir/base/nearest.h"
#include "weir/base/text.h"

#define LINES_MAX 10000

/* Commands of the screen that may stand in the file (ui/commands.h). */
static const char *const words[] = {"map", "unmap", "columns", "sort", "colour", "color"};

static bool unknown(struct slice word, struct err *err) {
  struct nearest nearest;
  struct buf safe = BUF_INIT;
  nearest_init(&nearest, word);
  nearest_offer(&nearest, "set");
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    nearest_offer(&nearest, words[i]);
  text_safe(&safe, slice_sub(word, 0, 40), TEXT_PLAIN);
  if (nearest.name != NULL)
    err_set(err, "%s begins no line; did you mean %s?", buf_text(&safe), nearest.name);
  else
    err_set(err, "%s begins no line: a line begins with set, map, columns, sort, colour or #", buf_text(&safe));
  buf_clear(&safe);
  return false;
}

bool option_lines_take(struct options *o, struct slice line, struct slice word, unsigned number, struct err *err) {
  bool known = false;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    known |= slice_eq(word, slice_of(words[i]));
  if (!known)
    return unknown(word, err);
  if (slice_find_byte(line, '\0') >= 0)
    return err_set(err, "a zero byte stands in the line");
  if (o->lines == LINES_MAX)
    return err_set(err, "more than %d lines", LINES_MAX);
  o->line = mem_grow(o->line, (o->lines + 1) * sizeof *o->line);
  o->line[o->lines++] = (struct option_line){mem_dup_n(line.p, line.n), number};
  return true;
}

void option_lines_clear(struct options *o) {
  for (size_t i = 0; i < o->lines; i++)
    free(o->line[i].text);
  free(o->line);
  free(o->file);
  o->line = NULL;
  o->file = NULL;
  o->lines = 0;
}
