#include "weir/filter/page.h"

#include "weir/base/mdoc.h"
#include "weir/filter/filter.h"

static void put_text(struct buf *out, const char *text) {
  mdoc_add(out, slice_of(text));
  buf_add_byte(out, '\n');
}

static void put_item(struct buf *out, const struct filter_word *word) {
  buf_add_text(out, ".It Cm ");
  if (word->kind == FILTER_OPERATOR)
    buf_add_text(out, "\\(ti");
  buf_add_text(out, word->name);
  if (word->kind == FILTER_FIELD)
    buf_printf(out, ": Ns Ar %s", word->argument);
  else if (word->argument)
    buf_printf(out, " Ar %s", word->argument);
  if (word->other_name)
    buf_printf(out, " , %s", word->other_name);
  buf_add_byte(out, '\n');
}

static void put_list(struct buf *out, enum filter_kind kind, const char *width) {
  struct filter_word word;
  buf_printf(out, ".Bl -tag -width \"%s\" -compact\n", width);
  for (size_t i = 0; filter_word(kind, i, &word); i++) {
    put_item(out, &word);
    put_text(out, word.help);
  }
  buf_add_text(out, ".El\n");
}

void filter_page_states(struct buf *out) {
  put_list(out, FILTER_STATE, "ws, websocket");
}

void filter_page_fields(struct buf *out) {
  put_list(out, FILTER_FIELD, "resp.header:text");
}

void filter_page_operators(struct buf *out) {
  put_list(out, FILTER_OPERATOR, "~comment regex");
}

void filter_page_methods(struct buf *out) {
  struct filter_word word, next;
  for (size_t i = 0; filter_word(FILTER_METHOD, i, &word); i++)
    buf_printf(out, ".Cm %s %s\n", word.name, filter_word(FILTER_METHOD, i + 1, &next) ? "," : ".");
}
