/*
 * What the files around io/process.h share: sockets by their ends, and what /proc tells of one process.
 */
#ifndef WEIR_IO_PROCESS_PARTS_H
#define WEIR_IO_PROCESS_PARTS_H

#include "weir/io/process.h"

/* ---- process_socket.c ---- */

struct process_socket {
  uint64_t inode; /* 0: there is none, or it is closed and only waits for its end */
  uid_t uid;
};

/* A socket for the kernel's answers; -1: there are none. */
int process_socket_open(void);
/* The socket that a process uses as `near` towards `far`. False: the kernel does not answer such questions. */
bool process_socket_ask(int netlink, const struct address *near, const struct address *far, struct process_socket *out);

/* A line of /proc/net/tcp or tcp6. */
struct process_row {
  struct address near, far;
  unsigned state; /* TCP_ESTABLISHED, ... */
  struct process_socket socket;
};
bool process_row_parse(struct slice line, struct process_row *row);
/* All lines of both tables until `fn` says that it has enough. The kernel may take milliseconds to make them. */
void process_rows(bool (*fn)(void *arg, const struct process_row *row), void *arg);

/* ---- process_command.c ---- */

/* The words of a command line, a NUL behind each, as one line for people: passwords in it are "***". NULL: no words. */
char *process_command(struct slice words);

/* ---- process.c ---- */

/* Which pids there are, the youngest process first as far as numbers tell; *pids is malloc'ed. */
size_t process_list(pid_t **pids);
/* The order in which numbers were given: descending from the last one, then those of the round before. */
void process_order(pid_t *pids, size_t n, pid_t last);
bool process_number(const char *text, uint64_t *number); /* decimal digits alone */
/* "socket:[4711]"; 0: something else. */
uint64_t process_fd_inode(int folder, const char *fd);

struct process_mark {
  pid_t pid;      /* 0: none */
  char *variable; /* NULL: none */
};
/* What /proc says of it now; NULL: it is gone, or may not be looked at. One reference, the caller's. */
struct process *process_read(pid_t pid, const struct process_mark *mark);
/* Is it still that process, and the same program? */
bool process_is_same(const struct process *p);

#endif
