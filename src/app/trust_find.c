/* Looking for the stores of this machine. */
#include <stdlib.h>
#include <unistd.h>

#include "program.h"
#include "trust.h"
#include "weir/base/vec.h"

static const struct {
  const char *folder, *tool, *verb;
} systems[] = {
    {"/etc/pki/trust/anchors", "update-ca-certificates", NULL},                  /* SUSE */
    {"/usr/local/share/ca-certificates", "update-ca-certificates", NULL},        /* Debian, Alpine */
    {"/etc/pki/ca-trust/source/anchors", "update-ca-trust", "extract"},          /* Fedora */
    {"/etc/ca-certificates/trust-source/anchors", "update-ca-trust", "extract"}, /* Arch */
};

static void find_system(struct trust *t, const char *root) {
  for (size_t i = 0; i < sizeof systems / sizeof *systems; i++) {
    struct buf folder = BUF_INIT;
    buf_printf(&folder, "%s%s", root, systems[i].folder);
    char *tool = access(folder.p, F_OK) == 0 ? program_find(root, systems[i].tool) : NULL;
    if (!tool) {
      buf_clear(&folder);
      continue;
    }
    bool writable = access(folder.p, W_OK) == 0;
    struct trust_store s = {TRUST_SYSTEM, buf_take(&folder), tool, systems[i].verb, "system", writable, false};
    VEC_PUSH(t, s);
    return;
  }
}

void trust_find(struct trust *t, const char *root, const char *home) {
  *t = (struct trust){0};
  find_system(t, root);
  trust_find_browsers(t, root, home);
}

void trust_clear(struct trust *t) {
  for (size_t i = 0; i < t->n; i++) {
    free(t->v[i].path);
    free(t->v[i].tool);
  }
  VEC_CLEAR(t);
}
