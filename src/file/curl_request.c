/* The message that curl would send. */
#include "curl_request.h"

#include <stdarg.h>
#include <stdio.h>

#include "weir/http/url.h"

#define CURL_AGENT_TEXT "curl/7.88.1" /* what curl says of itself where the command does not */

void curl_tell(struct curl_request *r, const char *format, ...) {
  char text[300];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  buf_add_text(r->told, text);
  buf_add_byte(r->told, '\n');
}

void curl_tell_file(struct curl_request *r, const char *option, struct slice value) {
  char text[160];
  int n = snprintf(text, sizeof text, "%s%.*s is not read: type what it holds\n", option, curl_shown(value), value.p);
  size_t at = r->files_told;
  buf_insert(r->told, at, text, (size_t)n);
  r->files_told += (size_t)n;
}

int curl_shown(struct slice s) {
  return s.n < 60 ? (int)s.n : 60;
}

static struct slice header_name(struct slice header) {
  ptrdiff_t colon = slice_find_byte(header, ':');
  if (colon >= 0)
    return slice_sub(header, 0, (size_t)colon);
  return header.n > 0 && header.p[header.n - 1] == ';' ? slice_sub(header, 0, header.n - 1) : header;
}

static bool named(const struct curl_request *r, const char *name) {
  for (size_t i = 0; i < r->header.n; i++)
    if (slice_eq_ascii(header_name(r->header.v[i]), slice_of(name)))
      return true;
  return false;
}

/* A field that curl would add by itself, unless -H says something of it. */
static void add_field(const struct curl_request *r, struct buf *out, const char *name, struct slice value) {
  if (named(r, name))
    return;
  buf_printf(out, "%s: ", name);
  buf_add_slice(out, value);
  buf_add_byte(out, '\n');
}

static void add_headers(struct curl_request *r, struct buf *out, bool host) {
  for (size_t i = 0; i < r->header.n; i++) {
    struct slice h = r->header.v[i], name = header_name(h);
    ptrdiff_t colon = slice_find_byte(h, ':');
    struct slice value = colon >= 0 ? slice_trim(slice_from(h, (size_t)colon + 1)) : slice_make(NULL, 0);
    if (slice_eq_ascii(name, SLICE("host")) != host)
      continue;
    if (colon < 0 && name.n == h.n) {
      curl_tell(r, "-H %.*s: it has no colon", curl_shown(h), h.p);
      continue;
    }
    if (colon >= 0 && value.n == 0) /* "Name:" keeps curl from adding it */
      continue;
    buf_add_slice(out, name);
    buf_add_byte(out, ':');
    if (value.n > 0)
      buf_add_byte(out, ' ');
    buf_add_slice(out, value);
    buf_add_byte(out, '\n');
  }
}

static void add_own_fields(struct curl_request *r, struct buf *out, struct slice userinfo) {
  struct slice user = r->user.p != NULL ? r->user : userinfo;
  struct buf value = BUF_INIT, plain = BUF_INIT;
  if (r->bearer.p != NULL) {
    buf_add_text(&value, "Bearer ");
    buf_add_slice(&value, r->bearer);
  } else if (user.p != NULL && user.n > 0) {
    if (r->user.p != NULL)
      buf_add_slice(&plain, user);
    else
      url_decode(user, false, &plain);
    if (slice_find_byte(buf_slice(&plain), ':') < 0)
      buf_add_byte(&plain, ':');
    buf_add_text(&value, "Basic ");
    buf_add_base64(&value, buf_slice(&plain));
  }
  if (value.n > 0)
    add_field(r, out, "Authorization", buf_slice(&value));
  if (r->has_agent ? r->agent.n > 0 : true)
    add_field(r, out, "User-Agent", r->has_agent ? r->agent : SLICE(CURL_AGENT_TEXT));
  add_field(r, out, "Accept", r->json ? SLICE("application/json") : SLICE("*/*"));
  if (r->compressed)
    add_field(r, out, "Accept-Encoding", SLICE("deflate, gzip, br, zstd"));
  if (r->referer.n > 0)
    add_field(r, out, "Referer", r->referer);
  if (r->cookie.n > 0)
    add_field(r, out, "Cookie", buf_slice(&r->cookie));
  if (r->range.n > 0) {
    buf_reset(&value);
    buf_add_text(&value, "bytes=");
    buf_add_slice(&value, r->range);
    add_field(r, out, "Range", buf_slice(&value));
  }
  buf_clear(&value);
  buf_clear(&plain);
}

/* What cannot stand in a target; curl itself refuses a space there, and what follows a # would never be sent. */
static void add_encoded(struct buf *out, struct slice s) {
  for (size_t i = 0; i < s.n; i++) {
    unsigned char c = (unsigned char)s.p[i];
    if (c <= ' ' || c == 0x7f || c == '#')
      buf_printf(out, "%%%02X", c);
    else
      buf_add_byte(out, (char)c);
  }
}

static void add_target(struct curl_request *r, const struct url *url, struct buf *out) {
  struct slice target = url->target;
  buf_add_slice(out, url->scheme);
  buf_add_text(out, "://");
  buf_add_slice(out, url->authority);
  if (r->target.p != NULL && r->target.n > 0 && *r->target.p == '/') {
    buf_add_slice(out, r->target);
    return;
  }
  if (r->target.p != NULL)
    curl_tell(r, "--request-target %.*s: only what begins with / can be asked for", curl_shown(r->target), r->target.p);
  if (target.n == 0 || *target.p == '?')
    buf_add_byte(out, '/');
  buf_add_slice(out, target);
  if (r->upload && slice_find_byte(target, '?') < 0 && (target.n == 0 || target.p[target.n - 1] == '/'))
    add_encoded(out, r->upload_name); /* into a folder: by the file's name, as curl does */
  struct slice more[] = {buf_slice(&r->query), r->get ? buf_slice(&r->data) : slice_make(NULL, 0)};
  bool query = slice_find_byte(target, '?') >= 0;
  for (size_t i = 0; i < 2; i++)
    if (more[i].n > 0) {
      buf_add_byte(out, query ? '&' : '?');
      add_encoded(out, more[i]);
      query = true;
    }
}

static struct slice method_of(const struct curl_request *r, bool body) {
  if (r->method.n > 0)
    return r->method;
  if (r->head)
    return SLICE("HEAD");
  if (r->upload)
    return SLICE("PUT");
  return body ? SLICE("POST") : SLICE("GET");
}

static void write_message(struct curl_request *r, const struct url *url, struct buf *out) {
  bool form = r->form.n > 0, body = form || r->upload || (r->has_data && !r->get);
  struct slice bytes = form ? buf_slice(&r->form) : buf_slice(&r->data);
  if (form)
    buf_add_text(&r->form, "--weir-form-part--\r\n"), bytes = buf_slice(&r->form);
  buf_add_slice(out, method_of(r, body));
  buf_add_byte(out, ' ');
  add_target(r, url, out);
  buf_add_text(out, r->http10 ? " HTTP/1.0\n" : " HTTP/1.1\n");
  add_headers(r, out, true);
  if (!named(r, "host"))
    add_field(r, out, "Host", url->authority);
  add_own_fields(r, out, url->has_userinfo ? url->userinfo : slice_make(NULL, 0));
  add_headers(r, out, false);
  if (body) {
    if (form)
      add_field(r, out, "Content-Type", SLICE("multipart/form-data; boundary=weir-form-part"));
    else if (!r->upload)
      add_field(r, out, "Content-Type",
                r->json ? SLICE("application/json") : SLICE("application/x-www-form-urlencoded"));
    char length[24];
    snprintf(length, sizeof length, "%zu", bytes.n);
    if (!named(r, "transfer-encoding"))
      add_field(r, out, "Content-Length", slice_of(length));
  }
  buf_add_byte(out, '\n');
  if (body)
    buf_add_slice(out, bytes);
}

/* As curl reads the URL: without a scheme it is http, and a fragment is not sent. */
bool curl_request_write(struct curl_request *r, struct buf *message) {
  struct buf text = BUF_INIT;
  struct url url;
  if (r->url.n == 0)
    return err_set(r->err, "there is no URL in this curl command");
  if (slice_find(r->url, SLICE("://")) < 0)
    buf_add_text(&text, "http://");
  ptrdiff_t fragment = slice_find_byte(r->url, '#');
  buf_add_slice(&text, fragment >= 0 ? slice_sub(r->url, 0, (size_t)fragment) : r->url);
  bool ok = url_parse(buf_slice(&text), &url, r->err);
  if (ok)
    write_message(r, &url, message);
  else if (r->err != NULL)
    r->err->at = r->err->span = 0; /* a place in the URL, not in the command */
  buf_clear(&text);
  return ok;
}
