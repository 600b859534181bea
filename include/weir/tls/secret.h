/* Comparing what is secret: in a time that does not depend on where the two differ. */
#ifndef WEIR_TLS_SECRET_H
#define WEIR_TLS_SECRET_H

#include <stdbool.h>

#include "weir/base/slice.h"

/* The time tells no more than the length of `given`. */
bool secret_equal(struct slice right, struct slice given);

#endif
