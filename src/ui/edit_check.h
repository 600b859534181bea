/*
 * What weir thinks of a message while it is being typed: whether its head is valid, and what will happen to
 * Content-Length. Looks at the head only, so it costs the same for any body.
 */
#ifndef WEIR_SRC_UI_EDIT_CHECK_H
#define WEIR_SRC_UI_EDIT_CHECK_H

#include "weir/flow/flow.h"
#include "weir/ui/editor.h"

struct edit_check {
  bool valid;
  size_t body_at; /* where the body begins; the text's size when there is no empty line yet */
  char text[400]; /* one line for a person */
};

struct edit_check_options {
  enum flow_side side;
  bool keep_length;
  bool decoded; /* the body will be coded again: its length is not known yet */
};

void edit_check(struct edit_check *c, const struct editor *e, const struct edit_check_options *options);

#endif
