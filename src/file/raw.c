#include "weir/file/raw.h"

#include <stdlib.h>
#include <string.h>

#include "weir/base/text.h"
#include "weir/body/kind.h"
#include "weir/http/url.h"

#define NAME_MAX_BYTES 80

void raw_message(const struct flow_message *m, bool sent, struct buf *out) {
  const struct http_head *head = sent ? flow_sent_head(m) : &m->head;
  if (head->raw)
    buf_add_slice(out, http_head_raw(head));
  body_copy(sent ? flow_sent_body(m) : &m->body, out);
}

/* ---- names ---- */

static struct slice last_part(const struct flow *f) {
  struct slice path = flow_path(f);
  ptrdiff_t end = slice_find_byte(path, '?');
  path = end < 0 ? path : slice_sub(path, 0, (size_t)end);
  while (path.n && path.p[path.n - 1] == '/')
    path.n--;
  for (size_t i = path.n; i-- > 0;)
    if (path.p[i] == '/')
      return slice_from(path, i + 1);
  return path;
}

/* Keeps what every file system takes and every terminal shows; the rest becomes '_'. */
static void put_safe(struct slice s, struct buf *out) {
  while (s.n && out->n < NAME_MAX_BYTES) {
    struct text_cluster cluster;
    size_t n = text_next(s, TEXT_PLAIN, &cluster);
    /* A combining mark may follow any of these: then the cluster is longer, and no better for it. */
    bool odd = cluster.mark || n > 16 || strchr("/\\:*?\"<>| ", *s.p) || (out->n == 0 && strchr(".-", *s.p));
    if (odd)
      buf_add_byte(out, '_');
    else
      buf_add(out, s.p, n);
    s = slice_from(s, n);
  }
  while (out->n && out->p[out->n - 1] == '.')
    out->n--;
}

static ptrdiff_t extension_at(const struct buf *name) {
  for (size_t i = name->n; i-- > 1;)
    if (name->p[i] == '.')
      return name->n - i <= 6 ? (ptrdiff_t)i : -1;
  return -1;
}

static void put_extension(const struct flow *f, enum flow_side side, struct buf *name) {
  const struct http_head *head = &flow_side_const(f, side)->head;
  struct slice type;
  char word[8] = "bin";
  if (head->raw && http_head_find(head, "content-type", &type))
    body_type_short(type, word);
  buf_printf(name, ".%s", word[0] && strcmp(word, "-") != 0 ? word : "bin");
}

char *raw_file_name(const struct flow *f, enum flow_side side) {
  struct buf plain = BUF_INIT, name = BUF_INIT;
  const char *suffix = side == FLOW_REQUEST ? "-request" : "-response";
  url_decode(last_part(f), false, &plain);
  put_safe(buf_slice(&plain), &name);
  if (!name.n)
    put_safe(flow_host(f), &name);
  if (!name.n)
    buf_add_text(&name, "body");
  ptrdiff_t extension = plain.n ? extension_at(&name) : -1; /* a host's last label is none */
  if (extension < 0) {
    buf_add_text(&name, suffix);
    put_extension(f, side, &name);
  } else if (side == FLOW_REQUEST) {
    buf_insert(&name, (size_t)extension, suffix, strlen(suffix));
  }
  buf_clear(&plain);
  return buf_take(&name);
}
