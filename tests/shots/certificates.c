/*
 * certificates FOLDER SECONDS: the certificates of the servers in the pictures, good and bad, as of that hour (since
 * 1970). NAME.pem is a server's certificate, chain and key; root.pem is the authority that weir is to trust.
 */
#include <stdio.h>
#include <stdlib.h>

#include "certs.h"

static const char *folder;
static time_t hour;

static void write_pem(const char *name, const struct cert *const *certs, size_t n, EVP_PKEY *key) {
  char path[300];
  snprintf(path, sizeof path, "%s/%s.pem", folder, name);
  cert_write(path, certs, n, key);
}

static void write_server(const char *name, const char *cn, const char *names, int until, const struct cert *issuer) {
  struct cert_wish wish = {.cn = cn, .san = names, .eku = "serverAuth", .from = -80, .until = until, .now = hour};
  struct cert server = cert_make(&wish, issuer);
  const struct cert *chain[] = {&server, issuer};
  write_pem(name, chain, issuer ? 2 : 1, server.key);
  cert_clear(&server);
}

int main(int argc, char **argv) {
  if (argc != 3)
    return 2;
  folder = argv[1];
  hour = (time_t)strtoll(argv[2], NULL, 10);
  struct cert_wish authority = {.cn = "Harbour Trust Root", .from = -1500, .until = 5800, .now = hour, .ca = true};
  struct cert root = cert_make(&authority, NULL);
  authority.cn = "Harbour Trust E1";
  authority.until = 700;
  struct cert between = cert_make(&authority, &root);
  authority.cn = "Office Root";
  struct cert stranger = cert_make(&authority, NULL);
  const struct cert *trusted[] = {&root};

  write_pem("root", trusted, 1, NULL);
  write_server("good", "shop.test", "DNS:shop.test,DNS:*.shop.test", 10, &between);
  write_server("expired", "old.shop.test", "DNS:old.shop.test", -20, &between);
  write_server("other", "www.hosting.test", "DNS:www.hosting.test,DNS:hosting.test", 10, &between);
  write_server("own", "dev.shop.test", "DNS:dev.shop.test", 10, NULL);
  write_server("office", "wiki.office.test", "DNS:wiki.office.test", 10, &stranger);
  cert_clear(&root);
  cert_clear(&between);
  cert_clear(&stranger);
  return 0;
}
