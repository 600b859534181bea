#include "site.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "remove_tree.h"

static const char *program(void) {
  static const char *const places[] = {"/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx"};
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
    if (access(places[i], X_OK) == 0)
      return places[i];
  return NULL;
}

/* A port that is free on both loopback addresses at this moment; 0: none found. */
static int free_port(bool *six) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct sockaddr_in6 b = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  socklen_t size = sizeof a;
  int four = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int other = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), port = 0;
  if (bind(four, (struct sockaddr *)&a, sizeof a) == 0 && getsockname(four, (struct sockaddr *)&a, &size) == 0)
    port = ntohs(a.sin_port);
  b.sin6_port = htons((uint16_t)port);
  *six = other >= 0 && bind(other, (struct sockaddr *)&b, sizeof b) == 0;
  close(four);
  if (other >= 0)
    close(other);
  return port;
}

static void write_file(const char *path, const void *bytes, size_t n) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  const char *p = bytes;
  while (fd >= 0 && n) {
    ssize_t k = write(fd, p, n);
    if (k <= 0)
      break;
    p += k;
    n -= (size_t)k;
  }
  if (fd < 0 || n)
    fail_msg("%s: %s", path, strerror(errno));
  close(fd);
}

static size_t put_tls(char *to, size_t size, const struct site *s, int port, const struct site_tls *tls) {
  char six[60] = "", demand[500] = "";
  if (s->six)
    snprintf(six, sizeof six, "listen [::1]:%d ssl;", port);
  if (tls->client_ca)
    snprintf(demand, sizeof demand, "ssl_verify_client on; ssl_client_certificate %s;", tls->client_ca);
  return (size_t)snprintf(to, size,
                          "  server { listen 127.0.0.1:%1$d ssl; %2$s root %3$s/www; dav_methods PUT; %6$s\n"
                          "    ssl_certificate %4$s; ssl_certificate_key %4$s; ssl_protocols %5$s; }\n",
                          port, six, s->folder, tls->pem, tls->protocols ? tls->protocols : "TLSv1.2 TLSv1.3", demand);
}

static void write_config(const struct site *s, const struct site_tls *tls, size_t tls_n) {
  char text[16000], six[60] = "", path[300];
  if (s->six)
    snprintf(six, sizeof six, "listen [::1]:%d;", s->port);
  int n = snprintf(text, sizeof text,
                   "daemon off; master_process off; pid %1$s/pid; error_log stderr error;\n"
                   "events { worker_connections 512; }\n"
                   "http {\n"
                   "  types { text/html html; text/css css; text/javascript js; image/png png; image/svg+xml svg;\n"
                   "          application/json json; }\n"
                   "  log_format plain '$request_method $status $request_uri';\n"
                   "  access_log %1$s/access.log plain;\n"
                   "  client_body_temp_path %1$s/t1; proxy_temp_path %1$s/t2; fastcgi_temp_path %1$s/t3;\n"
                   "  uwsgi_temp_path %1$s/t4; scgi_temp_path %1$s/t5;\n"
                   "  client_max_body_size 0; keepalive_requests 100000; etag off;\n"
                   "  server { listen 127.0.0.1:%2$d; %3$s root %1$s/www; dav_methods PUT; }\n",
                   s->folder, s->port, six);
  for (size_t i = 0; i < tls_n; i++)
    n += (int)put_tls(text + n, sizeof text - (size_t)n, s, s->tls_port[i], &tls[i]);
  n += snprintf(text + n, sizeof text - (size_t)n, "}\n");
  snprintf(path, sizeof path, "%s/conf", s->folder);
  write_file(path, text, (size_t)n);
}

/* Serves, or ended at once because someone else was faster with the port. */
static bool serves(struct site *s) {
  struct sockaddr_in a = {
      .sin_family = AF_INET, .sin_port = htons((uint16_t)s->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  for (double end = net_now() + NET_DEADLINE; net_now() < end; poll(NULL, 0, 5)) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool there = connect(fd, (struct sockaddr *)&a, sizeof a) == 0;
    close(fd);
    if (waitpid(s->nginx.pid, NULL, WNOHANG) == s->nginx.pid)
      return false;
    if (there)
      return true;
  }
  return false;
}

bool site_open(struct site *s) {
  return site_open_tls(s, NULL, 0);
}

void site_need_tls(struct site *s, const struct site_tls *tls, size_t tls_n) {
  if (site_open_tls(s, tls, tls_n))
    return;
  print_message("nginx is not installed\n");
  skip();
}

void site_need(struct site *s) {
  site_need_tls(s, NULL, 0);
}

bool site_open_tls(struct site *s, const struct site_tls *tls, size_t tls_n) {
  const char *nginx = program(), *tmp = getenv("TMPDIR");
  char path[300];
  memset(s, 0, sizeof *s);
  if (!nginx)
    return false;
  snprintf(s->folder, sizeof s->folder, "%s/weir-site.XXXXXX", tmp ? tmp : "/tmp");
  if (!mkdtemp(s->folder))
    fail_msg("%s: %s", s->folder, strerror(errno));
  snprintf(path, sizeof path, "%s/www", s->folder);
  mkdir(path, 0755);
  snprintf(path, sizeof path, "%s/conf", s->folder);
  for (int tries = 0; tries < 5; tries++) {
    s->port = free_port(&s->six);
    for (size_t i = 0; i < tls_n; i++)
      s->tls_port[i] = free_port(&s->six);
    write_config(s, tls, tls_n);
    const char *argv[] = {nginx, "-p", s->folder, "-c", path, "-e", "stderr", NULL};
    s->nginx = net_start(argv);
    if (serves(s))
      return true;
    char why[500] = "";
    ssize_t k = net_readable(s->nginx.err, 0) ? read(s->nginx.err, why, sizeof why - 1) : 0;
    fprintf(stderr, "nginx on %d: %.*s\n", s->port, (int)(k > 0 ? k : 0), why);
    close(s->nginx.in);
    close(s->nginx.out);
    close(s->nginx.err);
  }
  fail_msg("nginx did not start");
  return false;
}

void site_stop(struct site *s) {
  if (s->nginx.pid)
    net_stop(&s->nginx);
}

void site_close(struct site *s) {
  site_stop(s);
  if (s->folder[0])
    remove_tree(s->folder);
  s->folder[0] = '\0';
}

void site_put(const struct site *s, const char *name, const void *bytes, size_t n) {
  char path[600];
  snprintf(path, sizeof path, "%s/www/%s", s->folder, name);
  write_file(path, bytes, n);
}

char *site_read(const char *path, size_t *n) {
  struct stat st;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return NULL;
  *n = 0;
  char *bytes = fstat(fd, &st) == 0 ? malloc((size_t)st.st_size + 1) : NULL;
  for (ssize_t k; bytes && *n < (size_t)st.st_size && (k = read(fd, bytes + *n, (size_t)st.st_size - *n)) > 0;)
    *n += (size_t)k;
  close(fd);
  if (bytes)
    bytes[*n] = '\0';
  return bytes;
}

char *site_pattern(size_t n) {
  char *bytes = malloc(n + 1);
  for (size_t i = 0; i < n; i++)
    bytes[i] = (char)(i * 7 + (i >> 8));
  return bytes;
}
