#include "ui/private_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "weir/base/mem.h"
#include "weir/base/path.h"

static bool make_directory(struct private_file *f, struct err *err) {
  const char *const places[] = {getenv("XDG_RUNTIME_DIR"), getenv("TMPDIR"), "/tmp"};
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    struct buf path = BUF_INIT;
    if (!places[i] || places[i][0] != '/')
      continue;
    buf_printf(&path, "%s/weir-XXXXXX", places[i]);
    f->directory = buf_take(&path);
    if (mkdtemp(f->directory)) /* 0700 */
      return true;
    free(f->directory);
    f->directory = NULL;
  }
  return err_set(err, "cannot make a private directory in /tmp: %s", strerror(errno));
}

bool private_file_make(struct private_file *f, const char *name, struct slice text, struct err *err) {
  struct buf path = BUF_INIT;
  *f = (struct private_file){0};
  if (!make_directory(f, err))
    return false;
  buf_printf(&path, "%s/%s", f->directory, name);
  f->path = buf_take(&path);
  int fd = path_open_private(f->path, O_WRONLY | O_EXCL, err);
  bool ok = fd >= 0;
  if (ok && !path_write_all(fd, text))
    ok = err_set(err, "cannot write %s: %s", f->path, strerror(errno));
  if (fd >= 0 && close(fd) < 0 && ok)
    ok = err_set(err, "cannot write %s: %s", f->path, strerror(errno));
  if (!ok)
    private_file_remove(f);
  return ok;
}

bool private_file_read(const struct private_file *f, size_t max, struct buf *out, struct err *err) {
  struct stat s;
  char *bytes;
  size_t n;
  if (lstat(f->path, &s) < 0)
    return err_set(err, "the file is gone: %s", strerror(errno));
  if (!S_ISREG(s.st_mode))
    return err_set(err, "the file is no regular file any more");
  if (!path_read(f->path, max, &bytes, &n, err))
    return false;
  buf_add(out, bytes, n);
  free(bytes);
  return true;
}

void private_file_remove(struct private_file *f) {
  DIR *d = f->directory ? opendir(f->directory) : NULL;
  if (d) {
    for (struct dirent *entry; (entry = readdir(d));)
      if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
        unlinkat(dirfd(d), entry->d_name, 0);
    closedir(d);
    rmdir(f->directory);
  }
  free(f->directory);
  free(f->path);
  *f = (struct private_file){0};
}
