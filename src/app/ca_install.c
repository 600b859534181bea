#include "ca_install.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trust.h"
#include "weir/base/mem.h"
#include "weir/base/path.h"

bool ca_install_possible(const struct options *o, struct err *err) {
  const char *sudo = getenv("SUDO_UID");
  if (geteuid() != 0 || !sudo || strcmp(sudo, "0") == 0 || o->confdir || o->ca_cert)
    return true;
  return err_set(err, "type it without sudo: this would be root's own authority, not yours; what needs root is printed "
                      "for you to type");
}

struct install {
  const struct options *options;
  struct trust stores;
  struct trust_certificate certificate;
  struct buf pem;
  bool add;
};

/* "weir ca install system", "weir ca install browsers": the others are as if they were not there. */
static bool is_wanted(const struct options *o, const struct trust_store *s) {
  return o->words < 2 || (strcmp(o->word[1], "system") == 0) == (s->kind == TRUST_SYSTEM);
}

static void open_stores(struct install *in, const struct options *o, const struct authority *a, bool add) {
  char *home = path_expand("~");
  *in = (struct install){.options = o, .add = add, .pem = BUF_INIT};
  authority_pem(a, &in->pem);
  in->certificate.path = authority_path(a);
  in->certificate.pem = buf_slice(&in->pem);
  authority_tag(authority_fingerprint(a), in->certificate.tag);
  trust_find(&in->stores, "", home);
  free(home);
}

static void close_stores(struct install *in) {
  trust_clear(&in->stores);
  buf_clear(&in->pem);
}

enum step { STEP_SKIP, STEP_DONE, STEP_NO_TOOL, STEP_BY_HAND, STEP_DO };

static enum step step_of(const struct install *in, const struct trust_store *s) {
  if (!is_wanted(in->options, s) || (s->missing && !in->add))
    return STEP_SKIP;
  if (trust_has(s, &in->certificate, "") == in->add)
    return STEP_DONE;
  return !s->tool ? STEP_NO_TOOL : !s->writable ? STEP_BY_HAND : STEP_DO;
}

/* The plan, before anything is done; how many steps weir itself would do. */
static size_t print_plan(const struct install *in, enum step *steps) {
  size_t count = 0;
  for (size_t i = 0; i < in->stores.n; i++) {
    const struct trust_store *s = &in->stores.v[i];
    struct buf words = BUF_INIT;
    trust_describe(s, &in->certificate, in->add, &words);
    steps[i] = step_of(in, s);
    if (steps[i] != STEP_SKIP)
      printf("\n%s (%s)\n  ", s->name, s->path);
    switch (steps[i]) {
    case STEP_SKIP:
      break;
    case STEP_DONE:
      puts(in->add ? "trusts it already" : "does not have it");
      break;
    case STEP_NO_TOOL:
      puts("needs certutil, which is not installed: apt install libnss3-tools, or dnf install nss-tools");
      break;
    case STEP_BY_HAND:
      printf("needs root; type:\n  %s\n", buf_text(&words));
      break;
    case STEP_DO:
      printf("%s%s\n", s->missing ? "it has no database yet, so that one is made first:\n  " : "", buf_text(&words));
      count++;
      break;
    }
    buf_clear(&words);
  }
  return count;
}

static bool do_step(const struct install *in, const struct trust_store *s) {
  struct err why = ERR_INIT;
  bool removed;
  bool ok = in->add ? trust_add(s, &in->certificate, &why) : trust_remove(s, &in->certificate, &removed, &why);
  if (ok && trust_has(s, &in->certificate, "") != in->add)
    ok = err_set(&why, in->add ? "it went in, but is not found there" : "it was taken out, but is still found there");
  if (ok)
    printf("%s (%s): %s\n", s->name, s->path, in->add ? "trusts weir now" : "trusts weir no more");
  else
    printf("%s (%s): failed: %s\n", s->name, s->path, why.text);
  return ok;
}

static bool carry_out(const struct options *o, struct install *in, struct err *err) {
  enum step *steps = mem_zero(in->stores.n + 1, sizeof *steps);
  size_t count = print_plan(in, steps), failed = 0, left = 0, wanted = 0;
  bool ok = true;
  for (size_t i = 0; i < in->stores.n; i++)
    wanted += steps[i] != STEP_SKIP;
  if (!wanted)
    puts("\nNo store was found among those that were asked for: weir knows update-ca-certificates, update-ca-trust,\n"
         "and the databases of Firefox and Chromium in your home directory, which they make when they first\n"
         "start. http://weir.internal/ through the proxy shows the steps for each system and program.");
  else
    putchar('\n');
  if (count) {
    ok = ca_ask(o, in->add ? "Do this?" : "Take it out?", err);
    for (size_t i = 0; ok && i < in->stores.n; i++)
      failed += steps[i] == STEP_DO && !do_step(in, &in->stores.v[i]);
  }
  for (size_t i = 0; i < in->stores.n; i++)
    left += steps[i] == STEP_BY_HAND || steps[i] == STEP_NO_TOOL;
  free(steps);
  if (ok && failed)
    ok = err_set(err, "%zu of %zu could not be done", failed, count);
  if (ok && left)
    ok = err_set(err, "%zu of %zu %s left to you: see above", left, wanted, left == 1 ? "is" : "are");
  return ok;
}

bool ca_install(const struct options *o, const struct authority *a, struct err *err) {
  struct install in;
  char uninstall[INVOCATION_TEXT];
  open_stores(&in, o, a, true);
  printf("Programs that use these stores will trust every certificate that weir makes. The key that makes them stays\n"
         "here, readable by you alone; whoever gets it could pose as any site to these programs. This takes it out\n"
         "again: %s\n\n  %s\n  SHA-256 %s\n",
         options_command(o, "ca uninstall", uninstall, sizeof uninstall), authority_path(a), authority_fingerprint(a));
  bool ok = carry_out(o, &in, err);
  close_stores(&in);
  return ok;
}

/* The one that weir ca new has put aside may still be trusted. */
static struct authority *old_one(const struct options *o) {
  if (o->ca_cert)
    return NULL;
  char *cert = path_for(PATH_DATA, o->confdir, "ca.pem.old"), *key = path_for(PATH_DATA, o->confdir, "ca.key.old");
  struct authority_files files = {.cert = cert, .key = key};
  struct authority *a = access(cert, F_OK) == 0 ? authority_open(&files, false, NULL) : NULL;
  free(cert);
  free(key);
  return a;
}

static bool uninstall_one(const struct options *o, const struct authority *a, struct err *err) {
  struct install in;
  open_stores(&in, o, a, false);
  printf("%s\nSHA-256 %s\n", authority_path(a), authority_fingerprint(a));
  bool ok = carry_out(o, &in, err);
  close_stores(&in);
  return ok;
}

static bool left_by_hand(const struct trust_store *s, struct slice names, struct err *err) {
  struct buf words = BUF_INIT;
  trust_describe_left_over(s, names, &words);
  printf("  needs root; type:\n  %s\n", buf_text(&words));
  buf_clear(&words);
  return err_set(err, "earlier authorities are left to you: see above");
}

/* Authorities whose files are gone since weir ca new was used twice: they would be trusted for ever. */
static bool uninstall_left_over(const struct options *o, const struct authority *a, struct err *err) {
  struct install in;
  bool ok = true, asked = false, end = false;
  open_stores(&in, o, a, false);
  for (size_t i = 0; !end && i < in.stores.n; i++) {
    const struct trust_store *s = &in.stores.v[i];
    struct buf names = BUF_INIT, done = BUF_INIT;
    bool any = step_of(&in, s) != STEP_SKIP && trust_left_over(s, &in.certificate, false, &names, NULL) > 0;
    if (any)
      printf("\n%s (%s)\n  earlier authorities of weir: %s\n", s->name, s->path, buf_text(&names));
    if (any && s->kind == TRUST_SYSTEM && !s->writable) {
      ok = left_by_hand(s, buf_slice(&names), err) && ok;
    } else if (any) {
      bool agreed = asked || ca_ask(o, "Take them out too?", err);
      asked = true;
      ok = agreed && ok;
      if (!agreed)
        end = true;
      else if (trust_left_over(s, &in.certificate, true, &done, err) > 0)
        printf("%s (%s): trusts them no more\n", s->name, s->path);
    }
    buf_clear(&names);
    buf_clear(&done);
  }
  close_stores(&in);
  return ok;
}

bool ca_uninstall(const struct options *o, const struct authority *a, struct err *err) {
  struct authority *old = old_one(o);
  bool ok = uninstall_one(o, a, err);
  if (old) {
    putchar('\n');
    ok = uninstall_one(o, old, ok ? err : NULL) && ok;
  }
  authority_free(old);
  return uninstall_left_over(o, a, ok ? err : NULL) && ok;
}
