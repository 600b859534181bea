/*
 * Where a machine keeps the authorities that its programs trust: the system's store, and the NSS databases of Firefox
 * and Chromium. weir's certificate goes in under a name of its own ("weir-9f3152aa01cd"), so that it is found again.
 */
#ifndef WEIR_APP_TRUST_H
#define WEIR_APP_TRUST_H

#include "weir/base/buf.h"
#include "weir/base/err.h"
#include "weir/tls/authority.h"

enum trust_kind { TRUST_SYSTEM, TRUST_NSS };

struct trust_store {
  enum trust_kind kind;
  char *path;       /* the folder where certificates are put; the folder of the database */
  char *tool;       /* what makes it known: full path of update-ca-certificates or certutil; NULL: is not installed */
  const char *verb; /* first argument of the tool; NULL: none */
  const char *name; /* "system", "Firefox", "Chromium" */
  bool writable;    /* by this process */
  bool missing;     /* a database that is not there yet, for a browser that is: adding makes it */
};

struct trust {
  struct trust_store *v;
  size_t n, cap;
};

struct trust_certificate {
  const char *path; /* PEM file */
  struct slice pem;
  char tag[AUTHORITY_TAG + 1];
};

/* `root`: "" for this machine, a folder that stands for it in tests. `home`: the person's. */
void trust_find(struct trust *t, const char *root, const char *home);
void trust_find_browsers(struct trust *t, const char *root, const char *home); /* adds theirs to *t */
void trust_clear(struct trust *t);

/* The system's bundle of authorities, PEM: SSL_CERT_FILE where it is set, else the place of this distribution.
 * malloc'ed; NULL: none. */
char *trust_bundle(const char *root);

/* Does the text of a bundle hold this certificate, whatever its line ends are? */
bool trust_holds(struct slice text, struct slice pem);
/* Is exactly this certificate trusted there? */
bool trust_has(const struct trust_store *s, const struct trust_certificate *c, const char *root);
/* What adding or removing would do, one phrase: the commands as they could be typed. */
void trust_describe(const struct trust_store *s, const struct trust_certificate *c, bool add, struct buf *out);
bool trust_add(const struct trust_store *s, const struct trust_certificate *c, struct err *err);
/* Certificates of earlier authorities of weir's that are still there, but not `c`, by their names (or files) in `names`; how many.
 * take_out: they are removed, as far as that works. */
size_t trust_left_over(const struct trust_store *s, const struct trust_certificate *c, bool take_out, struct buf *names,
                       struct err *err);
/* The command that takes those files out of the system's store, for who has to be root for that. */
void trust_describe_left_over(const struct trust_store *s, struct slice names, struct buf *out);
/* True too when it was not there; *removed tells. */
bool trust_remove(const struct trust_store *s, const struct trust_certificate *c, bool *removed, struct err *err);

#endif
