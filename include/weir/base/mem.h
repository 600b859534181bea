/*
 * Small allocations that cannot fail: on exhaustion the process says so on stderr and aborts.
 * Anything whose size a peer or a file decides is capped by its owner and uses mem_try() instead,
 * which may return NULL.
 */
#ifndef WEIR_BASE_MEM_H
#define WEIR_BASE_MEM_H

#include <stddef.h>

void *mem_alloc(size_t size);                 /* never NULL; content undefined */
void *mem_zero(size_t count, size_t size);    /* never NULL; zeroed */
void *mem_grow(void *old, size_t size);       /* realloc; never NULL */
char *mem_dup(const char *text);              /* strdup; NULL gives NULL */
char *mem_dup_n(const char *bytes, size_t n); /* n bytes and a terminating NUL */
void *mem_try(size_t size);                   /* malloc; may be NULL */

/* Bytes that the allocator really holds for `p` (malloc_usable_size plus its header); 0 for NULL. */
size_t mem_block_cost(const void *p);
static inline size_t mem_cost(const void *p) {
  return p ? mem_block_cost(p) : 0;
}

#endif
