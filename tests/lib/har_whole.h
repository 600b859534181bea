/* A HAR entry in one piece. */
#ifndef WEIR_TESTS_HAR_WHOLE_H
#define WEIR_TESTS_HAR_WHOLE_H

#include "weir/file/har.h"

/* False: it has no request to tell of. */
static inline bool har_whole(struct buf *out, const struct flow *f, bool first) {
  struct har_entry *e = har_entry_new(f, first);
  bool told = e != NULL;
  while (e != NULL && har_entry_step(e, f, out))
    ;
  har_entry_free(e);
  return told;
}

#endif
