/* Looking for the databases of browsers: Firefox and its kin keep one a profile, Chromium and its kin share one. */
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program.h"
#include "trust.h"
#include "weir/base/path.h"
#include "weir/base/vec.h"

#define PROFILES_MAX ((size_t)256 << 10)
#define DATABASE     "/cert9.db"

/* Below the home directory: as packaged by the distribution, by snap, by flatpak; ESR has the place of the others. */
static const struct {
  const char *folder, *name;
} firefoxes[] = {
    {"/.mozilla/firefox", "Firefox"},
    {"/.config/mozilla/firefox", "Firefox"},
    {"/snap/firefox*/common/.mozilla/firefox", "Firefox"},
    {"/.var/app/org.mozilla.firefox*/.mozilla/firefox", "Firefox"},
    {"/.var/app/org.mozilla.firefox*/config/mozilla/firefox", "Firefox"},
    {"/.librewolf", "LibreWolf"},
    {"/.var/app/io.gitlab.librewolf-community/.librewolf", "LibreWolf"},
    {"/.waterfox", "Waterfox"},
    {"/.zen", "Zen"},
    {"/.var/app/app.zen_browser.zen/.zen", "Zen"},
};

/* Chromium uses the second one since version 146, where the first is not there. */
static const struct {
  const char *pattern, *name;
} chromiums[] = {
    {"/.pki/nssdb" DATABASE, "Chromium"},
    {"/.local/share/pki/nssdb" DATABASE, "Chromium"},
    {"/snap/*/current/.pki/nssdb" DATABASE, "Chromium"},
    {"/snap/*/current/.local/share/pki/nssdb" DATABASE, "Chromium"},
    {"/.var/app/*/.pki/nssdb" DATABASE, "Chromium"},
    {"/.var/app/*/data/pki/nssdb" DATABASE, "Chromium"},
};

struct search {
  struct trust *found;
  const char *home, *certutil;
};

/* glob() reads a home directory with brackets in its name as a pattern. */
static void add_escaped(struct buf *out, const char *text) {
  for (; *text; text++) {
    if (strchr("*?[\\", *text))
      buf_add_byte(out, '\\');
    buf_add_byte(out, *text);
  }
}

static void each(const struct search *x, const char *pattern,
                 void (*fn)(const struct search *x, const char *path, const char *name), const char *name) {
  glob_t found;
  struct buf full = BUF_INIT;
  add_escaped(&full, x->home);
  buf_add_text(&full, pattern);
  if (glob(full.p, 0, NULL, &found) == 0) {
    for (size_t i = 0; i < found.gl_pathc; i++)
      fn(x, found.gl_pathv[i], name);
    globfree(&found);
  }
  buf_clear(&full);
}

static void add_database(const struct search *x, const char *file, const char *name) {
  char *folder = mem_dup_n(file, strlen(file) - strlen(DATABASE));
  for (size_t i = 0; i < x->found->n; i++)
    if (strcmp(x->found->v[i].path, folder) == 0) {
      free(folder);
      return;
    }
  struct trust_store s = {.kind = TRUST_NSS,
                          .writable = access(file, W_OK) == 0,
                          .path = folder,
                          .tool = mem_dup(x->certutil),
                          .name = name};
  VEC_PUSH(x->found, s);
}

/* ---- Firefox ---- */

static void add_profile(const struct search *x, const char *root, struct slice path, const char *name) {
  struct buf file = BUF_INIT;
  if (path.n && path.p[0] != '/')
    buf_printf(&file, "%s/", root);
  buf_add_slice(&file, path);
  while (file.n && file.p[file.n - 1] == '/')
    buf_remove(&file, file.n - 1, 1);
  buf_add_text(&file, DATABASE);
  if (access(file.p, F_OK) == 0)
    add_database(x, file.p, name);
  buf_clear(&file);
}

/* profiles.ini names each profile: "Path=abc.default" below the folder, or a path of its own anywhere. */
static void firefox_folder(const struct search *x, const char *root, const char *name) {
  struct buf ini = BUF_INIT;
  char *bytes = NULL;
  size_t n = 0;
  buf_printf(&ini, "%s/profiles.ini", root);
  if (path_read(ini.p, PROFILES_MAX, &bytes, &n, NULL)) {
    struct slice rest = slice_make(bytes, n), line;
    while (slice_split(&rest, '\n', &line)) {
      line = slice_trim(line);
      if (line.n && line.p[line.n - 1] == '\r')
        line.n--;
      if (slice_starts(line, SLICE("Path=")))
        add_profile(x, root, slice_from(line, 5), name);
    }
  }
  free(bytes);
  buf_clear(&ini);
}

static void find_firefoxes(const struct search *x) {
  for (size_t i = 0; i < sizeof firefoxes / sizeof *firefoxes; i++) {
    struct buf pattern = BUF_INIT;
    buf_printf(&pattern, "%s/*" DATABASE, firefoxes[i].folder);
    each(x, pattern.p, add_database, firefoxes[i].name);
    buf_clear(&pattern);
    each(x, firefoxes[i].folder, firefox_folder, firefoxes[i].name);
  }
}

/* ---- Chromium ---- */

static bool has_chromium(const char *root) {
  static const char *const programs[] = {
      "chromium",
      "chromium-browser",
      "google-chrome",
      "google-chrome-stable",
      "google-chrome-beta",
      "brave-browser",
      "microsoft-edge",
      "microsoft-edge-stable",
      "vivaldi",
      "opera",
  };
  bool found = false;
  for (size_t i = 0; i < sizeof programs / sizeof *programs && !found; i++) {
    char *program = program_find(root, programs[i]);
    found = program != NULL;
    free(program);
  }
  return found;
}

/* Chromium makes its database when it is first needed, and finds this one there. Where it has one in its newer place it
 * would no longer look there. */
static void find_chromiums(const struct search *x, const char *root) {
  size_t before = x->found->n;
  for (size_t i = 0; i < 2; i++)
    each(x, chromiums[i].pattern, add_database, chromiums[i].name);
  if (x->found->n == before && has_chromium(root)) {
    struct buf path = BUF_INIT;
    buf_printf(&path, "%s/.pki/nssdb", x->home);
    bool writable = path_may_make(path.p);
    struct trust_store s = {.kind = TRUST_NSS,
                            .missing = true,
                            .writable = writable,
                            .path = buf_take(&path),
                            .tool = mem_dup(x->certutil),
                            .name = chromiums[0].name};
    VEC_PUSH(x->found, s);
  }
  for (size_t i = 2; i < sizeof chromiums / sizeof *chromiums; i++)
    each(x, chromiums[i].pattern, add_database, chromiums[i].name);
}

void trust_find_browsers(struct trust *t, const char *root, const char *home) {
  char *certutil = program_find("", "certutil");
  struct search x = {t, home, certutil};
  find_firefoxes(&x);
  find_chromiums(&x, root);
  free(certutil);
}
