/*
 * weir's own page as text and as HTML.
 */
#ifndef WEIR_PROXY_PAGE_TEXT_H
#define WEIR_PROXY_PAGE_TEXT_H

#include "weir/proxy/guide.h"

struct page_facts {
  struct guide_place place;
  const char *name, *fingerprint; /* of the authority; NULL: `off` says why HTTPS is not read */
  const char *off;
  int64_t until; /* seconds since 1970 */
  size_t flows, paused;
  uint64_t evicted, requests;
  bool recording;
};
void page_plain(struct buf *out, const struct page_facts *facts);
void page_html(struct buf *out, const struct page_facts *facts);

#endif
