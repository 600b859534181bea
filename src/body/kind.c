/* What a body is. The sender's word counts unless the bytes contradict it plainly. */
#include "weir/body/kind.h"

#include <string.h>

#include "line.h"
#include "weir/base/text.h"
#include "weir/body/image.h"

#define SAMPLE 4096

/* "text/html; charset=utf-8" -> "text/html" */
static struct slice media_type(struct slice content_type) {
  ptrdiff_t end = slice_find_byte(content_type, ';');
  return slice_trim(end < 0 ? content_type : slice_sub(content_type, 0, (size_t)end));
}

static struct slice subtype(struct slice type) {
  ptrdiff_t slash = slice_find_byte(type, '/');
  return slash < 0 ? (struct slice){NULL, 0} : slice_from(type, (size_t)slash + 1);
}

static bool is(struct slice s, const char *word) {
  return slice_eq_ascii(s, slice_of(word));
}

static bool starts(struct slice s, const char *prefix) {
  return slice_starts_ascii(s, slice_of(prefix));
}

/* A structured syntax suffix (RFC 6839), such as "+json". */
static bool has_suffix(struct slice s, const char *suffix) {
  size_t n = strlen(suffix);
  return s.n > n && is(slice_from(s, s.n - n), suffix);
}

struct media {
  const char *name; /* the whole type; where it ends in '/', any subtype */
  size_t n;         /* its length */
  enum body_kind kind;
  const char *letters; /* for the TYPE column; NULL: from the subtype */
};

#define MEDIA(name) name, sizeof(name) - 1

static const struct media medias[] = {
    {MEDIA("application/json"), BODY_JSON, "json"},
    {MEDIA("text/json"), BODY_JSON, "json"},
    {MEDIA("application/x-ndjson"), BODY_NDJSON, "json"},
    {MEDIA("application/jsonl"), BODY_NDJSON, "json"},
    {MEDIA("application/csp-report"), BODY_JSON, "json"},
    {MEDIA("text/html"), BODY_HTML, "html"},
    {MEDIA("application/xhtml+xml"), BODY_HTML, "html"},
    {MEDIA("text/css"), BODY_CSS, "css"},
    {MEDIA("text/javascript"), BODY_JS, "js"},
    {MEDIA("application/javascript"), BODY_JS, "js"},
    {MEDIA("application/x-javascript"), BODY_JS, "js"},
    {MEDIA("application/ecmascript"), BODY_JS, "js"},
    {MEDIA("text/xml"), BODY_XML, "xml"},
    {MEDIA("application/xml"), BODY_XML, "xml"},
    {MEDIA("image/svg+xml"), BODY_XML, "svg"},
    {MEDIA("application/x-www-form-urlencoded"), BODY_FORM, "form"},
    {MEDIA("multipart/form-data"), BODY_MULTIPART, "multi"},
    {MEDIA("multipart/"), BODY_MULTIPART, "multi"},
    {MEDIA("image/vnd.microsoft.icon"), BODY_IMAGE, "ico"},
    {MEDIA("image/x-icon"), BODY_IMAGE, "ico"},
    {MEDIA("image/jpeg"), BODY_IMAGE, "jpg"},
    {MEDIA("image/"), BODY_IMAGE, NULL},
    {MEDIA("text/plain"), BODY_TEXT, "text"},
    {MEDIA("text/event-stream"), BODY_EVENTS, "sse"},
    {MEDIA("text/"), BODY_TEXT, NULL},
    {MEDIA("application/octet-stream"), BODY_BINARY, "bin"},
    {MEDIA("binary/octet-stream"), BODY_BINARY, "bin"},
    {MEDIA("application/x-protobuf"), BODY_BINARY, "proto"},
    {MEDIA("application/font-woff"), BODY_BINARY, "woff"},
    {MEDIA("application/font-woff2"), BODY_BINARY, "woff2"},
    {MEDIA("audio/mpeg"), BODY_BINARY, "mp3"},
    {MEDIA("application/gzip"), BODY_BINARY, "gz"},
    {MEDIA("application/x-gzip"), BODY_BINARY, "gz"},
};

static const struct media *media_of(struct slice type) {
  for (size_t i = 0; i < sizeof medias / sizeof *medias; i++) {
    const struct media *m = &medias[i];
    bool any_subtype = m->name[m->n - 1] == '/';
    if ((any_subtype ? type.n >= m->n : type.n == m->n) && slice_same_ascii(type.p, m->name, m->n))
      return m;
  }
  return NULL;
}

/* What the sender says; BODY_EMPTY: nothing that helps. */
static enum body_kind said(struct slice type) {
  const struct media *media = media_of(type);
  if (media)
    return media->kind;
  if (has_suffix(type, "+json"))
    return BODY_JSON;
  if (has_suffix(type, "+xml"))
    return BODY_XML;
  return BODY_EMPTY;
}

/* Bytes of text in any encoding that extends ASCII have no control characters but these. */
static bool looks_binary(struct slice sample) {
  for (size_t i = 0; i < sample.n; i++) {
    unsigned char c = (unsigned char)sample.p[i];
    if (c < 0x20 && !memchr("\t\n\v\f\r\b\033", c, 7))
      return true;
  }
  return false;
}

/* UTF-8, where the sample may end inside a character. */
static bool looks_utf8(struct slice sample) {
  for (size_t cut = 0; cut <= 3 && cut <= sample.n; cut++) {
    struct slice part = slice_sub(sample, 0, sample.n - cut);
    if (text_is_utf8(part))
      return true;
  }
  return false;
}

static bool looks_image(struct slice s) {
  struct image_facts facts;
  return image_look(s, &facts);
}

static struct slice skip_blank(struct slice s) {
  if (slice_starts(s, SLICE("\xef\xbb\xbf")))
    s = slice_from(s, 3);
  while (s.n && memchr(" \t\r\n", *s.p, 4))
    s = slice_from(s, 1);
  return s;
}

static enum body_kind sniff_markup(struct slice s) {
  static const char *const html[] = {"<!doctype html", "<html", "<head", "<body", "<script",
                                     "<title",         "<!--",  "<div",  "<p>"};
  for (size_t i = 0; i < sizeof html / sizeof *html; i++)
    if (starts(s, html[i]))
      return BODY_HTML;
  return starts(s, "<?xml") || starts(s, "<svg") ? BODY_XML : BODY_TEXT;
}

static enum body_kind sniff(struct slice sample) {
  if (looks_image(sample))
    return BODY_IMAGE;
  if (looks_binary(sample) || !looks_utf8(sample))
    return BODY_BINARY;
  struct slice s = skip_blank(sample);
  if (json_begins(s))
    return BODY_JSON;
  return s.n && *s.p == '<' ? sniff_markup(s) : BODY_TEXT;
}

enum body_kind kind_said(struct slice content_type) {
  return said(media_type(content_type));
}

enum body_kind kind_seen(enum body_kind kind, struct slice first_bytes) {
  struct slice sample = slice_sub(first_bytes, 0, SAMPLE);
  if (!sample.n)
    return BODY_EMPTY;
  switch (kind) {
  case BODY_EMPTY:
  case BODY_BINARY:
  case BODY_IMAGE: {
    enum body_kind seen = sniff(sample);
    /* an image in a form that is not known here stays one */
    return kind == BODY_IMAGE && seen == BODY_BINARY ? BODY_IMAGE : seen;
  }
  case BODY_TEXT:
  case BODY_NDJSON:
  case BODY_JSON: {
    /* an error page sent as JSON, JSON sent as text; Latin-1 text is still text */
    struct slice s = skip_blank(sample);
    if (looks_image(sample) || looks_binary(sample))
      return sniff(sample);
    if (json_begins(s))
      return kind == BODY_NDJSON ? kind : BODY_JSON;
    if (kind != BODY_TEXT && s.n && *s.p == '<')
      return sniff_markup(s);
    return kind;
  }
  case BODY_MULTIPART:
    return kind; /* its parts may be anything */
  default:
    return looks_image(sample) || looks_binary(sample) ? sniff(sample) : kind;
  }
}

enum body_kind body_kind_of(struct slice content_type, struct slice first_bytes) {
  return kind_seen(kind_said(content_type), first_bytes);
}

const char *body_kind_name(enum body_kind kind) {
  static const char *const names[] = {
      [BODY_EMPTY] = "empty",  [BODY_TEXT] = "text",           [BODY_JSON] = "json",     [BODY_NDJSON] = "ndjson",
      [BODY_XML] = "xml",      [BODY_HTML] = "html",           [BODY_CSS] = "css",       [BODY_JS] = "js",
      [BODY_FORM] = "form",    [BODY_MULTIPART] = "multipart", [BODY_EVENTS] = "events", [BODY_IMAGE] = "image",
      [BODY_BINARY] = "binary"};
  return (size_t)kind < sizeof names / sizeof *names ? names[kind] : "?";
}

/* The telling letters of a subtype: "vnd.ms-excel" -> "excel", "x-tar" -> "tar", "mp4" -> "mp4". */
static struct slice telling(struct slice name) {
  static const char *const noise[] = {"vnd.", "x.", "x-", "ms-"};
  for (size_t i = 0; i < sizeof noise / sizeof *noise; i++)
    if (starts(name, noise[i]))
      name = slice_from(name, strlen(noise[i]));
  return name;
}

void body_type_short(struct slice content_type, char out[8]) {
  struct slice type = media_type(content_type);
  const struct media *media = media_of(type);
  struct slice name;
  if (media && media->letters)
    name = slice_of(media->letters);
  else if (has_suffix(type, "+json"))
    name = SLICE("json");
  else if (has_suffix(type, "+xml"))
    name = SLICE("xml");
  else
    name = telling(subtype(type));
  size_t n = 0;
  for (size_t i = 0; i < name.n && n < 5; i++) {
    char c = name.p[i];
    if (c >= 'A' && c <= 'Z')
      c = (char)(c | 0x20);
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
      out[n++] = c;
    else if (n)
      break; /* "x-www-form" says enough with its first word */
  }
  if (!n)
    out[n++] = '-';
  out[n] = 0;
}

/* The list that mitmproxy's ~a has, and fonts by their older names. */
bool body_is_asset(struct slice content_type) {
  struct slice type = media_type(content_type);
  return is(type, "text/css") || is(type, "text/javascript") || is(type, "application/javascript") ||
         is(type, "application/x-javascript") || starts(type, "image/") || starts(type, "font/") ||
         starts(type, "application/font") || starts(type, "application/x-font") ||
         is(type, "application/vnd.ms-fontobject");
}
