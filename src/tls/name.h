/*
 * Names that may stand in a certificate, be a key of a cache or be told to a person: host names (letters, digits,
 * hyphens, and the underscore that services in private networks carry; 253 octets, labels of 63) and IP literals.
 * (CWE-22, CWE-150)
 */
#ifndef WEIR_TLS_NAME_H
#define WEIR_TLS_NAME_H

#include "weir/io/address.h"

#define NAME_TEXT 256

struct name {
  char text[NAME_TEXT];   /* lower case, without the trailing dot and brackets */
  struct address address; /* family 0: it is a host name */
};

bool name_parse(struct slice from, struct name *out);

#endif
