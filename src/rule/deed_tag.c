/* tag, colour: what a rule says of a flow, without changing it. */
#include <string.h>

#include "rule/deed.h"
#include "rule/words.h"
#include "weir/base/mem.h"

#define TAG_MAX 40

static bool parse_tag(struct rule_deed *d, struct slice text, struct err *err) {
  struct slice rest = text, word = words_next(&rest);
  if (!word.n || word.n > TAG_MAX || rest.n)
    return err_set_at(err, words_place(text, rest.n ? rest : word), 0, "a tag is one word of up to %d letters",
                      TAG_MAX);
  for (size_t i = 0; i < word.n; i++)
    if ((unsigned char)word.p[i] < 0x20 || word.p[i] == 0x7f)
      return err_set_at(err, words_place(text, word) + i, 1, "a control byte may not stand in a tag");
  d->value = mem_dup_n(word.p, word.n);
  d->tunnels = !d->response;
  return true;
}

static bool tag(const struct rule_deed *d, struct deed_scene *s) {
  flow_add_tag(s->flow, d->value);
  return true;
}

/* Those of the list's own :colour. */
static const char *const colours[] = {"red", "green", "yellow", "blue",     "magenta", "cyan",
                                      "dim", "bold",  "ok",     "redirect", "warning", "error"};

static bool parse_colour(struct rule_deed *d, struct slice text, struct err *err) {
  for (size_t i = 0; i < sizeof colours / sizeof *colours; i++)
    if (slice_eq(text, slice_of(colours[i]))) {
      d->how = (int)i;
      d->tunnels = !d->response;
      return true;
    }
  return err_set_at(err, 0, text.n, "one of red green yellow blue magenta cyan dim bold ok redirect warning error");
}

static bool colour(const struct rule_deed *d, struct deed_scene *s) {
  s->flow->colour = colours[d->how];
  return true;
}

const struct deed_ops deed_tag = {"tag", RULE_TAG,   parse_tag,
                                  tag,   "tag WORD", "Puts a word on the flow, for the filter tag:WORD."};
const struct deed_ops deed_colour = {
    "colour",
    RULE_TAG,
    parse_colour,
    colour,
    "colour red|green|yellow|blue|magenta|cyan|dim|bold|ok|redirect|warning|error",
    "Gives its row in the list a colour; those of the list itself (:colour) come first."};
