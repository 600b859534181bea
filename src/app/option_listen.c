/* "[HOST:]PORT": where weir listens. */
#include <string.h>

#include "weir/app/option.h"

static struct address loopback(uint8_t family, uint16_t port) {
  struct address a;
  memset(&a, 0, sizeof a);
  a.family = family;
  a.port = port;
  if (family == 4) {
    a.ip[0] = 127;
    a.ip[3] = 1;
  } else {
    a.ip[15] = 1;
  }
  return a;
}

bool options_listen(const char *text, struct address out[2], size_t *n, bool *second_optional, struct err *err) {
  struct slice all = slice_of(text);
  const char *colon = strrchr(text, ':');
  struct slice host = colon ? slice_make(text, (size_t)(colon - text)) : slice_make(text, 0);
  struct slice digits = colon ? slice_of(colon + 1) : all;
  uint64_t port;
  *n = 0;
  *second_optional = false;
  if (!slice_to_u64(digits, &port) || port > 65535)
    return err_set(err, "listen wants [HOST:]PORT with a port from 0 to 65535, such as 8888 or 192.168.1.5:8888");
  if (!colon || slice_eq_ascii(host, SLICE("localhost"))) {
    out[0] = loopback(4, (uint16_t)port);
    out[1] = loopback(6, (uint16_t)port);
    *n = 2;
    *second_optional = true;
    return true;
  }
  bool bare_v6 = slice_find_byte(host, ':') >= 0 && host.p[0] != '[';
  if (bare_v6)
    return err_set(err, "listen: an IPv6 address stands in brackets, such as [::1]:8888");
  if (slice_eq(host, SLICE("*")) || !host.n)
    return err_set(err,
                   "listen: name the address: 0.0.0.0:%u is every IPv4 address of this machine, [::]:%u every IPv6 one",
                   (unsigned)port, (unsigned)port);
  if (!address_parse(host, (uint16_t)port, &out[0]))
    return err_set(err, "listen: the host must be an IP address of this machine, such as 127.0.0.1 or [::1]");
  *n = 1;
  return true;
}

bool options_next_listen(const char **rest, char piece[OPTION_LISTEN_TEXT]) {
  size_t n = strcspn(*rest, ",");
  if (!**rest)
    return false;
  size_t kept = n < OPTION_LISTEN_TEXT ? n : OPTION_LISTEN_TEXT - 1; /* which is no place then */
  memcpy(piece, *rest, kept);
  piece[kept] = '\0';
  *rest += n + ((*rest)[n] == ',');
  return true;
}

bool options_check_listen(const char *text, struct err *err) {
  struct address addresses[2];
  size_t n;
  bool second_optional;
  char piece[OPTION_LISTEN_TEXT] = "";
  do {
    options_next_listen(&text, piece);
    if (!options_listen(piece, addresses, &n, &second_optional, err))
      return false;
  } while (*text);
  return true;
}
