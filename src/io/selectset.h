/*
 * The descriptor sets of select(), as bitmaps of our own size: glibc's fd_set ends at 1,024 descriptors, the
 * kernel reads as many bits as nfds says. FD_SET and FD_ISSET are never used (with _FORTIFY_SOURCE they abort
 * beyond FD_SETSIZE). This is the one file that calls select().
 */
#ifndef WEIR_SRC_IO_SELECTSET_H
#define WEIR_SRC_IO_SELECTSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SELECTSET_BITS (8 * sizeof(unsigned long))

struct selectset {
  unsigned long *want_read, *want_write; /* what to wait for */
  unsigned long *got_read, *got_write;   /* what select() said; valid up to `got_words` */
  size_t words;                          /* length of each bitmap */
  size_t got_words;
  int nfds;       /* highest member + 1 */
  size_t members; /* descriptors with any bit */
  size_t writers; /* descriptors with the write bit */
};

void selectset_clear(struct selectset *s);
/* Room for descriptors up to `fd`; false without memory. */
bool selectset_fit(struct selectset *s, int fd);
/* Sets what is waited for on fd (it must fit). */
void selectset_put(struct selectset *s, int fd, bool read, bool write);
/* Waits at most wait_ns (UINT64_MAX: for ever). The number of bits in got_*, 0 on timeout or signal, -1 with errno. */
int selectset_wait(struct selectset *s, uint64_t wait_ns);

#endif
