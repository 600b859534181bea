/*
 * The soft descriptor limit is raised to the hard one at start; children get the old one back.
 */
#ifndef WEIR_IO_FDLIMIT_H
#define WEIR_IO_FDLIMIT_H

#include <stddef.h>

void fdlimit_raise(void);
void fdlimit_restore(void); /* in a child, between fork and exec */
size_t fdlimit_now(void);
size_t fdlimit_most(void); /* what raising gives */

#endif
