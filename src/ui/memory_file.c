#include "memory_file.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

FILE *memory_file(void) {
#ifdef __linux__
  int fd = memfd_create("weir screen", MFD_CLOEXEC);
#else
  char name[] = "/tmp/weir-screen-XXXXXX";
  int fd = mkstemp(name);
  if (fd >= 0)
    unlink(name);
#endif
  FILE *f = fd >= 0 ? fdopen(fd, "w+") : NULL;
  if (!f && fd >= 0)
    close(fd);
  return f;
}
