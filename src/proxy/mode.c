/* Modes as people write them. */
#include "weir/proxy/mode.h"

#include <stdlib.h>

#include "weir/base/mem.h"
#include "weir/base/nearest.h"
#include "weir/base/text.h"

static const struct {
  const char *word;
  enum mode_kind kind;
} kinds[] = {
    {"regular", MODE_REGULAR},
};
#define KINDS (sizeof kinds / sizeof *kinds)

const char *mode_word(enum mode_kind kind) {
  for (size_t i = 0; i < KINDS; i++)
    if (kinds[i].kind == kind)
      return kinds[i].word;
  return "";
}

static bool unknown(struct slice word, struct err *err) {
  struct buf safe = BUF_INIT, all = BUF_INIT;
  struct nearest nearest;
  nearest_init(&nearest, word);
  text_safe(&safe, slice_sub(word, 0, 40), TEXT_PLAIN);
  for (size_t i = 0; i < KINDS; i++) {
    nearest_offer(&nearest, kinds[i].word);
    buf_printf(&all, "%s%s", i ? ", " : "", kinds[i].word);
  }
  if (nearest.name)
    err_set(err, "\"%s\" is no mode; did you mean %s?", buf_text(&safe), nearest.name);
  else
    err_set(err, "\"%s\" is no mode: there are %s", buf_text(&safe), buf_text(&all));
  buf_clear(&safe);
  buf_clear(&all);
  return false;
}

/* What stands behind the word and its colon; rest.p NULL: no colon. */
static bool read_rest(struct mode *m, struct slice rest, struct err *err) {
  if (rest.p)
    return err_set(err, "nothing stands behind %s", mode_word(m->kind));
  m->text = mem_dup(mode_word(m->kind));
  return true;
}

struct mode *mode_parse(struct slice text, struct err *err) {
  ptrdiff_t colon = slice_find_byte(text, ':');
  struct slice word = colon < 0 ? text : slice_sub(text, 0, (size_t)colon);
  struct slice rest = colon < 0 ? (struct slice){NULL, 0} : slice_from(text, (size_t)colon + 1);
  for (size_t i = 0; i < KINDS; i++) {
    if (!slice_eq(word, slice_of(kinds[i].word)))
      continue;
    struct mode *m = mem_zero(1, sizeof *m);
    m->refs = 1;
    m->kind = kinds[i].kind;
    if (read_rest(m, rest, err))
      return m;
    mode_unref(m);
    return NULL;
  }
  unknown(word, err);
  return NULL;
}

struct mode *mode_ref(struct mode *m) {
  if (m)
    m->refs++;
  return m;
}

void mode_unref(struct mode *m) {
  if (!m || --m->refs)
    return;
  free(m->text);
  free(m);
}
