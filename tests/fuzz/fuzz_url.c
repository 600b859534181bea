/* URLs and authorities: what is taken lies within the input, and is taken again when it is put together anew. */
#include <stdio.h>
#include <stdlib.h>

#include "weir/http/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds, const char *what) {
  if (!holds) {
    fprintf(stderr, "%s\n", what);
    abort();
  }
}

static void check_part(struct slice whole, struct slice part) {
  demand(part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n), "a part outside the input");
}

static void check(struct slice text, bool taken, const struct url *url, const struct err *err) {
  if (!taken) {
    demand(err->text[0] != '\0' && err->at + err->span <= text.n, "no sentence or no place");
    return;
  }
  check_part(text, url->scheme);
  check_part(text, url->userinfo);
  check_part(text, url->host);
  check_part(text, url->authority);
  check_part(text, url->target);
  for (size_t i = 0; i < url->host.n; i++) {
    unsigned char c = (unsigned char)url->host.p[i];
    demand(c > 0x20 && c < 0x7f && c != '@' && c != '/' && c != '\\', "a byte in the host that divides or hides");
  }
}

static void put_together(const struct url *url) {
  struct buf out = BUF_INIT;
  struct url again;
  buf_add_slice(&out, url->scheme);
  buf_add_text(&out, "://");
  url_put_authority(&out, url->host, url->port, "");
  buf_add_slice(&out, url->target);
  demand(url_parse(buf_slice(&out), &again, NULL), "put together, it is refused");
  demand(slice_eq(again.host, url->host) && again.port == url->port && slice_eq(again.target, url->target) &&
             again.ipv6 == url->ipv6 && !again.has_userinfo,
         "put together, it is another");
  buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct slice text = {(const char *)data, size};
  struct url url;
  struct err err = ERR_INIT;
  bool taken = url_parse(text, &url, &err);
  check(text, taken, &url, &err);
  if (taken && url.host.n > 0)
    put_together(&url);
  taken = url_parse_authority(text, &url, &err);
  check(text, taken, &url, &err);
  demand(!taken || (url.has_port && url.port > 0), "an authority without a port");
  taken = url_parse_host(text, size % 2 == 0, &url, &err);
  check(text, taken, &url, &err);
  struct buf deeper = BUF_INIT; /* one folder further down, ".." leads less far */
  buf_add_text(&deeper, "/a/");
  buf_add_slice(&deeper, text);
  demand(url_climbs(text) || !url_climbs(buf_slice(&deeper)), "deeper down it leads out");
  buf_clear(&deeper);
  return 0;
}
