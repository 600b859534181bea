/* Raw messages, file names made from hostile URLs, and files that are written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "flow_build.h"
#include "weir/base/mem.h"
#include "weir/base/path.h"
#include "weir/base/text.h"
#include "weir/file/raw.h"

static char folder[] = "/tmp/weir-raw-XXXXXX";
static char path[256];

static int make_folder(void **state) {
  (void)state;
  if (!mkdtemp(folder))
    return -1;
  snprintf(path, sizeof path, "%s/file", folder);
  return 0;
}

static int remove_folder(void **state) {
  (void)state;
  unlink(path);
  return rmdir(folder);
}

static void assert_file(const char *expected, size_t n) {
  char *bytes;
  size_t got;
  struct stat st;
  assert_true(path_read(path, 1 << 20, &bytes, &got, NULL));
  assert_int_equal(got, n);
  assert_memory_equal(bytes, expected, n);
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_mode & 0777, 0600);
  free(bytes);
}

static void test_message_bytes(void **state) {
  (void)state;
  static const char head[] = "HTTP/1.1 200 OK\r\nx-ODD:   value  \r\nA: 1\r\n\r\n";
  struct flow_message m = {0};
  struct buf out = BUF_INIT;
  build_head(&m.head, HTTP_RESPONSE, head);
  build_body(&m.body, "\0\r\n\xff", 4);
  raw_message(&m, false, &out);
  assert_int_equal(out.n, sizeof head - 1 + 4);
  assert_memory_equal(out.p, head, sizeof head - 1);
  assert_memory_equal(out.p + sizeof head - 1, "\0\r\n\xff", 4);
  buf_reset(&out);
  m.sent = mem_zero(1, sizeof *m.sent);
  build_head(&m.sent->head, HTTP_RESPONSE, "HTTP/1.1 404 No\r\n\r\n");
  raw_message(&m, true, &out); /* the head was edited, the body was not */
  assert_memory_equal(out.p, "HTTP/1.1 404 No\r\n\r\n\0\r\n\xff", 23);
  assert_int_equal(out.n, 23);
  buf_clear(&out);
  flow_edit_free(m.sent);
  http_head_clear(&m.head);
  body_clear(&m.body);
}

struct name_case {
  const char *path, *type;
  enum flow_side side;
  const char *name;
};

static void test_names(void **state) {
  (void)state;
  static const struct name_case cases[] = {
      {"/api/users.json", "application/json", FLOW_RESPONSE, "users.json"},
      {"/api/users.json?x=/y.png", "application/json", FLOW_RESPONSE, "users.json"},
      {"/api/users.json", "text/plain", FLOW_REQUEST, "users-request.json"},
      {"/login", "application/octet-stream", FLOW_RESPONSE, "login-response.bin"},
      {"/login", "application/json", FLOW_RESPONSE, "login-response.json"},
      {"/login/", "application/json", FLOW_RESPONSE, "login-response.json"},
      {"/", "text/html", FLOW_RESPONSE, "shop.test-response.html"},
      {"/..", "text/html", FLOW_RESPONSE, "_-response.html"},
      {"/.bashrc", "text/plain", FLOW_RESPONSE, "_bashrc-response.text"},
      {"/%2e%2e%2fetc%2fpasswd", "text/plain", FLOW_RESPONSE, "_._etc_passwd-response.text"},
      {"/-rf.txt", "text/plain", FLOW_RESPONSE, "_rf.txt"},
      {"/a%00b.txt", "text/plain", FLOW_RESPONSE, "a_b.txt"},
      {"/a%0ab%1b[2J.txt", "text/plain", FLOW_RESPONSE, "a_b_[2J.txt"},
      {"/a:b*c%22d|e.txt", "text/plain", FLOW_RESPONSE, "a_b_c_d_e.txt"},
      {"/%E5%B1%B1.png", "image/png", FLOW_RESPONSE, "\xe5\xb1\xb1.png"},
      {"/%ff.png", "image/png", FLOW_RESPONSE, "_.png"},
      {"/%e2%80%ae.png", "image/png", FLOW_RESPONSE, "_.png"},
      {"/%2f%cc%83.txt", "text/plain", FLOW_RESPONSE, "_.txt"},
      {"/a%2f%cc%83b.txt", "text/plain", FLOW_RESPONSE, "a_b.txt"},
      {"/100%.txt", "text/plain", FLOW_RESPONSE, "100%.txt"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct flow *f = flow_new();
    struct buf head = BUF_INIT, request = BUF_INIT;
    buf_printf(&request, "GET %s HTTP/1.1\r\nHost: shop.test\r\nContent-Type: %s\r\n\r\n", cases[i].path,
               cases[i].type);
    buf_printf(&head, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\n\r\n", cases[i].type);
    build_flow(f, buf_text(&request), NULL, buf_text(&head), NULL);
    char *name = raw_file_name(f, cases[i].side);
    assert_string_equal(name, cases[i].name);
    free(name);
    buf_clear(&head);
    buf_clear(&request);
    flow_free(f);
  }
}

/* Whatever the URL: a name of bounded length in this very folder, which a terminal may show. */
static void test_names_are_safe(void **state) {
  (void)state;
  uint32_t x = 77;
  for (int round = 0; round < 3000; round++) {
    struct buf head = BUF_INIT;
    buf_add_text(&head, "GET /");
    for (int i = 0; i < round % 200; i++) {
      x = x * 1664525 + 1013904223;
      buf_printf(&head, "%%%02x", x >> 24);
    }
    buf_add_text(&head, " HTTP/1.1\r\nHost: shop.test\r\n\r\n");
    struct flow *f = flow_new();
    build_flow(f, buf_text(&head), NULL, NULL, NULL);
    char *name = raw_file_name(f, FLOW_RESPONSE);
    struct buf shown = BUF_INIT;
    text_safe(&shown, slice_of(name), TEXT_PLAIN);
    assert_string_equal(buf_text(&shown), name);
    assert_true(*name && strlen(name) <= 120 && !strchr(name, '/') && *name != '.' && *name != '-');
    buf_clear(&shown);
    free(name);
    flow_free(f);
    buf_clear(&head);
  }
}

static void test_writes_bodies(void **state) {
  (void)state;
  static const unsigned char gz[] = {0x1f, 0x8b, 0x08, 0, 0,    0,    0,    0,    0,    0x03, 0xcb, 0x48, 0xcd,
                                     0xc9, 0xc9, 0x07, 0, 0x86, 0xa6, 0x10, 0x36, 0x05, 0,    0,    0};
  struct flow *f = flow_new();
  struct err err = ERR_INIT;
  build_flow(f, "GET /a HTTP/1.1\r\nHost: shop.test\r\n\r\n", NULL, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n",
             NULL);
  assert_false(raw_write_body(f, FLOW_RESPONSE, false, path, false, &err));
  assert_int_not_equal(access(path, F_OK), 0);
  build_body(&f->response.body, gz, sizeof gz);
  assert_true(raw_write_body(f, FLOW_RESPONSE, false, path, false, &err));
  assert_file((const char *)gz, sizeof gz);
  assert_false(raw_write_body(f, FLOW_RESPONSE, true, path, false, &err));
  assert_non_null(strstr(err.text, "there already"));
  assert_file((const char *)gz, sizeof gz);
  assert_true(raw_write_body(f, FLOW_RESPONSE, true, path, true, &err));
  assert_file("hello", 5);
  assert_true(raw_write_message(f, FLOW_REQUEST, path, true, &err));
  assert_file(f->request.head.raw, f->request.head.n);
  struct flow *refused = flow_new();
  build_body(&refused->request.body, "GET / HTTP/9\r\n", 14);
  assert_false(raw_write_body(refused, FLOW_REQUEST, false, path, true, &err));
  assert_false(raw_write_message(refused, FLOW_RESPONSE, path, true, &err));
  assert_true(raw_write_message(refused, FLOW_REQUEST, path, true, &err));
  assert_file("GET / HTTP/9\r\n", 14);
  flow_free(refused);
  assert_false(raw_write_body(f, FLOW_RESPONSE, false, "/nonexistent/place/file", false, &err));
  assert_non_null(strstr(err.text, "/nonexistent"));
  flow_free(f);
}

static void test_nothing_half_written_stays(void **state) {
  (void)state;
  struct flow *f = build_get("/");
  struct err err = ERR_INIT;
  if (access("/dev/full", W_OK) != 0)
    skip();
  char link[256];
  snprintf(link, sizeof link, "%s/full", folder);
  assert_int_equal(symlink("/dev/full", link), 0);
  assert_false(raw_write_body(f, FLOW_RESPONSE, false, link, true, &err));
  assert_non_null(strstr(err.text, "failed"));
  unlink(link);
  flow_free(f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_message_bytes),
      cmocka_unit_test(test_names),
      cmocka_unit_test(test_names_are_safe),
      cmocka_unit_test(test_writes_bodies),
      cmocka_unit_test(test_nothing_half_written_stays),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
