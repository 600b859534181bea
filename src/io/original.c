/* Where a redirected connection was going (netfilter's REDIRECT and TPROXY), and whether it is one of our own. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "weir/io/tcp.h"

#define ORIGINAL_DST 80 /* SO_ORIGINAL_DST and IP6T_SO_ORIGINAL_DST, without netfilter's headers */

#ifndef IPV6_TRANSPARENT
#define IPV6_TRANSPARENT 75
#endif

bool tcp_take_any(int listener, int family) {
  int on = 1;
  if (family == 6)
    return setsockopt(listener, IPPROTO_IPV6, IPV6_TRANSPARENT, &on, sizeof on) == 0;
  return setsockopt(listener, IPPROTO_IP, IP_TRANSPARENT, &on, sizeof on) == 0;
}

static bool local_end(int fd, struct address *a) {
  struct sockaddr_storage sa;
  socklen_t n = sizeof sa;
  return getsockname(fd, (struct sockaddr *)&sa, &n) == 0 && address_from_sockaddr(a, (struct sockaddr *)&sa);
}

bool tcp_original(int fd, struct address *out) {
  struct sockaddr_storage sa;
  socklen_t n = sizeof sa;
  memset(&sa, 0, sizeof sa);
  if (getsockopt(fd, IPPROTO_IP, ORIGINAL_DST, &sa, &n) == 0 && address_from_sockaddr(out, (struct sockaddr *)&sa))
    return true;
  n = sizeof sa;
  if (getsockopt(fd, IPPROTO_IPV6, ORIGINAL_DST, &sa, &n) == 0 && address_from_sockaddr(out, (struct sockaddr *)&sa))
    return true;
  return local_end(fd, out); /* TPROXY leaves the address as it was */
}

bool tcp_is_ours(const struct address *local) {
  DIR *all = opendir("/proc/self/fd");
  struct dirent *entry;
  bool found = false;
  while (all && !found && (entry = readdir(all)) != NULL) {
    struct address mine;
    char *end;
    long fd = strtol(entry->d_name, &end, 10);
    found = end > entry->d_name && local_end((int)fd, &mine) && address_eq(&mine, local);
  }
  if (all)
    closedir(all);
  return found;
}
