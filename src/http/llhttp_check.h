/*
 * A second opinion on field lines from llhttp, whose grammar thousands of programs rely on: what weir's own reading
 * takes and llhttp does not is refused as well. A narrow door: only llhttp_check.c includes llhttp.h, since its names
 * (HTTP_REQUEST...) collide with ours.
 */
#ifndef WEIR_SRC_HTTP_LLHTTP_CHECK_H
#define WEIR_SRC_HTTP_LLHTTP_CHECK_H

#include "weir/base/slice.h"

/* Does llhttp, behind a stand-in first line, take these field lines (the empty line included) to their very end? */
bool llhttp_accepts_fields(bool response, struct slice fields, const char **reason);

#endif
