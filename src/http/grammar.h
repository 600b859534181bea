/*
 * Which bytes may stand where in HTTP/1 (RFC 9110-5.6.2, 5.5; RFC 3986-3.2.2): one table, one bit a class.
 */
#ifndef WEIR_SRC_HTTP_GRAMMAR_H
#define WEIR_SRC_HTTP_GRAMMAR_H

#include <stdbool.h>
#include <stdint.h>

#include "weir/base/slice.h"

enum grammar_class {
  GRAMMAR_TOKEN = 1,  /* tchar: method and field names */
  GRAMMAR_VALUE = 2,  /* field values and reason phrases: HTAB, SP, visible ASCII, 0x80-0xff */
  GRAMMAR_TARGET = 4, /* request target: visible ASCII but '#', 0x80-0xff (clients do send those) */
  GRAMMAR_HOST = 8,   /* reg-name without '%' and ',': neither can be looked up, both are read in two ways */
  GRAMMAR_DIGIT = 16,
  GRAMMAR_HEX = 32,
  GRAMMAR_ALPHA = 64,
};

extern const uint8_t grammar_table[256];

static inline bool grammar_is(char c, unsigned classes) {
  return (grammar_table[(unsigned char)c] & classes) != 0;
}

/* The bit of a field name in http_head.names: by its length and its first and last letter, without case. */
static inline uint32_t grammar_name_bit(struct slice name) {
  unsigned first = (unsigned char)name.p[0] | 0x20u, last = (unsigned char)name.p[name.n - 1] | 0x20u;
  return UINT32_C(1) << ((name.n + 5 * first + 11 * last) & 31);
}

#endif
