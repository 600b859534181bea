#include "port_owner.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "weir/base/path.h"

#define TABLE_MAX ((size_t)16 << 20)
#define LISTENING 10 /* TCP_LISTEN */

/* The fields of a line, blanks between them: "0:", "0100007F:22B8" (address and port in hexadecimal), the peer's, the
 * state, ..., the inode as the tenth. */
#define FIELDS 10
static size_t split_fields(struct slice line, struct slice fields[FIELDS]) {
  size_t n = 0;
  struct slice part;
  while (n < FIELDS && slice_split(&line, ' ', &part))
    if (part.n)
      fields[n++] = part;
  return n;
}

static unsigned long hexadecimal(struct slice digits) {
  char text[20];
  snprintf(text, sizeof text, "%.*s", (int)(digits.n < 19 ? digits.n : 19), digits.p);
  return strtoul(text, NULL, 16);
}

/* The port is what matters: a listener on any address takes it too. */
static bool line_inode(struct slice line, uint16_t port, uint64_t *inode) {
  struct slice f[FIELDS];
  if (split_fields(line, f) < FIELDS || hexadecimal(f[3]) != LISTENING)
    return false;
  ptrdiff_t colon = slice_find_byte(f[1], ':');
  return colon >= 0 && hexadecimal(slice_from(f[1], (size_t)colon + 1)) == port && slice_to_u64(f[9], inode);
}

static bool find_inode(uint16_t port, uint64_t *inode) {
  static const char *const tables[] = {"/proc/net/tcp", "/proc/net/tcp6"};
  bool found = false;
  for (size_t i = 0; i < 2 && !found; i++) {
    char *bytes = NULL;
    size_t n = 0;
    if (!path_read(tables[i], TABLE_MAX, &bytes, &n, NULL))
      continue;
    struct slice rest = slice_make(bytes, n), line;
    while (!found && slice_split(&rest, '\n', &line))
      found = line_inode(line, port, inode);
    free(bytes);
  }
  return found;
}

static bool holds_socket(const char *pid, uint64_t inode) {
  char folder[64], want[40];
  bool found = false;
  snprintf(folder, sizeof folder, "/proc/%.20s/fd", pid);
  snprintf(want, sizeof want, "socket:[%llu]", (unsigned long long)inode);
  DIR *dir = opendir(folder);
  const struct dirent *entry;
  while (dir && !found && (entry = readdir(dir)) != NULL) {
    char target[64];
    ssize_t n = readlinkat(dirfd(dir), entry->d_name, target, sizeof target - 1);
    if (n > 0) {
      target[n] = '\0';
      found = strcmp(target, want) == 0;
    }
  }
  if (dir)
    closedir(dir);
  return found;
}

static void read_name(const char *pid, struct buf *name) {
  char path[64], *bytes = NULL;
  size_t n = 0;
  snprintf(path, sizeof path, "/proc/%.20s/comm", pid);
  if (path_read(path, 4096, &bytes, &n, NULL))
    buf_add(name, bytes, n && bytes[n - 1] == '\n' ? n - 1 : n);
  free(bytes);
}

bool port_owner(const struct address *a, pid_t *pid, struct buf *name) {
  uint64_t inode = 0;
  bool found = false;
  if (!find_inode(a->port, &inode))
    return false;
  DIR *dir = opendir("/proc");
  const struct dirent *entry;
  while (dir && !found && (entry = readdir(dir)) != NULL) {
    uint64_t number;
    if (!slice_to_u64(slice_of(entry->d_name), &number) || !holds_socket(entry->d_name, inode))
      continue;
    *pid = (pid_t)number;
    read_name(entry->d_name, name);
    found = true;
  }
  if (dir)
    closedir(dir);
  return found;
}
