#include "run_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "weir/base/mem.h"
#include "weir/base/path.h"
#include "weir/tls/truststore.h"

#define BUNDLE_MAX ((size_t)16 << 20)
#define WGETRC_MAX ((size_t)1 << 20)

enum { FILE_BUNDLE, FILE_TRUSTSTORE, FILE_WGETRC, FILE_NODE };
static const char *const names[] = {"authorities.pem", "authorities.p12", "wgetrc", "node.cjs"};
#define NAMES (sizeof names / sizeof *names)

#define PREFIX     "weir-run."
#define SWEEP_MOST 20000 /* names of a crowded folder that are looked at */

/* ---- what those left behind who could not clean up ---- */

/* The folder is locked as long as its weir lives, whatever happens to that; a number of a process says less, since it is
 * given out anew, and in another container it is another's. */
static bool is_left_over(int fd) {
  struct stat st;
  return fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() && (st.st_mode & 07777) == 0700 &&
         flock(fd, LOCK_EX | LOCK_NB) == 0;
}

/* Only what weir puts there is removed, by names within the folder that was looked at; with anything else in it, it
 * stays. */
static void sweep_one(int parent, const char *name) {
  int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return;
  if (is_left_over(fd)) {
    for (size_t i = 0; i < NAMES; i++)
      unlinkat(fd, names[i], 0);
    unlinkat(parent, name, AT_REMOVEDIR);
  }
  close(fd);
}

static void sweep(const char *place) {
  DIR *list = opendir(place);
  const struct dirent *entry;
  for (size_t i = 0; list && i < SWEEP_MOST && (entry = readdir(list)); i++)
    if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) == 0 && strlen(entry->d_name) == strlen(PREFIX) + 6)
      sweep_one(dirfd(list), entry->d_name);
  if (list)
    closedir(list);
}

/* ---- this run's ---- */

/* Another weir that sweeps may have taken it away before it was locked. */
static bool lock_folder(struct run_files *f, const char *path) {
  struct stat held, there;
  f->lock = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (f->lock >= 0 && flock(f->lock, LOCK_EX | LOCK_NB) == 0 && fstat(f->lock, &held) == 0 &&
      lstat(path, &there) == 0 && held.st_dev == there.st_dev && held.st_ino == there.st_ino)
    return true;
  if (f->lock >= 0)
    close(f->lock);
  f->lock = -1;
  return false;
}

static bool make_folder_in(struct run_files *f, const char *place) {
  for (int try = 0; try < 5; try++) {
    struct buf path = BUF_INIT;
    buf_printf(&path, "%s/" PREFIX "XXXXXX", place);
    bool made = mkdtemp(path.p) != NULL;
    if (made && lock_folder(f, path.p)) {
      f->folder = buf_take(&path);
      return true;
    }
    int why = errno;
    if (made)
      rmdir(path.p);
    buf_clear(&path);
    errno = why;
    if (!made)
      return false;
  }
  return false;
}

static bool make_folder(struct run_files *f, struct err *err) {
  const char *runtime = getenv("XDG_RUNTIME_DIR"), *tmp = getenv("TMPDIR");
  const char *places[] = {runtime, tmp, "/tmp"};
  for (size_t i = 0; i < 3; i++)
    if (places[i] && places[i][0] == '/')
      sweep(places[i]);
  for (size_t i = 0; i < 3; i++)
    if (places[i] && places[i][0] == '/' && make_folder_in(f, places[i]))
      return true;
  return err_set(err, "cannot make a folder for certificates: %s", strerror(errno));
}

static char *write_file(const struct run_files *f, const char *name, struct slice bytes, struct err *err) {
  struct buf path = BUF_INIT;
  buf_printf(&path, "%s/%s", f->folder, name);
  int fd = path_open_private(path.p, O_WRONLY | O_EXCL | O_NOFOLLOW, err);
  bool ok = fd >= 0 && path_write_all(fd, bytes);
  if (fd >= 0 && !ok)
    err_set(err, "cannot write %s: %s", path.p, strerror(errno));
  if (fd >= 0)
    close(fd);
  if (ok)
    return buf_take(&path);
  unlink(path.p);
  buf_clear(&path);
  return NULL;
}

/* In the place of the person's own, and so with all that stands there. */
static char *write_wgetrc(const struct run_files *f, struct err *err) {
  struct buf text = BUF_INIT;
  const char *named = getenv("WGETRC");
  char *path = named && *named ? mem_dup(named) : path_expand("~/.wgetrc"), *bytes = NULL;
  size_t n = 0;
  if (path_read(path, WGETRC_MAX, &bytes, &n, NULL))
    buf_add(&text, bytes, n);
  buf_printf(&text, "\nca_certificate = %s\n", f->bundle);
  char *made = write_file(f, names[FILE_WGETRC], buf_slice(&text), err);
  free(path);
  free(bytes);
  buf_clear(&text);
  return made;
}

static bool write_trust(struct run_files *f, const struct authority *a, const char *system, struct err *err) {
  struct buf pem = BUF_INIT, jvm = BUF_INIT;
  char *bytes = NULL;
  size_t n = 0;
  authority_pem(a, &pem);
  bool ok = !system || path_read(system, BUNDLE_MAX, &bytes, &n, err);
  if (ok && n) {
    buf_add_byte(&pem, '\n');
    buf_add(&pem, bytes, n);
  }
  free(bytes);
  f->bundle = ok ? write_file(f, names[FILE_BUNDLE], buf_slice(&pem), err) : NULL;
  if (f->bundle && truststore_make(buf_slice(&pem), &jvm))
    f->truststore = write_file(f, names[FILE_TRUSTSTORE], buf_slice(&jvm), NULL);
  buf_clear(&pem);
  buf_clear(&jvm);
  f->wgetrc = f->bundle ? write_wgetrc(f, err) : NULL;
  return f->wgetrc != NULL;
}

static bool write_node(struct run_files *f, struct err *err) {
  f->node = write_file(f, names[FILE_NODE], slice_of(run_node_script), err);
  return f->node != NULL;
}

bool run_files_make(struct run_files *f, const struct authority *a, const char *system, struct err *err) {
  *f = (struct run_files){.lock = -1};
  if (make_folder(f, err) && write_node(f, err) && (!a || write_trust(f, a, system, err)))
    return true;
  run_files_remove(f);
  return false;
}

static void remove_file(char *path) {
  if (path)
    unlink(path);
  free(path);
}

void run_files_remove(struct run_files *f) {
  remove_file(f->bundle);
  remove_file(f->truststore);
  remove_file(f->wgetrc);
  remove_file(f->node);
  if (f->folder) {
    rmdir(f->folder);
    close(f->lock);
  }
  free(f->folder);
  *f = (struct run_files){.lock = -1};
}
