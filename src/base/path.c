/* Where files live, and making them so that nobody else can read them, from the first moment. */
#include "weir/base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "weir/base/buf.h"
#include "weir/base/mem.h"

static const struct {
  const char *variable;
  const char *below_home;
} places[] = {
    [PATH_CONFIG] = {"XDG_CONFIG_HOME", "/.config"},
    [PATH_DATA] = {"XDG_DATA_HOME", "/.local/share"},
    [PATH_CACHE] = {"XDG_CACHE_HOME", "/.cache"},
    [PATH_STATE] = {"XDG_STATE_HOME", "/.local/state"},
};

static const char *home(void) {
  const char *dir = getenv("HOME");
  if (dir && *dir)
    return dir;
  const struct passwd *entry = getpwuid(getuid());
  return entry && entry->pw_dir ? entry->pw_dir : "/";
}

char *path_for(enum path_kind kind, const char *confdir, const char *name) {
  struct buf path = BUF_INIT;
  if (confdir) {
    buf_add_text(&path, confdir);
  } else {
    /* The XDG specification says that a relative value is to be ignored. */
    const char *dir = getenv(places[kind].variable);
    if (dir && *dir == '/') {
      buf_add_text(&path, dir);
    } else {
      buf_add_text(&path, home());
      buf_add_text(&path, places[kind].below_home);
    }
    buf_add_text(&path, "/weir");
  }
  if (name && *name) {
    buf_add_byte(&path, '/');
    buf_add_text(&path, name);
  }
  return buf_take(&path);
}

bool path_make_parents(const char *path, struct err *err) {
  char *copy = mem_dup(path);
  bool ok = true;
  for (char *slash = strchr(copy + (*copy == '/'), '/'); slash && ok; slash = strchr(slash + 1, '/')) {
    *slash = 0;
    if (mkdir(copy, 0700) < 0 && errno != EEXIST) {
      /* EROFS or EACCES on a directory that is there already is no obstacle */
      struct stat st;
      int why = errno;
      if (stat(copy, &st) < 0 || !S_ISDIR(st.st_mode))
        ok = err_set(err, "cannot make the directory %s: %s", copy, strerror(why));
    }
    *slash = '/';
  }
  free(copy);
  return ok;
}

bool path_may_make(const char *path) {
  char *copy = mem_dup(path);
  struct stat st;
  bool may = false;
  for (char *slash = strrchr(copy, '/'); slash; slash = strrchr(copy, '/')) {
    *(slash == copy ? slash + 1 : slash) = '\0';
    bool there = stat(copy, &st) == 0;
    may = there && S_ISDIR(st.st_mode) && access(copy, W_OK | X_OK) == 0;
    if (there || slash == copy)
      break;
  }
  if (!strchr(path, '/'))
    may = access(".", W_OK) == 0;
  free(copy);
  return may;
}

int path_open_private(const char *path, int flags, struct err *err) {
  int fd = open(path, flags | O_CLOEXEC | O_CREAT, 0600);
  if (fd < 0)
    err_set(err, "cannot open %s: %s", path, strerror(errno));
  return fd;
}

bool path_write_all(int fd, struct slice bytes) {
  while (bytes.n) {
    ssize_t n = write(fd, bytes.p, bytes.n);
    if (n == 0)
      errno = EIO; /* no file does that */
    if (n == 0 || (n < 0 && errno != EINTR))
      return false;
    bytes = slice_from(bytes, n > 0 ? (size_t)n : 0);
  }
  return true;
}

char *path_expand(const char *path) {
  if (path[0] != '~' || (path[1] != '/' && path[1] != 0))
    return mem_dup(path);
  struct buf full = BUF_INIT;
  buf_add_text(&full, home());
  buf_add_text(&full, path + 1);
  return buf_take(&full);
}

bool path_read_fd(int fd, const char *path, size_t max, struct buf *all, struct err *err) {
  for (;;) {
    char *room = buf_reserve(all, 16384); /* st_size is not trusted: pipes and /proc files have none */
    ssize_t n = read(fd, room, 16384);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return err_set(err, "cannot read %s: %s", path, strerror(errno));
    if (n == 0)
      return true;
    all->n += (size_t)n;
    if (all->n > max)
      return err_set(err, "%s is larger than %zu bytes", path, max);
  }
}

bool path_read(const char *path, size_t max, char **bytes, size_t *n, struct err *err) {
  struct buf all = BUF_INIT;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return err_set(err, "cannot open %s: %s", path, strerror(errno));
  bool ok = path_read_fd(fd, path, max, &all, err);
  close(fd);
  if (!ok) {
    buf_clear(&all);
    return false;
  }
  *n = all.n;
  buf_reserve(&all, 0);
  *bytes = buf_take(&all);
  return true;
}

char *path_absolute(const char *path) {
  char here[PATH_MAX];
  struct buf whole = BUF_INIT;
  if (path[0] == '/' || path[0] == '~' || !getcwd(here, sizeof here))
    return mem_dup(path);
  while (strncmp(path, "./", 2) == 0)
    path += 2;
  buf_printf(&whole, "%s/%s", here[1] ? here : "", path);
  return buf_take(&whole);
}
