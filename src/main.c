/* weir: reads its options, then runs with a screen or without one. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/app/output.h"
#include "weir/app/weir.h"
#include "weir/base/path.h"
#include "weir/ui/view.h"

enum { EXIT_USAGE = 2 };

static int complain(const struct err *err, int status) {
  fprintf(stderr, "weir: %s\n", err->text);
  return status;
}

/* The command line is read twice: it names the directory of the file, and then it has the last word. */
static bool read_options(struct options *o, int argc, char **argv, struct err *err) {
  if (!options_argv(o, argc, argv, err))
    return false;
  if (o->help || o->version)
    return true;
  char *path = path_for(PATH_CONFIG, o->confdir, "config");
  bool ok = options_file(o, path, err) && options_argv(o, argc, argv, err);
  free(path);
  if (ok && o->headless && o->intercept)
    ok = err_set(err,
                 "--headless and --intercept do not go together: without a screen nobody could resume what is paused");
  return ok;
}

static int print(void (*write)(struct buf *out)) {
  struct buf text = BUF_INIT;
  write(&text);
  fputs(buf_text(&text), stdout);
  buf_clear(&text);
  return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void version(struct buf *out) {
  buf_add_text(out, "weir " WEIR_VERSION "\n");
}

int main(int argc, char **argv) {
  struct options options;
  struct err err = ERR_INIT;
  struct weir weir;
  int status;
  setlocale(LC_ALL, "");
  options_init(&options);
  if (!read_options(&options, argc, argv, &err))
    status = complain(&err, EXIT_USAGE);
  else if (options.help)
    status = print(options_help);
  else if (options.version)
    status = print(version);
  else if (!weir_open(&weir, &options, &err))
    status = complain(&err, EXIT_FAILURE);
  else {
    status = options.headless ? headless_run(&weir) : ui_run(&weir);
    weir_close(&weir);
  }
  options_clear(&options);
  return status;
}
