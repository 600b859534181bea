#include "tls_lab.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "remove_tree.h"
#include "rows.h"

#define NAMES "DNS:localhost,DNS:www.example.test,IP:127.0.0.1,IP:::1"

void lab_open(struct lab *l) {
  const char *tmp = getenv("TMPDIR");
  *l = (struct lab){.folder = ""};
  snprintf(l->folder, sizeof l->folder, "%s/weir-lab.XXXXXX", tmp ? tmp : "/tmp");
  if (!mkdtemp(l->folder))
    fail_msg("%s: %s", l->folder, strerror(errno));
  snprintf(l->ca, sizeof l->ca, "%s/root.pem", l->folder);
  snprintf(l->confdir, sizeof l->confdir, "%s/weir", l->folder);
  snprintf(l->weir_ca, sizeof l->weir_ca, "%s/ca.pem", l->confdir);
  snprintf(l->rows, sizeof l->rows, "%s/rows", l->folder);
  l->root = cert_make(&(struct cert_wish){.cn = "Test root", .ca = true}, NULL);
  l->middle = cert_make(&(struct cert_wish){.cn = "Test intermediate", .ca = true}, &l->root);
  l->stranger = cert_make(&(struct cert_wish){.cn = "Stranger", .ca = true}, NULL);
  const struct cert *root[] = {&l->root};
  cert_write(l->ca, root, 1, NULL);
}

void lab_close(struct lab *l) {
  if (l->weir.pid)
    net_stop(&l->weir);
  cert_clear(&l->root);
  cert_clear(&l->middle);
  cert_clear(&l->stranger);
  if (l->folder[0])
    remove_tree(l->folder);
  l->folder[0] = '\0';
}

static const struct cert *issuer_of(const struct lab *l, enum lab_kind kind) {
  switch (kind) {
  case LAB_SELF_SIGNED:
    return NULL;
  case LAB_UNKNOWN_CA:
    return &l->stranger;
  case LAB_WITH_MIDDLE:
  case LAB_NO_MIDDLE:
    return &l->middle;
  default:
    return &l->root;
  }
}

const char *lab_pem(const struct lab *l, enum lab_kind kind) {
  static char path[LAB_KINDS][260];
  struct cert_wish wish = {.cn = "localhost", .san = NAMES, .eku = "serverAuth"};
  wish.rsa = kind == LAB_RSA;
  if (kind == LAB_EXPIRED)
    wish.from = -20, wish.until = -3;
  if (kind == LAB_EARLY)
    wish.from = 3, wish.until = 20;
  if (kind == LAB_WRONG_HOST)
    wish.san = "DNS:elsewhere.test,IP:127.0.0.9";
  if (kind == LAB_CLIENTS_ONLY || kind == LAB_CLIENT)
    wish.eku = "clientAuth";
  if (kind == LAB_CN_ONLY)
    wish.san = NULL;
  if (kind == LAB_NAMES_ONLY)
    wish.san = "DNS:localhost,DNS:www.example.test";
  struct cert leaf = cert_make(&wish, issuer_of(l, kind));
  const struct cert *chain[] = {&leaf, &l->middle};
  snprintf(path[kind], sizeof path[kind], "%s/server-%d.pem", l->folder, (int)kind);
  cert_write(path[kind], chain, kind == LAB_WITH_MIDDLE ? 2 : 1, leaf.key);
  cert_clear(&leaf);
  return path[kind];
}

void lab_weir(struct lab *l, const char *const *arguments) {
  const char *argv[30] = {"--confdir", l->confdir, "--upstream-ca", l->ca, "--json", "--write", l->rows};
  for (int i = 0; arguments && arguments[i]; i++)
    argv[7 + i] = arguments[i];
  unlink(l->rows);
  l->weir = net_weir(argv);
}

json_t *lab_rows(struct lab *l) {
  int status = net_stop(&l->weir);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
  return rows_read(l->rows);
}

const json_t *lab_failed(const json_t *rows, const char *words) {
  const json_t *row;
  size_t i;
  json_array_foreach(rows, i, row) {
    const json_t *text = json_object_get(json_object_get(row, "error"), "text");
    if (json_is_string(text) && strstr(json_string_value(text), words))
      return row;
  }
  return NULL;
}
