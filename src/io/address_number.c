/* Hosts that are numbers: IPv4 addresses as inet_aton(3) and the URL standard of browsers read them. */
#include "weir/io/address.h"

static int digit_of(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

/* Decimal, octal behind a 0, hexadecimal behind 0x; "0x" alone is 0. What is too large stays too large. */
static bool number(struct slice s, uint64_t *value) {
  int base = 10;
  bool hex = s.n >= 2 && s.p[0] == '0' && (s.p[1] == 'x' || s.p[1] == 'X');
  *value = 0;
  if (hex) {
    base = 16;
    s = slice_from(s, 2);
  } else if (s.n >= 2 && s.p[0] == '0') {
    base = 8;
    s = slice_from(s, 1);
  }
  for (size_t i = 0; i < s.n; i++) {
    int digit = digit_of(s.p[i]);
    if (digit >= base)
      return false;
    *value = *value > UINT32_MAX ? *value : *value * (uint64_t)base + (uint64_t)digit;
  }
  return hex || s.n > 0;
}

/* A final dot is the root's, and changes nothing. */
static struct slice without_root(struct slice host) {
  return host.n > 1 && host.p[host.n - 1] == '.' ? slice_sub(host, 0, host.n - 1) : host;
}

static bool all_digits(struct slice s) {
  for (size_t i = 0; i < s.n; i++)
    if (s.p[i] < '0' || s.p[i] > '9')
      return false;
  return s.n > 0;
}

bool address_is_number(struct slice host) {
  struct slice all = without_root(host);
  size_t at = all.n;
  uint64_t value;
  while (at > 0 && all.p[at - 1] != '.')
    at--;
  struct slice last = slice_from(all, at);
  return all_digits(last) || (last.n > 1 && number(last, &value));
}

bool address_parse_number(struct slice host, uint16_t port, struct address *out) {
  struct slice rest = without_root(host), part;
  uint64_t value[4];
  size_t n = 0;
  while (slice_split(&rest, '.', &part))
    if (n == 4 || !number(part, &value[n++]))
      return false;
  if (n == 0)
    return false;
  uint64_t ip = value[n - 1]; /* the last fills what the others leave */
  if (ip >> 8 * (5 - n))
    return false;
  for (size_t i = 0; i + 1 < n; i++) {
    if (value[i] > 255)
      return false;
    ip |= value[i] << 8 * (3 - i);
  }
  *out = (struct address){.family = 4, .port = port};
  for (size_t i = 0; i < 4; i++)
    out->ip[i] = (uint8_t)(ip >> 8 * (3 - i));
  return true;
}
