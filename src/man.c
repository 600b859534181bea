/* Prints weir.1 with its OPTIONS replaced by what the option table says: man doc/weir.1. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/app/option.h"
#include "weir/base/path.h"

#define BEGIN ".\\\" options: begin\n"
#define END   ".\\\" options: end\n"

int main(int argc, char **argv) {
  char *page;
  size_t n;
  struct err err = ERR_INIT;
  if (argc != 2 || !path_read(argv[1], (size_t)1 << 20, &page, &n, &err)) {
    fprintf(stderr, "man: %s\n", argc != 2 ? "usage: man PAGE" : err.text);
    return EXIT_FAILURE;
  }
  char *begin = strstr(page, BEGIN), *end = strstr(page, END);
  int status = EXIT_FAILURE;
  if (begin && end && begin < end) {
    struct buf options = BUF_INIT;
    options_man(&options);
    printf("%.*s%s%s", (int)(begin - page + (ptrdiff_t)strlen(BEGIN)), page, buf_text(&options), end);
    buf_clear(&options);
    status = fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
  } else {
    fprintf(stderr, "man: %s has no place for the options\n", argv[1]);
  }
  free(page);
  return status;
}
