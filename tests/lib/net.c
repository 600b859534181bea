#include "net.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

double net_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- programs ---- */

struct net_program net_start(const char *const *argv) {
  int in[2], out[2], err[2];
  if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
    fail_msg("pipe: %s", strerror(errno));
  pid_t pid = fork();
  if (pid == 0) {
    dup2(in[0], 0);
    dup2(out[1], 1);
    dup2(err[1], 2);
    execvp(argv[0], (char *const *)(void *)argv);
    _exit(127);
  }
  close(in[0]);
  close(out[1]);
  close(err[1]);
  return (struct net_program){pid, in[1], out[0], err[0], 0};
}

/* A line that ends within the deadline, byte by byte: what follows stays in the pipe. */
static bool read_line(int fd, char *line, size_t size) {
  double end = net_now() + NET_DEADLINE;
  size_t n = 0;
  while (n + 1 < size) {
    double left = end - net_now();
    if (left <= 0 || !net_readable(fd, left) || read(fd, line + n, 1) != 1)
      break;
    if (line[n] == '\n') {
      line[n] = '\0';
      return true;
    }
    n++;
  }
  line[n] = '\0';
  return false;
}

char *net_line(struct net_program *p, const char *text) {
  char *line = malloc(1 << 16);
  double end = net_now() + NET_DEADLINE;
  while (net_now() < end && read_line(p->out, line, 1 << 16))
    if (strstr(line, text))
      return line;
  free(line);
  return NULL;
}

struct net_program net_weir(const char *const *arguments) {
  const char *argv[40] = {getenv("WEIR") ? getenv("WEIR") : "build/weir", "--headless"};
  bool listens = false;
  int n = 2;
  for (int i = 0; arguments && arguments[i] && i < 34; i++) {
    listens |= !strcmp(arguments[i], "--listen");
    argv[n++] = arguments[i];
  }
  for (int i = n; !listens && i >= 2; i--) /* before words that end the options */
    argv[i + 2] = i < n ? argv[i] : NULL;
  if (!listens) {
    argv[2] = "--listen";
    argv[3] = "127.0.0.1:0";
  }
  struct net_program p = net_start(argv);
  char line[400];
  while (read_line(p.err, line, sizeof line)) {
    const char *at = strstr(line, "listening on ");
    if (at) {
      p.port = atoi(strrchr(at, ':') + 1);
      return p;
    }
  }
  fail_msg("weir did not start: %s", line);
  return p;
}

struct net_program net_origin(void) {
  char path[600];
  const char *tests = getenv("WEIR_TESTS");
  snprintf(path, sizeof path, "%s/e2e/origin", tests ? tests : "build/release/tests");
  const char *argv[] = {path, NULL};
  struct net_program p = net_start(argv);
  char line[40];
  if (!read_line(p.out, line, sizeof line))
    fail_msg("the origin did not start");
  p.port = atoi(line);
  return p;
}

int net_stop(struct net_program *p) {
  int status = 0;
  close(p->in);
  kill(p->pid, SIGTERM);
  for (double end = net_now() + NET_DEADLINE; waitpid(p->pid, &status, WNOHANG) == 0;) {
    if (net_now() > end) {
      kill(p->pid, SIGKILL);
      waitpid(p->pid, &status, 0);
      fail_msg("process %d did not end", (int)p->pid);
    }
    poll(NULL, 0, 2);
  }
  close(p->out);
  close(p->err);
  p->pid = 0;
  return status;
}

int net_run(const char *const *argv, char **output) {
  struct net_program p = net_start(argv);
  close(p.in);
  size_t n = 0, cap = 1 << 16;
  char *text = malloc(cap);
  struct pollfd fds[2] = {{p.out, POLLIN, 0}, {p.err, POLLIN, 0}};
  for (int open = 2; open;) {
    if (poll(fds, 2, 120000) <= 0)
      fail_msg("%s takes too long", argv[0]);
    for (int i = 0; i < 2; i++) {
      if (!fds[i].revents)
        continue;
      char piece[65536];
      ssize_t k = read(fds[i].fd, piece, sizeof piece);
      if (k <= 0) {
        fds[i].fd = -1;
        open--;
      } else if (i == 0) {
        if (n + (size_t)k + 1 > cap)
          text = realloc(text, cap = (n + (size_t)k + 1) * 2);
        memcpy(text + n, piece, (size_t)k);
        n += (size_t)k;
      }
    }
  }
  text[n] = '\0';
  int status;
  waitpid(p.pid, &status, 0);
  close(p.out);
  close(p.err);
  if (output)
    *output = text;
  else
    free(text);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- looking at a process ---- */

size_t net_fds(pid_t pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
  DIR *d = opendir(path);
  size_t n = 0;
  while (d && readdir(d))
    n++;
  if (d)
    closedir(d);
  return n > 2 ? n - 2 : 0;
}

size_t net_rss(pid_t pid) {
  char path[64];
  unsigned long size = 0, resident = 0;
  snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
  FILE *f = fopen(path, "r");
  if (f) {
    if (fscanf(f, "%lu %lu", &size, &resident) != 2)
      resident = 0;
    fclose(f);
  }
  return resident * (size_t)sysconf(_SC_PAGESIZE);
}

double net_cpu(pid_t pid) {
  char path[64];
  unsigned long user = 0, kernel = 0;
  snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
  FILE *f = fopen(path, "r");
  if (f) {
    if (fscanf(f, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel) != 2)
      user = kernel = 0;
    fclose(f);
  }
  return (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

double net_cpu_while(pid_t pid, double seconds) {
  double before = net_cpu(pid);
  poll(NULL, 0, (int)(seconds * 1000));
  return net_cpu(pid) - before;
}

bool net_wait_fds(pid_t pid, size_t most) {
  for (double end = net_now() + NET_DEADLINE; net_fds(pid) > most; poll(NULL, 0, 5))
    if (net_now() > end)
      return false;
  return true;
}

/* ---- sockets ---- */

static void limit_waits(int fd) {
  struct timeval limit = {(time_t)NET_DEADLINE, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

int net_try_connect(int port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in a = {
      .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  limit_waits(fd);
  if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
    return fd;
  close(fd);
  return -1;
}

int net_connect(int port) {
  int fd = net_try_connect(port);
  if (fd < 0)
    fail_msg("nothing answers at port %d", port);
  return fd;
}

int net_listen(int *port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof a;
  if (bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, 100) || getsockname(fd, (struct sockaddr *)&a, &size))
    fail_msg("listen: %s", strerror(errno));
  *port = ntohs(a.sin_port);
  return fd;
}

int net_accept(int listener) {
  if (!net_readable(listener, NET_DEADLINE))
    return -1;
  int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  limit_waits(fd);
  return fd;
}

bool net_until(int fd, const char *text, char *into, size_t size) {
  size_t n = 0;
  into[0] = '\0';
  for (double end = net_now() + NET_DEADLINE; !memmem(into, n, text, strlen(text));) {
    if (n + 1 >= size || !net_readable(fd, end - net_now()))
      return false;
    ssize_t k = read(fd, into + n, size - 1 - n);
    if (k <= 0)
      return false;
    into[n += (size_t)k] = '\0';
  }
  return true;
}

bool net_send_n(int fd, const void *bytes, size_t n) {
  const char *p = bytes;
  while (n) {
    ssize_t k = send(fd, p, n, MSG_NOSIGNAL);
    if (k <= 0)
      return false;
    p += k;
    n -= (size_t)k;
  }
  return true;
}

bool net_send(int fd, const char *text) {
  return net_send_n(fd, text, strlen(text));
}

void net_reset(int fd) {
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
  close(fd);
}

bool net_readable(int fd, double seconds) {
  struct pollfd p = {fd, POLLIN, 0};
  return poll(&p, 1, seconds < 0 ? 0 : (int)(seconds * 1000)) > 0;
}

/* ---- responses ---- */

struct reader {
  net_recv_fn *recv;
  void *arg;
  struct net_response *r;
};

static ssize_t recv_plain(void *arg, void *into, size_t n) {
  return recv(*(const int *)arg, into, n, 0);
}

static bool read_byte(struct reader *in, char *c) {
  ssize_t k = in->recv(in->arg, c, 1);
  if (k < 0)
    in->r->reset = errno == ECONNRESET;
  return k == 1;
}

static bool read_n(struct reader *in, size_t n) {
  struct net_response *r = in->r;
  r->body = realloc(r->body, r->n + n + 1);
  while (n) {
    ssize_t k = in->recv(in->arg, r->body + r->n, n);
    if (k <= 0) {
      r->reset = k < 0 && errno == ECONNRESET;
      return false;
    }
    r->n += (size_t)k;
    n -= (size_t)k;
  }
  r->body[r->n] = '\0';
  return true;
}

static bool read_chunk_line(struct reader *in, char *line, size_t size) {
  size_t n = 0;
  for (char c; n + 1 < size && read_byte(in, &c);) {
    if (c == '\n') {
      line[n && line[n - 1] == '\r' ? n - 1 : n] = '\0';
      return true;
    }
    line[n++] = c;
  }
  return false;
}

static bool read_chunks(struct reader *in) {
  char line[200];
  for (;;) {
    if (!read_chunk_line(in, line, sizeof line))
      return false;
    size_t n = strtoul(line, NULL, 16);
    if (!n)
      break;
    if (!read_n(in, n) || !read_chunk_line(in, line, sizeof line))
      return false;
  }
  do {
    if (!read_chunk_line(in, line, sizeof line))
      return false;
  } while (*line);
  return true;
}

static bool read_to_close(struct reader *in) {
  while (read_n(in, 1))
    ;
  return !in->r->reset;
}

struct net_response net_response(int fd, bool head_only) {
  return net_response_of(recv_plain, &fd, head_only);
}

struct net_response net_response_of(net_recv_fn *from, void *arg, bool head_only) {
  struct net_response r = {.body = calloc(1, 1)};
  struct reader in = {from, arg, &r};
  size_t n = 0;
  for (char c; n + 1 < sizeof r.head && !strstr(r.head, "\r\n\r\n") && read_byte(&in, &c);)
    r.head[n++] = c;
  if (!strstr(r.head, "\r\n\r\n") || sscanf(r.head, "HTTP/1.1 %d", &r.status) != 1) {
    r.status = 0;
    r.cut = n > 0;
    return r;
  }
  if (r.status / 100 == 1 && r.status != 101) {
    net_response_free(&r);
    return net_response_of(from, arg, head_only);
  }
  const char *length = strcasestr(r.head, "\r\nContent-Length:"),
             *coding = strcasestr(r.head, "\r\nTransfer-Encoding:");
  if (head_only || r.status == 204 || r.status == 304)
    r.complete = true;
  else if (coding)
    r.complete = read_chunks(&in);
  else if (length)
    r.complete = read_n(&in, strtoul(length + 17, NULL, 10));
  else
    r.complete = read_to_close(&in);
  r.cut = !r.complete;
  return r;
}

void net_response_free(struct net_response *r) {
  free(r->body);
  r->body = NULL;
}

bool net_get(int fd, int origin, const char *path) {
  char text[600];
  snprintf(text, sizeof text, "GET http://127.0.0.1:%d%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n", origin, path, origin);
  return net_send(fd, text);
}

int net_status(int proxy, int origin, const char *path) {
  int fd = net_connect(proxy);
  net_get(fd, origin, path);
  struct net_response r = net_response(fd, false);
  int status = r.status;
  net_response_free(&r);
  close(fd);
  return status;
}
