#include "weir/io/fdlimit.h"

#include <sys/resource.h>

/* What weir was started with; kept here because it belongs to the process, like the limit itself. */
static struct rlimit at_start;
static int raised;

void fdlimit_raise(void) {
  struct rlimit limit;
  if (raised || getrlimit(RLIMIT_NOFILE, &limit) < 0)
    return;
  at_start = limit;
  limit.rlim_cur = limit.rlim_max;
  raised = setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

void fdlimit_restore(void) {
  if (raised)
    setrlimit(RLIMIT_NOFILE, &at_start);
}

size_t fdlimit_most(void) {
  struct rlimit limit;
  return getrlimit(RLIMIT_NOFILE, &limit) < 0 ? 0 : (size_t)limit.rlim_max;
}

size_t fdlimit_now(void) {
  struct rlimit limit;
  return getrlimit(RLIMIT_NOFILE, &limit) < 0 ? 0 : (size_t)limit.rlim_cur;
}
