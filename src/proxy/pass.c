/* Tunnels that pass untouched because a filter says so. It is asked with the CONNECT's row, before anything is
 * decrypted; where the CONNECT names an address, with the name that the client asks TLS for in its place. */
#include <stdlib.h>

#include "weir/filter/filter.h"

#include "parts.h"

bool proxy_check_passthrough_filter(const char *text, struct err *err) {
  struct filter *f = filter_compile(slice_of(text), err);
  if (!f)
    return false;
  unsigned needs = filter_needs(f) & ~(unsigned)(FILTER_NEEDS_REQUEST_HEAD | FILTER_NEEDS_PROCESS);
  filter_free(f);
  return !needs || err_set(err,
                           "\"%s\" asks for what is not known when a tunnel begins: its host, port, header lines, "
                           "client and process are",
                           text);
}

bool proxy_set_passthrough_filter(struct proxy *p, const char *text, struct err *err) {
  bool any = text && *text;
  if (any && !proxy_check_passthrough_filter(text, err))
    return false;
  filter_free(p->pass);
  p->pass = any ? filter_compile(slice_of(text), err) : NULL;
  return true;
}

bool pass_wants_process(const struct proxy *p) {
  return p->pass && (filter_needs(p->pass) & FILTER_NEEDS_PROCESS);
}

bool pass_waits(const struct proxy *p, const struct flow *f) {
  return pass_wants_process(p) && !f->process && client_flow_waits(p, f);
}

static bool names_address(const struct flow *f) {
  struct address a;
  return address_parse(flow_host(f), 0, &a);
}

bool pass_early(const struct proxy *p, const struct flow *f) {
  return p->pass && !names_address(f) && !pass_waits(p, f) && filter_match(p->pass, f, NULL);
}

bool pass_matches(const struct proxy *p, struct flow *f, const char *sni) {
  if (!p->pass)
    return false;
  if (!sni || !names_address(f))
    return filter_match(p->pass, f, NULL);
  char *target = f->scheme_host;
  uint16_t host_n = f->host_n;
  f->scheme_host = NULL;
  flow_set_target(f, "https", slice_of(sni), f->port);
  bool matches = filter_match(p->pass, f, NULL);
  free(f->scheme_host);
  f->scheme_host = target;
  f->host_n = host_n;
  return matches;
}
