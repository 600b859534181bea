#include "weir/app/ca.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ca_install.h"
#include "weir/base/path.h"
#include "weir/base/text.h"
#include "weir/io/nocore.h"

enum { EXIT_USAGE = 2 };

static int complain(const struct err *err) {
  fflush(stdout);
  fprintf(stderr, "weir: %s\n", err->text);
  return EXIT_FAILURE;
}

struct authority_files ca_files(const struct options *o) {
  return (struct authority_files){
      .confdir = o->confdir, .cert = o->ca_cert, .key = o->ca_key, .permit = o->ca_permit, .program = o->program};
}

char *ca_path(const struct options *o) {
  char *path = o->ca_cert ? path_expand(o->ca_cert) : path_for(PATH_DATA, o->confdir, "ca.pem");
  char *whole = path_absolute(path);
  free(path);
  return whole;
}

static char *key_path(const struct options *o) {
  return o->ca_key ? path_expand(o->ca_key) : path_for(PATH_DATA, o->confdir, "ca.key");
}

bool ca_exists(const struct options *o) {
  char *cert = ca_path(o), *key = key_path(o);
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

static void show(const struct options *o, const struct authority *a) {
  char day[32] = "?";
  time_t until = (time_t)authority_until(a);
  struct tm tm;
  struct stat st;
  if (gmtime_r(&until, &tm))
    strftime(day, sizeof day, "%Y-%m-%d", &tm);
  char *key = key_path(o);
  const char *permit = authority_permit(a);
  printf("certificate  %s\nname         %s\nSHA-256      %s\nvalid until  %s\n", authority_path(a), authority_name(a),
         authority_fingerprint(a), day);
  if (permit)
    printf("signs only   %s\n", permit);
  if (stat(key, &st) == 0)
    printf("private key  %s (mode %04o)\n", key, (unsigned)st.st_mode & 07777);
  free(key);
}

static void export(const struct authority *a, bool der) {
  struct buf out = BUF_INIT;
  if (der)
    authority_der(a, &out);
  else
    authority_pem(a, &out);
  fwrite(out.p, 1, out.n, stdout);
  buf_clear(&out);
}

/* ---- a new one ---- */

static int renew(const struct options *o) {
  struct authority_files files = ca_files(o);
  struct err err = ERR_INIT;
  if (ca_exists(o) && !o->ca_cert) {
    char install[INVOCATION_TEXT];
    printf("A new authority takes the place of the one that is there. Programs that trust the old one will not trust\n"
           "the new one: %s\nhas to be done again. The old files are kept as ca.pem.old and ca.key.old.\n",
           options_command(o, "ca install", install, sizeof install));
    if (!ca_ask(o, "Make a new one?", &err))
      return complain(&err);
  }
  if (!authority_renew(&files, &err))
    return complain(&err);
  struct authority *a = authority_open(&files, false, &err);
  if (!a)
    return complain(&err);
  show(o, a);
  authority_free(a);
  puts("A weir that runs now uses the old one until it is started again.");
  return EXIT_SUCCESS;
}

static int usage(const struct options *o) {
  struct buf said = BUF_INIT;
  for (size_t i = 0; i < o->words; i++) {
    buf_add_byte(&said, ' ');
    text_safe(&said, slice_sub(slice_of(o->word[i]), 0, 40), TEXT_PLAIN);
  }
  fprintf(
      stderr,
      "weir: there is no weir ca%s; there are: weir ca, weir ca export [pem|der], weir ca install [system|browsers], "
      "weir ca uninstall [system|browsers], weir ca new\n",
      buf_text(&said));
  buf_clear(&said);
  return EXIT_USAGE;
}

static bool word_is(const struct options *o, size_t i, const char *text) {
  return i < o->words && strcmp(o->word[i], text) == 0;
}

enum deed { DEED_NONE, DEED_SHOW, DEED_PEM, DEED_DER, DEED_INSTALL, DEED_UNINSTALL, DEED_NEW };

static enum deed deed_of(const struct options *o) {
  bool alone = o->words == 1, more = o->words == 2;
  bool stores = alone || (more && (word_is(o, 1, "system") || word_is(o, 1, "browsers")));
  if (o->words == 0)
    return DEED_SHOW;
  if (word_is(o, 0, "export"))
    return alone || (more && word_is(o, 1, "pem")) ? DEED_PEM : more && word_is(o, 1, "der") ? DEED_DER : DEED_NONE;
  if (word_is(o, 0, "install") && stores)
    return DEED_INSTALL;
  if (word_is(o, 0, "uninstall") && stores)
    return DEED_UNINSTALL;
  return word_is(o, 0, "new") && alone ? DEED_NEW : DEED_NONE;
}

int ca_run(const struct options *o) {
  enum deed deed = deed_of(o);
  nocore_set();
  if (deed == DEED_NONE)
    return usage(o);
  if (deed == DEED_NEW)
    return renew(o);
  struct err err = ERR_INIT;
  struct authority_files files = ca_files(o);
  struct authority *a = NULL;
  if ((deed == DEED_INSTALL && !ca_install_possible(o, &err)) ||
      !(a = authority_open(&files, deed != DEED_UNINSTALL, &err)))
    return complain(&err);
  bool ok = true;
  if (deed == DEED_SHOW)
    show(o, a);
  else if (deed == DEED_INSTALL)
    ok = ca_install(o, a, &err);
  else if (deed == DEED_UNINSTALL)
    ok = ca_uninstall(o, a, &err);
  else
    export(a, deed == DEED_DER);
  authority_free(a);
  if (!ok)
    return complain(&err);
  return fflush(stdout) == 0 && !ferror(stdout) ? EXIT_SUCCESS : EXIT_FAILURE;
}
