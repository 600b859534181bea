#include "weir/io/proxy_header.h"

#include <string.h>

#define BINARY_HEAD 16 /* signature, version and command, family, length */

enum { LOCAL = 0x20, PROXY = 0x21 };
enum { UNSPECIFIED = 0x00, TCP4 = 0x11, TCP6 = 0x21, UNIX_STREAM = 0x31 };

static const char signature[12] = "\r\n\r\n\0\r\nQUIT\n";

static enum proxy_header_code bad(struct err *err, const char *why) {
  err_set(err, "no valid PROXY header: %s", why);
  return PROXY_HEADER_BAD;
}

/* ---- version 1: a line ---- */

/* Decimal without leading zeros, at most 65535. */
static bool read_port(struct slice s, uint16_t *port) {
  uint64_t n;
  if (s.n > 5 || (s.n > 1 && *s.p == '0') || !slice_to_u64(s, &n) || n > 65535)
    return false;
  *port = (uint16_t)n;
  return true;
}

static enum proxy_header_code read_line(struct slice line, struct address *client, struct err *err) {
  struct slice rest = line, word[6];
  struct address to;
  uint16_t from_port, to_port;
  size_t n = 0;
  while (n < 6 && slice_split(&rest, ' ', &word[n]))
    n++;
  if (n >= 2 && slice_eq(word[1], SLICE("UNKNOWN")))
    return PROXY_HEADER_READ;
  bool four = n >= 2 && slice_eq(word[1], SLICE("TCP4")), six = n >= 2 && slice_eq(word[1], SLICE("TCP6"));
  if (!four && !six)
    return bad(err, "behind PROXY stands TCP4, TCP6 or UNKNOWN");
  if (n != 6 || rest.p)
    return bad(err, "two addresses and two ports belong into it, with one blank between them");
  if (!read_port(word[4], &from_port) || !read_port(word[5], &to_port))
    return bad(err, "a port is no number from 0 to 65535");
  /* An IPv4 address inside of IPv6 is kept as the inner one: the text says which family it was. */
  bool colons = slice_find_byte(word[2], ':') >= 0 && slice_find_byte(word[3], ':') >= 0;
  bool dots_only = slice_find_byte(word[2], ':') < 0 && slice_find_byte(word[3], ':') < 0;
  if ((six ? !colons : !dots_only) || *word[2].p == '[' || *word[3].p == '[' ||
      !address_parse(word[2], from_port, client) || !address_parse(word[3], to_port, &to))
    return bad(err, six ? "an address is no IPv6 address" : "an address is no IPv4 address");
  return PROXY_HEADER_READ;
}

static enum proxy_header_code read_text(struct slice first, size_t *used, struct address *client, struct err *err) {
  struct slice begin = SLICE("PROXY ");
  size_t n = first.n < begin.n ? first.n : begin.n;
  if (memcmp(first.p, begin.p, n) != 0)
    return bad(err, "it begins with neither \"PROXY \" nor the signature of version 2");
  struct slice line = slice_sub(first, 0, PROXY_HEADER_LINE_MOST);
  ptrdiff_t end = slice_find_byte(line, '\n');
  if (end < 0)
    return line.n == PROXY_HEADER_LINE_MOST ? bad(err, "its line does not end within 107 bytes") : PROXY_HEADER_MORE;
  if (end == 0 || line.p[end - 1] != '\r')
    return bad(err, "its line does not end with CRLF");
  line = slice_sub(line, 0, (size_t)end - 1);
  for (size_t i = 0; i < line.n; i++)
    if (line.p[i] < 0x20 || line.p[i] > 0x7e)
      return bad(err, "a byte that is no text stands in its line");
  enum proxy_header_code code = read_line(line, client, err);
  *used = code == PROXY_HEADER_READ ? (size_t)end + 1 : 0;
  return code;
}

/* ---- version 2: binary ---- */

static enum proxy_header_code read_binary(struct slice first, size_t *used, struct address *client, struct err *err) {
  const unsigned char *b = (const unsigned char *)first.p;
  if (first.n > 12 && b[12] != LOCAL && b[12] != PROXY)
    return bad(err, "its version is not 2, or its command unknown");
  if (first.n > 13 && b[13] != UNSPECIFIED && b[13] != TCP4 && b[13] != TCP6 && b[13] != UNIX_STREAM)
    return bad(err, "its addresses are of another kind than TCP");
  if (first.n < BINARY_HEAD)
    return PROXY_HEADER_MORE;
  size_t length = (size_t)b[14] << 8 | b[15], ip = b[13] == TCP4 ? 4 : b[13] == TCP6 ? 16 : 0;
  if (BINARY_HEAD + length > PROXY_HEADER_MOST)
    return bad(err, "it is longer than 4,096 bytes");
  if (b[12] == PROXY && ip && length < 2 * ip + 4)
    return bad(err, "it is shorter than its addresses");
  if (first.n < BINARY_HEAD + length)
    return PROXY_HEADER_MORE;
  *used = BINARY_HEAD + length;
  if (b[12] == PROXY && ip) {
    const unsigned char *port = b + BINARY_HEAD + 2 * ip;
    client->family = ip == 4 ? 4 : 6;
    memcpy(client->ip, b + BINARY_HEAD, ip);
    client->port = (uint16_t)(port[0] << 8 | port[1]);
  }
  return PROXY_HEADER_READ;
}

enum proxy_header_code proxy_header_read(struct slice first, size_t *used, struct address *client, struct err *err) {
  *used = 0;
  memset(client, 0, sizeof *client);
  if (!first.n)
    return PROXY_HEADER_MORE;
  size_t n = first.n < sizeof signature ? first.n : sizeof signature;
  if (*first.p != signature[0])
    return read_text(first, used, client, err);
  if (memcmp(first.p, signature, n) != 0)
    return bad(err, "it begins with neither \"PROXY \" nor the signature of version 2");
  return n < sizeof signature ? PROXY_HEADER_MORE : read_binary(first, used, client, err);
}
