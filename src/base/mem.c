/* Allocation that cannot fail, for what weir itself sizes. See mem.h for what must not come here. */
#include "weir/base/mem.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* write(2) and a constant text: printf could need the very memory that is gone. */
static _Noreturn void out_of_memory(void) {
  static const char text[] = "weir: out of memory\n";
  ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
  (void)ignored;
  abort();
}

void *mem_alloc(size_t size) {
  void *p = malloc(size ? size : 1);
  if (!p)
    out_of_memory();
  return p;
}

void *mem_zero(size_t count, size_t size) {
  void *p = calloc(count ? count : 1, size ? size : 1);
  if (!p)
    out_of_memory();
  return p;
}

void *mem_grow(void *old, size_t size) {
  void *p = realloc(old, size ? size : 1);
  if (!p)
    out_of_memory();
  return p;
}

char *mem_dup(const char *text) {
  return text ? mem_dup_n(text, strlen(text)) : NULL;
}

char *mem_dup_n(const char *bytes, size_t n) {
  char *copy = mem_alloc(n + 1);
  if (n)
    memcpy(copy, bytes, n);
  copy[n] = 0;
  return copy;
}

void *mem_try(size_t size) {
  return malloc(size ? size : 1);
}

size_t mem_block_cost(const void *p) {
  /* malloc_usable_size() wants a pointer to non-const but only reads; one size field stands before every block. */
  return malloc_usable_size((void *)(uintptr_t)p) + sizeof(size_t);
}
