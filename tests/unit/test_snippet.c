/*
 * Snippets: what the interpreters make of them. Python reads its own with a stand-in for requests, Node its own with a
 * stand-in for fetch(), a shell HTTPie's with a stub: each writes down what it would have sent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/wait.h>
#include <unistd.h>

#include "flow_build.h"
#include "weir/base/path.h"
#include "weir/file/csv.h"
#include "weir/file/snippet.h"

static char folder[] = "/tmp/weir-snippet-XXXXXX";

static int make_folder(void **state) {
  (void)state;
  return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
  static const char *const names[] = {"code", "out", "http"};
  char name[300];
  (void)state;
  for (size_t i = 0; i < 3; i++) {
    snprintf(name, sizeof name, "%s/%s", folder, names[i]);
    unlink(name);
  }
  return rmdir(folder);
}

static void write_code(const char *name, const char *before, const struct buf *code, const char *after) {
  char path[300];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  fputs(before, f);
  if (code)
    fwrite(code->p, 1, code->n, f);
  fputs(after, f);
  fclose(f);
}

/* Runs a command in the folder; its output is in `out`. */
static int run(const char *command, struct buf *out) {
  char line[600], path[300], *bytes;
  size_t n;
  snprintf(line, sizeof line, "cd '%s' && PATH=\"$PWD:$PATH\" %s >out 2>&1 </dev/null", folder, command);
  int status = system(line);
  snprintf(path, sizeof path, "%s/out", folder);
  assert_true(path_read(path, 1 << 20, &bytes, &n, NULL));
  buf_add(out, bytes, n);
  free(bytes);
  return WEXITSTATUS(status);
}

static bool there_is(const char *program) {
  char line[100];
  snprintf(line, sizeof line, "command -v %s >/dev/null 2>&1", program);
  return system(line) == 0;
}

static struct flow *hostile(void) {
  struct flow *f = flow_new();
  build_flow(f,
             "PUT /a?q='x\"$(id)`\\ HTTP/1.1\r\nHost: shop.test\r\nX-Quote: '\"\\${x}`\r\nX-Utf: caf\xc3\xa9\r\n"
             "Connection: keep-alive\r\nContent-Length: 12\r\n\r\n",
             "'\"\\\n\r\xff\xfe{}`$(", NULL, NULL);
  return f;
}

#define BODY_HEX "27225c0a0dfffe7b7d602428" /* of hostile() */

static void make(enum snippet_kind kind, const struct flow *f, struct buf *out) {
  struct err err = ERR_INIT;
  if (!snippet(kind, f, out, &err))
    fail_msg("%s", err.text);
}

static void assert_has(const struct buf *out, const char *what) {
  if (slice_find(buf_slice(out), slice_of(what)) < 0)
    fail_msg("no %s in:\n%s", what, buf_text((struct buf *)out));
}

static void test_python(void **state) {
  static const char stub[] = "import sys, types\n"
                             "def request(method, url, headers, data=b'', allow_redirects=True):\n"
                             "  print(method, url.encode('utf-8', 'surrogateescape'))\n"
                             "  for k, v in headers.items(): print(k, v)\n"
                             "  print(data.hex())\n"
                             "  return types.SimpleNamespace(status_code=200, text='')\n"
                             "sys.modules['requests'] = types.SimpleNamespace(request=request)\n";
  struct flow *f = hostile();
  struct buf code = BUF_INIT, out = BUF_INIT;
  (void)state;
  if (!there_is("python3")) {
    flow_free(f);
    skip();
  }
  make(SNIPPET_PYTHON, f, &code);
  write_code("code", stub, &code, "");
  assert_int_equal(run("python3 code", &out), 0);
  assert_has(&out, "PUT b'http://shop.test/a?q=\\'x\"$(id)`\\\\'");
  assert_has(&out, "X-Quote b'\\'\"\\\\${x}`'");
  assert_has(&out, "X-Utf b'caf\\xc3\\xa9'");
  assert_has(&out, BODY_HEX);
  assert_true(slice_find(buf_slice(&out), SLICE("keep-alive")) < 0);
  buf_clear(&code);
  buf_clear(&out);
  flow_free(f);
}

static void test_fetch(void **state) {
  static const char stub[] = "globalThis.fetch = async (url, o) => {\n"
                             "  console.log(o.method, JSON.stringify(url));\n"
                             "  for (const [k, v] of o.headers) console.log(k, v);\n"
                             "  console.log(Buffer.from(o.body).toString('hex'));\n"
                             "  return {status: 200, text: async () => ''};\n};\n(async () => {\n";
  struct flow *f = hostile();
  struct buf code = BUF_INIT, out = BUF_INIT;
  (void)state;
  if (!there_is("node")) {
    flow_free(f);
    skip();
  }
  make(SNIPPET_FETCH, f, &code);
  write_code("code", stub, &code, "\n})();\n");
  assert_int_equal(run("node code", &out), 0);
  assert_has(&out, "PUT \"http://shop.test/a?q='x\\\"$(id)`\\\\\"");
  assert_has(&out, "X-Quote '\"\\${x}`");
  assert_has(&out, BODY_HEX);
  buf_clear(&code);
  buf_clear(&out);
  flow_free(f);
}

static void test_httpie(void **state) {
  struct flow *f = hostile();
  struct buf code = BUF_INIT, out = BUF_INIT;
  (void)state;
  write_code("http", "#!/bin/sh\nfor word; do printf '[%s]' \"$word\"; done\nod -An -v -tx1 | tr -d ' \\n'\n", NULL,
             "");
  char path[300];
  snprintf(path, sizeof path, "chmod +x '%s/http'", folder);
  assert_int_equal(system(path), 0);
  make(SNIPPET_HTTPIE, f, &code);
  write_code("code", "", &code, "\n");
  assert_int_equal(run("sh code", &out), 0);
  assert_has(&out, "[PUT][http://shop.test/a?q='x\"$(id)`\\]");
  assert_has(&out, "[X-Quote:'\"\\${x}`]");
  assert_has(&out, BODY_HEX);
  buf_clear(&code);
  buf_clear(&out);
  flow_free(f);
}

static void test_markdown(void **state) {
  struct flow *f = flow_new();
  struct buf out = BUF_INIT;
  (void)state;
  build_flow(f, "GET /a HTTP/1.1\r\nHost: shop.test\r\n\r\n", NULL,
             "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n", "one\n````\nesc \x1b[31m\n");
  make(SNIPPET_MARKDOWN, f, &out);
  assert_has(&out, "### GET http://shop.test/a: 200");
  assert_has(&out, "\n```http\nGET /a HTTP/1.1\nHost: shop.test\n```\n");
  assert_has(&out, "\n`````\none\n````\nesc ^[[31m\n`````\n"); /* the fence is longer than the one inside */
  buf_clear(&out);
  flow_free(f);
}

static void test_what_cannot_be_told(void **state) {
  struct flow *f = flow_new();
  struct buf out = BUF_INIT;
  struct err err = ERR_INIT;
  (void)state;
  assert_false(snippet(SNIPPET_PYTHON, f, &out, &err));
  assert_string_equal(err.text, "there is no whole request yet");
  assert_int_equal(out.n, 0);
  flow_free(f);
}

static void test_csv(void **state) {
  struct flow *f = build_get("/a,\"b\"?x=1");
  struct buf out = BUF_INIT;
  (void)state;
  f->id = 3;
  f->note = strdup("=HYPERLINK(\"http://evil\")");
  f->times.end = f->times.start + 1500000;
  csv_head(&out);
  csv_row(f, 0, &out);
  assert_has(&out, "id,time,method,url,status,");
  assert_has(&out, "\r\n3,");
  assert_has(&out, ",\"GET\",\"http://shop.test/a,\"\"b\"\"?x=1\",200,");
  assert_has(&out, ",1.500,");
  assert_has(&out, ",\"'=HYPERLINK(\"\"http://evil\"\")\",");
  buf_clear(&out);
  flow_free(f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_python),   cmocka_unit_test(test_fetch), cmocka_unit_test(test_httpie),
      cmocka_unit_test(test_markdown), cmocka_unit_test(test_csv),   cmocka_unit_test(test_what_cannot_be_told),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
