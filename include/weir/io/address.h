/*
 * A network address, small enough to keep in every flow. IPv4-mapped IPv6 is kept as the inner IPv4 address.
 */
#ifndef WEIR_IO_ADDRESS_H
#define WEIR_IO_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "weir/base/slice.h"

struct address {
  uint8_t family; /* 0: none, else 4 or 6 */
  uint16_t port;  /* host byte order */
  uint8_t ip[16]; /* network byte order; the first 4 for IPv4 */
  uint32_t scope; /* IPv6 zone */
};

#define ADDRESS_TEXT 64

bool address_from_sockaddr(struct address *a, const struct sockaddr *sa);
socklen_t address_to_sockaddr(const struct address *a, struct sockaddr_storage *out);
/* An IP literal: "127.0.0.1", "::1", "[::1]" (no names, no short forms). */
bool address_parse(struct slice text, uint16_t port, struct address *out);
/* A host whose last part is a number is an IPv4 address or nothing: no name ends so. Clients that do not read it as the
 * URL standard does send it as it was typed: 127.1, 0x7f000001, 017700000001, 127.0.0.1. with a final dot. */
bool address_is_number(struct slice host);
bool address_parse_number(struct slice host, uint16_t port, struct address *out); /* such an address; false: none */
char *address_text(const struct address *a, char *out, size_t size); /* "127.0.0.1:80", "[::1]:80"; returns out */
char *address_host(const struct address *a, char *out, size_t size); /* without port and brackets */
/* "10.0.0.0/8", "fd00::/8"; without a slash one address alone. */
struct address_net {
  struct address address;
  unsigned bits;
};
bool address_parse_net(struct slice text, struct address_net *out);
bool address_in_net(const struct address *a, const struct address_net *net);
bool address_eq(const struct address *a, const struct address *b);
bool address_is_loopback(const struct address *a);
bool address_is_any(const struct address *a);    /* 0.0.0.0 or :: */
bool address_is_global(const struct address *a); /* neither loopback, private, link-local, CGNAT nor unspecified */

#endif
