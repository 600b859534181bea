/* Stores of authorities: a folder that stands for the machine, and real NSS databases where certutil is installed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/program.h"
#include "app/trust.h"
#include "weir/base/path.h"
#include "weir/tls/authority.h"

static char root[] = "/tmp/weir-trust.XXXXXX";
static struct authority *authority;
static struct buf pem;
static struct trust_certificate certificate;

static const char *at(const char *path) {
  static char full[4][300];
  static int next;
  char *to = full[next++ % 4];
  snprintf(to, sizeof full[0], "%s%s", root, path);
  return to;
}

static void put(const char *path, mode_t mode, const char *text) {
  struct err err = ERR_INIT;
  if (!path_make_parents(at(path), &err))
    fail_msg("%s", err.text);
  FILE *f = fopen(at(path), "w");
  assert_non_null(f);
  fputs(text, f);
  fclose(f);
  chmod(at(path), mode);
}

static int setup(void **state) {
  struct err err = ERR_INIT;
  (void)state;
  if (!mkdtemp(root))
    return -1;
  const char *data = at("/data");
  if (!(authority = authority_open(&(struct authority_files){.confdir = data}, true, &err)))
    return -1;
  authority_pem(authority, &pem);
  certificate.path = authority_path(authority);
  certificate.pem = buf_slice(&pem);
  authority_tag(authority_fingerprint(authority), certificate.tag);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  authority_free(authority);
  buf_clear(&pem);
  return program_run((const char *[]){"rm", "-rf", root, NULL}, NULL);
}

static void the_tag_is_the_front_of_the_fingerprint(void **state) {
  char tag[AUTHORITY_TAG + 1];
  (void)state;
  authority_tag("9F:31:52:AA:01:CD:7E:00", tag);
  assert_string_equal(tag, "9f3152aa01cd");
}

static void the_system_store(void **state) {
  (void)state;
  struct trust t;
  struct err err = ERR_INIT;
  struct buf words = BUF_INIT;
  bool removed = true;
  trust_find(&t, root, at("/home"));
  assert_int_equal(t.n, 0);
  trust_clear(&t);
  /* what the real one does: the bundle is made of the files that are there */
  char script[900];
  snprintf(script, sizeof script, "#!/bin/sh\ncat '%s'/*.crt '%s' >'%s' 2>/dev/null\ntrue\n",
           at("/usr/local/share/ca-certificates"), at("/base.pem"), at("/etc/ssl/certs/ca-certificates.crt"));
  put("/base.pem", 0644, "-- the others --\n");
  put("/etc/ssl/certs/ca-certificates.crt", 0644, "-- the others --\n");
  put("/usr/local/share/ca-certificates/other.crt", 0644, "-- somebody's --\n");
  put("/usr/sbin/update-ca-certificates", 0755, script);
  trust_find(&t, root, at("/home"));
  assert_int_equal(t.n, 1);
  const struct trust_store *s = &t.v[0];
  assert_int_equal(s->kind, TRUST_SYSTEM);
  assert_string_equal(s->path, at("/usr/local/share/ca-certificates"));
  assert_string_equal(s->tool, at("/usr/sbin/update-ca-certificates"));
  assert_false(trust_has(s, &certificate, root));
  trust_describe(s, &certificate, true, &words);
  assert_true(s->writable);
  assert_int_equal(strncmp(words.p, "install -m 644 ", 15), 0);
  assert_non_null(strstr(words.p, certificate.tag));
  assert_non_null(strstr(words.p, " && "));

  if (!trust_add(s, &certificate, &err))
    fail_msg("%s", err.text);
  assert_true(trust_has(s, &certificate, root));
  char name[100];
  struct stat st;
  snprintf(name, sizeof name, "/usr/local/share/ca-certificates/weir-%s.crt", certificate.tag);
  assert_int_equal(stat(at(name), &st), 0);
  assert_int_equal(st.st_mode & 0777, 0644);

  assert_true(trust_remove(s, &certificate, &removed, &err));
  assert_true(removed);
  assert_false(trust_has(s, &certificate, root));
  assert_int_equal(access(at("/usr/local/share/ca-certificates/other.crt"), F_OK), 0);
  assert_true(trust_remove(s, &certificate, &removed, &err));
  assert_false(removed);
  buf_clear(&words);
  trust_clear(&t);
}

static void a_tool_that_fails_is_quoted(void **state) {
  (void)state;
  struct trust t;
  struct err err = ERR_INIT;
  put("/usr/local/share/ca-certificates/other.crt", 0644, "");
  put("/usr/sbin/update-ca-certificates", 0755, "#!/bin/sh\necho first\necho 'disk \033[2J full' >&2\nexit 3\n");
  trust_find(&t, root, at("/home"));
  assert_int_equal(t.n, 1);
  assert_false(trust_add(&t.v[0], &certificate, &err));
  assert_non_null(strstr(err.text, "status 3: disk ^[[2J full"));
  trust_clear(&t);
}

static void root_is_asked_for_in_words(void **state) {
  (void)state;
  struct buf words = BUF_INIT;
  char path[] = "/etc/some dir", tool[] = "/usr/sbin/update-ca-trust";
  const struct trust_store s = {TRUST_SYSTEM, path, tool, "extract", "system", false, false};
  struct trust_certificate c = {.path = "/home/o'neil/ca.pem", .tag = "0123456789ab"};
  trust_describe(&s, &c, true, &words);
  assert_string_equal(words.p, "sudo install -m 644 '/home/o'\\''neil/ca.pem' '/etc/some dir/weir-0123456789ab.crt' && "
                               "sudo /usr/sbin/update-ca-trust extract");
  buf_reset(&words);
  trust_describe(&s, &c, false, &words);
  assert_string_equal(words.p, "sudo rm '/etc/some dir/weir-0123456789ab.crt' && sudo /usr/sbin/update-ca-trust "
                               "extract");
  buf_clear(&words);
}

static void make_database(const char *path) {
  char folder[300];
  struct err err = ERR_INIT;
  snprintf(folder, sizeof folder, "sql:%s", at(path));
  put(path, 0755, ""); /* its parents */
  unlink(at(path));
  mkdir(at(path), 0700);
  if (program_run((const char *[]){"certutil", "-N", "-d", folder, "--empty-password", NULL}, NULL) != 0)
    fail_msg("certutil made no database: %s", err.text);
}

static void browsers(void **state) {
  (void)state;
  char *certutil = program_find("", "certutil");
  if (!certutil) {
    print_message("certutil (libnss3-tools) is not installed\n");
    skip();
  }
  free(certutil);
  struct trust t;
  struct err err = ERR_INIT;
  bool removed;
  unlink(at("/usr/sbin/update-ca-certificates"));
  make_database("/home [1]/.pki/nssdb");
  make_database("/home [1]/.mozilla/firefox/abc.default-release");
  make_database("/home [1]/snap/firefox/common/.mozilla/firefox/x.y");
  put("/home [1]/.mozilla/firefox/profiles.ini", 0644, "");
  trust_find(&t, root, at("/home [1]"));
  assert_int_equal(t.n, 3);
  assert_string_equal(t.v[0].name, "Firefox");
  assert_string_equal(t.v[0].path, at("/home [1]/.mozilla/firefox/abc.default-release"));
  assert_string_equal(t.v[2].name, "Chromium");
  for (size_t i = 0; i < t.n; i++) {
    assert_false(trust_has(&t.v[i], &certificate, root));
    if (!trust_add(&t.v[i], &certificate, &err))
      fail_msg("%s", err.text);
    assert_true(trust_has(&t.v[i], &certificate, root));
  }
  /* as an authority for sites, and for nothing else */
  struct buf out = BUF_INIT;
  char folder[300];
  snprintf(folder, sizeof folder, "sql:%s", t.v[2].path);
  assert_int_equal(program_run((const char *[]){"certutil", "-L", "-d", folder, NULL}, &out), 0);
  assert_non_null(strstr(out.p, "weir-"));
  assert_non_null(strstr(out.p, " C,, "));
  buf_clear(&out);
  for (size_t i = 0; i < t.n; i++) {
    assert_true(trust_remove(&t.v[i], &certificate, &removed, &err));
    assert_true(removed);
    assert_false(trust_has(&t.v[i], &certificate, root));
    assert_true(trust_remove(&t.v[i], &certificate, &removed, &err));
    assert_false(removed);
  }
  trust_clear(&t);
}

/* What came in by hand under another name is the same certificate; one of an authority that is gone is found by its name. */
static void names_of_others(void **state) {
  (void)state;
  char *certutil = program_find("", "certutil");
  if (!certutil)
    skip();
  struct trust t;
  struct err err = ERR_INIT;
  struct buf names = BUF_INIT;
  struct trust_certificate gone = certificate;
  bool removed;
  char folder[300];
  make_database("/home [2]/.pki/nssdb");
  trust_find(&t, root, at("/home [2]"));
  const struct trust_store *s = &t.v[t.n - 1];
  snprintf(folder, sizeof folder, "sql:%s", s->path);
  const char *const by_hand[] = {certutil, "-A", "-d", folder, "-n", "weir", "-t", "C,,", "-i", certificate.path, NULL};
  assert_int_equal(program_run(by_hand, NULL), 0);
  assert_true(trust_has(s, &certificate, root));
  assert_true(trust_remove(s, &certificate, &removed, &err));
  assert_true(removed);
  memcpy(gone.tag, "0123456789ab", AUTHORITY_TAG);
  assert_true(trust_add(s, &gone, &err));
  assert_int_equal(trust_left_over(s, &certificate, false, &names, &err), 1);
  assert_string_equal(buf_text(&names), "weir-0123456789ab");
  buf_reset(&names);
  assert_int_equal(trust_left_over(s, &certificate, true, &names, &err), 1);
  buf_reset(&names);
  assert_int_equal(trust_left_over(s, &certificate, false, &names, &err), 0);
  buf_clear(&names);
  trust_clear(&t);
  free(certutil);
}

/* weir.crt by hand, and those of authorities that weir ca new has put away; what only has such a name stays. */
static void files_of_others_in_the_system(void **state) {
  (void)state;
  struct trust t;
  struct err err = ERR_INIT;
  struct buf names = BUF_INIT, gone = BUF_INIT, mine = BUF_INIT;
  bool removed;
  put("/usr/sbin/update-ca-certificates", 0755, "#!/bin/sh\n");
  mkdir(at("/earlier"), 0700);
  struct authority *earlier = authority_open(&(struct authority_files){.confdir = at("/earlier")}, true, &err);
  assert_non_null(earlier);
  authority_pem(earlier, &gone);
  buf_add_slice(&mine, certificate.pem);
  put("/usr/local/share/ca-certificates/weir.crt", 0644, buf_text(&mine));
  put("/usr/local/share/ca-certificates/weir.pem", 0644, buf_text(&mine));
  put("/usr/local/share/ca-certificates/weir-0123456789ab.crt", 0644, buf_text(&gone));
  put("/usr/local/share/ca-certificates/weir-ba9876543210.crt", 0644, "no certificate");
  trust_find(&t, root, at("/nobody"));
  const struct trust_store *s = &t.v[0];
  assert_int_equal(s->kind, TRUST_SYSTEM);
  assert_int_equal(trust_left_over(s, &certificate, false, &names, &err), 1);
  assert_non_null(strstr(buf_text(&names), "/weir-0123456789ab.crt"));
  buf_reset(&names);
  assert_int_equal(trust_left_over(s, &certificate, true, &names, &err), 1);
  assert_int_equal(access(at("/usr/local/share/ca-certificates/weir-0123456789ab.crt"), F_OK), -1);
  assert_true(trust_remove(s, &certificate, &removed, &err));
  assert_true(removed);
  assert_int_equal(access(at("/usr/local/share/ca-certificates/weir.crt"), F_OK), -1);
  assert_int_equal(access(at("/usr/local/share/ca-certificates/weir.pem"), F_OK), -1);
  assert_int_equal(access(at("/usr/local/share/ca-certificates/weir-ba9876543210.crt"), F_OK), 0);
  unlink(at("/usr/local/share/ca-certificates/weir-ba9876543210.crt"));
  unlink(at("/usr/sbin/update-ca-certificates"));
  authority_free(earlier);
  buf_clear(&names);
  buf_clear(&mine);
  buf_clear(&gone);
  trust_clear(&t);
}

static bool found(const struct trust *t, const char *name, const char *path) {
  for (size_t i = 0; i < t->n; i++)
    if (strcmp(t->v[i].name, name) == 0 && strcmp(t->v[i].path, at(path)) == 0)
      return true;
  return false;
}

/* As the distribution, snap and flatpak package them, and wherever profiles.ini says; each once. */
static void profiles_everywhere_are_found(void **state) {
  (void)state;
  static const char *const folders[][2] = {
      {"Firefox", "/h/.mozilla/firefox/one.default"},
      {"Firefox", "/h/.config/mozilla/firefox/two.default-esr"},
      {"Firefox", "/h/snap/firefox/common/.mozilla/firefox/three.default"},
      {"Firefox", "/h/.var/app/org.mozilla.firefox/.mozilla/firefox/four.default"},
      {"Firefox", "/h/.mozilla/firefox/Profiles/nested"},
      {"Firefox", "/elsewhere/a profile"},
      {"LibreWolf", "/h/.librewolf/five.default"},
      {"Chromium", "/h/.local/share/pki/nssdb"},
      {"Chromium", "/h/snap/chromium/current/.pki/nssdb"},
      {"Chromium", "/h/.var/app/com.google.Chrome/.pki/nssdb"},
      {"Chromium", "/h/.var/app/org.chromium.Chromium/data/pki/nssdb"},
  };
  size_t n = sizeof folders / sizeof *folders;
  char text[900];
  for (size_t i = 0; i < n; i++) {
    snprintf(text, sizeof text, "%s/cert9.db", folders[i][1]);
    put(text, 0600, "");
  }
  snprintf(text, sizeof text,
           "[Install4F96D1932A9F858E]\nDefault=one.default\n\n[Profile0]\nName=one\nIsRelative=1\nPath=one.default\n"
           "[Profile1]\r\nIsRelative=1\r\nPath=Profiles/nested/\r\n[Profile2]\nIsRelative=0\nPath=%s\n"
           "[Profile3]\nPath=gone\nPath=\n",
           at("/elsewhere/a profile"));
  put("/h/.mozilla/firefox/profiles.ini", 0600, text);
  put("/usr/bin/chromium", 0755, "");
  struct trust t;
  trust_find(&t, root, at("/h"));
  for (size_t i = 0; i < n; i++)
    if (!found(&t, folders[i][0], folders[i][1]))
      fail_msg("not found: %s at %s", folders[i][0], folders[i][1]);
  assert_int_equal(t.n, n); /* and no other one would be made beside Chromium's */
  trust_clear(&t);
}

static void a_browser_without_a_database_gets_one(void **state) {
  (void)state;
  struct trust t;
  struct err err = ERR_INIT;
  struct buf words = BUF_INIT;
  struct stat st;
  bool removed;
  unlink(at("/usr/sbin/update-ca-certificates"));
  unlink(at("/usr/bin/chromium"));
  put("/new home/file", 0600, "");
  trust_find(&t, root, at("/new home"));
  assert_int_equal(t.n, 0); /* no browser, no database */
  trust_clear(&t);
  put("/usr/bin/google-chrome", 0755, "");
  trust_find(&t, root, at("/new home"));
  assert_int_equal(t.n, 1);
  const struct trust_store *s = &t.v[0];
  assert_true(s->missing);
  assert_string_equal(s->path, at("/new home/.pki/nssdb"));
  assert_true(s->writable);
  assert_false(trust_has(s, &certificate, root));
  assert_true(trust_remove(s, &certificate, &removed, &err));
  assert_false(removed);
  assert_int_equal(access(at("/new home/.pki"), F_OK), -1); /* looking makes nothing */
  trust_describe(s, &certificate, true, &words);
  assert_int_equal(strncmp(words.p, "(umask 077 && mkdir -p '", 24), 0);
  assert_non_null(strstr(words.p, " -N -d 'sql:"));
  assert_non_null(strstr(words.p, "--empty-password && "));
  assert_non_null(strstr(words.p, " -A -d 'sql:"));
  buf_clear(&words);
  if (!s->tool) {
    print_message("certutil (libnss3-tools) is not installed\n");
    trust_clear(&t);
    skip();
  }
  mode_t before = umask(0);
  bool added = trust_add(s, &certificate, &err);
  umask(before);
  if (!added)
    fail_msg("%s", err.text);
  assert_true(trust_has(s, &certificate, root));
  assert_int_equal(stat(at("/new home/.pki/nssdb"), &st), 0);
  assert_int_equal(st.st_mode & 0777, 0700);
  trust_clear(&t);
  trust_find(&t, root, at("/new home"));
  assert_int_equal(t.n, 1);
  assert_false(t.v[0].missing);
  trust_clear(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_tag_is_the_front_of_the_fingerprint),
      cmocka_unit_test(the_system_store),
      cmocka_unit_test(a_tool_that_fails_is_quoted),
      cmocka_unit_test(root_is_asked_for_in_words),
      cmocka_unit_test(browsers),
      cmocka_unit_test(names_of_others),
      cmocka_unit_test(files_of_others_in_the_system),
      cmocka_unit_test(profiles_everywhere_are_found),
      cmocka_unit_test(a_browser_without_a_database_gets_one),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
