/*
 * While a private key is in memory, no copy of that memory is written to disk: no core file, no dump by a collector, no
 * reading along by another process of the same user (PR_SET_DUMPABLE, RLIMIT_CORE; CWE-528). Children may dump as they
 * could before.
 */
#ifndef WEIR_IO_NOCORE_H
#define WEIR_IO_NOCORE_H

#include <stdbool.h>

bool nocore_set(void);     /* false: this system can do neither */
void nocore_restore(void); /* in a child, between fork and exec: async-signal-safe */

#endif
