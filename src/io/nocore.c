#include "weir/io/nocore.h"

#include <sys/prctl.h>
#include <sys/resource.h>

/* What weir was started with; kept here because it belongs to the process, like the limit itself. */
static struct rlimit at_start;
static bool limited;

bool nocore_set(void) {
  struct rlimit limit;
  bool hidden = prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
  if (!limited && getrlimit(RLIMIT_CORE, &limit) == 0) {
    at_start = limit;
    limit.rlim_cur = 0; /* the hard limit stays, so that children can have theirs back */
    limited = setrlimit(RLIMIT_CORE, &limit) == 0;
  }
  return hidden || limited;
}

/* exec makes a process dumpable again by itself. */
void nocore_restore(void) {
  if (limited)
    setrlimit(RLIMIT_CORE, &at_start);
}
