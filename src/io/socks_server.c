#include "weir/io/socks_server.h"

#include <stdio.h>
#include <string.h>

enum { NO_PASSWORD = 0, WITH_PASSWORD = 2, NO_METHOD = 0xff, CONNECT = 1 };
enum { TYPE_IPV4 = 1, TYPE_NAME = 3, TYPE_IPV6 = 4 };

size_t socks_reply_put(unsigned char out[SOCKS_REPLY_MAX], enum socks_reply reply, const struct address *bound) {
  bool six = bound && bound->family == 6;
  size_t n = six ? 16 : 4;
  uint16_t port = bound ? bound->port : 0;
  memset(out, 0, SOCKS_REPLY_MAX);
  out[0] = 5;
  out[1] = (unsigned char)reply;
  out[3] = six ? TYPE_IPV6 : TYPE_IPV4;
  if (bound && bound->family)
    memcpy(out + 4, bound->ip, n);
  out[4 + n] = (unsigned char)(port >> 8);
  out[5 + n] = (unsigned char)port;
  return n + 6;
}

static void answer(struct socks_server *s, unsigned char first, unsigned char second) {
  s->answer[0] = first;
  s->answer[1] = second;
  s->answer_n = 2;
}

static enum socks_step over(struct socks_server *s) {
  s->part = SOCKS_OVER;
  return SOCKS_BAD;
}

static enum socks_step refuse_request(struct socks_server *s, enum socks_reply reply) {
  s->answer_n = socks_reply_put(s->answer, reply, NULL);
  return over(s);
}

/* How long the message is that has begun, as far as can be seen; never above SOCKS_MOST. */
static size_t wanted(const struct socks_server *s) {
  const unsigned char *m = s->message;
  if (s->have < 1) /* what is no good is found at once, and nothing behind it is taken */
    return s->part == SOCKS_OVER ? 0 : 1;
  switch (s->part) {
  case SOCKS_GREETING:
    return s->have < 2 ? 2 : 2 + (size_t)m[1];
  case SOCKS_PASSWORD:
    if (s->have < 2 || s->have < 3 + (size_t)m[1])
      return s->have < 2 ? 2 : 3 + (size_t)m[1];
    return 3 + (size_t)m[1] + m[2 + m[1]];
  case SOCKS_REQUEST:
    if (s->have < 5)
      return s->have < 4 ? 4 : 5;
    return m[3] == TYPE_NAME ? 7 + (size_t)m[4] : m[3] == TYPE_IPV6 ? 22 : 10;
  case SOCKS_OVER:
    break;
  }
  return 0;
}

static enum socks_step read_greeting(struct socks_server *s) {
  unsigned char want = s->user ? WITH_PASSWORD : NO_PASSWORD;
  bool offered = memchr(s->message + 2, want, s->message[1]) != NULL;
  answer(s, 5, offered ? want : NO_METHOD);
  if (offered) {
    s->part = s->user ? SOCKS_PASSWORD : SOCKS_REQUEST;
    return SOCKS_MORE;
  }
  s->denied = s->user;
  err_set(&s->err, s->user ? "the SOCKS client offers no user name and password, and they are asked for here"
                           : "the SOCKS client offers no way in without authentication, and there is no other here");
  return over(s);
}

/* In a time that does not depend on where they differ. */
static bool same(const char *right, const unsigned char *given, size_t n) {
  size_t length = strlen(right);
  unsigned differs = length != n;
  for (size_t i = 0; i < n; i++)
    differs |= given[i] ^ (unsigned char)right[length ? i % length : 0];
  return !differs;
}

static enum socks_step read_password(struct socks_server *s) {
  const unsigned char *m = s->message;
  bool user = same(s->user, m + 2, m[1]), password = same(s->password, m + 3 + m[1], m[2 + m[1]]);
  answer(s, 1, !(user & password));
  if (user & password) {
    s->part = SOCKS_REQUEST;
    return SOCKS_MORE;
  }
  s->denied = true;
  err_set(&s->err, "the SOCKS client gave a wrong user name or password");
  return over(s);
}

static bool read_host(struct socks_server *s) {
  const unsigned char *m = s->message;
  struct address a = {.family = 4};
  if (m[3] == TYPE_NAME) {
    memcpy(s->host, m + 5, m[4]);
    s->host[m[4]] = '\0';
    return m[4] && !memchr(s->host, '\0', m[4]);
  }
  if (m[3] == TYPE_IPV6)
    a.family = 6;
  memcpy(a.ip, m + 4, a.family == 6 ? 16 : 4);
  address_host(&a, s->host, sizeof s->host);
  return true;
}

static enum socks_step read_request(struct socks_server *s) {
  const unsigned char *m = s->message, *port = m + s->have - 2;
  if (m[1] != CONNECT) {
    err_set(&s->err, "the SOCKS client asks for %s: only CONNECT is served",
            m[1] == 2   ? "BIND"
            : m[1] == 3 ? "UDP ASSOCIATE"
                        : "an unknown command");
    return refuse_request(s, SOCKS_NO_COMMAND);
  }
  if (!read_host(s)) {
    err_set(&s->err, m[4] ? "the SOCKS client names a host with a zero byte in it" : "the SOCKS client names no host");
    return refuse_request(s, SOCKS_FAILED);
  }
  s->port = (uint16_t)(port[0] << 8 | port[1]);
  if (!s->port) {
    err_set(&s->err, "the SOCKS client asks for port 0");
    return refuse_request(s, SOCKS_FAILED);
  }
  s->part = SOCKS_OVER;
  return SOCKS_CONNECT;
}

static const char *greeting_text(unsigned char first) {
  if (first == 4)
    return "the client speaks SOCKS4: only SOCKS5 is served";
  if (first == 0x16)
    return "the client speaks TLS to a port for SOCKS5; a listener of --mode auto takes SOCKS5, HTTP and TLS";
  if ((first >= 'A' && first <= 'Z') || (first >= 'a' && first <= 'z'))
    return "the client speaks HTTP, or another text, to a port for SOCKS5; a listener of --mode auto takes both";
  return NULL;
}

/* What the first bytes of a message say, before all of it is there. */
static bool begins_well(struct socks_server *s) {
  const unsigned char *m = s->message;
  unsigned char version = s->part == SOCKS_PASSWORD ? 1 : 5;
  if (m[0] != version) {
    const char *other = s->part == SOCKS_GREETING ? greeting_text(m[0]) : NULL;
    s->too_old = other && m[0] == 4;
    if (other)
      err_set(&s->err, "%s", other);
    else
      err_set(&s->err,
              s->part == SOCKS_GREETING   ? "the client does not speak SOCKS5: it begins with the byte 0x%02x"
              : s->part == SOCKS_PASSWORD ? "the SOCKS client's password begins with the version 0x%02x instead of 1"
                                          : "the SOCKS client's request begins with the version 0x%02x instead of 5",
              m[0]);
    if (s->too_old) { /* "rejected or failed", as that version says it */
      memset(s->answer, 0, 8);
      s->answer[1] = 0x5b;
      s->answer_n = 8;
    } else if (s->part == SOCKS_REQUEST) {
      s->answer_n = socks_reply_put(s->answer, SOCKS_FAILED, NULL);
    }
    return false;
  }
  if (s->part == SOCKS_REQUEST && s->have >= 4 && m[3] != TYPE_IPV4 && m[3] != TYPE_NAME && m[3] != TYPE_IPV6) {
    err_set(&s->err, "the SOCKS client gives an address of the unknown type 0x%02x", m[3]);
    s->answer_n = socks_reply_put(s->answer, SOCKS_NO_ADDRESS_TYPE, NULL);
    return false;
  }
  return true;
}

static enum socks_step read_message(struct socks_server *s) {
  switch (s->part) {
  case SOCKS_GREETING:
    return read_greeting(s);
  case SOCKS_PASSWORD:
    return read_password(s);
  default:
    return read_request(s);
  }
}

enum socks_step socks_feed(struct socks_server *s, struct slice bytes, size_t *used) {
  s->answer_n = 0;
  *used = 0;
  if (s->part == SOCKS_OVER)
    return SOCKS_BAD;
  for (;;) {
    size_t want = wanted(s);
    if (s->have >= want)
      break;
    size_t n = want - s->have < bytes.n - *used ? want - s->have : bytes.n - *used;
    if (!n)
      return SOCKS_MORE;
    memcpy(s->message + s->have, bytes.p + *used, n);
    s->have += n;
    *used += n;
    if (!begins_well(s))
      return over(s);
  }
  enum socks_step step = read_message(s);
  s->have = 0;
  return step;
}
