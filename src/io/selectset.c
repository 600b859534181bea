#include "io/selectset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>

#include "weir/base/clock.h"

/* Beyond this a single wait is cut: the loop simply goes round once more. */
#define MAX_WAIT_S 1000000

void selectset_clear(struct selectset *s) {
  free(s->want_read);
  *s = (struct selectset){0};
}

bool selectset_fit(struct selectset *s, int fd) {
  size_t need = (size_t)fd / SELECTSET_BITS + 1;
  if (need <= s->words)
    return true;
  size_t words = s->words ? s->words : 16;
  while (words < need)
    words *= 2;
  /* One block for the four bitmaps: they are used together. */
  unsigned long *block = calloc(4 * words, sizeof *block);
  if (!block)
    return false;
  if (s->words) {
    size_t size = s->words * sizeof *block;
    memcpy(block, s->want_read, size);
    memcpy(block + words, s->want_write, size);
    /* Results stay valid when the set grows inside a callback, while they are being read. */
    memcpy(block + 2 * words, s->got_read, size);
    memcpy(block + 3 * words, s->got_write, size);
  }
  free(s->want_read);
  s->want_read = block;
  s->want_write = block + words;
  s->got_read = block + 2 * words;
  s->got_write = block + 3 * words;
  s->words = words;
  return true;
}

static void lower_nfds(struct selectset *s) {
  size_t w = (size_t)(s->nfds - 1) / SELECTSET_BITS + 1;
  while (w > 0) {
    unsigned long any = s->want_read[w - 1] | s->want_write[w - 1];
    if (any) {
      s->nfds = (int)(w * SELECTSET_BITS) - __builtin_clzl(any);
      return;
    }
    w--;
  }
  s->nfds = 0;
}

void selectset_put(struct selectset *s, int fd, bool read, bool write) {
  size_t w = (size_t)fd / SELECTSET_BITS;
  unsigned long bit = 1UL << ((size_t)fd % SELECTSET_BITS);
  bool wrote = s->want_write[w] & bit;
  bool member = wrote || (s->want_read[w] & bit);

  s->want_read[w] = read ? s->want_read[w] | bit : s->want_read[w] & ~bit;
  s->want_write[w] = write ? s->want_write[w] | bit : s->want_write[w] & ~bit;
  s->writers += (size_t)write - (size_t)wrote;
  if (read || write) {
    s->members += !member;
    if (fd >= s->nfds)
      s->nfds = fd + 1;
  } else if (member) {
    s->members--;
    if (fd == s->nfds - 1)
      lower_nfds(s);
  }
}

int selectset_wait(struct selectset *s, uint64_t wait_ns) {
  size_t words = ((size_t)s->nfds + SELECTSET_BITS - 1) / SELECTSET_BITS;
  struct timeval tv, *limit = NULL;
  fd_set *write_set = NULL; /* the kernel copies and scans each set it is given */

  s->got_words = words;
  if (words > 0)
    memcpy(s->got_read, s->want_read, words * sizeof *s->got_read);
  if (s->writers > 0) {
    memcpy(s->got_write, s->want_write, words * sizeof *s->got_write);
    write_set = (fd_set *)(void *)s->got_write;
  } else if (words > 0) {
    memset(s->got_write, 0, words * sizeof *s->got_write);
  }
  if (wait_ns != UINT64_MAX) {
    uint64_t seconds = wait_ns / CLOCK_S;
    tv.tv_sec = seconds > MAX_WAIT_S ? MAX_WAIT_S : (time_t)seconds;
    /* Rounded up, so that a timer is due when we wake for it. */
    tv.tv_usec = (suseconds_t)((wait_ns % CLOCK_S + CLOCK_US - 1) / CLOCK_US);
    if (tv.tv_usec == 1000000) {
      tv.tv_sec++;
      tv.tv_usec = 0;
    }
    limit = &tv;
  }
  int n = select(s->nfds, (fd_set *)(void *)s->got_read, write_set, NULL, limit);
  if (n < 0) {
    s->got_words = 0;
    return errno == EINTR ? 0 : -1;
  }
  if (n == 0)
    s->got_words = 0;
  return n;
}
