#include "rule/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "weir/base/path.h"
#include "weir/http/url.h"
#include "weir/rule/hook.h"

/* The parts of a path, decoded, with one slash between; false: one of them is a way out. */
static bool put_relative(struct slice path, struct buf *out) {
  struct slice part;
  while (slice_split(&path, '/', &part)) {
    size_t before = out->n;
    if (before)
      buf_add_byte(out, '/');
    size_t at = out->n;
    url_decode(part, false, out);
    struct slice name = slice_from(buf_slice(out), at);
    if (slice_eq(name, SLICE("..")) || slice_find_byte(name, '/') >= 0 || slice_find_byte(name, '\0') >= 0)
      return false;
    if (name.n == 0 || slice_eq(name, SLICE(".")))
      out->n = before;
  }
  return true;
}

static enum tree_found found_of(int error, const char *what, struct buf *why) {
  buf_printf(why, "%s: %s", what, strerror(error));
  return error == EACCES || error == EPERM                              ? TREE_DENIED
         : error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG ? TREE_MISSING
                                                                        : TREE_REFUSED;
}

static enum tree_found refuse(const char *what, const char *reason, struct buf *why) {
  buf_printf(why, "%s %s", what, reason);
  return TREE_REFUSED;
}

/* Part by part and over no link: `real` has none, and one that is put there meanwhile leads nowhere. */
static int open_real(const char *real, int *error) {
  int at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), next = -1;
  struct slice rest = slice_from(slice_of(real), 1), part;
  struct stat st;
  char name[NAME_MAX + 1];
  bool more = at >= 0;
  *error = errno;
  while (more) {
    more = slice_split(&rest, '/', &part) && part.n <= NAME_MAX;
    if (!more)
      break;
    memcpy(name, part.p, part.n);
    name[part.n] = '\0';
    bool last = rest.n == 0;
    /* A device is not even opened; a pipe that takes a file's place would not make one wait. */
    if (last && (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))) {
      *error = EINVAL;
      break;
    }
    next = openat(at, name, O_CLOEXEC | O_NOFOLLOW | (last ? O_RDONLY | O_NONBLOCK : O_PATH | O_DIRECTORY));
    *error = errno;
    close(at);
    at = next;
    more = at >= 0 && !last;
    if (last)
      return at;
  }
  if (at >= 0)
    close(at);
  return -1;
}

/* fd -1: it could not be opened, for that reason. */
static enum tree_found found_open(int fd, int error, const char *what, struct tree_file *file, struct buf *why) {
  struct stat st;
  if (fd < 0)
    return error == EINVAL ? refuse(what, "is no plain file", why) : found_of(error, what, why);
  if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
    close(fd);
    return refuse(what, "is no plain file", why);
  }
  file->fd = fd;
  file->size = (uint64_t)st.st_size;
  return TREE_FILE;
}

static enum tree_found open_found(const char *real, const char *what, struct tree_file *file, struct buf *why) {
  int error = 0, fd = open_real(real, &error);
  return found_open(fd, error, what, file, why);
}

/* A device is not even opened, and a pipe that takes the file's place would not make one wait. */
enum tree_found tree_open_file(const char *path, struct tree_file *file, struct buf *why) {
  struct stat st;
  if (stat(path, &st))
    return found_of(errno, path, why);
  int fd = S_ISREG(st.st_mode) ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
  return found_open(fd, S_ISREG(st.st_mode) ? errno : EINVAL, path, file, why);
}

static bool is_below(const char *real, const char *root) {
  size_t n = strlen(root);
  return !strncmp(real, root, n) && (real[n] == '/' || real[n] == '\0' || (n == 1 && root[0] == '/'));
}

static enum tree_found open_below(const char *root, struct slice path, struct tree_file *file, struct buf *name,
                                  struct buf *why) {
  struct buf whole = BUF_INIT;
  char real[PATH_MAX];
  struct stat st;
  enum tree_found found;
  if (!put_relative(path, name)) {
    buf_reset(name);
    buf_printf(why, "%.*s leads out of %s", (int)path.n, path.p, root);
    return TREE_REFUSED;
  }
  buf_printf(&whole, "%s/%s", root, buf_text(name));
  if (!realpath(buf_text(&whole), real)) {
    found = found_of(errno, buf_text(&whole), why);
  } else if (!is_below(real, root)) {
    found = refuse(buf_text(&whole), "is a link that leads out", why);
  } else if (stat(real, &st)) {
    found = found_of(errno, buf_text(&whole), why);
  } else if (S_ISDIR(st.st_mode) && !(path.n && path.p[path.n - 1] == '/') && name->n) {
    found = TREE_FOLDER;
  } else if (S_ISDIR(st.st_mode)) {
    buf_add_text(name, name->n ? "/index.html" : "index.html");
    buf_add_text(&whole, "/index.html");
    if (!realpath(buf_text(&whole), real))
      found = found_of(errno, buf_text(&whole), why);
    else if (!is_below(real, root))
      found = refuse(buf_text(&whole), "is a link that leads out", why);
    else
      found = open_found(real, buf_text(&whole), file, why);
  } else {
    found = open_found(real, buf_text(&whole), file, why);
  }
  buf_clear(&whole);
  return found;
}

enum tree_found tree_open(const char *root, struct slice path, struct tree_file *file, struct buf *name,
                          struct buf *why) {
  char real[PATH_MAX];
  struct stat st;
  if (!realpath(root, real) || stat(real, &st))
    return found_of(errno, root, why);
  if (S_ISDIR(st.st_mode))
    return open_below(real, path, file, name, why);
  buf_add_text(name, root);
  return open_found(real, root, file, why);
}

const char *tree_type(struct slice name) {
  static const struct {
    const char *end, *type;
  } types[] = {
      {".html", "text/html; charset=utf-8"},
      {".htm", "text/html; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".mjs", "text/javascript; charset=utf-8"},
      {".txt", "text/plain; charset=utf-8"},
      {".md", "text/markdown; charset=utf-8"},
      {".csv", "text/csv; charset=utf-8"},
      {".vtt", "text/vtt; charset=utf-8"},
      {".json", "application/json"},
      {".map", "application/json"},
      {".webmanifest", "application/manifest+json"},
      {".xml", "application/xml"},
      {".xhtml", "application/xhtml+xml"},
      {".wasm", "application/wasm"},
      {".pdf", "application/pdf"},
      {".zip", "application/zip"},
      {".gz", "application/gzip"},
      {".tar", "application/x-tar"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
      {".jpeg", "image/jpeg"},
      {".gif", "image/gif"},
      {".webp", "image/webp"},
      {".avif", "image/avif"},
      {".ico", "image/x-icon"},
      {".bmp", "image/bmp"},
      {".woff", "font/woff"},
      {".woff2", "font/woff2"},
      {".ttf", "font/ttf"},
      {".otf", "font/otf"},
      {".mp3", "audio/mpeg"},
      {".ogg", "audio/ogg"},
      {".wav", "audio/wav"},
      {".mp4", "video/mp4"},
      {".webm", "video/webm"},
  };
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    size_t n = strlen(types[i].end);
    if (name.n > n && slice_eq_ascii(slice_from(name, name.n - n), slice_of(types[i].end)))
      return types[i].type;
  }
  return "application/octet-stream";
}
