#include "run_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "weir/base/mem.h"
#include "weir/base/path.h"
#include "weir/tls/truststore.h"

#define BUNDLE_MAX ((size_t)16 << 20)
#define WGETRC_MAX ((size_t)1 << 20)

static bool make_folder(struct run_files *f, struct err *err) {
  const char *runtime = getenv("XDG_RUNTIME_DIR"), *tmp = getenv("TMPDIR");
  const char *places[] = {runtime, tmp, "/tmp"};
  for (size_t i = 0; i < 3; i++) {
    struct buf path = BUF_INIT;
    if (!places[i] || places[i][0] != '/')
      continue;
    buf_printf(&path, "%s/weir-run.XXXXXX", places[i]);
    if (mkdtemp(path.p)) {
      f->folder = buf_take(&path);
      return true;
    }
    buf_clear(&path);
  }
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
  char *made = write_file(f, "wgetrc", buf_slice(&text), err);
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
  f->bundle = ok ? write_file(f, "authorities.pem", buf_slice(&pem), err) : NULL;
  if (f->bundle && truststore_make(buf_slice(&pem), &jvm))
    f->truststore = write_file(f, "authorities.p12", buf_slice(&jvm), NULL);
  buf_clear(&pem);
  buf_clear(&jvm);
  f->wgetrc = f->bundle ? write_wgetrc(f, err) : NULL;
  return f->wgetrc != NULL;
}

static bool write_node(struct run_files *f, struct err *err) {
  f->node = write_file(f, "node.cjs", slice_of(run_node_script), err);
  return f->node != NULL;
}

bool run_files_make(struct run_files *f, const struct authority *a, const char *system, struct err *err) {
  *f = (struct run_files){0};
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
  if (f->folder)
    rmdir(f->folder);
  free(f->folder);
  *f = (struct run_files){0};
}
