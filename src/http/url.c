#include "weir/http/url.h"

#include <arpa/inet.h>
#include <string.h>

#include "http/grammar.h"

/* A DNS name has at most 253 octets; one more for a final dot. */
#define HOST_MAX 254

bool url_scheme_is(const struct url *url, const char *scheme) {
  return slice_eq_ascii(url->scheme, slice_of(scheme));
}

uint16_t url_default_port(struct slice scheme) {
  if (slice_eq_ascii(scheme, SLICE("http")) || slice_eq_ascii(scheme, SLICE("ws")))
    return 80;
  if (slice_eq_ascii(scheme, SLICE("https")) || slice_eq_ascii(scheme, SLICE("wss")))
    return 443;
  return 0;
}

static bool is_ipv6(struct slice s) {
  char text[INET6_ADDRSTRLEN];
  struct in6_addr address;
  if (s.n >= sizeof(text) || memchr(s.p, 0, s.n) != NULL)
    return false;
  memcpy(text, s.p, s.n);
  text[s.n] = '\0';
  return inet_pton(AF_INET6, text, &address) == 1;
}

/* `text` is what the person sees, so that places are counted from its start; `port` stands behind the colon. */
static bool read_port(struct slice text, struct slice port, struct url *url, struct err *err) {
  uint64_t value = 0;
  if (slice_find_byte(port, ':') >= 0)
    return err_set_at(err, (size_t)(port.p - text.p), port.n,
                      "more than one colon: an IPv6 address stands in brackets, [::1]:80");
  if (port.n > 5 || !slice_to_u64(port, &value) || value == 0 || value > 65535)
    return err_set_at(err, (size_t)(port.p - text.p), port.n, "the port is not a number from 1 to 65535");
  url->port = (uint16_t)value;
  url->has_port = true;
  return true;
}

static bool read_host(struct slice text, struct slice host, struct url *url, struct err *err) {
  size_t at = (size_t)(host.p - text.p);
  if (host.n > HOST_MAX)
    return err_set_at(err, at, host.n, "the host name is longer than %d bytes", HOST_MAX);
  for (size_t i = 0; i < host.n; i++) {
    if (host.p[i] == '\\')
      return err_set_at(err, at + i, 1, "a backslash in the host");
    if (host.p[i] == '@')
      return err_set_at(err, at + i, 1, "user information where only a host may stand");
    if (!grammar_is(host.p[i], GRAMMAR_HOST))
      return err_set_at(err, at + i, 1, "a character in the host that no host name has");
  }
  url->host = host;
  return true;
}

static bool read_ipv6(struct slice text, struct slice authority, struct url *url, struct slice *rest, struct err *err) {
  size_t at = (size_t)(authority.p - text.p);
  ptrdiff_t close = slice_find_byte(authority, ']');
  if (close < 0)
    return err_set_at(err, at, authority.n, "the bracket of the IPv6 address is not closed");
  struct slice host = slice_sub(authority, 1, (size_t)close - 1);
  if (!is_ipv6(host))
    return err_set_at(err, at + 1, host.n, "no valid IPv6 address between the brackets");
  url->host = host;
  url->ipv6 = true;
  *rest = slice_from(authority, (size_t)close + 1);
  if (rest->n > 0 && rest->p[0] != ':')
    return err_set_at(err, (size_t)(rest->p - text.p), rest->n, "something other than a port behind the IPv6 address");
  return true;
}

/* host [":" [port]] without user information. */
static bool read_authority(struct slice text, struct slice authority, struct url *url, struct err *err) {
  struct slice rest = {NULL, 0};
  if (authority.n > 0 && authority.p[0] == '[') {
    if (!read_ipv6(text, authority, url, &rest, err))
      return false;
  } else {
    ptrdiff_t colon = slice_find_byte(authority, ':');
    struct slice host = colon < 0 ? authority : slice_sub(authority, 0, (size_t)colon);
    rest = colon < 0 ? rest : slice_from(authority, (size_t)colon);
    if (!read_host(text, host, url, err))
      return false;
  }
  url->authority = authority;
  if (rest.n == 1) /* "host:" means the default port (RFC 3986-3.2.3); such a colon is not sent on */
    url->authority.n--;
  return rest.n <= 1 || read_port(text, slice_from(rest, 1), url, err);
}

static bool check_bytes(struct slice text, struct err *err) {
  for (size_t i = 0; i < text.n; i++) {
    if (grammar_is(text.p[i], GRAMMAR_TARGET))
      continue;
    if (text.p[i] == '#')
      return err_set_at(err, i, text.n - i, "a fragment (#), which is never sent to a server");
    return err_set_at(err, i, 1, "a %s in the URL", text.p[i] == ' ' ? "space" : "control byte");
  }
  return true;
}

static bool read_scheme(struct slice text, struct url *url, struct err *err) {
  size_t n = 0;
  while (n < text.n && (grammar_is(text.p[n], GRAMMAR_ALPHA | GRAMMAR_DIGIT) || (n > 0 && strchr("+-.", text.p[n]))))
    n++;
  if (n == 0 || !grammar_is(text.p[0], GRAMMAR_ALPHA) || !slice_starts(slice_from(text, n), SLICE("://")))
    return err_set_at(err, 0, text.n, "not a URL: it does not begin with http:// or the like");
  url->scheme = slice_sub(text, 0, n);
  return true;
}

bool url_parse(struct slice text, struct url *url, struct err *err) {
  *url = (struct url){0};
  if (!check_bytes(text, err) || !read_scheme(text, url, err))
    return false;
  struct slice authority = slice_from(text, url->scheme.n + 3);
  size_t n = 0;
  while (n < authority.n && authority.p[n] != '/' && authority.p[n] != '?')
    n++;
  url->target = slice_from(authority, n);
  authority.n = n;
  ptrdiff_t sign = slice_find_byte(authority, '@');
  if (sign >= 0) {
    url->userinfo = slice_sub(authority, 0, (size_t)sign);
    url->has_userinfo = true;
    authority = slice_from(authority, (size_t)sign + 1);
    ptrdiff_t slash = slice_find_byte(url->userinfo, '\\');
    if (slash >= 0)
      return err_set_at(err, (size_t)(url->userinfo.p - text.p + slash), 1, "a backslash in the host");
    if (slice_find_byte(authority, '@') >= 0)
      return err_set_at(err, (size_t)(authority.p - text.p), authority.n, "two @ in the authority");
  }
  if (!read_authority(text, authority, url, err))
    return false;
  if (url->host.n == 0)
    return err_set_at(err, (size_t)(authority.p - text.p), authority.n, "the URL has no host");
  if (!url->has_port)
    url->port = url_default_port(url->scheme);
  return true;
}

bool url_parse_authority(struct slice text, struct url *url, struct err *err) {
  *url = (struct url){0};
  if (!check_bytes(text, err))
    return false;
  ptrdiff_t slash = slice_find(text, SLICE("/"));
  if (slash >= 0 || slice_find_byte(text, '?') >= 0)
    return err_set_at(err, 0, text.n, "not of the form host:port");
  if (!read_authority(text, text, url, err))
    return false;
  if (url->host.n == 0)
    return err_set_at(err, 0, text.n, "there is no host before the port");
  return url->has_port || err_set_at(err, text.n, 0, "there is no port behind the host");
}

bool url_parse_host(struct slice text, bool allow_empty, struct url *url, struct err *err) {
  *url = (struct url){0};
  if (!read_authority(text, text, url, err))
    return false;
  if (url->host.n == 0 && (!allow_empty || text.n > 0))
    return err_set_at(err, 0, text.n, "there is no host");
  return true;
}

void url_put_authority(struct buf *out, struct slice host, uint16_t port, const char *scheme) {
  bool ipv6 = slice_find_byte(host, ':') >= 0;
  if (ipv6)
    buf_add_byte(out, '[');
  buf_add_slice(out, host);
  if (ipv6)
    buf_add_byte(out, ']');
  if (port != 0 && port != url_default_port(slice_of(scheme))) {
    buf_add_byte(out, ':');
    buf_add_number(out, port);
  }
}

static int hex_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void url_decode(struct slice s, bool plus, struct buf *out) {
  for (size_t i = 0; i < s.n; i++) {
    bool escaped = s.p[i] == '%' && i + 2 < s.n && hex_value(s.p[i + 1]) >= 0 && hex_value(s.p[i + 2]) >= 0;
    if (escaped)
      buf_add_byte(out, (char)(hex_value(s.p[i + 1]) * 16 + hex_value(s.p[i + 2])));
    else
      buf_add_byte(out, plus && s.p[i] == '+' ? ' ' : s.p[i]);
    i += escaped ? 2 : 0;
  }
}
