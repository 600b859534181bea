#include "weir/app/ca.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ca_install.h"
#include "weir/base/clock.h"
#include "weir/base/path.h"
#include "weir/io/nocore.h"

enum { EXIT_USAGE = 2 };

static int complain(const struct err *err) {
  fflush(stdout);
  fprintf(stderr, "weir: %s\n", err->text);
  return EXIT_FAILURE;
}

struct authority_files ca_files(const struct options *o) {
  return (struct authority_files){o->confdir, o->ca_cert, o->ca_key};
}

static char *key_path(const struct options *o) {
  return o->ca_key ? path_expand(o->ca_key) : path_for(PATH_DATA, o->confdir, "ca.key");
}

bool ca_exists(const struct options *o) {
  char *cert = o->ca_cert ? path_expand(o->ca_cert) : path_for(PATH_DATA, o->confdir, "ca.pem"), *key = key_path(o);
  bool exists = access(cert, F_OK) == 0 || access(key, F_OK) == 0;
  free(cert);
  free(key);
  return exists;
}

bool ca_ask(const struct options *o, const char *question, struct err *err) {
  char answer[16] = "";
  if (o->yes)
    return true;
  fflush(stdout);
  if (!isatty(STDIN_FILENO))
    return err_set(err, "nothing was changed: there is nobody to ask; with --yes weir goes on without asking");
  fprintf(stderr, "%s [y/N] ", question);
  if (fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y'))
    return true;
  return err_set(err, "nothing was changed");
}

/* ---- showing ---- */

static int show(const struct options *o, const struct authority *a) {
  char day[32] = "?";
  time_t until = (time_t)authority_until(a);
  struct tm tm;
  struct stat st;
  if (gmtime_r(&until, &tm))
    strftime(day, sizeof day, "%Y-%m-%d", &tm);
  char *key = key_path(o);
  long long days = (authority_until(a) - (int64_t)(clock_wall() / 1000000)) / 86400;
  printf("certificate  %s\nname         %s\nSHA-256      %s\nvalid until  %s (%lld days)\n", authority_path(a),
         authority_name(a), authority_fingerprint(a), day, days);
  if (stat(key, &st) == 0)
    printf("private key  %s (mode %04o)\n", key, (unsigned)st.st_mode & 07777);
  free(key);
  return EXIT_SUCCESS;
}

static int export(const struct authority *a, bool der) {
  struct buf out = BUF_INIT;
  if (der)
    authority_der(a, &out);
  else
    authority_pem(a, &out);
  bool ok = fwrite(out.p, 1, out.n, stdout) == out.n;
  buf_clear(&out);
  return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- a new one ---- */

static int renew(const struct options *o) {
  struct authority_files files = ca_files(o);
  struct err err = ERR_INIT;
  if (ca_exists(o) && !o->ca_cert) {
    puts("A new authority takes the place of the one that is there. Programs that trust the old one will not trust\n"
         "the new one: weir ca install has to be done again. The old files are kept as ca.pem.old and ca.key.old.");
    if (!ca_ask(o, "Make a new one?", &err))
      return complain(&err);
  }
  if (!authority_renew(&files, &err))
    return complain(&err);
  struct authority *a = authority_open(&files, false, &err);
  if (!a)
    return complain(&err);
  int status = show(o, a);
  authority_free(a);
  puts("A weir that runs now uses the old one until it is started again.");
  return status;
}

static int usage(const struct options *o) {
  fprintf(stderr,
          "weir: weir ca%s%.40s: it is weir ca, weir ca export pem|der, weir ca install, weir ca uninstall or "
          "weir ca new\n",
          o->words ? " " : "", o->words ? o->word[0] : "");
  return EXIT_USAGE;
}

static bool is(const struct options *o, size_t words, const char *first, const char *second) {
  return o->words == words && strcmp(o->word[0], first) == 0 && (words < 2 || strcmp(o->word[1], second) == 0);
}

int ca_run(const struct options *o) {
  bool plain = o->words == 0, pem = is(o, 2, "export", "pem") || is(o, 1, "export", NULL);
  bool der = is(o, 2, "export", "der"), install = is(o, 1, "install", NULL), uninstall = is(o, 1, "uninstall", NULL);
  nocore_set();
  if (is(o, 1, "new", NULL))
    return renew(o);
  if (!plain && !pem && !der && !install && !uninstall)
    return usage(o);
  struct err err = ERR_INIT;
  struct authority_files files = ca_files(o);
  struct authority *a = NULL;
  if ((install && !ca_install_possible(o, &err)) || !(a = authority_open(&files, !uninstall, &err)))
    return complain(&err);
  bool ok = true;
  int status = EXIT_SUCCESS;
  if (plain)
    status = show(o, a);
  else if (pem || der)
    status = export(a, der);
  else
    ok = install ? ca_install(o, a, &err) : ca_uninstall(o, a, &err);
  authority_free(a);
  if (!ok)
    return complain(&err);
  return fflush(stdout) == 0 ? status : EXIT_FAILURE;
}
