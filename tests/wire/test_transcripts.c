/* Every transcript in this folder, one cmocka group a file. */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "wire.h"

int main(int argc, char **argv) {
  int failed = 0;
  if (argc > 1) {
    for (int i = 1; i < argc; i++)
      failed += wire_run_file(argv[i]);
    return failed != 0;
  }
  glob_t files;
  if (glob("tests/wire/*.wire", 0, NULL, &files)) {
    fprintf(stderr, "no transcripts in tests/wire (run from the top of the tree)\n");
    return 1;
  }
  for (size_t i = 0; i < files.gl_pathc; i++)
    failed += wire_run_file(files.gl_pathv[i]);
  globfree(&files);
  return failed != 0;
}
