#include "weir/file/curl.h"

#include <string.h>

#include "snippet.h"
#include "weir/base/emit.h"
#include "weir/base/text.h"
#include "weir/http/url.h"

#define ARGUMENT_MAX (100 * 1024) /* Linux takes 128 KiB in one argument */

struct command {
  const struct flow *flow;
  const struct http_head *head;
  const struct body *body;
  struct buf *out;
  bool has_data; /* curl gets a body, possibly an empty one */
};

/* ---- words ---- */

static void option(struct command *c, const char *name) {
  buf_add_byte(c->out, ' ');
  buf_add_text(c->out, name);
}

static void word(struct command *c, struct slice s) {
  buf_add_byte(c->out, ' ');
  text_shell_quote(c->out, s, NULL);
}

static void header(struct command *c, struct slice name, const char *between, struct slice value) {
  struct buf line = BUF_INIT;
  buf_add_slice(&line, name);
  buf_add_text(&line, between);
  buf_add_slice(&line, value);
  option(c, "-H");
  word(c, buf_slice(&line));
  buf_clear(&line);
}

/* ---- the request line ---- */

static void put_method(struct command *c) {
  struct slice method = http_head_method(c->head);
  if (slice_eq(method, SLICE("HEAD")) && !c->has_data)
    option(c, "-I");
  else if (!slice_eq(method, c->has_data ? SLICE("POST") : SLICE("GET"))) {
    option(c, "-X");
    word(c, method);
  }
}

/* Bytes that curl passes on in a URL exactly as they are, outside of its own globbing. */
static bool survives_curl(struct slice target) {
  if (!target.n || *target.p != '/')
    return false;
  for (size_t i = 0; i < target.n; i++) {
    unsigned char b = (unsigned char)target.p[i];
    if (b <= ' ' || b >= 0x7f || strchr("#\"<>\\^`{|}", b))
      return false;
  }
  return true;
}

static void put_url(struct command *c) {
  struct slice path = flow_path(c->flow);
  struct buf url = BUF_INIT;
  if (survives_curl(path)) {
    flow_url(c->flow, &url);
  } else {
    option(c, "--request-target");
    word(c, path);
    buf_add_text(&url, c->flow->scheme_host);
    buf_add_byte(&url, '/');
  }
  if (slice_find(buf_slice(&url), SLICE("/.")) >= 0)
    option(c, "--path-as-is");
  if (slice_find_byte(buf_slice(&url), '[') >= 0 || slice_find_byte(buf_slice(&url), ']') >= 0)
    option(c, "-g");
  word(c, buf_slice(&url));
  buf_clear(&url);
}

/* ---- fields ---- */

static bool curl_says_it_too(const struct command *c, const struct http_field *field) {
  if (slice_eq_ascii(field->name, SLICE("host"))) {
    struct slice all = slice_of(c->flow->scheme_host);
    return http_head_count(c->head, "host") == 1 && slice_eq(field->value, slice_from(all, flow_scheme(c->flow).n + 3));
  }
  uint64_t length;
  return slice_eq_ascii(field->name, SLICE("content-length")) && c->has_data && slice_to_u64(field->value, &length) &&
         length == c->body->kept;
}

static void put_fields(struct command *c) {
  struct http_field field;
  uint32_t at = 0;
  while (http_head_next(c->head, &at, &field)) {
    if (snippet_hop_by_hop(c->head, field.name) || curl_says_it_too(c, &field))
      continue;
    if (field.value.n)
      header(c, field.name, ": ", field.value);
    else
      header(c, field.name, ";", field.value); /* an empty value, in curl's words */
  }
}

/* Fields that curl would add by itself: "Name:" keeps it from that. */
static void put_silence(struct command *c) {
  static const char *const always[] = {"User-Agent", "Accept"};
  static const char *const with_data[] = {"Content-Type", "Expect"};
  for (size_t i = 0; i < 2; i++)
    if (!http_head_count(c->head, always[i]))
      header(c, slice_of(always[i]), ":", slice_of(""));
  for (size_t i = 0; c->has_data && i < 2; i++)
    if (!http_head_count(c->head, with_data[i]))
      header(c, slice_of(with_data[i]), ":", slice_of(""));
}

/* ---- all of it ---- */

bool curl_command(const struct flow *f, struct buf *out, struct err *err) {
  if (!snippet_possible(f, err))
    return false;
  struct command c = {f, flow_sent_head(&f->request), flow_sent_body(&f->request), out, false};
  struct buf data = BUF_INIT;
  struct slice length;
  body_copy(c.body, &data);
  c.has_data = data.n || (http_head_find(c.head, "content-length", &length) && slice_eq(length, SLICE("0")));
  bool piped = data.n > ARGUMENT_MAX || slice_find_byte(buf_slice(&data), 0) >= 0;
  if (piped) {
    buf_add_text(out, "printf %s ");
    buf_add_base64(out, buf_slice(&data));
    buf_add_text(out, " | base64 -d | ");
  }
  buf_add_text(out, "curl");
  if (c.head->minor == 0)
    option(&c, "--http1.0");
  if (flow_unverified(f))
    option(&c, "--insecure");
  put_method(&c);
  put_fields(&c);
  put_silence(&c);
  if (http_head_count(c.head, "accept-encoding"))
    option(&c, "--compressed");
  if (piped) {
    option(&c, "--data-binary @-");
  } else if (c.has_data) {
    option(&c, "--data-raw"); /* unlike --data-binary it gives a leading @ no meaning */
    word(&c, buf_slice(&data));
  }
  put_url(&c);
  buf_clear(&data);
  return true;
}
