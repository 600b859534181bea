/*
 * The certificate authority: made on first need, unique to each person, and the leaf certificates that it signs.
 *
 * CA: ECDSA P-256, ten years, basicConstraints CA:TRUE pathlen:0 critical, keyUsage keyCertSign (and cRLSign) only.
 * `ca.pem` and `ca.key` in the data directory; the key is created O_EXCL with 0600 in a 0700 directory, never logged,
 * never exported, refused when others may read it (CWE-732). Leaves: one P-256 key a run, never written to disk and not
 * the CA's; SAN from the name asked for alone, as DNS or IP; at most 397 days from two days ago and not past the CA's
 * end; random 128-bit serial; EKU serverAuth; SKI and AKI (RFC 5280, 9525). Cached, bounded, least recently used out
 * first.
 */
#ifndef WEIR_TLS_AUTHORITY_H
#define WEIR_TLS_AUTHORITY_H

#include "weir/base/buf.h"
#include "weir/base/err.h"
#include "weir/base/invocation.h"

struct authority;

struct authority_files {
  const char *confdir;    /* NULL: XDG */
  const char *cert, *key; /* the person's own CA instead, PEM; both or neither */
  /* What it may sign for, ".test, shop.example, 10.0.0.0/8"; NULL: any name. For the one that is made; one that is there
   * already and says otherwise is refused. */
  const char *permit;
  const char *program; /* what a person types to start weir; NULL: weir */
};

/* Loads the authority, or makes it where `make` and there is none. */
struct authority *authority_open(const struct authority_files *files, bool make, struct err *err);
void authority_free(struct authority *a);
/* Is weir's own there, both files begun and ended as they should be, and its key out of others' reach? Costs next to
 * nothing, for OpenSSL is not asked: only authority_open() finds a pair that does not belong together. */
bool authority_looks_good(const struct authority_files *files);
/* A new one in place of the old (weir ca new). The old files are kept beside as ca.pem.old / ca.key.old. */
bool authority_renew(const struct authority_files *files, struct err *err);

/* What a person types to reach this authority again: "weir ca install --confdir DIR", cut to fit; returns `out`. `a` NULL:
 * none is known. */
const char *authority_command(const struct authority *a, const char *words, char *out, size_t size);
bool authority_is_own(const struct authority *a); /* the person gave it: it is not weir's to replace */

bool authority_check_permit(const char *permit, struct err *err); /* can it be read? */
const char *authority_permit(const struct authority *a);          /* what it may sign for; NULL: any name */
const char *authority_path(const struct authority *a);            /* of the certificate */
const char *authority_fingerprint(const struct authority *a);     /* SHA-256, "9F:31:..." */
const char *authority_name(const struct authority *a);            /* its common name */
/* Is the first certificate of this PEM text an authority that some weir has made? */
bool authority_is_weirs(struct slice pem);
#define AUTHORITY_TAG 12
/* What weir's certificates are told apart by in stores, "weir-9f3152aa01cd": "9F:31:..." to "9f31...". */
void authority_tag(const char *fingerprint, char out[AUTHORITY_TAG + 1]);
int64_t authority_until(const struct authority *a); /* seconds since 1970 */
void authority_pem(const struct authority *a, struct buf *out);
void authority_der(const struct authority *a, struct buf *out);

size_t authority_leaves(const struct authority *a); /* in the cache now */
uint64_t authority_minted(const struct authority *a);
/* Is this a host name (LDH, 253 octets at most) or an IP literal that may stand in a certificate? (CWE-22, CWE-150) */
bool authority_name_valid(struct slice name);

#endif
