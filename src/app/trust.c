#include "trust.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "program.h"
#include "trust_system.h"
#include "weir/base/mem.h"
#include "weir/base/path.h"
#include "weir/base/text.h"

#define BUNDLE_MAX ((size_t)16 << 20)
#define LEFT_MAX   100 /* earlier authorities that are named at once */

/* ---- what a person reads, and could type ---- */

static void add_command(struct buf *out, const char *const *argv) {
  for (size_t i = 0; argv[i]; i++) {
    if (i)
      buf_add_byte(out, ' ');
    text_shell_word(out, slice_of(argv[i]));
  }
}

struct nss_words { /* certutil's command line, and the texts that it points into */
  struct buf folder, name;
  const char *argv[12];
};

/* 'N': a new database, 'A': add, 'D': delete, 'L': show. */
static void nss_words(struct nss_words *w, const struct trust_store *s, const struct trust_certificate *c, char what) {
  static const char *const flags[] = {"-A", "-D", "-L", "-N"};
  *w = (struct nss_words){.folder = BUF_INIT, .name = BUF_INIT};
  buf_printf(&w->folder, "sql:%s", s->path);
  buf_printf(&w->name, "weir-%s", c->tag);
  size_t n = 0;
  w->argv[n++] = s->tool ? s->tool : "certutil";
  w->argv[n++] = flags[what == 'A' ? 0 : what == 'D' ? 1 : what == 'L' ? 2 : 3];
  w->argv[n++] = "-d";
  w->argv[n++] = w->folder.p;
  if (what == 'N') {
    w->argv[n++] = "--empty-password";
    return;
  }
  w->argv[n++] = "-n";
  w->argv[n++] = w->name.p;
  if (what == 'A') {
    w->argv[n++] = "-t";
    w->argv[n++] = "C,,";
    w->argv[n++] = "-i";
    w->argv[n++] = c->path;
  } else if (what == 'L') {
    w->argv[n++] = "-a";
  }
}

static void nss_words_clear(struct nss_words *w) {
  buf_clear(&w->folder);
  buf_clear(&w->name);
}

static void describe_system(const struct trust_store *s, const struct trust_certificate *c, bool add, struct buf *out) {
  struct buf file = BUF_INIT;
  const char *sudo = s->writable ? "" : "sudo ";
  trust_system_file(s, c, &file);
  buf_add_text(out, sudo);
  if (add)
    add_command(out, (const char *[]){"install", "-m", "644", c->path, file.p, NULL});
  else
    add_command(out, (const char *[]){"rm", file.p, NULL});
  buf_printf(out, " && %s", sudo);
  add_command(out, (const char *[]){s->tool, s->verb, NULL});
  buf_clear(&file);
}

void trust_describe(const struct trust_store *s, const struct trust_certificate *c, bool add, struct buf *out) {
  if (s->kind == TRUST_SYSTEM) {
    describe_system(s, c, add, out);
    return;
  }
  struct nss_words words;
  if (s->missing && add) {
    buf_add_text(out, "(umask 077 && ");
    add_command(out, (const char *[]){"mkdir", "-p", s->path, NULL});
    buf_add_text(out, ") && ");
    nss_words(&words, s, c, 'N');
    add_command(out, words.argv);
    nss_words_clear(&words);
    buf_add_text(out, " && ");
  }
  nss_words(&words, s, c, add ? 'A' : 'D');
  add_command(out, words.argv);
  nss_words_clear(&words);
}

/* ---- asking ---- */

static char *system_bundle(const char *root) {
  static const char *const places[] = {
      "/etc/ssl/certs/ca-certificates.crt", /* Debian, Arch, Alpine */
      "/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora */
      "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
      "/etc/ssl/ca-bundle.pem", /* SUSE */
      "/etc/ssl/cert.pem",
  };
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    struct buf path = BUF_INIT;
    buf_printf(&path, "%s%s", root, places[i]);
    if (access(path.p, R_OK) == 0)
      return buf_take(&path);
    buf_clear(&path);
  }
  return NULL;
}

char *trust_bundle(const char *root) {
  const char *own = *root ? NULL : getenv("SSL_CERT_FILE");
  return own && *own && access(own, R_OK) == 0 ? mem_dup(own) : system_bundle(root);
}

/* Files of certificates differ in their line ends. */
bool trust_holds(struct slice text, struct slice pem) {
  struct buf plain = BUF_INIT;
  for (size_t i = 0; i < text.n; i++)
    if (text.p[i] != '\r')
      buf_add_byte(&plain, text.p[i]);
  bool found = slice_find(buf_slice(&plain), slice_trim(pem)) >= 0;
  buf_clear(&plain);
  return found;
}

static bool system_has(const struct trust_certificate *c, const char *root) {
  char *path = system_bundle(root), *bytes = NULL;
  size_t n = 0;
  bool has = path && path_read(path, BUNDLE_MAX, &bytes, &n, NULL) && trust_holds(slice_make(bytes, n), c->pem);
  free(bytes);
  free(path);
  return has;
}

static bool has_database(const struct trust_store *s) {
  struct buf file = BUF_INIT;
  buf_printf(&file, "%s/cert9.db", s->path);
  bool has = access(file.p, F_OK) == 0;
  buf_clear(&file);
  return has;
}

/* The names in certutil's list: all of a line but its last word, which tells the trust. */
static bool next_name(struct slice *rest, struct slice *name) {
  struct slice line;
  while (slice_split(rest, '\n', &line)) {
    line = slice_trim(line);
    while (line.n && line.p[line.n - 1] != ' ')
      line.n--;
    *name = slice_trim(line);
    if (trust_is_ours(*name))
      return true;
  }
  return false;
}

static bool nss_list(const struct trust_store *s, struct buf *out) {
  struct buf folder = BUF_INIT;
  buf_printf(&folder, "sql:%s", s->path);
  bool ok = s->tool && !(s->missing && !has_database(s)) &&
            program_run((const char *[]){s->tool, "-L", "-d", folder.p, NULL}, out) == 0;
  buf_clear(&folder);
  return ok;
}

static bool nss_is(const struct trust_store *s, const char *name, const struct trust_certificate *c) {
  struct buf folder = BUF_INIT, pem = BUF_INIT;
  buf_printf(&folder, "sql:%s", s->path);
  bool is = program_run((const char *[]){s->tool, "-L", "-d", folder.p, "-n", name, "-a", NULL}, &pem) == 0 &&
            trust_holds(buf_slice(&pem), c->pem);
  buf_clear(&folder);
  buf_clear(&pem);
  return is;
}

/* Under which of weir's names it is there, whoever put it in; malloc'ed, NULL: under none. */
static char *nss_name(const struct trust_store *s, const struct trust_certificate *c) {
  struct buf list = BUF_INIT;
  struct slice rest, name;
  char *found = NULL;
  if (nss_list(s, &list))
    for (rest = buf_slice(&list); !found && next_name(&rest, &name);) {
      char *text = mem_dup_n(name.p, name.n);
      if (nss_is(s, text, c))
        found = text;
      else
        free(text);
    }
  buf_clear(&list);
  return found;
}

static bool nss_has(const struct trust_store *s, const struct trust_certificate *c) {
  char *name = nss_name(s, c);
  free(name);
  return name != NULL;
}

bool trust_has(const struct trust_store *s, const struct trust_certificate *c, const char *root) {
  return s->kind == TRUST_SYSTEM ? system_has(c, root) : nss_has(s, c);
}

/* ---- doing ---- */

/* The last line that a program said is the one that tells. */
static bool run_or_say(const char *const *argv, struct err *err) {
  struct buf out = BUF_INIT, safe = BUF_INIT;
  int status = program_run(argv, &out);
  int why = errno;
  if (status > 0) {
    struct slice text = buf_slice(&out), line = {NULL, 0}, part;
    while (slice_split(&text, '\n', &part))
      line = slice_trim(part).n ? part : line;
    text_safe(&safe, slice_sub(line, 0, 160), TEXT_PLAIN);
    err_set(err, "%s ended with status %d: %s", argv[0], status, buf_text(&safe));
  } else if (status < 0) {
    err_set(err, "cannot start %s: %s", argv[0], strerror(why));
  }
  buf_clear(&out);
  buf_clear(&safe);
  return status == 0;
}

static bool run_nss(const struct trust_store *s, const struct trust_certificate *c, char what, struct err *err) {
  struct nss_words words;
  nss_words(&words, s, c, what);
  bool ok = s->tool ? run_or_say(words.argv, err)
                    : err_set(err, "certutil is not installed: apt install libnss3-tools, or dnf install nss-tools");
  nss_words_clear(&words);
  return ok;
}

static bool copy_to(const char *path, struct slice bytes, struct err *err) {
  struct buf beside = BUF_INIT;
  buf_printf(&beside, "%s.new", path);
  unlink(beside.p);
  int fd = open(beside.p, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  bool ok = fd >= 0 && fchmod(fd, 0644) == 0 && path_write_all(fd, bytes);
  if (fd >= 0)
    ok = close(fd) == 0 && ok;
  ok = ok && rename(beside.p, path) == 0;
  if (!ok) {
    err_set(err, "cannot write %s: %s", path, strerror(errno));
    unlink(beside.p);
  }
  buf_clear(&beside);
  return ok;
}

static bool run_system(const struct trust_store *s, struct err *err) {
  return run_or_say((const char *[]){s->tool, s->verb, NULL}, err);
}

/* certutil makes the files, not the folder. */
static bool make_database(const struct trust_store *s, const struct trust_certificate *c, struct err *err) {
  struct buf file = BUF_INIT;
  buf_printf(&file, "%s/cert9.db", s->path);
  bool ok = path_make_parents(file.p, err) && run_nss(s, c, 'N', err);
  buf_clear(&file);
  return ok;
}

bool trust_add(const struct trust_store *s, const struct trust_certificate *c, struct err *err) {
  if (s->kind == TRUST_NSS)
    return (!s->missing || has_database(s) || make_database(s, c, err)) && run_nss(s, c, 'A', err);
  struct buf file = BUF_INIT;
  trust_system_file(s, c, &file);
  bool ok = copy_to(file.p, c->pem, err) && run_system(s, err);
  buf_clear(&file);
  return ok;
}

static bool nss_delete(const struct trust_store *s, const char *name, struct err *err) {
  struct buf folder = BUF_INIT;
  buf_printf(&folder, "sql:%s", s->path);
  bool ok = run_or_say((const char *[]){s->tool, "-D", "-d", folder.p, "-n", name, NULL}, err);
  buf_clear(&folder);
  return ok;
}

static size_t nss_left_over(const struct trust_store *s, bool take_out, struct buf *names, struct err *err) {
  struct buf list = BUF_INIT;
  struct slice rest, name;
  size_t n = 0;
  if (nss_list(s, &list))
    for (rest = buf_slice(&list); next_name(&rest, &name);) {
      char *text = mem_dup_n(name.p, name.n);
      buf_printf(names, "%s%s", n ? " " : "", text);
      n += !take_out || nss_delete(s, text, err);
      free(text);
    }
  buf_clear(&list);
  return n;
}

static bool remove_file(const char *path, struct err *err) {
  return unlink(path) == 0 || errno == ENOENT || err_set(err, "cannot remove %s: %s", path, strerror(errno));
}

static size_t system_left_over(const struct trust_store *s, const struct trust_certificate *c, bool take_out,
                               struct buf *names, struct err *err) {
  char *path[LEFT_MAX];
  size_t found = trust_system_find(s, c, path, LEFT_MAX), n = 0;
  for (size_t i = 0; i < found; i++) {
    buf_add_text(names, i ? " " : "");
    text_shell_word(names, slice_of(path[i]));
    n += !take_out || remove_file(path[i], err);
    free(path[i]);
  }
  return n && take_out && !run_system(s, err) ? 0 : n;
}

size_t trust_left_over(const struct trust_store *s, const struct trust_certificate *c, bool take_out, struct buf *names,
                       struct err *err) {
  return s->kind == TRUST_SYSTEM ? system_left_over(s, c, take_out, names, err)
                                 : nss_left_over(s, take_out, names, err);
}

void trust_describe_left_over(const struct trust_store *s, struct slice names, struct buf *out) {
  buf_printf(out, "sudo rm -f %.*s && sudo ", (int)names.n, names.p);
  add_command(out, (const char *[]){s->tool, s->verb, NULL});
}

bool trust_remove(const struct trust_store *s, const struct trust_certificate *c, bool *removed, struct err *err) {
  *removed = false;
  if (s->kind == TRUST_NSS) {
    char *name = nss_name(s, c);
    *removed = name && nss_delete(s, name, err);
    bool was = name != NULL;
    free(name);
    return *removed || !was;
  }
  bool gone = true, any = false, ok = true;
  for (size_t i = 0; gone && i < LEFT_MAX; i++) { /* by hand and by weir: it may be there more than once */
    struct buf file = BUF_INIT;
    trust_system_file(s, c, &file);
    gone = unlink(file.p) == 0;
    ok = gone || errno == ENOENT || err_set(err, "cannot remove %s: %s", file.p, strerror(errno));
    any |= gone;
    buf_clear(&file);
  }
  if (any && ok)
    ok = *removed = run_system(s, err);
  return ok;
}
