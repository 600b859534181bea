/*
 * What weir thinks of a message while it is being typed: whether its head is valid, and what will happen to
 * Content-Length, whether a JSON body is valid and a text is UTF-8. Only bodies of at most EDIT_CHECK_BODY bytes are looked
 * at, so that it never costs more than a frame.
 */
#ifndef WEIR_SRC_UI_EDIT_CHECK_H
#define WEIR_SRC_UI_EDIT_CHECK_H

#include "weir/flow/flow.h"
#include "weir/ui/editor.h"

#define EDIT_CHECK_BODY ((size_t)256 << 10)

struct edit_check {
  bool valid;
  bool ended;     /* there is the empty line that ends the head */
  size_t body_at; /* where the body begins; the text's size when there is no empty line yet */
  char text[400]; /* one line for a person: the head */
  bool body_well;
  char body[300]; /* and the body: "JSON valid; UTF-8, no BOM"; "": there is nothing to say */
};

struct edit_check_options {
  enum flow_side side;
  bool keep_length;
  bool decoded; /* the body will be coded again: its length is not known yet */
};

void edit_check(struct edit_check *c, const struct editor *e, const struct edit_check_options *options);

#endif
