#include "trust_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "weir/base/mem.h"
#include "weir/tls/authority.h"

#define FILE_MAX  ((size_t)64 << 10)
#define NAMES_MAX 10000

bool trust_is_ours(struct slice name) {
  if (slice_eq(name, SLICE("weir")))
    return true;
  if (!slice_starts(name, SLICE("weir-")) || name.n != 5 + AUTHORITY_TAG)
    return false;
  for (size_t i = 5; i < name.n; i++)
    if (!strchr("0123456789abcdef", name.p[i]))
      return false;
  return true;
}

static bool is_certificate_of_ours(const char *name) {
  size_t n = strlen(name);
  bool known = n > 4 && (strcmp(name + n - 4, ".crt") == 0 || strcmp(name + n - 4, ".pem") == 0);
  return known && trust_is_ours(slice_make(name, n - 4));
}

/* Only a file of its own is read: a link is somebody else's arrangement. */
static bool read_in(int folder, const char *name, struct buf *out) {
  int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  struct stat st;
  bool ok = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 && (size_t)st.st_size <= FILE_MAX;
  while (ok && out->n < FILE_MAX) {
    char piece[4096];
    ssize_t n = read(fd, piece, sizeof piece);
    ok = n >= 0;
    if (n <= 0)
      break;
    buf_add(out, piece, (size_t)n);
  }
  if (fd >= 0)
    close(fd);
  return ok;
}

static bool wanted(struct slice text, const struct trust_certificate *c, bool others) {
  bool same = trust_holds(text, c->pem);
  return others ? !same && authority_is_weirs(text) : same;
}

static size_t look(const struct trust_store *s, const struct trust_certificate *c, bool others, char **paths,
                   size_t most) {
  DIR *list = opendir(s->path);
  const struct dirent *entry;
  size_t n = 0;
  for (size_t seen = 0; list && n < most && seen < NAMES_MAX && (entry = readdir(list)); seen++) {
    struct buf text = BUF_INIT, path = BUF_INIT;
    if (is_certificate_of_ours(entry->d_name) && read_in(dirfd(list), entry->d_name, &text) &&
        wanted(buf_slice(&text), c, others)) {
      buf_printf(&path, "%s/%s", s->path, entry->d_name);
      paths[n++] = buf_take(&path);
    }
    buf_clear(&text);
  }
  if (list)
    closedir(list);
  return n;
}

void trust_system_file(const struct trust_store *s, const struct trust_certificate *c, struct buf *out) {
  char *path = NULL;
  if (look(s, c, false, &path, 1))
    buf_add_text(out, path);
  else
    buf_printf(out, "%s/weir-%s.crt", s->path, c->tag);
  free(path);
}

size_t trust_system_find(const struct trust_store *s, const struct trust_certificate *c, char **paths, size_t most) {
  return look(s, c, true, paths, most);
}
