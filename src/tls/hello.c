#include "weir/tls/hello.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#include "hello_fields.h"
#include "name.h"
#include "weir/base/buf.h"
#include "weir/base/mem.h"
#include "weir/base/text.h"

struct hello_reader {
  SSL_CTX *ctx;
};

/* ---- the kind ---- */

/* Record type 22, major version 3, minor 0 to 4, a length of at most 2^14, handshake type 1 (RFC 8446-5.1, 4). */
static enum hello_kind tls_kind(struct slice first) {
  const unsigned char *p = (const unsigned char *)first.p;
  bool fits = (first.n < 2 || p[1] == 3) && (first.n < 3 || p[2] <= 4) &&
              (first.n < 5 || (p[3] <= 0x40 && (p[3] | p[4]) != 0)) && (first.n < 6 || p[5] == 1);
  if (!fits)
    return HELLO_OTHER;
  return first.n < 6 ? HELLO_MORE : HELLO_TLS;
}

static bool token_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

/* "/", "*", "http..." or, for CONNECT, anything: other protocols begin with a word too. */
static bool target_begins(struct slice method, struct slice target) {
  if (slice_eq(method, SLICE("CONNECT")) || target.n == 0 || target.p[0] == '/' || target.p[0] == '*')
    return true;
  return slice_starts_ascii(slice_sub(target, 0, 4), slice_sub(SLICE("http"), 0, target.n));
}

/* What stands behind method and space says it at its end alone: many protocols have a command `get /x`. A line that ends
 * without a version is theirs (nobody speaks HTTP/0.9), as is one with a byte that no line of text has, or another
 * version (PRI * HTTP/2.0 begins h2c). Spaces within the target are HTTP's to refuse. */
static enum hello_kind line_kind(struct slice line) {
  static const struct slice version = {" HTTP/1.", 8};
  for (size_t i = 0; i < line.n; i++) {
    unsigned char c = (unsigned char)line.p[i];
    if (c < 0x20 || c == 0x7f)
      return HELLO_OTHER;
    if (c != ' ')
      continue;
    struct slice rest = slice_from(line, i);
    if (rest.n >= version.n && slice_eq(slice_sub(rest, 0, version.n), version))
      return HELLO_HTTP;
  }
  return line.n < HELLO_LINE_MOST ? HELLO_MORE : HELLO_HTTP;
}

static size_t method_length(struct slice first) {
  size_t n = 0;
  while (n < first.n && n <= HELLO_HTTP_METHOD_MAX && token_byte(first.p[n]))
    n++;
  return n;
}

static enum hello_kind text_kind(struct slice first) {
  size_t n = method_length(first);
  if (n > HELLO_HTTP_METHOD_MAX)
    return HELLO_OTHER;
  if (n == first.n)
    return HELLO_MORE;
  if (n == 0 || first.p[n] != ' ' || !target_begins(slice_sub(first, 0, n), slice_from(first, n + 1)))
    return HELLO_OTHER;
  return line_kind(slice_from(first, n));
}

enum hello_kind hello_kind(struct slice first) {
  if (first.n == 0)
    return HELLO_MORE;
  return first.p[0] == 0x16 ? tls_kind(first) : text_kind(first);
}

enum hello_hope hello_hope(struct slice first) {
  static const char *const methods[] = {"GET",   "POST",    "PUT",      "DELETE",    "HEAD",  "OPTIONS",
                                        "PATCH", "CONNECT", "PROPFIND", "PROPPATCH", "TRACE", "REPORT"};
  size_t n = method_length(first);
  struct slice word = slice_sub(first, 0, n);
  bool line = n < first.n;
  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
    struct slice method = slice_of(methods[i]);
    if (slice_eq(word, method))
      return HELLO_LIKELY;
    if (!line && slice_eq(word, slice_sub(method, 0, n)))
      return HELLO_POSSIBLE;
  }
  return line ? HELLO_POSSIBLE : HELLO_UNLIKELY;
}

/* ---- the fields ---- */

static struct slice extension(SSL *ssl, unsigned type) {
  const unsigned char *p = NULL;
  size_t n = 0;
  if (SSL_client_hello_get0_ext(ssl, type, &p, &n) != 1)
    return (struct slice){NULL, 0};
  return slice_make((const char *)p, n);
}

static size_t number_at(struct slice s) {
  const unsigned char *p = (const unsigned char *)s.p;
  return ((size_t)p[0] << 8) | p[1];
}

/* RFC 6066-3: a list of names with a type each, of which only one of type 0 is ever sent. */
static void take_name(struct slice list, struct hello *out) {
  struct name name;
  if (list.n == 0)
    return;
  out->sni_invalid = true;
  if (list.n < 5 || number_at(list) != list.n - 2 || list.p[2] != 0 || number_at(slice_from(list, 3)) != list.n - 5)
    return;
  if (!name_parse(slice_from(list, 5), &name))
    return;
  out->sni_invalid = false;
  memcpy(out->sni, name.text, sizeof out->sni);
}

bool hello_next_protocol(struct slice *list, struct slice *name) {
  if (list->n == 0)
    return false;
  size_t n = (unsigned char)list->p[0];
  if (n == 0 || n > list->n - 1)
    return false;
  *name = slice_sub(*list, 1, n);
  *list = slice_from(*list, n + 1);
  return true;
}

static void take_protocols(struct slice extension_bytes, struct hello *out) {
  struct buf text = BUF_INIT;
  struct slice list = slice_from(extension_bytes, 2), name;
  while (hello_next_protocol(&list, &name)) {
    if (slice_eq(name, SLICE("h2")))
      out->h2 = true;
    if (text.n >= sizeof out->alpn)
      continue;
    if (text.n > 0)
      buf_add_text(&text, ", ");
    text_safe(&text, name, TEXT_ASCII);
  }
  if (text.n >= sizeof out->alpn) {
    text.n = sizeof out->alpn - 4;
    buf_add_text(&text, "...");
  }
  memcpy(out->alpn, buf_text(&text), text.n + 1);
  buf_clear(&text);
}

void hello_take(SSL *ssl, struct hello *out) {
  *out = (struct hello){.sni = ""};
  take_name(extension(ssl, TLSEXT_TYPE_server_name), out);
  take_protocols(extension(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation), out);
}

/* ---- reading what was recorded ---- */

struct reading {
  struct hello *out;
  bool seen;
};

/* Stops the handshake: nobody will answer this hello. */
static int hello_came(SSL *ssl, int *alert, void *arg) {
  struct reading *reading = SSL_get_app_data(ssl);
  (void)alert;
  (void)arg;
  hello_take(ssl, reading->out);
  reading->seen = true;
  return SSL_CLIENT_HELLO_RETRY;
}

struct hello_reader *hello_reader_new(void) {
  struct hello_reader *r = mem_zero(1, sizeof *r);
  r->ctx = SSL_CTX_new(TLS_server_method());
  if (!r->ctx)
    abort(); /* no memory */
  SSL_CTX_set_client_hello_cb(r->ctx, hello_came, NULL);
  /* What versions and ciphers are good is for the handshake to say, not for who reads its first message. */
  SSL_CTX_set_min_proto_version(r->ctx, 0);
  return r;
}

void hello_reader_free(struct hello_reader *reader) {
  if (!reader)
    return;
  SSL_CTX_free(reader->ctx);
  free(reader);
}

enum hello_code hello_read(struct hello_reader *reader, struct slice first, struct hello *out) {
  struct reading reading = {.out = out};
  *out = (struct hello){.sni = ""};
  if (first.n == 0)
    return HELLO_INCOMPLETE;
  bool too_much = first.n > HELLO_MOST;
  SSL *ssl = SSL_new(reader->ctx);
  BIO *in = BIO_new_mem_buf(first.p, (int)(too_much ? HELLO_MOST : first.n));
  BIO *nowhere = BIO_new(BIO_s_null());
  if (!ssl || !in || !nowhere)
    abort(); /* no memory */
  BIO_set_mem_eof_return(in, -1);
  SSL_set_bio(ssl, in, nowhere);
  SSL_set_app_data(ssl, &reading);
  ERR_clear_error();
  int code = SSL_accept(ssl);
  int why = SSL_get_error(ssl, code);
  ERR_clear_error();
  SSL_free(ssl);
  if (reading.seen)
    return HELLO_PARSED;
  return why == SSL_ERROR_WANT_READ && !too_much ? HELLO_INCOMPLETE : HELLO_BROKEN;
}
