#include "ui/host_suffix.h"

#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"
#include "weir/base/vec.h"
#include "weir/io/address.h"

#define HOSTS_MAX 4096 /* with more of them no domain is common, and hosts are written whole */

struct host {
  char *name;
  size_t flows;
};

struct host_suffix {
  VEC(struct host) host; /* by name */
  bool changed;          /* the choice may be another one */
  bool full;             /* not all of them are counted */
  char suffix[64];
};

/* ---- names ---- */

static int order_of(struct slice a, struct slice b) {
  int order = memcmp(a.n > 0 ? a.p : "", b.n > 0 ? b.p : "", a.n < b.n ? a.n : b.n);
  return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

static bool is_address(struct slice host) {
  return host.n == 0 || slice_find_byte(host, ':') >= 0 || address_is_number(host);
}

/* The place of the last dot before `end`; -1: none. */
static ptrdiff_t dot_before(struct slice host, size_t end) {
  while (end > 0)
    if (host.p[--end] == '.')
      return (ptrdiff_t)end;
  return -1;
}

/* "shop.test" of "api.shop.test"; empty for what has no domain. */
static struct slice domain_of(struct slice host) {
  ptrdiff_t last = is_address(host) ? -1 : dot_before(host, host.n);
  if (last <= 0 || (size_t)last + 1 == host.n)
    return (struct slice){NULL, 0};
  return slice_from(host, (size_t)(dot_before(host, (size_t)last) + 1));
}

struct slice host_suffix_cut(struct slice host, struct slice suffix) {
  if (suffix.n > 0 && host.n > suffix.n && slice_ends(host, suffix))
    host.n -= suffix.n;
  return host;
}

struct slice host_first_label(struct slice host) {
  if (is_address(host) || slice_eq(host, SLICE("localhost")))
    return (struct slice){NULL, 0};
  if (slice_starts(host, SLICE("www.")))
    host = slice_from(host, 4);
  ptrdiff_t dot = slice_find_byte(host, '.');
  return dot > 0 ? slice_sub(host, 0, (size_t)dot) : host;
}

/* ---- counting ---- */

static size_t place_of(const struct host_suffix *h, struct slice name, bool *exact) {
  size_t from = 0, to = h->host.n;
  *exact = false;
  while (from < to) {
    size_t middle = from + (to - from) / 2;
    int order = order_of(slice_of(h->host.v[middle].name), name);
    if (order == 0) {
      *exact = true;
      return middle;
    }
    if (order < 0)
      from = middle + 1;
    else
      to = middle;
  }
  return from;
}

void host_suffix_add(struct host_suffix *h, const struct flow *f) {
  struct slice name = flow_host(f);
  bool exact;
  if (name.n == 0)
    return;
  size_t at = place_of(h, name, &exact);
  if (exact) {
    h->changed = h->changed || h->host.v[at].flows == 1; /* a second one makes it shared */
    h->host.v[at].flows++;
  } else if (h->host.n < HOSTS_MAX) {
    struct host one = {mem_dup_n(name.p, name.n), 1};
    VEC_INSERT(&h->host, at, one);
    h->changed = true;
  } else {
    h->changed = h->changed || !h->full;
    h->full = true;
  }
}

void host_suffix_remove(struct host_suffix *h, const struct flow *f) {
  bool exact;
  size_t at = place_of(h, flow_host(f), &exact);
  if (!exact)
    return;
  h->changed = h->changed || h->host.v[at].flows <= 2;
  if (--h->host.v[at].flows > 0)
    return;
  free(h->host.v[at].name);
  VEC_REMOVE(&h->host, at);
  h->full = h->full && h->host.n > 0;
}

struct host_suffix *host_suffix_new(void) {
  return mem_zero(1, sizeof(struct host_suffix));
}

void host_suffix_free(struct host_suffix *h) {
  if (h == NULL)
    return;
  for (size_t i = 0; i < h->host.n; i++)
    free(h->host.v[i].name);
  VEC_CLEAR(&h->host);
  free(h);
}

/* ---- the choice ---- */

static int by_domain(const void *a, const void *b) {
  const struct host *x = *(const struct host *const *)a, *y = *(const struct host *const *)b;
  return order_of(domain_of(slice_of(x->name)), domain_of(slice_of(y->name)));
}

/* The domain that most flows share; empty: none is shared. */
static struct slice common_domain(const struct host_suffix *h) {
  const struct host **host = mem_alloc((h->host.n + 1) * sizeof *host);
  struct slice best = {NULL, 0}, domain = {NULL, 0};
  size_t most = 1, flows = 0;
  for (size_t i = 0; i < h->host.n; i++)
    host[i] = &h->host.v[i];
  qsort(host, h->host.n, sizeof *host, by_domain);
  for (size_t i = 0; i < h->host.n; i++) {
    struct slice own = domain_of(slice_of(host[i]->name));
    flows = slice_eq(own, domain) ? flows + host[i]->flows : host[i]->flows;
    domain = own;
    if (domain.n > 0 && flows > most) {
      most = flows;
      best = domain;
    }
  }
  free(host);
  return best;
}

/* Is a host without the suffix the name of another one? */
static bool ambiguous(const struct host_suffix *h, struct slice suffix) {
  for (size_t i = 0; i < h->host.n; i++) {
    struct slice name = slice_of(h->host.v[i].name), rest = host_suffix_cut(name, suffix);
    bool exact = false;
    if (rest.n < name.n)
      place_of(h, rest, &exact);
    if (exact)
      return true;
  }
  return false;
}

struct slice host_suffix(struct host_suffix *h) {
  if (h->changed) {
    struct slice domain = h->full ? (struct slice){NULL, 0} : common_domain(h);
    ptrdiff_t dot = dot_before(domain, domain.n);
    struct slice suffix = dot >= 0 ? slice_from(domain, (size_t)dot) : (struct slice){NULL, 0};
    bool good = suffix.n > 1 && suffix.n < sizeof h->suffix && !ambiguous(h, suffix);
    memcpy(h->suffix, suffix.p != NULL ? suffix.p : "", good ? suffix.n : 0);
    h->suffix[good ? suffix.n : 0] = '\0';
    h->changed = false;
  }
  return slice_of(h->suffix);
}
