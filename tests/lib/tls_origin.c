#include "tls_dial.h"

#include <openssl/err.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* In the server's own process, for ever. */
static void serve_all(int listener, origin_fn *serve, void *arg, struct origin_count *count) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGCHLD, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  for (;;) {
    int fd = accept(listener, NULL, NULL);
    if (fd < 0)
      continue;
    __atomic_add_fetch(&count->accepted, 1, __ATOMIC_SEQ_CST);
    if (fork() == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      close(listener);
      serve(fd, arg, count);
      _exit(0);
    }
    close(fd);
  }
}

struct origin origin_start(origin_fn *serve, void *arg) {
  struct origin o;
  int listener = net_listen(&o.port);
  void *shared = mmap(NULL, sizeof *o.count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  assert_true(shared != MAP_FAILED);
  o.count = shared;
  o.pid = fork();
  if (o.pid == 0)
    serve_all(listener, serve, arg, shared);
  close(listener);
  return o;
}

void origin_stop(struct origin *o) {
  kill(o->pid, SIGKILL);
  waitpid(o->pid, NULL, 0);
  munmap((void *)(uintptr_t)o->count, sizeof *o->count);
  o->pid = 0;
}

bool origin_wait(const volatile int *count, int least) {
  for (double end = net_now() + NET_DEADLINE; *count < least; poll(NULL, 0, 2))
    if (net_now() > end)
      return false;
  return true;
}

/* ---- TLS ---- */

static SSL *accept_tls(int fd, const struct origin_tls *o) {
  SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
  SSL_CTX_use_certificate_chain_file(ctx, o->pem);
  SSL_CTX_use_PrivateKey_file(ctx, o->pem, SSL_FILETYPE_PEM);
  SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"test", 4);
  if (o->most && o->most < TLS1_2_VERSION)
    SSL_CTX_set_cipher_list(ctx, "ALL:@SECLEVEL=0");
  if (o->least)
    SSL_CTX_set_min_proto_version(ctx, o->least);
  if (o->most)
    SSL_CTX_set_max_proto_version(ctx, o->most);
  if (o->client_ca) {
    SSL_CTX_load_verify_locations(ctx, o->client_ca, NULL);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
  }
  SSL *ssl = SSL_new(ctx);
  SSL_set_fd(ssl, fd);
  return SSL_accept(ssl) == 1 ? ssl : NULL;
}

static void say(SSL *ssl, const char *text) {
  SSL_write(ssl, text, (int)strlen(text));
}

/* A request's head, byte by byte; false: the client is gone. */
static bool take_head(SSL *ssl, struct origin_count *count) {
  char head[20000] = "";
  size_t n = 0;
  while (n < sizeof head - 1 && !strstr(head, "\r\n\r\n")) {
    int k = SSL_read(ssl, head + n, 1);
    if (k <= 0) {
      if (SSL_get_error(ssl, k) == SSL_ERROR_ZERO_RETURN)
        __atomic_add_fetch(&count->closed, 1, __ATOMIC_SEQ_CST);
      return false;
    }
    n++;
  }
  __atomic_add_fetch(&count->requests, 1, __ATOMIC_SEQ_CST);
  return true;
}

static void echo_all(SSL *ssl) {
  char piece[4096];
  for (int k; (k = SSL_read(ssl, piece, sizeof piece)) > 0;)
    SSL_write(ssl, piece, k);
}

static void answer(SSL *ssl, const struct origin_tls *o) {
  char text[2000];
  const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  name = name ? name : "(none)";
  if (o->answer) {
    const char *at = strstr(o->answer, "%s");
    if (!at)
      say(ssl, o->answer);
    else
      snprintf(text, sizeof text, "%.*s%s%s", (int)(at - o->answer), o->answer, name, at + 2), say(ssl, text);
    return;
  }
  snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(name), name);
  say(ssl, text);
}

void origin_tls(int fd, void *arg, struct origin_count *count) {
  const struct origin_tls *o = arg;
  SSL *ssl = accept_tls(fd, o);
  if (!ssl)
    return;
  __atomic_add_fetch(&count->shaken, 1, __ATOMIC_SEQ_CST);
  if (o->greeting)
    say(ssl, o->greeting);
  while (o->greeting || take_head(ssl, count)) {
    if (!o->greeting)
      answer(ssl, o);
    if (o->echo)
      echo_all(ssl);
    if (o->cut || o->echo)
      break;
  }
  if (!o->cut)
    SSL_shutdown(ssl);
}
