/* The interactive program: the real terminal, the screen on it, turns until someone quits. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "ui/actions.h"
#include "ui/commands.h"
#include "ui/copy_ways.h"
#include "ui/screen_state.h"
#include "ui/ui_state.h"
#include "weir/base/path.h"

void ui_describe(struct doctor_screen *out) {
  const char *way = copy_way();
  *out = (struct doctor_screen){0};
  out->known = terminal_known(getenv("TERM"), &out->colours);
  snprintf(out->clipboard, sizeof out->clipboard, "%s", way != NULL ? way : "");
}

int ui_run(struct weir *w) {
  struct err err = ERR_INIT;
  struct terminal_options options = {.ascii = w->options->ascii, .mono = w->options->mono, .theme = w->options->theme};
  struct buf advice = BUF_INIT;
  if (intercept_advice(slice_of(intercept_condition(w->rules)), &advice))
    fprintf(stderr, "weir: %s\n", buf_text(&advice)); /* still there after quitting */
  struct terminal *t = terminal_open(w->loop, &options, &err);
  if (t == NULL) {
    fprintf(stderr, "weir: %s\n", err.text);
    buf_clear(&advice);
    return EXIT_FAILURE;
  }
  struct ui *ui = ui_new(w, t);
  ui->program = UI_PROGRAM_SELF;
  screen_state_open(ui, path_for(PATH_STATE, w->options->confdir, "screen"));
  bool good = command_run_file(ui, &err);
  if (advice.n > 0)
    ui_say(ui, "%s", buf_text(&advice));
  buf_clear(&advice);
  if (good)
    loop_run(w->loop);
  ui_free(ui);
  t->ops->free(t);
  if (!good)
    fprintf(stderr, "weir: %s\n", err.text);
  weir_stop(w); /* what is paused is dropped: quitting never sends it */
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
