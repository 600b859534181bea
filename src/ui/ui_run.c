/* The interactive program: the real terminal, the screen on it, turns until someone quits. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "ui/ui_state.h"

int ui_run(struct weir *w) {
  struct err err = ERR_INIT;
  struct terminal_options options = {.ascii = w->options->ascii, .mono = w->options->mono};
  struct terminal *t = terminal_open(w->loop, &options, &err);
  if (t == NULL) {
    fprintf(stderr, "weir: %s\n", err.text);
    return EXIT_FAILURE;
  }
  struct ui *ui = ui_new(w, t);
  loop_run(w->loop);
  ui_free(ui);
  t->ops->free(t);
  weir_stop(w); /* what is paused is dropped: quitting never sends it */
  return EXIT_SUCCESS;
}
