/*
 * Which bytes may stand where in HTTP/1 (RFC 9110-5.6.2, 5.5; RFC 3986-3.2.2): one table, one bit a class.
 */
#ifndef WEIR_SRC_HTTP_GRAMMAR_H
#define WEIR_SRC_HTTP_GRAMMAR_H

#include <stdbool.h>
#include <stdint.h>

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

#endif
