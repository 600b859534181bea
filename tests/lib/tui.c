#include "tui.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const char *program(void) {
  return getenv("WEIR") ? getenv("WEIR") : "build/weir";
}

static const char *folder(void) {
  static char path[300];
  const char *tmp = getenv("TMPDIR");
  snprintf(path, sizeof path, "%s/weir-tui", tmp ? tmp : "/tmp");
  return path;
}

const char *tui_command(const char *arguments) {
  static char text[2000];
  snprintf(text, sizeof text, "'%s' --listen 127.0.0.1:0 --confdir '%s' %s", program(), folder(), arguments);
  return text;
}

/* What a terminal has before anything runs in it. */
static void untouched_modes(struct termios *out) {
  static const char *const argv[] = {"sleep", "100", NULL};
  struct pty *plain = pty_start(&(struct pty_options){.argv = argv, .keep_fd = -1});
  pty_modes(plain, out);
  pty_free(plain);
}

void tui_first_screen(struct tui *t) {
  int x, y;
  SEE(t, pty_wait_text(t->pty, "weir waits at "));
  SEE(t, pty_find(t->pty, "weir waits at ", &x, &y));
  const char *row = pty_row(t->pty, y), *colon = strstr(row, "127.0.0.1:");
  assert_non_null(colon);
  t->port = atoi(colon + 10);
  assert_true(t->port > 0);
}

void tui_open(struct tui *t, const struct tui_options *options) {
  static const struct tui_options none;
  const struct tui_options *o = options ? options : &none;
  const char *argv[30] = {program(), "--listen", "127.0.0.1:0", "--confdir", folder()};
  for (int i = 0; o->arguments && o->arguments[i]; i++)
    argv[5 + i] = o->arguments[i];
  memset(t, 0, sizeof *t);
  untouched_modes(&t->before);
  t->origin = net_origin();
  t->pty = pty_start(&(struct pty_options){.argv = argv,
                                           .env = o->env,
                                           .width = o->width ? o->width : 120,
                                           .height = o->height ? o->height : 36,
                                           .keep_fd = -1});
  t->weir = pty_pid(t->pty);
  tui_first_screen(t);
}

void tui_close(struct tui *t) {
  if (t->pty)
    pty_free(t->pty);
  t->pty = NULL;
  if (t->origin.pid)
    net_stop(&t->origin);
}

/* ---- the screen ---- */

void tui_keys(struct tui *t, const char *keys) {
  pty_send(t->pty, keys);
}

void tui_see(struct tui *t, const char *text) {
  bool seen = pty_wait_text(t->pty, text);
  if (!seen) {
    pty_dump(t->pty);
    fail_msg("not on the screen: %s", text);
  }
}

void tui_see_not(struct tui *t, const char *text) {
  bool gone = pty_wait_gone(t->pty, text);
  if (!gone) {
    pty_dump(t->pty);
    fail_msg("still on the screen: %s", text);
  }
}

bool tui_given_back(const struct tui *t) {
  struct termios now;
  pty_modes(t->pty, &now);
  return !pty_alternate(t->pty) && !pty_mouse(t->pty) && !pty_paste_mode(t->pty) && pty_cursor(t->pty, NULL, NULL) &&
         now.c_iflag == t->before.c_iflag && now.c_oflag == t->before.c_oflag && now.c_cflag == t->before.c_cflag &&
         now.c_lflag == t->before.c_lflag && memcmp(now.c_cc, t->before.c_cc, sizeof now.c_cc) == 0;
}

int tui_ended(struct tui *t) {
  int status = 0;
  SEE(t, pty_wait_exit(t->pty, &status, PTY_DEADLINE));
  SEE(t, tui_given_back(t));
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

void tui_quit(struct tui *t) {
  tui_keys(t, "qq"); /* where flows would be lost the second one answers */
  assert_int_equal(tui_ended(t), 0);
}

/* ---- traffic ---- */

int tui_request(const struct tui *t, int port, const char *method, const char *path, const char *fields,
                const void *body, size_t n) {
  char *text = malloc(8000 + n);
  int fd = net_connect(t->port);
  int size = snprintf(text, 8000, "%s http://127.0.0.1:%d%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s", method, port, path,
                      port, fields);
  if (n || strcmp(method, "POST") == 0)
    size += snprintf(text + size, 8000 - (size_t)size, "Content-Length: %zu\r\n", n);
  size += snprintf(text + size, 8000 - (size_t)size, "\r\n");
  memcpy(text + size, body, n);
  assert_true(net_send_n(fd, text, (size_t)size + n)); /* together: a pause finds the body there */
  free(text);
  return fd;
}

void tui_get(const struct tui *t, const char *path, int status) {
  assert_int_equal(net_status(t->port, t->origin.port, path), status);
}

size_t tui_every_byte(char out[TUI_EVERY_BYTE]) {
  static const char tail[] = "\r\n\n\r\r\n.\r\nlast line without an end";
  for (int i = 0; i < 256; i++)
    out[i] = (char)i;
  memcpy(out + 256, tail, sizeof tail - 1);
  return 256 + sizeof tail - 1;
}

double tui_pass(const struct tui *t, int requests, const char *path) {
  double slowest = 0;
  int fd = net_connect(t->port);
  for (int i = 0; i < requests; i++) {
    double began = net_now();
    assert_true(net_get(fd, t->origin.port, path));
    struct net_response r = net_response(fd, false);
    assert_int_equal(r.status, 200);
    assert_true(r.complete);
    net_response_free(&r);
    slowest = net_now() - began > slowest ? net_now() - began : slowest;
  }
  close(fd);
  return slowest;
}

char *tui_received(int served, size_t *head_n, size_t *n) {
  size_t cap = 1 << 20, want = 0;
  char *bytes = malloc(cap);
  *n = *head_n = 0;
  while (*n < cap - 1 && (!want || *n < want)) {
    ssize_t k = recv(served, bytes + *n, cap - 1 - *n, 0);
    if (k <= 0) {
      free(bytes);
      return NULL;
    }
    *n += (size_t)k;
    bytes[*n] = '\0';
    char *end = memmem(bytes, *n, "\r\n\r\n", 4);
    if (!want && end) {
      const char *length = strcasestr(bytes, "\r\nContent-Length:");
      *head_n = (size_t)(end - bytes) + 4;
      want = *head_n + (length && length < end ? strtoul(length + 17, NULL, 10) : 0);
    }
  }
  return bytes;
}

void tui_reply(int served, const char *body) {
  char text[300];
  snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n%s",
           strlen(body), body);
  assert_true(net_send(served, text));
}
