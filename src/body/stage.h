/*
 * One content coding being undone: bytes in, pieces out to a sink, nothing kept but the coding's own window.
 * Stages are stacked by decode.c, which also counts what comes out; a stage itself knows no limits.
 */
#ifndef WEIR_SRC_BODY_STAGE_H
#define WEIR_SRC_BODY_STAGE_H

#include <stdbool.h>

#include "weir/base/buf.h"
#include "weir/base/slice.h"

enum stage_code {
  STAGE_MORE,    /* in the middle: the end has not come */
  STAGE_END,     /* complete; whatever follows is ignored */
  STAGE_DAMAGED, /* not valid; what came out before stands */
  STAGE_STOPPED, /* the sink wants no more */
  STAGE_PAUSED,  /* the sink wants no more for now: to be asked again, with what is left of the input, be it nothing */
};

enum stage_sink { SINK_ON, SINK_PAUSE, SINK_STOP };
/* Takes all of it in any case. */
typedef enum stage_sink stage_sink_fn(void *arg, struct slice bytes);

struct stage_ops {
  const char *name;    /* the registered name, in lower case */
  void *(*open)(void); /* NULL: no memory */
  enum stage_code (*feed)(void *state, struct slice *in, stage_sink_fn *sink,
                          void *arg); /* takes from the front of in */
  void (*free)(void *state);
};

/* NULL: not known. "identity" is not a stage. */
const struct stage_ops *stage_find(struct slice coding);

/* charset.c: characters to UTF-8, which is no content coding but works like one. What cannot be converted comes out byte
 * by byte as it is: never valid UTF-8, so that it is shown as what it is. NULL: not known. */
void *charset_open(const char *name);
void charset_flush(void *state, struct buf *out); /* the piece of a character at the end of all */
extern const struct stage_ops charset_stage;

#endif
