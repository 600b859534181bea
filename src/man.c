/*
 * The pages that come from tables. `man doc/weir.1` prints the page with what stands between its markers replaced by
 * what the option table, the binding tables and the commands say; `man keys` prints doc/keys.md.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/app/option.h"
#include "weir/base/path.h"
#include "weir/ui/keys_page.h"

static const struct {
  const char *begin, *end;
  void (*put)(struct buf *out);
} parts[] = {
    {".\\\" options: begin\n", ".\\\" options: end\n", options_man},
    {".\\\" keys: begin\n", ".\\\" keys: end\n", keys_page_man},
    {".\\\" commands: begin\n", ".\\\" commands: end\n", keys_page_man_commands},
};

/* In the order in which they stand in the page. */
static bool replace(const char *page, struct buf *out) {
  for (size_t done = 0; done < sizeof parts / sizeof *parts; done++) {
    const char *begin = NULL, *end = NULL;
    size_t first = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
      const char *at = strstr(page, parts[i].begin);
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
  } else if (!replace(page, &out)) {
    fprintf(stderr, "man: %s has no place for some of its parts\n", argv[1]);
    buf_reset(&out);
  }
  bool good = out.n > 0 && fwrite(out.p, 1, out.n, stdout) == out.n && fflush(stdout) == 0;
  buf_clear(&out);
  free(page);
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
