#include "memory_file.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "weir/base/log.h"

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

void memory_file_take(FILE *f, struct buf *into) {
  fflush(f);
  int fd = fileno(f);
  off_t n = lseek(fd, 0, SEEK_CUR), done = 0;
  char *room = buf_reserve(into, n > 0 ? (size_t)n : 1);
  while (done < n) {
    ssize_t got = pread(fd, room + done, (size_t)(n - done), done);
    if (got <= 0)
      break;
    done += got;
  }
  into->n += (size_t)done;
  if (lseek(fd, 0, SEEK_SET) != 0 || ftruncate(fd, 0) != 0)
    log_write(LOG_ERROR, "ui", 0, NULL, "the screen's memory file cannot be emptied");
}
