#include "weir/io/address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

static const uint8_t mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};

bool address_from_sockaddr(struct address *a, const struct sockaddr *sa) {
  *a = (struct address){0};
  if (sa->sa_family == AF_INET) {
    struct sockaddr_in in;
    memcpy(&in, sa, sizeof in);
    a->family = 4;
    a->port = ntohs(in.sin_port);
    memcpy(a->ip, &in.sin_addr, 4);
    return true;
  }
  if (sa->sa_family != AF_INET6)
    return false;
  struct sockaddr_in6 in6;
  memcpy(&in6, sa, sizeof in6);
  a->port = ntohs(in6.sin6_port);
  const uint8_t *ip = in6.sin6_addr.s6_addr;
  if (memcmp(ip, mapped_prefix, sizeof mapped_prefix) == 0) {
    a->family = 4;
    memcpy(a->ip, ip + 12, 4);
    return true;
  }
  a->family = 6;
  memcpy(a->ip, ip, 16);
  a->scope = in6.sin6_scope_id;
  return true;
}

socklen_t address_to_sockaddr(const struct address *a, struct sockaddr_storage *out) {
  memset(out, 0, sizeof *out);
  if (a->family == 4) {
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(a->port)};
    memcpy(&in.sin_addr, a->ip, 4);
    memcpy(out, &in, sizeof in);
    return sizeof in;
  }
  if (a->family == 6) {
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(a->port), .sin6_scope_id = a->scope};
    memcpy(&in6.sin6_addr, a->ip, 16);
    memcpy(out, &in6, sizeof in6);
    return sizeof in6;
  }
  return 0;
}

bool address_parse(struct slice text, uint16_t port, struct address *out) {
  char host[INET6_ADDRSTRLEN + IF_NAMESIZE + 2];
  struct address a = {.port = port};

  if (text.n >= 2 && text.p[0] == '[' && text.p[text.n - 1] == ']') {
    text = slice_sub(text, 1, text.n - 2);
    if (slice_find_byte(text, ':') < 0)
      return false;
  }
  if (text.n == 0 || text.n >= sizeof host || memchr(text.p, 0, text.n))
    return false;
  memcpy(host, text.p, text.n);
  host[text.n] = 0;
  if (inet_pton(AF_INET, host, a.ip) == 1) {
    a.family = 4;
    *out = a;
    return true;
  }
  char *zone = strchr(host, '%');
  if (zone) {
    *zone++ = 0;
    a.scope = if_nametoindex(zone);
    uint64_t number;
    if (a.scope == 0) { /* not a name of an interface: a number, or nothing */
      if (!slice_to_u64(slice_of(zone), &number) || number == 0 || number > UINT32_MAX)
        return false;
      a.scope = (uint32_t)number;
    }
  }
  if (inet_pton(AF_INET6, host, a.ip) != 1)
    return false;
  a.family = 6;
  if (memcmp(a.ip, mapped_prefix, sizeof mapped_prefix) == 0) {
    a.family = 4;
    a.scope = 0;
    memmove(a.ip, a.ip + 12, 4);
    memset(a.ip + 4, 0, 12);
  }
  *out = a;
  return true;
}

/* By hand, since inet_ntop() is a printf() inside: every request for an address comes here. */
static void put_ip4(char *out, const uint8_t ip[4]) {
  for (int i = 0; i < 4; i++) {
    if (ip[i] >= 100)
      *out++ = (char)('0' + ip[i] / 100);
    if (ip[i] >= 10)
      *out++ = (char)('0' + ip[i] / 10 % 10);
    *out++ = (char)('0' + ip[i] % 10);
    *out++ = i < 3 ? '.' : '\0';
  }
}

char *address_host(const struct address *a, char *out, size_t size) {
  char ip[INET6_ADDRSTRLEN] = "-";
  if (a->family == 4 && size >= INET_ADDRSTRLEN) {
    put_ip4(out, a->ip);
    return out;
  }
  if (a->family)
    inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->ip, ip, sizeof ip);
  if (a->family == 6 && a->scope)
    snprintf(out, size, "%s%%%u", ip, (unsigned)a->scope);
  else
    snprintf(out, size, "%s", ip);
  return out;
}

char *address_text(const struct address *a, char *out, size_t size) {
  char host[ADDRESS_TEXT];
  address_host(a, host, sizeof host);
  if (!a->family)
    snprintf(out, size, "-");
  else
    snprintf(out, size, a->family == 6 ? "[%s]:%u" : "%s:%u", host, (unsigned)a->port);
  return out;
}

bool address_eq(const struct address *a, const struct address *b) {
  return a->family == b->family && a->port == b->port && a->scope == b->scope &&
         memcmp(a->ip, b->ip, a->family == 6 ? 16 : 4) == 0;
}

bool address_is_loopback(const struct address *a) {
  static const uint8_t one[16] = {[15] = 1};
  if (a->family == 4)
    return a->ip[0] == 127;
  return a->family == 6 && memcmp(a->ip, one, 16) == 0;
}

bool address_is_any(const struct address *a) {
  static const uint8_t zero[16];
  return a->family && memcmp(a->ip, zero, a->family == 6 ? 16 : 4) == 0;
}

bool address_is_global(const struct address *a) {
  const uint8_t *ip = a->ip;
  if (!a->family || address_is_loopback(a) || address_is_any(a))
    return false;
  if (a->family == 6)
    return (ip[0] & 0xfe) != 0xfc && !(ip[0] == 0xfe && (ip[1] & 0x80) == 0x80); /* fc00::/7, fe80::/10, fec0::/10 */
  return ip[0] != 0 && ip[0] != 10 && !(ip[0] == 172 && (ip[1] & 0xf0) == 16) && !(ip[0] == 192 && ip[1] == 168) &&
         !(ip[0] == 169 && ip[1] == 254) && !(ip[0] == 100 && (ip[1] & 0xc0) == 64); /* RFC 1918, 3927, 6598 */
}

bool address_parse_net(struct slice text, struct address_net *out) {
  ptrdiff_t slash = slice_find_byte(text, '/');
  uint64_t n = 0;
  struct address_net net;
  if (!address_parse(slash < 0 ? text : slice_sub(text, 0, (size_t)slash), 0, &net.address))
    return false;
  unsigned most = net.address.family == 4 ? 32 : 128;
  if (slash >= 0 && (!slice_to_u64(slice_from(text, (size_t)slash + 1), &n) || n > most))
    return false;
  net.bits = slash < 0 ? most : (unsigned)n;
  *out = net;
  return true;
}

bool address_in_net(const struct address *a, const struct address_net *net) {
  if (a->family != net->address.family)
    return false;
  unsigned whole = net->bits / 8, rest = net->bits % 8;
  if (memcmp(a->ip, net->address.ip, whole) != 0)
    return false;
  return !rest || !((a->ip[whole] ^ net->address.ip[whole]) >> (8 - rest));
}
