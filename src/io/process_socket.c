/* A socket by its two ends: the kernel is asked for the one (sock_diag(7)), or its tables are read (proc(5)). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/process_parts.h"
#include "weir/base/path.h"

#define TABLE_MAX ((size_t)64 << 20)
#define LISTENING 10 /* TCP_LISTEN, as the kernel counts states */

/* ---- asking ---- */

int process_socket_open(void) {
  return socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG);
}

struct question {
  struct nlmsghdr head;
  struct inet_diag_req_v2 body;
};

static bool send_question(int netlink, const struct address *near, const struct address *far) {
  struct question q = {
      .head = {.nlmsg_len = sizeof q, .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST},
      .body = {.sdiag_family = near->family == 6 ? AF_INET6 : AF_INET,
               .sdiag_protocol = IPPROTO_TCP,
               .idiag_states = ~0U},
  };
  struct inet_diag_sockid *id = &q.body.id;
  id->idiag_sport = htons(near->port);
  id->idiag_dport = htons(far->port);
  memcpy(id->idiag_src, near->ip, sizeof near->ip);
  memcpy(id->idiag_dst, far->ip, sizeof far->ip);
  id->idiag_if = near->scope;
  id->idiag_cookie[0] = id->idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  return send(netlink, &q, sizeof q, 0) == (ssize_t)sizeof q;
}

/* One question, one answer, which the kernel has made by the time that send() returns. A listener at the same port is
 * what the kernel names where the connection is gone. */
bool process_socket_ask(int netlink, const struct address *near, const struct address *far,
                        struct process_socket *out) {
  union {
    struct nlmsghdr head;
    char bytes[4096];
  } answer;
  struct inet_diag_msg m;
  *out = (struct process_socket){0};
  if (netlink < 0 || !send_question(netlink, near, far))
    return false;
  ssize_t n = recv(netlink, &answer, sizeof answer, 0);
  if (n < (ssize_t)sizeof answer.head || answer.head.nlmsg_len > (size_t)n)
    return false;
  if (answer.head.nlmsg_type == NLMSG_ERROR) {
    struct nlmsgerr e;
    if (answer.head.nlmsg_len < NLMSG_LENGTH(sizeof e))
      return false;
    memcpy(&e, NLMSG_DATA(&answer.head), sizeof e);
    return e.error == -ENOENT; /* also what a kernel without sock_diag for TCP says */
  }
  if (answer.head.nlmsg_type != SOCK_DIAG_BY_FAMILY || answer.head.nlmsg_len < NLMSG_LENGTH(sizeof m))
    return false;
  memcpy(&m, NLMSG_DATA(&answer.head), sizeof m);
  if (m.idiag_state != LISTENING && m.id.idiag_dport == htons(far->port))
    *out = (struct process_socket){m.idiag_inode, m.idiag_uid};
  return true;
}

/* ---- tables ---- */

static bool hexadecimal(struct slice digits, uint64_t *value) {
  *value = 0;
  for (size_t i = 0; i < digits.n; i++) {
    char c = digits.p[i];
    int digit = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                       : -1;
    if (digit < 0)
      return false;
    *value = *value * 16 + (uint64_t)digit;
  }
  return digits.n > 0 && digits.n <= 16;
}

/* "0100007F:22B8": each four bytes of the address as a number of this machine's byte order. */
static bool parse_end(struct slice text, struct address *a) {
  uint8_t ip[16];
  uint64_t word, port;
  ptrdiff_t colon = slice_find_byte(text, ':');
  if ((colon != 8 && colon != 32) || !hexadecimal(slice_from(text, (size_t)colon + 1), &port) || port > 65535)
    return false;
  for (size_t i = 0; i < (size_t)colon / 8; i++) {
    if (!hexadecimal(slice_sub(text, i * 8, 8), &word))
      return false;
    uint32_t four = (uint32_t)word;
    memcpy(ip + i * 4, &four, sizeof four);
  }
  if (colon == 8) {
    *a = (struct address){.family = 4, .port = (uint16_t)port};
    memcpy(a->ip, ip, 4);
    return true;
  }
  struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
  memcpy(&in6.sin6_addr, ip, sizeof ip);
  struct sockaddr_storage sa;
  memcpy(&sa, &in6, sizeof in6);
  return address_from_sockaddr(a, (struct sockaddr *)&sa);
}

/* "0: 0100007F:22B8 0100007F:9C40 01 queues timer retransmits uid timeout inode ...", blanks between them. */
bool process_row_parse(struct slice line, struct process_row *row) {
  enum { NEAR = 1, FAR = 2, STATE = 3, UID = 7, INODE = 9, FIELDS = 10 };
  struct slice field[FIELDS], part;
  size_t n = 0;
  uint64_t state, uid;
  while (n < FIELDS && slice_split(&line, ' ', &part))
    if (part.n)
      field[n++] = part;
  if (n < FIELDS || !parse_end(field[NEAR], &row->near) || !parse_end(field[FAR], &row->far) ||
      !hexadecimal(field[STATE], &state) || !slice_to_u64(field[UID], &uid) ||
      !slice_to_u64(field[INODE], &row->socket.inode))
    return false;
  row->state = (unsigned)state;
  row->socket.uid = (uid_t)uid;
  return true;
}

void process_rows(bool (*fn)(void *arg, const struct process_row *row), void *arg) {
  static const char *const tables[] = {"/proc/net/tcp", "/proc/net/tcp6"};
  bool enough = false;
  for (size_t i = 0; i < 2 && !enough; i++) {
    char *bytes = NULL;
    size_t n = 0;
    struct process_row row;
    if (!path_read(tables[i], TABLE_MAX, &bytes, &n, NULL))
      continue;
    struct slice rest = slice_make(bytes, n), line;
    while (!enough && slice_split(&rest, '\n', &line))
      enough = process_row_parse(line, &row) && fn(arg, &row);
    free(bytes);
  }
}

/* ---- who listens ---- */

struct listener {
  uint16_t port;
  uint64_t inode;
};

/* The port is what matters: a listener on any address takes it too. */
static bool is_listener(void *arg, const struct process_row *row) {
  struct listener *l = arg;
  if (row->state == LISTENING && row->near.port == l->port)
    l->inode = row->socket.inode;
  return l->inode != 0;
}

static bool holds(pid_t pid, uint64_t inode) {
  char path[64];
  bool found = false;
  snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
  DIR *folder = opendir(path);
  const struct dirent *entry;
  while (folder && !found && (entry = readdir(folder)) != NULL)
    found = process_fd_inode(dirfd(folder), entry->d_name) == inode;
  if (folder)
    closedir(folder);
  return found;
}

bool process_at_port(uint16_t port, pid_t *pid, struct buf *name) {
  struct listener l = {port, 0};
  pid_t *pids = NULL;
  bool found = false;
  process_rows(is_listener, &l);
  size_t n = l.inode ? process_list(&pids) : 0;
  for (size_t i = 0; i < n && !found; i++) {
    struct process *p = holds(pids[i], l.inode) ? process_read(pids[i], &(struct process_mark){0}) : NULL;
    if (!p)
      continue;
    found = true;
    *pid = p->pid;
    buf_add_text(name, p->name);
    process_unref(p);
  }
  free(pids);
  return found;
}
