/*
 * What is known of a TLS connection, as plain data: what was agreed, who showed which certificates. Made by the TLS
 * streams, carried in stream_info(), kept by flows. Shared by reference count: all flows of one connection hold the
 * same.
 */
#ifndef WEIR_IO_SECURE_H
#define WEIR_IO_SECURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECURE_CHAIN_MAX 8

struct secure_certificate {
  char *subject; /* "CN=api.shop.test, O=Shop": one line, wire bytes, not sanitised */
  char *issuer;
  char *names;                   /* subjectAltName: "api.shop.test, *.cdn.test, 127.0.0.1" */
  int64_t not_before, not_after; /* seconds since 1970 UTC */
  char fingerprint[96];          /* SHA-256, "9F:31:..." */
  char key[32];                  /* "EC P-256", "RSA 2048" */
};

struct secure_facts {
  unsigned refs;
  bool server;      /* weir was the server: this is the client's side */
  char version[16]; /* "TLSv1.3" */
  char cipher[64];
  char alpn[32];         /* agreed; "" none */
  char alpn_offered[96]; /* by the client: "h2, http/1.1" */
  char *sni;             /* asked for; NULL none */
  bool resumed;
  bool cut;      /* the peer ended the connection without close_notify */
  bool verified; /* towards a server: chain and name were checked and good */
  bool insecure; /* ... were not demanded, because the person said so */
  char *problem; /* why it is not verified; NULL: nothing */
  bool wanted;   /* the server asked for a client certificate */
  char *shown;   /* the subject of the one that it got; NULL: none */
  uint64_t handshake_ns;
  struct secure_certificate
      certificate[SECURE_CHAIN_MAX]; /* the leaf first; what weir presented where it was the server */
  size_t certificates;
  size_t cost; /* as it was when the facts were first shared; 0: not yet. Asked for with every change of a flow */
};

struct secure_facts *secure_facts_new(void);
struct secure_facts *secure_facts_ref(struct secure_facts *s); /* NULL gives NULL */
void secure_facts_unref(struct secure_facts *s);
size_t secure_facts_cost(const struct secure_facts *s); /* bytes held by the allocator */

void secure_certificate_copy(struct secure_certificate *to, const struct secure_certificate *from);
void secure_certificate_clear(struct secure_certificate *c);

#endif
