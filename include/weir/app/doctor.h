/*
 * `weir doctor`: looks for what stands between an app and a screen full of its traffic, a line each with the cure.
 * Changes nothing.
 */
#ifndef WEIR_APP_DOCTOR_H
#define WEIR_APP_DOCTOR_H

#include "weir/app/option.h"

int doctor_run(const struct options *options); /* 1 when something is wrong */

#endif
