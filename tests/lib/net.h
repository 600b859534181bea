/*
 * End-to-end tests: programs started and stopped, and plain sockets with deadlines. Everything is on loopback, ports
 * are chosen by the system, nothing sleeps: a wait is for a condition. What goes wrong in here fails the running test.
 */
#ifndef WEIR_TESTS_NET_H
#define WEIR_TESTS_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define NET_DEADLINE 15.0 /* seconds */

double net_now(void); /* monotonic seconds */

/* A program with pipes to its standard streams. */
struct net_program {
  pid_t pid;
  int in, out, err; /* our ends */
  int port;         /* what it said it listens on */
};

/* $WEIR --headless with these arguments (NULL-terminated, may be NULL) beside "--listen 127.0.0.1:0" (which a later
 * --listen replaces); ready to serve. */
struct net_program net_weir(const char *const *arguments);
struct net_program net_origin(void); /* tests/e2e/origin */
/* Starts argv; reads nothing. */
struct net_program net_start(const char *const *argv);
/* Ends it (SIGTERM, or for origin the end of its input) and returns the status of waitpid(2). */
int net_stop(struct net_program *p);
/* Runs a command to its end; *output (malloc'ed, may be NULL) gets its stdout. Returns its exit status, -1 for a
 * signal. */
int net_run(const char *const *argv, char **output);
/* Whole lines of p->out until one contains `text`; NULL after the deadline. malloc'ed. */
char *net_line(struct net_program *p, const char *text);

size_t net_fds(pid_t pid); /* open descriptors */
size_t net_rss(pid_t pid); /* resident bytes */
double net_cpu(pid_t pid); /* seconds of user and system time so far */
/* CPU seconds that pid spends while `seconds` pass (this waits: it is what is measured). */
double net_cpu_while(pid_t pid, double seconds);
bool net_wait_fds(pid_t pid, size_t most); /* until it has at most so many; false after the deadline */

int net_try_connect(int port);           /* -1: refused */
int net_connect(int port);               /* blocking, with timeouts on both directions */
bool net_send(int fd, const char *text); /* false: the peer is gone */
bool net_send_n(int fd, const void *bytes, size_t n);
void net_reset(int fd);       /* closes with RST */
int net_listen(int *port);    /* on 127.0.0.1 */
int net_accept(int listener); /* with the timeouts of net_connect(); -1 after the deadline */
/* Reads until `text` is there; false: the end or the deadline came first. The bytes, terminated, in `into`. */
bool net_until(int fd, const char *text, char *into, size_t size);
/* One byte or more is there or the peer ended, within so many seconds. */
bool net_readable(int fd, double seconds);

struct net_response {
  int status; /* 0: none came */
  char *body; /* malloc'ed, framing removed */
  size_t n;
  bool complete; /* framed to its end */
  bool cut;      /* the connection ended or broke inside */
  bool reset;
  char head[4096];
};

/* Reads one response (Content-Length, chunked, or until close). */
struct net_response net_response(int fd, bool head_only);
/* The same from what is no plain socket; it returns as recv(2) does. */
typedef ssize_t net_recv_fn(void *arg, void *into, size_t n);
struct net_response net_response_of(net_recv_fn *from, void *arg, bool head_only);
void net_response_free(struct net_response *r);
/* "GET http://127.0.0.1:ORIGIN/path" through the proxy on an open connection. */
bool net_get(int fd, int origin, const char *path);
/* One request on a new connection; its status, 0 for none. */
int net_status(int proxy, int origin, const char *path);

#endif
