/*
 * A server for the end-to-end tests that behaves and misbehaves by path. Prints its port and serves until its
 * standard input ends. One thread, poll(); its answers are made by hand so that they can be wrong.
 *
 *   /ok               200 "ok"                        /size/N          N bytes of the pattern byte(i) = i * 7 + (i >>
 * 8) /chunked/N        the same, chunked               /close-end/N     the same, until the connection closes /echo the
 * request's body              /stall           never answers /close            closes without an answer        /reset
 * resets without an answer /half-head        half a head, then closes        /reset-head      half a head, then resets
 *   /cut              Content-Length 1000, 10 bytes, then resets      /cut-chunked, /cut-close   likewise
 *   /head             the request's head as the body, with a cookie and X-Made-By: origin
 *   /drip             head and body, a byte every 5 ms                /fin   answers, then ends its direction only
 *   /seen             how many requests were complete, and how many connections broke off inside one
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PEERS 16000

enum after { STAY, CLOSE, RESET, SHUT };

struct peer {
  int fd;
  char *in;
  size_t in_n, in_cap;
  char *out;
  size_t out_n, out_cap, out_at;
  enum after after;
  bool drip, dead_end; /* dead_end: nothing more is read as a request */
  double next;
};

static struct peer *peers[PEERS];
static struct pollfd polls[PEERS + 2];
static int peers_n;
static unsigned long complete, broken;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void grow(char **p, size_t *cap, size_t need) {
  if (need <= *cap)
    return;
  *cap = need * 2;
  *p = realloc(*p, *cap);
  if (!*p)
    abort();
}

static void out(struct peer *p, const char *bytes, size_t n) {
  grow(&p->out, &p->out_cap, p->out_n + n);
  memcpy(p->out + p->out_n, bytes, n);
  p->out_n += n;
}

static void out_text(struct peer *p, const char *text) {
  out(p, text, strlen(text));
}

static void out_pattern(struct peer *p, unsigned long n) {
  grow(&p->out, &p->out_cap, p->out_n + n);
  for (unsigned long i = 0; i < n; i++)
    p->out[p->out_n++] = (char)(i * 7 + (i >> 8));
}

static void respond(struct peer *p, const char *bytes, size_t n) {
  char head[100];
  snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", n);
  out_text(p, head);
  out(p, bytes, n);
}

static void respond_head(struct peer *p) {
  char head[160];
  size_t n = (size_t)((char *)memmem(p->in, p->in_n, "\r\n\r\n", 4) - p->in) + 4;
  snprintf(head, sizeof head,
           "HTTP/1.1 200 OK\r\nX-Made-By: origin\r\nSet-Cookie: sid=42; Path=/\r\nContent-Length: %zu\r\n\r\n", n);
  out_text(p, head);
  out(p, p->in, n);
}

static void sized(struct peer *p, const char *path) {
  char line[100];
  unsigned long n = strtoul(strrchr(path, '/') + 1, NULL, 10);
  if (!strncmp(path, "/size", 5)) {
    snprintf(line, sizeof line, "HTTP/1.1 200 OK\r\nContent-Length: %lu\r\n\r\n", n);
    out_text(p, line);
    out_pattern(p, n);
  } else if (!strncmp(path, "/chunked", 8)) {
    out_text(p, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    snprintf(line, sizeof line, "%lx\r\n", n);
    if (n) {
      out_text(p, line);
      out_pattern(p, n);
      out_text(p, "\r\n");
    }
    out_text(p, "0\r\n\r\n");
  } else {
    out_text(p, "HTTP/1.1 200 OK\r\n\r\n");
    out_pattern(p, n);
    p->after = CLOSE;
  }
}

static bool is(const char *path, const char *what) {
  return !strcmp(path, what);
}

static void answer(struct peer *p, const char *path, const char *body, size_t body_n) {
  complete++;
  if (is(path, "/ok")) {
    respond(p, "ok", 2);
  } else if (!strncmp(path, "/size/", 6) || !strncmp(path, "/chunked/", 9) || !strncmp(path, "/close-end/", 11)) {
    sized(p, path);
  } else if (is(path, "/echo")) {
    respond(p, body, body_n);
  } else if (is(path, "/head")) {
    respond_head(p);
  } else if (is(path, "/stall")) {
    p->dead_end = true;
  } else if (is(path, "/close")) {
    p->after = CLOSE;
  } else if (is(path, "/reset")) {
    p->after = RESET;
  } else if (is(path, "/half-head") || is(path, "/reset-head")) {
    out_text(p, "HTTP/1.1 200 OK\r\nContent-Le");
    p->after = path[1] == 'h' ? CLOSE : RESET;
  } else if (!strncmp(path, "/cut", 4)) {
    out_text(p, is(path, "/cut")           ? "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n0123456789"
                : is(path, "/cut-chunked") ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n"
                                           : "HTTP/1.1 200 OK\r\n\r\n0123456789");
    p->after = RESET;
  } else if (is(path, "/drip")) {
    respond(p, "drip by drip", 12);
    p->drip = true;
  } else if (is(path, "/fin")) {
    respond(p, "ok", 2);
    p->after = SHUT;
  } else if (is(path, "/seen")) {
    char text[64];
    snprintf(text, sizeof text, "%lu %lu", complete - 1, broken);
    respond(p, text, strlen(text));
  } else {
    out_text(p, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  }
}

/* The size of a chunked body with its framing, decoded in place to *body_n bytes; 0: not all there. */
static size_t unchunk(char *s, size_t n, size_t *body_n) {
  size_t at = 0, made = 0;
  for (;;) {
    char *line = memmem(s + at, n - at, "\r\n", 2);
    if (!line)
      return 0;
    size_t size = strtoul(s + at, NULL, 16);
    at = (size_t)(line - s) + 2;
    if (!size)
      break;
    if (at + size + 2 > n)
      return 0;
    memmove(s + made, s + at, size);
    made += size;
    at += size + 2;
  }
  while (at + 2 <= n && memcmp(s + at, "\r\n", 2)) {
    char *line = memmem(s + at, n - at, "\r\n", 2);
    if (!line)
      return 0;
    at = (size_t)(line - s) + 2;
  }
  *body_n = made;
  return at + 2 <= n ? at + 2 : 0;
}

static char *field(char *head, char *end, const char *name) {
  for (char *s = head; s < end; s++) {
    char *line = memmem(s, (size_t)(end - s), "\r\n", 2);
    if (!line)
      return NULL;
    s = line + 2;
    if (!strncasecmp(s, name, strlen(name)))
      return s + strlen(name);
    s--;
  }
  return NULL;
}

/* Takes complete requests off the front of what was read. */
static void requests(struct peer *p) {
  while (!p->dead_end && p->in_n) {
    char *end = memmem(p->in, p->in_n, "\r\n\r\n", 4);
    if (!end)
      return;
    size_t head_n = (size_t)(end - p->in) + 4, size = head_n, body_n = 0;
    char *length = field(p->in, end + 2, "Content-Length:"), *coding = field(p->in, end + 2, "Transfer-Encoding:");
    char method[16] = "", path[200] = "";
    sscanf(p->in, "%15s %199s", method, path);
    if (coding) {
      char *copy = malloc(p->in_n - head_n + 1);
      memcpy(copy, p->in + head_n, p->in_n - head_n);
      size_t used = unchunk(copy, p->in_n - head_n, &body_n);
      if (used) {
        size = head_n + used;
        answer(p, path, copy, body_n);
      }
      free(copy);
      if (!used)
        return;
    } else {
      body_n = length ? strtoul(length, NULL, 10) : 0;
      size = head_n + body_n;
      if (p->in_n < size)
        return;
      answer(p, path, p->in + head_n, body_n);
    }
    memmove(p->in, p->in + size, p->in_n - size);
    p->in_n -= size;
    if (p->after != STAY)
      p->dead_end = true;
  }
}

static void drop(int i, bool reset) {
  struct peer *p = peers[i];
  if (p->in_n)
    broken++;
  if (reset)
    setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
  close(p->fd);
  free(p->in);
  free(p->out);
  free(p);
  peers[i] = peers[--peers_n];
}

/* False: the peer is gone. */
static bool peer_write(int i) {
  struct peer *p = peers[i];
  while (p->out_at < p->out_n) {
    if (p->drip && now() < p->next)
      return true;
    ssize_t k = send(p->fd, p->out + p->out_at, p->drip ? 1 : p->out_n - p->out_at, MSG_NOSIGNAL);
    if (k < 0 && errno == EAGAIN)
      return true;
    if (k < 0) {
      drop(i, false);
      return false;
    }
    p->out_at += (size_t)k;
    p->next = now() + 0.005;
  }
  p->out_n = p->out_at = 0;
  p->drip = false;
  if (p->after == SHUT) {
    shutdown(p->fd, SHUT_WR);
    p->after = STAY;
  } else if (p->after != STAY) {
    drop(i, p->after == RESET);
    return false;
  }
  return true;
}

static bool peer_read(int i) {
  struct peer *p = peers[i];
  grow(&p->in, &p->in_cap, p->in_n + 65536);
  ssize_t k = recv(p->fd, p->in + p->in_n, 65536, 0);
  if (k < 0 && errno == EAGAIN)
    return true;
  if (k <= 0) {
    drop(i, false);
    return false;
  }
  p->in_n += (size_t)k;
  if (p->dead_end)
    p->in_n = 0;
  requests(p);
  return peer_write(i);
}

static void accept_all(int listener) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
      return;
    if (peers_n == PEERS) {
      close(fd);
      continue;
    }
    struct peer *p = calloc(1, sizeof *p);
    p->fd = fd;
    peers[peers_n++] = p;
  }
}

static int wait_ms(void) {
  for (int i = 0; i < peers_n; i++)
    if (peers[i]->drip)
      return 1;
  return -1;
}

int main(void) {
  signal(SIGPIPE, SIG_IGN);
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof a;
  if (bind(listener, (struct sockaddr *)&a, sizeof a) || listen(listener, 4096) ||
      getsockname(listener, (struct sockaddr *)&a, &size))
    return 1;
  printf("%d\n", ntohs(a.sin_port));
  fflush(stdout);
  for (;;) {
    polls[0] = (struct pollfd){0, POLLIN, 0};
    polls[1] = (struct pollfd){listener, POLLIN, 0};
    int n = peers_n;
    for (int i = 0; i < n; i++)
      polls[i + 2] = (struct pollfd){
          peers[i]->fd, (short)(POLLIN | (peers[i]->out_at < peers[i]->out_n && !peers[i]->drip ? POLLOUT : 0)), 0};
    poll(polls, (nfds_t)n + 2, wait_ms());
    char one;
    if (polls[0].revents && read(0, &one, 1) <= 0)
      return 0;
    for (int i = n - 1; i >= 0; i--) {
      short got = polls[i + 2].revents;
      if (peers[i]->drip && !peer_write(i))
        continue;
      if ((got & POLLOUT) && !peer_write(i))
        continue;
      if (got & (POLLIN | POLLHUP | POLLERR))
        peer_read(i);
    }
    accept_all(listener);
  }
}
