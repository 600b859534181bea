/*
 * The pages that come from tables. `man doc/weir.1`, `man doc/weir-filter.7` and `man doc/weir-rules.5` print the page with what
 * stands between its markers replaced by what the tables of options, bindings and commands, of the filter language, or of
 * actions say;
 * `man keys` prints doc/keys.md.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/app/option.h"
#include "weir/base/path.h"
#include "weir/filter/page.h"
#include "weir/rule/page.h"
#include "weir/ui/keys_page.h"

static const struct part {
  const char *file;
  const char *begin, *end;
  void (*put)(struct buf *out);
} parts[] = {
    {"weir.1", ".\\\" options: begin\n", ".\\\" options: end\n", options_man},
    {"weir.1", ".\\\" keys: begin\n", ".\\\" keys: end\n", keys_page_man},
    {"weir.1", ".\\\" commands: begin\n", ".\\\" commands: end\n", keys_page_man_commands},
    {"weir-filter.7", ".\\\" states: begin\n", ".\\\" states: end\n", filter_page_states},
    {"weir-filter.7", ".\\\" fields: begin\n", ".\\\" fields: end\n", filter_page_fields},
    {"weir-filter.7", ".\\\" operators: begin\n", ".\\\" operators: end\n", filter_page_operators},
    {"weir-rules.5", ".\\\" actions: begin\n", ".\\\" actions: end\n", rule_page_actions},
    {"weir-filter.7", ".\\\" methods: begin\n", ".\\\" methods: end\n", filter_page_methods},
};
enum { PARTS = sizeof parts / sizeof *parts };

static bool is_of(const struct part *part, const char *path) {
  const char *slash = strrchr(path, '/');
  return strcmp(part->file, slash != NULL ? slash + 1 : path) == 0;
}

/* In the order in which they stand in the page; each part of that file has to. */
static bool replace(const char *path, const char *page, struct buf *out) {
  size_t left = 0;
  for (size_t i = 0; i < PARTS; i++)
    left += is_of(&parts[i], path);
  for (; left > 0; left--) {
    const char *begin = NULL, *end = NULL;
    size_t first = 0;
    for (size_t i = 0; i < PARTS; i++) {
      const char *at = is_of(&parts[i], path) ? strstr(page, parts[i].begin) : NULL;
      if (at != NULL && (begin == NULL || at < begin)) {
        begin = at;
        first = i;
      }
    }
    end = begin != NULL ? strstr(begin, parts[first].end) : NULL;
    if (end == NULL)
      return false;
    buf_add(out, page, (size_t)(begin - page) + strlen(parts[first].begin));
    parts[first].put(out);
    page = end;
  }
  buf_add_text(out, page);
  return true;
}

int main(int argc, char **argv) {
  char *page = NULL;
  size_t n;
  struct err err = ERR_INIT;
  struct buf out = BUF_INIT;
  if (argc == 2 && strcmp(argv[1], "keys") == 0) {
    keys_page_markdown(&out);
  } else if (argc != 2 || !path_read(argv[1], (size_t)1 << 20, &page, &n, &err)) {
    fprintf(stderr, "man: %s\n", argc != 2 ? "usage: man PAGE | man keys" : err.text);
  } else if (!replace(argv[1], page, &out)) {
    fprintf(stderr, "man: %s has no place for some of its parts\n", argv[1]);
    buf_reset(&out);
  }
  bool good = out.n > 0 && fwrite(out.p, 1, out.n, stdout) == out.n && fflush(stdout) == 0;
  buf_clear(&out);
  free(page);
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
