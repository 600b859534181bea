/*
 * What an end-to-end test of TLS works in: a temporary folder with authorities and server certificates of every kind,
 * and a weir that trusts the one authority and has its own folder in there.
 */
#ifndef WEIR_TESTS_TLS_LAB_H
#define WEIR_TESTS_TLS_LAB_H

#include <jansson.h>

#include "certs.h"
#include "net.h"

struct lab {
  char folder[200];
  char ca[240];      /* the authority of the servers, which weir is told to trust */
  char confdir[240]; /* weir's */
  char weir_ca[260]; /* the certificate in it */
  char rows[240];    /* weir's JSON lines */
  struct cert root, middle, stranger;
  struct net_program weir;
};

/* All for localhost, www.example.test, 127.0.0.1 and ::1, but where the name says otherwise. */
enum lab_kind {
  LAB_GOOD, /* P-256 */
  LAB_RSA,
  LAB_WITH_MIDDLE, /* a chain with its intermediate */
  LAB_EXPIRED,
  LAB_EARLY, /* not valid yet */
  LAB_WRONG_HOST,
  LAB_SELF_SIGNED,
  LAB_UNKNOWN_CA,
  LAB_CLIENTS_ONLY, /* by its extended key usage */
  LAB_NO_MIDDLE,    /* the intermediate is left out */
  LAB_CN_ONLY,      /* localhost, and no subjectAltName */
  LAB_NAMES_ONLY,   /* no address */
  LAB_CLIENT,       /* a client's own */
  LAB_KINDS
};

void lab_open(struct lab *l);
void lab_close(struct lab *l);
const char *lab_pem(const struct lab *l, enum lab_kind kind); /* certificate, chain and key, made; static, one a kind */
/* weir with --confdir, --upstream-ca, --write and these. */
void lab_weir(struct lab *l, const char *const *arguments);
/* An orderly end, status 0; the rows until then, to be json_decref'ed. */
json_t *lab_rows(struct lab *l);
/* The failed row among them whose text has these words; NULL: none. */
const json_t *lab_failed(const json_t *rows, const char *words);

#endif
