/*
 * weir's JSON lines, read back by a JSON library that weir does not use: what a script would see.
 */
#ifndef WEIR_TESTS_ROWS_H
#define WEIR_TESTS_ROWS_H

#include <stddef.h>

#include <jansson.h>

/* Every line of the text as an element of an array; a line that is no JSON object fails the running test. */
json_t *rows_parse(const char *text, size_t n);
json_t *rows_read(const char *path); /* the file's */
/* The only row whose URL ends so; none or two fail the test. Borrowed. */
const json_t *rows_one(const json_t *rows, const char *url_end);
/* The bytes of `name`, or of its twin `name`_base64; never both, else the test fails. malloc'ed; NULL: null or absent.
 */
char *rows_bytes(const json_t *object, const char *name, size_t *n);
/* The same for an element of an array: a string, or {"base64": ...}. */
char *rows_element(const json_t *value, size_t *n);

#endif
