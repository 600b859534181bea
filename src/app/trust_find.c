/* Looking for the stores of this machine. */
#include <glob.h>
#include <stdlib.h>
#include <string.h>
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

/* Folders of databases, below the home directory: as packaged by the distribution, by snap, by flatpak. */
static const struct {
  const char *pattern, *name;
} databases[] = {
    {"/.mozilla/firefox/*/cert9.db", "Firefox"},
    {"/.config/mozilla/firefox/*/cert9.db", "Firefox"},
    {"/snap/firefox/common/.mozilla/firefox/*/cert9.db", "Firefox"},
    {"/.var/app/org.mozilla.firefox/.mozilla/firefox/*/cert9.db", "Firefox"},
    {"/.var/app/org.mozilla.firefox/config/mozilla/firefox/*/cert9.db", "Firefox"},
    {"/.pki/nssdb/cert9.db", "Chromium"},
    {"/snap/chromium/current/.pki/nssdb/cert9.db", "Chromium"},
    {"/.var/app/org.chromium.Chromium/.pki/nssdb/cert9.db", "Chromium"},
    {"/.var/app/com.google.Chrome/.pki/nssdb/cert9.db", "Chrome"},
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
    struct trust_store s = {TRUST_SYSTEM, buf_take(&folder), tool, systems[i].verb, "system", writable};
    VEC_PUSH(t, s);
    return;
  }
}

/* glob() reads a home directory with brackets in its name as a pattern. */
static void add_escaped(struct buf *out, const char *text) {
  for (; *text; text++) {
    if (strchr("*?[\\", *text))
      buf_add_byte(out, '\\');
    buf_add_byte(out, *text);
  }
}

static void find_databases(struct trust *t, const char *home, const char *pattern, const char *name,
                           const char *certutil) {
  glob_t found;
  struct buf path = BUF_INIT;
  add_escaped(&path, home);
  buf_add_text(&path, pattern);
  if (glob(path.p, 0, NULL, &found) == 0) {
    for (size_t i = 0; i < found.gl_pathc; i++) {
      const char *file = found.gl_pathv[i];
      struct trust_store s = {.kind = TRUST_NSS,
                              .writable = access(file, W_OK) == 0,
                              .path = mem_dup_n(file, strlen(file) - strlen("/cert9.db")),
                              .tool = mem_dup(certutil),
                              .name = name};
      VEC_PUSH(t, s);
    }
    globfree(&found);
  }
  buf_clear(&path);
}

void trust_find(struct trust *t, const char *root, const char *home) {
  *t = (struct trust){0};
  find_system(t, root);
  char *certutil = program_find("", "certutil");
  for (size_t i = 0; i < sizeof databases / sizeof *databases; i++)
    find_databases(t, home, databases[i].pattern, databases[i].name, certutil);
  free(certutil);
}

void trust_clear(struct trust *t) {
  for (size_t i = 0; i < t->n; i++) {
    free(t->v[i].path);
    free(t->v[i].tool);
  }
  VEC_CLEAR(t);
}
