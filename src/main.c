/* weir: reads its options, then runs with a screen or without one. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "weir/app/ca.h"
#include "weir/app/doctor.h"
#include "weir/app/output.h"
#include "weir/app/run.h"
#include "weir/app/weir.h"
#include "weir/base/path.h"
#include "weir/base/version.h"
#include "weir/body/picture.h"
#include "weir/ui/view.h"

enum { EXIT_USAGE = 2 };

static int complain(const struct err *err, int status) {
  fprintf(stderr, "weir: %s\n", err->text);
  return status;
}

/* A command in a pipeline, or one that another program starts: its streams are what matters, and there is no screen. */
static bool has_no_screen(const struct options *o) {
  return o->command == COMMAND_RUN && (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO));
}

/* What weir proposes is pasted where weir was started, once it has ended; while it runs, in any other terminal. */
static void name_program(struct options *o, bool below) {
  free(o->program);
  o->program = invocation_program(below);
}

/* The command line is read twice: it names the directory of the file, and then it has the last word. */
static bool read_options(struct options *o, int argc, char **argv, struct err *err) {
  if (!options_argv(o, argc, argv, err))
    return false;
  if (o->help || o->version)
    return true;
  char *path = path_for(PATH_CONFIG, o->confdir, "config");
  bool ok = options_file(o, path, err) && options_argv(o, argc, argv, err);
  o->headless = o->headless || has_no_screen(o);
  if (o->command == COMMAND_NONE || o->command == COMMAND_RUN)
    name_program(o, false);
  ok = ok && options_check(o, err);
  free(path);
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

static int run(struct options *options) {
  struct weir weir;
  struct err err = ERR_INIT;
  if (!weir_open(&weir, options, &err))
    return complain(&err, EXIT_FAILURE);
  struct run *command = options->command == COMMAND_RUN ? run_new(&weir) : NULL;
  int status = options->headless ? headless_run(&weir) : ui_run(&weir);
  int end = command ? run_close(command) : EXIT_SUCCESS;
  if (status == EXIT_SUCCESS)
    status = end;
  weir_close(&weir);
  return status;
}

static int doctor(const struct options *options) {
  struct doctor_screen screen;
  ui_describe(&screen);
  return doctor_run(options, &screen);
}

int main(int argc, char **argv) {
  struct options options;
  struct err err = ERR_INIT;
  int status;
  if (argc == 3 && strcmp(argv[1], "--picture") == 0) /* weir starts itself so: no person's option */
    return picture_main(argv[2]);
  setlocale(LC_ALL, "");
  options_init(&options);
  name_program(&options, true);
  bool read = read_options(&options, argc, argv, &err);
  options_cover(argv, options.run);
  if (!read)
    status = complain(&err, EXIT_USAGE);
  else if (options.help)
    status = print(options_help);
  else if (options.version)
    status = print(version);
  else if (options.command == COMMAND_CA)
    status = ca_run(&options);
  else if (options.command == COMMAND_DOCTOR)
    status = doctor(&options);
  else
    status = run(&options);
  options_clear(&options);
  return status;
}
