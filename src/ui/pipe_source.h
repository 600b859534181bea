/*
 * A flow's body as the input of a command: decoded piece by piece while the command takes it, so that a body of any size
 * costs no copy and no wait. The flow is looked up for each piece: it may go, and its body may still grow or be edited.
 */
#ifndef WEIR_SRC_UI_PIPE_SOURCE_H
#define WEIR_SRC_UI_PIPE_SOURCE_H

#include "weir/base/buf.h"
#include "weir/base/err.h"
#include "weir/flow/store.h"
#include "weir/io/shell.h"

struct pipe_source {
  struct store *store;
  uint64_t id;
  enum flow_side side;
  uint64_t offset; /* of the raw body */
  struct body_decoder *decoder;
  bool raw;      /* it has no coding, or one that is unknown */
  char why[120]; /* what is missing or not as it should be; "": nothing */
};

/* What has a body: its bytes as the input of a command, and *source for what there is to say of them, which lives as
 * long as the shell that took the input. False with a sentence: there is no body. */
bool pipe_source_open(struct store *store, const struct flow *f, enum flow_side side, struct shell_input *input,
                      struct pipe_source **source, struct err *err);

#endif
