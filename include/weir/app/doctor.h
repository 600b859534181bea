/*
 * `weir doctor`: looks for what stands between an app and a screen full of its traffic, a line each with the cure.
 * Changes nothing.
 */
#ifndef WEIR_APP_DOCTOR_H
#define WEIR_APP_DOCTOR_H

#include "weir/app/option.h"

/* What a screen would be like here, by whoever knows about screens. */
struct doctor_screen {
  bool known;         /* TERM names a terminal that this machine has a description of */
  int colours;        /* that weir would use; 0: none */
  char clipboard[32]; /* the way that text takes there: "OSC 52", "xclip"; "": none */
};

int doctor_run(const struct options *options, const struct doctor_screen *screen); /* 1 when something is wrong */

#endif
