/*
 * curl commands: what a shell makes of them, with a stub in curl's place that writes down its arguments, for hostile
 * bytes of all kinds; and what the real curl then sends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "flow_build.h"
#include "weir/base/mem.h"
#include "weir/base/path.h"
#include "weir/file/curl.h"

static char folder[] = "/tmp/weir-curl-XXXXXX";
static char old_path[4096];

static void in_folder(char *out, size_t size, const char *name) {
  snprintf(out, size, "%s/%s", folder, name);
}

static int make_stub(void **state) {
  (void)state;
  char name[256];
  if (!mkdtemp(folder))
    return -1;
  in_folder(name, sizeof name, "curl");
  FILE *f = fopen(name, "w");
  if (!f)
    return -1;
  fprintf(f, "#!/bin/sh\nfor word; do printf '%%s\\0' \"$word\"; done >'%s/args'\ncat >'%s/stdin'\n", folder, folder);
  fclose(f);
  chmod(name, 0700);
  snprintf(old_path, sizeof old_path, "%s", getenv("PATH"));
  return 0;
}

static int remove_stub(void **state) {
  (void)state;
  static const char *const names[] = {"curl", "args", "stdin", "pwned", "script"};
  char name[256];
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    in_folder(name, sizeof name, names[i]);
    unlink(name);
  }
  return rmdir(folder);
}

/* As a script: one argument takes 128 KiB at most, a line typed or pasted takes more. */
static void run_shell(const char *shell, const char *command) {
  char script[256];
  in_folder(script, sizeof script, "script");
  FILE *f = fopen(script, "w");
  assert_non_null(f);
  fprintf(f, "%s\n", command);
  fclose(f);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    char path[5000];
    snprintf(path, sizeof path, "%s:%s", folder, old_path);
    setenv("PATH", path, 1);
    unsetenv("http_proxy");
    if (!freopen("/dev/null", "r", stdin) || chdir(folder) != 0)
      _exit(126);
    execlp(shell, shell, script, (char *)NULL);
    _exit(127);
  }
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    fail_msg("%s: status %d of: %.2000s", shell, status, command);
}

/* ---- what curl would send, read from its arguments ---- */

struct sent {
  struct buf method, target, fields, body;
};

static void sent_clear(struct sent *s) {
  buf_clear(&s->method);
  buf_clear(&s->target);
  buf_clear(&s->fields);
  buf_clear(&s->body);
}

static struct slice read_file(const char *name) {
  char path[256], *bytes;
  size_t n;
  struct err err = ERR_INIT;
  in_folder(path, sizeof path, name);
  if (!path_read(path, 64 << 20, &bytes, &n, &err))
    fail_msg("%s", err.text);
  return slice_make(bytes, n);
}

static void take_header(struct sent *s, struct slice h) {
  assert_true(h.n > 1 && *h.p != '@');
  ptrdiff_t colon = slice_find_byte(h, ':');
  if (colon >= 0 && (size_t)colon == h.n - 1)
    return; /* keeps curl from adding it */
  if (colon < 0) {
    assert_int_equal(h.p[h.n - 1], ';');
    buf_add(&s->fields, h.p, h.n - 1);
    buf_add_text(&s->fields, ":\n");
    return;
  }
  buf_add(&s->fields, h.p, (size_t)colon + 1);
  buf_add_slice(&s->fields, slice_trim(slice_from(h, (size_t)colon + 1)));
  buf_add_byte(&s->fields, '\n');
}

static void take_url(struct sent *s, struct slice url, bool glob, bool squash) {
  struct slice origin = SLICE("http://shop.test");
  assert_true(slice_starts(url, origin));
  assert_true(!glob || slice_find_byte(url, '[') < 0);
  assert_true(!squash || slice_find(url, SLICE("/.")) < 0);
  if (!s->target.n)
    buf_add_slice(&s->target, slice_from(url, origin.n));
}

static void read_arguments(struct sent *s) {
  struct slice all = read_file("args"), rest = all, word, value;
  bool glob = true, squash = true, data = false;
  *s = (struct sent){BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT};
  while (slice_split(&rest, 0, &word) && rest.p) {
#define IS(text) slice_eq(word, SLICE(text))
#define NEXT()   assert_true(slice_split(&rest, 0, &value) && rest.p)
    if (IS("-X")) {
      NEXT();
      buf_reset(&s->method);
      buf_add_slice(&s->method, value);
    } else if (IS("-I")) {
      buf_add_text(&s->method, "HEAD");
    } else if (IS("-H")) {
      NEXT();
      take_header(s, value);
    } else if (IS("--request-target")) {
      NEXT();
      buf_add_slice(&s->target, value);
    } else if (IS("--data-raw")) {
      NEXT();
      buf_add_slice(&s->body, value);
      data = true;
    } else if (IS("--data-binary")) {
      NEXT();
      assert_true(slice_eq(value, SLICE("@-")));
      struct slice bytes = read_file("stdin");
      buf_add_slice(&s->body, bytes);
      free((char *)bytes.p);
      data = true;
    } else if (IS("-g")) {
      glob = false;
    } else if (IS("--path-as-is")) {
      squash = false;
    } else if (!IS("--compressed") && !IS("--http1.0")) {
      take_url(s, word, glob, squash);
    }
  }
  if (!s->method.n)
    buf_add_text(&s->method, data ? "POST" : "GET");
  free((char *)all.p);
}

/* The fields that must arrive: all but those of the connection and those that curl makes itself just so. */
static void expected_fields(const struct flow *f, struct buf *out) {
  struct http_field field;
  uint32_t at = 0;
  char length[32];
  snprintf(length, sizeof length, "%llu", (unsigned long long)f->request.body.kept);
  while (http_head_next(&f->request.head, &at, &field)) {
    if (slice_eq_ascii(field.name, SLICE("host")) && slice_eq(field.value, SLICE("shop.test")))
      continue;
    if (slice_eq_ascii(field.name, SLICE("content-length")) && slice_eq(field.value, slice_of(length)))
      continue;
    if (slice_eq_ascii(field.name, SLICE("connection")) || slice_eq_ascii(field.name, SLICE("te")))
      continue;
    buf_add_slice(out, field.name);
    buf_add_byte(out, ':');
    buf_add_slice(out, field.value);
    buf_add_byte(out, '\n');
  }
}

static void assert_same(const struct buf *got, struct slice expected, const char *what, const char *command) {
  if (!slice_eq(buf_slice(got), expected))
    fail_msg("%s differs: got \"%.500s\", expected \"%.*s\"\n%.3000s", what, buf_text(got), (int)expected.n, expected.p,
             command);
}

static void check(const struct flow *f, const char *shell) {
  struct buf command = BUF_INIT, fields = BUF_INIT, body = BUF_INIT;
  struct err err = ERR_INIT;
  struct sent sent;
  if (!curl_command(f, &command, &err))
    fail_msg("%s", err.text);
  if (strcmp(shell, "bash") != 0 && strstr(buf_text(&command), "$'")) {
    buf_clear(&command); /* this quoting is not in every sh */
    return;
  }
  run_shell(shell, buf_text(&command));
  read_arguments(&sent);
  expected_fields(f, &fields);
  body_copy(&f->request.body, &body);
  assert_same(&sent.method, flow_method(f), "method", command.p);
  assert_same(&sent.target, flow_path(f), "target", command.p);
  assert_same(&sent.fields, buf_slice(&fields), "fields", command.p);
  assert_same(&sent.body, buf_slice(&body), "body", command.p);
  sent_clear(&sent);
  buf_clear(&command);
  buf_clear(&fields);
  buf_clear(&body);
}

/* ---- cases ---- */

static struct flow *request(const char *head, const void *body, size_t n) {
  struct flow *f = flow_new();
  build_flow(f, head, NULL, NULL, NULL);
  build_body(&f->request.body, body, n);
  return f;
}

static const char *const heads[] = {
    "GET /a HTTP/1.1\r\nHost: shop.test\r\n\r\n",
    "GET http://shop.test/a?b=1&c=2;d HTTP/1.1\r\nHost: shop.test\r\nUser-Agent: x\r\nAccept: */*\r\n\r\n",
    "HEAD /a HTTP/1.1\r\nHost: shop.test\r\n\r\n",
    "DELETE /a'b\"c$(touch pwned)`touch pwned`\\ HTTP/1.1\r\nHost: shop.test\r\n\r\n",
    "GET /;touch${IFS}pwned;!! HTTP/1.1\r\nHost: shop.test\r\n\r\n",
    "GET /[1-9]{a,b}/../x/./y HTTP/1.1\r\nHost: shop.test\r\n\r\n",
    "GET /\xff\xe5\xb1\xb1/%41 HTTP/1.1\r\nHost: shop.test\r\n\r\n",
    "GET /\xe2\x80\xae/evil HTTP/1.1\r\nHost: shop.test\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: shop.test\r\n\r\n",
    "GET /a HTTP/1.1\r\nHost: other.test\r\nX-A: one\r\nx-a: two\r\nX-A:\r\nConnection: close\r\nTE: trailers\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 0\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: shop.test\r\n\r\n",
    "-x'$(x) /a HTTP/1.1\r\nHost: shop.test\r\n\r\n",
    "GET /a HTTP/1.0\r\nX-Quote: '; touch pwned; '\r\nX-Tab: a\tb\r\nX-Bytes: \x80\xff\xc3\xa9\r\n$(x)`|: y\r\n\r\n",
};

static void test_heads(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
    struct http_head probe;
    struct http_fault fault;
    if (!http_head_parse(HTTP_REQUEST, slice_of(heads[i]), &probe, &fault))
      continue; /* what cannot be received need not be copied */
    http_head_clear(&probe);
    struct flow *f = request(heads[i], "", 0);
    check(f, "bash");
    check(f, "sh");
    flow_free(f);
  }
  char name[256];
  in_folder(name, sizeof name, "pwned");
  assert_int_not_equal(access(name, F_OK), 0);
}

static void test_bodies(void **state) {
  (void)state;
  static const char *const bodies[] = {
      "@/etc/passwd", "a=1&b=2", "{\"a\": \"it's\"}", "-d x", "\n\n", "line\r\n", "'\\''", "$(touch pwned)",
      "!x",           "\x1b[2J", "\xff\xfe",          "%s%n", "\\",   "\\n",      "<x"};
  for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
    char head[200];
    snprintf(head, sizeof head, "%s /b HTTP/1.1\r\nHost: shop.test\r\nContent-Length: %zu\r\n\r\n",
             i % 2 ? "POST" : "PUT", strlen(bodies[i]));
    struct flow *f = request(head, bodies[i], strlen(bodies[i]));
    check(f, "bash");
    check(f, "sh");
    flow_free(f);
  }
}

static uint32_t next_random(uint32_t *x) {
  *x ^= *x << 13;
  *x ^= *x >> 17;
  *x ^= *x << 5;
  return *x;
}

/* Letters that shells and curl have a meaning for come often. */
static char random_byte(uint32_t *seed, bool any) {
  static const char special[] = "'\"\\$`!*?[]{}()<>|&;#~@%^= \t-";
  uint32_t r = next_random(seed);
  char c = r % 3 ? special[r / 4 % (sizeof special - 1)] : (char)(r >> 8);
  return any || (unsigned char)c > ' ' ? c : 'x';
}

static void test_at_random(void **state) {
  (void)state;
  uint32_t seed = 20261124;
  for (int round = 0; round < 150; round++) {
    char target[64], value[64], body[300], head[400];
    size_t n = next_random(&seed) % 40;
    for (size_t i = 0; i < n; i++)
      do
        target[i] = random_byte(&seed, false);
      while (target[i] == 0x7f || target[i] == '#');
    target[n] = 0;
    size_t v = next_random(&seed) % 40;
    for (size_t i = 0; i < v; i++)
      do
        value[i] = random_byte(&seed, true);
      while (((unsigned char)value[i] < ' ' && value[i] != '\t') || value[i] == 0x7f);
    value[v] = 0;
    size_t size = round % 3 ? next_random(&seed) % sizeof body : 0;
    for (size_t i = 0; i < size; i++)
      do
        body[i] = random_byte(&seed, true);
      while (!body[i] && round % 7);
    snprintf(head, sizeof head, "PATCH /%s HTTP/1.1\r\nHost: shop.test\r\nX-V: %s\r\nContent-Length: %zu\r\n\r\n",
             target, value, size);
    struct flow *f = request(head, body, size);
    check(f, "bash");
    if (round % 10 == 0)
      check(f, "sh");
    flow_free(f);
  }
}

static void test_long_and_binary_bodies(void **state) {
  (void)state;
  size_t n = 300000;
  char *bytes = mem_alloc(n);
  for (size_t i = 0; i < n; i++)
    bytes[i] = (char)(i * 31 + i / 256);
  static const size_t sizes[] = {1, 2, 3, 256, 257, 300000};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    char head[200];
    snprintf(head, sizeof head, "POST /b HTTP/1.1\r\nHost: shop.test\r\nContent-Length: %zu\r\n\r\n", sizes[i]);
    struct flow *f = request(head, bytes, sizes[i]);
    check(f, "sh"); /* piped in: no special quoting, any shell will do */
    flow_free(f);
  }
  free(bytes);
}

static void test_edited_request_is_told(void **state) {
  (void)state;
  struct flow *f = build_get("/old");
  struct buf command = BUF_INIT;
  f->request.sent = mem_zero(1, sizeof *f->request.sent);
  f->request.sent->body_changed = true;
  build_head(&f->request.sent->head, HTTP_REQUEST,
             "PUT /new HTTP/1.1\r\nHost: shop.test\r\nUser-Agent: u\r\nAccept: a\r\nContent-Length: 9\r\n\r\n");
  build_body(&f->request.sent->body, "abc", 3);
  assert_true(curl_command(f, &command, NULL));
  assert_non_null(strstr(command.p, "-X 'PUT'"));
  assert_non_null(strstr(command.p, "'http://shop.test/new'"));
  assert_non_null(strstr(command.p, "'Content-Length: 9'")); /* wrong on purpose: stays wrong */
  assert_non_null(strstr(command.p, "'abc'"));
  buf_clear(&command);
  flow_free(f);
}

static void test_a_server_that_was_not_verified(void **state) {
  (void)state;
  struct flow *f = build_get("/");
  struct buf command = BUF_INIT;
  f->server_tls = secure_facts_new();
  f->server_tls->verified = true;
  assert_true(curl_command(f, &command, NULL));
  assert_null(strstr(command.p, "--insecure"));
  f->server_tls->verified = false;
  f->server_tls->insecure = true;
  f->server_tls->problem = mem_dup("expired");
  buf_reset(&command);
  assert_true(curl_command(f, &command, NULL));
  assert_non_null(strstr(command.p, "curl --insecure "));
  buf_clear(&command);
  flow_free(f);
}

static void test_refusals(void **state) {
  (void)state;
  struct err err = ERR_INIT;
  struct buf out = BUF_INIT;
  struct flow *f = flow_new();
  assert_false(curl_command(f, &out, &err));
  flow_free(f);
  f = request("CONNECT shop.test:443 HTTP/1.1\r\nHost: shop.test:443\r\n\r\n", "", 0);
  f->kind = FLOW_TUNNEL;
  assert_false(curl_command(f, &out, &err));
  assert_non_null(strstr(err.text, "tunnel"));
  flow_free(f);
  f = request("POST / HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 10\r\n\r\n", "", 0);
  body_add(&f->request.body, "0123456789", 10, 4, 10);
  assert_false(curl_command(f, &out, &err));
  assert_non_null(strstr(err.text, "not kept whole"));
  flow_free(f);
  assert_int_equal(out.n, 0);
}

/* ---- the real one ---- */

/* Takes one request from the listening socket, answers it, gives the bytes. */
static void serve_one(int listening, struct buf *got, size_t body_n) {
  struct pollfd p = {listening, POLLIN, 0};
  assert_int_equal(poll(&p, 1, 10000), 1);
  int fd = accept(listening, NULL, NULL);
  assert_true(fd >= 0);
  for (;;) {
    ptrdiff_t end = slice_find(buf_slice(got), SLICE("\r\n\r\n"));
    if (end >= 0 && got->n >= (size_t)end + 4 + body_n)
      break;
    p = (struct pollfd){fd, POLLIN, 0};
    assert_int_equal(poll(&p, 1, 10000), 1);
    ssize_t n = recv(fd, buf_reserve(got, 65536), 65536, 0);
    assert_true(n > 0);
    got->n += (size_t)n;
  }
  static const char answer[] = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
  assert_int_equal(send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL), sizeof answer - 1);
  close(fd);
}

static void check_real(int listening, uint16_t port, const char *start, const char *fields, const char *body) {
  struct buf head = BUF_INIT, command = BUF_INIT, got = BUF_INIT;
  struct flow *f = flow_new();
  size_t n = strlen(body);
  buf_printf(&head, "%s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n%s", start, port, fields);
  if (n)
    buf_printf(&head, "Content-Length: %zu\r\n", n);
  buf_add_text(&head, "\r\n");
  build_flow(f, buf_text(&head), body, NULL, NULL);
  flow_set_target(f, "http", SLICE("127.0.0.1"), port);
  assert_true(curl_command(f, &command, NULL));
  buf_insert(&command, command.n, " --max-time 10 -s -o /dev/null", 30);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    execlp("bash", "bash", "-c", command.p, (char *)NULL);
    _exit(127);
  }
  serve_one(listening, &got, n);
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  buf_add_text(&head, body);
  /* curl sends what it makes itself (Host, Content-Length) in places of its own; else byte for byte */
  if (got.n != head.n || !slice_starts(buf_slice(&got), slice_of(start)))
    fail_msg("sent:\n%s\nexpected:\n%s\ncommand: %s", buf_text(&got), buf_text(&head), command.p);
  struct slice rest = slice_of(fields), line;
  size_t after = 0;
  while (slice_split(&rest, '\n', &line) && line.n) {
    ptrdiff_t at = slice_find(slice_from(buf_slice(&got), after), line);
    if (at < 0)
      fail_msg("not sent in its order: %.*s\n%s", (int)line.n, line.p, buf_text(&got));
    after += (size_t)at + line.n;
  }
  assert_true(slice_ends(buf_slice(&got), slice_of(body)));
  flow_free(f);
  buf_clear(&head);
  buf_clear(&command);
  buf_clear(&got);
}

static void test_real_curl_sends_the_same(void **state) {
  (void)state;
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t n = sizeof at;
  if (system("curl --version >/dev/null 2>&1") != 0)
    skip();
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
  assert_int_equal(listen(fd, 5), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
  uint16_t port = ntohs(at.sin_port);
  check_real(fd, port, "GET /a?b=1", "", "");
  check_real(fd, port, "GET /a/../b/./c", "X-A: 1\r\nx-a: 2\r\nX-Empty:\r\n", "");
  check_real(fd, port, "HEAD /", "", "");
  check_real(fd, port, "GET /[x]{y}\xff\"<>", "", "");
  check_real(fd, port, "OPTIONS *", "", "");
  check_real(fd, port, "POST /x", "", "@/etc/passwd");
  check_real(fd, port, "PUT /x", "Content-Type: application/json\r\n", "{\"a\":\n 1}\r\n");
  check_real(fd, port, "GET /with-body", "", "body");
  check_real(fd, port, "MKCOL-X /x", "User-Agent: me\r\nAccept:\r\n", "");
  close(fd);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_heads),
      cmocka_unit_test(test_bodies),
      cmocka_unit_test(test_at_random),
      cmocka_unit_test(test_long_and_binary_bodies),
      cmocka_unit_test(test_edited_request_is_told),
      cmocka_unit_test(test_a_server_that_was_not_verified),
      cmocka_unit_test(test_refusals),
      cmocka_unit_test(test_real_curl_sends_the_same),
  };
  return cmocka_run_group_tests(tests, make_stub, remove_stub);
}
