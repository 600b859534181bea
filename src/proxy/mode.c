/* Modes as people write them. */
#include "weir/proxy/mode.h"

#include <stdlib.h>

#include "weir/base/mem.h"
#include "weir/base/nearest.h"
#include "weir/base/text.h"
#include "weir/http/url.h"

static const struct {
  const char *word;
  enum mode_kind kind;
} kinds[] = {
    {"auto", MODE_AUTO}, {"regular", MODE_REGULAR}, {"socks5", MODE_SOCKS5},           {"reverse", MODE_REVERSE},
    {"tcp", MODE_TCP},   {"tls", MODE_TLS},         {"transparent", MODE_TRANSPARENT},
};
#define KINDS (sizeof kinds / sizeof *kinds)

const char *mode_word(enum mode_kind kind) {
  for (size_t i = 0; i < KINDS; i++)
    if (kinds[i].kind == kind)
      return kinds[i].word;
  return "";
}

static bool unknown(struct slice word, struct err *err) {
  struct buf safe = BUF_INIT, all = BUF_INIT;
  struct nearest nearest;
  nearest_init(&nearest, word);
  text_safe(&safe, slice_sub(word, 0, 40), TEXT_PLAIN);
  for (size_t i = 0; i < KINDS; i++) {
    nearest_offer(&nearest, kinds[i].word);
    buf_printf(&all, "%s%s", i ? ", " : "", kinds[i].word);
  }
  if (nearest.name)
    err_set(err, "\"%s\" is no mode; did you mean %s?", buf_text(&safe), nearest.name);
  else
    err_set(err, "\"%s\" is no mode: there are %s", buf_text(&safe), buf_text(&all));
  buf_clear(&safe);
  buf_clear(&all);
  return false;
}

/* RFC 1929: 1 to 255 bytes each. The password may hold anything, colons too. */
static bool read_password(struct mode *m, struct slice rest, struct err *err) {
  ptrdiff_t colon = slice_find_byte(rest, ':');
  size_t user_n = colon < 0 ? rest.n : (size_t)colon;
  struct slice password = slice_from(rest, user_n + 1);
  if (colon < 1 || !password.n)
    return err_set(err, "socks5 alone asks for no password; one stands as socks5:USER:PASSWORD");
  if (user_n > 255 || password.n > 255)
    return err_set(err, "socks5: user and password have at most 255 bytes each");
  m->user = mem_dup_n(rest.p, user_n);
  m->password = mem_dup_n(password.p, password.n);
  m->text = mem_dup("socks5, with a password");
  return true;
}

static bool read_server(struct mode *m, struct slice rest, struct err *err) {
  const char *word = mode_word(m->kind);
  struct err why = ERR_INIT;
  struct url url;
  if (!rest.n)
    return err_set(err, "%s needs a server: %s:HOST:PORT", word, word);
  if (!url_parse_authority(rest, &url, &why))
    return err_set(err, "%s:HOST:PORT: %s", word, why.text);
  struct buf text = BUF_INIT;
  buf_printf(&text, "%s:%.*s", word, (int)rest.n, rest.p);
  m->text = buf_take(&text);
  m->host = mem_dup_n(url.host.p, url.host.n);
  m->port = url.port;
  return true;
}

static bool read_url(struct mode *m, struct slice text, struct err *err) {
  struct err why = ERR_INIT;
  struct url url;
  int n = (int)(text.n < 80 ? text.n : 80);
  if (!url_parse(text, &url, &why))
    return err_set(err, "reverse: \"%.*s\": %s", n, text.p, why.text);
  bool secure = url_scheme_is(&url, "https");
  if (!secure && !url_scheme_is(&url, "http"))
    return err_set(err, "reverse: \"%.*s\": http:// and https:// are served; tcp:HOST:PORT relays other protocols", n,
                   text.p);
  if (url.has_userinfo)
    return err_set(err, "reverse: \"%.*s\": a user name in the address is not allowed", n, text.p);
  if (slice_find_byte(url.target, '?') >= 0)
    return err_set(err, "reverse: \"%.*s\": a path may stand behind the server, but no query", n, text.p);
  if (url_climbs(url.target))
    return err_set(err, "reverse: \"%.*s\": \"..\" in the path leads out of it", n, text.p);
  while (slice_ends(url.target, SLICE("/")))
    url.target.n--;
  if (m->servers == MODE_SERVERS_MAX)
    return err_set(err, "reverse: more than %d servers", MODE_SERVERS_MAX);
  m->server = mem_grow(m->server, (m->servers + 1) * sizeof *m->server);
  m->server[m->servers++] = (struct mode_server){.secure = secure,
                                                 .host = mem_dup_n(url.host.p, url.host.n),
                                                 .path = mem_dup_n(url.target.n ? url.target.p : "", url.target.n),
                                                 .port = url.port};
  return true;
}

/* URLs, and words on how they are used, with commas between them. */
static bool read_servers(struct mode *m, struct slice rest, struct err *err) {
  struct slice part, all = rest;
  while (slice_split(&rest, ',', &part))
    if (slice_eq(part, SLICE("keep-host")))
      m->keep_host = true;
    else if (slice_eq(part, SLICE("least-busy")))
      m->least_busy = true;
    else if (!read_url(m, part, err))
      return false;
  if (!m->servers)
    return err_set(err, "reverse needs a server: reverse:http://127.0.0.1:3000");
  struct buf text = BUF_INIT;
  buf_printf(&text, "reverse:%.*s", (int)all.n, all.p);
  m->text = buf_take(&text);
  return true;
}

/* What stands behind the word and its colon; rest.p NULL: no colon. */
static bool read_rest(struct mode *m, struct slice rest, struct err *err) {
  if (rest.p && m->kind == MODE_SOCKS5)
    return read_password(m, rest, err);
  if (m->kind == MODE_REVERSE)
    return read_servers(m, rest, err);
  if (m->kind == MODE_TCP || m->kind == MODE_TLS)
    return read_server(m, rest, err);
  if (rest.p)
    return err_set(err, "nothing stands behind %s", mode_word(m->kind));
  m->text = mem_dup(mode_word(m->kind));
  return true;
}

/* "proxy+socks5": the same behind a relay that says whose connection it is. */
static struct mode *with_header(struct slice text, struct err *err) {
  if (slice_starts(text, SLICE("proxy+"))) {
    err_set(err, "proxy+ stands once before a mode");
    return NULL;
  }
  struct mode *m = mode_parse(text, err);
  if (!m)
    return NULL;
  struct buf shown = BUF_INIT;
  buf_printf(&shown, "proxy+%s", m->text);
  free(m->text);
  m->text = buf_take(&shown);
  m->proxy_header = true;
  return m;
}

struct mode *mode_parse(struct slice text, struct err *err) {
  struct slice prefix = SLICE("proxy+");
  if (slice_starts(text, prefix))
    return with_header(slice_from(text, prefix.n), err);
  ptrdiff_t colon = slice_find_byte(text, ':');
  struct slice word = colon < 0 ? text : slice_sub(text, 0, (size_t)colon);
  struct slice rest = colon < 0 ? (struct slice){NULL, 0} : slice_from(text, (size_t)colon + 1);
  for (size_t i = 0; i < KINDS; i++) {
    if (!slice_eq(word, slice_of(kinds[i].word)))
      continue;
    struct mode *m = mem_zero(1, sizeof *m);
    m->refs = 1;
    m->kind = kinds[i].kind;
    if (read_rest(m, rest, err))
      return m;
    mode_unref(m);
    return NULL;
  }
  unknown(word, err);
  return NULL;
}

struct mode *mode_ref(struct mode *m) {
  if (m)
    m->refs++;
  return m;
}

void mode_unref(struct mode *m) {
  if (!m || --m->refs)
    return;
  free(m->text);
  free(m->user);
  free(m->host);
  for (size_t i = 0; i < m->servers; i++) {
    free(m->server[i].host);
    free(m->server[i].path);
  }
  free(m->server);
  free(m->password);
  free(m);
}
