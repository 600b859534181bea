#include "port_owner.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "weir/base/path.h"

#define TABLE_MAX ((size_t)16 << 20)
#define LISTENING 10 /* TCP_LISTEN */

/* "  0: 0100007F:22B8 00000000:0000 0A ... uid timeout inode": the port is what matters, for a listener on any address
 * takes it too. */
static bool line_inode(struct slice line, uint16_t port, unsigned long *inode) {
  char text[300];
  unsigned local, state;
  snprintf(text, sizeof text, "%.*s", (int)(line.n < 299 ? line.n : 299), line.p);
  return sscanf(text, " %*u: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*x:%*x %*x:%*x %*x %*u %*u %lu", &local, &state,
                inode) == 3 &&
         local == port && state == LISTENING;
}

static bool find_inode(uint16_t port, unsigned long *inode) {
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

static bool holds_socket(const char *pid, unsigned long inode) {
  char folder[64], want[40];
  bool found = false;
  snprintf(folder, sizeof folder, "/proc/%.20s/fd", pid);
  snprintf(want, sizeof want, "socket:[%lu]", inode);
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
  unsigned long inode = 0;
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
